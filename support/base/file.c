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

int file_read_rest(int fd, const char *path, size_t max, struct strbuf *text, struct error *e)
{
	size_t most = text->size + max;
	char part[16384];
	ssize_t got = 1;

	strbuf_add(text, "", 0);
	while (got && text->size <= most && !text->failed) {
		got = read(fd, part, sizeof(part));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_set(e, errno, "%s: %s", path, strerror(errno));
		strbuf_add(text, part, (size_t)got);
	}
	if (text->failed)
		return error_set(e, ENOMEM, "%s: out of memory", path);
	return text->size > most ? error_set(e, EFBIG, "%s: it is larger than %zu bytes", path, max) : 0;
}

int file_read_unsized(const char *path, size_t max, struct strbuf *text, struct error *e)
{
	AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd >= 0)
		return file_read_rest(fd, path, max, text, e);
	strbuf_add(text, "", 0);
	return error_set(e, errno, "%s: %s", path, strerror(errno));
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

/* A file on its way to its place: these paths are there, or can be, until it is. */
struct replacement {
	const struct file_content *file;
	char *new, *old;
	bool is_new; /* nothing may be there */
	bool linked; /* old is a second name of what was there */
};

static void replacements_free(struct replacement *all, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(all[i].new);
		free(all[i].old);
	}
	free(all);
}

static struct replacement *replacements_name(const struct file_content *files, size_t count, bool are_new)
{
	struct replacement *all = calloc(count, sizeof(*all));
	bool failed = !all;

	for (size_t i = 0; !failed && i < count; i++) {
		all[i].file = &files[i];
		all[i].is_new = are_new;
		if (asprintf(&all[i].new, "%s.tmp", files[i].path) < 0)
			all[i].new = NULL;
		if (asprintf(&all[i].old, "%s.old.tmp", files[i].path) < 0)
			all[i].old = NULL;
		failed = !all[i].new || !all[i].old;
	}
	if (!failed)
		return all;
	if (all)
		replacements_free(all, count);
	return NULL;
}

static int write_replacement(const struct replacement *one, struct error *e)
{
	const struct file_content *file = one->file;
	int r = remove_left_over(one->new, e);

	return r ? r : write_new(one->new, file->data, file->size, file->mode, e);
}

/* A second name for what is there, a link being one itself, by which it comes back. */
static int keep_old(struct replacement *one, struct error *e)
{
	int r = remove_left_over(one->old, e);

	if (r)
		return r;
	one->linked = link(one->file->path, one->old) == 0;
	return one->linked || errno == ENOENT ?
		       0 :
		       error_set(e, errno, "cannot link %s to %s: %s", one->old, one->file->path, strerror(errno));
}

/* In one step, so that it replaces nothing, whoever puts something there meanwhile. */
static int rename_to_new(const char *from, const char *to)
{
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return 0;
	/* Some file systems, as NFS, have only the older way. */
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	if (link(from, to) < 0)
		return -1;
	(void)unlink(from);
	return 0;
}

static int put_in_place(const struct replacement *one, struct error *e)
{
	const char *path = one->file->path;

	if ((one->is_new ? rename_to_new(one->new, path) : rename(one->new, path)) == 0)
		return 0;
	if (one->is_new && errno == EEXIST)
		return error_set(e, EEXIST, "%s is there already", path);
	return error_set(e, errno, "cannot rename %s to %s: %s", one->new, path, strerror(errno));
}

/* What cannot be put back stays at its second name.  *e has already why it should be, and this is added. */
static void put_back(struct replacement *one, struct error *e)
{
	if ((one->linked ? rename(one->old, one->file->path) : unlink(one->file->path)) < 0)
		error_prefix(e, "%s cannot be put back (%s)", one->file->path, strerror(errno));
	one->linked = false;
}

/* Nothing is kept of the last one: when it is in its place, all are. */
static int put_all_in_place(struct replacement *all, size_t count, struct error *e)
{
	size_t done = 0;
	int r = 0;

	for (size_t i = 0; !r && i + 1 < count; i++)
		r = all[i].is_new ? 0 : keep_old(&all[i], e);
	while (!r && done < count) {
		r = put_in_place(&all[done], e);
		done += !r;
	}
	while (r && done)
		put_back(&all[--done], e);
	return r;
}

static int sync_folders(const struct file_content *files, size_t count, struct error *e)
{
	int r = 0;

	for (size_t i = 0; !r && i < count; i++)
		r = sync_folder_of(files[i].path, e);
	return r;
}

static void remove_temporary(const struct replacement *all, size_t count, bool replaced)
{
	for (size_t i = 0; i < count; i++) {
		if (!replaced)
			unlink(all[i].new);
		if (all[i].linked)
			unlink(all[i].old);
	}
}

static int put_all(const struct file_content *files, size_t count, bool are_new, struct error *e)
{
	struct replacement *all = replacements_name(files, count, are_new);
	int r = 0;

	if (!all)
		return error_set(e, ENOMEM, "out of memory");
	for (size_t i = 0; !r && i < count; i++)
		r = write_replacement(&all[i], e);
	if (!r)
		r = put_all_in_place(all, count, e);
	remove_temporary(all, count, !r);
	replacements_free(all, count);
	return r ? r : sync_folders(files, count, e);
}

int file_replace_all(const struct file_content *files, size_t count, struct error *e)
{
	return put_all(files, count, false, e);
}

int file_create_all(const struct file_content *files, size_t count, struct error *e)
{
	return put_all(files, count, true, e);
}

int file_replace(const char *path, const void *data, size_t size, mode_t mode, struct error *e)
{
	const struct file_content file = { .path = path, .data = data, .size = size, .mode = mode };

	return file_replace_all(&file, 1, e);
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
	return a->device == b->device && a->inode == b->inode && a->size == b->size && a->changed_ns == b->changed_ns &&
	       a->modified_ns == b->modified_ns;
}

bool standard_descriptors_fill(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		/* Those below are open, so that this is the number that open(2) gives. */
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == STDOUT_FILENO ? O_RDONLY : O_RDWR) != fd)
			return false;
	}
	return true;
}
