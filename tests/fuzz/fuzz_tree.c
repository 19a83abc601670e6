/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "support/tree/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_plain(const char *path)
{
	size_t size = strlen(path);

	return size && !strstr(path, "//") && !strstr(path, "/.") && (size == 1 || path[size - 1] != '/');
}

/* Of a mount point that is spelled in the usual way the place is the root of what is mounted. */
static void try_place(const struct tree *tree, const char *point)
{
	const struct tree_mount *mount = tree_mount_at(tree, point);
	AUTO_TREE_PLACE place = { 0 };

	if (tree_place(tree, point, &place, NULL))
		return; /* with the root it is too long */
	if (is_plain(point) && (strcmp(place.path, point) || place.top != strlen(point)))
		abort();
	if (is_plain(point) && is_plain(mount->root) && strcmp(mount->root, "/") && !strstr(place.spot, mount->root))
		abort();
}

/* Each mount point is an absolute path, is there once, and is where walking and bisection find it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct tree_roots roots = { .points = "" };
	const char *const *points;
	struct tree *tree;
	size_t count, first;

	if (tree_new((const char *)data, size, &roots, &tree, NULL))
		abort();
	count = tree_points(tree, &points);
	for (size_t i = 0; i < count; i++) {
		if (points[i][0] != '/' || (i && strcmp(points[i - 1], points[i]) >= 0))
			abort();
		if (!tree_mount_at(tree, points[i]))
			abort();
		if (tree_below(points, count, points[i], &first) > count - i || first < i)
			abort();
		try_place(tree, points[i]);
	}
	tree_free(tree);
	return 0;
}
