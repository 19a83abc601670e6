/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static int check_owner_and_mode(const char *path, const struct stat *st, enum file_check check, struct error *e)
{
	if (check == FILE_ANY)
		return 0;
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return error_set(e, EPERM, "%s is owned by uid %u: it must belong to root (chown root %s)", path,
				 (unsigned int)st->st_uid, path);
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return error_set(e, EPERM, "%s can be written by others than root (mode %04o): chmod go-w %s", path,
				 (unsigned int)st->st_mode & 07777, path);
	if (check == FILE_PRIVATE && (st->st_mode & (S_IRWXG | S_IRWXO)))
		return error_set(e, EPERM, "%s can be read by others than root (mode %04o): chmod 600 %s", path,
				 (unsigned int)st->st_mode & 07777, path);
	return 0;
}

static int check_kind(const char *path, const struct stat *st, size_t max, struct error *e)
{
	if (S_ISDIR(st->st_mode))
		return error_set(e, EISDIR, "%s is a folder, not a file", path);
	if (!S_ISREG(st->st_mode))
		return error_set(e, EINVAL, "%s is not a regular file", path);
	if ((uintmax_t)st->st_size > max)
		return error_set(e, EFBIG, "%s is larger than %zu bytes", path, max);
	return 0;
}

/* Reads until the end of the file or until one byte more than expected arrived. */
static int read_all(int fd, const char *path, size_t max, struct bytes *out, struct error *e)
{
	AUTO_BYTES whole = { 0 };
	size_t used = 0;
	ssize_t got;

	if (bytes_alloc(&whole, max + 1))
		return error_set(e, ENOMEM, "out of memory while reading %s", path);
	while (used <= max) {
		got = read(fd, whole.data + used, max + 1 - used);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_set(e, errno, "cannot read %s: %s", path, strerror(errno));
		if (!got)
			break;
		used += (size_t)got;
	}
	if (used > max)
		return error_set(e, EFBIG, "%s grew while it was read", path);
	if (bytes_copy(out, whole.data, used))
		return error_set(e, ENOMEM, "out of memory while reading %s", path);
	return 0;
}

int file_read(const char *path, size_t max, enum file_check check, struct bytes *out, struct error *e)
{
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	int r;

	if (fd < 0)
		return error_set(e, errno, "cannot open %s: %s", path, strerror(errno));
	if (fstat(fd, &st) < 0)
		return error_set(e, errno, "cannot examine %s: %s", path, strerror(errno));
	r = check_kind(path, &st, max, e);
	if (!r)
		r = check_owner_and_mode(path, &st, check, e);
	/* A little room, so that a file that is being appended to is noticed and not cut. */
	return r ? r : read_all(fd, path, (size_t)st.st_size, out, e);
}

int file_read_unsized(const char *path, size_t max, struct strbuf *text, struct error *e)
{
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	size_t most = text->size + max;
	char part[16384];
	ssize_t got = 1;

	strbuf_add(text, "", 0);
	while (fd >= 0 && got && text->size <= most && !text->failed) {
		got = read(fd, part, sizeof(part));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			break;
		strbuf_add(text, part, (size_t)got);
	}
	if (fd < 0 || got < 0)
		return error_set(e, errno, "%s: %s", path, strerror(errno));
	if (text->failed)
		return error_set(e, ENOMEM, "%s: out of memory", path);
	return text->size > most ? error_set(e, EFBIG, "%s: it is larger than %zu bytes", path, max) : 0;
}

static int write_all(int fd, const unsigned char *data, size_t size)
{
	while (size) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			data += n;
			size -= (size_t)n;
		}
	}
	return 0;
}

/* Of a call that was killed; or put there by somebody who wants to read along. */
static int remove_left_over(const char *path, struct error *e)
{
	return unlink(path) == 0 || errno == ENOENT ?
		       0 :
		       error_set(e, errno, "cannot remove %s, which is in the way: %s", path, strerror(errno));
}

/* Everything of the new file is on the disk when this returns, and nobody else has had it open. */
static int write_new(const char *path, const void *data, size_t size, mode_t mode, struct error *e)
{
	AUTO_FD fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	int r;

	if (fd < 0)
		return error_set(e, errno, "cannot create %s: %s", path, strerror(errno));
	r = write_all(fd, data, size);
	if (!r && fchmod(fd, mode) < 0)
		r = -errno;
	if (!r && fsync(fd) < 0)
		r = -errno;
	return r ? error_set(e, -r, "cannot write %s: %s", path, strerror(-r)) : 0;
}

/* A rename is on the disk only when its folder is. */
static int sync_folder_of(const char *path, struct error *e)
{
	const char *slash = strrchr(path, '/');
	AUTO_FREE char *folder = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
	AUTO_FD fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (!folder)
		return error_set(e, ENOMEM, "out of memory");
	/* Some file systems have no such thing: there is nothing more to be done then. */
	if (fd < 0 || (fsync(fd) < 0 && errno != EINVAL && errno != EROFS))
		return error_set(e, errno, "cannot sync %s: %s", folder, strerror(errno));
	return 0;
}

int file_replace(const char *path, const void *data, size_t size, mode_t mode, struct error *e)
{
	AUTO_FREE char *new = NULL;
	int r;

	if (asprintf(&new, "%s.tmp", path) < 0) {
		new = NULL;
		return error_set(e, ENOMEM, "out of memory");
	}
	r = remove_left_over(new, e);
	if (r)
		return r;
	r = write_new(new, data, size, mode, e);
	if (!r && rename(new, path) < 0)
		r = error_set(e, errno, "cannot rename %s to %s: %s", new, path, strerror(errno));
	if (r) {
		unlink(new);
		return r;
	}
	return sync_folder_of(path, e);
}

int file_lock(const char *path, struct error *e)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600), r;

	if (fd < 0)
		return error_set(e, errno, "cannot open %s: %s", path, strerror(errno));
	do {
		r = flock(fd, LOCK_EX);
	} while (r < 0 && errno == EINTR);
	if (!r)
		return fd;
	r = error_set(e, errno, "cannot lock %s: %s", path, strerror(errno));
	close(fd);
	return r;
}

int folder_check(const char *path, struct error *e)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return error_set(e, errno, "cannot examine %s: %s", path, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return error_set(e, ENOTDIR, "%s is not a folder", path);
	return check_owner_and_mode(path, &st, FILE_TRUSTED, e);
}

static int64_t nanoseconds(const struct timespec *t)
{
	return (int64_t)t->tv_sec * 1000000000 + t->tv_nsec;
}

void file_stamp_take(const char *path, struct file_stamp *stamp)
{
	struct stat st;

	memset(stamp, 0, sizeof(*stamp));
	if (stat(path, &st) < 0)
		return;
	stamp->device = st.st_dev;
	stamp->inode = st.st_ino;
	stamp->size = (uint64_t)st.st_size;
	stamp->changed_ns = nanoseconds(&st.st_ctim);
	stamp->modified_ns = nanoseconds(&st.st_mtim);
}

bool file_stamp_equal(const struct file_stamp *a, const struct file_stamp *b)
{
	return a->device == b->device && a->inode == b->inode && a->size == b->size &&
	       a->changed_ns == b->changed_ns && a->modified_ns == b->modified_ns;
}

bool standard_descriptors_fill(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
	return fd >= 0;
}
