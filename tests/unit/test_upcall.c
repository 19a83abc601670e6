/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "support/upcall/upcall.h"

static int parse(enum upcall_cache cache, const char *line, struct upcall_request *request)
{
	return upcall_text_parse(cache, line, strlen(line), request, NULL);
}

static void assert_answer(const struct upcall_request *request, const struct upcall_answer *answer, const char *wanted)
{
	AUTO_STRBUF line = { 0 };

	assert_int_equal(upcall_text_format(request, answer, &line, NULL), 0);
	assert_string_equal(line.text, wanted);
}

static void clients(void **state)
{
	struct upcall_answer answer = { .expiry = 1795389002, .domain = "*,a b\\" };
	struct upcall_request request;

	(void)state;
	assert_int_equal(parse(UPCALL_CLIENT, "nfsd 127.0.0.1\n", &request), 0);
	assert_string_equal(request.class, "nfsd");
	assert_string_equal(request.address, "127.0.0.1");
	assert_answer(&request, &answer, "nfsd 127.0.0.1 1795389002 *,a\\040b\\134 \n");
	answer.negative = true;
	assert_answer(&request, &answer, "nfsd 127.0.0.1 1795389002 \n");
	upcall_request_free(&request);
}

static void groups(void **state)
{
	const uint32_t some[] = { 7, 4294967295u };
	struct upcall_answer answer = { .expiry = 9, .groups = some, .group_count = 2 };
	struct upcall_request request;

	(void)state;
	assert_int_equal(parse(UPCALL_GROUPS, "4294967294\n", &request), 0);
	assert_int_equal(request.uid, 4294967294u);
	assert_answer(&request, &answer, "4294967294 9 2 7 4294967295 \n");
	answer.group_count = 0;
	assert_answer(&request, &answer, "4294967294 9 0 \n");
}

static void handles(void **state)
{
	struct upcall_answer answer = { .expiry = UPCALL_NEVER, .path = "/srv/a\nb" };
	struct upcall_request request;

	(void)state;
	assert_int_equal(parse(UPCALL_HANDLE, "*,10.0.0.0/8 1 \\x00000000\n", &request), 0);
	assert_string_equal(request.domain, "*,10.0.0.0/8");
	assert_int_equal(request.fsid_type, 1);
	assert_int_equal(request.fsid_size, 4);
	assert_answer(&request, &answer, "*,10.0.0.0/8 1 \\x00000000 2147483647 /srv/a\\012b \n");
	upcall_request_free(&request);
}

static void exports(void **state)
{
	const struct upcall_location locations[] = { { "a:b", "/one" }, { "c", "/two" } };
	struct upcall_answer answer = {
		.expiry = 1795389306,
		.flags = 1056,
		.anonuid = 65534,
		.anongid = -2,
		.sec = { { 1, 1056 }, { 390005, 1057 } },
		.sec_count = 2,
		.xprtsec = 6,
		.has_uuid = true,
		.uuid = { 0xf5, 0x9b },
	};
	struct upcall_request request;

	(void)state;
	assert_int_equal(parse(UPCALL_EXPORT, "*,localhost /srv/a\\040b\n", &request), 0);
	assert_string_equal(request.path, "/srv/a b");
	assert_answer(&request, &answer,
		      "*,localhost /srv/a\\040b 1795389306 1056 65534 -2 0 xprtsec 2 2 4 secinfo 2 1 1056 390005 1057 "
		      "uuid \\xf59b0000000000000000000000000000 \n");
	answer.has_uuid = false;
	answer.xprtsec = 0;
	answer.sec_count = 1;
	answer.locations = locations;
	answer.location_count = 2;
	assert_answer(
		&request, &answer,
		"*,localhost /srv/a\\040b 1795389306 1056 65534 -2 0 fsloc 2 a:b /one c /two 1 secinfo 1 1 1056 \n");
	answer.negative = true;
	assert_answer(&request, &answer, "*,localhost /srv/a\\040b 1795389306 \n");
	upcall_request_free(&request);
}

