/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * place: mount points as descriptors.  Who may write in one of the folders of a path can make it lead elsewhere between
 * two uses of it, so a path is walked once, and what it led to is used.
 */
#ifndef NFSTLS_MOUNT_PLACE_H
#define NFSTLS_MOUNT_PLACE_H

#include "support/base/base.h"

/*
 * Opens (O_PATH) the folder at a path that was resolved before: there is no symbolic link in it, and one that is there
 * now is -ELOOP.  What is mounted there is not asked, so that its server may be dead.  The caller closes.  Other
 * negative errnos of open(2).
 */
int place_open(const char *resolved);

/* Appends the path that the descriptor has now; -ENOENT without /proc, and other negative errnos. */
int place_path(int fd, struct strbuf *path);

/* Whether it has this path, as far as /proc can tell. */
bool place_is_at(int fd, const char *path);

#endif
