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
		cmocka_unit_test(no_names_need_no_threads),
		cmocka_unit_test(numbers_need_no_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
