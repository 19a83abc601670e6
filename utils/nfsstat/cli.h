/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cli: the command line of nfsstat, that of nfs-utils and some words of our own. */
#ifndef NFSTLS_NFSSTAT_CLI_H
#define NFSTLS_NFSSTAT_CLI_H

#include "support/base/base.h"
#include "support/counters/counters.h"

/* The options that say at once what is done: the first one counts, and what follows it is not looked at. */
enum cli_action {
	CLI_COUNTERS, /* none of them; or the transports, with --tls */
	CLI_MOUNTS,   /* -m */
	CLI_HELP,
	CLI_VERSION,
	CLI_NO_ACLS,	 /* -a */
	CLI_NO_ZEROING,	 /* -z */
	CLI_NO_CATEGORY, /* -o with a word that is none */
};

#define CLI_VERSIONS 5u /* by number: 2, 3, 4 */

struct cli {
	enum cli_action action;
	bool server, client; /* at least one of them, once all is read */
	bool block[COUNTERS_BLOCKS];
	bool tables;		    /* -n */
	bool version[CLI_VERSIONS]; /* their tables, zeros or not */
	bool automatic;		    /* the tables of all versions that have counted something */
	bool list;		    /* -l */
	bool verbose;		    /* -v */
	bool json;
	bool sleep;	       /* -Z */
	unsigned int interval; /* its seconds, or 0 */
	const char *since;     /* -S, or NULL */
	const char *category;  /* CLI_NO_CATEGORY: the word */

	bool tls;   /* the transports, not the counters */
	bool wide;  /* all columns */
	bool check; /* the exit status tells what was found */
	bool openmetrics;
	const char *config; /* the policy */
	const char *root;   /* before /proc, /sys and the tables of exports; "" for the live system */
};

/*
 * Reads the arguments; permutes argv, to whose strings *cli points.  -EINVAL with what is wrong, in the words of
 * getopt_long(3).
 */
int nfsstat_cli_parse(int argc, char **argv, struct cli *cli, struct error *e);

void nfsstat_cli_usage(struct strbuf *text);

#endif
