/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * server_name: whether the server at the other end of a protected mount's connections is the one that the mount names.
 * A step of a job, as those in job.h.
 */
#ifndef NFSTLS_MOUNT_SERVER_NAME_H
#define NFSTLS_MOUNT_SERVER_NAME_H

#include "support/mounts/mounts.h"
#include "utils/mount/client_name.h"
#include "utils/mount/job.h"

/*
 * By what rpc.tlshd says, which from here on has every connection in place of these prove it, too.  -EKEYREJECTED with
 * the sentence, which names the mounts in the way, when it is another server, or not known to be this one; other errnos
 * when nobody can say.
 */
int server_name_check(const struct job *job, const struct mountinfo_entry *entry, struct error *e);

/* The same of a mount that is there already, where only what is known to be wrong is an error: -EPERM. */
int server_name_check_again(const struct job *job, const struct mountinfo_entry *entry, struct error *e);

/*
 * The name of an NFS client that only mounts of this server share, beside the one called usual, "" for the host's; ""
 * where there is none.
 */
void server_name_client(const struct job *job, const struct attempt *attempt, const char *usual,
			char name[CLIENT_NAME_MAX + 1]);

#endif
