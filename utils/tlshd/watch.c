/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/tlshd/watch.h"

#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

struct watched {
	char *path;
	struct file_stamp stamp;
	UT_hash_handle hh;
};

static void watched_free(struct watched *file)
{
	if (file)
		free(file->path);
	free(file);
}

void watch_add(struct watch *watch, const char *path)
{
	struct watched *file;

	HASH_FIND_STR(watch->files, path, file);
	if (file)
		return;
	file = calloc(1, sizeof(*file));
	if (file)
		file->path = strdup(path);
	if (!file || !file->path) {
		watched_free(file);
		return;
	}
	file_stamp_take(path, &file->stamp);
	HASH_ADD_KEYPTR(hh, watch->files, file->path, strlen(file->path), file);
	if (!file->hh.tbl) /* out of memory: it is not in the table */
		watched_free(file);
}

bool watch_changed(const struct watch *watch)
{
	for (const struct watched *file = watch->files; file; file = file->hh.next) {
		struct file_stamp now;

		file_stamp_take(file->path, &now);
		if (!file_stamp_equal(&now, &file->stamp))
			return true;
	}
	return false;
}

unsigned int watch_count(const struct watch *watch)
{
	return HASH_COUNT(watch->files);
}

void watch_free(struct watch *watch)
{
	struct watched *file, *next;

	HASH_ITER(hh, watch->files, file, next) {
		HASH_DEL(watch->files, file);
		watched_free(file);
	}
}
