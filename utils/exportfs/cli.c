/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/exportfs/cli.h"

#include <errno.h>
#include <string.h>

#include "support/option/option.h"

#define TEXT(to) OPTION_KEEPS(struct cli, to)
#define FLAG(to) OPTION_SETS(struct cli, to)

static const struct option_row rows[] = {
	{ 'a', "all", NULL, "export everything in the files; with -u, unexport everything", FLAG(all) },
	{ 'r', "reexport", NULL, "as -a, and unexport what is no longer in the files", FLAG(reexport) },
	{ 'u', "unexport", NULL, "unexport", FLAG(unexport) },
	{ 'i', "ignore", NULL, "ignore the files: only the command line counts", FLAG(ignore) },
	{ 'o', "options", "LIST", "export options, see exports(5)", TEXT(options) },
	{ 'v', "verbose", NULL, "tell what is done; list with options", FLAG(verbose) },
	{ 's', "exports", NULL, "list in the form of exports(5)", FLAG(as_exports) },
	{ 'f', "flush", NULL, "have the kernel ask anew for everything", FLAG(flush) },
	{ 'L', "no-netlink", NULL, "speak to the kernel by files in /proc only", FLAG(no_netlink) },
	{ 'd', "debug", "KIND", "as nfs-utils has it; here the same as -v", TEXT(debug) },
	{ 0, "check", NULL, "only examine the files (or those named), and change nothing", FLAG(check) },
	{ 0, "json", NULL, "list, or report on --check, in JSON", FLAG(json) },
	{ 'h', "help", NULL, "print this help", FLAG(help) },
	{ 'V', "version", NULL, "print the version", FLAG(version) },
};

void exportfs_cli_usage(FILE *to)
{
	AUTO_STRBUF text = { 0 };

	option_rows_help(rows, ARRAY_SIZE(rows), &text);
	fprintf(to,
		"usage: exportfs [-adfhioruvsLV] [host:/path ...]\n"
		"       exportfs --check [--json] [FILE ...]\n%s",
		text.failed ? "" : text.text);
}

static int check_combination(const struct cli *cli, struct error *e)
{
	const struct {
		bool wrong;
		const char *text;
	} rules[] = {
		{ cli->operand_count && (cli->all || cli->reexport),
		  "extra arguments are not permitted with -a or -r" },
		{ cli->ignore && (cli->all || cli->reexport || cli->unexport), "-i not meaningful with -a, -r or -u" },
		{ cli->reexport && cli->unexport, "-r and -u are incompatible" },
		{ cli->check &&
			  (cli->all || cli->reexport || cli->unexport || cli->ignore || cli->flush || cli->options),
		  "--check changes nothing: it takes only --json and files" },
		{ cli->json && !cli->check && (cli->all || cli->reexport || cli->unexport || cli->operand_count),
		  "--json is for listings and for --check" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (rules[i].wrong)
			return error_set(e, EINVAL, "%s", rules[i].text);
	return 0;
}

int exportfs_cli_parse(int argc, char **argv, struct cli *cli, struct error *e)
{
	int first, r;

	memset(cli, 0, sizeof(*cli));
	r = option_rows_parse(argc, argv, rows, ARRAY_SIZE(rows), cli, &first, e);
	if (r)
		return r;
	cli->operands = argv + first;
	cli->operand_count = argc - first;
	return check_combination(cli, e);
}
