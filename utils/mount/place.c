/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/mount/place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "utils/mount/mount_api.h"

int place_open(const char *resolved)
{
	const struct api_open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
		.resolve = API_RESOLVE_NO_SYMLINKS,
	};
	int fd = (int)syscall(SYS_openat2, AT_FDCWD, resolved, &how, sizeof(how));

	return fd < 0 ? -errno : fd;
}

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
