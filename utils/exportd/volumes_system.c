/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <blkid.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "utils/exportd/volumes_private.h"

static int read_mountinfo(struct strbuf *text, struct error *e)
{
	return file_read_unsized(TREE_MOUNTINFO, TREE_MOUNTINFO_MAX, text, e);
}

static int stat_path(const char *path, struct volume_stat *stat)
{
	struct statx found;

	if (statx(AT_FDCWD, path, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT | AT_SYMLINK_NOFOLLOW, STATX_INO, &found) < 0)
		return -errno;
	stat->major = found.stx_dev_major;
	stat->minor = found.stx_dev_minor;
	stat->inode = found.stx_ino;
	return 0;
}

/* By a descriptor, since statfs(2) of a path starts automounts. */
static int statfs_path(const char *path, struct volume_statfs *result)
{
	AUTO_FD fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct statfs found;

	if (fd < 0 || fstatfs(fd, &found) < 0)
		return -errno;
	result->type = (uint32_t)found.f_type;
	_Static_assert(sizeof(result->fsid) == sizeof(found.f_fsid), "f_fsid is two words");
	memcpy(result->fsid, &found.f_fsid, sizeof(result->fsid));
	return 0;
}

/* Looks at the device itself: libblkid's cache is a file that anybody's blkid(8) may have left behind outdated. */
static int probe_uuid(blkid_probe probe, char text[VOLUME_UUID_TEXT_MAX])
{
	const char *value;

	if (blkid_probe_enable_superblocks(probe, 1) ||
	    blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_UUID | BLKID_SUBLKS_TYPE) ||
	    blkid_do_safeprobe(probe) || blkid_probe_lookup_value(probe, "UUID", &value, NULL))
		return -ENOENT;
	return text_copy(text, VOLUME_UUID_TEXT_MAX, value) ? 0 : -ENOENT;
}

static int uuid_of_device(uint32_t major, uint32_t minor, char text[VOLUME_UUID_TEXT_MAX])
{
	AUTO_FREE char *name = blkid_devno_to_devname(makedev(major, minor));
	blkid_probe probe = name ? blkid_new_probe_from_filename(name) : NULL;
	int r = probe ? probe_uuid(probe, text) : -ENOENT;

	if (probe)
		blkid_free_probe(probe);
	return r;
}

const struct volume_calls volume_calls_system = {
	.mountinfo = read_mountinfo,
	.stat = stat_path,
	.statfs = statfs_path,
	.uuid = uuid_of_device,
	.files = "",
};
