/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/option/option.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

/* getopt_long(3) answers with a letter for a short form, and for a long one with this and the number of its row. */
#define FIRST_LONG 256

static bool is_optional(const struct option_row *row)
{
	return row->argument && row->argument[0] == '[';
}

/* An argument that may be left out has to be attached: -Z[N], --sleep[=N]. */
static void argument_help(const struct option_row *row, struct strbuf *text)
{
	if (!is_optional(row))
		strbuf_addf(text, " %s", row->argument);
	else if (row->name)
		strbuf_addf(text, "[=%s", row->argument + 1);
	else
		strbuf_addf(text, "%s", row->argument);
}

static void row_help(const struct option_row *row, struct strbuf *text)
{
	AUTO_STRBUF left = { 0 };

	if (row->letter)
		strbuf_addf(&left, "-%c%s", row->letter, row->name ? ", " : "");
	else
		strbuf_addf(&left, "    ");
	if (row->name)
		strbuf_addf(&left, "--%s", row->name);
	if (row->argument)
		argument_help(row, &left);
	if (!left.failed)
		strbuf_addf(text, "  %-24s %s\n", left.text, row->help);
}

void option_rows_help(const struct option_row *rows, size_t count, struct strbuf *text)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].help)
			row_help(&rows[i], text);
}

static void make_tables(const struct option_row *rows, size_t count, struct option *longs, char *shorts)
{
	*shorts++ = ':'; /* getopt stays silent; we speak */
	for (size_t i = 0; i < count; i++) {
		int has_argument = is_optional(&rows[i]) ? optional_argument :
				   rows[i].argument	 ? required_argument :
							   no_argument;

		if (rows[i].name)
			*longs++ = (struct option){ rows[i].name, has_argument, NULL, FIRST_LONG + (int)i };
		if (!rows[i].letter)
			continue;
		*shorts++ = rows[i].letter;
		if (has_argument != no_argument)
			*shorts++ = ':';
		if (has_argument == optional_argument)
			*shorts++ = ':';
	}
	*shorts = '\0';
}

static const struct option_row *row_of(const struct option_row *rows, size_t count, int answer)
{
	if (answer >= FIRST_LONG)
		return &rows[answer - FIRST_LONG];
	for (size_t i = 0; i < count; i++)
		if (rows[i].letter == answer)
			return &rows[i];
	return NULL;
}

/* Says what is wrong; word is what getopt_long(3) has just looked at, which may be several letters. */
typedef int complainer(int answer, const char *word, const struct option_row *rows, size_t count, struct error *e);

static int complain(int answer, const char *word, const struct option_row *rows, size_t count, struct error *e)
{
	char shown[64];

	(void)rows;
	(void)count;
	if (optopt > 0 && optopt < FIRST_LONG)
		snprintf(shown, sizeof(shown), "-%c", optopt);
	else
		text_escape(shown, sizeof(shown), word, strlen(word));
	if (answer == ':')
		return error_set(e, EINVAL, "%s needs an argument", shown);
	return error_set(e, EINVAL, "unknown option %s", shown);
}

/* ---- abbreviations ------------------------------------------------------ */

/* Whether the word begins the long form; it may go on with = and an argument. */
static bool abbreviates(const char *word, const struct option_row *row)
{
	const char *name = word + strspn(word, "-");

	return row->name && !strncmp(row->name, name, strcspn(name, "="));
}

/* A row that yields only counts where no other one does. */
static bool any_stays(const char *word, const struct option_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!rows[i].yields && abbreviates(word, &rows[i]))
			return true;
	return false;
}

/* How many long forms begin so, and, where it is one, which. */
static size_t possibilities(const char *word, const struct option_row *rows, size_t count, struct strbuf *text,
			    const struct option_row **only)
{
	bool any = any_stays(word, rows, count);
	size_t found = 0;

	for (size_t i = 0; i < count; i++) {
		if (!abbreviates(word, &rows[i]) || (any && rows[i].yields))
			continue;
		strbuf_addf(text, " '--%s'", rows[i].name);
		*only = &rows[i];
		found++;
	}
	return found;
}

static int complain_as_getopt(int answer, const char *word, const struct option_row *rows, size_t count,
			      struct error *e)
{
	const struct option_row *only;
	AUTO_STRBUF candidates = { 0 };
	char shown[64];

