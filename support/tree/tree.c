/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/tree/tree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <uthash.h>

#define LINKS_MAX 40u	   /* as the kernel (include/linux/namei.h, MAXSYMLINKS) */
#define NOWHERE UINT64_MAX /* the parent of what is mounted on something that cannot be seen from here */

/* What a mount is found by: what it is mounted on, and where.  Hashed as bytes, as far as the point goes. */
struct key {
	uint64_t parent;
	char point[TREE_PATH_MAX];
};
#define KEY_SIZE(point_size) (offsetof(struct key, point) + (point_size))

struct mount {
	struct tree_mount mount; /* first: handed out */
	uint64_t id;
	struct key *key;
	UT_hash_handle by_id, by_key;
};

struct tree {
	struct tree_roots roots;
	struct mount *by_id, *by_key;
	const char **points;
	size_t point_count;
	bool has_remote;
};

/* ---- making ------------------------------------------------------------------------------ */

static void free_mount(struct mount *mount)
{
	if (!mount)
		return;
	free((char *)(uintptr_t)mount->mount.root);
	free((char *)(uintptr_t)mount->mount.type);
	free(mount->key);
	free(mount);
}

void tree_free(struct tree *tree)
{
	struct mount *mount, *next;

	if (!tree)
		return;
	HASH_CLEAR(by_key, tree->by_key);
	HASH_ITER(by_id, tree->by_id, mount, next) {
		HASH_DELETE(by_id, tree->by_id, mount);
		free_mount(mount);
	}
	free(tree->points);
	free(tree);
}

void tree_free_pointer(struct tree **tree)
{
	tree_free(*tree);
}

static struct mount *new_mount(const struct tree_line *line)
{
	struct mount *mount = calloc(1, sizeof(*mount));
	size_t size = strlen(line->point);

	if (!mount)
		return NULL;
	mount->id = line->id;
	mount->key = malloc(KEY_SIZE(size + 1));
	mount->mount.root = strdup(line->root);
	mount->mount.type = strdup(line->type);
	if (!mount->key || !mount->mount.root || !mount->mount.type) {
		free_mount(mount);
		return NULL;
	}
	/* What is mounted on itself, as a first root is, is mounted on nothing. */
	mount->key->parent = line->parent == line->id ? NOWHERE : line->parent;
	memcpy(mount->key->point, line->point, size + 1);
	mount->mount.point = mount->key->point;
	mount->mount.major = line->major;
	mount->mount.minor = line->minor;
	return mount;
}

static int add_mount(struct tree *tree, const struct tree_line *line)
{
	struct mount *mount = new_mount(line), *known;

	if (!mount)
		return -ENOMEM;
	HASH_FIND(by_id, tree->by_id, &mount->id, sizeof(mount->id), known);
	if (known) { /* no kernel says so */
		free_mount(mount);
		return 0;
	}
	HASH_ADD(by_id, tree->by_id, id, sizeof(mount->id), mount);
	if (!mount->by_id.tbl) {
		free_mount(mount);
		return -ENOMEM;
	}
	tree->has_remote |= tree_type_is_remote(mount->mount.type);
	return 0;
}

static int add_lines(struct tree *tree, const char *text, size_t size)
{
	AUTO_FREE struct tree_line *line = malloc(sizeof(*line));
	const char *end = text + size;
	int r = line ? 0 : -ENOMEM;

	while (!r) {
		int found = tree_line_next(&text, end, line);

		if (!found)
			break;
		if (found > 0)
			r = add_mount(tree, line);
	}
	return r;
}

static struct mount *find_on(const struct tree *tree, const struct key *key, size_t size)
{
	struct mount *mount;

	HASH_FIND(by_key, tree->by_key, key, KEY_SIZE(size), mount);
	return mount;
}

/* After chroot(2) what the root lies on is not in the list; all that is mounted on it hangs in the air. */
static int link_mounts(struct tree *tree)
{
	for (struct mount *mount = tree->by_id; mount; mount = mount->by_id.next) {
		size_t size = strlen(mount->mount.point);
		struct mount *other;

		HASH_FIND(by_id, tree->by_id, &mount->key->parent, sizeof(mount->key->parent), other);
		if (!other)
			mount->key->parent = NOWHERE;
		other = find_on(tree, mount->key, size);
		if (other)
			HASH_DELETE(by_key, tree->by_key, other);
		HASH_ADD_KEYPTR(by_key, tree->by_key, mount->key, KEY_SIZE(size), mount);
		if (!mount->by_key.tbl)
			return -ENOMEM;
	}
	return 0;
}

