/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/mount/mount_point.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "utils/mount/mount_api.h"

/* S_IF... of what is open, as far as it is known without asking a server; 0 when it is not. */
static mode_t type_of(int fd)
{
	struct statx st;

	return statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, &st) ? 0 : st.stx_mode & S_IFMT;
}

int mount_point_open_any(const char *resolved)
{
	const struct api_open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = API_RESOLVE_NO_SYMLINKS };
	int fd = (int)syscall(SYS_openat2, AT_FDCWD, resolved, &how, sizeof(how));

	return fd < 0 ? -errno : fd;
}

/* Not with O_DIRECTORY: that has autofs mount what we are about to mount, and wait for it. */
int mount_point_open(const char *resolved)
{
	int fd = mount_point_open_any(resolved);

	if (fd < 0 || type_of(fd) == S_IFDIR)
		return fd;
	close(fd);
	return -ENOTDIR;
}

bool mount_point_is_roots(int directory)
{
	struct statx st;

	return !statx(directory, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_UID | STATX_MODE, &st) && !st.stx_uid &&
	       !(st.stx_mode & (S_IWGRP | S_IWOTH));
}

/* ---- paths of somebody else's choice ------------------------------------------ */

#define LINKS_MAX 40 /* as the kernel's */

/* A walk that has come to directory, and has rest before it.  Both are owned. */
struct walk {
	int directory;
	char *rest;
	int links;
};

static void walk_free(struct walk *walk)
{
	close_fd(&walk->directory);
	free(walk->rest);
}
#define AUTO_WALK __attribute__((cleanup(walk_free))) struct walk

static int go_to(struct walk *walk, int directory)
{
	if (directory < 0)
		return -errno;
	close_fd(&walk->directory);
	walk->directory = directory;
	return 0;
}

static int go_to_root(struct walk *walk)
{
	return go_to(walk, open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
}

/* The first word of rest, which is cut off; NULL at the end. */
static char *next_name(char **rest)
{
	char *name = *rest + strspn(*rest, "/");
	size_t size = strcspn(name, "/");

	if (!*name)
		return NULL;
	*rest = name + size + (name[size] == '/');
	name[size] = '\0';
	return name;
}

static int follow(struct walk *walk, int link, const char *rest)
{
	char target[PATH_MAX], *whole;
	struct stat st;
	ssize_t size;

	if (fstat(link, &st))
		return -errno;
	if (st.st_uid || !mount_point_is_roots(walk->directory) || walk->links++ == LINKS_MAX)
		return -ELOOP;
	size = readlinkat(link, "", target, sizeof(target) - 1);
	if (size < 0)
		return -errno;
	target[size] = '\0';
	if (asprintf(&whole, "%s/%s", target, rest) < 0)
		return -ENOMEM;
	free(walk->rest);
	walk->rest = whole;
	return target[0] == '/' ? go_to_root(walk) : 0;
}

bool mount_point_is_roots_along(int directory, const char *path)
{
	AUTO_FREE char *names = strdup(path);
	AUTO_FD at = dup(directory);
	char *rest = names, *name;

	while (names && at >= 0 && mount_point_is_roots(at) && (name = next_name(&rest))) {
		int next;

		if (!*rest)
			return true;
		next = openat(at, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		close(at);
		at = next;
	}
	return false;
}

/*
 * What is mounted only when it is used (autofs) is to be mounted on the way, for which O_DIRECTORY is, but not at the
 * end, as mount_point_open().
 */
static int open_next(const struct walk *walk, const char *name, bool is_last)
{
	static const int flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(walk->directory, name, flags | (is_last ? 0 : O_DIRECTORY));

	return fd < 0 && errno == ENOTDIR ? openat(walk->directory, name, flags) : fd;
}

/* 1 when there is no more to do. */
static int step(struct walk *walk)
{
	AUTO_FREE char *path = walk->rest;
	char *rest = path, *name = next_name(&rest);
	int next;
	mode_t type;

	walk->rest = name ? strdup(rest) : NULL;
	if (!name || !walk->rest)
		return name ? -ENOMEM : 1;
	next = open_next(walk, name, !rest[strspn(rest, "/")]);
	type = next < 0 ? S_IFDIR : type_of(next);
	if (type == S_IFDIR)
		return go_to(walk, next);
	if (type == S_IFLNK) {
		AUTO_FD link = next;

		return follow(walk, link, rest);
	}
	close(next);
	return -ENOTDIR;
}

int mount_point_walk(const char *path, struct strbuf *resolved)
{
	AUTO_WALK walk = { .directory = -1, .rest = strdup(path) };
	int r, directory;

	if (*path != '/')
		return -EINVAL;
	r = walk.rest ? go_to_root(&walk) : -ENOMEM;
	while (!r)
		r = step(&walk);
	if (r < 0)
		return r;
	r = mount_point_path(walk.directory, resolved);
	if (r)
		return r;
	directory = walk.directory;
	walk.directory = -1;
	return directory;
}

/* ---- where it is ---------------------------------------------------------------- */

int mount_point_path(int fd, struct strbuf *path)
{
	char link[64], text[PATH_MAX];
	ssize_t size;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	size = readlink(link, text, sizeof(text));
	if (size < 0)
		return -errno;
	if ((size_t)size == sizeof(text))
		return -ENAMETOOLONG;
	strbuf_add(path, text, (size_t)size);
	return path->failed ? -ENOMEM : 0;
}

bool mount_point_is_at(int fd, const char *path)
{
	AUTO_STRBUF now = { 0 };
	int r = mount_point_path(fd, &now);

	/* no /proc, as early in a boot: nobody else is there either */
	return r == -ENOENT || (!r && !strcmp(now.text, path));
}
