/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names of all that is counted, as nfs-utils shows them: scripts look for these words. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "support/counters/counters_private.h"

/* ---- blocks ---------------------------------------------------------------------------- */

#define NET_VALUES                                                                                                 \
	.key = "net", .count = 4,                                                                                  \
	.value = {                                                                                                 \
		{ "packets", "packets", 0 }, { "udp", "udp", 1 }, { "tcp", "tcp", 2 }, { "tcpconn", "tcpconn", 3 } \
	}

/* clang-format off */
static const struct counters_block_form blocks[COUNTERS_SIDES][COUNTERS_BLOCKS] = {
	[COUNTERS_SERVER] = {
		[COUNTERS_NET] = { .line = "net", .label = "Server packet stats", NET_VALUES },
		[COUNTERS_RPC] = { .line = "rpc", .label = "Server rpc stats", .key = "rpc", .count = 5,
			.value = { { "calls", "calls", 0 }, { "badcalls", "badcalls", 1 }, { "badfmt", "badfmt", 2 },
				   { "badauth", "badauth", 3 }, { "badclnt", "badclnt", 4 } } },
		[COUNTERS_REPLY_CACHE] = { .line = "rc", .label = "Server reply cache", .key = "reply_cache",
			.count = 3,
			.value = { { "hits", "hits", 0 }, { "misses", "misses", 1 }, { "nocache", "nocache", 2 } } },
		[COUNTERS_IO] = { .line = "io", .label = "Server io stats", .key = "io", .count = 2,
			.value = { { "read", "read", 0 }, { "write", "write", 1 } } },
		[COUNTERS_READ_AHEAD] = { .line = "ra", .label = "Server read ahead cache", .key = "read_ahead",
			.count = 12,
			.value = { { "size", "size", 0 }, { "0-10%", "depth_10", 1 }, { "10-20%", "depth_20", 2 },
				   { "20-30%", "depth_30", 3 }, { "30-40%", "depth_40", 4 },
				   { "40-50%", "depth_50", 5 }, { "50-60%", "depth_60", 6 },
				   { "60-70%", "depth_70", 7 }, { "70-80%", "depth_80", 8 },
				   { "80-90%", "depth_90", 9 }, { "90-100%", "depth_100", 10 },
				   { "notfound", "notfound", 11 } } },
		/* The columns of the third and fourth are exchanged, as everywhere. */
		[COUNTERS_FILE_HANDLES] = { .line = "fh", .label = "Server file handle cache", .key = "file_handles",
			.count = 5,
			.value = { { "lookup", "lookup", 1 }, { "anon", "anon", 2 }, { "ncachedir", "ncachedir", 4 },
				   { "ncachenondir", "ncachenondir", 3 }, { "stale", "stale", 0 } } },
	},
	[COUNTERS_CLIENT] = {
		[COUNTERS_NET] = { .line = "net", .label = "Client packet stats", NET_VALUES },
		[COUNTERS_RPC] = { .line = "rpc", .label = "Client rpc stats", .key = "rpc", .count = 3,
			.value = { { "calls", "calls", 0 }, { "retrans", "retrans", 1 },
				   { "authrefrsh", "authrefrsh", 2 } } },
	},
};
/* clang-format on */

const struct counters_block_form *counters_block_form(enum counters_side side, enum counters_block block)
{
	return blocks[side][block].count ? &blocks[side][block] : NULL;
}

/* ---- operations ------------------------------------------------------------------------ */

/* clang-format off */
static const char *const v2_names[] = {
	"null",	  "getattr", "setattr", "root", "lookup",  "readlink", "read",	"wrcache", "write",
	"create", "remove",  "rename",	"link", "symlink", "mkdir",    "rmdir", "readdir", "fsstat",
};

static const char *const v3_names[] = {
	"null",	   "getattr", "setattr", "lookup", "access", "readlink", "read",    "write",
	"create",  "mkdir",   "symlink", "mknod",  "remove", "rmdir",	 "rename",  "link",
	"readdir", "readdirplus", "fsstat", "fsinfo", "pathconf", "commit",
};

