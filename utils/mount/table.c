/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/mount/table.h"

#include <errno.h>
#include <inttypes.h>
#include <libmount.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "utils/mount/mount_point.h"

#include <uthash.h>

/* The key under which a mount's own number stands in its record. */
static const char number_key[] = "x-mount";

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

/* The mount point has been taken before. */
static int take_entry(struct libmnt_context *context, struct table_entry *entry, struct error *e)
{
	struct libmnt_fs *fs = mnt_context_get_fs(context);

	entry->source = copy(mnt_fs_get_source(fs));
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
		return error_set(e, ENOENT,
				 "failed to apply fstab options: /etc/fstab has no line for %s on %s, and"
				 " only what is there can be mounted by users",
				 source, target);
	/* before libmount goes along the path, also where a user's symbolic link leads */
	entry->target = r ? NULL : copy(mnt_fs_get_target(mnt_context_get_fs(context)));
	if (!r)
		r = mnt_context_prepare_mount(context);
	if (r) {
		table_entry_free(entry);
		return error_set(e, code_of(r),
				 "failed to prepare mount: %s: the line of /etc/fstab for %s"
				 " must have the"
				 " option user or users",
				 strerror(code_of(r)), target);
	}
	return take_entry(context, entry, e);
}

void table_mount_free(struct table_mount *mount)
{
	free(mount->options);
	free(mount->attributes);
	mount->options = mount->attributes = NULL;
}

static void free_iterator(struct libmnt_iter **iterator)
{
	mnt_free_iter(*iterator);
}
#define AUTO_ITERATOR __attribute__((cleanup(free_iterator))) struct libmnt_iter

static bool leads_to(const char *target, const char *point)
{
	AUTO_STRBUF resolved = { 0 };
	AUTO_FD fd = -1;

	if (!target || !strcmp(target, point))
		return target;
	fd = mount_point_walk(target, &resolved);
	return fd >= 0 && !strcmp(resolved.text, point);
}

/* What fstab lets users do with the mount: MNT_MS_USERS and others.  Of several lines the first counts. */
static int read_rights(const struct table_mount *mount, unsigned long *rights)
{
	AUTO_TABLE *table = mnt_new_table();
	AUTO_ITERATOR *iterator = mnt_new_iter(MNT_ITER_FORWARD);
	struct libmnt_fs *fs;

	*rights = 0;
	if (!table || !iterator)
		return -ENOMEM;
	if (mnt_table_parse_fstab(table, NULL))
		return -EPERM;
	while (!mnt_table_next_fs(table, iterator, &fs)) {
		const char *options = mnt_fs_get_user_options(fs);

		if (!mnt_fs_streq_srcpath(fs, mount->source) || !leads_to(mnt_fs_get_target(fs), mount->point))
			continue;
		if (!options || mnt_optstr_get_flags(options, rights, mnt_get_builtin_optmap(MNT_USERSPACE_MAP)))
			*rights = 0;
		return 0;
	}
	return 0;
}

static int read_record(struct table_mount *mount)
{
	AUTO_TABLE *table = mnt_new_table();
	AUTO_ITERATOR *iterator = mnt_new_iter(MNT_ITER_FORWARD);
	struct libmnt_fs *fs;

	if (!table || !iterator || mnt_table_parse_mtab(table, NULL))
		return -EIO;
	while (!mnt_table_next_fs(table, iterator, &fs)) {
		if (mnt_fs_get_id(fs) != mount->id)
			continue;
		mount->options = copy(mnt_fs_get_user_options(fs));
		mount->attributes = copy(mnt_fs_get_attributes(fs));
		return mount->options && mount->attributes ? 0 : -ENOMEM;
	}
	return -ENOENT;
}

/* Paths change: who can rename directories can put a mount where another one was recorded. */
static bool is_recorded(const struct table_mount *mount)
{
	char wanted[24];
	size_t size;
	char *number;

	snprintf(wanted, sizeof(wanted), "%" PRIu64, mount->number);
	return mount->number && !mnt_optstr_get_option(mount->attributes, number_key, &number, &size) && number &&
	       size == strlen(wanted) && !memcmp(number, wanted, size);
}

static bool has_mounted(const struct table_mount *mount)
{
	const struct passwd *user = getpwuid(getuid());
	size_t size;
	char *name;

	return user && !mnt_optstr_get_option(mount->options, "user", &name, &size) && name &&
	       strlen(user->pw_name) == size && !memcmp(user->pw_name, name, size);
}

int table_user_umount(struct table_mount *mount, struct error *e)
{
	unsigned long rights;
	int r = read_record(mount);

	if (!r)
		r = read_rights(mount, &rights);
	if (!r && !is_recorded(mount))
		r = -EPERM;
	if (!r && !(rights & MNT_MS_USERS) &&
	    !(rights & (MNT_MS_USER | MNT_MS_OWNER | MNT_MS_GROUP) && has_mounted(mount)))
		r = -EPERM;
	if (r)
		return error_set(e, -r,
				 "failed to prepare umount: %s: %s was not mounted by this user, and"
				 " /etc/fstab does not have users for it",
				 strerror(-r), mount->point);
	return 0;
}

/* ---- utab ------------------------------------------------------------------- */

static int apply(struct libmnt_update *update)
{
	int r = mnt_update_table(update, NULL);

	return r > 0 ? 0 : r; /* positive: nothing worth a record */
}

static void add_number(const struct table_record *record, struct strbuf *attributes)
{
	strbuf_addf(attributes, "%s", record->attributes);
	if (record->number)
		strbuf_addf(attributes, "%s%s=%" PRIu64, *record->attributes ? "," : "", number_key, record->number);
}

int table_remember(const struct table_record *record, struct error *e)
{
	AUTO_FS *fs = mnt_new_fs();
	AUTO_UPDATE *update = mnt_new_update();
	AUTO_STRBUF attributes = { 0 };
	int r;

	add_number(record, &attributes);
	r = fs && update && !attributes.failed ? 0 : -ENOMEM;

	if (!r)
		r = mnt_fs_set_source(fs, record->source);
	if (!r)
		r = mnt_fs_set_target(fs, record->target);
	if (!r)
		r = mnt_fs_set_options(fs, record->options);
	if (!r)
		r = mnt_fs_set_attributes(fs, attributes.text);
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

int table_recall(const struct table_mount *mount, struct error *e)
{
	const struct table_record record = { mount->source, mount->point, mount->options, mount->attributes, 0, 0 };

	return *mount->options || *mount->attributes ? table_remember(&record, e) : 0;
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

int table_index_new(struct table_index **index)
{
	AUTO_TABLE *table = mnt_new_table();
	AUTO_ITERATOR *iterator = mnt_new_iter(MNT_ITER_FORWARD);
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
