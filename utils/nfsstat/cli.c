/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/nfsstat/cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "support/option/option.h"
#include "support/policy/policy.h"

#define FLAG(to) OPTION_SETS(struct cli, to)
#define TEXT(to) OPTION_KEEPS(struct cli, to)
#define CALL(function) OPTION_CALLS(function)
#define OURS .yields = true

/* ---- options that act at once ---------------------------------------------------------- */

static int act(void *options, enum cli_action action)
{
	struct cli *cli = options;

	if (cli->action == CLI_COUNTERS)
		cli->action = action;
	return 0;
}

static int take_mounts(const char *argument, void *options, struct error *e)
{
	(void)argument;
	(void)e;
	return act(options, CLI_MOUNTS);
}

static int take_help(const char *argument, void *options, struct error *e)
{
	(void)argument;
	(void)e;
	return act(options, CLI_HELP);
}

static int take_version(const char *argument, void *options, struct error *e)
{
	(void)argument;
	(void)e;
	return act(options, CLI_VERSION);
}

static int take_acl(const char *argument, void *options, struct error *e)
{
	(void)argument;
	(void)e;
	return act(options, CLI_NO_ACLS);
}

static int take_zero(const char *argument, void *options, struct error *e)
{
	(void)argument;
	(void)e;
	return act(options, CLI_NO_ZEROING);
}

/* ---- what is shown --------------------------------------------------------------------- */

static void choose_all(struct cli *cli)
{
	cli->tables = true;
	for (size_t i = 0; i < COUNTERS_BLOCKS; i++)
		cli->block[i] = true;
}

static int take_category(const char *argument, void *options, struct error *e)
{
	static const char *const words[COUNTERS_BLOCKS] = {
		[COUNTERS_NET] = "net", [COUNTERS_RPC] = "rpc",	      [COUNTERS_REPLY_CACHE] = "rc",
		[COUNTERS_IO] = "io",	[COUNTERS_READ_AHEAD] = "ra", [COUNTERS_FILE_HANDLES] = "fh",
	};
	struct cli *cli = options;

	(void)e;
	for (size_t i = 0; i < COUNTERS_BLOCKS; i++)
		if (!strcmp(argument, words[i])) {
			cli->block[i] = true;
			return 0;
		}
	if (!strcmp(argument, "nfs")) {
		cli->tables = true;
	} else if (!strcmp(argument, "all")) {
		choose_all(cli);
	} else if (cli->action == CLI_COUNTERS) {
		cli->action = CLI_NO_CATEGORY;
		cli->category = argument;
	}
	return 0;
}

static int take_verbose(const char *argument, void *options, struct error *e)
{
	struct cli *cli = options;

	(void)argument;
	(void)e;
	cli->verbose = true;
	return 0;
}

/* What is no number is taken for none: wait for the end. */
static int take_sleep(const char *argument, void *options, struct error *e)
{
	struct cli *cli = options;
	long seconds = argument ? strtol(argument, NULL, 10) : 0;

	(void)e;
	cli->sleep = true;
	cli->interval = seconds > 0 && seconds <= INT32_MAX ? (unsigned int)seconds : 0;
	return 0;
}

/* ---- the table ------------------------------------------------------------------------- */

/* Scripts may abbreviate the options of nfs-utils: those that are our own yield to them. */
static const struct option_row rows[] = {
	{ 'a', "acl", NULL, NULL, CALL(take_acl) },
	{ 0, "all", NULL, NULL, CALL(take_verbose) },
	{ 0, "auto", NULL, NULL, FLAG(automatic) },
	{ 'c', "client", NULL, "the counters of the client", FLAG(client) },
	{ 'm', "mounts", NULL, "the NFS mounts with their options", CALL(take_mounts) },
	{ 'n', "nfs", NULL, "the calls of NFS, as -o nfs", FLAG(tables) },
	{ 'r', "rpc", NULL, "the calls of RPC, as -o rpc", FLAG(block[COUNTERS_RPC]) },
	{ 's', "server", NULL, "the counters of the server", FLAG(server) },
	{ 'v', "verbose", NULL, "all of both sides (also --all)", CALL(take_verbose) },
	{ 'z', "zero", NULL, NULL, CALL(take_zero) },
	{ 0, "help", NULL, "print this help", CALL(take_help) },
	{ 0, "version", NULL, "print the version", CALL(take_version) },
	{ 'Z', "sleep", "[N]", "wait for Ctrl-C, and show what was counted; or every N seconds", CALL(take_sleep) },
	{ 'S', "since", "FILE", "what was counted since FILE was saved", TEXT(since) },
	{ 'l', "list", NULL, "the calls of NFS as a list, without zeros", FLAG(list) },
	{ '2', NULL, NULL, "NFS version 2 only, also zeros", FLAG(version[2]) },
	{ '3', NULL, NULL, "NFS version 3 only, also zeros", FLAG(version[3]) },
	{ '4', NULL, NULL, "NFS version 4 only, also zeros", FLAG(version[4]) },
	{ 'o', NULL, "KIND", "nfs, rpc, net, or all; of the server also rc, io, ra or fh", CALL(take_category) },
	{ 0, "tls", NULL, "each connection: is it encrypted, with what, and as whom", FLAG(tls), OURS },
	{ 0, "wide", NULL, "with --tls: all that is known of it", FLAG(wide), OURS },
	{ 0, "check", NULL, "with --tls: end with 2 if one is not as demanded, 3 if none can tell", FLAG(check), OURS },
	{ 0, "openmetrics", NULL, "with --tls: print it for the text files of node_exporter", FLAG(openmetrics), OURS },
	{ 0, "config", "FILE", "with --tls: the policy, instead of /etc/nfs-tls.conf", TEXT(config), OURS },
	{ 0, "json", NULL, "print JSON", FLAG(json), OURS },
	{ 0, "root", "FOLDER", "look below FOLDER, a copy of a system's files", TEXT(root), OURS },
};

