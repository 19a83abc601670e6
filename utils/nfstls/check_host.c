/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this host mounts and exports, as its files say. */
#include <dirent.h>
#include <errno.h>
#include <libmount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/export/export.h"
#include "support/nfsconf/nfsconf.h"
#include "utils/nfstls/check.h"

#define PATH_ROOM 4096u

/* ---- fstab and mountinfo -------------------------------------------------------- */

static bool is_nfs(struct libmnt_fs *fs)
{
	const char *type = mnt_fs_get_fstype(fs);

	return type && (!strcmp(type, "nfs") || !strcmp(type, "nfs4"));
}

static int add_mount(struct check_mounts *to, struct libmnt_fs *fs)
{
	struct check_mount *more = reallocarray(to->at, to->count + 1, sizeof(*more)), *one;
	const char *source = mnt_fs_get_source(fs), *point = mnt_fs_get_target(fs), *options = mnt_fs_get_options(fs);

	if (!more)
		return -ENOMEM;
	to->at = more;
	one = &more[to->count++];
	*one = (struct check_mount){ strdup(source ? source : ""), strdup(point ? point : ""),
				     strdup(options ? options : "") };
	return one->source && one->point && one->options ? 0 : -ENOMEM;
}

/* libmount would go on, and say so on standard error. */
static int on_bad_line(struct libmnt_table *table, const char *file, int line)
{
	struct check_mounts *to = mnt_table_get_userdata(table);

	to->unread = true;
	snprintf(to->why, sizeof(to->why), "line %d of %.180s is not understood", line, file);
	return 1; /* leave it out, go on */
}

static int take_lines(struct libmnt_table *table, struct check_mounts *to)
{
	struct libmnt_iter *at = mnt_new_iter(MNT_ITER_FORWARD);
	struct libmnt_fs *fs;
	int r = at ? 0 : -ENOMEM;

	while (!r && mnt_table_next_fs(table, at, &fs) == 0)
		if (is_nfs(fs))
			r = add_mount(to, fs);
	mnt_free_iter(at);
	return r;
}

static void read_mounts(const char *root, const char *path, struct check_mounts *to)
{
	struct libmnt_table *table = mnt_new_table();
	char whole[PATH_ROOM];
	int r = table ? 0 : -ENOMEM;

	if (!r && snprintf(whole, sizeof(whole), "%s%s", root, path) >= (int)sizeof(whole))
		r = -ENAMETOOLONG;
	if (!r) {
		mnt_table_set_userdata(table, to);
		mnt_table_set_parser_errcb(table, on_bad_line);
		r = mnt_table_parse_file(table, whole);
	}
	if (!r)
		r = take_lines(table, to);
	mnt_unref_table(table);
	if (!r)
		return;
	to->unread = true;
	snprintf(to->why, sizeof(to->why), "cannot read %.200s: %s", path, strerror(r < 0 ? -r : EIO));
}

/* ---- exports ------------------------------------------------------------------------ */

static int add_export(struct check_exports *to, const struct export_entry *entry)
{
	struct check_export *one = &to->at[to->count];

	*one = (struct check_export){ strdup(entry->path), strdup(entry->client), entry->options->xprtsec };
	to->count++;
	return one->path && one->client ? 0 : -ENOMEM;
}

static int add_exports(struct check_exports *to, const struct export_list *list)
{
	const size_t count = export_list_count(list);
	struct check_export *more = reallocarray(to->at, to->count + count + 1, sizeof(*more));
	int r = more ? 0 : -ENOMEM;

	if (more)
		to->at = more;
	for (size_t i = 0; !r && i < count; i++)
		r = add_export(to, export_list_at(list, i));
	return r;
}

/* Of several lines that are not understood the first is told. */
static void take_problems(struct check_exports *to, const struct export_list *list)
{
	for (size_t i = 0; !to->unread && i < export_list_problem_count(list); i++) {
		const struct export_problem *problem = export_list_problem(list, i);

		if (problem->severity != EXPORT_ERROR)
			continue;
		to->unread = true;
		snprintf(to->why, sizeof(to->why), "%.120s:%u:%u: %.100s", problem->place.file, problem->place.line,
			 problem->place.column, problem->text);
	}
}

