/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

#include "support/xprtsec/xprtsec.h"

static void words_are_parsed_without_case(void **state)
{
	static const struct {
		const char *word;
		int result;
		enum xprtsec mode;
	} cases[] = {
		{ "none", 0, XPRTSEC_NONE }, { "tls", 0, XPRTSEC_TLS },	 { "mtls", 0, XPRTSEC_MTLS },
		{ "auto", 0, XPRTSEC_AUTO }, { "TLS", 0, XPRTSEC_TLS },	 { "mTLS", 0, XPRTSEC_MTLS },
		{ "", -EINVAL, 0 },	     { " tls", -EINVAL, 0 },	 { "tls ", -EINVAL, 0 },
		{ "tl", -EINVAL, 0 },	     { "tlss", -EINVAL, 0 },	 { "mtlsx", -EINVAL, 0 },
		{ "tls,mtls", -EINVAL, 0 },  { "tls:mtls", -EINVAL, 0 }, { "\"tls\"", -EINVAL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		enum xprtsec mode = 77;

		assert_int_equal(xprtsec_parse(cases[i].word, strlen(cases[i].word), &mode), cases[i].result);
		assert_int_equal(mode, cases[i].result ? 77 : (int)cases[i].mode);
	}
}

static void a_nul_does_not_end_a_word(void **state)
{
	enum xprtsec mode = 77;

	(void)state;
	assert_int_equal(xprtsec_parse("tls\0", 4, &mode), -EINVAL);
	assert_int_equal(xprtsec_parse("tlsXXXX", 3, &mode), 0);
	assert_int_equal(mode, XPRTSEC_TLS);
}

static void words_come_back(void **state)
{
	static const enum xprtsec modes[] = { XPRTSEC_NONE, XPRTSEC_TLS, XPRTSEC_MTLS, XPRTSEC_AUTO };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		const char *word = xprtsec_word(modes[i]);
		enum xprtsec mode = 77;

		assert_int_equal(xprtsec_parse(word, strlen(word), &mode), 0);
		assert_int_equal(mode, modes[i]);
	}
	assert_string_equal(xprtsec_word(XPRTSEC_NONE | XPRTSEC_TLS), "?");
	assert_string_equal(xprtsec_word(0), "?");
}

static void strength_is_ordered_but_for_auto(void **state)
{
	static const enum xprtsec order[] = { XPRTSEC_NONE, XPRTSEC_TLS, XPRTSEC_MTLS };

	(void)state;
	for (size_t a = 0; a < ARRAY_SIZE(order); a++)
		for (size_t b = 0; b < ARRAY_SIZE(order); b++)
			assert_int_equal(xprtsec_at_least(order[a], order[b]), a >= b);
	for (size_t a = 0; a < ARRAY_SIZE(order); a++) {
		assert_false(xprtsec_at_least(XPRTSEC_AUTO, order[a]));
		assert_false(xprtsec_at_least(order[a], XPRTSEC_AUTO));
	}
	assert_false(xprtsec_at_least(XPRTSEC_AUTO, XPRTSEC_AUTO));
	assert_int_equal(xprtsec_set_from(XPRTSEC_NONE), XPRTSEC_ALL);
	assert_int_equal(xprtsec_set_from(XPRTSEC_TLS), XPRTSEC_TLS | XPRTSEC_MTLS);
	assert_int_equal(xprtsec_set_from(XPRTSEC_MTLS), XPRTSEC_MTLS);
	assert_int_equal(xprtsec_set_from(XPRTSEC_AUTO), 0);
	assert_int_equal(xprtsec_set_weakest(XPRTSEC_ALL), XPRTSEC_NONE);
	assert_int_equal(xprtsec_set_weakest(XPRTSEC_TLS | XPRTSEC_MTLS), XPRTSEC_TLS);
	assert_int_equal(xprtsec_set_weakest(XPRTSEC_MTLS), XPRTSEC_MTLS);
}

static void sets_are_lists_with_colons(void **state)
{
	static const struct {
		const char *list, *canonical;
		size_t bad; /* with canonical NULL: where */
	} cases[] = {
		{ "none", "none", 0 },
		{ "mtls:none", "none:mtls", 0 },
		{ "mtls:tls:none:tls", "none:tls:mtls", 0 },
		{ "TLS:mtls", "tls:mtls", 0 },
		{ "", NULL, 0 },
		{ ":tls", NULL, 0 },
		{ "tls:", NULL, 4 },
		{ "tls::mtls", NULL, 4 },
		{ "tls:auto", NULL, 4 },
		{ "tls, mtls", NULL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *bad = NULL;
		AUTO_STRBUF text = { 0 };
		unsigned int set = 77;
		int r = xprtsec_set_parse(cases[i].list, strlen(cases[i].list), &set, &bad);

		if (!cases[i].canonical) {
			assert_int_equal(r, -EINVAL);
			assert_int_equal(set, 77);
			assert_ptr_equal(bad, cases[i].list + cases[i].bad);
			continue;
		}
		assert_int_equal(r, 0);
		xprtsec_set_format(set, &text);
		assert_string_equal(text.text, cases[i].canonical);
	}
}

static void a_nul_is_no_item_of_a_set(void **state)
{
	unsigned int set;

	(void)state;
	assert_int_equal(xprtsec_set_parse("tls\0:mtls", 9, &set, NULL), -EINVAL);
	assert_int_equal(xprtsec_set_parse("tls:", 3, &set, NULL), 0);
	assert_int_equal(set, XPRTSEC_TLS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_parsed_without_case),
		cmocka_unit_test(a_nul_does_not_end_a_word),
		cmocka_unit_test(words_come_back),
		cmocka_unit_test(strength_is_ordered_but_for_auto),
		cmocka_unit_test(sets_are_lists_with_colons),
		cmocka_unit_test(a_nul_is_no_item_of_a_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
