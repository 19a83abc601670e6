/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/exportd/cli.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "support/export/export.h"
#include "support/option/option.h"
#include "utils/exportd/settings.h"

/* Kinds of nfs-utils; all but "auth" mean: more. */
static int take_debug(const char *kind, void *options, struct error *e)
{
	static const char *const kinds[] = { "auth", "all", "call", "general", "parse" };
	struct cli *cli = options;

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

static int take_ttl(const char *argument, void *options, struct error *e)
{
	struct cli *cli = options;

	return number(argument, SETTINGS_TTL_MAX, "ttl number of seconds", &cli->ttl, e);
}

static int take_threads(const char *argument, void *options, struct error *e)
{
	struct cli *cli = options;

	return number(argument, INT_MAX, "number of threads", &cli->threads, e);
}

#define TEXT(to) OPTION_KEEPS(struct cli, to)
#define FLAG(to) OPTION_SETS(struct cli, to)

static const struct option_row rows[] = {
	{ 'F', "foreground", NULL, "stay in the foreground; the log goes to standard error", FLAG(foreground) },
	{ 'f', NULL, NULL, "the same", FLAG(foreground) },
	{ 'd', "debug", "KIND", "log more; the kind \"auth\" logs what -l does", OPTION_CALLS(take_debug) },
	{ 'l', "log-auth", NULL, "log which clients are let in, and what they get", FLAG(log_auth) },
	{ 'g', "manage-gids", NULL, "tell the kernel the groups of users, in place of those a client sends",
	  FLAG(manage_gids) },
	{ 'i', "cache-use-ipaddr", NULL, "know clients to the kernel by address, not by what they match",
	  FLAG(per_address) },
	{ 'T', "ttl", "SECONDS", "how long the kernel may keep an answer; 1800 if not given", OPTION_CALLS(take_ttl) },
	{ 's', "state-directory-path", "FOLDER", "where etab is; " EXPORT_STATE_FOLDER " if not given",
	  TEXT(state_folder) },
	{ 't', "num-threads", "NUMBER", "how many look-ups of names may be under way at once, 1 to 64",
	  OPTION_CALLS(take_threads) },
	{ 'L', "no-netlink", NULL, "use the channel files even where the kernel has netlink", FLAG(no_netlink) },
	{ 'h', "help", NULL, "show this text", FLAG(help) },
	{ 'v', "version", NULL, "show the version", FLAG(version) },
	{ 'V', NULL, NULL, NULL, FLAG(version) },
};

void cli_usage(struct strbuf *text)
{
	strbuf_addf(text, "Usage: nfsv4.exportd [OPTION]...\nTells the kernel's NFS server who may reach what.\n\n");
	option_rows_help(rows, ARRAY_SIZE(rows), text);
	strbuf_addf(text, "\nSee nfsv4.exportd(8), nfs.conf(5) and nfs-tls.conf(5).\n");
}

int cli_parse(int argc, char **argv, struct cli *cli, struct error *e)
{
	int first, r;

	*cli = (struct cli){ .action = CLI_RUN };
	r = option_rows_parse(argc, argv, rows, ARRAY_SIZE(rows), cli, &first, e);
	if (r)
		return r;
	if (first < argc)
		return error_set(e, EINVAL, "\"%s\" is one word too many", argv[first]);
	if (cli->help)
		cli->action = CLI_HELP;
	else if (cli->version)
		cli->action = CLI_VERSION;
	return 0;
}
