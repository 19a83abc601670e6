/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/access/access.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "support/access/access_private.h"

#define ALL_MODES (XPRTSEC_NONE | XPRTSEC_TLS | XPRTSEC_MTLS)
#define NETGROUP_BYTES_MAX 512u /* of all names with commas; nfs-utils changes to own domains above it */

unsigned int access_modes_as_written(const struct export *export, void *context)
{
	(void)context;
	return export->options->xprtsec ? export->options->xprtsec : ALL_MODES;
}

/* ---- clients -------------------------------------------------------------------- */

struct address_key access_host_key(const struct ip_address *address)
{
	struct address_key key;

	memset(&key, 0, sizeof(key)); /* also what lies between the members: the key is hashed as bytes */
	key.size = address->size;
	memcpy(key.bytes, address->bytes, address->size);
	return key;
}

struct address_key access_network_key(const struct ip_address *address, unsigned int prefix)
{
	struct address_key key = access_host_key(address);

	key.prefix = prefix + 1; /* 0 stands for "no network" */
	for (unsigned int bit = prefix; bit < address->size * 8; bit++)
		key.bytes[bit / 8] &= (unsigned char)~(0x80u >> bit % 8);
	return key;
}

static bool add_address(struct access *access, const struct address_key *key, unsigned int client)
{
	struct address_entry *entry;

	HASH_FIND(hh, access->addresses, key, sizeof(*key), entry);
	if (!entry) {
		entry = calloc(1, sizeof(*entry));
		if (!entry)
			return false;
		entry->key = *key;
		HASH_ADD(hh, access->addresses, key, sizeof(entry->key), entry);
		if (!entry->hh.tbl) {
			free(entry);
			return false;
		}
	}
	return ARRAY_APPEND(entry->clients, entry->count, client);
}

static bool add_prefix(struct access *access, unsigned int size, unsigned int prefix)
{
	struct used_prefix used = { .size = size, .prefix = prefix };

	for (size_t i = 0; i < access->prefix_count; i++) /* at most 33 + 129 */
		if (access->prefixes[i].size == size && access->prefixes[i].prefix == prefix)
			return true;
	return ARRAY_APPEND(access->prefixes, access->prefix_count, used);
}

static bool add_host(struct access *access, const struct export_client *client, unsigned int number)
{
	bool fits = true;

	for (size_t i = 0; fits && i < client->address_count; i++) {
		struct address_key key = access_host_key(&client->addresses[i]);

		fits = add_address(access, &key, number);
	}
	if (fits && !client->address_count && client->form.address.size) {
		struct address_key key = access_host_key(&client->form.address);

		fits = add_address(access, &key, number);
	}
	return fits;
}

static bool add_subnet(struct access *access, const struct export_client *client, unsigned int number)
{
	struct address_key key = access_network_key(&client->form.address, client->form.prefix);

	return add_address(access, &key, number) && add_prefix(access, key.size, client->form.prefix);
}

static bool add_number(struct number_list *list, unsigned int number)
{
	return ARRAY_APPEND(list->numbers, list->count, number);
}

static bool add_client(struct access *access, const struct export_client *client, unsigned int number)
{
	switch (client->form.type) {
	case EXPORT_HOST:
		return add_host(access, client, number);
	case EXPORT_SUBNET:
		return add_subnet(access, client, number);
	case EXPORT_WILDCARD:
		return add_number(&access->wildcards, number);
	case EXPORT_NETGROUP:
		access->netgroup_bytes += strlen(client->name) + 1;
		return add_number(&access->netgroup_clients, number);
	case EXPORT_WORLD:
		return add_number(&access->world, number);
	default: /* gss/ clients are no addresses: nobody is one of them by where he comes from */
		return true;
	}
}

/* Clients are in the table's order, which is that of their types. */
static int add_clients(struct access *access, const struct export_table *table)
{
	access->clients = calloc(export_table_count(table) + 1, sizeof(*access->clients));
	if (!access->clients)
		return -ENOMEM;
	for (struct export *export = export_table_first(table); export; export = export_table_next(table, export)) {
		struct client_entry *entry;

		if (export->dropped)
			continue;
		HASH_FIND(by_name, access->by_name, export->client->name, strlen(export->client->name), entry);
		if (entry)
			continue;
		entry = &access->clients[access->client_count];
		entry->client = export->client;
		entry->number = (unsigned int)access->client_count++;
		HASH_ADD_KEYPTR(by_name, access->by_name, entry->client->name, strlen(entry->client->name), entry);
		if (!entry->by_name.tbl || !add_client(access, entry->client, entry->number))
			return -ENOMEM;
	}
	return 0;
}

static int list_netgroups(struct access *access)
{
	const struct number_list *list = &access->netgroup_clients;

	access->netgroups = calloc(list->count + 1, sizeof(*access->netgroups));
	if (!access->netgroups)
		return -ENOMEM;
	for (size_t i = 0; i < list->count; i++)
		access->netgroups[i] = access->clients[list->numbers[i]].client->name + 1; /* behind the '@' */
	return 0;
}

/* ---- paths ------------------------------------------------------------------------ */