/* ---- walking ------------------------------------------------------------------------------- */

/* Takes what is mounted at the first size bytes of the key, and what is mounted on that. */
static const struct mount *step(const struct tree *tree, const struct mount *from, struct key *key, size_t size)
{
	for (unsigned int most = HASH_CNT(by_id, tree->by_id); most; most--) {
		const struct mount *next;

		key->parent = from ? from->id : NOWHERE;
		next = find_on(tree, key, size);
		if (!next)
			break;
		from = next;
	}
	return from;
}

/* The mount that a path without links leads into; NULL where it is not known. */
static const struct mount *walk(const struct tree *tree, const char *path)
{
	const struct mount *mount;
	struct key key;
	size_t size = 0;

	memset(&key, 0, offsetof(struct key, point));
	if (!text_copy(key.point, sizeof(key.point), path))
		return NULL;
	mount = step(tree, NULL, &key, 1);
	while (path[size] == '/' && path[size + 1]) {
		size += 1 + strcspn(path + size + 1, "/");
		mount = step(tree, mount, &key, size);
	}
	return mount;
}

/* ---- the tree ------------------------------------------------------------------------------- */

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A mount point without the root that is put before paths; NULL for one that lies elsewhere. */
static const char *without_root(const struct tree *tree, const char *point)
{
	size_t size = strlen(tree->roots.points);

	if (strncmp(point, tree->roots.points, size) != 0 || (point[size] && point[size] != '/'))
		return NULL;
	return point[size] ? point + size : "/";
}

static int list_points(struct tree *tree)
{
	tree->points = calloc(HASH_CNT(by_id, tree->by_id) + 1u, sizeof(*tree->points));
	if (!tree->points)
		return -ENOMEM;
	for (const struct mount *mount = tree->by_id; mount; mount = mount->by_id.next) {
		const char *point = without_root(tree, mount->mount.point);

		if (point && walk(tree, mount->mount.point) == mount)
			tree->points[tree->point_count++] = point;
	}
	qsort(tree->points, tree->point_count, sizeof(*tree->points), compare_texts);
	return 0;
}

int tree_new(const char *text, size_t size, const struct tree_roots *roots, struct tree **made, struct error *e)
{
	struct tree *tree = calloc(1, sizeof(*tree));
	int r = tree ? 0 : -ENOMEM;

	if (!r) {
		tree->roots = *roots;
		r = size ? add_lines(tree, text, size) : 0;
	}
	if (!r)
		r = link_mounts(tree);
	if (!r)
		r = list_points(tree);
	if (r) {
		tree_free(tree);
		return error_set(e, ENOMEM, "out of memory for what is mounted");
	}
	*made = tree;
	return 0;
}

int tree_read(const struct tree_roots *roots, struct tree **tree, struct error *e)
{
	AUTO_STRBUF path = { 0 };
	AUTO_STRBUF text = { 0 };
	int r;

	strbuf_addf(&path, "%s%s", roots->files, TREE_MOUNTINFO);
	if (path.failed)
		return error_set(e, ENOMEM, "out of memory");
	r = file_read_unsized(path.text, TREE_MOUNTINFO_MAX, &text, e);
	return r ? r : tree_new(text.text, text.size, roots, tree, e);
}

/* The path with the root before it; false when that is too long. */
static bool with_root(const struct tree *tree, const char *path, char whole[TREE_PATH_MAX])
{
	int size = snprintf(whole, TREE_PATH_MAX, "%s%s", tree->roots.points, strcmp(path, "/") ? path : "");

	if (!size) /* the one root of all */
		strcpy(whole, "/");
	return size >= 0 && size < (int)TREE_PATH_MAX;
}

