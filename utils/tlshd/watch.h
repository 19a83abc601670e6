/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * watch: the files and the keys of the kernel that a set of credentials was made of, to notice that one of
 * them changed.  It only looks when asked.
 */
#ifndef NFSTLS_TLSHD_WATCH_H
#define NFSTLS_TLSHD_WATCH_H

#include "support/still/still.h"

struct watched_name;

struct watch {
	struct still files;	     /* that were read, and must be still for what they say to count */
	struct still aside;	     /* that were not, since something else comes before them */
	struct watched_name *loaded; /* names of certificates in the kernel's keyring; NULL: none */
};

/* Remembers what the file is now, or that it is missing; a file that is there already stays as it was.  -ENOMEM. */
int watch_add(struct watch *watch, const char *path);
int watch_add_aside(struct watch *watch, const char *path);

/*
 * The same for what is loaded into the kernel's keyring under the name of a certificate (support/keys); a lack of
 * memory only costs the memory of it.
 */
void watch_add_loaded(struct watch *watch, const char *name);

/*
 * Remembers what all are now; what is known of files that have not changed since they were looked at before stays
 * known.
 */
void watch_look(struct watch *watch);

/* True when a watched file, or what is loaded under a name, is no longer what it was. */
bool watch_changed(const struct watch *watch);

unsigned int watch_count(const struct watch *watch);

/* Forgets everything. */
void watch_free(struct watch *watch);

#endif
