/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/tlshd/cli.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "support/agent/agent.h"

#define CONF_PATH SYSCONF_DIR "/nfs-tls.conf"

/* Long options without a letter get numbers past all letters. */
enum { OPTION_ASK = 256, OPTION_CONTROL };

static const struct {
	int letter;
	const char *name;
	const char *argument;
	const char *help;
} rows[] = {
	{ 'c', "config", "FILE", "read FILE and FILE.d/*.conf instead of " CONF_PATH },
	{ OPTION_CONTROL, "control", "PATH", "control socket instead of " AGENT_SOCKET },
	{ OPTION_ASK, "ask", "REQUEST", "ask the running agent: status, failures, sessions or reload" },
	{ 's', "stderr", NULL, "accepted for ktls-utils; the log goes to standard error anyway" },
	{ 'v', "verbose", NULL, "log more" },
	{ 'h', "help", NULL, "show this text" },
	{ 'V', "version", NULL, "show the version" },
};

void cli_usage(struct strbuf *text)
{
	strbuf_addf(text, "Usage: rpc.tlshd [OPTION]...\nPerforms the TLS handshakes of NFS for the kernel.\n\n");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		AUTO_STRBUF left = { 0 };

		if (rows[i].letter < 256)
			strbuf_addf(&left, "-%c, ", rows[i].letter);
		else
			strbuf_addf(&left, "    ");
		strbuf_addf(&left, "--%s%s%s", rows[i].name, rows[i].argument ? " " : "",
			    rows[i].argument ? rows[i].argument : "");
		if (!left.failed)
			strbuf_addf(text, "  %-24s %s\n", left.text, rows[i].help);
	}
	strbuf_addf(text, "\nThe log goes to standard error.  See rpc.tlshd(8) and nfs-tls.conf(5).\n");
}

static void make_tables(struct option *longs, char *shorts)
{
	*shorts++ = ':'; /* getopt stays silent; we speak */
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		longs[i] = (struct option){ rows[i].name, rows[i].argument ? required_argument : no_argument, NULL,
					    rows[i].letter };
		if (rows[i].letter >= 256)
			continue;
		*shorts++ = (char)rows[i].letter;
		if (rows[i].argument)
			*shorts++ = ':';
	}
	*shorts = '\0';
}

static void apply(int letter, struct cli *cli)
{
	switch (letter) {
	case 'c':
		cli->conf_path = optarg;
		break;
	case OPTION_CONTROL:
		cli->control_path = optarg;
		break;
	case OPTION_ASK:
		cli->action = CLI_ASK;
		cli->request = optarg;
		break;
	case 'v':
		cli->verbose = true;
		break;
	case 'h':
		cli->action = CLI_HELP;
		break;
	case 'V':
		cli->action = CLI_VERSION;
		break;
	default: /* -s */
		break;
	}
}

int cli_parse(int argc, char **argv, struct cli *cli, struct error *e)
{
	struct option longs[ARRAY_SIZE(rows) + 1] = { { 0 } };
	char shorts[2 * ARRAY_SIZE(rows) + 2];
	int letter;

	*cli = (struct cli){ .action = CLI_RUN, .conf_path = CONF_PATH, .control_path = AGENT_SOCKET };
	make_tables(longs, shorts);
	optind = 0; /* so that tests can parse many lines */
	while ((letter = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (letter == ':')
			return error_set(e, EINVAL, "%s needs an argument", argv[optind - 1]);
		if (letter == '?')
			return error_set(e, EINVAL, "unknown option %s", argv[optind - 1]);
		apply(letter, cli);
	}
	if (optind < argc)
		return error_set(e, EINVAL, "\"%s\" is one word too many", argv[optind]);
	return 0;
}
