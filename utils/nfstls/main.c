/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "utils/nfstls/command.h"

static const struct command commands[] = {
	{ "check", "[OPTION]...\texamine this host: does TLS work, and is everything protected as it must be",
	  check_command },
	{ "explain",
	  "mount SERVER:/PATH [DIR] | export /PATH [CLIENT] | peer NAME\ttell what the policy decides, and why",
	  explain_command },
	{ "probe", "[OPTION]... SERVER[:PORT]\tspeak to a server as a mount with TLS would", probe_command },
};

int main(int argc, char **argv)
{
	static const struct command_set set = {
		.program = "nfstls",
		.version = PACKAGE_STRING,
		.purpose = "",
		.commands = commands,
		.count = ARRAY_SIZE(commands),
	};

	return command_run(&set, argc, argv);
}
