/* SPDX-License-Identifier: GPL-2.0-or-later */
/* command: what each command of nfstls is to main(). */
#ifndef NFSTLS_NFSTLS_COMMAND_H
#define NFSTLS_NFSTLS_COMMAND_H

struct command {
	const char *name;
	const char *usage;		   /* arguments, and behind a tab what it does */
	int (*run)(int argc, char **argv); /* argv[0] is the name; returns the exit status */
};

int check_command(int argc, char **argv);
int explain_command(int argc, char **argv);
int probe_command(int argc, char **argv);

#endif
