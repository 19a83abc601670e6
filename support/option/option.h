/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * option: the options of a program, or of one of its commands, as a table of rows; parsing, and the lines of --help,
 * are made of the same rows.  What the options mean together is the program's business.
 */
#ifndef NFSTLS_OPTION_H
#define NFSTLS_OPTION_H

#include <stddef.h>

#include "support/base/base.h"

#define OPTION_ROWS_MAX 32u
#define OPTION_LIST_MAX 16u

/* The values of an option that may be given more than once. */
struct option_list {
	const char *item[OPTION_LIST_MAX];
	size_t count;
};

/* What an option does to its member. */
enum option_kind {
	OPTION_FLAG,  /* a bool becomes true */
	OPTION_CLEAR, /* a bool becomes false */
	OPTION_TEXT,  /* a const char * becomes the argument */
	OPTION_LIST,  /* a struct option_list gets the argument */
	OPTION_CALL,  /* take() is called */
};

struct option_row {
	char letter;	      /* 0: only a long form */
	const char *name;     /* NULL: only a letter */
	const char *argument; /* what help calls it; NULL: the option has none; "[N]": it may have one, attached */
	const char *help;     /* NULL: another name for the same, which help does not show */
	enum option_kind kind;
	size_t member; /* offset in the struct of options; not for OPTION_CALL */
	int (*take)(const char *argument, void *options, struct error *e); /* OPTION_CALL; a negative errno ends;
									      NULL for an argument left out */
	bool yields; /* an abbreviation of its name that is also one of another row's is that one's: for a program
			that must take every word that its peer takes */
};

/* The end of a row, behind its help. */
#define OPTION_SETS(type, to) .kind = OPTION_FLAG, .member = offsetof(type, to)
#define OPTION_CLEARS(type, to) .kind = OPTION_CLEAR, .member = offsetof(type, to)
#define OPTION_KEEPS(type, to) .kind = OPTION_TEXT, .member = offsetof(type, to)
#define OPTION_COLLECTS(type, to) .kind = OPTION_LIST, .member = offsetof(type, to)
#define OPTION_CALLS(function) .kind = OPTION_CALL, .take = function

/*
 * Does what the options of argv say to the struct of options, and sets *first to the first word that is no option
 * (argv is reordered for that).  -EINVAL with what is wrong.  Texts are borrowed from argv.
 */
int option_rows_parse(int argc, char **argv, const struct option_row *rows, size_t count, void *options, int *first,
		      struct error *e);

/* The same, with what is wrong in the words of getopt_long(3), for programs whose peers leave speaking to it. */
int option_rows_parse_as_getopt(int argc, char **argv, const struct option_row *rows, size_t count, void *options,
				int *first, struct error *e);

/*
 * Whether argv has this long option, or an abbreviation of it that has three letters, "--che": for programs that have
 * to know it of a command line that cannot be parsed.
 */
bool option_is_asked_for(int argc, char **argv, const char *name);

/* Appends a line for each row that has a help. */
void option_rows_help(const struct option_row *rows, size_t count, struct strbuf *text);

#endif
