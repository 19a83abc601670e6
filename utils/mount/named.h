/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * named: whether the server at the other end of a protected mount's connections is the one that the mount names.  A
 * step of a job, as those in job.h.
 */
#ifndef NFSTLS_MOUNT_NAMED_H
#define NFSTLS_MOUNT_NAMED_H

#include "support/mounts/mounts.h"
#include "utils/mount/alone.h"
#include "utils/mount/job.h"

/*
 * By what rpc.tlshd says, which from here on has every connection in place of these prove it, too.  -EKEYREJECTED with
 * the sentence, which names the mounts in the way, when it is another server, or not known to be this one; other errnos
 * when nobody can say.
 */
int named_check(const struct job *job, const struct mountinfo_entry *entry, struct error *e);

/* The same of a mount that is there already, where only what is known to be wrong is an error: -EPERM. */
int named_check_again(const struct job *job, const struct mountinfo_entry *entry, struct error *e);

/*
 * The name of an NFS client that only mounts of this server share, beside the one called usual, "" for the host's; ""
 * where there is none.
 */
void named_client(const struct job *job, const struct attempt *attempt, const char *usual,
		  char name[ALONE_NAME_MAX + 1]);

#endif
