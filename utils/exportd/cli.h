/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cli: what the command line of nfsv4.exportd says. */
#ifndef NFSTLS_EXPORTD_CLI_H
#define NFSTLS_EXPORTD_CLI_H

#include "support/base/base.h"

enum cli_action { CLI_RUN, CLI_HELP, CLI_VERSION };

struct cli {
	enum cli_action action;
	bool help, version; /* what was given; action says what comes of it */
	bool foreground;
	bool debug;
	bool log_auth;	  /* who got in and who did not */
	bool manage_gids; /* these four: or nfs.conf says so */
	bool per_address;
	bool no_netlink;
	unsigned int ttl;	  /* seconds; 0: not given */
	unsigned int threads;	  /* 0: not given */
	const char *state_folder; /* NULL: not given */
};

/* -EINVAL with what is wrong. Strings are borrowed from argv. */
int cli_parse(int argc, char **argv, struct cli *cli, struct error *e);
void cli_usage(struct strbuf *text);

#endif
