/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * statd: locks of NFS version 3 need rpc.statd on this host, which tells the
 * server when a client has restarted.
 */
#ifndef NFSTLS_MOUNT_STATD_H
#define NFSTLS_MOUNT_STATD_H

#include "support/mounts/mounts.h"

/* Locks are kept on the server unless nolock is the last word about it. */
bool statd_is_needed(const struct mount_options *options);

/*
 * Sees that rpc.statd answers here; starts it with /usr/sbin/start-statd otherwise and waits for it, at most
 * 10 s.  For a user outside of his control group, where he could end it.  -ESRCH when it does not come up.
 */
int statd_start(bool for_user);

#endif
