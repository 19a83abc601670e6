/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

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

int main(int argc, char **argv)
{
	static const struct command_set set = {
		.program = "nfscert",
		.version = PACKAGE_STRING,
		.purpose =
			"Certificates and keys for NFS with TLS, in the kernel's keyring.  A certificate has a name, "
			"\"host\" if none is given.\n",
		.commands = commands,
		.count = ARRAY_SIZE(commands),
	};

	return command_run(&set, argc, argv);
}
