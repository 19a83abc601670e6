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

enum nfsd_command {
	NFSD_COMMAND_LISTENER_GET = 7, /* one answer, any user; 6.10 and later */
	NFSD_COMMAND_CACHE_FLUSH = 15,
	NFSD_COMMAND_UNLOCK_EXPORT = 18,
	NFSD_COMMAND_SERVER_STATS_GET = 19, /* dump only, any user */
};
enum nfsd_unlock_export { NFSD_UNLOCK_EXPORT_PATH = 1 };

/* Of NFSD_COMMAND_LISTENER_GET: one nest for each listener; the address has 128 bytes, whatever its family. */
enum nfsd_server_sock { NFSD_SERVER_SOCK_ADDR = 1 };
enum nfsd_sock { NFSD_SOCK_ADDR = 1, NFSD_SOCK_TRANSPORT_NAME = 2 };

/* Of NFSD_COMMAND_SERVER_STATS_GET. */
enum nfsd_server_stats {
	NFSD_SERVER_STATS_RC_HITS = 1, /* u64, as all up to NFSD_SERVER_STATS_IO_WRITE */
	NFSD_SERVER_STATS_RC_MISSES,
	NFSD_SERVER_STATS_RC_NOCACHE,
	NFSD_SERVER_STATS_PAD,
	NFSD_SERVER_STATS_FH_STALE,
	NFSD_SERVER_STATS_IO_READ,
	NFSD_SERVER_STATS_IO_WRITE,
	NFSD_SERVER_STATS_NETCNT, /* u32, as all up to NFSD_SERVER_STATS_RPCBADCLNT */
	NFSD_SERVER_STATS_NETUDPCNT,
	NFSD_SERVER_STATS_NETTCPCNT,
	NFSD_SERVER_STATS_NETTCPCONN,
	NFSD_SERVER_STATS_RPCCNT,
	NFSD_SERVER_STATS_RPCBADFMT,
	NFSD_SERVER_STATS_RPCBADAUTH,
	NFSD_SERVER_STATS_RPCBADCLNT,
	NFSD_SERVER_STATS_PROC2_OPS, /* one nest for each operation, as all that follow */
	NFSD_SERVER_STATS_PROC3_OPS,
	NFSD_SERVER_STATS_PROC4_OPS,
	NFSD_SERVER_STATS_PROC4OPS_OPS,
	NFSD_SERVER_STATS_PROC4CB_OPS,
};
enum nfsd_server_proc_entry { NFSD_SERVER_PROC_ENTRY_OP = 1 /* u32 */, NFSD_SERVER_PROC_ENTRY_COUNT = 2 /* u64 */ };

enum sunrpc_command { SUNRPC_COMMAND_CACHE_FLUSH = 6 };

#endif
