/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * certificate_check: which certificate a mount shows to its server, and whether the kernel has given it a connection on
 * which that one was shown.  A step of a job, as those in job.h.
 */
#ifndef NFSTLS_MOUNT_CERTIFICATE_CHECK_H
#define NFSTLS_MOUNT_CERTIFICATE_CHECK_H

#include "support/mounts/mounts.h"
#include "utils/mount/client_name.h"
#include "utils/mount/job.h"

/* Appends the options as the record of a mount with these would have them: the name in place of serial numbers. */
int certificate_recorded_options(const struct job *job, const struct mount_options *options, struct strbuf *text);

/* Appends which certificate the options name, as rpc.tlshd(8) calls it; nothing when they name none. */
int certificate_of_options(const struct job *job, const struct mount_options *options, struct strbuf *name);

/* The same of the record of what is mounted at target. */
int certificate_on_record(const char *target, struct strbuf *name);

/* Before the mount: other mounts of the server that are in the way, as other_mounts_check() has them. */
int certificate_check_before(const struct job *job, const struct attempt *attempt, struct error *e);

/*
 * The name of the NFS client that only mounts with this certificate share, "" where there is none; *always when the
 * mount is to have it whatever else is mounted: all but those that show what [client] has for every server.
 */
void certificate_name_client(const struct job *job, const struct attempt *attempt, char name[CLIENT_NAME_MAX + 1],
			     bool *always);

/*
 * After a mount with mtls: by what rpc.tlshd says that it has shown on its connections, and where it does not say, by
 * the mounts that share them.  -ENOTUNIQ with the sentence when it is another certificate.
 */
int certificate_check_after(const struct job *job, const struct attempt *attempt, const struct mountinfo_entry *entry,
			    struct error *e);

#endif
