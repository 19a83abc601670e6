/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cli: the command line of rpc.tlshd as a value.  Pure. */
#ifndef NFSTLS_TLSHD_CLI_H
#define NFSTLS_TLSHD_CLI_H

#include "support/base/base.h"

enum cli_action { CLI_RUN, CLI_ASK, CLI_HELP, CLI_VERSION };

struct cli {
	enum cli_action action;
	const char *conf_path;
	const char *control_path;
	const char *request; /* CLI_ASK */
	bool verbose;
	bool help, version; /* what was given; action says what comes of it */
	bool to_stderr;
};

/* -EINVAL with a sentence for a usage error.  Strings are borrowed from argv. */
int cli_parse(int argc, char **argv, struct cli *cli, struct error *e);

/* The usage text, made from the same table. */
void cli_usage(struct strbuf *text);

#endif
