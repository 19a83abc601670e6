/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cli: the options of one command as a table; usage and parsing read the same rows. */
#ifndef NFSTLS_NFSTLS_CLI_H
#define NFSTLS_NFSTLS_CLI_H

#include "support/base/base.h"

#define CLI_LIST_MAX 16u
#define CLI_NO_LETTER 256 /* long options without a letter have this and the numbers above it */

/* The values of an option that may be given more than once. */
struct cli_list {
	const char *item[CLI_LIST_MAX];
	size_t count;
};

enum cli_kind { CLI_FLAG, CLI_TEXT, CLI_LIST };

struct cli_option {
	int letter;
	const char *name, *argument, *help; /* argument NULL: a flag */
	enum cli_kind kind;
	size_t member; /* a bool, a const char * or a struct cli_list in the struct of options */
};

/*
 * Fills the members of options by the rows, and sets *first to the first word that is no option.  -EINVAL
 * with what is wrong.  The texts are those of argv, which may be reordered.
 */
int cli_parse(int argc, char **argv, const struct cli_option *rows, size_t count, void *options, int *first,
	      struct error *e);

/* One line for each row. */
void cli_usage(const struct cli_option *rows, size_t count, struct strbuf *text);

#endif
