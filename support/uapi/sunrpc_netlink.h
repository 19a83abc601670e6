/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * uapi/sunrpc_netlink: the generic netlink family of the kernel's RPC server, for questions about clients and users.
 * Numbers and names of include/uapi/linux/sunrpc_netlink.h (7.2), since the headers of a build machine may be older.
 */
#ifndef NFSTLS_UAPI_SUNRPC_NETLINK_H
#define NFSTLS_UAPI_SUNRPC_NETLINK_H

#define SUNRPC_FAMILY_NAME "sunrpc"
#define SUNRPC_MCGRP_EXPORTD "exportd" /* hears of questions */

enum {
	SUNRPC_CMD_CACHE_NOTIFY = 1,
	SUNRPC_CMD_IP_MAP_GET_REQS = 2,
	SUNRPC_CMD_IP_MAP_SET_REQS = 3,
	SUNRPC_CMD_UNIX_GID_GET_REQS = 4,
	SUNRPC_CMD_UNIX_GID_SET_REQS = 5,
	SUNRPC_CMD_CACHE_FLUSH = 6,
};

/* Of SUNRPC_CMD_CACHE_NOTIFY; the values can be joined. */
enum { SUNRPC_A_CACHE_NOTIFY_CACHE_TYPE = 1 };
enum sunrpc_cache_type { SUNRPC_CACHE_TYPE_IP_MAP = 1, SUNRPC_CACHE_TYPE_UNIX_GID = 2 };

/* Of the GET_REQS and SET_REQS: one nest for each question. */
enum { SUNRPC_A_IP_MAP_REQS_REQUESTS = 1 };
enum { SUNRPC_A_UNIX_GID_REQS_REQUESTS = 1 };

enum {
	SUNRPC_A_IP_MAP_SEQNO = 1, /* u64 */
	SUNRPC_A_IP_MAP_CLASS = 2,
	SUNRPC_A_IP_MAP_ADDR = 3,
	SUNRPC_A_IP_MAP_DOMAIN = 4,
	SUNRPC_A_IP_MAP_NEGATIVE = 5, /* flag */
	SUNRPC_A_IP_MAP_EXPIRY = 6,   /* u64 */
};

enum {
	SUNRPC_A_UNIX_GID_SEQNO = 1,	/* u64 */
	SUNRPC_A_UNIX_GID_UID = 2,	/* u32 */
	SUNRPC_A_UNIX_GID_GIDS = 3,	/* u32, once for each */
	SUNRPC_A_UNIX_GID_NEGATIVE = 4, /* flag */
	SUNRPC_A_UNIX_GID_EXPIRY = 5,	/* u64 */
};

#endif
