/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "utils/nfscert/apart.h"
#include "utils/nfscert/command.h"
#include "utils/nfscert/describe.h"
#include "utils/nfscert/examine.h"
#include "utils/nfscert/taken.h"

#define WARN_DAYS 30

/* What monitoring systems know: the numbers are exit statuses. */
enum level { LEVEL_OK = 0, LEVEL_WARNING = 1, LEVEL_FAILURE = 2, LEVEL_UNKNOWN = 3 };

static const char *const level_words[] = { "ok", "warning", "failure", "unknown" };

struct check_options {
	const char *folder, *config, *warn, *truststore;
	bool json, help;
	long warn_days;
};

#define TEXT(to) OPTION_KEEPS(struct check_options, to)
#define FLAG(to) OPTION_SETS(struct check_options, to)

static const struct option_row rows[] = {
	{ 0, "warn", "DAYS", "warn of certificates that expire within DAYS; 30 if not given", TEXT(warn) },
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
	enum level worst;
	const char *name; /* that is looked at */
	bool troubled;	  /* something was said of it */
	struct strbuf text;
	struct json_object *json;
};

static void say_json(struct check *check, enum level level, const char *finding, const char *remedy)
{
	struct json_object *one = json_object_new_object();

	json_put_text(one, "name", check->name);
	json_put_text(one, "level", level_words[level]);
	json_put_text(one, "finding", finding);
	json_put_text(one, "remedy", remedy);
	json_object_array_add(check->json, one);
}

static void say(struct check *check, enum level level, const char *remedy, const char *fmt, ...) PRINTF_LIKE(4, 5);

static void say(struct check *check, enum level level, const char *remedy, const char *fmt, ...)
{
	char finding[768];
	va_list args;

	va_start(args, fmt);
	vsnprintf(finding, sizeof(finding), fmt, args);
	va_end(args);
	check->troubled = true;
	check->worst = level > check->worst ? level : check->worst;
	if (check->json)
		say_json(check, level, finding, remedy);
	else
		strbuf_addf(&check->text, "%-7s %s: %s%s%s\n", level_words[level], check->name, finding,
			    remedy ? "; " : "", remedy ? remedy : "");
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
	long days = chain_days_left(&d->own.chain, check->now);
	AUTO_STRBUF above = { 0 };
	const char *which;

	name_above(d, &above);
	which = above.text && !above.failed ? above.text : "";
	if (days < 0)
		say(check, LEVEL_FAILURE, "renew it", "%shas expired %ld day%s ago", which, -days,
		    days == -1 ? "" : "s");
	else if (days < check->options->warn_days)
		say(check, LEVEL_WARNING, "renew it", "%sexpires in %ld day%s", which, days, days == 1 ? "" : "s");
}

static void check_verifies(struct check *check, const struct described *d)
{
	unsigned int roles;
	struct error e;
	enum status status = examine_chain(&d->own.chain, check->authorities, 0, check->now, &roles, &e);

	/* check_days() has told of that. */
	if (!status || (status == STATUS_DATES && chain_days_left(&d->own.chain, check->now) < 0))
		return;
	/* Whoever loaded it has named the authority then. */
	if (e.code == ENOKEY && d->own.place == OWNCERT_IN_KEYRING)
		say(check, LEVEL_WARNING,
		    "set truststore= of a section of the policy to the authority, or it is not "
		    "loaded at boot",
		    "%s", e.text);
	else
		say(check, LEVEL_FAILURE, "have another one issued, or correct the chain", "%s", e.text);
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
		say(check, LEVEL_UNKNOWN, "ask again as root", "only root can examine its key");
	else if (r)
		say(check, LEVEL_FAILURE, "correct the key, and load it again", "%s", e.text);
}

static void check_loaded(struct check *check, const struct described *d)
{
	const struct keys_pair *pair = &d->name->pair;

	if (!pair->certificate != !pair->key)
		say(check, LEVEL_FAILURE, "run nfscert load", "only its %s is loaded into the kernel",
		    pair->key ? "private key" : "certificate");
	if (d->file_differs)
		say(check, LEVEL_WARNING, "run nfscert load", "%s holds something else than what is used", d->own.path);
}

