/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of exports, in the order in which nfs-utils keeps it: its programs take the first entry that matches, and
 * scripts compare etab, so the order is part of the format.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "support/export/export.h"

#define BUCKETS 1021u /* of nfs-utils; its only use here is the order */

struct client_node {
	struct export_client client; /* first: an export points here */
	char *key;		     /* its type and its name in lower case */
	UT_hash_handle hh;
};

/* Which host an address belongs to. */
struct address_node {
	struct ip_address address;
	struct client_node *client;
	UT_hash_handle hh;
};

struct path_node {
	UT_hash_handle hh;
	unsigned int bucket;
	struct entry_node *entries; /* the last one first */
	char path[];
};

/* What makes an entry: pointers, so that comparing texts is done once. */
struct entry_key {
	const struct path_node *path;
	const struct client_node *client;
};

struct entry_node {
	struct export export; /* first: handed out */
	struct entry_key key;
	struct entry_node *next; /* in the order of etab, within a type of client */
	struct entry_node *same_path;
	UT_hash_handle hh;
};

struct type_list {
	struct entry_node *head;
	struct entry_node *last[BUCKETS]; /* the last entry of each bucket; NULL: empty */
};

struct export_table {
	struct type_list types[EXPORT_CLIENT_TYPES];
	struct client_node *clients;
	struct address_node *addresses;
	struct path_node *paths;
	struct entry_node *entries;
	size_t count;
};

struct export_table *export_table_new(void)
{
	return calloc(1, sizeof(struct export_table));
}

static void free_client(struct client_node *client)
{
	if (!client)
		return;
	free((char *)(uintptr_t)client->client.name);
	free((void *)(uintptr_t)client->client.addresses);
	free(client->key);
	free(client);
}

void export_table_free(struct export_table *table)
{
	struct client_node *client, *next_client;
	struct address_node *address, *next_address;
	struct path_node *path, *next_path;
	struct entry_node *entry, *next_entry;

	if (!table)
		return;
	HASH_ITER(hh, table->entries, entry, next_entry) {
		HASH_DEL(table->entries, entry);
		free(entry);
	}
	HASH_ITER(hh, table->paths, path, next_path) {
		HASH_DEL(table->paths, path);
		free(path);
	}
	HASH_ITER(hh, table->addresses, address, next_address) {
		HASH_DEL(table->addresses, address);
		free(address);
	}
	HASH_ITER(hh, table->clients, client, next_client) {
		HASH_DEL(table->clients, client);
		free_client(client);
	}
	free(table);
}

void export_table_free_pointer(struct export_table **table)
{
	export_table_free(*table);
}

/* ---- clients -------------------------------------------------------------------------- */

