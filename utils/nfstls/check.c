/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/nfstls/check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "utils/nfstls/command.h"

/* In the order in which a mount needs them. */
static const struct {
	const char *name, *purpose;
	const char *source; /* what it looks at, if it is one file for all of it */
	void (*run)(struct check *check);
} checks[] = {
	{ "kernel", "what the kernel supports of what is in use here", NULL, check_kernel },
	{ "agent", "whether rpc.tlshd runs and answers, and nobody in its place", NULL, check_agent },
	{ "policy", "the policy: is it understood, and does it leave a gap", NULL, check_policy },
	{ "certificates", "the certificates and trust stores that the policy names", NULL, check_certificates },
	{ "fstab", "every NFS line of /etc/fstab against the policy", SYSCONF_DIR "/fstab", check_fstab },
	{ "exports", "every export against the policy", NULL, check_exports },
	{ "mounts", "every NFS mount against the policy", "/proc/self/mountinfo", check_mounts },
	{ "transports", "every connection of NFS: is it encrypted as the policy demands", "/sys/kernel/sunrpc",
	  check_transports },
};

/* ---- the command line -------------------------------------------------------------- */

struct check_cli {
	const char *root, *config;
	bool json, verbose, help;
};

#define TEXT(to) OPTION_KEEPS(struct check_cli, to)
#define FLAG(to) OPTION_SETS(struct check_cli, to)

static const struct option_row rows[] = {
	{ 'c', "config", "FILE", "the policy is in FILE and FILE.d/*.conf instead of " POLICY_FILE, TEXT(config) },
	{ 0, "root", "FOLDER", "examine the files below FOLDER, and nothing that runs here", TEXT(root) },
	{ 0, "json", NULL, "report in JSON", FLAG(json) },
	{ 'v', "verbose", NULL, "also show what each check examines", FLAG(verbose) },
	{ 'h', "help", NULL, "show this text", FLAG(help) },
};

static void add_usage(struct strbuf *text)
{
	strbuf_addf(text, "Usage: nfstls check [OPTION]...\n"
			  "Examines this host: does all that is needed for NFS with TLS work, and is everything\n"
			  "protected as the policy demands?  As root it sees more.\n\n");
	option_rows_help(rows, ARRAY_SIZE(rows), text);
	strbuf_addf(text, "\nThe checks:\n");
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++)
		strbuf_addf(text, "  %-13s %s\n", checks[i].name, checks[i].purpose);
	strbuf_addf(text, "\n" FINDING_STATUSES "See nfstls(8).\n");
}

static int parse(int argc, char **argv, struct check_cli *options, struct error *e)
{
	int first;

	*options = (struct check_cli){ .root = "", .config = POLICY_FILE };
	if (option_rows_parse(argc, argv, rows, ARRAY_SIZE(rows), options, &first, e))
		return -EINVAL;
	if (!options->help && first < argc)
		return error_set(e, EINVAL, "\"%s\" is one word too many", argv[first]);
	if (*options->root && access(options->root, R_OK | X_OK) < 0)
		return error_set(e, EINVAL, "cannot look below %s: %s", options->root, strerror(errno));
	return 0;
}

/* ---- one run --------------------------------------------------------------------------- */

static void run_all(struct check *check)
{
	struct error e;

	if (policy_load(check->root, check->config, &check->policy, &check->policy_why))
		check->policy = NULL;
	check_host_read(check->root, &check->host);
	if (exports_mounts_read(check->root, &check->places, &e))
		check->findings.failed = true;
	else if (check->policy &&
		 policy_sections_new(check->policy, check->places.tree, &check->sections, &check->policy_why)) {
		policy_free(check->policy);
		check->policy = NULL;
	}
	for (size_t i = 0; !check->findings.failed && i < ARRAY_SIZE(checks); i++) {
		check->current = checks[i].name;
		check->source = checks[i].source;
		checks[i].run(check);
	}
}

static const char *purpose_of(const char *check)
{
	size_t i = 0;

	while (i + 1 < ARRAY_SIZE(checks) && strcmp(checks[i].name, check) != 0)
		i++;
	return checks[i].purpose;
}

/* With -v a heading for each check. */
static void add_text(const struct findings *findings, bool verbose, struct strbuf *out)
{
	const char *last = "";

	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->at[i];

		if (verbose && strcmp(last, finding->check) != 0)
			strbuf_addf(out, "# %s: %s\n", finding->check, purpose_of(finding->check));
		last = finding->check;
		finding_text(finding, FINDING_BY_SUBJECT, out);
	}
}

static int print(const struct strbuf *text, enum finding_level level)
{
	return command_print("nfstls", text) ? (int)level : (int)FINDING_UNKNOWN;
}

static int report(const struct findings *findings, const struct check_cli *options)
{
	AUTO_STRBUF text = { 0 };

	if (findings->failed) {
		fprintf(stderr, "nfstls: check: out of memory\n");
		return FINDING_UNKNOWN;
	}
	if (options->json)
		findings_json(findings, &text);
	else
		add_text(findings, options->verbose, &text);
	return print(&text, findings_level(findings));
}

int check_command(int argc, char **argv)
{
	struct check check = { .is_root = geteuid() == 0, .now = time(NULL) };
	struct check_cli options;
	struct error e;
	int status;

	if (parse(argc, argv, &options, &e)) {
		fprintf(stderr, "nfstls: check: %s: see nfstls check --help\n", e.text);
		return EX_USAGE;
	}
	if (options.help)
		return command_help("nfstls", add_usage) ? (int)FINDING_OK : (int)FINDING_UNKNOWN;
	check.root = options.root;
	check.config = options.config;
	check.live = !*options.root;
	run_all(&check);
	status = report(&check.findings, &options);
	findings_free(&check.findings);
	check_host_free(&check.host);
	policy_sections_free(check.sections);
	exports_mounts_free(&check.places);
	policy_free(check.policy);
	return status;
}
