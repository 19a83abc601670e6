/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "utils/nfscert/command.h"

static const struct command commands[] = {
	{ "load", "[OPTION]... [NAME]...\tcheck a certificate and its key, and put them into the kernel",
	  load_command },
	{ "unload", "[OPTION]... NAME...\ttake them out again", unload_command },
	{ "list", "[OPTION]...\tlist the certificates of this host", list_command },
	{ "show", "[OPTION]... [NAME]\ttell all about one, and which mounts use it", show_command },
	{ "check", "[OPTION]... [NAME]...\ttell what is wrong, or soon will be: for monitoring", check_command },
	{ "verify", "[NAME] --peer SERVER\ttry whether a server accepts it", verify_command },
	{ "new", "[OPTION]... [NAME]\tmake a key, and a request or a certificate", new_command },
	{ "sign", "--ca FOLDER FILE.csr\tsign another host's request", sign_command },
};

static void usage(FILE *to)
{
	fprintf(to, "Usage: nfscert COMMAND [ARGUMENT]...\n"
		    "Certificates and keys for NFS with TLS, in the kernel's keyring.  A certificate has a name, "
		    "\"host\" if none is given.\n\n");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		const char *what = strchr(commands[i].usage, '\t');

		fprintf(to, "  nfscert %s %.*s\n        %s\n", commands[i].name, (int)(what - commands[i].usage),
			commands[i].usage, what + 1);
	}
	fprintf(to, "\n\"nfscert COMMAND --help\" tells more.  See nfscert(8).\n");
}

int main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "";

	if (!standard_descriptors_fill())
		return STATUS_FAILED; /* and nowhere to say so */
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(commands[i].name, word))
			return commands[i].run(argc - 1, argv + 1);
	if (!strcmp(word, "--help") || !strcmp(word, "-h")) {
		usage(stdout);
		return command_flush("--help", STATUS_DONE);
	}
	if (!strcmp(word, "--version") || !strcmp(word, "-V")) {
		printf("nfscert: " PACKAGE_STRING "\n");
		return command_flush("--version", STATUS_DONE);
	}
	fprintf(stderr, "nfscert: %s\n", *word ? "there is no such command" : "which command?");
	usage(stderr);
	return STATUS_USAGE;
}