	if (optopt >= FIRST_LONG)
		return error_set(e, EINVAL,
				 answer == ':' ? "option '--%s' requires an argument" :
						 "option '--%s' doesn't allow an argument",
				 rows[optopt - FIRST_LONG].name);
	if (optopt > 0)
		return error_set(e, EINVAL,
				 answer == ':' ? "option requires an argument -- '%c'" : "invalid option -- '%c'",
				 optopt);
	text_escape(shown, sizeof(shown), word, strlen(word));
	if (possibilities(word, rows, count, &candidates, &only) > 1 && !candidates.failed)
		return error_set(e, EINVAL, "option '%s' is ambiguous; possibilities:%s", shown, candidates.text);
	return error_set(e, EINVAL, "unrecognized option '%s'", shown);
}

/* What getopt_long(3) would answer for this long form, if it knew which one is meant. */
static int answer_long(const struct option_row *rows, const struct option_row *row, const char *word, int argc,
		       char **argv)
{
	char *equals = strchr(word, '=');

	optopt = FIRST_LONG + (int)(row - rows);
	optarg = equals ? equals + 1 : NULL;
	if (equals && !row->argument)
		return '?';
	if (row->argument && !is_optional(row) && !equals) {
		if (optind >= argc)
			return ':';
		optarg = argv[optind++];
	}
	return optopt;
}

/* getopt_long(3), but for rows that yield: to it their names make abbreviations of others ambiguous. */
static int next_option(int argc, char **argv, const char *shorts, const struct option *longs,
		       const struct option_row *rows, size_t count)
{
	int answer = getopt_long(argc, argv, shorts, longs, NULL);
	const struct option_row *only;
	AUTO_STRBUF candidates = { 0 };
	const char *word;

	if (answer != '?' || optopt)
		return answer;
	word = argv[optind - 1];
	return possibilities(word, rows, count, &candidates, &only) == 1 ? answer_long(rows, only, word, argc, argv) :
									   answer;
}

static int apply(const struct option_row *row, const char *argument, void *options, struct error *e)
{
	void *to = (char *)options + row->member;
	struct option_list *list = to;

	switch (row->kind) {
	case OPTION_FLAG:
	case OPTION_CLEAR:
		*(bool *)to = row->kind == OPTION_FLAG;
		return 0;
	case OPTION_TEXT:
		*(const char **)to = argument;
		return 0;
	case OPTION_LIST:
		if (list->count == OPTION_LIST_MAX)
			return error_set(e, EINVAL, "--%s can be given %u times only", row->name, OPTION_LIST_MAX);
		list->item[list->count++] = argument;
		return 0;
	case OPTION_CALL:
		return row->take(argument, options, e);
	}
	return error_set(e, EINVAL, "--%s is of no known kind", row->name);
}

static int parse(int argc, char **argv, const struct option_row *rows, size_t count, void *options, int *first,
		 complainer *complaint, struct error *e)
{
	struct option longs[OPTION_ROWS_MAX + 1] = { { 0 } };
	char shorts[3 * OPTION_ROWS_MAX + 2];
	int answer, r = 0;

	if (count > OPTION_ROWS_MAX)
		return error_set(e, EINVAL, "too many options");
	make_tables(rows, count, longs, shorts);
	optind = 0; /* so that tests can parse many lines */
	opterr = 0;
	while (!r && (answer = next_option(argc, argv, shorts, longs, rows, count)) != -1) {
		const struct option_row *row = row_of(rows, count, answer);

		if (!row)
			return complaint(answer, argv[optind - 1], rows, count, e);
		r = apply(row, optarg, options, e);
	}
	*first = optind;
	return r;
}

int option_rows_parse(int argc, char **argv, const struct option_row *rows, size_t count, void *options, int *first,
		      struct error *e)
{
	return parse(argc, argv, rows, count, options, first, complain, e);
}

int option_rows_parse_as_getopt(int argc, char **argv, const struct option_row *rows, size_t count, void *options,
				int *first, struct error *e)
{
	return parse(argc, argv, rows, count, options, first, complain_as_getopt, e);
}

bool option_is_asked_for(int argc, char **argv, const char *name)
{
	size_t least = strlen("--") + 3;

	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strlen(argv[i]) >= least && !strncmp(argv[i], name, strlen(argv[i])))
			return true;
	return false;
}