static void take_text(struct check_exports *to, const char *name, const struct bytes *file)
{
	AUTO_EXPORT_LIST *list = export_list_new();

	if (!list || export_parse(list, name, (const char *)file->data, file->size, NULL) || add_exports(to, list)) {
		to->unread = true;
		snprintf(to->why, sizeof(to->why), "%.120s: out of memory", name);
		return;
	}
	take_problems(to, list);
}

/* -ENOENT when the file is not there; what else went wrong stands in to. */
static int read_exports(const char *root, const char *path, struct check_exports *to)
{
	AUTO_BYTES file = { 0 };
	char whole[PATH_ROOM];
	struct error e;
	int r;

	if (snprintf(whole, sizeof(whole), "%s%s", root, path) >= (int)sizeof(whole))
		return -ENOENT;
	r = file_read(whole, EXPORT_ETAB_MAX, FILE_ANY, &file, &e);
	if (!r) {
		take_text(to, path, &file);
	} else if (r != -ENOENT && r != -ENOTDIR) {
		to->unread = true;
		snprintf(to->why, sizeof(to->why), "%.250s", e.text);
	}
	return r;
}

static int is_exports_file(const struct dirent *entry)
{
	size_t size = strlen(entry->d_name);

	return entry->d_name[0] != '.' && size > 8 && !strcmp(entry->d_name + size - 8, ".exports");
}

static void read_exports_folder(const char *root, struct check_exports *to)
{
	static const char folder[] = SYSCONF_DIR "/exports.d";
	char path[PATH_ROOM];
	struct dirent **entries = NULL;
	int count;

	if (snprintf(path, sizeof(path), "%s%s", root, folder) >= (int)sizeof(path))
		return;
	count = scandir(path, &entries, is_exports_file, alphasort);
	for (int i = 0; i < count; i++) {
		if (snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name) < (int)sizeof(path))
			(void)read_exports(root, path, to);
		free(entries[i]);
	}
	free(entries);
	if (count > 0)
		to->file = "/etc/exports";
}

/* etab is what was exported; without it there is what would be. */
static void read_all_exports(const char *root, struct check_exports *to)
{
	struct error e;

	if (nfsconf_state_file(root, EXPORT_STATE_FOLDER, EXPORT_ETAB_NAME, to->etab, sizeof(to->etab), &e)) {
		to->unread = true;
		snprintf(to->why, sizeof(to->why), "%.250s", e.text);
		return;
	}
	if (read_exports(root, to->etab, to) != -ENOENT) {
		to->file = to->etab;
		return;
	}
	if (read_exports(root, SYSCONF_DIR "/exports", to) != -ENOENT)
		to->file = "/etc/exports";
	read_exports_folder(root, to);
}

/* ---- all of it ------------------------------------------------------------------------- */

void check_host_read(const char *root, struct check_host *host)
{
	char path[PATH_ROOM];

	/* No fstab is an empty one; no mountinfo is none. */
	if (snprintf(path, sizeof(path), "%s%s", root, SYSCONF_DIR "/fstab") >= (int)sizeof(path) ||
	    access(path, F_OK) == 0)
		read_mounts(root, SYSCONF_DIR "/fstab", &host->fstab);
	read_mounts(root, "/proc/self/mountinfo", &host->mounts);
	read_all_exports(root, &host->exports);
}

static void free_mounts(struct check_mounts *mounts)
{
	for (size_t i = 0; i < mounts->count; i++) {
		free(mounts->at[i].source);
		free(mounts->at[i].point);
		free(mounts->at[i].options);
	}
	free(mounts->at);
}

void check_host_free(struct check_host *host)
{
	free_mounts(&host->fstab);
	free_mounts(&host->mounts);
	for (size_t i = 0; i < host->exports.count; i++) {
		free(host->exports.at[i].path);
		free(host->exports.at[i].client);
	}
	free(host->exports.at);
}
