/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/nfstls/check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "utils/nfstls/command.h"

enum { STATUS_GOOD = 0, STATUS_USAGE = 1, STATUS_FAILURE = 2 };

#define READ_MAX (8u << 20)

/* In the order in which a mount needs them. */
static const struct {
	const char *name, *purpose;
	void (*run)(struct check *check);
} checks[] = {
	{ "kernel", "what the kernel supports of what is in use here", check_kernel },
	{ "agent", "whether rpc.tlshd runs and answers, and nobody in its place", check_agent },
	{ "policy", "the policy: is it understood, and does it leave a gap", check_policy },
	{ "certificates", "the certificates and trust stores that the policy names", check_certificates },
	{ "fstab", "every NFS line of /etc/fstab against the policy", check_fstab },
	{ "exports", "every export against the policy", check_exports },
	{ "mounts", "every NFS mount against the policy", check_mounts },
	{ "transports", "every connection of NFS: is it encrypted as the policy demands", check_transports },
};

const char *check_purpose(const char *check)
{
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++)
		if (!strcmp(checks[i].name, check))
			return checks[i].purpose;
	return "";
}

/* ---- what all checks use ------------------------------------------------------- */

void check_say(struct check *check, enum check_level level, const char *subject, const char *remedy, const char *fmt,
	       ...)
{
	struct check_findings *all = &check->findings;
	struct check_finding *more = reallocarray(all->at, all->count + 1, sizeof(*more)), *to;
	va_list args;

	if (!more) {
		all->failed = true;
		return;
	}
	all->at = more;
	to = &more[all->count++];
	*to = (struct check_finding){ .level = level,
				      .check = check->current,
				      .subject = strdup(subject),
				      .remedy = remedy && *remedy ? strdup(remedy) : NULL };
	va_start(args, fmt);
	if (vasprintf(&to->finding, fmt, args) < 0)
		to->finding = NULL;
	va_end(args);
	if (!to->subject || !to->finding || (remedy && *remedy && !to->remedy))
		all->failed = true;
}

bool check_lacks_policy(struct check *check, const char *subject)
{
	if (!check->policy)
		check_say(check, CHECK_WARNING, subject, "correct the policy first",
			  "not judged, since the policy cannot be read");
	return !check->policy;
}

bool check_is_client(const struct check *check)
{
	return check->host.fstab.count || check->host.mounts.count;
}

bool check_is_server(const struct check *check)
{
	return check->host.exports.table && export_table_count(check->host.exports.table);
}

char *check_path(const struct check *check, const char *path)
{
	char *whole;

	return asprintf(&whole, "%s%s", check->root, path) < 0 ? NULL : whole;
}

int check_read(const struct check *check, const char *path, struct strbuf *text)
{
	AUTO_FREE char *whole = check_path(check, path);
	FILE *file = whole ? fopen(whole, "re") : NULL;
	int r = whole ? -errno : -ENOMEM;
	char part[4096];
	size_t got;

	if (!file)
		return r;
	while ((got = fread(part, 1, sizeof(part), file)) > 0 && text->size < READ_MAX)
		strbuf_add(text, part, got);
	r = ferror(file) ? -EIO : got ? -EFBIG : 0;
	fclose(file);
	if (!r)
		strbuf_add(text, "", 0); /* text is there, even if the file is empty */
	return text->failed ? -ENOMEM : r;
}

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
	strbuf_addf(text, "\nExit status: 0 no failure, 2 at least one, 1 the command line is wrong.\n"
			  "See nfstls(8).\n");
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
		checks[i].run(check);
	}
}

static bool has_failure(const struct check_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++)
		if (findings->at[i].level == CHECK_FAILURE)
			return true;
	return false;
}

static int print(const struct strbuf *text)
{
	if (!text->failed && fputs(text->text, stdout) >= 0 && fflush(stdout) == 0)
		return 0;
	fprintf(stderr, "nfstls: check: cannot write the report\n");
	return STATUS_USAGE;
}

static int report(const struct check_findings *findings, const struct check_cli *options)
{
	AUTO_STRBUF text = { 0 };

	if (findings->failed) {
		fprintf(stderr, "nfstls: check: out of memory\n");
		return STATUS_USAGE;
	}
	if (options->json)
		check_report_json(findings, &text);
	else
		check_report_text(findings, options->verbose, &text);
	if (print(&text))
		return STATUS_USAGE;
	return has_failure(findings) ? STATUS_FAILURE : STATUS_GOOD;
}

int check_command(int argc, char **argv)
{
	struct check check = { .is_root = geteuid() == 0, .now = time(NULL) };
	struct check_cli options;
	struct error e;
	int status;

	if (parse(argc, argv, &options, &e)) {
		fprintf(stderr, "nfstls: check: %s: see nfstls check --help\n", e.text);
		return STATUS_USAGE;
	}
	if (options.help) {
		AUTO_STRBUF text = { 0 };

		add_usage(&text);
		return print(&text);
	}
	check.root = options.root;
	check.config = options.config;
	check.live = !*options.root;
	run_all(&check);
	status = report(&check.findings, &options);
	check_findings_free(&check.findings);
	check_host_free(&check.host);
	policy_sections_free(check.sections);
	exports_mounts_free(&check.places);
	policy_free(check.policy);
	return status;
}
