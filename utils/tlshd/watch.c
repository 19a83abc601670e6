/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/tlshd/watch.h"

#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "support/keys/keys.h"

struct watched_name {
	char name[KEYS_NAME_MAX + 1];
	struct keys_stamp stamp;
	UT_hash_handle hh;
};

int watch_add(struct watch *watch, const char *path)
{
	return still_add(&watch->files, path);
}

int watch_add_aside(struct watch *watch, const char *path)
{
	return still_add(&watch->aside, path);
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

void watch_look(struct watch *watch)
{
	still_look(&watch->files);
	still_look(&watch->aside);
	for (struct watched_name *loaded = watch->loaded; loaded; loaded = loaded->hh.next)
		keys_stamp_take(loaded->name, &loaded->stamp);
}

bool watch_changed(const struct watch *watch)
{
	return still_changed(&watch->files) || still_changed(&watch->aside) || loaded_changed(watch);
}

unsigned int watch_count(const struct watch *watch)
{
	return still_count(&watch->files) + still_count(&watch->aside) + HASH_COUNT(watch->loaded);
}

void watch_free(struct watch *watch)
{
	struct watched_name *loaded, *next;

	still_free(&watch->files);
	still_free(&watch->aside);
	HASH_ITER(hh, watch->loaded, loaded, next) {
		HASH_DEL(watch->loaded, loaded);
		free(loaded);
	}
}