static char *client_key(enum export_client_type type, const char *name)
{
	char *key;

	if (asprintf(&key, "%d %s", (int)type, name) < 0)
		return NULL;
	for (char *c = key; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return key;
}

static struct client_node *find_client(const struct export_table *table, enum export_client_type type, const char *name,
				       struct error *e, int *status)
{
	AUTO_FREE char *key = client_key(type, name);
	struct client_node *client = NULL;

	*status = key ? 0 : error_set(e, ENOMEM, "out of memory");
	if (key)
		HASH_FIND(hh, table->clients, key, strlen(key), client);
	return client;
}

static struct client_node *find_by_address(const struct export_table *table, const struct export_host *host)
{
	struct address_node *node = NULL;

	for (size_t i = 0; !node && i < host->address_count; i++) {
		const struct ip_address *address = &host->addresses[i];

		HASH_FIND(hh, table->addresses, address, sizeof(*address), node);
	}
	return node ? node->client : NULL;
}

static int remember_addresses(struct export_table *table, struct client_node *client)
{
	for (size_t i = 0; i < client->client.address_count; i++) {
		const struct ip_address *address = &client->client.addresses[i];
		struct address_node *node;

		HASH_FIND(hh, table->addresses, address, sizeof(*address), node);
		if (node)
			continue; /* whoever came first has it */
		node = calloc(1, sizeof(*node));
		if (!node)
			return -ENOMEM;
		node->address = *address;
		node->client = client;
		HASH_ADD(hh, table->addresses, address, sizeof(node->address), node);
		if (!node->hh.tbl) {
			free(node);
			return -ENOMEM;
		}
	}
	return 0;
}

static int copy_addresses(struct client_node *client, const struct export_host *host)
{
	const struct ip_address *from = host ? host->addresses : &client->client.form.address;
	size_t count = host ? host->address_count : client->client.form.address.size ? 1 : 0;
	struct ip_address *copy;

	if (client->client.form.type != EXPORT_HOST || !count)
		return 0;
	copy = calloc(count, sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	memcpy(copy, from, count * sizeof(*copy));
	client->client.addresses = copy;
	client->client.address_count = count;
	return 0;
}

static int add_client(struct export_table *table, const struct export_client_form *form, const char *name,
		      const struct export_host *host, struct client_node **result)
{
	struct client_node *client = calloc(1, sizeof(*client));

	if (client) {
		client->client.form = *form;
		client->client.name = strdup(name);
		client->key = client_key(form->type, name);
	}
	if (!client || !client->client.name || !client->key || copy_addresses(client, host)) {
		free_client(client);
		return -ENOMEM;
	}
	HASH_ADD_KEYPTR(hh, table->clients, client->key, strlen(client->key), client);
	if (!client->hh.tbl) {
		free_client(client);
		return -ENOMEM;
	}
	*result = client;
	return remember_addresses(table, client);
}

/*
 * The client that a text means: a known one, or a new one when make is set.  Of a host that was looked up the addresses
 * tell, of all others the text.
 */
static int client_of(struct export_table *table, const char *text, const struct export_host *host, bool make,
		     struct client_node **client, struct error *e)
{
	struct export_client_form form;
	const char *name = text;
	int r = export_client_form(text, &form, e);

	*client = NULL;
	if (r)
		return r;
	if (form.type != EXPORT_HOST)
		host = NULL;
	if (host) {
		name = host->canonical;
		*client = find_by_address(table, host);
	}
	if (!*client)
		*client = find_client(table, form.type, name, e, &r);
	if (r || *client || !make)
		return r;
	r = add_client(table, &form, name, host, client);
	return r ? error_set(e, ENOMEM, "out of memory") : 0;
}

/* ---- entries ------------------------------------------------------------------------------ */

/* As nfs-utils sums it up: each byte, as a signed one, times its place. */
static unsigned int bucket_of(const char *path)
{
	unsigned int sum = 0;

	for (unsigned int i = 0; path[i]; i++)
		sum += (unsigned int)(int)(signed char)path[i] * i;
	return sum % BUCKETS;
}

static struct path_node *path_of(struct export_table *table, const char *path, bool make)
{
	size_t size = strlen(path);
	struct path_node *node;

	HASH_FIND(hh, table->paths, path, size, node);
	if (node || !make)
		return node;
	node = calloc(1, sizeof(*node) + size + 1);
	if (!node)
		return NULL;
	memcpy(node->path, path, size + 1);
	node->bucket = bucket_of(path);
	HASH_ADD_KEYPTR(hh, table->paths, node->path, size, node);
	if (!node->hh.tbl) {
		free(node);
		return NULL;
	}
	return node;
}

static struct entry_node *find_entry(const struct export_table *table, const struct path_node *path,
				     const struct client_node *client)
{
	struct entry_key key;
	struct entry_node *entry;

	memset(&key, 0, sizeof(key));
	key.path = path;
	key.client = client;
	HASH_FIND(hh, table->entries, &key, sizeof(key), entry);
	return entry;
}

/* A new bucket begins at the front of the list, a known one goes on behind its last entry. */
static void link_entry(struct type_list *list, struct entry_node *entry)
{
	struct entry_node **last = &list->last[entry->key.path->bucket];

	if (*last) {
		entry->next = (*last)->next;
		(*last)->next = entry;
	} else {
		entry->next = list->head;
		list->head = entry;
	}
	*last = entry;
}

static struct entry_node *new_entry(struct export_table *table, const struct export_entry *from, struct path_node *path,
				    const struct client_node *client)
{
	struct entry_node *entry = calloc(1, sizeof(*entry));

	if (!entry)
		return NULL;
	entry->key.path = path;
	entry->key.client = client;
	entry->export.path = path->path;
	entry->export.client = &client->client;
	entry->export.options = from->options;
	entry->export.typed = from->client;
	entry->export.place = from->place;
	HASH_ADD(hh, table->entries, key, sizeof(entry->key), entry);
	if (!entry->hh.tbl) {
		free(entry);
		return NULL;
	}
	link_entry(&table->types[client->client.form.type], entry);
	entry->same_path = path->entries;
	path->entries = entry;
	table->count++;
	return entry;
}

int export_table_add(struct export_table *table, const struct export_entry *from, const struct export_host *host,
		     struct export **export, struct error *e)
{
	struct client_node *client;
	struct path_node *path;
	struct entry_node *entry;
	int r = client_of(table, from->client, host, true, &client, e);

	if (r)
		return r;
	path = path_of(table, from->path, true);
	entry = path ? find_entry(table, path, client) : NULL;
	if (entry) {
		*export = &entry->export;
		return 1;
	}
	entry = path ? new_entry(table, from, path, client) : NULL;
	if (!entry)
		return error_set(e, ENOMEM, "out of memory");
	*export = &entry->export;
	return 0;
}

struct export *export_table_find(const struct export_table *table, const char *path, const char *client,
				 const struct export_host *host)
{
	struct export_table *unchanged = (struct export_table *)(uintptr_t)table; /* nothing is made */
	struct client_node *client_node;
	struct path_node *path_node;
	struct entry_node *entry = NULL;

	if (client_of(unchanged, client, host, false, &client_node, NULL) || !client_node)
		return NULL;
	path_node = path_of(unchanged, path, false);
	if (path_node)
		entry = find_entry(table, path_node, client_node);
	return entry ? &entry->export : NULL;
}

static struct export *first_from(const struct export_table *table, unsigned int type)
{
	for (; type < EXPORT_CLIENT_TYPES; type++)
		if (table->types[type].head)
			return &table->types[type].head->export;
	return NULL;
}

struct export *export_table_first(const struct export_table *table)
{
	return first_from(table, 0);
}

struct export *export_table_next(const struct export_table *table, const struct export *export)
{
	const struct entry_node *entry = (const void *)export;

	return entry->next ? &entry->next->export : first_from(table, entry->export.client->form.type + 1u);
}

size_t export_table_count(const struct export_table *table)
{
	return table->count;
}

struct export *export_table_of_path(const struct export_table *table, const char *path)
{
	struct path_node *node;

	HASH_FIND(hh, table->paths, path, strlen(path), node);
	return node && node->entries ? &node->entries->export : NULL;
}

struct export *export_table_same_path(const struct export *export)
{
	const struct entry_node *entry = (const void *)export;

	return entry->same_path ? &entry->same_path->export : NULL;
}

static bool covers_at(const struct export_table *table, const struct export *export, const char *path,
		      bool crossmnt_only)
{
	for (const struct export *other = export_table_of_path(table, path); other;
	     other = export_table_same_path(other))
		if (!other->dropped && (!crossmnt_only || other->options->flags & NFSEXP_CROSSMOUNT) &&
		    export_client_covers(other->client, export->client))
			return true;
	return false;
}

bool export_table_takes_over(const struct export_table *table, const struct export *export, const char *point)
{
	AUTO_FREE char *at = strdup(point);
	size_t size = strlen(point), whole = size, least = strlen(export->path);

	while (at && size > least) {
		if (covers_at(table, export, at, size < whole))
			return true;
		while (size > 1 && at[--size] != '/')
			;
		at[size] = '\0';
	}
	return false;
}
