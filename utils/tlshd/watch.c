/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/tlshd/watch.h"

#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "support/keys/keys.h"

struct watched {
	char *path;
	struct file_stamp stamp;
	UT_hash_handle hh;
};

struct watched_name {
	char name[KEYS_NAME_MAX + 1];
	struct keys_stamp stamp;
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

void watch_add_loaded(struct watch *watch, const char *name)
{
	struct watched_name *loaded;

	HASH_FIND_STR(watch->loaded, name, loaded);
	if (loaded || !keys_is_certificate_name(name)) /* others cannot be loaded */
		return;
	loaded = calloc(1, sizeof(*loaded));
	if (!loaded)
		return;
	text_copy(loaded->name, sizeof(loaded->name), name);
	keys_stamp_take(name, &loaded->stamp);
	HASH_ADD_STR(watch->loaded, name, loaded);
	if (!loaded->hh.tbl)
		free(loaded);
}

static bool loaded_changed(const struct watch *watch)
{
	for (const struct watched_name *loaded = watch->loaded; loaded; loaded = loaded->hh.next) {
		struct keys_stamp now;

		keys_stamp_take(loaded->name, &now);
		if (!keys_stamp_equal(&now, &loaded->stamp))
			return true;
	}
	return false;
}

bool watch_changed(const struct watch *watch)
{
	for (const struct watched *file = watch->files; file; file = file->hh.next) {
		struct file_stamp now;

		file_stamp_take(file->path, &now);
		if (!file_stamp_equal(&now, &file->stamp))
			return true;
	}
	return loaded_changed(watch);
}

unsigned int watch_count(const struct watch *watch)
{
	return HASH_COUNT(watch->files) + HASH_COUNT(watch->loaded);
}

void watch_free(struct watch *watch)
{
	struct watched_name *loaded, *next_loaded;
	struct watched *file, *next;

	HASH_ITER(hh, watch->files, file, next) {
		HASH_DEL(watch->files, file);
		watched_free(file);
	}
	HASH_ITER(hh, watch->loaded, loaded, next_loaded) {
		HASH_DEL(watch->loaded, loaded);
		free(loaded);
	}
}
