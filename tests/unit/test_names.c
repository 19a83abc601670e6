/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/names/names.h"

#define SILENT 40
#define QUICK 60

static atomic_uint lookups;
static int never[2]; /* a pipe that nobody writes to, until the end */

/* Names that begin with "silent" get no answer before the pipe is closed. */
static int fake_lookup(const char *name, struct names_answer *answer)
{
	atomic_fetch_add(&lookups, 1);
	if (!strncmp(name, "silent", 6)) {
		char byte;

		return read(never[0], &byte, 1) < 0 ? EAI_SYSTEM : EAI_AGAIN;
	}
	if (!strncmp(name, "gone", 4))
		return EAI_NONAME;
	answer->canonical = strdup(name);
	return answer->canonical ? 0 : EAI_MEMORY;
}

static void a_silent_server_costs_only_its_names(void **state)
{
	static char texts[SILENT + QUICK][24];
	const char *names[SILENT + QUICK];
	struct names_answer answers[SILENT + QUICK];
	const struct names_limits limits = { .at_once = SILENT + 2, .deadline_ms = 3000 };
	struct error e;

	(void)state;
	assert_int_equal(pipe(never), 0);
	for (size_t i = 0; i < SILENT + QUICK; i++) {
		snprintf(texts[i], sizeof(texts[i]), "%s%zu", i < SILENT ? "silent" : "quick", i);
		names[i] = texts[i];
	}
	atomic_store(&lookups, 0);
	assert_int_equal(names_resolve(names, SILENT + QUICK, &limits, fake_lookup, answers, &e), 0);
	for (size_t i = 0; i < SILENT; i++)
		assert_int_equal(answers[i].status, EAI_AGAIN);
	for (size_t i = SILENT; i < SILENT + QUICK; i++) {
		assert_int_equal(answers[i].status, 0);
		assert_string_equal(answers[i].canonical, names[i]);
	}
	assert_int_equal(atomic_load(&lookups), SILENT + QUICK);
	names_answers_free(answers, SILENT + QUICK);
	/* Those that were left behind end now, and clean up after themselves. */
	close(never[1]);
}

static void failures_are_kept_apart(void **state)
{
	const char *names[] = { "gone", "here" };
	struct names_answer answers[2];
	struct error e;

	(void)state;
	assert_int_equal(names_resolve(names, 2, NULL, fake_lookup, answers, &e), 0);
	assert_int_equal(answers[0].status, EAI_NONAME);
	assert_null(answers[0].canonical);
	assert_int_equal(answers[1].status, 0);
	names_answers_free(answers, 2);
}

/* ---- what this host knows by itself ------------------------------------------------ */

static void the_file_of_hosts(void **state)
{
	static const char text[] = "127.0.0.1 localhost\n"
				   "\t192.0.2.1\tClient.Example.Org  client # 192.0.2.9 commented\r\n"
				   "# 192.0.2.8 out\n"
				   "2001:db8::1 six.\n::ffff:192.0.2.7 mapped\n"
				   "no-address name\n300.1.1.1 bad\n192.0.2.6\n\n192.0.2.5 last";
	static const struct {
		const char *name;
		bool known;
	} names[] = {
		{ "localhost", true },
		{ "client.example.org", true },
		{ "CLIENT", true },
		{ "last", true },
		{ "client.example.org.", true },
		{ "six", true },
		{ "mapped", true },
		{ "commented", false },
		{ "out", false },
		{ "name", false },
		{ "bad", false },
		{ "", false },
		{ "192.0.2.1", false },
	};
	static const struct {
		unsigned char bytes[16];
		size_t size;
		bool known;
	} addresses[] = {
		{ { 192, 0, 2, 1 }, 4, true },	 { { 192, 0, 2, 7 }, 4, true },
		{ { 192, 0, 2, 6 }, 4, true },	 { { 192, 0, 2, 5 }, 4, true },
		{ { 192, 0, 2, 9 }, 4, false },	 { { 192, 0, 2, 8 }, 4, false },
		{ { 192, 0, 2, 1 }, 16, false }, { { 0x20, 1, 0xd, 0xb8, [15] = 1 }, 16, true },
	};
	struct names_local *local = names_local_parse(text, sizeof(text) - 1);

	(void)state;
	assert_non_null(local);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names_local_has_name(local, names[i].name) != names[i].known)
			fail_msg("%s", names[i].name);
	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++)
		if (names_local_has_address(local, addresses[i].bytes, addresses[i].size) != addresses[i].known)
			fail_msg("address %zu", i);
	names_local_free(local);
	local = names_local_read("/nonexistent/hosts");
	assert_non_null(local);
	assert_false(names_local_has_name(local, "localhost"));
	names_local_free(local);
	names_local_free(NULL);
}

