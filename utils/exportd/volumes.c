/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/exportd/volumes.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "utils/exportd/volumes_private.h"

/* Not in every linux/magic.h. */
#define ZFS_MAGIC 0x2fc12fc1u
#define BCACHEFS_MAGIC 0xca451a4eu
#define SMB_MAGIC 0x517bu
#define CIFS_MAGIC 0xff534d42u
#define SMB2_MAGIC 0xfe534d42u

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
	struct tree *tree;
	struct device *devices;
};

/* ---- types of file systems ------------------------------------------------------------ */

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
	if (device->hh.tbl)
		return device;
	free(device);
	return NULL;
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

/* ---- the snapshot ----------------------------------------------------------------- */

/* Neither NFS nor FUSE has an f_fsid that would be missed. */
static int note_remote(struct volumes *volumes)
{
	const char *const *points;
	size_t count = tree_points(volumes->tree, &points);

	for (size_t i = 0; i < count; i++) {
		const struct tree_mount *mount = tree_mount_at(volumes->tree, points[i]);
		struct device *device = find_device(volumes, mount->major, mount->minor);

		if (!device)
			return -ENOMEM;
		device->remote = tree_type_is_remote(mount->type);
	}
	return 0;
}

static int take_snapshot(struct volumes *volumes, struct error *e)
{
	const struct tree_roots roots = { .points = "", .files = volumes->calls->files };
	AUTO_STRBUF text = { 0 };
	int r = volumes->calls->mountinfo(&text, e);

	if (!r && text.failed)
		r = error_set(e, ENOMEM, "no memory for what is mounted");
	if (!r)
		r = tree_new(text.text, text.size, &roots, &volumes->tree, e);
	if (r)
		return r;
	return note_remote(volumes) ? error_set(e, ENOMEM, "no memory for what is mounted") : 0;
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
	struct device *device, *next_device;

	if (!volumes)
		return;
	HASH_ITER(hh, volumes->devices, device, next_device) {
		HASH_DEL(volumes->devices, device);
		free(device);
	}
	tree_free(volumes->tree);
	free(volumes);
}

/* ---- questions ------------------------------------------------------------------------ */

static bool is_root(const char *path)
{
	return !strcmp(path, "/");
}

int volumes_facts(struct volumes *volumes, const char *path, struct volume_facts *facts, struct error *e)
{
	const struct tree_mount *mount = tree_mount_at(volumes->tree, path);
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
	facts->mounted = mount || is_root(path);
	/* After chroot(2) into a folder there is no line for "/": then nothing speaks against it. */
	facts->whole = mount ? is_root(mount->root) : is_root(path);
	facts->by_device = stat.major != 0;
	facts->wants_uuid = device->wants_uuid;
	memcpy(facts->uuid, device->uuid, sizeof(facts->uuid));
	facts->uuid_count = device->uuid_count;
	return 0;
}

bool volumes_is_mounted(const struct volumes *volumes, const char *path)
{
	return is_root(path) || tree_mount_at(volumes->tree, path);
}

size_t volumes_below(const struct volumes *volumes, const char *path, const char *const **mount_points)
{
	return tree_points_below(volumes->tree, path, mount_points);
}

const struct tree *volumes_tree(const struct volumes *volumes)
{
	return volumes->tree;
}
