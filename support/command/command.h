/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * command: what every program does with its command line and with standard output.  It knows how a program finds the
 * command that its first word names, how --help and --version are answered, and when what was printed has arrived.
 */
#ifndef NFSTLS_COMMAND_H
#define NFSTLS_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "support/base/base.h"

/* ---- standard output ------------------------------------------------------ */

/*
 * Writes what standard output still holds.  False when any of what was printed is lost, as on a full disk; then it says
 * once "PROGRAM: cannot write to standard output (cause)" on standard error, and the program must not end with 0.
 */
bool command_flush(const char *program);

/* Prints text, and flushes as above; also false, with a message, for a text that ran out of memory. */
bool command_print(const char *program, const struct strbuf *text);

/* Prints what add() appends: the answer to --help. */
bool command_help(const char *program, void (*add)(struct strbuf *text));

/* Prints "PROGRAM: VERSION". */
bool command_version(const char *program, const char *version);

/* ---- programs that have commands --------------------------------------------- */

struct command {
	const char *name;
	const char *usage;		   /* arguments, and behind a tab what it does */
	int (*run)(int argc, char **argv); /* argv[0] is the name; returns the exit status */
};

struct command_set {
	const char *program;
	const char *version; /* for --version, behind the program's name */
	const char *purpose; /* lines for --help, each with its newline */
	const struct command *commands;
	size_t count;
};

/*
 * Runs the command that argv[1] names, or answers --help and --version.  Returns the exit status: that of the command,
 * EX_USAGE without one or for an unknown one, EXIT_FAILURE for help or a version that cannot be written.
 */
int command_run(const struct command_set *set, int argc, char **argv);

#endif
