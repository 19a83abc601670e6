/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/exportd/volumes.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "utils/exportd/volumes_private.h"

/* uthash gives up the whole program without memory, unless told otherwise. */
#undef uthash_fatal
#define uthash_fatal(message) abort()

/* Not in every linux/magic.h. */
#define ZFS_MAGIC 0x2fc12fc1u
#define BCACHEFS_MAGIC 0xca451a4eu
#define SMB_MAGIC 0x517bu
#define CIFS_MAGIC 0xff534d42u
#define SMB2_MAGIC 0xfe534d42u

struct mount_point {
	bool whole;
	UT_hash_handle hh;
	char path[];
};

struct device_key {
	uint32_t major, minor;
};

/* A device number and, once it was asked, what is behind it. */
struct device {
	struct device_key key;
	bool remote; /* statfs(2) would ask a server */
	bool asked;
	bool wants_uuid;
	unsigned char uuid[2][VOLUME_UUID_SIZE];
	unsigned int uuid_count;
	UT_hash_handle hh;
};

struct volumes {
	const struct volume_calls *calls;
	struct mount_point *mount_points;
	const char **sorted; /* paths of mount_points */
	size_t count;
	struct device *devices;
};

/* ---- types of file systems ------------------------------------------------------------ */

/* By name up to the first dot ("fuse.sshfs").  Neither NFS nor FUSE has an f_fsid that would be missed. */
static const char *const remote_types[] = { "nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "fuse", "fuseblk" };

static bool is_remote(const char *type)
{
	size_t size = strcspn(type, ".");

	for (size_t i = 0; i < ARRAY_SIZE(remote_types); i++)
		if (strlen(remote_types[i]) == size && !memcmp(remote_types[i], type, size))
			return true;
	return false;
}

/*
 * File systems that have no block device of their own, or several, or share one: whatever number stat(2) gives, it is
 * not asked for a UUID.
 */
static const uint32_t no_device_uuid[] = {
	AUTOFS_SUPER_MAGIC,    BCACHEFS_MAGIC,	   BTRFS_SUPER_MAGIC, CIFS_MAGIC,      CGROUP2_SUPER_MAGIC,
	DEBUGFS_MAGIC,	       DEVPTS_SUPER_MAGIC, HUGETLBFS_MAGIC,   NFS_SUPER_MAGIC, SMB_MAGIC,
	OVERLAYFS_SUPER_MAGIC, PROC_SUPER_MAGIC,   RAMFS_MAGIC,	      SMB2_MAGIC,      SYSFS_MAGIC,
	TMPFS_MAGIC,	       ZFS_MAGIC,
};

/* Made on block devices, yet each file system, or each volume in it, has a device number that is made up. */
static const uint32_t made_up_numbers[] = { BTRFS_SUPER_MAGIC, BCACHEFS_MAGIC };

static bool is_among(uint32_t type, const uint32_t *types, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (types[i] == type)
			return true;
	return false;
}

/* ---- devices ---------------------------------------------------------------------- */

static struct device *find_device(struct volumes *volumes, uint32_t major, uint32_t minor)
{
	struct device_key key = { .major = major, .minor = minor };
	struct device *device;

	HASH_FIND(hh, volumes->devices, &key, sizeof(key), device);
	if (device)
		return device;
	device = calloc(1, sizeof(*device));
	if (!device)
		return NULL;
	device->key = key;
	HASH_ADD(hh, volumes->devices, key, sizeof(device->key), device);
	return device;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

void volume_uuid_parse(const char *text, unsigned char uuid[VOLUME_UUID_SIZE])
{
	unsigned int place = 0;

	memset(uuid, 0, VOLUME_UUID_SIZE);
	for (; *text; text++) {
		int digit = hex_digit(*text);

		if (digit < 0)
			continue;
		uuid[place / 2] ^= (unsigned char)(place % 2 ? digit : digit << 4);
		place = (place + 1) % (2 * VOLUME_UUID_SIZE);
	}
}

static bool is_zero(const unsigned char uuid[VOLUME_UUID_SIZE])
{
	static const unsigned char zero[VOLUME_UUID_SIZE];

	return !memcmp(uuid, zero, sizeof(zero));
}

static void keep_uuid(struct device *device, const unsigned char uuid[VOLUME_UUID_SIZE])
{
	if (!is_zero(uuid))
		memcpy(device->uuid[device->uuid_count++], uuid, VOLUME_UUID_SIZE);
}

static void fsid_to_uuid(const uint32_t fsid[2], unsigned char uuid[VOLUME_UUID_SIZE])
{
	memset(uuid, 0, VOLUME_UUID_SIZE);
	for (unsigned int i = 0; i < 8; i++)
		uuid[i] = (unsigned char)(fsid[i / 4] >> (24 - 8 * (i % 4)));
}

/* Whatever cannot be found out is taken as not being there: another number may still name the file system. */
static void ask_device(const struct volume_calls *calls, const char *path, struct device *device)
{
	struct volume_statfs found = { 0 };
	unsigned char uuid[VOLUME_UUID_SIZE];
	char text[VOLUME_UUID_TEXT_MAX];

	if (!device->remote && calls->statfs(path, &found))
		memset(&found, 0, sizeof(found));
	if (device->key.major && !is_among(found.type, no_device_uuid, ARRAY_SIZE(no_device_uuid)) &&
	    !calls->uuid(device->key.major, device->key.minor, text)) {
		volume_uuid_parse(text, uuid);
		keep_uuid(device, uuid);
	}
	fsid_to_uuid(found.fsid, uuid);
	keep_uuid(device, uuid);
	device->wants_uuid = !device->key.major && !is_among(found.type, made_up_numbers, ARRAY_SIZE(made_up_numbers));
	device->asked = true;
}

/* ---- mount points ----------------------------------------------------------------- */

static const struct mount_point *find_mount_point(const struct volumes *volumes, const char *path, size_t size)
{
	struct mount_point *point;

	HASH_FIND(hh, volumes->mount_points, path, size, point);
	return point;
}

/* What is mounted later at the same path covers what was there. */
static int add_mount(struct volumes *volumes, const struct volume_mount *mount)
{
	size_t size = strlen(mount->point);
	struct device *device = find_device(volumes, mount->major, mount->minor);
	struct mount_point *point;

	if (!device)
		return -ENOMEM;
	device->remote = is_remote(mount->type);
	HASH_FIND(hh, volumes->mount_points, mount->point, size, point);
	if (!point) {
		point = calloc(1, sizeof(*point) + size + 1);
		if (!point)
			return -ENOMEM;
		memcpy(point->path, mount->point, size + 1);
		HASH_ADD_KEYPTR(hh, volumes->mount_points, point->path, size, point);
	}
	point->whole = mount->whole;
	return 0;
}

static int add_mounts(struct volumes *volumes, const struct strbuf *text)
{
	const char *at = text->text, *end = at + text->size;
	AUTO_FREE struct volume_mount *mount = malloc(sizeof(*mount));
	int r = mount ? 0 : -ENOMEM;

	while (!r) {
		int found = volume_mount_next(&at, end, mount);

		if (!found)
			break;
		if (found > 0)
			r = add_mount(volumes, mount);
	}
	return r;
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int sort_mount_points(struct volumes *volumes)
{
	volumes->sorted = calloc(HASH_COUNT(volumes->mount_points) + 1u, sizeof(*volumes->sorted));
	if (!volumes->sorted)
		return -ENOMEM;
	for (struct mount_point *point = volumes->mount_points; point; point = point->hh.next)
		volumes->sorted[volumes->count++] = point->path;
	qsort(volumes->sorted, volumes->count, sizeof(*volumes->sorted), compare_paths);
	return 0;
}

static int take_snapshot(struct volumes *volumes, struct error *e)
{
	AUTO_STRBUF text = { 0 };
	int r = volumes->calls->mountinfo(&text, e);

	if (r)
		return r;
	if (text.failed || (text.size && add_mounts(volumes, &text)) || sort_mount_points(volumes))
		return error_set(e, ENOMEM, "no memory for what is mounted");
	return 0;
}

int volumes_new(const struct volume_calls *calls, struct volumes **volumes, struct error *e)
{
	struct volumes *made = calloc(1, sizeof(*made));
	int r;

	if (!made)
		return error_set(e, ENOMEM, "no memory for what is mounted");
	made->calls = calls;
	r = take_snapshot(made, e);
	if (r)
		volumes_free(made);
	else
		*volumes = made;
	return r;
}

void volumes_free(struct volumes *volumes)
{
	struct mount_point *point, *next_point;
	struct device *device, *next_device;

	if (!volumes)
		return;
	HASH_ITER(hh, volumes->mount_points, point, next_point) {
		HASH_DEL(volumes->mount_points, point);
		free(point);
	}
	HASH_ITER(hh, volumes->devices, device, next_device) {
		HASH_DEL(volumes->devices, device);
		free(device);
	}
	free(volumes->sorted);
	free(volumes);
}

/* ---- questions ------------------------------------------------------------------------ */

static bool is_root(const char *path)
{
	return !strcmp(path, "/");
}

int volumes_facts(struct volumes *volumes, const char *path, struct volume_facts *facts, struct error *e)
{
	const struct mount_point *point = find_mount_point(volumes, path, strlen(path));
	struct volume_stat stat;
	struct device *device;
	int r = volumes->calls->stat(path, &stat);

	if (r)
		return error_set(e, -r, "cannot examine %s: %s", path, strerror(-r));
	device = find_device(volumes, stat.major, stat.minor);
	if (!device)
		return error_set(e, ENOMEM, "no memory for what is known of %s", path);
	if (!device->asked)
		ask_device(volumes->calls, path, device);
	memset(facts, 0, sizeof(*facts));
	facts->major = stat.major;
	facts->minor = stat.minor;
	facts->inode = stat.inode;
	facts->mounted = point || is_root(path);
	/* After chroot(2) into a folder there is no line for "/": then nothing speaks against it. */
	facts->whole = point ? point->whole : is_root(path);
	facts->by_device = stat.major != 0;
	facts->wants_uuid = device->wants_uuid;
	memcpy(facts->uuid, device->uuid, sizeof(facts->uuid));
	facts->uuid_count = device->uuid_count;
	return 0;
}

bool volumes_is_mounted(const struct volumes *volumes, const char *path)
{
	return is_root(path) || find_mount_point(volumes, path, strlen(path));
}

/* Without its last slash, so that a slash may be put behind each: "" for "/". */
static size_t stem_size(const char *path)
{
	return is_root(path) ? 0 : strlen(path);
}

/* Where a path stands to all that begins with the stem and a slash: before (< 0), among (0) or behind (> 0). */
static int compare_with_stem(const char *path, const char *stem, size_t size)
{
	int r = strncmp(path, stem, size);

	return r ? r : (int)(unsigned char)path[size] - '/';
}

/* The first mount point from `from` on that is among the ones below a stem, or behind them. */
static size_t bisect(const struct volumes *volumes, size_t from, const char *stem, size_t size, bool behind)
{
	size_t to = volumes->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		int r = compare_with_stem(volumes->sorted[middle], stem, size);

		if (r < 0 || (behind && !r))
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

size_t volumes_below(const struct volumes *volumes, const char *path, const char *const **mount_points)
{
	size_t size = stem_size(path);
	size_t first = bisect(volumes, 0, path, size, false);
	size_t behind = bisect(volumes, first, path, size, true);

	if (first < behind && is_root(volumes->sorted[first])) /* "/" begins with a slash, but is not below itself */
		first++;
	*mount_points = volumes->sorted + first;
	return behind - first;
}

bool volumes_crosses(const struct volumes *volumes, const char *top, const char *path)
{
	size_t top_size = stem_size(top), size = strlen(path);

	if (strlen(top) >= size || compare_with_stem(path, top, top_size))
		return false;
	while (size > top_size) {
		if (find_mount_point(volumes, path, size))
			return true;
		do
			size--;
		while (path[size] != '/');
	}
	return false;
}
