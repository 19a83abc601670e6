/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * held_mount: a mount that is to be taken away, held by descriptors from the moment it is judged to the moment it goes.
 * umount2(2) takes a path only, and who may write in the directory of the mount point can have that path lead to
 * another mount at any time.  The kernel does not let him move a mount point, but in a mount namespace where it is none
 * he can.
 *
 * A descriptor of the mount itself makes it busy.  So that one is let go at last, and the path that is used then is a
 * single name in a directory that is held.  What else that name could be made to lead to by then are the other mounts
 * whose mount points are in the same mount.  Those are held meanwhile, so that they are busy.
 */
#ifndef NFSTLS_MOUNT_HELD_MOUNT_H
#define NFSTLS_MOUNT_HELD_MOUNT_H

#include "support/base/base.h"

/* Free with held_mount_free(); to begin, HELD_MOUNT_NONE. */
struct held_mount {
	int parent;	 /* directory of the mount point */
	int root;	 /* of the mount; -1 once it was let go */
	char *name;	 /* of the mount point; owned */
	uint64_t unique; /* the mount's number, which no other ever gets */
	int id;		 /* its number in mountinfo; while root is held no other gets it */
};

#define HELD_MOUNT_NONE                  \
	{                                \
		.parent = -1, .root = -1 \
	}

/*
 * Holds what is mounted at point, a path of the mount table.  The file system itself is not asked, so its server may be
 * dead.  -EINVAL when nothing is mounted there; other negative errnos of open(2) and statx(2).
 */
int held_mount_take(const char *point, struct held_mount *target);
void held_mount_free(struct held_mount *target);
#define AUTO_HELD_MOUNT __attribute__((cleanup(held_mount_free))) struct held_mount

/*
 * Unmounts it, and nothing else; flags of umount2(2).  -EAGAIN when its mount point leads elsewhere now, or is covered;
 * other negative errnos.  Lets the mount go.
 */
int held_mount_unmount(struct held_mount *target, int flags);

/* Makes it read-only, and no other mount of the same file system; negative errno.  After held_mount_unmount(), too. */
int held_mount_make_read_only(struct held_mount *target);

#endif