static const char *const v4_names[] = { "null", "compound" };

/* By the numbers of the protocol. */
static const char *const v4_operation_names[] = {
	"op0-unused",	"op1-unused",	 "op2-future",	 "access",	"close",	 "commit",
	"create",	"delegpurge",	 "delegreturn",	 "getattr",	"getfh",	 "link",
	"lock",		"lockt",	 "locku",	 "lookup",	"lookup_root",	 "nverify",
	"open",		"openattr",	 "open_conf",	 "open_dgrd",	"putfh",	 "putpubfh",
	"putrootfh",	"read",		 "readdir",	 "readlink",	"remove",	 "rename",
	"renew",	"restorefh",	 "savefh",	 "secinfo",	"setattr",	 "setcltid",
	"setcltidconf", "verify",	 "write",	 "rellockowner", "bc_ctl",	 "bind_conn",
	"exchange_id",	"create_ses",	 "destroy_ses",	 "free_stateid", "getdirdeleg",	 "getdevinfo",
	"getdevlist",	"layoutcommit",	 "layoutget",	 "layoutreturn", "secinfononam", "sequence",
	"set_ssv",	"test_stateid",	 "want_deleg",	 "destroy_clid", "reclaim_comp", "allocate",
	"copy",		"copy_notify",	 "deallocate",	 "ioadvise",	"layouterror",	 "layoutstats",
	"offloadcancel", "offloadstatus", "readplus",	 "seek",	"write_same",
	/* here the classic table ends */
	"clone",	"getxattr",	 "setxattr",	 "listxattrs",	"removexattr",
};
#define V4_OPERATIONS_CLASSIC 71u

static const char *const v4_callback_names[] = {
	"cb_getattr",	"cb_recall",	  "cb_layoutrecall", "cb_notify",	"cb_push_deleg",
	"cb_recall_any", "cb_recall_obj", "cb_recall_slot",  "cb_sequence",	"cb_wants_cancel",
	"cb_notify_lock", "cb_notify_devid", "cb_offload",
};

static const char *const v4_client_names[] = {
	"null",		   "read",	      "write",		 "commit",	    "open",
	"open_conf",	   "open_noat",	      "open_dgrd",	 "close",	    "setattr",
	"fsinfo",	   "renew",	      "setclntid",	 "confirm",	    "lock",
	"lockt",	   "locku",	      "access",		 "getattr",	    "lookup",
	"lookup_root",	   "remove",	      "rename",		 "link",	    "symlink",
	"create",	   "pathconf",	      "statfs",		 "readlink",	    "readdir",
	"server_caps",	   "delegreturn",     "getacl",		 "setacl",	    "fs_locations",
	"rel_lkowner",	   "secinfo",	      "fsid_present",	 "exchange_id",	    "create_session",
	"destroy_session", "sequence",	      "get_lease_time",	 "reclaim_comp",    "layoutget",
	"getdevinfo",	   "layoutcommit",    "layoutreturn",	 "secinfo_no",	    "test_stateid",
	"free_stateid",	   "getdevicelist",   "bind_conn_to_ses", "destroy_clientid", "seek",
	"allocate",	   "deallocate",      "layoutstats",	 "clone",
	/* here the classic table ends */
	"copy",		   "offloadcancel",   "lookupp",	 "layouterror",	    "copy_notify",
	"getxattr",	   "setxattr",	      "listxattrs",	 "removexattr",	    "readplus",
	"offloadstatus",   "zero_range",
};
/* clang-format on */
#define V4_CLIENT_CLASSIC 59u

#define NAMES(table, shown) .names = (table), .known = ARRAY_SIZE(table), .classic = (shown)
#define ALL_NAMES(table) NAMES(table, ARRAY_SIZE(table))

