/* SPDX-License-Identifier: GPL-2.0-or-later */
/* command: what each command of nfscert is to main(), and what they have in common. */
#ifndef NFSTLS_NFSCERT_COMMAND_H
#define NFSTLS_NFSCERT_COMMAND_H

#include "support/base/base.h"
#include "support/command/command.h"
#include "support/option/option.h"
#include "utils/nfscert/status.h"

int load_command(int argc, char **argv);
int unload_command(int argc, char **argv);
int list_command(int argc, char **argv);
int show_command(int argc, char **argv);
int check_command(int argc, char **argv);
int verify_command(int argc, char **argv);
int new_command(int argc, char **argv);
int sign_command(int argc, char **argv);

/* Writes "nfscert: COMMAND: sentence" to standard error and returns the status. */
int command_fail(const char *command, enum status status, const char *fmt, ...) PRINTF_LIKE(3, 4);

/*
 * Parses options; what is left over is at argv[*first].  With help set, or a mistake, it has said what is to be said
 * and returns true; *status is then the exit status.
 */
struct command_form {
	const char *name;      /* of the command */
	const char *arguments; /* for help */
	const char *purpose;   /* one or more lines, each with its newline */
	const struct option_row *rows;
	size_t count;
	const bool *help; /* member of the options */
	const char *more; /* for the end of help; may be NULL */
};
bool command_ends(const struct command_form *form, int argc, char **argv, void *options, int *first, int *status);

/* The name that an argument gives; -EINVAL, with the sentence, for one that no certificate can have. */
int command_name(const char *argument, struct error *e);

/* FOLDER/NAME.SUFFIX; the caller frees.  NULL without memory. */
char *command_path(const char *folder, const char *name, const char *suffix);

#endif
