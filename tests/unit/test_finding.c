/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one form of what checks have found, and the exit status that follows. */
#include "tests/unit/unit.h"

#include <string.h>

#include "support/finding/finding.h"

#define OK FINDING_OK
#define WARNING FINDING_WARNING
#define FAILURE FINDING_FAILURE
#define UNKNOWN FINDING_UNKNOWN

static void the_worst_decides(void **state)
{
	static const struct {
		enum finding_level a, b, worst;
	} rows[] = {
		{ OK, OK, OK },
		{ OK, WARNING, WARNING },
		{ WARNING, UNKNOWN, UNKNOWN },
		{ OK, UNKNOWN, UNKNOWN },
		{ UNKNOWN, FAILURE, FAILURE },
		{ WARNING, FAILURE, FAILURE },
		{ UNKNOWN, UNKNOWN, UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(finding_worse(rows[i].a, rows[i].b), rows[i].worst);
		assert_int_equal(finding_worse(rows[i].b, rows[i].a), rows[i].worst);
	}
}

/* They are what monitoring systems know. */
static void levels_are_exit_statuses(void **state)
{
	static const char *const words[FINDING_LEVELS] = { "ok", "warning", "failure", "unknown" };

	(void)state;
	for (enum finding_level level = 0; level < FINDING_LEVELS; level++) {
		AUTO_FINDINGS one = { 0 };

		assert_string_equal(finding_level_word(level), words[level]);
		findings_add(&one, FINDING_OK, "check", "a", NULL, NULL, "well");
		findings_add(&one, level, "check", "b", NULL, NULL, "so");
		assert_int_equal(findings_level(&one), level);
		one.failed = true;
		assert_int_equal(findings_level(&one), FINDING_UNKNOWN);
	}
	assert_int_equal(EX_USAGE, 64);
}

static void has_two_forms_of_text(void **state)
{
	AUTO_FINDINGS all = { 0 };
	AUTO_STRBUF by_subject = { 0 };
	AUTO_STRBUF by_source = { 0 };

	(void)state;
	findings_add(&all, FINDING_OK, "fstab", "/mnt/\n\xc3", NULL, "", "is \"%s\"", "fine");
	findings_add(&all, FINDING_FAILURE, "agent", "/mnt/b\\", "mend it", "exports:3:8", "is bad");
	findings_text(&all, FINDING_BY_SUBJECT, &by_subject);
	assert_string_equal(by_subject.text, "ok /mnt/\\x0a\\xc3: is \"fine\"\nfailure /mnt/b\\: is bad; mend it\n");
	findings_text(&all, FINDING_BY_SOURCE, &by_source);
	assert_string_equal(by_source.text, "ok: is \"fine\"\nexports:3:8: failure: is bad; mend it\n");
}

static void is_sorted_by_numbers_in_sources(void **state)
{
	static const char *const sorted[] = { "a:2:8", "a:2:13", "a:10:1", "b:1:1" };
	AUTO_FINDINGS all = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sorted); i++)
		findings_add(&all, FINDING_OK, "exports", "x", NULL, sorted[ARRAY_SIZE(sorted) - 1 - i], "t");
	findings_sort(&all);
	for (size_t i = 0; i < ARRAY_SIZE(sorted); i++)
		assert_string_equal(all.at[i].source, sorted[i]);
}

static void has_one_form_of_json(void **state)
{
	static const char *const members[] = { "level", "check", "subject", "finding", "remedy", "source" };
	struct json_object *whole, *array, *one, *value;
	AUTO_FINDINGS all = { 0 };
	AUTO_STRBUF text = { 0 };

	(void)state;
	findings_add(&all, FINDING_WARNING, "exports", "/srv/\"a\\", NULL, "/etc/exports:1:2", "x");
	findings_json(&all, &text);
	whole = json_tokener_parse(text.text);
	assert_string_equal(json_text_in(whole, "level"), "warning");
	assert_true(json_object_object_get_ex(whole, "findings", &array));
	assert_int_equal(json_object_array_length(array), 1);
	one = json_object_array_get_idx(array, 0);
	assert_int_equal(json_object_object_length(one), ARRAY_SIZE(members));
	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		assert_true(json_object_object_get_ex(one, members[i], &value));
	assert_string_equal(json_text_in(one, "subject"), "/srv/\"a\\");
	assert_string_equal(json_text_in(one, "source"), "/etc/exports:1:2");
	assert_true(json_object_object_get_ex(one, "remedy", &value) && !value);
	json_object_put(whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_worst_decides),	 cmocka_unit_test(levels_are_exit_statuses),
		cmocka_unit_test(has_two_forms_of_text), cmocka_unit_test(is_sorted_by_numbers_in_sources),
		cmocka_unit_test(has_one_form_of_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
