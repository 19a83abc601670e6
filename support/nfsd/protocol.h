/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers of the netlink families nfsd and sunrpc that this machine's headers may not have yet
 * (linux/nfsd_netlink.h and
 * linux/sunrpc_netlink.h, uapi, of kernel 7.2 and later).
 */
#ifndef NFSTLS_NFSD_PROTOCOL_H
#define NFSTLS_NFSD_PROTOCOL_H

#define NFSD_FAMILY "nfsd"
#define SUNRPC_FAMILY "sunrpc"
#define EXPORTD_GROUP "exportd" /* in both, where they take answers and flushes */

enum nfsd_command { NFSD_COMMAND_CACHE_FLUSH = 15, NFSD_COMMAND_UNLOCK_EXPORT = 18 };
enum nfsd_unlock_export { NFSD_UNLOCK_EXPORT_PATH = 1 };
enum sunrpc_command { SUNRPC_COMMAND_CACHE_FLUSH = 6 };

#endif
