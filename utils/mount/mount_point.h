/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mount_point: mount points as descriptors.  Who may write in one of the directories of a path can make it lead
 * elsewhere between two uses of it, so a path is walked once, and what it led to is used.
 */
#ifndef NFSTLS_MOUNT_MOUNT_POINT_H
#define NFSTLS_MOUNT_MOUNT_POINT_H

#include "support/base/base.h"

/*
 * Opens (O_PATH) the directory at a path that was resolved before: there is no symbolic link in it, and one that is
 * there now is -ELOOP.  What is mounted there is not asked, so that its server may be dead.  The caller closes.  Other
 * negative errnos of open(2).
 */
int mount_point_open(const char *resolved);

/* The same for what need not be a directory. */
int mount_point_open_any(const char *resolved);

/*
 * Opens (O_PATH) the directory at a path that root has written, on behalf of somebody else, and appends where that is.
 * A symbolic link counts only where it is root's, in a directory that nobody else may write in: any other leads where
 * its owner likes, and is -ELOOP.  The caller closes.  Other negative errnos of open(2).
 */
int mount_point_walk(const char *path, struct strbuf *resolved);

/* Whether nobody but root can rename, replace or remove what lies in the directory. */
bool mount_point_is_roots(int directory);

/*
 * The same of every directory on the way along path, from this one to the one in which its last name lies: nobody but
 * root can make the path lead elsewhere.
 */
bool mount_point_is_roots_along(int directory, const char *path);

/* Appends the path that the descriptor has now; -ENOENT without /proc, and other negative errnos. */
int mount_point_path(int fd, struct strbuf *path);

/* Whether it has this path, as far as /proc can tell. */
bool mount_point_is_at(int fd, const char *path);

#endif
