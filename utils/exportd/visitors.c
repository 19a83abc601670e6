/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/exportd/visitors.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <uthash.h>

#define INFO_MAX 8192u
#define NAME_MAX_SIZE 24u

/* ---- info ------------------------------------------------------------------------------------- */

/* The value of a line "KEY: VALUE"; its size in *size. */
static const char *value_of(const char *text, size_t size, const char *key, size_t *value_size)
{
	const char *line = text, *end = text + size;
	size_t key_size = strlen(key);

	while (line < end) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		size_t rest;

		stop = stop ? stop : end;
		rest = (size_t)(stop - line);
		if (rest > key_size + 2 && !memcmp(line, key, key_size) && !memcmp(line + key_size, ": ", 2)) {
			*value_size = rest - key_size - 2;
			return line + key_size + 2;
		}
		line = stop + 1;
	}
	return NULL;
}

/* Copies a value that has none but the given characters. */
static int copy(const char *text, size_t size, const char *key, const char *allowed, char *out, size_t room)
{
	size_t value_size;
	const char *value = value_of(text, size, key, &value_size);

	if (!value || value_size >= room)
		return -EINVAL;
	memcpy(out, value, value_size);
	out[value_size] = '\0';
	return strspn(out, allowed) == value_size ? 0 : -EINVAL;
}

int visitor_info_parse(const char *text, size_t size, struct visitor_info *info)
{
	char minor[8], status[32];
	long long number;

	*info = (struct visitor_info){ 0 };
	if (copy(text, size, "clientid", "0123456789abcdefx", info->id, sizeof(info->id)) ||
	    copy(text, size, "address", "\"0123456789abcdefABCDEF.:[]%", info->address, sizeof(info->address)) ||
	    copy(text, size, "minor version", "0123456789", minor, sizeof(minor)) || text_number(minor, 0, 99, &number))
		return -EINVAL;
	info->minor = (unsigned int)number;
	/* Kernels before 5.12 do not say: who is shown there has come. */
	info->confirmed = copy(text, size, "status", "abcdefghijklmnopqrstuvwxyz", status, sizeof(status)) ||
			  strcmp(status, "unconfirmed") != 0;
	return 0;
}

/* ---- who is there -------------------------------------------------------------------------------- */

struct visitor {
	char name[NAME_MAX_SIZE]; /* of the folder */
	struct visitor_info info;
	bool told;
	int watch; /* of its folder, until it is confirmed; -1 */
	UT_hash_handle by_name, by_watch;
};

struct visitors {
	char *folder;
	visitors_say *say;
	void *context;
	int inotify;
	int watch; /* of the folder of all */
	struct visitor *by_name, *by_watch;
};

static void unwatch(struct visitors *visitors, struct visitor *visitor)
{
	if (visitor->watch < 0)
		return;
	HASH_DELETE(by_watch, visitors->by_watch, visitor);
	(void)inotify_rm_watch(visitors->inotify, visitor->watch);
	visitor->watch = -1;
}

static void forget(struct visitors *visitors, struct visitor *visitor)
{
	unwatch(visitors, visitor);
	HASH_DELETE(by_name, visitors->by_name, visitor);
	free(visitor);
}

static bool path_of(const struct visitors *visitors, const struct visitor *visitor, const char *file, char *path,
		    size_t room)
{
	return snprintf(path, room, "%s/%s%s", visitors->folder, visitor->name, file) < (int)room;
}

static bool read_info(const struct visitors *visitors, struct visitor *visitor)
{
	char path[PATH_MAX], text[INFO_MAX];
	AUTO_FD fd = -1;
	ssize_t size;

	if (!path_of(visitors, visitor, "/info", path, sizeof(path)))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	size = fd >= 0 ? read(fd, text, sizeof(text)) : -1;
	return size > 0 && !visitor_info_parse(text, (size_t)size, &visitor->info);
}

static void watch(struct visitors *visitors, struct visitor *visitor)
{
	char path[PATH_MAX];

	if (visitor->watch >= 0 || !path_of(visitors, visitor, "", path, sizeof(path)))
		return;
	visitor->watch = inotify_add_watch(visitors->inotify, path, IN_CREATE | IN_MODIFY | IN_ONLYDIR);
	if (visitor->watch >= 0)
		HASH_ADD(by_watch, visitors->by_watch, watch, sizeof(visitor->watch), visitor);
}

