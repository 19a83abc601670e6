/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files that make a list of transports share. */
#ifndef NFSTLS_TRANSPORT_LIST_PRIVATE_H
#define NFSTLS_TRANSPORT_LIST_PRIVATE_H

#include "support/transport/transport_private.h"

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

/* Where an NFS server of the kernel's client is. */
struct server_entry {
	struct transport_ends ends; /* local is nothing */
	size_t number;		    /* in the list */
	bool is_reached;	    /* a transport leads there */
	bool is_told;		    /* that none does */
	UT_hash_handle hh;
};

/* A host that a transport leads to whose port the kernel does not tell, as of all that are not connected. */
struct host_entry {
	struct transport_ends ends; /* local is nothing, and there is no port */
	UT_hash_handle hh;
};

struct device {
	unsigned int major, minor;
};

/* A file system of the kernel's client, in whatever mount namespace it is mounted. */
struct volume_entry {
	struct device device;
	struct sockaddr_storage end; /* of its server, with port */
	bool has_mount;		     /* that can be seen */
	bool is_missed;		     /* no transport of it was found */
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
	struct server_entry *servers;
	struct volume_entry *volumes;
	struct host_entry *hosts;
	bool known_unknown; /* servers and file systems could not be read */
	struct error *e;
};

/* ---- list_entry.c -------------------------------------------------------------------- */

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

/* Of one in clear text: TLS is next.  Not for what a mount, or another client of NFS, uses already. */
bool transport_join_is_promised(const struct transport_entry *t);

/* What the socket proves. */
enum transport_proof transport_join_proof_of(const struct transport_socket *socket);

/* The switch of that name, which is read when it is new, with its transports in the list. */
int transport_join_switch(struct joining *j, const char *name, struct switch_entry **found);

/* ---- what the kernel's client knows (list_known.c) ----------------------------------- */

/*
 * Reads its servers and file systems, which are those of this network namespace whatever /sys is of, and finds out by
 * them whether /sys is of it: list->sys_elsewhere.  Before everything else of the client.
 */
int transport_join_known(struct joining *j);
void transport_join_known_free(struct joining *j);

/* NULL: there is none. */
struct server_entry *transport_join_server_at(const struct joining *j, const struct sockaddr_storage *end);
struct volume_entry *transport_join_volume_of(const struct joining *j, unsigned int major, unsigned int minor);

/* A transport leads there; of one that is not connected the port is not known.  -ENOMEM. */
int transport_join_reach(struct joining *j, const struct sockaddr_storage *remote);

/* The number of the server there, which is made up where the kernel has told none.  -ENOMEM. */
int transport_join_need_server(struct joining *j, const struct sockaddr_storage *end, size_t *number);

/* After all: what the kernel's client knows and no transport leads to makes the list incomplete. */
int transport_join_compare_known(struct joining *j);

/* ---- the parts of a list --------------------------------------------------------- */

int transport_join_strays(struct joining *j);	 /* after the mounts */
int transport_join_records(struct joining *j);	 /* what mount commands have recorded */
int transport_join_callbacks(struct joining *j); /* after the records */
int transport_join_server(struct joining *j);

#endif
