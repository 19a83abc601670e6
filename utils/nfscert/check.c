/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/finding/finding.h"
#include "utils/nfscert/apart.h"
#include "utils/nfscert/command.h"
#include "utils/nfscert/describe.h"
#include "utils/nfscert/examine.h"
#include "utils/nfscert/taken.h"

struct check_options {
	const char *folder, *config, *warn, *truststore;
	bool json, help;
	struct x509_renewal renewal;
};

#define TEXT(to) OPTION_KEEPS(struct check_options, to)
#define FLAG(to) OPTION_SETS(struct check_options, to)

static const struct option_row rows[] = {
	{ 0, "warn", "TIME", "warn of certificates of which less is left: days (30), hours (12h), percent (33%)",
	  TEXT(warn) },
	{ 'd', "directory", "FOLDER", "look for files in FOLDER", TEXT(folder) },
	{ 'c', "config", "FILE", "the policy is in FILE and FILE.d/*.conf", TEXT(config) },
	{ 0, "truststore", "FILE", "verify under the authorities in FILE instead of the policy's and the system's",
	  TEXT(truststore) },
	{ 0, "json", NULL, "report in JSON", FLAG(json) },
	{ 'h', "help", NULL, "show this text", FLAG(help) },
};

/* ---- findings -------------------------------------------------------------------- */

struct check {
	const struct check_options *options;
	const struct policy *policy;
	const struct authorities *authorities;
	struct taken *taken; /* NULL: not known */
	struct names names;
	const char *const *words; /* the names to look at; none: all */
	size_t word_count;
	time_t now;
	const char *name;   /* that is looked at */
	const char *source; /* its file or key in the keyring, or the line of the policy that names it; NULL: none */
	bool troubled;	    /* something was said of it */
	struct findings findings;
};

static void say(struct check *check, enum finding_level level, const char *remedy, const char *fmt, ...)
	PRINTF_LIKE(4, 5);

static void say(struct check *check, enum finding_level level, const char *remedy, const char *fmt, ...)
{
	va_list args;

	check->troubled = true;
	va_start(args, fmt);
	findings_add_list(&check->findings, level, "certificates", check->name, remedy, check->source, fmt, args);
	va_end(args);
}

/* ---- one certificate ------------------------------------------------------------------ */

/* "", or which one of those above it is meant. */
static void name_above(const struct described *d, struct strbuf *out)
{
	gnutls_x509_crt_t first = chain_first_to_expire(&d->own.chain);

	if (first == d->own.chain.cert[0])
		return;
	strbuf_addf(out, "the certificate above it, of ");
	describe_subject(first, out);
	strbuf_addf(out, ", ");
}

static void check_days(struct check *check, const struct described *d)
{
	gnutls_x509_crt_t first = chain_first_to_expire(&d->own.chain);
	time_t end = gnutls_x509_crt_get_expiration_time(first);
	const struct x509_renewal *when = check->options->warn ? &check->options->renewal : NULL;
	AUTO_STRBUF above = { 0 };
	const char *which;
	char left[48];

	name_above(d, &above);
	which = above.text && !above.failed ? above.text : "";
	x509_show_left(end, check->now, left, sizeof(left));
	if (end < check->now)
		say(check, FINDING_FAILURE, "renew it", "%shas expired %s ago", which, left);
	else if (x509_renewal_is_due(first, when, check->now))
		say(check, FINDING_WARNING, "renew it", "%sexpires in %s", which, left);
}

static void check_alt_name(struct check *check, const struct described *d)
{
	if (!x509_cert_names_server(d->own.chain.cert[0]))
		say(check, FINDING_WARNING, "have one issued with a DNS name, if this host is a server",
		    "has no DNS name and no address in subjectAltName, so that a server cannot use it");
}

static void check_verifies(struct check *check, const struct described *d)
{
	const char *remedy;
	unsigned int roles;
	struct error e;
	size_t problem;
	enum status status = examine_chain(&d->own.chain, check->authorities, 0, check->now, &roles, &e);

	if (!status)
		check_alt_name(check, d);
	/* check_days() has told of that. */
	if (!status || (status == STATUS_DATES && chain_days_left(&d->own.chain, check->now) < 0))
		return;
	remedy = finding_remedy_in(e.text, &problem);
	/* Whoever loaded it has named the authority then. */
	if (e.code == ENOKEY && d->own.place == OWNCERT_IN_KEYRING)
		say(check, FINDING_WARNING,
		    "set truststore= of a section of the policy to the authority, or it is not "
		    "loaded at boot",
		    "%.*s", (int)problem, e.text);
	else
		say(check, FINDING_FAILURE, remedy ? remedy : "have another one issued, or correct the chain", "%.*s",
		    (int)problem, e.text);
}

