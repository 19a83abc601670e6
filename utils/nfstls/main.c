/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "config.h"
#include "support/base/base.h"
#include "utils/nfstls/command.h"

static const struct command commands[] = {
	{ "check", "[OPTION]...\texamine this host: does TLS work, and is everything protected as it must be",
	  check_command },
	{ "explain",
	  "mount SERVER:/PATH [DIR] | export /PATH [CLIENT] | peer NAME\ttell what the policy decides, and why",
	  explain_command },
	{ "probe", "[OPTION]... SERVER[:PORT]\tspeak to a server as a mount with TLS would", probe_command },
};

static void usage(FILE *to)
{
	fprintf(to, "Usage: nfstls COMMAND [ARGUMENT]...\n\n");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		const char *what = strchr(commands[i].usage, '\t');

		fprintf(to, "  nfstls %s %.*s\n        %s\n", commands[i].name, (int)(what - commands[i].usage),
			commands[i].usage, what + 1);
	}
	fprintf(to, "\n\"nfstls COMMAND --help\" tells more.  See nfstls(8).\n");
}

int main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "";

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(commands[i].name, word))
			return commands[i].run(argc - 1, argv + 1);
	if (!strcmp(word, "--help") || !strcmp(word, "-h")) {
		usage(stdout);
		return 0;
	}
	if (!strcmp(word, "--version") || !strcmp(word, "-V")) {
		printf("nfstls: " PACKAGE_STRING "\n");
		return 0;
	}
	fprintf(stderr, "nfstls: %s\n", *word ? "there is no such command" : "which command?");
	usage(stderr);
	return EX_USAGE;
}
