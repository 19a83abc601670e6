/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * counters: what the kernel's NFS client and server have counted since they were started: packets, calls, and each
 * operation.  A set of counters can be read from the kernel, from a file that was saved, and be subtracted.  How they
 * are shown is not its business, and neither are the counters of a mount or a connection.
 *
 * Format: /proc/net/rpc/nfs and nfsd are written by net/sunrpc/stats.c, fs/nfsd/stats.c; netlink is nfsd.yaml.
 */
#ifndef NFSTLS_COUNTERS_H
#define NFSTLS_COUNTERS_H

#include "support/base/base.h"

enum counters_side { COUNTERS_SERVER, COUNTERS_CLIENT, COUNTERS_SIDES };

#define COUNTERS_VALUES_MAX 12u
#define COUNTERS_OPERATIONS_MAX 256u /* kernels of 2026 have 76 */

/* ---- blocks: a few numbers that belong together ---------------------------------------- */

enum counters_block {
	COUNTERS_NET,
	COUNTERS_RPC,
	COUNTERS_REPLY_CACHE,
	COUNTERS_IO,
	COUNTERS_READ_AHEAD,
	COUNTERS_FILE_HANDLES,
	COUNTERS_BLOCKS,
};

struct counters_value_form {
	const char *name;   /* heads its column */
	const char *key;    /* in JSON */
	unsigned int place; /* in the line of /proc, where it is not that of the column */
};

struct counters_block_form {
	const char *line;  /* the first word of its line in /proc */
	const char *label; /* "Server packet stats" */
	const char *key;   /* in JSON */
	size_t count;
	struct counters_value_form value[COUNTERS_VALUES_MAX];
};

/* NULL where that side has no such block. */
const struct counters_block_form *counters_block_form(enum counters_side side, enum counters_block block);

/* ---- tables: how often each operation was called ----------------------------------------- */

enum counters_table {
	COUNTERS_V2,
	COUNTERS_V3,
	COUNTERS_V4, /* the server has two procedures here, and its operations in the next */
	COUNTERS_V4_OPERATIONS,
	COUNTERS_V4_CALLBACKS, /* known by netlink only */
	COUNTERS_TABLES,
};

struct counters_table_form {
	const char *line;  /* the first word of its line in /proc; NULL: it has none */
	const char *label; /* "Server nfs v3" */
	const char *title; /* "nfs v3 server" */
	const char *key;   /* in JSON */
	unsigned int version;
	const char *const *names;
	size_t known;	    /* so many have a name */
	size_t classic;	    /* so many are in the layout of old, also where the kernel does not count them */
	unsigned int first; /* the number of the first operation: callbacks begin with 3 */
};

const struct counters_table_form *counters_table_form(enum counters_side side, enum counters_table table);

#define COUNTERS_NAME_ROOM 32u

/* The name of an operation; one without is called by its number, "op76". */
const char *counters_operation_name(const struct counters_table_form *form, size_t operation,
				    char room[COUNTERS_NAME_ROOM]);

/* ---- a set of counters --------------------------------------------------------------------- */

enum counters_source { COUNTERS_FROM_PROC, COUNTERS_FROM_NETLINK, COUNTERS_FROM_FILE };

struct counters_calls {
	size_t count; /* so many operations are counted; 0: the table is not there */
	uint64_t at[COUNTERS_OPERATIONS_MAX];
};

struct counters {
	enum counters_side side;
	enum counters_source source;
	bool narrow;	/* what was saved has lost all but the lower 32 bits */
	bool was_reset; /* counters_subtract(): they began again since then: no difference is known */
	bool is_proc;	/* from a file of /proc, or a copy: it cannot have the tables without a line there */
	uint64_t value[COUNTERS_BLOCKS][COUNTERS_VALUES_MAX]; /* in the order of the columns */
	struct counters_calls calls[COUNTERS_TABLES];
};

/*
 * What was counted since, in all members of *counters.  Most of the kernel's counters have 32 bits and begin again at
 * 0 after the last number.  A table that cannot be known for then is taken away.  Where one has gone back in another
 * way, was_reset is true, and all differences are what 32 bits make of them.
 */
void counters_subtract(struct counters *counters, const struct counters *since);

/*
 * Whether there would be nothing but zeros in the layout of old: it has the lower 32 bits of a number, and of a table
 * the classic operations.
 */
bool counters_block_is_zero(const struct counters *counters, enum counters_block block);
bool counters_table_is_zero(const struct counters *counters, enum counters_table table);

/* ---- reading: bytes ------------------------------------------------------------------------- */

/*
 * The text of /proc/net/rpc/nfs or nfsd; name is what errors call it.  What kernels may add is passed over: lines, and
 * numbers at the end of a line.  Missing ones are 0.  -ENODATA, with the name alone, when the text is empty;
 * -EBADMSG with name and line.
 */
int counters_parse_proc(enum counters_side side, const char *name, const char *text, size_t size,
			struct counters *counters, struct error *e);

/* One message of the answer to NFSD_CMD_SERVER_STATS_GET; the counters begin as zeros.  -EBADMSG. */
int counters_netlink_decode(const void *message, size_t size, struct counters *server);

enum counters_form { COUNTERS_RAW_SERVER, COUNTERS_RAW_CLIENT, COUNTERS_PRETTY };

/* What stands in a file that was saved.  A side that is not in it is all zeros. */
struct counters_saved {
	enum counters_form form;
	struct counters side[COUNTERS_SIDES];
};

/*
 * A copy of one of the two files of /proc, or what nfsstat has printed, also in parts and among other lines.
 * -ENODATA, with the name alone, when the text is empty; -EBADMSG with name and, where there is one, line.
 */
int counters_parse_saved(const char *name, const char *text, size_t size, struct counters_saved *saved,
			 struct error *e);

/* ---- reading: the system ---------------------------------------------------------------------- */

/* ROOT "" is the live system; any other has no netlink. */

/*
 * The kernel's counters of one side: the server's by netlink, where the kernel has that, else from ROOT/proc.  When
 * netlink is there and fails, *remark gets why, and /proc is read.  Errors of open(2) with the path, and those of
 * counters_parse_proc().
 */
int counters_read(const char *root, enum counters_side side, struct counters *counters, struct error *remark,
		  struct error *e);

/* Reads path, which may be a pipe, and parses it. */
int counters_read_saved(const char *path, struct counters_saved *saved, struct error *e);

#endif