/* What a path can be, the kernel can ask about, and the answer names it again. */
static void hostile_paths_round_trip(void **state)
{
	static char long_path[UPCALL_PATH_MAX];
	const char *const paths[] = { "/\xff\xfe", "/new\nline\ttab space\\back", long_path, "/\\x41", "/\x01\x7f" };
	struct upcall_answer answer = { .negative = true, .expiry = 1 };

	(void)state;
	memset(long_path, 'a', sizeof(long_path) - 1);
	long_path[0] = '/';
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		struct upcall_request first = { .cache = UPCALL_EXPORT,
						.domain = strdup("*"),
						.path = strdup(paths[i]) };
		struct upcall_request second;
		AUTO_STRBUF line = { 0 };
		char *expiry;

		assert_int_equal(upcall_text_format(&first, &answer, &line, NULL), 0);
		expiry = strstr(line.text, " 1 \n"); /* what is before it has the form of a question */
		assert_non_null(expiry);
		assert_int_equal(upcall_text_parse(UPCALL_EXPORT, line.text, (size_t)(expiry - line.text), &second,
						   NULL),
				 0);
		assert_string_equal(second.path, paths[i]);
		upcall_request_free(&first);
		upcall_request_free(&second);
	}
}

static void malformed_questions(void **state)
{
	static const struct {
		enum upcall_cache cache;
		const char *line;
	} cases[] = {
		{ UPCALL_CLIENT, "" },
		{ UPCALL_CLIENT, "\n" },
		{ UPCALL_CLIENT, "nfsd\n" },
		{ UPCALL_CLIENT, "nfsd 127.0.0.1 more\n" },
		{ UPCALL_CLIENT, "a-class-that-is-too-long 127.0.0.1\n" },
		{ UPCALL_GROUPS, "-1\n" },
		{ UPCALL_GROUPS, "4294967296\n" },
		{ UPCALL_GROUPS, "12x\n" },
		{ UPCALL_HANDLE, "* 1\n" },
		{ UPCALL_HANDLE, "* 1 \\x0\n" },
		{ UPCALL_HANDLE, "* 1 \\xzz\n" },
		{ UPCALL_HANDLE, "* 999 \\x00\n" },
		{ UPCALL_HANDLE, "* 7 \\x00000000000000000000000000000000000000000000000000\n" },
		{ UPCALL_EXPORT, "*\n" },
		{ UPCALL_EXPORT, "* /a\\04\n" },
		{ UPCALL_EXPORT, "* /a\\400\n" },
		{ UPCALL_EXPORT, "* /a\\000b\n" },
		{ UPCALL_EXPORT, "* \\x2f00\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct upcall_request request;

		if (parse(cases[i].cache, cases[i].line, &request) != -EINVAL)
			fail_msg("case %zu: %s", i, cases[i].line);
		assert_null(request.domain);
		assert_null(request.path);
	}
}

static void an_answer_that_is_too_long_is_refused(void **state)
{
	static char domain[UPCALL_DOMAIN_MAX], path[UPCALL_PATH_MAX];
	struct upcall_request request = { .cache = UPCALL_EXPORT, .domain = domain, .path = path };
	struct upcall_answer answer = { .negative = true };
	AUTO_STRBUF line = { 0 };

	(void)state;
	memset(domain, ' ', sizeof(domain) - 1); /* four bytes each, escaped */
	memset(path, '/', sizeof(path) - 1);
	assert_int_equal(upcall_text_format(&request, &answer, &line, NULL), -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clients),
		cmocka_unit_test(groups),
		cmocka_unit_test(handles),
		cmocka_unit_test(exports),
		cmocka_unit_test(hostile_paths_round_trip),
		cmocka_unit_test(malformed_questions),
		cmocka_unit_test(an_answer_that_is_too_long_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
