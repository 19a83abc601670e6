/* SPDX-License-Identifier: GPL-2.0-or-later */
/* paths: what the file system says of the paths in this run, each asked once. */
#ifndef NFSTLS_EXPORTFS_PATHS_H
#define NFSTLS_EXPORTFS_PATHS_H

#include <sys/stat.h>

#include "support/base/base.h"

struct paths;

struct path_facts {
	int error; /* of stat(2), a positive errno; 0: st counts */
	struct stat st;
};

/* root (borrowed) is put before each path that is looked at; "" for none.  NULL without memory. */
struct paths *paths_new(const char *root);
void paths_free(struct paths *paths);

/*
 * The path as realpath(3) has it, or the text itself where that fails; it belongs to paths.  NULL without memory.
 */
const char *paths_resolve(struct paths *paths, const char *text);

/* A mark, whatever the caller means by it.  -ENOMEM. */
int paths_mark(struct paths *paths, const char *path);
bool paths_is_marked(const struct paths *paths, const char *path);

/* NULL without memory. */
const struct path_facts *paths_facts(struct paths *paths, const char *path);

/*
 * Whether statfs(2) knows a number for the file system: the server makes the identity of it where neither fsid= nor a
 * block device gives one.
 */
bool paths_has_identity(const char *path);

#endif
