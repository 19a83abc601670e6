/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/option/option.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

struct wishes {
	bool fast, quiet;
	const char *name;
	struct option_list list;
	long long number;
};

static int take_number(const char *argument, void *options, struct error *e)
{
	struct wishes *wishes = options;

	if (text_number(argument, 0, 9, &wishes->number))
		return error_set(e, EINVAL, "not %s", argument);
	return 0;
}

static int take_zoom(const char *argument, void *options, struct error *e)
{
	(void)e;
	((struct wishes *)options)->number = argument ? atoi(argument) : -1;
	return 0;
}

static const struct option_row rows[] = {
	{ 'f', "fast", NULL, "be fast", OPTION_SETS(struct wishes, fast) },
	{ 0, "slow", NULL, NULL, OPTION_CLEARS(struct wishes, fast) },
	{ 'q', NULL, NULL, "say nothing", OPTION_SETS(struct wishes, quiet) },
	{ 'n', "name", "NAME", "have a name", OPTION_KEEPS(struct wishes, name) },
	{ 0, "item", "ITEM", "one more", OPTION_COLLECTS(struct wishes, list) },
	{ '1', "number", "N", "a number", OPTION_CALLS(take_number) },
	{ 'z', "zoom", "[N]", "closer", OPTION_CALLS(take_zoom) },
	{ 0, "nap", "[N]", NULL, OPTION_KEEPS(struct wishes, name) },
	{ 0, "fasten", NULL, NULL, OPTION_SETS(struct wishes, quiet), .yields = true },
	{ 0, "items", "ITEM", NULL, OPTION_KEEPS(struct wishes, name), .yields = true },
	{ 0, "napkin", NULL, NULL, OPTION_SETS(struct wishes, quiet), .yields = true },
	{ 0, "zone", "[N]", NULL, OPTION_KEEPS(struct wishes, name), .yields = true },
	{ 0, "quick", NULL, NULL, OPTION_SETS(struct wishes, fast), .yields = true },
	{ 0, "quiz", NULL, NULL, OPTION_SETS(struct wishes, quiet), .yields = true },
};

/* Words up to a NULL. */
static int parse(struct wishes *wishes, int *first, struct error *e, char **argv)
{
	int argc = 0;

	memset(wishes, 0, sizeof(*wishes));
	while (argv[argc])
		argc++;
	return option_rows_parse(argc, argv, rows, ARRAY_SIZE(rows), wishes, first, e);
}

#define WORDS(...) ((char *[]){ (char *)"program", __VA_ARGS__, NULL })
#define W(text) (char *)(text)

static void kinds(void **state)
{
	struct wishes wishes;
	struct error e;
	int first;

	(void)state;
	assert_int_equal(parse(&wishes, &first, &e,
			       WORDS(W("-fq"), W("-n"), W("x"), W("word"), W("--item=1"), W("--item"), W("2"),
				     W("--number=7"))),
			 0);
	assert_true(wishes.fast && wishes.quiet);
	assert_string_equal(wishes.name, "x");
	assert_int_equal(wishes.list.count, 2);
	assert_string_equal(wishes.list.item[1], "2");
	assert_int_equal(wishes.number, 7);
	assert_int_equal(first, 8); /* the word has gone to the end */
	assert_int_equal(parse(&wishes, &first, &e, WORDS(W("--fast"), W("--slow"), W("--"), W("-f"))), 0);
	assert_false(wishes.fast);
	assert_int_equal(first, 4);
}

/* Only what is attached is their argument. */
static void optional_arguments(void **state)
{
	static const struct {
		const char *word;
		long long number;
	} good[] = { { "-z", -1 }, { "-z5", 5 }, { "--zoom", -1 }, { "--zoom=6", 6 }, { "-fz7", 7 } };
	struct wishes wishes;
	struct error e;
	int first;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(parse(&wishes, &first, &e, WORDS(W(good[i].word), W("3"))), 0);
		assert_int_equal(wishes.number, good[i].number);
		assert_int_equal(first, 2);
	}
}

