/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The NFSv4 pseudo root: the folders above the exports, so that a client can walk to them from "/".  Each client gets
 * those that lead to what it may reach, with the security of all that lies below: enough to pass, and for a tree that
 * demands certificates not enough for anybody without one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "support/access/access_private.h"

/* An export with fsid=0 is itself the root that clients see. */
static bool has_own_root(const struct access *access)
{
	const uint32_t root = 0;
	struct fsid_entry *entry;

	HASH_FIND(hh, access->fsids, &root, sizeof(root), entry);
	return entry;
}

static void add_flavor(struct pseudo_slot *slot, const struct export_sec *sec)
{
	for (unsigned int i = 0; i < slot->sec_count; i++)
		if (slot->sec[i].flavor == sec->flavor)
			return;
	if (slot->sec_count < EXPORT_SEC_MAX)
		slot->sec[slot->sec_count++] = *sec;
}

static void add_security(struct pseudo_slot *slot, const struct export_slot *from)
{
	static const struct export_sec sys = { .word = "sys", .flavor = 1 };
	const struct export_options *options = from->export->options;

	slot->modes |= from->modes;
	for (unsigned int i = 0; i < options->sec_count; i++)
		add_flavor(slot, &options->sec[i]);
	if (!options->sec_count)
		add_flavor(slot, &sys);
}

/*
 * The slot of a client in a node that is being made.  Exports come client by client, so it is the last one, if
 * there is one.
 */
static struct pseudo_slot *node_slot(struct path_entry *path, unsigned int client)
{
	struct pseudo_slot node = { .client = client };

	if (path->pseudo_count && path->pseudos[path->pseudo_count - 1].client == client)
		return &path->pseudos[path->pseudo_count - 1];
	return ARRAY_APPEND(path->pseudos, path->pseudo_count, node) ? &path->pseudos[path->pseudo_count - 1] : NULL;
}

static bool add_ancestors(struct access *access, const struct export_slot *slot)
{
	const char *path = slot->export->path;
	size_t size = strlen(path);

	while (size > 1) {
		struct path_entry *above;
		struct pseudo_slot *node;

		while (size > 1 && path[size - 1] != '/')
			size--;
		if (size > 1)
			size--; /* the slash, unless it is the root */
		above = access_path(access, path, size, true);
		if (!above)
			return false;
		if (access_export_slot(above, slot->client))
			continue; /* exported to this client itself */
		node = node_slot(above, slot->client);
		if (!node)
			return false;
		add_security(node, slot);
	}
	return true;
}

struct visit {
	unsigned int client;
	const struct export_slot *slot;
};

static int compare_visits(const void *a, const void *b)
{
	const struct visit *left = a, *right = b;

	return (left->client > right->client) - (left->client < right->client);
}

/* What may be reached at all, client by client. */
static size_t collect(const struct access *access, struct visit *visits)
{
	const struct path_entry *path, *next;
	size_t count = 0;

	HASH_ITER(hh, access->paths, path, next) {
		for (size_t i = 0; i < path->export_count; i++)
			if (path->exports[i].modes)
				visits[count++] = (struct visit){ path->exports[i].client, &path->exports[i] };
	}
	return count;
}

int access_add_pseudo_root(struct access *access, const struct export_table *table, struct error *e)
{
	AUTO_FREE struct visit *visits = NULL;
	size_t count;

	if (has_own_root(access))
		return 0;
	visits = calloc(export_table_count(table) + 1, sizeof(*visits));
	if (!visits)
		return error_set(e, ENOMEM, "out of memory");
	count = collect(access, visits);
	qsort(visits, count, sizeof(*visits), compare_visits);
	for (size_t i = 0; i < count; i++)
		if (!add_ancestors(access, visits[i].slot))
			return error_set(e, ENOMEM, "out of memory");
	access->has_pseudo_root = true;
	return 0;
}