/* clang-format off */
static const struct counters_table_form tables[COUNTERS_SIDES][COUNTERS_TABLES] = {
	[COUNTERS_SERVER] = {
		[COUNTERS_V2] = { .line = "proc2", .label = "Server nfs v2", .title = "nfs v2 server", .key = "v2",
				  .version = 2, ALL_NAMES(v2_names) },
		[COUNTERS_V3] = { .line = "proc3", .label = "Server nfs v3", .title = "nfs v3 server", .key = "v3",
				  .version = 3, ALL_NAMES(v3_names) },
		[COUNTERS_V4] = { .line = "proc4", .label = "Server nfs v4", .title = "nfs v4 server", .key = "v4",
				  .version = 4, ALL_NAMES(v4_names) },
		[COUNTERS_V4_OPERATIONS] = { .line = "proc4ops", .label = "Server nfs v4 operations",
					     .title = "nfs v4 servop", .key = "v4_operations", .version = 4,
					     NAMES(v4_operation_names, V4_OPERATIONS_CLASSIC) },
		[COUNTERS_V4_CALLBACKS] = { .label = "Server nfs v4 callback operations", .title = "nfs v4 cback",
					    .key = "v4_callbacks", .version = 4, .first = 3,
					    ALL_NAMES(v4_callback_names) },
	},
	[COUNTERS_CLIENT] = {
		[COUNTERS_V2] = { .line = "proc2", .label = "Client nfs v2", .title = "nfs v2 client", .key = "v2",
				  .version = 2, ALL_NAMES(v2_names) },
		[COUNTERS_V3] = { .line = "proc3", .label = "Client nfs v3", .title = "nfs v3 client", .key = "v3",
				  .version = 3, ALL_NAMES(v3_names) },
		[COUNTERS_V4] = { .line = "proc4", .label = "Client nfs v4", .title = "nfs v4 client", .key = "v4",
				  .version = 4, NAMES(v4_client_names, V4_CLIENT_CLASSIC) },
	},
};
/* clang-format on */

const struct counters_table_form *counters_table_form(enum counters_side side, enum counters_table table)
{
	return tables[side][table].known ? &tables[side][table] : NULL;
}

const char *counters_operation_name(const struct counters_table_form *form, size_t operation,
				    char room[COUNTERS_NAME_ROOM])
{
	if (operation < form->known)
		return form->names[operation];
	snprintf(room, COUNTERS_NAME_ROOM, "op%zu", operation + form->first);
	return room;
}

int counters_operation_find(const struct counters_table_form *form, const char *name, size_t size, size_t *operation)
{
	char room[COUNTERS_NAME_ROOM];

	for (size_t i = 0; i < COUNTERS_OPERATIONS_MAX; i++)
		if (counters_word_is(name, size, counters_operation_name(form, i, room))) {
			*operation = i;
			return 0;
		}
	return -ENOENT;
}

/*
 * The slots of the kernel's client (NFSPROC4_CLNT_* in include/linux/nfs4.h) are numbers of its own.  New ones came at
 * the end, but for zero_range, which Linux 6.16 put in front of layoutstats: from then on there are 71, and the
 * two that were behind it, and all later ones, have moved up by one.
 */
#define CLIENT_SLOTS_WITH_ZERO_RANGE 71u
#define CLIENT_SLOT_OF_ZERO_RANGE 57u

size_t counters_operation_of_slot(enum counters_side side, enum counters_table table, size_t slot, size_t count)
{
	const size_t zero_range = ARRAY_SIZE(v4_client_names) - 1;

	if (side != COUNTERS_CLIENT || table != COUNTERS_V4 || count < CLIENT_SLOTS_WITH_ZERO_RANGE ||
	    slot < CLIENT_SLOT_OF_ZERO_RANGE || slot > zero_range)
		return slot;
	return slot == CLIENT_SLOT_OF_ZERO_RANGE ? zero_range : slot - 1;
}
