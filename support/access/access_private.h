/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of this folder share: the index itself. */
#ifndef NFSTLS_ACCESS_PRIVATE_H
#define NFSTLS_ACCESS_PRIVATE_H

#include <uthash.h>

#include "support/access/access.h"

/* A client and its number: clients are numbered by type, then in the order of the table. */
struct client_entry {
	const struct export_client *client;
	unsigned int number;
	UT_hash_handle by_name;
};

/* All clients that one address, or one network, stands for. */
struct address_key {
	unsigned char bytes[16]; /* of a network: without the host's bits */
	unsigned int size;
	unsigned int prefix; /* bits and one; 0 for the address of a host */
};

struct address_entry {
	struct address_key key;
	unsigned int *clients;
	size_t count;
	UT_hash_handle hh;
};

/* A prefix length that is in use. */
struct used_prefix {
	unsigned int size, prefix;
};

/* An export of a path, for one client. */
struct export_slot {
	unsigned int client; /* its number */
	size_t order;	     /* in the table */
	const struct export *export;
	unsigned int modes;
};

/* A node of the pseudo root, for one client: all that this client may find below. */
struct pseudo_slot {
	unsigned int client;
	unsigned int modes;
	unsigned int sec_count;
	struct export_sec sec[EXPORT_SEC_MAX];
};

struct path_entry {
	char *path;
	struct export_slot *exports; /* sorted by client once the index is made */
	size_t export_count;
	struct pseudo_slot *pseudos; /* likewise */
	size_t pseudo_count;
	const char **uuids;
	size_t uuid_count;
	bool crossmnt;
	UT_hash_handle hh;
};

struct fsid_entry {
	uint32_t fsid;
	struct path_entry **paths;
	size_t count;
	UT_hash_handle hh;
};

struct number_list {
	unsigned int *numbers;
	size_t count;
};

struct access {
	struct client_entry *clients; /* by number */
	struct client_entry *by_name;
	size_t client_count;
	struct address_entry *addresses; /* hosts and networks */
	struct used_prefix *prefixes;
	size_t prefix_count;
	struct number_list wildcards, netgroup_clients, world;
	const char **netgroups;
	size_t netgroup_bytes;
	struct path_entry *paths;   /* by text */
	struct path_entry **listed; /* the same as a list */
	size_t path_count;
	struct fsid_entry *fsids;
	bool has_pseudo_root;
};

struct address_key access_host_key(const struct ip_address *address);
struct address_key access_network_key(const struct ip_address *address, unsigned int prefix);

/* ---- path.c ---- */

/* The entry of a path; a new one when there is none and make is set.  NULL: none, or no memory. */
struct path_entry *access_path(struct access *access, const char *path, size_t size, bool make);

/* The slot of a client in a path entry of a finished index, or NULL. */
const struct export_slot *access_export_slot(const struct path_entry *path, unsigned int client);
const struct pseudo_slot *access_pseudo_slot(const struct path_entry *path, unsigned int client);
void access_sort_exports(struct path_entry *path);
void access_sort_pseudos(struct path_entry *path);

/* ---- pseudo.c ---- */

/* Adds the nodes of the NFSv4 pseudo root (RFC 8881 section 7.3).  -ENOMEM. */
int access_add_pseudo_root(struct access *access, const struct export_table *table, struct error *e);

#endif
