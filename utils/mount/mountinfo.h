/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mountinfo: reads the text of a mountinfo file (proc_pid_mountinfo(5)):
 *
 *   ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [TAG]... - TYPE SOURCE SUPER-OPTIONS
 *
 * Blanks, tabs, newlines and backslashes inside a field are \ooo.
 */
#ifndef NFSTLS_MOUNT_MOUNTINFO_H
#define NFSTLS_MOUNT_MOUNTINFO_H

#include "support/base/base.h"

/* A piece of the file's text: borrowed, not terminated, still escaped. */
struct mountinfo_field {
	const char *text;
	size_t size;
};

struct mountinfo_entry {
	int id, parent;		   /* the parent is the mount that the mount point is in */
	unsigned int major, minor; /* of the file system, as st_dev has them */
	struct mountinfo_field point;
	struct mountinfo_field type;
	struct mountinfo_field source;
	struct mountinfo_field options; /* those of the super block */
};

/*
 * Reads the line at *text and moves *text behind it.  1 and *entry; 0 at the
 * end; -EBADMSG for a line that is not understood, which the caller may skip.
 */
int mountinfo_next(const char **text, const char *end, struct mountinfo_entry *entry);

/* The field without escapes; NULL without memory.  The caller frees. */
char *mountinfo_unescape(const struct mountinfo_field *field);

/*
 * The value of the last word "key=value" in a list of options, still escaped: false without one.
 */
bool mountinfo_option(const struct mountinfo_field *options, const char *key, struct mountinfo_field *value);

/* Finds the mount with that number; -ENOENT without it. */
int mountinfo_find(const char *text, size_t size, int id, struct mountinfo_entry *entry);

/* True when the field, without escapes, is that text. */
bool mountinfo_equal(const struct mountinfo_field *field, const char *text);

#endif
