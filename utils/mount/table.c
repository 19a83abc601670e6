/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/mount/table.h"

#include <errno.h>
#include <libmount.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

/* libmount's answers: negative errno, or positive for "nothing found" and the like. */
static int code_of(int r)
{
	return r < 0 ? -r : ENOENT;
}

static void free_context(struct libmnt_context **context)
{
	mnt_free_context(*context);
}
#define AUTO_CONTEXT __attribute__((cleanup(free_context))) struct libmnt_context

static void free_fs(struct libmnt_fs **fs)
{
	mnt_unref_fs(*fs);
}
#define AUTO_FS __attribute__((cleanup(free_fs))) struct libmnt_fs

static void free_table(struct libmnt_table **table)
{
	mnt_unref_table(*table);
}
#define AUTO_TABLE __attribute__((cleanup(free_table))) struct libmnt_table

static void free_update(struct libmnt_update **update)
{
	mnt_free_update(*update);
}
#define AUTO_UPDATE __attribute__((cleanup(free_update))) struct libmnt_update

/* ---- ordinary users ------------------------------------------------------- */

void table_entry_free(struct table_entry *entry)
{
	free(entry->source);
	free(entry->target);
	free(entry->options);
	memset(entry, 0, sizeof(*entry));
}

static char *copy(const char *text)
{
	return strdup(text ? text : "");
}

static int take_entry(struct libmnt_context *context, struct table_entry *entry, struct error *e)
{
	struct libmnt_fs *fs = mnt_context_get_fs(context);

	entry->source = copy(mnt_fs_get_source(fs));
	entry->target = copy(mnt_fs_get_target(fs));
	entry->options = copy(mnt_fs_get_options(fs));
	if (!entry->source || !entry->target || !entry->options || mnt_context_get_mflags(context, &entry->flags)) {
		table_entry_free(entry);
		return error_set(e, ENOMEM, "out of memory");
	}
	return 0;
}

int table_user_mount(const char *source, const char *target, struct table_entry *entry, struct error *e)
{
	AUTO_CONTEXT *context = mnt_new_context();
	int r;

	if (!context)
		return error_set(e, ENOMEM, "out of memory");
	if (!mnt_context_is_restricted(context))
		return error_set(e, EINVAL, "only mounts of ordinary users come from fstab");
	mnt_context_disable_helpers(context, 1);
	r = mnt_context_set_source(context, source);
	if (!r)
		r = mnt_context_set_target(context, target);
	if (!r)
		r = mnt_context_set_optsmode(context, MNT_OMODE_USER);
	if (!r && mnt_context_apply_fstab(context))
		return error_set(e, ENOENT, "failed to apply fstab options: /etc/fstab has no line for %s on %s, and"
				 " only what is there can be mounted by users", source, target);
	if (!r)
		r = mnt_context_prepare_mount(context);
	if (r)
		return error_set(e, code_of(r), "failed to prepare mount: %s: the line of /etc/fstab for %s"
						" must have the"
				 " option user or users", strerror(code_of(r)), target);
	return take_entry(context, entry, e);
}

int table_user_umount(const char *target, struct error *e)
{
	AUTO_CONTEXT *context = mnt_new_context();
	int r = -ENOMEM;

	if (context) {
		mnt_context_disable_helpers(context, 1);
		r = mnt_context_set_target(context, target);
	}
	if (!r)
		r = mnt_context_prepare_umount(context);
	if (r)
		return error_set(e, code_of(r), "failed to prepare umount: %s: %s was not mounted by this user, and"
				 " /etc/fstab does not have users for it", strerror(code_of(r)), target);
	return 0;
}

/* ---- utab ------------------------------------------------------------------- */

static int apply(struct libmnt_update *update)
{
	int r = mnt_update_table(update, NULL);

	return r > 0 ? 0 : r; /* positive: nothing worth a record */
}

int table_remember(const struct table_record *record, struct error *e)
{
	AUTO_FS *fs = mnt_new_fs();
	AUTO_UPDATE *update = mnt_new_update();
	int r = fs && update ? 0 : -ENOMEM;

	if (!r)
		r = mnt_fs_set_source(fs, record->source);
	if (!r)
		r = mnt_fs_set_target(fs, record->target);
	if (!r)
		r = mnt_fs_set_options(fs, record->options);
	if (!r)
		r = mnt_fs_set_attributes(fs, record->attributes);
	if (!r)
		r = mnt_update_set_fs(update, record->flags, NULL, fs);
	if (!r)
		r = apply(update);
	if (r < 0)
		return error_set(e, -r, "cannot record the mount in /run/mount/utab: %s", strerror(-r));
	return 0;
}

int table_forget(const char *target, struct error *e)
{
	AUTO_UPDATE *update = mnt_new_update();
	int r = update ? mnt_update_set_fs(update, 0, target, NULL) : -ENOMEM;

	if (!r)
		r = apply(update);
	if (r < 0)
		return error_set(e, -r, "cannot remove the record of %s in /run/mount/utab: %s", target, strerror(-r));
	return 0;
}

struct record {
	char *target, *attributes;
	UT_hash_handle hh;
};

struct table_index {
	struct record *records;
};

static void record_free(struct record *record)
{
	free(record->target);
	free(record->attributes);
	free(record);
}

void table_index_free(struct table_index *index)
{
	struct record *record, *next;

	if (!index)
		return;
	HASH_ITER(hh, index->records, record, next) {
		HASH_DEL(index->records, record);
		record_free(record);
	}
	free(index);
}

/* The later mount on one target lies on top. */
static int add_record(struct table_index *index, struct libmnt_fs *fs)
{
	const char *target = mnt_fs_get_target(fs);
	struct record *record, *old;

	if (!target)
		return 0;
	record = calloc(1, sizeof(*record));
	if (!record)
		return -ENOMEM;
	record->target = copy(target);
	record->attributes = copy(mnt_fs_get_attributes(fs));
	if (!record->target || !record->attributes) {
		record_free(record);
		return -ENOMEM;
	}
	HASH_FIND_STR(index->records, target, old);
	if (old) {
		HASH_DEL(index->records, old);
		record_free(old);
	}
	HASH_ADD_KEYPTR(hh, index->records, record->target, strlen(record->target), record);
	return record->hh.tbl ? 0 : -ENOMEM;
}

static void free_iterator(struct libmnt_iter **iterator)
{
	mnt_free_iter(*iterator);
}

int table_index_new(struct table_index **index)
{
	AUTO_TABLE *table = mnt_new_table();
	__attribute__((cleanup(free_iterator))) struct libmnt_iter *iterator = mnt_new_iter(MNT_ITER_FORWARD);
	struct table_index *new = calloc(1, sizeof(*new));
	struct libmnt_fs *fs;
	int r = table && iterator && new ? 0 : -ENOMEM;

	if (!r && mnt_table_parse_mtab(table, NULL)) /* the kernel's table, with what utab adds to it */
		r = -EIO;
	while (!r && !mnt_table_next_fs(table, iterator, &fs))
		r = add_record(new, fs);
	if (r)
		table_index_free(new);
	else
		*index = new;
	return r;
}

const char *table_index_attributes(const struct table_index *index, const char *target)
{
	struct record *record;

	HASH_FIND_STR(index->records, target, record);
	return record ? record->attributes : "";
}
