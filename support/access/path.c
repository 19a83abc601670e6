/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The paths of the index, and what each client finds at one. */
#include <stdlib.h>
#include <string.h>

#include "support/access/access_private.h"

struct path_entry *access_path(struct access *access, const char *path, size_t size, bool make)
{
	struct path_entry *entry;

	HASH_FIND(hh, access->paths, path, size, entry);
	if (entry || !make)
		return entry;
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return NULL;
	entry->path = strndup(path, size);
	if (!entry->path) {
		free(entry);
		return NULL;
	}
	HASH_ADD_KEYPTR(hh, access->paths, entry->path, size, entry);
	if (!entry->hh.tbl) {
		free(entry->path);
		free(entry);
		return NULL;
	}
	access->path_count++;
	return entry;
}

static int compare_exports(const void *a, const void *b)
{
	const struct export_slot *left = a, *right = b;

	return (left->client > right->client) - (left->client < right->client);
}

static int compare_pseudos(const void *a, const void *b)
{
	const struct pseudo_slot *left = a, *right = b;

	return (left->client > right->client) - (left->client < right->client);
}

const struct export_slot *access_export_slot(const struct path_entry *path, unsigned int client)
{
	struct export_slot key = { .client = client };

	return path->export_count ? bsearch(&key, path->exports, path->export_count, sizeof(key), compare_exports) :
				    NULL;
}

const struct pseudo_slot *access_pseudo_slot(const struct path_entry *path, unsigned int client)
{
	struct pseudo_slot key = { .client = client };

	return path->pseudo_count ? bsearch(&key, path->pseudos, path->pseudo_count, sizeof(key), compare_pseudos) :
				    NULL;
}

void access_sort_exports(struct path_entry *path)
{
	if (path->export_count)
		qsort(path->exports, path->export_count, sizeof(*path->exports), compare_exports);
}

void access_sort_pseudos(struct path_entry *path)
{
	if (path->pseudo_count)
		qsort(path->pseudos, path->pseudo_count, sizeof(*path->pseudos), compare_pseudos);
}
