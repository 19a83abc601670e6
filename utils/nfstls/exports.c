/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/nfstls/exports.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/nfsconf/nfsconf.h"

#define PATH_ROOM 4096u

/* ---- reading ------------------------------------------------------------------------- */

static void fail(struct exports *to, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Of several things that are wrong the first is told. */
static void fail(struct exports *to, const char *fmt, ...)
{
	va_list args;

	if (to->unread)
		return;
	to->unread = true;
	va_start(args, fmt);
	vsnprintf(to->why, sizeof(to->why), fmt, args);
	va_end(args);
}

/* -ENOENT when the file is not there; what else went wrong stands in to. */
static int read_file(const char *root, const char *path, struct exports *to)
{
	AUTO_BYTES file = { 0 };
	char whole[PATH_ROOM];
	struct error e;
	int r;

	if (snprintf(whole, sizeof(whole), "%s%s", root, path) >= (int)sizeof(whole))
		return -ENOENT;
	r = file_read(whole, EXPORT_ETAB_MAX, FILE_ANY, &file, &e);
	if (!r && export_parse(to->list, path, (const char *)file.data, file.size, NULL))
		fail(to, "%.120s: out of memory", path);
	else if (r && r != -ENOENT && r != -ENOTDIR) {
		to->unreadable |= !to->unread;
		fail(to, "%.250s", e.text);
	}
	return r;
}

static int is_exports_file(const struct dirent *entry)
{
	size_t size = strlen(entry->d_name);

	return entry->d_name[0] != '.' && size > 8 && !strcmp(entry->d_name + size - 8, ".exports");
}

static void read_folder(const char *root, struct exports *to)
{
	static const char folder[] = SYSCONF_DIR "/exports.d";
	char path[PATH_ROOM];
	struct dirent **entries = NULL;
	int count;

	if (snprintf(path, sizeof(path), "%s%s", root, folder) >= (int)sizeof(path))
		return;
	count = scandir(path, &entries, is_exports_file, versionsort);
	for (int i = 0; i < count; i++) {
		if (snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name) < (int)sizeof(path))
			(void)read_file(root, path, to);
		free(entries[i]);
	}
	free(entries);
	if (count > 0)
		to->file = SYSCONF_DIR "/exports";
}

/* A second line for the same is passed over, as everywhere. */
static void fill_table(struct exports *to)
{
	for (size_t i = 0; i < export_list_problem_count(to->list); i++) {
		const struct export_problem *problem = export_list_problem(to->list, i);

		if (problem->severity >= EXPORT_ERROR)
			fail(to, "%.120s:%u:%u: %.100s", problem->place.file, problem->place.line,
			     problem->place.column, problem->text);
	}
	for (size_t i = 0; i < export_list_count(to->list); i++) {
		struct export *export;
		struct error e;

		if (export_table_add(to->table, export_list_at(to->list, i), NULL, &export, &e) < 0)
			fail(to, "%.120s: %.120s", export_list_at(to->list, i)->path, e.text);
	}
}

static bool begin(struct exports *to)
{
	*to = (struct exports){ .list = export_list_new(), .table = export_table_new() };
	if (to->list && to->table)
		return true;
	fail(to, "out of memory");
	return false;
}

static void take_files(const char *root, struct exports *to)
{
	if (read_file(root, SYSCONF_DIR "/exports", to) != -ENOENT)
		to->file = SYSCONF_DIR "/exports";
	read_folder(root, to);
}

static void take_table(const char *root, struct exports *to)
{
	struct error e;

	if (nfsconf_state_file(root, EXPORT_STATE_FOLDER, EXPORT_ETAB_NAME, to->etab, sizeof(to->etab), &e))
		fail(to, "%.250s", e.text);
	else if (read_file(root, to->etab, to) != -ENOENT)
		to->file = to->etab;
}

void exports_read_table(const char *root, struct exports *to)
{
	if (!begin(to))
		return;
	take_table(root, to);
	fill_table(to);
}

void exports_read_files(const char *root, struct exports *to)
{
	if (!begin(to))
		return;
	take_files(root, to);
	fill_table(to);
}

void exports_read(const char *root, struct exports *to)
{
	if (!begin(to))
		return;
	take_table(root, to);
	if (!to->file && !to->unread)
		take_files(root, to);
	fill_table(to);
}

void exports_free(struct exports *exports)
{
	export_table_free(exports->table);
	export_list_free(exports->list);
	exports->table = NULL;
	exports->list = NULL;
}

/* ---- mounts -------------------------------------------------------------------------------- */

static char *root_of_exports(const char *root)
{
	AUTO_CONF *conf = NULL;
	const char *value = NULL;
	size_t size;

	/* An nfs.conf that is not understood is told by those who look for the table. */
	if (!nfsconf_load_below(root, &conf, NULL))
		value = nfsconf_value(conf, "exports", "rootdir");
	size = value ? strlen(value) : 0;
	while (size && value[size - 1] == '/')
		size--;
	return strndup(value ? value : "", size);
}

int exports_mounts_read(const char *root, struct exports_mounts *mounts, struct error *e)
{
	AUTO_STRBUF path = { 0 };
	AUTO_STRBUF text = { 0 };
	struct tree_roots roots;
	struct error why;

	*mounts = (struct exports_mounts){ .points = root_of_exports(root) };
	if (!mounts->points || asprintf(&mounts->files, "%s%s", root, mounts->points) < 0) {
		mounts->files = NULL;
		return error_set(e, ENOMEM, "out of memory");
	}
	strbuf_addf(&path, "%s%s", root, TREE_MOUNTINFO);
	if (path.failed)
		return error_set(e, ENOMEM, "out of memory");
	if (file_read_unsized(path.text, TREE_MOUNTINFO_MAX, &text, &why)) {
		mounts->unread = true;
		text_copy(mounts->why, sizeof(mounts->why), why.text);
	}
	roots = (struct tree_roots){ .points = mounts->points, .files = mounts->files };
	return tree_new(text.text, mounts->unread ? 0 : text.size, &roots, &mounts->tree, e);
}

void exports_mounts_free(struct exports_mounts *mounts)
{
	tree_free(mounts->tree);
	free(mounts->points);
	free(mounts->files);
	*mounts = (struct exports_mounts){ 0 };
}
