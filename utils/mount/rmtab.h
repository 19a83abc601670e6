/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rmtab: a server of NFS version 3 keeps a list of its clients (rmtab), and a client that unmounts tells it so.
 * Nothing depends on it, so nobody waits long for it.
 */
#ifndef NFSTLS_MOUNT_RMTAB_H
#define NFSTLS_MOUNT_RMTAB_H

#include "support/mounts/mounts.h"

#define RMTAB_LIMIT_MS 3000

/*
 * Tells the server of source, by the options that the kernel shows for the mount.  -EINVAL for options without an
 * address, otherwise as rpc_unmount().
 */
int rmtab_leave(const char *source, const struct mount_options *options, struct error *e);

#endif