void nfsstat_cli_usage(struct strbuf *text)
{
	strbuf_addf(text,
		    "usage: nfsstat [-sc] [-nrv234] [-o KIND] [-l | --json] [-Z[N]] [-S FILE]\n"
		    "       nfsstat -m [--json]\n"
		    "       nfsstat --tls [-scv] [--wide | --json | --openmetrics] [--check | -Z [N]] [--config FILE]\n"
		    "       nfsstat --root FOLDER ...\n");
	option_rows_help(rows, ARRAY_SIZE(rows), text);
}

/* ---- all of it ------------------------------------------------------------------------- */

static bool names_version(const struct cli *cli)
{
	for (size_t i = 0; i < CLI_VERSIONS; i++)
		if (cli->version[i])
			return true;
	return false;
}

static void set_defaults(struct cli *cli)
{
	bool any;

	/* With --tls, -v is nothing but verbose. */
	if (cli->verbose && !cli->tls) {
		cli->server = cli->client = true;
		choose_all(cli);
	}
	if (!names_version(cli))
		cli->automatic = true;
	if (!cli->server && !cli->client)
		cli->server = cli->client = true;
	any = cli->tables;
	for (size_t i = 0; i < COUNTERS_BLOCKS; i++)
		any = any || cli->block[i];
	if (!any)
		cli->tables = cli->block[COUNTERS_RPC] = true;
}

/* Those of counters would be passed over in silence. */
static bool chooses_counters(const struct cli *cli)
{
	bool any = cli->since || cli->list || cli->tables || cli->automatic || names_version(cli);

	for (size_t i = 0; i < COUNTERS_BLOCKS; i++)
		any = any || cli->block[i];
	return any;
}

/* "-Z 2": what follows an option whose argument may be left out is an operand, which counters pass over. */
static int take_operands(int count, char **operand, struct cli *cli, struct error *e)
{
	if (count && cli->sleep && !cli->interval) {
		(void)take_sleep(*operand, cli, e);
		if (!cli->interval)
			return error_set(e, EINVAL, "-Z %s: not a number of seconds", *operand);
		count--;
		operand++;
	}
	return count ? error_set(e, EINVAL, "unexpected operand '%s'", *operand) : 0;
}

static int check_transports(const struct cli *cli, struct error *e)
{
	if (cli->action == CLI_MOUNTS)
		return error_set(e, EINVAL, "-m and --tls exclude each other");
	if (chooses_counters(cli))
		return error_set(e, EINVAL, "-lnrSo234 are about counters: leave them out, or --tls");
	if (cli->wide + cli->json + cli->openmetrics > 1)
		return error_set(e, EINVAL, "--wide, --json and --openmetrics exclude each other");
	if (cli->openmetrics && cli->sleep)
		return error_set(e, EINVAL, "--openmetrics and -Z exclude each other: there is one text at a time");
	return cli->check && cli->sleep ? error_set(e, EINVAL, "--check and -Z exclude each other") : 0;
}

int nfsstat_cli_parse(int argc, char **argv, struct cli *cli, struct error *e)
{
	int first, r;

	*cli = (struct cli){ .root = "" };
	r = option_rows_parse_as_getopt(argc, argv, rows, ARRAY_SIZE(rows), cli, &first, e);
	if (r && cli->action == CLI_COUNTERS)
		return r;
	cli->tls = cli->tls || cli->wide || cli->check || cli->openmetrics || cli->config;
	if (cli->tls && (cli->action == CLI_COUNTERS || cli->action == CLI_MOUNTS)) {
		r = check_transports(cli, e);
		if (!r)
			r = take_operands(argc - first, argv + first, cli, e);
		if (r)
			return r;
	}
	if (!cli->config)
		cli->config = POLICY_FILE;
	set_defaults(cli);
	return cli->action == CLI_COUNTERS && cli->json && cli->list ?
		       error_set(e, EINVAL, "--json and -l exclude each other") :
		       0;
}