static bool add_fsid(struct access *access, uint32_t fsid, struct path_entry *path)
{
	struct fsid_entry *entry;

	HASH_FIND(hh, access->fsids, &fsid, sizeof(fsid), entry);
	if (!entry) {
		entry = calloc(1, sizeof(*entry));
		if (!entry)
			return false;
		entry->fsid = fsid;
		HASH_ADD(hh, access->fsids, fsid, sizeof(entry->fsid), entry);
		if (!entry->hh.tbl) {
			free(entry);
			return false;
		}
	}
	if (entry->count && entry->paths[entry->count - 1] == path)
		return true;
	return ARRAY_APPEND(entry->paths, entry->count, path);
}

static bool add_export(struct access *access, const struct export *export, size_t order, unsigned int modes)
{
	const struct export_options *options = export->options;
	struct path_entry *path = access_path(access, export->path, strlen(export->path), true);
	struct client_entry *client;
	struct export_slot slot = { .order = order, .export = export, .modes = modes };

	if (!path)
		return false;
	HASH_FIND(by_name, access->by_name, export->client->name, strlen(export->client->name), client);
	slot.client = client->number;
	if (options->flags & NFSEXP_CROSSMOUNT)
		path->crossmnt = true;
	if (options->uuid && !ARRAY_APPEND(path->uuids, path->uuid_count, options->uuid))
		return false;
	if (options->flags & NFSEXP_FSID && !add_fsid(access, options->fsid, path))
		return false;
	return ARRAY_APPEND(path->exports, path->export_count, slot);
}

static int add_exports(struct access *access, const struct export_table *table, access_modes *modes, void *context)
{
	size_t order = 0;

	for (struct export *export = export_table_first(table); export; export = export_table_next(table, export))
		if (!export->dropped && !add_export(access, export, order++, modes(export, context)))
			return -ENOMEM;
	return 0;
}

static int finish_paths(struct access *access)
{
	struct path_entry *path, *next;
	size_t n = 0;

	access->listed = calloc(access->path_count + 1, sizeof(*access->listed));
	if (!access->listed)
		return -ENOMEM;
	HASH_ITER(hh, access->paths, path, next) {
		access_sort_pseudos(path);
		access->listed[n++] = path;
	}
	return 0;
}

/* The pseudo root is made of sorted exports, so they are sorted before it. */
static void sort_exports(struct access *access)
{
	struct path_entry *path, *next;

	HASH_ITER(hh, access->paths, path, next)
		access_sort_exports(path);
}

/* ---- the index ---------------------------------------------------------------------- */

int access_new(const struct export_table *table, access_modes *modes, void *context, struct access **result,
	       struct error *e)
{
	struct access *access = calloc(1, sizeof(*access));
	int r = access ? add_clients(access, table) : -ENOMEM;

	if (!r)
		r = list_netgroups(access);
	if (!r)
		r = add_exports(access, table, modes, context);
	if (!r) {
		sort_exports(access);
		r = access_add_pseudo_root(access, table, e);
	}
	if (!r)
		r = finish_paths(access);
	if (r) {
		access_free(access);
		return error_set(e, ENOMEM, "out of memory");
	}
	*result = access;
	return 0;
}

static void free_path(struct path_entry *path)
{
	free(path->path);
	free(path->exports);
	free(path->pseudos);
	free(path->uuids);
	free(path);
}

void access_free(struct access *access)
{
	struct address_entry *address, *next_address;
	struct path_entry *path, *next_path;
	struct fsid_entry *fsid, *next_fsid;

	if (!access)
		return;
	HASH_ITER(hh, access->addresses, address, next_address) {
		HASH_DEL(access->addresses, address);
		free(address->clients);
		free(address);
	}
	HASH_ITER(hh, access->fsids, fsid, next_fsid) {
		HASH_DEL(access->fsids, fsid);
		free(fsid->paths);
		free(fsid);
	}
	HASH_ITER(hh, access->paths, path, next_path) {
		HASH_DEL(access->paths, path);
		free_path(path);
	}
	HASH_CLEAR(by_name, access->by_name);
	free(access->clients);
	free(access->prefixes);
	free(access->wildcards.numbers);
	free(access->netgroup_clients.numbers);
	free(access->world.numbers);
	free(access->netgroups);
	free(access->listed);
	free(access);
}

bool access_needs_names(const struct access *access)
{
	return access->wildcards.count || access->netgroup_clients.count;
}

size_t access_netgroups(const struct access *access, const char *const **netgroups)
{
	*netgroups = access->netgroups;
	return access->netgroup_clients.count;
}

bool access_wants_own_domains(const struct access *access)
{
	return access->netgroup_bytes > NETGROUP_BYTES_MAX;
}

size_t access_path_count(const struct access *access)
{
	return access->path_count;
}

void access_path_at(const struct access *access, size_t i, struct access_path *path)
{
	const struct path_entry *entry = access->listed[i];

	path->path = entry->path;
	path->crossmnt = entry->crossmnt;
	path->pseudo = !entry->export_count;
	path->uuids = entry->uuids;
	path->uuid_count = entry->uuid_count;
}
