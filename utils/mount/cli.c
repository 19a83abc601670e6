/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/mount/cli.h"

#include <string.h>

#include "support/option/option.h"

static int take_options(const char *argument, void *options, struct error *e)
{
	struct cli *cli = options;

	return mount_options_parse(&cli->options, argument, strlen(argument), e);
}

#define SETS(to) OPTION_SETS(struct cli, to)
#define CLEARS(to) OPTION_CLEARS(struct cli, to)

static const struct option_row mount_switches[] = {
	{ 'r', "read-only", NULL, "mount read-only", SETS(read_only) },
	{ 0, "ro", NULL, NULL, SETS(read_only) },
	{ 'w', "read-write", NULL, "mount read-write, as without -r", CLEARS(read_only) },
	{ 0, "rw", NULL, NULL, CLEARS(read_only) },
	{ 'v', "verbose", NULL, "tell each step", SETS(verbose) },
	{ 'f', "fake", NULL, "do everything but the mount itself", SETS(fake) },
	{ 'n', "no-mtab", NULL, "leave no record in /run/mount/utab", SETS(no_record) },
	{ 's', "sloppy", NULL, "let the kernel ignore options it does not know", SETS(sloppy) },
	{ 'o', "options", "LIST", "mount options, see nfs(5)", OPTION_CALLS(take_options) },
	{ 'V', "version", NULL, "print the version", SETS(version) },
	{ 'h', "help", NULL, "print this help", SETS(help) },
};

static const struct option_row umount_switches[] = {
	{ 'f', "force", NULL, "abort waiting requests of a server that does not answer", SETS(force) },
	{ 'l', "lazy", NULL, "detach now, clean up when the last user is gone", SETS(lazy) },
	{ 'r', "read-only", NULL, "if busy, make it read-only instead", SETS(read_only) },
	{ 'n', "no-mtab", NULL, "leave the record in /run/mount/utab alone", SETS(no_record) },
	{ 'v', "verbose", NULL, "tell each step", SETS(verbose) },
	{ 'h', "help", NULL, "print this help", SETS(help) },
};

static const struct {
	const char *synopsis;
	const struct option_row *rows;
	size_t count;
} kinds[] = {
	[CLI_MOUNT] = { "remotetarget dir [-rvVwfnsh] [-o nfsoptions]", mount_switches, ARRAY_SIZE(mount_switches) },
	[CLI_UMOUNT] = { "dir | remotetarget [-fvnrlh]", umount_switches, ARRAY_SIZE(umount_switches) },
};

void mount_cli_usage(enum cli_kind kind, const char *program, FILE *to)
{
	AUTO_STRBUF text = { 0 };

	option_rows_help(kinds[kind].rows, kinds[kind].count, &text);
	fprintf(to, "usage: %s %s\n%s", program, kinds[kind].synopsis, text.failed ? "" : text.text);
}

int mount_cli_parse(enum cli_kind kind, int argc, char **argv, struct cli *cli, struct error *e)
{
	int first, r = option_rows_parse(argc, argv, kinds[kind].rows, kinds[kind].count, cli, &first, e);

	if (r)
		return r;
	for (; first < argc; first++) {
		if (cli->operand_count < ARRAY_SIZE(cli->operands))
			cli->operands[cli->operand_count] = argv[first];
		cli->operand_count++;
	}
	return 0;
}