/* Its own log tells why.  Of files it hears only when it looks at them. */
static void check_taken(struct check *check, const struct described *d)
{
	const char *taken = taken_serial(check->taken, d->name->name);
	char own[128];

	x509_cert_serial(d->own.chain.cert[0], own, sizeof(own));
	if (taken && d->own.place == OWNCERT_IN_KEYRING && strcmp(taken, own))
		say(check, LEVEL_WARNING, "its log tells why; then run nfscert load",
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
	struct error e;
	enum status status;

	if (d->own.place != OWNCERT_IN_KEYRING || access(d->own.key_path, F_OK))
		return;
	status = material_read(&source, &material, &e);
	if (!status)
		status = examine_material(&material, check->authorities, 0, check->now, &roles, &e);
	if (status == STATUS_UNVERIFIED && e.code == ENOKEY && !d->file_differs)
		return; /* check_verifies() has told of that */
	if (status && status != STATUS_PASSPHRASE && !(status == STATUS_UNREADABLE && geteuid() != 0))
		say(check, LEVEL_WARNING, "correct the files: after a boot they cannot be loaded", "%s", e.text);
}

static void check_name(struct check *check, const struct name *name)
{
	struct described d;
	char names[256];

	check->name = name->name;
	check->troubled = false;
	describe(check->options->folder, name, &d);
	if (!d.readable && geteuid() != 0 && d.why.code == EACCES) {
		say(check, LEVEL_UNKNOWN, "ask again as root", "only root can examine it");
	} else if (!d.readable) {
		say(check, LEVEL_FAILURE, "correct it, and load it again", "%s", d.why.text);
	} else {
		check_days(check, &d);
		check_verifies(check, &d);
		check_key(check, &d);
		check_loaded(check, &d);
		check_taken(check, &d);
		check_files(check, &d);
		x509_cert_names(d.own.chain.cert[0], names, sizeof(names));
		if (!check->troubled)
			say(check, LEVEL_OK, NULL, "for %s, %ld days left, %s", names,
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
	say(check, LEVEL_FAILURE, "load it, or correct the name", "is neither loaded nor in %s%s%s",
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
	if (check->troubled || check->names.count)
		return;
	if (geteuid() == 0)
		say(check, LEVEL_OK, NULL, "this host has none");
	else
		say(check, LEVEL_UNKNOWN, "ask again as root", "there are no files, and only root sees what is loaded");
}

static int print(struct check *check)
{
	struct json_object *whole;

	if (check->json) {
		whole = json_object_new_object();
		json_object_object_add(whole, "checks", check->json);
		json_put_text(whole, "level", level_words[check->worst]);
		json_print(whole, &check->text);
	}
	return command_print("check", &check->text, STATUS_DONE) ? (int)LEVEL_UNKNOWN : (int)check->worst;
}

/* Whoever reads JSON gets it in this case, too. */
static int cannot_look(struct check *check, const struct error *e)
{
	check->name = "certificates";
	if (!check->json) {
		command_fail("check", STATUS_FAILED, "%s", e->text);
		return LEVEL_UNKNOWN;
	}
	say(check, LEVEL_UNKNOWN, NULL, "%s", e->text);
	return print(check);
}

/* In a process apart, as it reads keys. */
static int run(void *context)
{
	struct check *check = context;
	struct error e;

	if (names_read(check->options->folder, NAMES_FROM_BOTH, &check->names, &e))
		return cannot_look(check, &e);
	check->taken = taken_ask();
	check->name = "policy";
	if (authorities_trouble(check->authorities))
		say(check, LEVEL_WARNING, "correct the policy, or put the file there", "%s",
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

	if (check->options->json)
		check->json = json_object_new_array();
	if (policy_load("", check->options->config, &policy, &e) ||
	    authorities_read(policy, check->options->truststore, &authorities, &e)) {
		status = cannot_look(check, &e);
	} else {
		check->policy = policy;
		check->authorities = authorities;
		status = apart("check", run, check);
	}
	authorities_free(authorities);
	policy_free(policy);
	strbuf_free(&check->text);
	return status;
}

static int parse_days(struct check_options *o, struct error *e)
{
	long long days = WARN_DAYS;

	if (o->warn && text_number(o->warn, 0, 36500, &days))
		return error_set(e, EINVAL, "--warn takes a number of days");
	o->warn_days = (long)days;
	return 0;
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
		.more = "Exit status: 0 all is well, 1 warning, 2 failure, 3 it could not be examined.\n",
	};
	struct check check = { .options = &options, .now = time(NULL) };
	struct error e;
	int first, status;

	if (command_ends(&form, argc, argv, &options, &first, &status))
		return status == STATUS_USAGE ? (int)LEVEL_UNKNOWN : status;
	if (parse_days(&options, &e)) {
		command_fail("check", STATUS_USAGE, "%s: see nfscert check --help", e.text);
		return LEVEL_UNKNOWN;
	}
	check.words = (const char *const *)(argv + first);
	check.word_count = (size_t)(argc - first);
	return prepare_and_run(&check);
}