const struct tree_mount *tree_mount_at(const struct tree *tree, const char *path)
{
	char whole[TREE_PATH_MAX];
	const struct mount *mount = with_root(tree, path, whole) ? walk(tree, whole) : NULL;

	return mount && !strcmp(mount->mount.point, whole) ? &mount->mount : NULL;
}

size_t tree_points(const struct tree *tree, const char *const **points)
{
	*points = tree->points;
	return tree->point_count;
}

size_t tree_points_below(const struct tree *tree, const char *path, const char *const **points)
{
	size_t first, count = tree_below(tree->points, tree->point_count, path, &first);

	*points = tree->points + first;
	return count;
}

/* By name up to the first dot ("fuse.sshfs"). */
bool tree_type_is_remote(const char *type)
{
	static const char *const remote[] = {
		"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "fuse", "fuseblk", "autofs"
	};
	size_t size = strcspn(type, ".");

	for (size_t i = 0; i < ARRAY_SIZE(remote); i++)
		if (strlen(remote[i]) == size && !memcmp(remote[i], type, size))
			return true;
	return false;
}

/* ---- links ------------------------------------------------------------------------------------ */

/* A path while links are followed: what is resolved, and what is not yet. */
struct way {
	char done[TREE_PATH_MAX]; /* without a slash at its end: "" for "/" */
	size_t size;
	char rest[TREE_PATH_MAX];
	unsigned int links;
	bool blind; /* from here on names are taken as they are written */
};

static bool may_have_to_wait(const struct tree *tree, const char *path)
{
	char whole[TREE_PATH_MAX];
	const struct mount *mount;

	if (!tree->has_remote)
		return false;
	if (!with_root(tree, path, whole))
		return true;
	mount = walk(tree, whole);
	return mount && tree_type_is_remote(mount->mount.type);
}

enum sight { NO_LINK, LINK, UNSEEN };

static enum sight look(const struct tree *tree, const char *path, char target[TREE_PATH_MAX])
{
	char whole[2 * TREE_PATH_MAX];
	int size = snprintf(whole, sizeof(whole), "%s%s", tree->roots.files, path);
	ssize_t read;

	if (size < 0 || size >= (int)sizeof(whole) || may_have_to_wait(tree, path))
		return UNSEEN;
	read = readlink(whole, target, TREE_PATH_MAX);
	if (read < 0)
		return errno == EINVAL ? NO_LINK : UNSEEN;
	if (!read || read >= (ssize_t)TREE_PATH_MAX)
		return UNSEEN;
	target[read] = '\0';
	return LINK;
}

/* The target goes before what is left of the path. */
static int follow(struct way *way, const char *target, const char *left, size_t size_before)
{
	char joined[TREE_PATH_MAX];
	int size = snprintf(joined, sizeof(joined), "%s/%s", target, left);

	if (size < 0 || size >= (int)sizeof(joined))
		return -EINVAL;
	memcpy(way->rest, joined, (size_t)size + 1);
	way->size = *target == '/' ? 0 : size_before;
	way->done[way->size] = '\0';
	return 0;
}

static void leave_parent(struct way *way)
{
	while (way->size && way->done[--way->size] != '/')
		;
	way->done[way->size] = '\0';
}

/* One name of a path; *followed when it was a link, and the rest is another one now. */
static int enter(const struct tree *tree, struct way *way, const char *name, size_t size, bool *followed)
{
	size_t before = way->size;
	char target[TREE_PATH_MAX];
	enum sight sight;

	*followed = false;
	if (way->size + 1 + size >= sizeof(way->done))
		return -EINVAL;
	way->done[way->size++] = '/';
	memcpy(way->done + way->size, name, size);
	way->size += size;
	way->done[way->size] = '\0';
	if (way->blind)
		return 0;
	sight = look(tree, way->done, target);
	way->blind = sight == UNSEEN || (sight == LINK && ++way->links > LINKS_MAX);
	if (sight != LINK || way->blind)
		return 0;
	*followed = true;
	return follow(way, target, name + size, before);
}

static bool is_name(const char *at, size_t size, const char *name)
{
	return size == strlen(name) && !memcmp(at, name, size);
}

