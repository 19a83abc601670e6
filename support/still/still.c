/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/still/still.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include <uthash.h>

#define LOOK_MS 100 /* how often those who wait look */
#define SECOND_NS 1000000000
#define DAY_MS 86400000

/* Of a file of which nothing is known: no difference of two times is beyond what an int64_t holds. */
#define LONG_AGO_MS (INT64_MIN / 4)

/* Some file systems count in steps of up to two seconds (FAT; NFS of such a server): then no fraction is left. */
#define COARSE_MS 2000

#ifndef XFS_SUPER_MAGIC
#define XFS_SUPER_MAGIC 0x58465342
#endif

struct still_file {
	char *path;
	struct file_stamp stamp;
	int64_t since_ms;   /* clock_ms(): it has been so since then at the latest, as far as is known */
	int64_t doubted_ms; /* whatever its times say, it was not still then: it was open for writing */
	UT_hash_handle hh;
};

static bool is_missing(const struct file_stamp *stamp)
{
	return !stamp->inode && !stamp->device;
}

/* ---- when something changed ------------------------------------------------ */

static int64_t nanoseconds(const struct timespec *t)
{
	return (int64_t)t->tv_sec * SECOND_NS + t->tv_nsec;
}

/* A file that is gone was taken out of the nearest folder that is there; false where none can be looked at. */
static bool folder_changed_ns(const char *path, int64_t *ns)
{
	AUTO_FREE char *folder = strdup(path);
	struct stat st;
	char *slash;

	while (folder && (slash = strrchr(folder, '/'))) {
		slash[slash == folder] = '\0';
		if (!stat(folder, &st)) {
			*ns = nanoseconds(&st.st_ctim);
			return true;
		}
		if (slash == folder)
			break;
	}
	return false;
}

/* The later of the two times at which the file was changed and, if the path is a link, the link was. */
static bool changed_ns(const char *path, const struct file_stamp *stamp, int64_t *ns)
{
	struct stat link;

	if (is_missing(stamp))
		return folder_changed_ns(path, ns);
	*ns = stamp->changed_ns;
	if (!lstat(path, &link) && S_ISLNK(link.st_mode) && nanoseconds(&link.st_ctim) > *ns)
		*ns = nanoseconds(&link.st_ctim);
	return true;
}

/*
 * A change that seems to come is one of a moment ago, by a clock that was set back or another host's.  One that seems
 * to come in more than a day is none of this moment: whoever writes now has the time of now.
 */
static int64_t since(const char *path, const struct file_stamp *stamp)
{
	int64_t now = clock_ms(), changed, age;

	if (!changed_ns(path, stamp, &changed))
		return now;
	age = clock_day_ms() - changed / 1000000;
	if (changed % SECOND_NS == 0)
		age -= COARSE_MS;
	return age > 0 || age < -DAY_MS ? now - llabs(age) : now;
}

/* The times of files and folders tell of a file that has not changed that it is older than it was known to be. */
static void look(struct still_file *file)
{
	struct file_stamp stamp;
	int64_t since_ms;

	file_stamp_take(file->path, &stamp);
	if (file_stamp_equal(&stamp, &file->stamp) && file->since_ms <= clock_ms() - STILL_MS)
		return;
	since_ms = since(file->path, &stamp);
	if (!file_stamp_equal(&stamp, &file->stamp) || since_ms < file->since_ms)
		file->since_ms = since_ms;
	file->stamp = stamp;
}

static int64_t latest_of(const struct still_file *file)
{
	return file->doubted_ms > file->since_ms ? file->doubted_ms : file->since_ms;
}

/* ---- who writes -------------------------------------------------------------- */

/*
 * Only of these file systems "no lease" means "open for writing" (fs/locks.c check_conflicting_open()); of others it
 * can mean that their server gave none.
 */
static bool tells_writers(int fd)
{
	struct statfs system;

	if (fstatfs(fd, &system) < 0)
		return false;
	switch ((unsigned long)system.f_type & 0xffffffffUL) {
	case EXT4_SUPER_MAGIC:
	case XFS_SUPER_MAGIC:
	case BTRFS_SUPER_MAGIC:
	case F2FS_SUPER_MAGIC:
	case TMPFS_MAGIC:
	case RAMFS_MAGIC:
	case OVERLAYFS_SUPER_MAGIC:
		return true;
	default:
		return false;
	}
}

/*
 * A read lease is given only while nobody has the file open for writing, and is given back at once.  What cannot be
 * found out so, for want of the right or of leases, is not known, and the file then counts as nobody's.
 */