static void check_key(struct check *check, const struct described *d)
{
	gnutls_privkey_t key = NULL;
	struct error e;
	int r = owncert_read_key(&d->own, &key, &e);

	if (!r)
		r = x509_key_check_strength("the private key", key, &e);
	if (key)
		gnutls_privkey_deinit(key);
	if (r == -EACCES && geteuid() != 0)
		say(check, FINDING_UNKNOWN, "ask again as root", "only root can examine its key");
	else if (r)
		say(check, FINDING_FAILURE, "correct the key, and load it again", "%s", e.text);
}

static void check_loaded(struct check *check, const struct described *d)
{
	const struct keys_pair *pair = &d->name->pair;

	if (!pair->certificate != !pair->key)
		say(check, FINDING_FAILURE, "run nfscert load", "only its %s is loaded into the kernel",
		    pair->key ? "private key" : "certificate");
	if (d->file_differs)
		say(check, FINDING_WARNING, "run nfscert load", "%s holds something else than what is used",
		    d->own.path);
}

/* Its own log tells why.  Of files it hears only when it looks at them. */
static void check_taken(struct check *check, const struct described *d)
{
	const char *taken = taken_serial(check->taken, d->name->name);
	char own[128];

	x509_cert_serial(d->own.chain.cert[0], own, sizeof(own));
	if (taken && d->own.place == OWNCERT_IN_KEYRING && strcmp(taken, own))
		say(check, FINDING_WARNING, "its log tells why; then run nfscert load",
		    "rpc.tlshd has not taken what is loaded: it shows the one with the serial number %s", taken);
}

/*
 * While it is loaded nothing depends on the files, until the next boot.  Without its key there are none to load, which
 * is how a key is kept in the kernel alone; and what is encrypted only its owner can open.
 */
static void check_files(struct check *check, const struct described *d)
{
	const struct source source = { .name = d->name->name, .folder = check->options->folder, .passphrase_fd = -1 };
	AUTO_MATERIAL material = { 0 };
	unsigned int roles;
	enum status status;
	struct error e;
	size_t problem;

	if (d->own.place != OWNCERT_IN_KEYRING || access(d->own.key_path, F_OK))
		return;
	status = material_read(&source, &material, &e);
	if (!status)
		status = examine_material(&material, check->authorities, 0, check->now, &roles, &e);
	if (status == STATUS_UNVERIFIED && e.code == ENOKEY && !d->file_differs)
		return; /* check_verifies() has told of that */
	problem = strlen(e.text);
	/* What examine_chain() finds has a remedy of its own behind it. */
	if (status == STATUS_DATES || status == STATUS_PURPOSE || status == STATUS_UNVERIFIED)
		(void)finding_remedy_in(e.text, &problem);
	if (status && status != STATUS_PASSPHRASE && !(status == STATUS_UNREADABLE && geteuid() != 0))
		say(check, FINDING_WARNING, "correct the files: after a boot they cannot be loaded", "%.*s",
		    (int)problem, e.text);
}

static void check_name(struct check *check, const struct name *name)
{
	struct described d;
	char names[256];

	describe(check->options->folder, name, &d);
	check->name = name->name;
	check->source = owncert_shown(&d.own);
	check->troubled = false;
	if (!d.readable && geteuid() != 0 && d.why.code == EACCES) {
		say(check, FINDING_UNKNOWN, "ask again as root", "only root can examine it");
	} else if (!d.readable) {
		say(check, FINDING_FAILURE, "correct it, and load it again", "%s", d.why.text);
	} else {
		check_days(check, &d);
		check_verifies(check, &d);
		check_key(check, &d);
		check_loaded(check, &d);
		check_taken(check, &d);
		check_files(check, &d);
		x509_cert_names(d.own.chain.cert[0], names, sizeof(names));
		if (!check->troubled)
			say(check, FINDING_OK, NULL, "for %s, %ld days left, %s", names,
			    chain_days_left(&d.own.chain, check->now), name->pair.certificate ? "loaded" : "in files");
	}
	described_free(&d);
}

/* ---- all of them ------------------------------------------------------------------------ */

static void check_missing(struct check *check, const char *name, const struct policy_source *source)
{
	AUTO_STRBUF line = { 0 };

	check->name = name;
	if (source)
		policy_source_format(source, &line);
	check->source = source ? line.text : check->options->folder;
	say(check, FINDING_FAILURE, "load it, or correct the name", "is neither loaded nor in %s%s%s",
	    check->options->folder, source && !line.failed ? ", but named by " : "",
	    source && !line.failed ? line.text : "");
}

