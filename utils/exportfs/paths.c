/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/exportfs/paths.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>

#include <uthash.h>

struct path_node {
	UT_hash_handle hh;
	char *resolved; /* NULL: not asked yet */
	struct path_facts facts;
	bool has_facts, marked;
	char text[];
};

struct paths {
	const char *root;
	struct path_node *nodes;
};

struct paths *paths_new(const char *root)
{
	struct paths *paths = calloc(1, sizeof(*paths));

	if (paths)
		paths->root = root;
	return paths;
}

void paths_free(struct paths *paths)
{
	struct path_node *node, *next;

	if (!paths)
		return;
	HASH_ITER(hh, paths->nodes, node, next) {
		HASH_DEL(paths->nodes, node);
		free(node->resolved);
		free(node);
	}
	free(paths);
}

static struct path_node *node_of(struct paths *paths, const char *text)
{
	size_t size = strlen(text);
	struct path_node *node;

	HASH_FIND(hh, paths->nodes, text, size, node);
	if (node)
		return node;
	node = calloc(1, sizeof(*node) + size + 1);
	if (!node)
		return NULL;
	memcpy(node->text, text, size + 1);
	HASH_ADD_KEYPTR(hh, paths->nodes, node->text, size, node);
	if (node->hh.tbl)
		return node;
	free(node);
	return NULL;
}

/* Without the root again; what a link leads out of the root stays as it was written. */
static char *resolve(const struct paths *paths, const char *text)
{
	size_t root = strlen(paths->root);
	AUTO_FREE char *whole = NULL;
	AUTO_FREE char *real = NULL;

	if (!root) {
		real = realpath(text, NULL);
		return strdup(real ? real : text);
	}
	if (asprintf(&whole, "%s%s%s", paths->root, *text == '/' ? "" : "/", text) < 0) {
		whole = NULL;
		return NULL;
	}
	real = realpath(whole, NULL);
	if (!real || strncmp(real, paths->root, root) != 0 || (real[root] && real[root] != '/'))
		return strdup(text);
	return strdup(real[root] ? real + root : "/");
}

const char *paths_resolve(struct paths *paths, const char *text)
{
	struct path_node *node = node_of(paths, text);

	if (node && !node->resolved)
		node->resolved = resolve(paths, text);
	return node ? node->resolved : NULL;
}

const struct path_facts *paths_facts(struct paths *paths, const char *path)
{
	struct path_node *node = node_of(paths, path);
	AUTO_FREE char *whole = NULL;

	if (!node || node->has_facts)
		return node ? &node->facts : NULL;
	if (asprintf(&whole, "%s%s", paths->root, path) < 0) {
		whole = NULL;
		return NULL;
	}
	node->facts.error = stat(whole, &node->facts.st) < 0 ? errno : 0;
	node->has_facts = true;
	return &node->facts;
}

int paths_mark(struct paths *paths, const char *path)
{
	struct path_node *node = node_of(paths, path);

	if (!node)
		return -ENOMEM;
	node->marked = true;
	return 0;
}

bool paths_is_marked(const struct paths *paths, const char *path)
{
	struct path_node *node;

	HASH_FIND(hh, paths->nodes, path, strlen(path), node);
	return node && node->marked;
}

bool paths_has_identity(const char *path)
{
	static const fsid_t none;
	struct statfs st;

	return !statfs(path, &st) && memcmp(&st.f_fsid, &none, sizeof(none)) != 0;
}
