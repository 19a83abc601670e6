/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/tlshd/cli.h"

#include <errno.h>

#include "support/agent/agent.h"
#include "support/option/option.h"

#define CONF_PATH SYSCONF_DIR "/nfs-tls.conf"

#define TEXT(to) OPTION_KEEPS(struct cli, to)
#define FLAG(to) OPTION_SETS(struct cli, to)

static const struct option_row rows[] = {
	{ 'c', "config", "FILE", "read FILE and FILE.d/*.conf instead of " CONF_PATH, TEXT(conf_path) },
	{ 0, "control", "PATH", "control socket instead of " AGENT_SOCKET, TEXT(control_path) },
	{ 0, "ask", "REQUEST", "ask the running agent: status, failures, sessions or reload", TEXT(request) },
	{ 's', "stderr", NULL, "accepted for ktls-utils; the log goes to standard error anyway", FLAG(to_stderr) },
	{ 'v', "verbose", NULL, "log more", FLAG(verbose) },
	{ 'h', "help", NULL, "show this text", FLAG(help) },
	{ 'V', "version", NULL, "show the version", FLAG(version) },
};

void cli_usage(struct strbuf *text)
{
	strbuf_addf(text, "Usage: rpc.tlshd [OPTION]...\nPerforms the TLS handshakes of NFS for the kernel.\n\n");
	option_rows_help(rows, ARRAY_SIZE(rows), text);
	strbuf_addf(
		text,
		"\nThe log goes to standard error.\nExit status: 0 done, 1 failed, 64 the command line is wrong.\nSee rpc.tlshd(8) and nfs-tls.conf(5).\n");
}

int cli_parse(int argc, char **argv, struct cli *cli, struct error *e)
{
	int first, r;

	*cli = (struct cli){ .action = CLI_RUN, .conf_path = CONF_PATH, .control_path = AGENT_SOCKET };
	r = option_rows_parse(argc, argv, rows, ARRAY_SIZE(rows), cli, &first, e);
	if (r)
		return r;
	if (first < argc)
		return error_set(e, EINVAL, "\"%s\" is one word too many", argv[first]);
	if (cli->help)
		cli->action = CLI_HELP;
	else if (cli->version)
		cli->action = CLI_VERSION;
	else if (cli->request)
		cli->action = CLI_ASK;
	return 0;
}