static int resolve(const struct tree *tree, const char *path, bool blind, struct way *way)
{
	const char *at = way->rest;

	*way->done = '\0';
	way->size = 0;
	way->links = 0;
	way->blind = blind;
	if (*path != '/' || !text_copy(way->rest, sizeof(way->rest), path))
		return -EINVAL;
	for (;;) {
		bool followed = false;
		size_t size;
		int r = 0;

		at += strspn(at, "/");
		size = strcspn(at, "/");
		if (!size)
			return 0;
		if (is_name(at, size, ".."))
			leave_parent(way);
		else if (!is_name(at, size, "."))
			r = enter(tree, way, at, size, &followed);
		if (r)
			return r;
		at = followed ? way->rest : at + size;
	}
}

/* ---- places -------------------------------------------------------------------------------------- */

/* Without a slash at its end, so that one may be put behind it. */
static size_t stem_size(const char *path)
{
	return !strcmp(path, "/") ? 0 : strlen(path);
}

/* The spot of what lies at the end of a mount: rest is the part of the path behind its mount point. */
static void format_spot(const struct tree_mount *mount, const char *rest, struct strbuf *spot)
{
	strbuf_addf(spot, "%u:%u%s", mount->major, mount->minor, *mount->root == '/' ? "" : "/");
	strbuf_add(spot, mount->root, stem_size(mount->root));
	strbuf_addf(spot, "%s", rest);
}

static int add_spot(const struct tree *tree, const char *path, struct tree_place *place)
{
	size_t before = strlen(tree->roots.points), stem;
	char whole[TREE_PATH_MAX];
	const struct mount *mount;
	struct strbuf spot = { 0 };

	if (!with_root(tree, path, whole))
		return -EINVAL;
	mount = walk(tree, whole);
	stem = mount ? stem_size(mount->mount.point) : 0;
	place->top = stem > before ? stem - before : 1;
	if (mount)
		format_spot(&mount->mount, strcmp(whole, "/") ? whole + stem : "", &spot);
	else
		strbuf_addf(&spot, "?%s", strcmp(path, "/") ? path : "");
	if (spot.failed) {
		strbuf_free(&spot);
		return -ENOMEM;
	}
	place->spot = spot.text;
	return 0;
}

int tree_place(const struct tree *tree, const char *path, struct tree_place *place, struct error *e)
{
	AUTO_FREE struct way *way = malloc(sizeof(*way));
	int r = way ? resolve(tree, path, !tree->roots.files, way) : -ENOMEM;

	*place = (struct tree_place){ 0 };
	if (r == -EINVAL) /* links may have made it too long */
		r = resolve(tree, path, true, way);
	if (!r)
		place->path = strdup(way->size ? way->done : "/");
	if (!r)
		r = place->path ? add_spot(tree, place->path, place) : -ENOMEM;
	if (!r)
		return 0;
	tree_place_free(place);
	return r == -ENOMEM ? error_set(e, ENOMEM, "out of memory") :
			      error_set(e, EINVAL, "%.256s: the path is not absolute, or too long", path);
}

void tree_place_free(struct tree_place *place)
{
	free(place->path);
	free(place->spot);
	*place = (struct tree_place){ 0 };
}

bool tree_lies_below(const char *inner, const char *outer)
{
	size_t size = stem_size(outer);

	return !strncmp(inner, outer, size) && inner[size] == '/' && inner[size + 1];
}

/* Where a text stands to all that begins with a stem and a slash: before (< 0), among (0) or behind (> 0). */
static int compare_with_stem(const char *text, const char *stem, size_t size)
{
	int r = strncmp(text, stem, size);

	return r ? r : (int)(unsigned char)text[size] - '/';
}

/* The first from `from` on that is among the ones below a stem, or behind them. */
static size_t bisect(const char *const *sorted, size_t from, size_t to, const char *stem, bool behind)
{
	size_t size = stem_size(stem);

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		int r = compare_with_stem(sorted[middle], stem, size);

		if (r < 0 || (behind && !r))
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

size_t tree_below(const char *const *sorted, size_t count, const char *outer, size_t *first)
{
	size_t end;

	*first = bisect(sorted, 0, count, outer, false);
	end = bisect(sorted, *first, count, outer, true);
	/* "/" begins with a slash, but is not below itself. */
	while (*first < end && !strcmp(sorted[*first], "/"))
		++*first;
	return end - *first;
}
