/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * table: what libmount knows of mounts and the kernel does not: fstab, which says what an
 * ordinary user may do, and /run/mount/utab, which remembers the options that a mount was made with.
 * Both stay libmount's; this is the small part of it that these programs need.
 */
#ifndef NFSTLS_MOUNT_TABLE_H
#define NFSTLS_MOUNT_TABLE_H

#include "support/base/base.h"

/* ---- ordinary users ----------------------------------------------------- */

/* What fstab says of a mount that an ordinary user asked for; table_entry_free(). */
struct table_entry {
	char *source;
	char *target;	     /* as it is written there; see mount_point_walk() */
	char *options;	     /* all of them, user=NAME included */
	unsigned long flags; /* MS_*: with nosuid, nodev and noexec where fstab does not lift them */
};

void table_entry_free(struct table_entry *entry);

/*
 * For callers whose real user is not root: the line of fstab for source on
 * target, if it lets this user mount.  Nothing of what the user wrote is used.  -ENOENT without such a line, -EPERM
 * when it is not for users; with the sentence.
 */
int table_user_mount(const char *source, const char *target, struct table_entry *entry, struct error *e);

/* A mount of the kernel's table, and the record that utab has of it; table_mount_free(). */
struct table_mount {
	const char *source, *point; /* borrowed */
	int id;			    /* its number in mountinfo; no other may get it meanwhile */
	uint64_t number;	    /* which no other ever gets (STATX_MNT_ID_UNIQUE) */
	char *options, *attributes; /* of the record; empty without one; owned */
};

void table_mount_free(struct table_mount *mount);

/*
 * May the real user unmount it?  The line of fstab for its source counts whose mount point is where it is; and there
 * must be a record which says that it, and no other mount that was moved there, was mounted there.  Fills the record.
 * -EPERM and others with the sentence.
 */
int table_user_umount(struct table_mount *mount, struct error *e);

/* ---- utab ----------------------------------------------------------------- */

struct table_record {
	const char *source;
	const char *target;	/* resolved */
	const char *options;	/* as the user gave them; libmount keeps those that are for programs only */
	const char *attributes; /* the option list that the kernel got */
	uint64_t number;	/* the mount's own, as above, which is recorded behind the attributes; 0: not known */
	unsigned long flags;	/* MS_* */
};

/* Adds or, for MS_REMOUNT, replaces the record of a mount; negative errno with the sentence. */
int table_remember(const struct table_record *record, struct error *e);

/* Removes the record of what was mounted on target. */
int table_forget(const char *target, struct error *e);

/* Puts the record back that table_user_umount() has read. */
int table_recall(const struct table_mount *mount, struct error *e);

/* All records as they are now, for look-ups; opaque. */
struct table_index;

/*
 * -ENOMEM, or another negative errno when the tables cannot be read. Free with table_index_free(), which takes
 * NULL.
 */
int table_index_new(struct table_index **index);
void table_index_free(struct table_index *index);

/* The attributes of what is on top at target; "" without a record.  Borrowed from the index. */
const char *table_index_attributes(const struct table_index *index, const char *target);

#endif
