/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * handle: from the part of a file handle that names a file system ("fsid" of nfsd.fh; kernel: fs/nfsd/nfsfh.h) to the
 * paths it may mean.  An index over everything that is exported and everything mounted below crossmnt exports,
 * made once; look-ups are by hash.
 */
#ifndef NFSTLS_EXPORTD_HANDLE_H
#define NFSTLS_EXPORTD_HANDLE_H

#include "support/access/access.h"
#include "utils/exportd/volumes.h"

/* Types of fsid and their sizes in bytes. */
enum handle_type {
	HANDLE_DEV = 0,		/* 8: major and minor, inode */
	HANDLE_NUM = 1,		/* 4: fsid=NUMBER */
	HANDLE_MAJOR_MINOR = 2, /* 12 */
	HANDLE_ENCODE_DEV = 3,	/* 8 */
	HANDLE_UUID4_INUM = 4,	/* 8 */
	HANDLE_UUID8 = 5,	/* 8 */
	HANDLE_UUID16 = 6,	/* 16 */
	HANDLE_UUID16_INUM = 7, /* 24 */
	HANDLE_TYPES,
};

struct handle_index;

/*
 * Makes the index.  Paths that cannot be asked (not there) are left out.  -ENOMEM.  It keeps nothing of access and
 * volumes.  Free with handle_index_free(), which takes NULL.
 */
int handle_index_new(const struct access *access, struct volumes *volumes, struct handle_index **index,
		     struct error *e);
void handle_index_free(struct handle_index *index);

/*
 * All paths that an fsid may mean, for any client, the longer ones first (what is mounted below a crossmnt export
 * before the export) and equally long ones by bytes; borrowed.  0 for a type or size that is none, and for HANDLE_NUM:
 * a number belongs to the export (access_find_fsid()).
 */
size_t handle_index_find(const struct handle_index *index, unsigned int type, const unsigned char *fsid, size_t size,
			 const char *const **paths);

/*
 * The UUID by which the kernel is to name the file system of a path, where no number does: fsid=UUID of the export as
 * exports(5) has it; else, for a node of the pseudo root on something that wants one, that made from the path, as
 * nfs-utils does even where the volume has its own; else that of the volume.  written is NULL where the export has
 * none.  False: none is to be sent.
 */
bool handle_uuid(const struct volume_facts *facts, const char *path, const char *written, bool pseudo,
		 unsigned char uuid[VOLUME_UUID_SIZE]);

/* 16 bytes of the hexadecimal digits of a text, other characters passed over, folded by exclusive or. */
void handle_uuid_parse(const char *text, unsigned char uuid[VOLUME_UUID_SIZE]);

/* Name-based UUID of a path of the pseudo root (RFC 4122 section 4.3, SHA1; the namespace is that of nfs-utils). */
void handle_uuid_of_pseudo_path(const char *path, unsigned char uuid[VOLUME_UUID_SIZE]);

#endif
