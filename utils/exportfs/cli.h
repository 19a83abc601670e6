/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cli: the command line of exportfs, that of nfs-utils and some words of our own. */
#ifndef NFSTLS_EXPORTFS_CLI_H
#define NFSTLS_EXPORTFS_CLI_H

#include <stdio.h>

#include "support/base/base.h"

struct cli {
	bool all;	 /* -a */
	bool reexport;	 /* -r */
	bool unexport;	 /* -u */
	bool ignore;	 /* -i: not the files */
	bool flush;	 /* -f */
	bool verbose;	 /* -v */
	bool as_exports; /* -s: list in the form of exports(5) */
	bool no_netlink; /* -L */
	bool check;	 /* --check */
	bool json;	 /* --json */
	bool help, version;
	const char *options; /* -o, or NULL */
	const char *debug;   /* the last -d, or NULL */
	char **operands;
	int operand_count;
};

/*
 * Reads the arguments; permutes argv, to whose strings *cli points.  -EINVAL with what is wrong, also for words
 * that cannot
 * stand together.
 */
int exportfs_cli_parse(int argc, char **argv, struct cli *cli, struct error *e);

void exportfs_cli_usage(FILE *to);

#endif
