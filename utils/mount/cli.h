/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli: the command lines of mount.nfs and umount.nfs, from one table each.
 */
#ifndef NFSTLS_MOUNT_CLI_H
#define NFSTLS_MOUNT_CLI_H

#include <stdio.h>

#include "support/mounts/mounts.h"

/* All strings are borrowed from argv. */
struct cli {
	const char *operands[2];
	unsigned int operand_count;   /* may be more than 2 */
	struct mount_options options; /* of all -o, in order; free with mount_options_free() */
	bool read_only;
	bool verbose;
	bool version;
	bool fake;
	bool no_record;
	bool sloppy;
	bool help;
	bool force;
	bool lazy;
};

enum cli_kind { CLI_MOUNT, CLI_UMOUNT };

/* -EINVAL with the reason for a command line that is not understood. */
int mount_cli_parse(enum cli_kind kind, int argc, char **argv, struct cli *cli, struct error *e);

void mount_cli_usage(enum cli_kind kind, const char *program, FILE *to);

#endif
