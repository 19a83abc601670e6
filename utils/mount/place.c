/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/mount/place.h"

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

static int open_without_links(const char *path, int flags)
{
	const struct api_open_how how = {
		.flags = (unsigned int)(O_PATH | O_CLOEXEC | flags),
		.resolve = API_RESOLVE_NO_SYMLINKS,
	};
	int fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));

	return fd < 0 ? -errno : fd;
}

int place_open(const char *resolved)
{
	return open_without_links(resolved, O_DIRECTORY);
}

int place_open_any(const char *resolved)
{
	return open_without_links(resolved, 0);
}

bool place_is_roots(int directory)
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

static int follow(struct walk *walk, const char *name, const char *rest)
{
	AUTO_FD link = openat(walk->directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	char target[PATH_MAX], *whole;
	struct stat st;
	ssize_t size;

	if (link < 0 || fstat(link, &st))
		return -errno;
	if (!S_ISLNK(st.st_mode))
		return -ENOTDIR;
	if (st.st_uid || !place_is_roots(walk->directory) || walk->links++ == LINKS_MAX)
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

/* 1 when there is no more to do. */
static int step(struct walk *walk)
{
	AUTO_FREE char *path = walk->rest;
	char *rest = path, *name = next_name(&rest);
	int directory;

	walk->rest = NULL;
	if (!name)
		return 1;
	/* O_DIRECTORY has what is mounted only when it is used be mounted */
	directory = openat(walk->directory, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (directory < 0)
		return errno == ENOTDIR || errno == ELOOP ? follow(walk, name, rest) : -errno;
	walk->rest = strdup(rest);
	return walk->rest ? go_to(walk, directory) : (close(directory), -ENOMEM);
}

int place_walk(const char *path, struct strbuf *resolved)
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
	r = place_path(walk.directory, resolved);
	if (r)
		return r;
	directory = walk.directory;
	walk.directory = -1;
	return directory;
}

/* ---- where it is ---------------------------------------------------------------- */

int place_path(int fd, struct strbuf *path)
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

bool place_is_at(int fd, const char *path)
{
	AUTO_STRBUF now = { 0 };
	int r = place_path(fd, &now);

	/* no /proc, as early in a boot: nobody else is there either */
	return r == -ENOENT || (!r && !strcmp(now.text, path));
}
