/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files that make a list of transports share. */
#ifndef NFSTLS_TRANSPORT_LIST_PRIVATE_H
#define NFSTLS_TRANSPORT_LIST_PRIVATE_H

#include "support/transport/transport_private.h"

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

/* ---- what is found by a key ------------------------------------------------- */

struct socket_entry {
	struct transport_ends ends;
	const struct transport_socket *socket;
	UT_hash_handle hh;
};

/* A switch of the kernel is a group of transports; most mounts of one server have the same. */
struct switch_entry {
	char name[TRANSPORT_SWITCH_MAX];
	size_t *numbers; /* of its transports */
	size_t count;
	int error; /* 0, or what kept it from being read to its end */
	char why[TRANSPORT_WHY_MAX];
	bool has_stats;	       /* lines of mountstats that cannot be told apart */
	uint64_t fewest, most; /* reconnects in them */
	UT_hash_handle hh;
};

struct named_entry {
	char name[64];
	size_t number;
	UT_hash_handle hh;
};

/* Of several mounts on one folder the last is the one that can be seen. */
struct mount_entry {
	const char *point;
	size_t number;
	UT_hash_handle hh;
};

struct joining {
	const struct transport_sources *sources;
	struct transport_list *list;
	struct socket_entry *sockets, *socket_room;
	struct switch_entry *switches;
	struct switch_entry **of_mount; /* for each mount; NULL where it is not, or not wholly, known */
	struct named_entry *named;
	struct mount_entry *points, *point_room;
	struct error *e;
};

/* ---- common -------------------------------------------------------------------- */

void transport_join_note(const struct joining *j, const char *fmt, ...) PRINTF_LIKE(2, 3);
int transport_join_out_of_memory(const struct joining *j);

/* Appends the text of a file that has no size; path is root and name.  -EBADMSG also for one with a NUL in it. */
int transport_join_read(const struct joining *j, const char *name, char *path, size_t room, struct strbuf *text,
			struct error *e);

/* Adds a number to an array; -ENOMEM. */
int transport_join_add_number(size_t **numbers, size_t *count, size_t number);

/* A new entry of the list, all zeros; NULL without memory. */
struct transport_entry *transport_join_add(struct joining *j);

/* A new entry made of what /sys says, and proven; NULL without memory. */
struct transport_entry *transport_join_add_link(struct joining *j, const struct transport_link *link);

/* What the socket proves. */
enum transport_proof transport_join_proof_of(const struct transport_socket *socket);

/* ---- the parts of a list --------------------------------------------------------- */

int transport_join_strays(struct joining *j);  /* after the mounts */
int transport_join_records(struct joining *j); /* what mount commands have recorded */
int transport_join_server(struct joining *j);

#endif
