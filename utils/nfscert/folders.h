/* SPDX-License-Identifier: GPL-2.0-or-later */
/* folders: keeps commands apart that write into the same folders. */
#ifndef NFSTLS_NFSCERT_FOLDERS_H
#define NFSTLS_NFSCERT_FOLDERS_H

#include "support/base/base.h"

#define FOLDERS_MAX 2u

struct folder_locks {
	int fd[FOLDERS_MAX];
};

/*
 * Locks the folders, in an order that is the same for all commands, so that no two wait for each other; the same folder
 * twice is one, NULL and one that is not there are left out.  The caller calls folders_unlock() in any case.
 */
int folders_lock(const char *const folder[FOLDERS_MAX], struct folder_locks *locks, struct error *e);
void folders_unlock(struct folder_locks *locks);
#define AUTO_FOLDER_LOCKS __attribute__((cleanup(folders_unlock))) struct folder_locks

#endif
