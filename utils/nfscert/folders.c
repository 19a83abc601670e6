/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/nfscert/folders.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define LOCK_NAME ".nfscert.lock"

struct place {
	const char *folder; /* NULL: none */
	dev_t device;
	ino_t inode;
};

static int find(const char *folder, struct place *place, struct error *e)
{
	struct stat st;

	*place = (struct place){ .folder = NULL };
	if (!folder)
		return 0;
	if (stat(folder, &st) < 0)
		return errno == ENOENT ? 0 : error_set(e, errno, "cannot examine %s: %s", folder, strerror(errno));
	*place = (struct place){ .folder = folder, .device = st.st_dev, .inode = st.st_ino };
	return 0;
}

static bool is_same(const struct place *a, const struct place *b)
{
	return a->device == b->device && a->inode == b->inode;
}

static bool comes_first(const struct place *a, const struct place *b)
{
	return a->device != b->device ? a->device < b->device : a->inode < b->inode;
}

static int lock(const struct place *place, int *fd, struct error *e)
{
	AUTO_STRBUF path = { 0 };

	if (!place->folder)
		return 0;
	strbuf_addf(&path, "%s/" LOCK_NAME, place->folder);
	if (path.failed)
		return error_set(e, ENOMEM, "out of memory");
	*fd = file_lock(path.text, e);
	return *fd < 0 ? *fd : 0;
}

int folders_lock(const char *const folder[FOLDERS_MAX], struct folder_locks *locks, struct error *e)
{
	struct place one, other;
	bool in_order;
	int r;

	*locks = (struct folder_locks){ { -1, -1 } };
	r = find(folder[0], &one, e);
	if (!r)
		r = find(folder[1], &other, e);
	if (r)
		return r;
	if (one.folder && other.folder && is_same(&one, &other))
		other.folder = NULL;
	in_order = comes_first(&one, &other);
	r = lock(in_order ? &one : &other, &locks->fd[0], e);
	return r ? r : lock(in_order ? &other : &one, &locks->fd[1], e);
}

void folders_unlock(struct folder_locks *locks)
{
	for (size_t i = 0; i < FOLDERS_MAX; i++)
		close_fd(&locks->fd[i]);
	*locks = (struct folder_locks){ { -1, -1 } };
}
