/* SPDX-License-Identifier: GPL-2.0-or-later */
/* exportfs: keep the table of what this host exports. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/command/command.h"
#include "support/finding/finding.h"
#include "support/names/names.h"
#include "support/option/option.h"
#include "support/policy/policy.h"
#include "utils/exportfs/paths.h"
#include "utils/exportfs/run.h"

static int set_up(struct run *run, struct error *e)
{
	int r = settings_read(&run->settings, e);

	if (r)
		return r;
	run->list = export_list_new();
	run->old = export_list_new();
	run->table = export_table_new();
	run->hosts = hosts_new();
	run->paths = paths_new(run->settings.root);
	if (!run->list || !run->old || !run->table || !run->hosts || !run->paths)
		return error_set(e, ENOMEM, "out of memory");
	return nfsd_open("", run->cli->no_netlink || run->settings.no_netlink, &run->nfsd, e);
}

static void tear_down(struct run *run)
{
	export_table_free(run->table);
	export_list_free(run->list);
	export_list_free(run->old);
	hosts_free(run->hosts);
	paths_free(run->paths);
	policy_sections_free(run->sections);
	tree_free(run->tree);
	policy_free(run->policy);
	nfsd_close(run->nfsd);
	settings_free(&run->settings);
}

static bool is_listing(const struct cli *cli)
{
	return !cli->all && !cli->reexport && !cli->operand_count && !cli->flush && !cli->ignore && !cli->options;
}

/* Of --check no status of 1 may come of what was not examined, or not written: that is a warning. */
static int failed(const struct cli *cli)
{
	return cli->check ? FINDING_UNKNOWN : EXIT_FAILURE;
}

static int do_run(const struct cli *cli)
{
	struct run run = { .cli = cli };
	struct error e;
	int status;

	if (set_up(&run, &e)) {
		complain(&run, "%s", e.text);
		status = failed(cli);
	} else if (cli->check) {
		status = run_check(&run);
	} else if (is_listing(cli)) {
		status = run_list(&run);
	} else {
		status = run_change(&run);
	}
	tear_down(&run);
	return command_flush("exportfs") ? status : failed(cli);
}

int main(int argc, char **argv)
{
	struct cli cli;
	struct error e;

	if (!standard_descriptors_fill())
		return EXIT_FAILURE; /* and nowhere to say so */
	if (exportfs_cli_parse(argc, argv, &cli, &e)) {
		fprintf(stderr, "exportfs: %s\n", e.text);
		exportfs_cli_usage(stderr);
		return cli.check || option_is_asked_for(argc, argv, "--check") ? EX_USAGE : EXIT_FAILURE;
	}
	if (cli.help) {
		exportfs_cli_usage(stderr); /* where nfs-utils has it */
		return EXIT_SUCCESS;
	}
	if (cli.version)
		return command_version("exportfs", "(linux " PACKAGE_NAME " " PACKAGE_VERSION ")") ? EXIT_SUCCESS :
												     EXIT_FAILURE;
	return do_run(&cli);
}