static void look_at(struct visitors *visitors, struct visitor *visitor, bool tell)
{
	/* Before it is read: the kernel makes the folder first and "info" in it then, and confirms the client later. */
	watch(visitors, visitor);
	if (!read_info(visitors, visitor) || !visitor->info.confirmed || visitor->told)
		return;
	visitor->told = true;
	unwatch(visitors, visitor);
	if (tell)
		visitors->say(&visitor->info, true, visitors->context);
}

static void came(struct visitors *visitors, const char *name, bool tell)
{
	struct visitor *visitor;

	HASH_FIND(by_name, visitors->by_name, name, strlen(name), visitor);
	if (visitor || strlen(name) >= sizeof(visitor->name) || strspn(name, "0123456789") != strlen(name) ||
	    HASH_CNT(by_name, visitors->by_name) >= VISITORS_MAX)
		return;
	visitor = calloc(1, sizeof(*visitor));
	if (!visitor)
		return;
	text_copy(visitor->name, sizeof(visitor->name), name);
	visitor->watch = -1;
	HASH_ADD(by_name, visitors->by_name, name[0], strlen(visitor->name), visitor);
	if (visitor->by_name.tbl)
		look_at(visitors, visitor, tell);
	else
		free(visitor);
}

static void went(struct visitors *visitors, const char *name)
{
	struct visitor *visitor;

	HASH_FIND(by_name, visitors->by_name, name, strlen(name), visitor);
	if (!visitor)
		return;
	if (visitor->told)
		visitors->say(&visitor->info, false, visitors->context);
	forget(visitors, visitor);
}

static void take_event(struct visitors *visitors, const struct inotify_event *event)
{
	struct visitor *visitor;

	if (event->wd != visitors->watch) {
		HASH_FIND(by_watch, visitors->by_watch, &event->wd, sizeof(event->wd), visitor);
		if (visitor)
			look_at(visitors, visitor, true);
	} else if (event->len && event->mask & IN_CREATE) {
		came(visitors, event->name, true);
	} else if (event->len) {
		went(visitors, event->name);
	}
}

void visitors_take(struct visitors *visitors)
{
	_Alignas(struct inotify_event) char buffer[8192];
	ssize_t size;

	while ((size = read(visitors->inotify, buffer, sizeof(buffer))) > 0) {
		const struct inotify_event *event;

		for (char *at = buffer; at < buffer + size; at += sizeof(*event) + event->len) {
			event = (const struct inotify_event *)(const void *)at;
			take_event(visitors, event);
		}
	}
}

int visitors_descriptor(const struct visitors *visitors)
{
	return visitors->inotify;
}

/* ---- start and end ------------------------------------------------------------------------------------ */

void visitors_free(struct visitors *visitors)
{
	struct visitor *visitor, *next;

	if (!visitors)
		return;
	HASH_ITER(by_name, visitors->by_name, visitor, next)
		forget(visitors, visitor);
	close_fd(&visitors->inotify);
	free(visitors->folder);
	free(visitors);
}

static void meet_all(struct visitors *visitors)
{
	DIR *folder = opendir(visitors->folder);
	struct dirent *entry;

	if (!folder)
		return;
	while ((entry = readdir(folder)))
		came(visitors, entry->d_name, false);
	closedir(folder);
}

int visitors_new(const char *folder, visitors_say *say, void *context, struct visitors **result, struct error *e)
{
	struct visitors *visitors = calloc(1, sizeof(*visitors));
	int r = 0;

	if (!visitors)
		return error_set(e, ENOMEM, "out of memory");
	visitors->say = say;
	visitors->context = context;
	visitors->folder = strdup(folder);
	visitors->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	visitors->watch = -1;
	if (visitors->inotify >= 0)
		visitors->watch = inotify_add_watch(visitors->inotify, folder, IN_CREATE | IN_DELETE);
	if (!visitors->folder || visitors->watch < 0)
		r = error_set(e, errno ? errno : ENOMEM, "cannot watch %s: %s", folder, strerror(errno));
	if (r) {
		visitors_free(visitors);
		return r;
	}
	meet_all(visitors);
	*result = visitors;
	return 0;
}
