/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/nfstls/cli.h"

#include <errno.h>
#include <getopt.h>

#define ROWS_MAX 32u

void cli_usage(const struct cli_option *rows, size_t count, struct strbuf *text)
{
	for (size_t i = 0; i < count; i++) {
		AUTO_STRBUF left = { 0 };

		if (rows[i].letter < CLI_NO_LETTER)
			strbuf_addf(&left, "-%c, ", rows[i].letter);
		else
			strbuf_addf(&left, "    ");
		strbuf_addf(&left, "--%s%s%s", rows[i].name, rows[i].argument ? " " : "",
			    rows[i].argument ? rows[i].argument : "");
		if (!left.failed)
			strbuf_addf(text, "  %-24s %s\n", left.text, rows[i].help);
	}
}

static void make_tables(const struct cli_option *rows, size_t count, struct option *longs, char *shorts)
{
	*shorts++ = ':'; /* getopt stays silent; we speak */
	for (size_t i = 0; i < count; i++) {
		longs[i] = (struct option){ rows[i].name, rows[i].argument ? required_argument : no_argument, NULL,
					    rows[i].letter };
		if (rows[i].letter >= CLI_NO_LETTER)
			continue;
		*shorts++ = (char)rows[i].letter;
		if (rows[i].argument)
			*shorts++ = ':';
	}
	*shorts = '\0';
}

static int apply(const struct cli_option *row, void *options, struct error *e)
{
	void *to = (char *)options + row->member;
	struct cli_list *list = to;

	switch (row->kind) {
	case CLI_FLAG:
		*(bool *)to = true;
		return 0;
	case CLI_TEXT:
		*(const char **)to = optarg;
		return 0;
	case CLI_LIST:
		if (list->count == CLI_LIST_MAX)
			return error_set(e, EINVAL, "--%s can be given %u times only", row->name, CLI_LIST_MAX);
		list->item[list->count++] = optarg;
		return 0;
	}
	return error_set(e, EINVAL, "--%s is of no known kind", row->name);
}

int cli_parse(int argc, char **argv, const struct cli_option *rows, size_t count, void *options, int *first,
	      struct error *e)
{
	struct option longs[ROWS_MAX + 1] = { { 0 } };
	char shorts[2 * ROWS_MAX + 2];
	int letter, r = 0;

	if (count > ROWS_MAX)
		return error_set(e, EINVAL, "too many options");
	make_tables(rows, count, longs, shorts);
	optind = 0; /* so that tests can parse many lines */
	while (!r && (letter = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (letter == ':')
			return error_set(e, EINVAL, "%s needs an argument", argv[optind - 1]);
		if (letter == '?')
			return error_set(e, EINVAL, "unknown option %s", argv[optind - 1]);
		for (size_t i = 0; !r && i < count; i++)
			if (rows[i].letter == letter)
				r = apply(&rows[i], options, e);
	}
	*first = optind;
	return r;
}
