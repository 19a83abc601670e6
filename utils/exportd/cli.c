/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/exportd/cli.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <string.h>

#include "utils/exportd/settings.h"

static const struct {
	int letter;
	const char *name;
	const char *argument;
	const char *help;
} rows[] = {
	{ 'F', "foreground", NULL, "stay in the foreground; the log goes to standard error" },
	{ 'f', NULL, NULL, "the same" },
	{ 'd', "debug", "KIND", "log more; the kind \"auth\" logs what -l does" },
	{ 'l', "log-auth", NULL, "log which clients are let in, and what they get" },
	{ 'g', "manage-gids", NULL, "tell the kernel the groups of users, in place of those a client sends" },
	{ 'i', "cache-use-ipaddr", NULL, "know clients to the kernel by address, not by what they match" },
	{ 'T', "ttl", "SECONDS", "how long the kernel may keep an answer; 1800 if not given" },
	{ 's', "state-directory-path", "FOLDER", "where etab is; " STATE_FOLDER " if not given" },
	{ 't', "num-threads", "NUMBER", "how many look-ups of names may be under way at once, 1 to 64" },
	{ 'L', "no-netlink", NULL, "use the channel files even where the kernel has netlink" },
	{ 'h', "help", NULL, "show this text" },
	{ 'v', "version", NULL, "show the version" },
	{ 'V', NULL, NULL, "the same" },
};

void cli_usage(struct strbuf *text)
{
	strbuf_addf(text, "Usage: nfsv4.exportd [OPTION]...\nTells the kernel's NFS server who may reach what.\n\n");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		AUTO_STRBUF left = { 0 };

		strbuf_addf(&left, "-%c", rows[i].letter);
		if (rows[i].name)
			strbuf_addf(&left, ", --%s", rows[i].name);
		if (rows[i].argument)
			strbuf_addf(&left, " %s", rows[i].argument);
		if (!left.failed)
			strbuf_addf(text, "  %-34s %s\n", left.text, rows[i].help);
	}
	strbuf_addf(text, "\nSee nfsv4.exportd(8), nfs.conf(5) and nfs-tls.conf(5).\n");
}

static void make_tables(struct option *longs, char *shorts)
{
	size_t named = 0;

	*shorts++ = ':'; /* getopt stays silent; we speak */
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].name)
			longs[named++] = (struct option){ rows[i].name,
							  rows[i].argument ? required_argument : no_argument, NULL,
							  rows[i].letter };
		*shorts++ = (char)rows[i].letter;
		if (rows[i].argument)
			*shorts++ = ':';
	}
	*shorts = '\0';
}

/* Kinds of nfs-utils; all but "auth" mean: more. */
static int apply_debug(const char *kind, struct cli *cli, struct error *e)
{
	static const char *const kinds[] = { "auth", "all", "call", "general", "parse" };

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(kind, kinds[i]) != 0)
			continue;
		cli->log_auth |= i < 2;
		cli->debug |= i > 0;
		return 0;
	}
	return error_set(e, EINVAL, "-d takes auth, call, general, parse or all, not \"%s\"", kind);
}

static int number(const char *text, long long max, const char *what, unsigned int *value, struct error *e)
{
	long long parsed;

	if (text_number(text, 1, max, &parsed))
		return error_set(e, EINVAL, "bad %s: %s", what, text);
	*value = (unsigned int)parsed;
	return 0;
}

static int apply(int letter, struct cli *cli, struct error *e)
{
	switch (letter) {
	case 'F':
	case 'f':
		cli->foreground = true;
		return 0;
	case 'd':
		return apply_debug(optarg, cli, e);
	case 'l':
		cli->log_auth = true;
		return 0;
	case 'g':
		cli->manage_gids = true;
		return 0;
	case 'i':
		cli->per_address = true;
		return 0;
	case 'T':
		return number(optarg, SETTINGS_TTL_MAX, "ttl number of seconds", &cli->ttl, e);
	case 's':
		cli->state_folder = optarg;
		return 0;
	case 't':
		return number(optarg, INT_MAX, "number of threads", &cli->threads, e);
	case 'L':
		cli->no_netlink = true;
		return 0;
	case 'h':
		cli->action = CLI_HELP;
		return 0;
	default:
		cli->action = CLI_VERSION;
		return 0;
	}
}

int cli_parse(int argc, char **argv, struct cli *cli, struct error *e)
{
	struct option longs[ARRAY_SIZE(rows) + 1] = { { 0 } };
	char shorts[2 * ARRAY_SIZE(rows) + 2];
	int letter;

	*cli = (struct cli){ .action = CLI_RUN };
	make_tables(longs, shorts);
	optind = 0; /* so that tests can parse many lines */
	while ((letter = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		int r;

		if (letter == ':')
			return error_set(e, EINVAL, "%s needs an argument", argv[optind - 1]);
		if (letter == '?')
			return error_set(e, EINVAL, "unknown option %s", argv[optind - 1]);
		r = apply(letter, cli, e);
		if (r)
			return r;
	}
	if (optind < argc)
		return error_set(e, EINVAL, "\"%s\" is one word too many", argv[optind]);
	return 0;
}