static bool is_open_for_writing(const char *path)
{
	AUTO_FD fd = -1;
	struct stat st;

	if (stat(path, &st) < 0 || (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)))
		return false;
	/* Of a folder, too: what a server of files has it say is up to date only then (nfs(5), close-to-open). */
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || !S_ISREG(st.st_mode))
		return false;
	/* Whoever opens it in this instant would have SIGIO sent, which ends a process; this signal does nothing. */
	if (fcntl(fd, F_SETSIG, SIGURG) < 0)
		return false;
	if (fcntl(fd, F_SETLEASE, F_RDLCK) < 0)
		return errno == EAGAIN && tells_writers(fd);
	(void)fcntl(fd, F_SETLEASE, F_UNLCK);
	return false;
}

/* ---- the set -------------------------------------------------------------------- */

static void file_free(struct still_file *file)
{
	if (file)
		free(file->path);
	free(file);
}

int still_add(struct still *still, const char *path)
{
	struct still_file *file;

	HASH_FIND_STR(still->files, path, file);
	if (file)
		return 0;
	file = calloc(1, sizeof(*file));
	if (file)
		file->path = strdup(path);
	if (!file || !file->path) {
		file_free(file);
		return -ENOMEM;
	}
	/* What is missing at the first look has most likely always been. */
	file->since_ms = file->doubted_ms = LONG_AGO_MS;
	look(file);
	HASH_ADD_KEYPTR(hh, still->files, file->path, strlen(file->path), file);
	if (file->hh.tbl)
		return 0;
	file_free(file); /* out of memory: it is not in the table */
	return -ENOMEM;
}

bool still_changed(const struct still *still)
{
	for (const struct still_file *file = still->files; file; file = file->hh.next) {
		struct file_stamp now;

		file_stamp_take(file->path, &now);
		if (!file_stamp_equal(&now, &file->stamp))
			return true;
	}
	return false;
}

void still_look(struct still *still)
{
	for (struct still_file *file = still->files; file; file = file->hh.next)
		look(file);
}

int still_check(struct still *still, int64_t begin_ms, struct error *e)
{
	for (struct still_file *file = still->files; file; file = file->hh.next) {
		if (!is_open_for_writing(file->path))
			continue;
		file->doubted_ms = clock_ms();
		return error_set(e, EBUSY,
				 "%s is being written: a process has it open (fuser -v %s): try again when it"
				 " is complete",
				 file->path, file->path);
	}
	still_look(still);
	for (const struct still_file *file = still->files; file; file = file->hh.next)
		if (latest_of(file) > begin_ms - STILL_MS)
			return error_set(e, EBUSY,
					 "%s has just been changed, and more may follow: try again when it "
					 "has been still for %d seconds",
					 file->path, STILL_MS / 1000);
	return 0;
}

void still_doubt(struct still *still)
{
	for (struct still_file *file = still->files; file; file = file->hh.next)
		file->doubted_ms = clock_ms();
}

int still_left_ms(const struct still *still)
{
	int64_t latest = LONG_AGO_MS, left;

	for (const struct still_file *file = still->files; file; file = file->hh.next)
		if (latest_of(file) > latest)
			latest = latest_of(file);
	left = latest + STILL_MS - clock_ms();
	return left > 0 ? (int)left : 0;
}

void still_wait(struct still *still, int64_t until_ms)
{
	int64_t now = clock_ms(), left;

	still_look(still);
	for (left = still_left_ms(still); left && now < until_ms; left = still_left_ms(still)) {
		const int64_t pause = left < LOOK_MS ? left : LOOK_MS;

		/* Woken early, it looks once more. */
		(void)nanosleep(&(struct timespec){ .tv_nsec = pause * 1000000 }, NULL);
		now = clock_ms();
		still_look(still);
	}
}

int still_read(still_reader *read, void *context, struct error *e)
{
	const int64_t until = clock_ms() + STILL_MOST_MS;
	AUTO_STILL files = { 0 };
	struct error busy;

	for (;;) {
		const int64_t begin = clock_ms();
		int r = read(context, &files, e);

		/* What is wrong with a file that is not complete says nothing. */
		if (!still_check(&files, begin, &busy))
			return r;
		if (clock_ms() >= until)
			return error_set(e, EBUSY, "%s", busy.text);
		still_wait(&files, until);
	}
}

void still_inherit(struct still *still, const struct still *before)
{
	for (struct still_file *file = still->files; file; file = file->hh.next) {
		const struct still_file *known;

		HASH_FIND_STR(before->files, file->path, known);
		if (!known || !file_stamp_equal(&known->stamp, &file->stamp))
			continue;
		file->since_ms = known->since_ms;
		file->doubted_ms = known->doubted_ms;
	}
}

unsigned int still_count(const struct still *still)
{
	return HASH_COUNT(still->files);
}

void still_free(struct still *still)
{
	struct still_file *file, *next;

	HASH_ITER(hh, still->files, file, next) {
		HASH_DEL(still->files, file);
		file_free(file);
	}
}
