/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers of the netlink families nfsd and sunrpc, as far as questions and answers need them; this machine's
 * headers may not have them yet (linux/nfsd_netlink.h and linux/sunrpc_netlink.h, uapi, of kernel 7.2 and later).
 */
#ifndef NFSTLS_UPCALL_PROTOCOL_H
#define NFSTLS_UPCALL_PROTOCOL_H

#define UPCALL_NFSD_FAMILY "nfsd"
#define UPCALL_SUNRPC_FAMILY "sunrpc"
#define UPCALL_GROUP "exportd" /* in both: tells that there are questions */

enum upcall_nfsd_command {
	UPCALL_NFSD_CACHE_NOTIFY = 10,
	UPCALL_NFSD_EXPORT_GET_REQS = 11,
	UPCALL_NFSD_EXPORT_SET_REQS = 12,
	UPCALL_NFSD_EXPKEY_GET_REQS = 13,
	UPCALL_NFSD_EXPKEY_SET_REQS = 14,
};

enum upcall_sunrpc_command {
	UPCALL_SUNRPC_CACHE_NOTIFY = 1,
	UPCALL_SUNRPC_IP_MAP_GET_REQS = 2,
	UPCALL_SUNRPC_IP_MAP_SET_REQS = 3,
	UPCALL_SUNRPC_UNIX_GID_GET_REQS = 4,
	UPCALL_SUNRPC_UNIX_GID_SET_REQS = 5,
};

/* Of CACHE_NOTIFY, in both families; the values can be joined. */
enum upcall_notice_attribute { UPCALL_NOTICE_CACHE_TYPE = 1 };
enum upcall_nfsd_cache { UPCALL_NFSD_CACHE_EXPORT = 1, UPCALL_NFSD_CACHE_EXPKEY = 2 };
enum upcall_sunrpc_cache { UPCALL_SUNRPC_CACHE_IP_MAP = 1, UPCALL_SUNRPC_CACHE_UNIX_GID = 2 };

/* Of all GET_REQS and SET_REQS: one nest for each question. */
enum upcall_reqs_attribute { UPCALL_REQS_REQUESTS = 1 };

enum upcall_ip_map_attribute {
	UPCALL_IP_MAP_SEQNO = 1, /* u64 */
	UPCALL_IP_MAP_CLASS = 2,
	UPCALL_IP_MAP_ADDR = 3,
	UPCALL_IP_MAP_DOMAIN = 4,
	UPCALL_IP_MAP_NEGATIVE = 5, /* flag */
	UPCALL_IP_MAP_EXPIRY = 6,   /* u64 */
};

enum upcall_unix_gid_attribute {
	UPCALL_UNIX_GID_SEQNO = 1,    /* u64 */
	UPCALL_UNIX_GID_UID = 2,      /* u32 */
	UPCALL_UNIX_GID_GIDS = 3,     /* u32, once for each */
	UPCALL_UNIX_GID_NEGATIVE = 4, /* flag */
	UPCALL_UNIX_GID_EXPIRY = 5,   /* u64 */
};

enum upcall_expkey_attribute {
	UPCALL_EXPKEY_SEQNO = 1, /* u64 */
	UPCALL_EXPKEY_CLIENT = 2,
	UPCALL_EXPKEY_FSIDTYPE = 3, /* u8 */
	UPCALL_EXPKEY_FSID = 4,	    /* bytes */
	UPCALL_EXPKEY_NEGATIVE = 5, /* flag */
	UPCALL_EXPKEY_EXPIRY = 6,   /* u64 */
	UPCALL_EXPKEY_PATH = 7,
};

enum upcall_export_attribute {
	UPCALL_EXPORT_SEQNO = 1, /* u64 */
	UPCALL_EXPORT_CLIENT = 2,
	UPCALL_EXPORT_PATH = 3,
	UPCALL_EXPORT_NEGATIVE = 4,    /* flag */
	UPCALL_EXPORT_EXPIRY = 5,      /* u64 */
	UPCALL_EXPORT_ANON_UID = 6,    /* u32 */
	UPCALL_EXPORT_ANON_GID = 7,    /* u32 */
	UPCALL_EXPORT_FSLOCATIONS = 8, /* nest of LOCATION */
	UPCALL_EXPORT_UUID = 9,	       /* 16 bytes */
	UPCALL_EXPORT_SECINFO = 10,    /* nest, once for each flavor */
	UPCALL_EXPORT_XPRTSEC = 11,    /* u32, once for each mode: the kernel refuses modes joined in one */
	UPCALL_EXPORT_FLAGS = 12,      /* u32 */
	UPCALL_EXPORT_FSID = 13,       /* s32 */
};
enum upcall_fslocations_attribute { UPCALL_FSLOCATIONS_LOCATION = 1 };
enum upcall_fslocation_attribute { UPCALL_FSLOCATION_HOST = 1, UPCALL_FSLOCATION_PATH = 2 };
enum upcall_secinfo_attribute { UPCALL_SECINFO_PSEUDOFLAVOR = 1, UPCALL_SECINFO_FLAGS = 2 };

#endif