/* Names that this host knows do not wait behind any number of those that nobody answers for. */
static void local_names_come_first(void **state)
{
	static char texts[SILENT][24];
	const struct names_limits limits = { .at_once = 16, .deadline_ms = 1000 };
	struct names_answer answers[SILENT + 1];
	const char *names[SILENT + 1];
	struct error e;

	(void)state;
	assert_int_equal(pipe(never), 0);
	for (size_t i = 0; i < SILENT; i++) {
		snprintf(texts[i], sizeof(texts[i]), "silent%zu", i);
		names[i] = texts[i];
	}
	names[SILENT] = "localhost";
	assert_int_equal(names_resolve(names, SILENT + 1, &limits, fake_lookup, answers, &e), 0);
	assert_int_equal(answers[0].status, EAI_AGAIN);
	assert_int_equal(answers[SILENT].status, 0);
	names_answers_free(answers, SILENT + 1);
	close(never[1]);
}

/* What nobody can say anything about is what it was; what is not there is not. */
static void hosts_are_remembered(void **state)
{
	struct hosts *before = hosts_new(), *after = hosts_new();
	const struct export_host *host;
	struct error e;
	size_t count;

	(void)state;
	assert_int_equal(hosts_want(before, "localhost"), 0);
	assert_int_equal(hosts_want(before, "192.0.2.1"), 0);
	assert_int_equal(hosts_resolve(before, &e), 0);
	assert_int_equal(hosts_want(before, "never.invalid"), 0);
	for (size_t i = 0; i < 2; i++) {
		static const char *const wanted[] = { "localhost", "never.invalid" };

		assert_int_equal(hosts_want(after, wanted[i]), 0);
		assert_int_equal(hosts_find(after, wanted[i], &host), HOST_UNANSWERED);
	}
	assert_int_equal(hosts_remember(after, before, &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(hosts_find(after, "never.invalid", &host), HOST_UNANSWERED);
	assert_int_equal(hosts_find(after, "localhost", &host), HOST_KNOWN);
	hosts_free(before);
	assert_true(host->address_count > 0);
	assert_non_null(host->canonical);
	hosts_free(after);
}

/* ---- others -------------------------------------------------------------------------- */

static void no_names_need_no_threads(void **state)
{
	struct error e;

	(void)state;
	assert_int_equal(names_resolve(NULL, 0, NULL, fake_lookup, NULL, &e), 0);
}

static void numbers_need_no_server(void **state)
{
	const char *names[] = { "192.0.2.7", "2001:db8::7" };
	struct names_answer answers[2];
	struct error e;

	(void)state;
	assert_int_equal(names_resolve(names, 2, NULL, names_lookup_system, answers, &e), 0);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(answers[i].status, 0);
		assert_string_equal(answers[i].canonical, names[i]);
		assert_int_equal(answers[i].address_count, 1);
	}
	assert_int_equal(answers[1].addresses[0].ss_family, AF_INET6);
	names_answers_free(answers, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_silent_server_costs_only_its_names),
		cmocka_unit_test(failures_are_kept_apart),
		cmocka_unit_test(the_file_of_hosts),
		cmocka_unit_test(hosts_are_remembered),
		cmocka_unit_test(local_names_come_first),
		cmocka_unit_test(no_names_need_no_threads),
		cmocka_unit_test(numbers_need_no_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
