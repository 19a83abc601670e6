/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The server's counters by generic netlink (kernel: fs/nfsd/nfsctl.c, Documentation/netlink/specs/nfsd.yaml). */
#include <errno.h>

#include "support/counters/counters_private.h"
#include "support/genl/genl.h"
#include "support/uapi/nfsd_netlink.h"

struct place {
	enum mnl_attr_data_type type; /* MNL_TYPE_UNSPEC: not a number */
	enum counters_block block;
	unsigned int column;
};

static const struct place places[] = {
	[NFSD_A_SERVER_STATS_RC_HITS] = { MNL_TYPE_U64, COUNTERS_REPLY_CACHE, 0 },
	[NFSD_A_SERVER_STATS_RC_MISSES] = { MNL_TYPE_U64, COUNTERS_REPLY_CACHE, 1 },
	[NFSD_A_SERVER_STATS_RC_NOCACHE] = { MNL_TYPE_U64, COUNTERS_REPLY_CACHE, 2 },
	[NFSD_A_SERVER_STATS_FH_STALE] = { MNL_TYPE_U64, COUNTERS_FILE_HANDLES, 4 },
	[NFSD_A_SERVER_STATS_IO_READ] = { MNL_TYPE_U64, COUNTERS_IO, 0 },
	[NFSD_A_SERVER_STATS_IO_WRITE] = { MNL_TYPE_U64, COUNTERS_IO, 1 },
	[NFSD_A_SERVER_STATS_NETCNT] = { MNL_TYPE_U32, COUNTERS_NET, 0 },
	[NFSD_A_SERVER_STATS_NETUDPCNT] = { MNL_TYPE_U32, COUNTERS_NET, 1 },
	[NFSD_A_SERVER_STATS_NETTCPCNT] = { MNL_TYPE_U32, COUNTERS_NET, 2 },
	[NFSD_A_SERVER_STATS_NETTCPCONN] = { MNL_TYPE_U32, COUNTERS_NET, 3 },
	[NFSD_A_SERVER_STATS_RPCCNT] = { MNL_TYPE_U32, COUNTERS_RPC, 0 },
	[NFSD_A_SERVER_STATS_RPCBADFMT] = { MNL_TYPE_U32, COUNTERS_RPC, 2 },
	[NFSD_A_SERVER_STATS_RPCBADAUTH] = { MNL_TYPE_U32, COUNTERS_RPC, 3 },
	[NFSD_A_SERVER_STATS_RPCBADCLNT] = { MNL_TYPE_U32, COUNTERS_RPC, 4 },
};
#define BADCALLS_COLUMN 1u /* which the kernel does not send: the sum of the three behind it */

static int decode_number(const struct nlattr *attribute, const struct place *place, struct counters *server)
{
	uint64_t *value = &server->value[place->block][place->column];

	if (mnl_attr_validate(attribute, place->type) < 0)
		return -EBADMSG;
	*value = place->type == MNL_TYPE_U64 ? mnl_attr_get_u64(attribute) : mnl_attr_get_u32(attribute);
	return 0;
}

static int decode_entry(const struct nlattr *nest, enum counters_table table, struct counters *server)
{
	const unsigned int first = counters_table_form(COUNTERS_SERVER, table)->first;
	struct counters_calls *calls = &server->calls[table];
	const struct nlattr *op = NULL, *count = NULL, *inner;
	uint32_t number;

	mnl_attr_for_each_nested(inner, nest) {
		if (mnl_attr_get_type(inner) == NFSD_A_SERVER_PROC_ENTRY_OP)
			op = inner;
		if (mnl_attr_get_type(inner) == NFSD_A_SERVER_PROC_ENTRY_COUNT)
			count = inner;
	}
	if (!op || !count || mnl_attr_validate(op, MNL_TYPE_U32) < 0 || mnl_attr_validate(count, MNL_TYPE_U64) < 0)
		return -EBADMSG;
	number = mnl_attr_get_u32(op);
	if (number < first)
		return 0; /* the protocol has no such callback */
	number -= first;
	if (number >= COUNTERS_OPERATIONS_MAX)
		return -EBADMSG;
	calls->at[number] = mnl_attr_get_u64(count);
	if (number >= calls->count)
		calls->count = number + 1;
	return 0;
}

static int decode_attribute(const struct nlattr *attribute, void *context)
{
	static const enum counters_table tables[] = { COUNTERS_V2, COUNTERS_V3, COUNTERS_V4, COUNTERS_V4_OPERATIONS,
						      COUNTERS_V4_CALLBACKS };
	unsigned int type = mnl_attr_get_type(attribute);
	struct counters *server = context;

	if (type < ARRAY_SIZE(places))
		return places[type].type ? decode_number(attribute, &places[type], server) : 0;
	if (type < NFSD_A_SERVER_STATS_PROC2_OPS || type - NFSD_A_SERVER_STATS_PROC2_OPS >= ARRAY_SIZE(tables))
		return 0; /* what newer kernels have */
	return decode_entry(attribute, tables[type - NFSD_A_SERVER_STATS_PROC2_OPS], server);
}

static void add_badcalls(uint64_t *rpc)
{
	rpc[BADCALLS_COLUMN] = rpc[BADCALLS_COLUMN + 1] + rpc[BADCALLS_COLUMN + 2] + rpc[BADCALLS_COLUMN + 3];
}

int counters_netlink_decode(const void *message, size_t size, struct counters *server)
{
	int r;

	server->side = COUNTERS_SERVER;
	server->source = COUNTERS_FROM_NETLINK;
	r = genl_each_attribute(message, size, decode_attribute, server);
	add_badcalls(server->value[COUNTERS_RPC]);
	return r;
}
