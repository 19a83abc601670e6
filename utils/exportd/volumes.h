/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * volumes: what is mounted on this host, and by which numbers the kernel names it in file handles.  A snapshot of
 * /proc/self/mountinfo, with what was asked about each device since.  Who exports what is no business of it.
 */
#ifndef NFSTLS_EXPORTD_VOLUMES_H
#define NFSTLS_EXPORTD_VOLUMES_H

#include "support/base/base.h"
#include "support/tree/tree.h"

#define VOLUME_UUID_SIZE 16u

/* What is known of a path and of the file system it lies on. */
struct volume_facts {
	uint32_t major, minor;
	uint64_t inode;
	bool mounted;	 /* something is mounted at this very path, or it is "/" */
	bool whole;	 /* and that is the root of a file system, not a folder of one that was bound here */
	bool by_device;	 /* lies on a block device, whose number the kernel may put into a handle */
	bool wants_uuid; /* has no device, so the kernel exports it only with a number or a UUID */
	/*
	 * By which the kernel may be told to name the file system, the preferred one first: that of the block device
	 * (libblkid), then f_fsid of statfs(2) as nfs-utils has it: two words as 8 hexadecimal digits each, read as 32
	 * digits of a UUID, so that bytes 8 to 15 are zero.
	 */
	unsigned char uuid[2][VOLUME_UUID_SIZE];
	unsigned int uuid_count;
};

struct volumes;

/* Where facts come from; a seam for tests. */
struct volume_calls;

/* Takes the snapshot.  Errors name the file.  Free with volumes_free(), which takes NULL. */
int volumes_new(const struct volume_calls *calls, struct volumes **volumes, struct error *e);
void volumes_free(struct volumes *volumes);
extern const struct volume_calls volume_calls_system;

/*
 * The facts of a path.  A device is asked once for each snapshot.  Never waits for a server of a network file system
 * (AT_STATX_DONT_SYNC).  Not to be called by two threads at once.  Errors of statx(2) name the path.
 */
int volumes_facts(struct volumes *volumes, const char *path, struct volume_facts *facts, struct error *e);

/* Is something mounted at this very path, or is it "/"? */
bool volumes_is_mounted(const struct volumes *volumes, const char *path);

/* The mount points strictly below a path, sorted by bytes; borrowed.  Found by bisection. */
size_t volumes_below(const struct volumes *volumes, const char *path, const char *const **mount_points);

/* Where a path leads; borrowed. */
const struct tree *volumes_tree(const struct volumes *volumes);

#endif
