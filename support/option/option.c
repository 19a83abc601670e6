/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/option/option.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

/* getopt_long(3) answers with a letter for a short form, and for a long one with this and the number of its row. */
#define FIRST_LONG 256

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
		strbuf_addf(&left, " %s", row->argument);
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
		int has_argument = rows[i].argument ? required_argument : no_argument;

		if (rows[i].name)
			*longs++ = (struct option){ rows[i].name, has_argument, NULL, FIRST_LONG + (int)i };
		if (!rows[i].letter)
			continue;
		*shorts++ = rows[i].letter;
		if (has_argument)
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

/* word is what getopt_long(3) has just looked at, which may be several letters. */
static int bad_option(int answer, const char *word, struct error *e)
{
	char shown[64];

	if (optopt > 0 && optopt < FIRST_LONG)
		snprintf(shown, sizeof(shown), "-%c", optopt);
	else
		text_escape(shown, sizeof(shown), word, strlen(word));
	if (answer == ':')
		return error_set(e, EINVAL, "%s needs an argument", shown);
	return error_set(e, EINVAL, "unknown option %s", shown);
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

int option_rows_parse(int argc, char **argv, const struct option_row *rows, size_t count, void *options, int *first,
		      struct error *e)
{
	struct option longs[OPTION_ROWS_MAX + 1] = { { 0 } };
	char shorts[2 * OPTION_ROWS_MAX + 2];
	int answer, r = 0;

	if (count > OPTION_ROWS_MAX)
		return error_set(e, EINVAL, "too many options");
	make_tables(rows, count, longs, shorts);
	optind = 0; /* so that tests can parse many lines */
	opterr = 0;
	while (!r && (answer = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		const struct option_row *row = row_of(rows, count, answer);

		if (!row)
			return bad_option(answer, argv[optind - 1], e);
		r = apply(row, optarg, options, e);
	}
	*first = optind;
	return r;
}
