/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tree: what is mounted where, and where a path leads: to which file system, and to which directory in it.  A snapshot
 * of /proc/self/mountinfo, walked as the kernel walks: a mount that another one hides is not there.  It knows no
 * exports.
 *
 * The spot of a path names its files whatever they are called: two paths with the same spot, by a bind mount, a
 * symbolic link or another spelling, are the same directory.  What can be reached from a directory without crossing
 * into another file system has a spot below its own; subvolumes are no file systems here, as they are none for the
 * kernel's NFS server.
 */
#ifndef NFSTLS_TREE_H
#define NFSTLS_TREE_H

#include "support/base/base.h"

#define TREE_PATH_MAX 4096u /* with the NUL; no longer one can be given to a system call */
#define TREE_TYPE_MAX 32u   /* with the NUL; longer ones are cut, none that matters is */
#define TREE_MOUNTINFO "/proc/self/mountinfo"
#define TREE_MOUNTINFO_MAX (64u << 20)

/* ---- lines of mountinfo ------------------------------------------------------------- */

/* One line, octal escapes undone. */
struct tree_line {
	uint32_t id, parent;
	uint32_t major, minor;
	char root[TREE_PATH_MAX]; /* the directory of the file system that is mounted */
	char point[TREE_PATH_MAX];
	char type[TREE_TYPE_MAX];
};

/*
 * Takes the next line of a text (proc(5)).  1; 0 at the end; -EBADMSG for a line that is none or has a path that is too
 * long to be named, after which reading may go on with the next one: a mount that cannot be understood is one that is
 * not known, and must not take the others with it.
 */
int tree_line_next(const char **text, const char *end, struct tree_line *line);

/* ---- the tree ------------------------------------------------------------------------- */

struct tree;

/* What is put before a path to look for what is mounted there, and to look at its files; "" for nothing. */
struct tree_roots {
	const char *points;
	const char *files; /* NULL: no file is looked at, and every name is what it seems to be */
};

/*
 * Makes a tree of the text of mountinfo, copying all but the roots, which must outlive it.  An empty text is one in
 * which nothing is known to be mounted.  -ENOMEM.  Free with tree_free(), which takes NULL.
 */
int tree_new(const char *text, size_t size, const struct tree_roots *roots, struct tree **tree, struct error *e);

/* The same of FILES/proc/self/mountinfo.  Errors name the file. */
int tree_read(const struct tree_roots *roots, struct tree **tree, struct error *e);
void tree_free(struct tree *tree);
void tree_free_pointer(struct tree **tree);
#define AUTO_TREE __attribute__((cleanup(tree_free_pointer))) struct tree

/* A mount; borrowed. */
struct tree_mount {
	uint32_t major, minor;
	const char *root, *point, *type;
};

/* What is mounted at this very path, taken as it is, and can be reached by it: the last of several, or NULL. */
const struct tree_mount *tree_mount_at(const struct tree *tree, const char *path);

/* Every path at which there is such a mount, once, sorted by bytes; those strictly below a path.  Borrowed. */
size_t tree_points(const struct tree *tree, const char *const **points);
size_t tree_points_below(const struct tree *tree, const char *path, const char *const **points);

/* Whether its files may be another host's, or not be there before they are asked for: who looks at them may wait. */
bool tree_type_is_remote(const char *type);

/* ---- places ------------------------------------------------------------------------------ */

struct tree_place {
	char *path; /* without symbolic links, "." and ".." */
	char *spot; /* "MAJOR:MINOR/DIRECTORY", without a slash at the end; "?/DIRECTORY" where that is not known */
	size_t top; /* how much of path is the mount point that it lies below or is; 1 for "/" */
};

/*
 * Where an absolute path leads.  Links are followed as far as they can be seen; what is not there, and what lies on a
 * file system that may have to be waited for, is taken as it is written.  -EINVAL for a path that is not absolute, or
 * is too long; -ENOMEM.  Free with tree_place_free().
 */
int tree_place(const struct tree *tree, const char *path, struct tree_place *place, struct error *e);
void tree_place_free(struct tree_place *place);
#define AUTO_TREE_PLACE __attribute__((cleanup(tree_place_free))) struct tree_place

/* Does inner lie below outer, both paths or both spots?  Not when they are equal. */
bool tree_lies_below(const char *inner, const char *outer);

/* How many of some texts, sorted by bytes, lie below outer, and which is the first of them.  By bisection. */
size_t tree_below(const char *const *sorted, size_t count, const char *outer, size_t *first);

#endif
