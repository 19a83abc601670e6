/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/exportd/visitors.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/unit.h"

static const char confirmed[] = "clientid: 0x1a2b3c4d5e6f7081\naddress: \"[2001:db8::1]:700\"\nstatus: confirmed\n"
				"seconds from last renew: 0\nname: \"Linux NFSv4.2 a\\nclientid: 0\"\n"
				"minor version: 2\nImplementation domain: \"x\"\n";
static const char unconfirmed[] = "clientid: 0x1a2b3c4d5e6f7081\naddress: \"192.0.2.1:700\"\nstatus: unconfirmed\n"
				  "minor version: 1\n";

static void info(void **state)
{
	struct visitor_info info;

	(void)state;
	assert_int_equal(visitor_info_parse(confirmed, sizeof(confirmed) - 1, &info), 0);
	assert_string_equal(info.id, "0x1a2b3c4d5e6f7081");
	assert_string_equal(info.address, "\"[2001:db8::1]:700\"");
	assert_int_equal(info.minor, 2);
	assert_true(info.confirmed);
	assert_int_equal(visitor_info_parse(unconfirmed, sizeof(unconfirmed) - 1, &info), 0);
	assert_false(info.confirmed);
}

static void bad_info(void **state)
{
	static const char *const texts[] = {
		"",
		"clientid: 0x1\n",
		"clientid: 0x1\naddress: \"a\"\n",
		"address: \"a\"\nminor version: 1\n",
		"clientid: 0x1\naddress: \"192.0.2.1:7\x1b[2J\"\nminor version: 1\n",
		"clientid: 0x1\naddress: \"a\"\nminor version: 100\n",
		"clientid: 0x11111111111111111111111111\naddress: \"a\"\nminor version: 1\n",
		"clientid: 0x1\naddress: \"a\"\nminor version: one\n",
		"clientid:\naddress:\nminor version:\n",
	};
	struct visitor_info info;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_int_equal(visitor_info_parse(texts[i], strlen(texts[i]), &info), -EINVAL);
	for (size_t size = 0; size < sizeof(unconfirmed) - 3; size++) /* cut anywhere before the version */
		assert_int_equal(visitor_info_parse(unconfirmed, size, &info), -EINVAL);
}

/* ---- a folder of this test in the kernel's place -------------------------------------------------- */

static char folder[] = "/tmp/visitors.XXXXXX";
static char said[512];

static void note(const struct visitor_info *info, bool attached, void *context)
{
	size_t size = strlen(said);

	(void)context;
	snprintf(said + size, sizeof(said) - size, "%s v4.%u %s;", attached ? "+" : "-", info->minor, info->id);
}

static void make(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_int_equal(mkdir(path, 0700), 0);
}

static void put(const char *name, const char *text)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "%s/%s/info", folder, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void drop(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%s/info", folder, name);
	(void)unlink(path);
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_int_equal(rmdir(path), 0);
}

static void take(struct visitors *visitors)
{
	struct pollfd wait = { .fd = visitors_descriptor(visitors), .events = POLLIN };

	assert_int_equal(poll(&wait, 1, 5000), 1);
	visitors_take(visitors);
}

static void come_and_go(void **state)
{
	struct visitors *visitors;

	(void)state;
	assert_non_null(mkdtemp(folder));
	make("1");
	put("1", confirmed);
	assert_int_equal(visitors_new(folder, note, NULL, &visitors, NULL), 0);
	assert_string_equal(said, ""); /* it was there */
	make("2");
	take(visitors);
	assert_string_equal(said, "");
	put("2", unconfirmed);
	take(visitors);
	assert_string_equal(said, "");
	put("2", confirmed);
	take(visitors);
	assert_string_equal(said, "+ v4.2 0x1a2b3c4d5e6f7081;");
	put("2", confirmed);
	visitors_take(visitors);
	assert_string_equal(said, "+ v4.2 0x1a2b3c4d5e6f7081;");
	drop("2");
	take(visitors);
	assert_string_equal(said, "+ v4.2 0x1a2b3c4d5e6f7081;- v4.2 0x1a2b3c4d5e6f7081;");
	said[0] = '\0';
	make("3"); /* never confirmed: no word when it goes */
	put("3", unconfirmed);
	take(visitors);
	drop("3");
	take(visitors);
	make("x"); /* nothing of the kernel's */
	take(visitors);
	assert_string_equal(said, "");
	drop("x");
	drop("1");
	take(visitors);
	assert_string_equal(said, "- v4.2 0x1a2b3c4d5e6f7081;");
	visitors_free(visitors);
	assert_int_equal(rmdir(folder), 0);
	visitors_free(NULL);
}

static void no_folder(void **state)
{
	struct visitors *visitors = NULL;
	struct error e;

	(void)state;
	assert_int_equal(visitors_new("/nonexistent/clients", note, NULL, &visitors, &e), -ENOENT);
	assert_non_null(strstr(e.text, "/nonexistent/clients"));
	assert_null(visitors);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(info),
		cmocka_unit_test(bad_info),
		cmocka_unit_test(come_and_go),
		cmocka_unit_test(no_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
