/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nfsstat: what the kernel counts of NFS, the mounts, and which transports are encrypted. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/command/command.h"
#include "support/finding/finding.h"
#include "support/option/option.h"
#include "utils/nfsstat/cli.h"
#include "utils/nfsstat/show.h"

#define STATUS_NO_ACLS 1
#define STATUS_NO_ZEROING 2
#define STATUS_NO_CATEGORY 2

/* getopt(3) speaks as the word that the program was called by, and the rest to standard output: scripts know it. */
static int bad_usage(int argc, char **argv, const struct error *e)
{
	fprintf(stderr, "%s: %s\n", argv[0], e->text);
	printf("Try `%s --help' for more information.\n", program_invocation_short_name);
	return option_is_asked_for(argc, argv, "--check") ? EX_USAGE : EXIT_FAILURE;
}

static int refuse(int status, const char *sentence, const char *word)
{
	fprintf(stderr, "%s: %s%s\n", program_invocation_short_name, sentence, word);
	return status;
}

static int run(const struct cli *cli)
{
	switch (cli->action) {
	case CLI_HELP:
		return command_help(program_invocation_short_name, nfsstat_cli_usage) ? EXIT_SUCCESS : EXIT_FAILURE;
	case CLI_VERSION:
		return command_version(program_invocation_short_name, PACKAGE_VERSION) ? EXIT_SUCCESS : EXIT_FAILURE;
	case CLI_NO_ACLS:
		return refuse(STATUS_NO_ACLS, "nfs acls are not yet supported.", "");
	case CLI_NO_ZEROING:
		return refuse(STATUS_NO_ZEROING, "zeroing of nfs statistics not yet supported", "");
	case CLI_NO_CATEGORY:
		return refuse(STATUS_NO_CATEGORY, "unknown category: ", cli->category);
	case CLI_MOUNTS:
		return show_mounts(cli);
	case CLI_COUNTERS:
		break;
	}
	return cli->tls ? show_transports(cli) : show_counters(cli);
}

int main(int argc, char **argv)
{
	struct cli cli;
	struct error e;
	int status;

	if (!standard_descriptors_fill())
		return EXIT_FAILURE; /* and nowhere to say so */
	status = nfsstat_cli_parse(argc, argv, &cli, &e) ? bad_usage(argc, argv, &e) : run(&cli);
	if (command_flush(program_invocation_short_name))
		return status;
	return cli.check ? (int)FINDING_UNKNOWN : EXIT_FAILURE;
}