static void check_named_by_policy(struct check *check, enum policy_role role)
{
	for (size_t i = 0; i < policy_certificate_count(check->policy, role); i++) {
		const struct policy_text *answer = policy_certificate(check->policy, role, i);

		if (answer->source.file && !names_find(&check->names, answer->value))
			check_missing(check, answer->value, &answer->source);
	}
}

static void check_words(struct check *check)
{
	for (size_t i = 0; i < check->word_count; i++) {
		const struct name *name = names_find(&check->names, check->words[i]);

		if (name)
			check_name(check, name);
		else
			check_missing(check, check->words[i], NULL);
	}
}

static void check_all(struct check *check)
{
	for (size_t i = 0; i < check->names.count; i++)
		check_name(check, &check->names.at[i]);
	check_named_by_policy(check, POLICY_CLIENT);
	check_named_by_policy(check, POLICY_SERVER);
	check->name = "certificates";
	check->source = check->options->folder;
	if (check->troubled || check->names.count)
		return;
	if (geteuid() == 0)
		say(check, FINDING_OK, NULL, "this host has none");
	else
		say(check, FINDING_UNKNOWN, "ask again as root",
		    "there are no files, and only root sees what is loaded");
}

/* What cannot be said in full says nothing of how all is. */
static int print(struct check *check)
{
	AUTO_STRBUF text = { .failed = check->findings.failed };

	if (check->options->json)
		findings_json(&check->findings, &text);
	else
		findings_text(&check->findings, FINDING_BY_SUBJECT, &text);
	return command_print("nfscert", &text) ? (int)findings_level(&check->findings) : FINDING_UNKNOWN;
}

static int cannot_look(struct check *check, const char *source, const struct error *e)
{
	check->name = "certificates";
	check->source = source;
	say(check, FINDING_UNKNOWN, NULL, "%s", e->text);
	return print(check);
}

/* In a process apart, as it reads keys. */
static int run(void *context)
{
	struct check *check = context;
	struct error e;

	if (names_read(check->options->folder, NAMES_FROM_BOTH, &check->names, &e))
		return cannot_look(check, check->options->folder, &e);
	check->taken = taken_ask();
	check->name = "policy";
	check->source = check->options->config;
	if (authorities_trouble(check->authorities))
		say(check, FINDING_WARNING, "correct the policy, or put the file there", "%s",
		    authorities_trouble(check->authorities));
	if (check->word_count)
		check_words(check);
	else
		check_all(check);
	names_free(&check->names);
	taken_free(check->taken);
	return print(check);
}

static int prepare_and_run(struct check *check)
{
	struct authorities *authorities = NULL;
	struct policy *policy = NULL;
	struct error e;
	int status;

	if (policy_load("", check->options->config, &policy, &e)) {
		status = cannot_look(check, check->options->config, &e);
	} else if (authorities_read(policy, check->options->truststore, &authorities, &e)) {
		status = cannot_look(check, check->options->truststore, &e);
	} else {
		check->policy = policy;
		check->authorities = authorities;
		status = apart("check", run, check, FINDING_UNKNOWN);
	}
	authorities_free(authorities);
	policy_free(policy);
	findings_free(&check->findings);
	return status;
}

static int parse_warn(struct check_options *o, struct error *e)
{
	int r = o->warn ? x509_renewal_parse(o->warn, &o->renewal, e) : 0;

	return r ? error_prefix(e, "--warn") : 0;
}

int check_command(int argc, char **argv)
{
	struct check_options options = { .folder = CERTIFICATE_FOLDER, .config = POLICY_FILE };
	const struct command_form form = {
		.name = "check",
		.arguments = "[OPTION]... [NAME]...",
		.purpose = "Tells what is wrong with the certificates of this host, or soon will be.\n",
		.rows = rows,
		.count = ARRAY_SIZE(rows),
		.help = &options.help,
		.more = FINDING_STATUSES,
	};
	struct check check = { .options = &options, .now = time(NULL) };
	struct error e;
	int first, status;

	if (command_ends(&form, argc, argv, &options, &first, &status))
		return status;
	if (parse_warn(&options, &e)) {
		return command_fail("check", STATUS_USAGE, "%s: see nfscert check --help", e.text);
	}
	check.words = (const char *const *)(argv + first);
	check.word_count = (size_t)(argc - first);
	return prepare_and_run(&check);
}
