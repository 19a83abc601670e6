/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void test_error_prefix(void **state)
{
	struct error e;

	(void)state;
	assert_int_equal(error_set(&e, ENOENT, "%s is missing", "x"), -ENOENT);
	assert_int_equal(error_prefix(&e, "[%s]", "client"), -ENOENT);
	assert_string_equal(e.text, "[client]: x is missing");
	assert_int_equal(error_set(NULL, EIO, "nobody listens"), -EIO);
}

static void test_strbuf_escapes(void **state)
{
	AUTO_STRBUF s = { 0 };
	char small[9];

	(void)state;
	strbuf_add_escaped(&s, "a\"b\\\n\xff", 6);
	assert_string_equal(s.text, "a\\x22b\\x5c\\x0a\\xff");
	text_escape(small, sizeof(small), "abc\n\n", 5);
	assert_string_equal(small, "abc\\x0a"); /* half an escape would mislead */
}

static void test_text_number(void **state)
{
	static const struct {
		const char *text;
		int result;
		long long value;
	} rows[] = {
		{ "0", 0, 0 },
		{ "42", 0, 42 },
		{ "-7", 0, -7 },
		{ "0x10", 0, 16 },
		{ "010", 0, 8 },
		{ "", -EINVAL, 0 },
		{ " 1", -EINVAL, 0 },
		{ "+1", -EINVAL, 0 },
		{ "1 ", -EINVAL, 0 },
		{ "1x", -EINVAL, 0 },
		{ "101", -EINVAL, 0 },
		{ "-101", -EINVAL, 0 },
		{ "99999999999999999999", -EINVAL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		long long value = 0;

		assert_int_equal(text_number(rows[i].text, -100, 100, &value), rows[i].result);
		assert_int_equal(value, rows[i].value);
	}
}

static void test_octal_escapes(void **state)
{
	static const struct {
		const char *text;
		size_t size;
		int byte;
	} rows[] = {
		{ "\\040", 4, ' ' },	{ "\\134x", 5, '\\' }, { "\\377", SIZE_MAX, 255 }, { "\\000", 4, 0 },
		{ "\\040", 3, -1 },	{ "\\400", 4, -1 },    { "\\08", SIZE_MAX, -1 },   { "\\0", SIZE_MAX, -1 },
		{ "\\", SIZE_MAX, -1 }, { "0400", 4, -1 },     { "", SIZE_MAX, -1 },	   { "\\0/0", 4, -1 },
	};
	char text[] = "/a\\040b\\011c\\134040\\08\\";

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(text_octal_escape(rows[i].text, rows[i].size), rows[i].byte);
	text_unescape_octal(text);
	assert_string_equal(text, "/a b\tc\\040\\08\\");
}

static void test_text_copy_and_compare(void **state)
{
	char small[4];

	(void)state;
	assert_true(text_copy(small, sizeof(small), "abc"));
	assert_false(text_copy(small, sizeof(small), "abcd"));
	assert_string_equal(small, "abc");
	assert_true(text_equal_nocase("Host.Example", "hOST.eXAMPLE"));
	assert_false(text_equal_nocase("host", "hosts"));
}

static void write_file(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void test_file_read(void **state)
{
	char folder[] = "/tmp/nfs-tls-base.XXXXXX", path[64];
	AUTO_BYTES b = { 0 };
	struct error e;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/key", folder);
	assert_int_equal(file_read(path, 10, FILE_ANY, &b, &e), -ENOENT);
	write_file(path, "secret", 0600);
	assert_int_equal(file_read(path, 10, FILE_PRIVATE, &b, &e), 0);
	assert_int_equal(b.size, 6);
	assert_string_equal((char *)b.data, "secret");
	assert_int_equal(file_read(path, 5, FILE_ANY, &(struct bytes){ 0 }, &e), -EFBIG);
	write_file(path, "secret", 0640);
	assert_int_equal(file_read(path, 10, FILE_PRIVATE, &(struct bytes){ 0 }, &e), -EPERM);
	assert_non_null(strstr(e.text, "chmod 600"));
	write_file(path, "secret", 0660);
	assert_int_equal(file_read(path, 10, FILE_TRUSTED, &(struct bytes){ 0 }, &e), -EPERM);
	assert_int_equal(file_read(folder, 10, FILE_ANY, &(struct bytes){ 0 }, &e), -EISDIR);
	unlink(path);
	rmdir(folder);
}

static void test_file_stamp(void **state)
{
	char path[] = "/tmp/nfs-tls-stamp.XXXXXX";
	struct file_stamp before, after;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	file_stamp_take(path, &before);
	file_stamp_take(path, &after);
	assert_true(file_stamp_equal(&before, &after));
	assert_int_equal(write(fd, "x", 1), 1);
	file_stamp_take(path, &after);
	assert_false(file_stamp_equal(&before, &after));
	close(fd);
	unlink(path);
	file_stamp_take(path, &after);
	assert_int_equal(after.inode, 0);
}

/* ---- replacing files ------------------------------------------------- */

static void put_text(const char *path, const char *text)
{
	struct error e;

	assert_int_equal(file_replace(path, text, strlen(text), 0600, &e), 0);
}

static void assert_text(const char *path, const char *text)
{
	AUTO_BYTES file = { 0 };
	struct error e;

	assert_int_equal(file_read(path, 100, FILE_PRIVATE, &file, &e), 0);
	assert_string_equal((const char *)file.data, text);
}

/* Only these are there, besides "." and "..". */
static void assert_entries(const char *folder, int wanted)
{
	DIR *entries = opendir(folder);
	int count = 0;

	assert_non_null(entries);
	while (readdir(entries))
		count++;
	closedir(entries);
	assert_int_equal(count - 2, wanted);
}

static void test_file_replace_all(void **state)
{
	char folder[] = "/tmp/nfs-tls-files.XXXXXX", first[64], link[64], last[64], blocked[64];
	const struct file_content files[] = {
		{ first, "1", 1, 0600 },
		{ link, "2", 1, 0600 },
		{ last, "3", 1, 0600 },
	};
	char target[8] = "";
	struct error e;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(first, sizeof(first), "%s/first", folder);
	snprintf(link, sizeof(link), "%s/link", folder);
	snprintf(last, sizeof(last), "%s/last", folder);
	snprintf(blocked, sizeof(blocked), "%s/last/full", folder);
	put_text(first, "old");
	assert_int_equal(symlink("first", link), 0);
	/* A folder with something in it cannot be renamed over: all others were in their places by then. */
	assert_int_equal(mkdir(last, 0700), 0);
	assert_int_equal(mkdir(blocked, 0700), 0);
	assert_true(file_replace_all(files, ARRAY_SIZE(files), &e) < 0);
	assert_non_null(strstr(e.text, "last.tmp to "));
	assert_text(first, "old");
	assert_int_equal(readlink(link, target, sizeof(target) - 1), 5);
	assert_string_equal(target, "first");
	assert_entries(folder, 3);
	/* What was not there is not there again. */
	assert_int_equal(unlink(first), 0);
	assert_true(file_replace_all(files, ARRAY_SIZE(files), &e) < 0);
	assert_entries(folder, 2);
	/* And with nothing in the way, beside what a crash has left. */
	assert_int_equal(rmdir(blocked), 0);
	assert_int_equal(rmdir(last), 0);
	snprintf(blocked, sizeof(blocked), "%s/first.old.tmp", folder);
	put_text(blocked, "of a crash");
	put_text(first, "old");
	assert_int_equal(file_replace_all(files, ARRAY_SIZE(files), &e), 0);
	assert_text(first, "1");
	assert_text(link, "2");
	assert_text(last, "3");
	assert_entries(folder, 3);
	unlink(first);
	unlink(link);
	unlink(last);
	assert_int_equal(rmdir(folder), 0);
}

/* What must be new replaces nothing, and what was put in place before it goes again. */
static void test_file_create_all(void **state)
{
	char folder[] = "/tmp/nfs-tls-files.XXXXXX", fresh[64], link[64];
	const struct file_content files[] = { { fresh, "1", 1, 0600 }, { link, "2", 1, 0600 } };
	char target[8] = "";
	struct error e;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(fresh, sizeof(fresh), "%s/fresh", folder);
	snprintf(link, sizeof(link), "%s/link", folder);
	assert_int_equal(symlink("nowhere", link), 0);
	assert_int_equal(file_create_all(files, ARRAY_SIZE(files), &e), -EEXIST);
	assert_non_null(strstr(e.text, "link is there already"));
	assert_int_equal(readlink(link, target, sizeof(target) - 1), 7);
	assert_entries(folder, 1);
	assert_int_equal(unlink(link), 0);
	assert_int_equal(file_create_all(files, ARRAY_SIZE(files), &e), 0);
	assert_text(fresh, "1");
	assert_text(link, "2");
	put_text(fresh, "old");
	assert_int_equal(file_create_all(files, ARRAY_SIZE(files), &e), -EEXIST);
	assert_text(fresh, "old");
	assert_text(link, "2");
	assert_entries(folder, 2);
	unlink(fresh);
	unlink(link);
	assert_int_equal(rmdir(folder), 0);
}

static void lists_of_texts(void **state)
{
	char list[16] = "", shown[32], small[16];
	char *copy;

	(void)state;
	assert_null(text_list_next(list, NULL));
	text_list_show(list, 0, shown, sizeof(shown));
	assert_string_equal(shown, "");
	text_list_show(list, 7, shown, sizeof(shown));
	assert_string_equal(shown, "+7");
	assert_true(text_list_add(list, sizeof(list), "one"));
	assert_true(text_list_add(list, sizeof(list), "t,o"));
	assert_false(text_list_add(list, sizeof(list), "seventh"));
	assert_true(text_list_add(list, sizeof(list), "sixth6"));
	assert_false(text_list_add(list, sizeof(list), "x"));
	assert_memory_equal(list, "one\0t,o\0sixth6\0", sizeof(list));
	assert_string_equal(text_list_next(list, NULL), "one");
	assert_string_equal(text_list_next(list, list), "t,o");
	assert_null(text_list_next(list, list + 8));
	copy = text_list_copy(list);
	assert_memory_equal(copy, list, sizeof(list));
	free(copy);
	text_list_show(list, 0, shown, sizeof(shown));
	assert_string_equal(shown, "one,t\\x2co,+1");
	text_list_show(list + 8, 0, shown, sizeof(shown));
	assert_string_equal(shown, "sixth6");
	text_list_show(list, 2, small, sizeof(small));
	assert_string_equal(small, "+5");
	text_list_show(list, UINT32_MAX - 3, small, 4); /* too small for anything */
	assert_true(strlen(small) < 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_error_prefix),	cmocka_unit_test(test_strbuf_escapes),
		cmocka_unit_test(test_text_number),	cmocka_unit_test(test_text_copy_and_compare),
		cmocka_unit_test(test_octal_escapes),	cmocka_unit_test(test_file_read),
		cmocka_unit_test(test_file_stamp),	cmocka_unit_test(test_file_replace_all),
		cmocka_unit_test(test_file_create_all), cmocka_unit_test(lists_of_texts),
	};

	return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
