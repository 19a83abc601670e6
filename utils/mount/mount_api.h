/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mount_api: numbers of the kernel's newer mount calls (uapi linux/mount.h,
 * linux/openat2.h and linux/stat.h), under names of our own: C libraries define some of them, each
 * a different part, and their headers collide with the kernel's.
 */
#ifndef NFSTLS_MOUNT_MOUNT_API_H
#define NFSTLS_MOUNT_MOUNT_API_H

#include <stdint.h>

enum {
	API_FSOPEN_CLOEXEC = 0x1,
	API_FSMOUNT_CLOEXEC = 0x1,
	API_MOVE_MOUNT_FROM_EMPTY = 0x4,
	API_MOVE_MOUNT_TO_EMPTY = 0x40,
	API_OPEN_TREE_CLONE = 0x1,
};

enum api_fsconfig {
	API_SET_FLAG = 0,
	API_SET_STRING = 1,
	API_CREATE = 6,
};

enum {
	API_ATTR_RDONLY = 0x1,
	API_ATTR_NOSUID = 0x2,
	API_ATTR_NODEV = 0x4,
	API_ATTR_NOEXEC = 0x8,
	API_ATTR_RELATIME = 0x0,
	API_ATTR_NOATIME = 0x10,
	API_ATTR_STRICTATIME = 0x20,
	API_ATTR_NODIRATIME = 0x80,
};

/* struct open_how and RESOLVE_NO_SYMLINKS of linux/openat2.h */
struct api_open_how {
	uint64_t flags, mode, resolve;
};
#define API_RESOLVE_NO_SYMLINKS 0x04u

/* struct mount_attr of linux/mount.h */
struct api_mount_attributes {
	uint64_t set, clear, propagation, user_namespace;
};

#define API_VALUE_MAX 255u /* bytes of one value; a longer one is EINVAL without a word */
#define API_STATX_MNT_ID 0x1000u
#define API_STATX_MNT_ID_UNIQUE 0x4000u
#define API_STATX_MOUNT_ROOT 0x2000u

#endif
