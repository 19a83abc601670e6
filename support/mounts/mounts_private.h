/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of this folder share: the table of mount options. */
#ifndef NFSTLS_MOUNTS_PRIVATE_H
#define NFSTLS_MOUNTS_PRIVATE_H

#include "support/mounts/mounts.h"

enum mount_option_form {
	BARE,	/* counts only without a value */
	VALUE,	/* has one */
	ANY,	/* with or without a value */
	NUMBER, /* bare, and a point and more may follow it */
	PREFIX, /* begins with this, with or without a value */
};

/* What nfsmount.conf(5) makes of a value. */
enum mount_option_text {
	AS_IS,	/* but for "32k", which is a number */
	LOWER,	/* values are words of ours or the kernel's, in lower case */
	QUOTED, /* a comma is one of the value's */
};

struct mount_option_row {
	const char *word;
	enum mount_option_owner owner;
	enum mount_option_form form;
	enum mount_option_about about;
	enum mount_option_text text;
	const char *off;	  /* what False of nfsmount.conf means: NULL: "no" and the word; "": nothing at all */
	unsigned long set, clear; /* flags of mount(2) */
};

/* The row of a word; NULL: the table does not have it in this form. */
const struct mount_option_row *mount_option_find(const char *key, bool has_value);

/* Whether it is one of those that must never be lost on the way; without case. */
bool mount_option_protects(const char *key);

enum mount_option_relation { MOUNT_UNRELATED, MOUNT_RELATED, MOUNT_SAME };

/* Whether two words are about the same thing. */
enum mount_option_relation mount_option_relation(const char *a, const char *b);

#endif
