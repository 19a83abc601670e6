/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

#include "support/mounts/mounts.h"

static void devices_are_split_at_the_first_colon(void **state)
{
	static const struct {
		const char *text, *host, *path;
		bool several;
	} cases[] = {
		{ "server:/export", "server", "/export", false },
		{ "server:/a:b", "server", "/a:b", false },
		{ "server:export", "server", "export", false },
		{ "server:", "server", "", false },
		{ "192.0.2.2:/", "192.0.2.2", "/", false },
		{ "[2001:db8::2]:/e", "2001:db8::2", "/e", false },
		{ "[fe80::1%eth0]:/e", "fe80::1%eth0", "/e", false },
		{ "[a,b]:/e", "a,b", "/e", false },
		{ "a,b:/e", "a", "/e", true },
		{ "a:/x,y", "a", "/x,y", false },
		{ "nfs:/e", "nfs", "/e", false },
		{ "nfs:/", "nfs", "/", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct mount_device device;
		struct error e;

		assert_int_equal(mount_device_parse(cases[i].text, strlen(cases[i].text), &device, &e), 0);
		assert_string_equal(device.host, cases[i].host);
		assert_string_equal(device.path, cases[i].path);
		assert_int_equal(device.several_hosts, cases[i].several);
	}
}

static void bad_devices_say_why_and_change_nothing(void **state)
{
	static const char form[] = "remote share not in 'host:dir' format";
	static const struct {
		const char *text;
		size_t size;
		const char *why;
	} cases[] = {
		{ "", 0, form },
		{ "server", 6, form },
		{ "/export", 7, form },
		{ ":/export", 8, form },
		{ ",b:/export", 10, form },
		{ "[]:/export", 10, form },
		{ "[::1]/c", 7, form },
		{ "[::1]", 5, form },
		{ "[::1]x:/c", 9, form },
		{ "a\0b:/c", 6, form },
		{ "[::1/c", 6, "closing bracket missing from server address" },
		{ "nfs://server/c", 14, "NFS URLs are not supported" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct mount_device device = { .host = "before" };
		struct error e = { 0 };

		assert_int_equal(mount_device_parse(cases[i].text, cases[i].size, &device, &e), -EINVAL);
		assert_non_null(strstr(e.text, cases[i].why));
		assert_string_equal(device.host, "before");
	}
}

/* A text of count letters, then the rest. */
static int parse_long(size_t host, size_t path, struct error *e)
{
	AUTO_STRBUF text = { 0 };
	struct mount_device device;

	for (size_t i = 0; i < host; i++)
		strbuf_add(&text, "h", 1);
	strbuf_add(&text, ":", 1);
	for (size_t i = 0; i < path; i++)
		strbuf_add(&text, "/", 1);
	assert_false(text.failed);
	return mount_device_parse(text.text, text.size, &device, e);
}

static void lengths_are_limited(void **state)
{
	struct error e = { 0 };

	(void)state;
	assert_int_equal(parse_long(MOUNT_HOST_MAX, MOUNT_PATH_MAX, &e), 0);
	assert_int_equal(parse_long(MOUNT_HOST_MAX + 1, 1, &e), -ENAMETOOLONG);
	assert_non_null(strstr(e.text, "hostname"));
	assert_int_equal(parse_long(1, MOUNT_PATH_MAX + 1, &e), -ENAMETOOLONG);
	assert_non_null(strstr(e.text, "pathname"));
}

static void servers_are_compared_as_certificates_are(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} cases[] = {
		{ "server", "server", true },
		{ "Server.Example.COM", "server.example.com.", true },
		{ "server.example.com.", "SERVER.example.com.", true },
		{ "server", "server.example.com", false },
		{ "server..", "server", false },
		{ "127.0.0.1", "127.0.0.1", true },
		{ "127.0.0.1", "127.1", false },
		{ "127.0.0.1", "localhost", false },
		{ "::1", "0:0:0:0:0:0:0:1", true },
		{ "[2001:DB8::1]", "2001:db8:0::1", true },
		{ "fe80::1%eth0", "fe80::1", true },
		{ "::ffff:127.0.0.1", "127.0.0.1", false },
		{ "", "", false },
		{ ".", ".", true },
		{ "a", "", false },
	};
	char long_name[MOUNT_HOST_MAX + 3];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(mount_same_host(cases[i].a, cases[i].b), cases[i].same);
		assert_int_equal(mount_same_host(cases[i].b, cases[i].a), cases[i].same);
	}
	memset(long_name, 'a', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	assert_false(mount_same_host(long_name, long_name));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(devices_are_split_at_the_first_colon),
		cmocka_unit_test(bad_devices_say_why_and_change_nothing),
		cmocka_unit_test(lengths_are_limited),
		cmocka_unit_test(servers_are_compared_as_certificates_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
