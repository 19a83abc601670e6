/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/mount/held_mount.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "support/mounts/mounts.h"
#include "utils/mount/kernel.h"
#include "utils/mount/mount_api.h"
#include "utils/mount/mount_point.h"

#define TRIES 3u		   /* while mounts come and go */
#define PATH_ROOM (NAME_MAX + 64u) /* of a name in a directory that is open */

/* ---- numbers of mounts ------------------------------------------------------ */

static int stat_entry(int directory, const char *name, unsigned int mask, struct statx *st)
{
	int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC | (*name ? 0 : AT_EMPTY_PATH);

	if (statx(directory, name, flags, mask, st))
		return -errno;
	return (st->stx_mask & mask) == mask ? 0 : -ENOSYS;
}

/* By /proc, which does not ask the file system: it may be one that answers its owner only. */
static int mount_id(int fd)
{
	AUTO_STRBUF text = { 0 };
	char path[64];
	const char *found;
	int id, r;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	r = file_read_unsized(path, 4096, &text, NULL);
	if (r)
		return r;
	found = strstr(text.text, "mnt_id:");
	return found && sscanf(found, "mnt_id: %d", &id) == 1 ? id : -EBADMSG;
}

/* ---- holding it ----------------------------------------------------------------- */

void held_mount_free(struct held_mount *target)
{
	close_fd(&target->parent);
	close_fd(&target->root);
	free(target->name);
	*target = (struct held_mount)HELD_MOUNT_NONE;
}

