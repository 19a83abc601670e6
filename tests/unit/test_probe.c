/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "utils/nfstls/probe.h"

/* ---- SERVER[:PORT] -------------------------------------------------------- */

static void test_targets(void **state)
{
	static const struct {
		const char *text;
		const char *host, *port; /* NULL: refused */
	} rows[] = {
		{ "server", "server", "2049" },
		{ "server.example.com:20049", "server.example.com", "20049" },
		{ "192.0.2.1", "192.0.2.1", "2049" },
		{ "192.0.2.1:1", "192.0.2.1", "1" },
		{ "2001:db8::1", "2001:db8::1", "2049" },
		{ "::1", "::1", "2049" },
		{ "[2001:db8::1]", "2001:db8::1", "2049" },
		{ "[2001:db8::1]:65535", "2001:db8::1", "65535" },
		{ "fe80::1%eth0", "fe80::1%eth0", "2049" },
		{ "", NULL, NULL },
		{ ":2049", NULL, NULL },
		{ "[]:2049", NULL, NULL },
		{ "[::1", NULL, NULL },
		{ "[::1]2049", NULL, NULL },
		{ "server:", NULL, NULL },
		{ "server:0", NULL, NULL },
		{ "server:65536", NULL, NULL },
		{ "server:2049x", NULL, NULL },
		{ "server:/srv", NULL, NULL },
		{ "server:/srv:x", NULL, NULL },
		{ "[::1]:/srv", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *argv[] = { (char *)(uintptr_t) "probe", (char *)(uintptr_t)rows[i].text, NULL };
		struct probe_options options;
		struct error e;
		int r = probe_cli_parse(2, argv, &options, &e);

		if (r != (rows[i].host ? 0 : -EINVAL))
			fail_msg("%s: %d", rows[i].text, r);
		if (r)
			continue;
		assert_string_equal(options.host, rows[i].host);
		assert_string_equal(options.port, rows[i].port);
	}
}

static void test_long_host_is_refused_not_cut(void **state)
{
	char host[257];
	char *argv[] = { (char *)(uintptr_t) "probe", host, NULL };
	struct probe_options options;
	struct error e;

	(void)state;
	memset(host, 'a', sizeof(host) - 1);
	host[sizeof(host) - 1] = '\0';
	assert_int_equal(probe_cli_parse(2, argv, &options, &e), -EINVAL);
}

/* ---- several addresses ------------------------------------------------------ */

#define ADDRESSES_MAX 3

static void test_verdict_of_all_addresses(void **state)
{
	static const struct {
		enum probe_verdict at[ADDRESSES_MAX];
		size_t count;
		size_t decides;
		const char *lost; /* what is added to its sentence */
	} rows[] = {
		{ { PROBE_OK }, 1, 0, "" },
		{ { PROBE_UNREACHABLE }, 1, 0, "" },
		{ { PROBE_UNREACHABLE, PROBE_OK }, 2, 1, "; 1 of 2 addresses did not answer" },
		{ { PROBE_SILENT, PROBE_UNREACHABLE, PROBE_OK }, 3, 2, "; 2 of 3 addresses did not answer" },
		{ { PROBE_OK, PROBE_OK, PROBE_UNREACHABLE }, 3, 0, "; 1 of 3 addresses did not answer" },
		{ { PROBE_OK, PROBE_BAD_CERTIFICATE }, 2, 1, "" },
		{ { PROBE_SILENT, PROBE_OK, PROBE_NO_TLS }, 3, 2, "; 1 of 3 addresses did not answer" },
		{ { PROBE_NO_TLS, PROBE_BAD_CERTIFICATE }, 2, 0, "" },
		{ { PROBE_SILENT, PROBE_UNREACHABLE }, 2, 0, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct probe_findings at[ADDRESSES_MAX] = { 0 };
		struct probe_result result = { .at = at, .count = rows[i].count };
		char expected[64];

		for (size_t j = 0; j < rows[i].count; j++) {
			at[j].verdict = rows[i].at[j];
			snprintf(at[j].sentence, sizeof(at[j].sentence), "address %zu", j);
		}
		probe_conclude(&result);
		snprintf(expected, sizeof(expected), "address %zu%s", rows[i].decides, rows[i].lost);
		assert_int_equal(result.verdict, rows[i].at[rows[i].decides]);
		assert_string_equal(result.sentence, expected);
	}
}

/* ---- days -------------------------------------------------------------------- */

static void test_days_left(void **state)
{
	const time_t now = 1000000, day = 24 * 60 * 60;

	(void)state;
	assert_int_equal(probe_days_left(now, now), 0);
	assert_int_equal(probe_days_left(now, now + day - 1), 0);
	assert_int_equal(probe_days_left(now, now + day), 1);
	assert_int_equal(probe_days_left(now, now - 1), -1);
	assert_int_equal(probe_days_left(now, now - day), -1);
	assert_int_equal(probe_days_left(now, now - day - 1), -2);
}

static void test_every_verdict_has_its_word(void **state)
{
	(void)state;
	for (enum probe_verdict v = 0; v < PROBE_VERDICT_COUNT; v++) {
		assert_non_null(probe_verdict_word(v));
		assert_non_null(probe_verdict_meaning(v));
		for (enum probe_verdict other = 0; other < v; other++)
			assert_string_not_equal(probe_verdict_word(v), probe_verdict_word(other));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_long_host_is_refused_not_cut),
		cmocka_unit_test(test_verdict_of_all_addresses),
		cmocka_unit_test(test_days_left),
		cmocka_unit_test(test_every_verdict_has_its_word),
	};

	return cmocka_run_group_tests_name("probe", tests, NULL, NULL);
}