/* An abbreviation that fits another row, too, is not that of one that yields. */
static void abbreviations(void **state)
{
	struct wishes wishes;
	struct error e;
	int first;

	(void)state;
	assert_int_equal(parse(&wishes, &first, &e, WORDS(W("--fa"), W("word"), W("--ite"), W("1"), W("--ite=2"))), 0);
	assert_true(wishes.fast);
	assert_int_equal(wishes.list.count, 2);
	assert_string_equal(wishes.list.item[0], "1");
	assert_string_equal(wishes.list.item[1], "2");
	assert_int_equal(first, 5);
	assert_int_equal(parse(&wishes, &first, &e, WORDS(W("--zo"), W("3"))), 0);
	assert_int_equal(wishes.number, -1);
	assert_int_equal(first, 2);
	assert_int_equal(parse(&wishes, &first, &e, WORDS(W("--zo=3"))), 0);
	assert_int_equal(wishes.number, 3);
	/* Where it fits no other, it is theirs. */
	assert_int_equal(parse(&wishes, &first, &e, WORDS(W("--fasten"), W("--items"), W("x"))), 0);
	assert_true(wishes.quiet && !wishes.fast);
	assert_string_equal(wishes.name, "x");
	assert_int_equal(parse(&wishes, &first, &e, WORDS(W("--faste"), W("--quic"))), 0);
	assert_true(wishes.quiet && wishes.fast);
}

static void words_of_getopt(void **state)
{
	static const struct {
		const char *word, *text;
	} bad[] = {
		{ "-x", "invalid option -- 'x'" },
		{ "-fx", "invalid option -- 'x'" },
		{ "--never", "unrecognized option '--never'" },
		{ "--never=1", "unrecognized option '--never=1'" },
		{ "-n", "option requires an argument -- 'n'" },
		{ "--item", "option '--item' requires an argument" },
		{ "--ite", "option '--item' requires an argument" },
		{ "--fas=1", "option '--fast' doesn't allow an argument" },
		{ "--qui", "option '--qui' is ambiguous; possibilities: '--quick' '--quiz'" },
		{ "--fast=1", "option '--fast' doesn't allow an argument" },
		{ "--na", "option '--na' is ambiguous; possibilities: '--name' '--nap'" },
		{ "-1z", "not z" },
	};
	struct wishes wishes = { 0 };
	struct error e;
	int first;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		char *argv[] = { W("program"), W(bad[i].word), NULL };

		assert_int_equal(option_rows_parse_as_getopt(2, argv, rows, ARRAY_SIZE(rows), &wishes, &first, &e),
				 -EINVAL);
		assert_string_equal(e.text, bad[i].text);
	}
}

static void mistakes(void **state)
{
	static const struct {
		const char *word, *text;
	} bad[] = {
		{ "-x", "unknown option -x" },
		{ "-fx", "unknown option -x" },
		{ "--never", "unknown option --never" },
		{ "--q", "unknown option --q" },
		{ "-n", "-n needs an argument" },
		{ "--item", "--item needs an argument" },
		{ "-1z", "not z" },
		{ "--a\nb", "unknown option --a\\x0ab" },
	};
	char *many[OPTION_LIST_MAX + 3] = { W("program") };
	struct wishes wishes;
	struct error e;
	int first;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(parse(&wishes, &first, &e, WORDS(W(bad[i].word))), -EINVAL);
		assert_string_equal(e.text, bad[i].text);
	}
	for (size_t i = 1; i <= OPTION_LIST_MAX + 1; i++)
		many[i] = W("--item=x");
	assert_int_equal(parse(&wishes, &first, &e, many), -EINVAL);
	assert_string_equal(e.text, "--item can be given 16 times only");
}

static void help(void **state)
{
	AUTO_STRBUF text = { 0 };

	(void)state;
	option_rows_help(rows, ARRAY_SIZE(rows), &text);
	assert_non_null(strstr(text.text, "  -f, --fast               be fast\n"));
	assert_non_null(strstr(text.text, "  -q                       say nothing\n"));
	assert_non_null(strstr(text.text, "      --item ITEM          one more\n"));
	assert_non_null(strstr(text.text, "  -z, --zoom[=N]           closer\n"));
	assert_null(strstr(text.text, "slow"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds),	 cmocka_unit_test(optional_arguments),
		cmocka_unit_test(abbreviations), cmocka_unit_test(words_of_getopt),
		cmocka_unit_test(mistakes),	 cmocka_unit_test(help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