static int open_root(struct held_mount *target)
{
	struct statx st;
	int r;

	target->root = openat(target->parent, target->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (target->root < 0)
		return -errno;
	r = stat_entry(target->root, "", API_STATX_MNT_ID_UNIQUE, &st);
	if (r)
		return r;
	if (!(st.stx_attributes & API_STATX_MOUNT_ROOT))
		return -EINVAL;
	if (!target->unique)
		target->unique = st.stx_mnt_id;
	return target->unique == st.stx_mnt_id ? 0 : -EAGAIN;
}

int held_mount_take(const char *point, struct held_mount *target)
{
	const char *slash = strrchr(point, '/');
	AUTO_FREE char *directory = slash ? strndup(point, slash == point ? 1 : (size_t)(slash - point)) : NULL;
	int r;

	target->name = slash ? strdup(slash[1] ? slash + 1 : ".") : NULL;
	if (!directory || !target->name)
		return slash ? -ENOMEM : -EINVAL;
	if (strlen(target->name) > NAME_MAX)
		return -ENAMETOOLONG;
	if (slash[1] && (!strcmp(target->name, ".") || !strcmp(target->name, "..")))
		return -EINVAL; /* not a name in that directory */
	target->parent = mount_point_open(directory);
	if (target->parent < 0)
		return target->parent;
	r = open_root(target);
	if (r)
		return r;
	target->id = mount_id(target->root);
	return target->id < 0 ? target->id : 0;
}

/* ---- holding all others ------------------------------------------------------------ */

struct held {
	int *at;
	size_t count;
};

static void held_free(struct held *held)
{
	for (size_t i = 0; i < held->count; i++)
		close(held->at[i]);
	free(held->at);
	*held = (struct held){ 0 };
}
#define AUTO_HELD __attribute__((cleanup(held_free))) struct held

static int make_room(struct held *held, size_t count)
{
	struct rlimit limit;

	held->at = calloc(count + 1, sizeof(*held->at));
	if (!held->at || getrlimit(RLIMIT_NOFILE, &limit))
		return -ENOMEM;
	if (limit.rlim_cur >= count + 64)
		return 0;
	limit.rlim_cur = count + 64;
	if (limit.rlim_max < limit.rlim_cur)
		limit.rlim_max = limit.rlim_cur;
	return setrlimit(RLIMIT_NOFILE, &limit) ? -errno : 0;
}

/* The mounts of a table; their texts belong to it. */
struct mounts {
	struct mountinfo_entry *at;
	size_t count;
};

static void mounts_free(struct mounts *mounts)
{
	free(mounts->at);
}
#define AUTO_MOUNTS __attribute__((cleanup(mounts_free))) struct mounts

static int read_mounts(struct strbuf *table, struct mounts *mounts)
{
	struct mountinfo_entry entry;
	const char *at, *end;
	size_t lines = 1;
	int r = kernel_mount_table(table), line;

	if (r || !table->text)
		return r ? r : -ENOENT;
	at = table->text;
	end = at + table->size;
	for (const char *c = at; c < end; c++)
		lines += *c == '\n';
	mounts->at = calloc(lines, sizeof(*mounts->at));
	if (!mounts->at)
		return -ENOMEM;
	while ((line = mountinfo_next(&at, end, &entry))) {
		if (line < 0)
			return -EBADMSG;
		mounts->at[mounts->count++] = entry;
	}
	return 0;
}

static const struct mountinfo_entry *find_mount(const struct mounts *mounts, int id)
{
	for (size_t i = 0; i < mounts->count; i++)
		if (mounts->at[i].id == id)
			return &mounts->at[i];
	return NULL;
}

/* Whether the mount is that one, or covers it. */
static bool is_on(const struct mounts *mounts, int id, int below)
{
	for (size_t levels = 0; id != below && levels < mounts->count; levels++) {
		const struct mountinfo_entry *entry = find_mount(mounts, id);

		if (!entry)
			return false;
		id = entry->parent;
	}
	return id == below;
}

/* The mount that ours lies on. */
struct ground {
	int id;
	int bare;    /* a copy of it, on which nothing is mounted; negative where there is none */
	size_t stem; /* so much of a path leads to its root */
};

static void ground_free(struct ground *ground)
{
	close_fd(&ground->bare);
}
#define AUTO_GROUND __attribute__((cleanup(ground_free))) struct ground

static void make_bare(const struct mounts *mounts, struct ground *ground)
{
	const struct mountinfo_entry *entry = find_mount(mounts, ground->id);
	AUTO_FREE char *point = entry ? mountinfo_unescape(&entry->point) : NULL;
	AUTO_FD root = point ? mount_point_open_any(point) : -1;

	if (root < 0 || mount_id(root) != ground->id)
		return;
	ground->stem = strcmp(point, "/") ? strlen(point) : 0;
	ground->bare = (int)syscall(SYS_open_tree, root, "", API_OPEN_TREE_CLONE | O_CLOEXEC | AT_EMPTY_PATH);
}

/* Then it keeps its name, also where it is covered and cannot be held. */
static bool is_out_of_reach(const struct ground *ground, const char *point)
{
	return ground->bare >= 0 && strlen(point) > ground->stem &&
	       mount_point_is_roots_along(ground->bare, point + ground->stem);
}

/* What ours itself covers cannot be reached before it. */
static int hold_mount_at(const struct held_mount *target, const struct mounts *mounts,
			 const struct mountinfo_entry *entry, const struct ground *ground, struct held *held)
{
	AUTO_FREE char *point = mountinfo_unescape(&entry->point);
	AUTO_FD fd = -1;
	int id;

	if (!point)
		return -ENOMEM;
	if (is_out_of_reach(ground, point))
		return 0;
	fd = mount_point_open_any(point);
	id = fd < 0 ? fd : mount_id(fd);
	if (id < 0)
		return id == -ENOENT || id == -ELOOP || id == -ENOTDIR ? -EAGAIN : id;
	if (!is_on(mounts, id, entry->id))
		return -EAGAIN;
	if (id != target->id) {
		held->at[held->count++] = fd;
		fd = -1;
	}
	return 0;
}

static int hold_once(const struct held_mount *target, struct held *held)
{
	AUTO_MOUNTS mounts = { 0 };
	AUTO_STRBUF table = { 0 };
	AUTO_GROUND ground = { .id = mount_id(target->parent), .bare = -1 };
	int r = ground.id < 0 ? ground.id : read_mounts(&table, &mounts);

	if (!r)
		r = make_room(held, mounts.count);
	if (!r)
		make_bare(&mounts, &ground);
	for (size_t i = 0; !r && i < mounts.count; i++)
		if (mounts.at[i].parent == ground.id && mounts.at[i].id != target->id && mounts.at[i].id != ground.id)
			r = hold_mount_at(target, &mounts, &mounts.at[i], &ground, held);
	return r;
}

/* Every other mount whose mount point somebody but root could give the name of ours. */
static int hold_others(const struct held_mount *target, struct held *held)
{
	int r = -EAGAIN;

	if (mount_point_is_roots(target->parent))
		return 0;
	for (unsigned int tries = 0; r == -EAGAIN && tries < TRIES; tries++) {
		held_free(held);
		r = hold_once(target, held);
	}
	return r;
}

/* ---- unmounting --------------------------------------------------------------------- */

/* Its name leads to it, and nothing covers it. */
static bool is_there(const struct held_mount *target)
{
	struct statx st;

	return !stat_entry(target->parent, target->name, API_STATX_MNT_ID_UNIQUE, &st) &&
	       st.stx_mnt_id == target->unique;
}

/* By the descriptor: for what does not mind that it is busy. */
static int unmount_root(const struct held_mount *target, int flags)
{
	char path[PATH_ROOM];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", target->root);
	if (!is_there(target))
		return -EAGAIN;
	return umount2(path, flags) ? -errno : 0;
}

/* What can be mounted there between the last look and the use is only what root mounts at that very moment. */
static int unmount_name(struct held_mount *target)
{
	AUTO_HELD held = { 0 };
	char path[PATH_ROOM];
	int r = hold_others(target, &held);

	if (r)
		return r;
	close_fd(&target->root);
	target->root = -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", target->parent, target->name);
	if (!is_there(target))
		return -EAGAIN;
	return umount2(path, UMOUNT_NOFOLLOW) ? -errno : 0;
}

int held_mount_unmount(struct held_mount *target, int flags)
{
	int r;

	if (flags & MNT_DETACH)
		return unmount_root(target, flags);
	if (flags & MNT_FORCE) { /* it aborts the requests, and then finds that the mount is busy: by us */
		r = unmount_root(target, MNT_FORCE);
		if (r && r != -EBUSY)
			return r;
	}
	return unmount_name(target);
}

int held_mount_make_read_only(struct held_mount *target)
{
	const struct api_mount_attributes read_only = { .set = API_ATTR_RDONLY };
	int r = target->root < 0 ? open_root(target) : 0;

	if (r)
		return r;
	return syscall(SYS_mount_setattr, target->root, "", AT_EMPTY_PATH, &read_only, sizeof(read_only)) ? -errno : 0;
}
