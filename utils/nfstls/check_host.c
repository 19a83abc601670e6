/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this host mounts and exports, as its files say. */
#include <errno.h>
#include <libmount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "utils/nfstls/check.h"

#define PATH_ROOM 4096u

/* ---- fstab and mountinfo -------------------------------------------------------- */

static int add_mount(struct check_mounts *to, struct libmnt_fs *fs)
{
	struct check_mount *more = reallocarray(to->at, to->count + 1, sizeof(*more)), *one;
	const char *source = mnt_fs_get_source(fs), *point = mnt_fs_get_target(fs), *options = mnt_fs_get_options(fs);

	if (!more)
		return -ENOMEM;
	to->at = more;
	one = &more[to->count++];
	*one = (struct check_mount){ strdup(mnt_fs_get_fstype(fs)), strdup(source ? source : ""),
				     strdup(point ? point : ""), strdup(options ? options : "") };
	return one->type && one->source && one->point && one->options ? 0 : -ENOMEM;
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
		if (mount_is_nfs(mnt_fs_get_fstype(fs)))
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
	to->unread = to->unreadable = true;
	snprintf(to->why, sizeof(to->why), "cannot read %.200s: %s", path, strerror(r < 0 ? -r : EIO));
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
	(void)nfsmount_load(root, &host->nfsmount, &host->nfsmount_why);
	exports_read(root, &host->exports);
}

static void free_mounts(struct check_mounts *mounts)
{
	for (size_t i = 0; i < mounts->count; i++) {
		free(mounts->at[i].type);
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
	conf_free(host->nfsmount);
	exports_free(&host->exports);
}
