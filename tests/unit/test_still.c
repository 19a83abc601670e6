/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "support/still/still.h"
#include "tests/unit/unit.h"

/* In memory: there the kernel tells who writes. */
static char folder[] = "/dev/shm/test_still.XXXXXX";
static char path[64], other[64];

static void put(const char *at, const char *text)
{
	int fd = open(at, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static int set_up(void **state)
{
	(void)state;
	snprintf(path, sizeof(path), "%s/file", folder);
	snprintf(other, sizeof(other), "%s/other", folder);
	put(path, "text");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	(void)unlink(path);
	(void)unlink(other);
	return 0;
}

static void add(struct still *still, const char *at)
{
	assert_int_equal(still_add(still, at), 0);
}

static void wait_until_still(struct still *still)
{
	struct error e;

	still_wait(still, clock_ms() + STILL_MOST_MS);
	assert_int_equal(still_left_ms(still), 0);
	if (still_check(still, clock_ms(), &e))
		fail_msg("%s", e.text);
}

static void is_busy(struct still *still, int64_t begin, const char *words)
{
	struct error e = { .text = "" };

	assert_int_equal(still_check(still, begin, &e), -EBUSY);
	if (!strstr(e.text, words))
		fail_msg("%s", e.text);
}

/* What is old, or was never there, costs nothing. */
static void old_files(void **state)
{
	AUTO_STILL still = { 0 };
	int64_t begin = clock_ms();
	struct error e;

	(void)state;
	add(&still, "/proc/self/nothing-such");
	add(&still, "/bin/sh");
	add(&still, "/bin");
	assert_int_equal(still_check(&still, begin, &e), 0);
	assert_int_equal(still_left_ms(&still), 0);
	still_wait(&still, begin + STILL_MOST_MS);
	assert_true(clock_ms() - begin < STILL_MS / 2);
	assert_int_equal(still_count(&still), 3);
}

static void a_new_file(void **state)
{
	/* Times that can be set do not count, and least of all those that are still to come. */
	const struct timespec times[2] = { { .tv_sec = time(NULL) + 1000000 }, { .tv_sec = time(NULL) + 1000000 } };
	AUTO_STILL still = { 0 };
	int64_t begin;

	(void)state;
	add(&still, path);
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
	is_busy(&still, clock_ms(), "has just been changed");
	assert_in_range(still_left_ms(&still), 1, STILL_MS);
	begin = clock_ms();
	wait_until_still(&still);
	assert_in_range(clock_ms() - begin, STILL_MS / 2, STILL_MS * 2);
	/* What was read before it was still does not count. */
	is_busy(&still, begin, "has just been changed");
	assert_false(still_changed(&still));
	put(path, "another");
	assert_true(still_changed(&still));
	is_busy(&still, clock_ms(), "has just been changed");
	assert_false(still_changed(&still));
}

static void what_is_moved_away(void **state)
{
	AUTO_STILL still = { 0 }, next = { 0 };

	(void)state;
	add(&still, path);
	wait_until_still(&still);
	assert_int_equal(rename(path, other), 0);
	is_busy(&still, clock_ms(), "file has just been changed");
	/* Another look at what is missing does not make it older. */
	add(&next, path);
	assert_int_equal(still_left_ms(&next), 0);
	still_inherit(&next, &still);
	assert_in_range(still_left_ms(&next), STILL_MS / 2, STILL_MS);
	wait_until_still(&next);
	assert_int_equal(rename(other, path), 0);
	is_busy(&still, clock_ms(), "file has just been changed");
}

static void a_link(void **state)
{
	AUTO_STILL still = { 0 };

	(void)state;
	assert_int_equal(symlink("/bin/sh", other), 0);
	add(&still, other);
	is_busy(&still, clock_ms(), "other has just been changed");
}

static void a_folder(void **state)
{
	AUTO_STILL still = { 0 };

	(void)state;
	add(&still, folder);
	wait_until_still(&still);
	put(other, "one more");
	is_busy(&still, clock_ms(), "has just been changed");
}

/* A writer that takes its time. */
static void an_open_file(void **state)
{
	AUTO_STILL still = { 0 };
	int fd;

	(void)state;
	add(&still, path);
	wait_until_still(&still);
	fd = open(path, O_WRONLY);
	assert_true(fd >= 0);
	is_busy(&still, clock_ms(), "file is being written: a process has it open");
	assert_in_range(still_left_ms(&still), STILL_MS / 2, STILL_MS);
	close(fd);
	/* Who only reads is not in the way; and neither are we in that of a writer. */
	fd = open(path, O_RDONLY);
	wait_until_still(&still);
	close(fd);
	fd = open(path, O_WRONLY | O_NONBLOCK);
	assert_true(fd >= 0);
	close(fd);
}

static void who_never_stops(void **state)
{
	AUTO_STILL still = { 0 };
	int64_t begin = clock_ms();

	(void)state;
	add(&still, path);
	still_wait(&still, begin + 300);
	assert_in_range(clock_ms() - begin, 290, 1500);
	assert_true(still_left_ms(&still) > 0);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(old_files), TEST(a_new_file),   TEST(what_is_moved_away), TEST(a_link),
		TEST(a_folder),	 TEST(an_open_file), TEST(who_never_stops),
	};
	int failed;

	if (!mkdtemp(folder))
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	return rmdir(folder) ? 1 : failed;
}
