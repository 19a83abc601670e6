/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands list and show. */
#include <stdio.h>
#include <unistd.h>

#include "utils/nfscert/command.h"
#include "utils/nfscert/describe.h"

struct list_options {
	const char *folder, *config;
	bool json, help;
};

#define TEXT(to) OPTION_KEEPS(struct list_options, to)
#define FLAG(to) OPTION_SETS(struct list_options, to)

static const struct option_row list_rows[] = {
	{ 'd', "directory", "FOLDER", "look for files in FOLDER", TEXT(folder) },
	{ 0, "json", NULL, "report in JSON", FLAG(json) },
	{ 'h', "help", NULL, "show this text", FLAG(help) },
};

static const struct option_row show_rows[] = {
	{ 'd', "directory", "FOLDER", "look for files in FOLDER", TEXT(folder) },
	{ 'c', "config", "FILE", "the policy is in FILE and FILE.d/*.conf", TEXT(config) },
	{ 0, "json", NULL, "report in JSON", FLAG(json) },
	{ 'h', "help", NULL, "show this text", FLAG(help) },
};

/* What is loaded only root may see. */
static void warn_if_not_root(const char *command)
{
	if (geteuid() != 0)
		fprintf(stderr, "nfscert: %s: not root: what is loaded into the kernel is not shown\n", command);
}

/* ---- list ------------------------------------------------------------------------ */

static void list_text(const struct list_options *o, const struct names *names, struct strbuf *out)
{
	time_t now = time(NULL);

	if (names->count)
		described_heading(out);
	for (size_t i = 0; i < names->count; i++) {
		struct described d;

		describe(o->folder, &names->at[i], &d);
		described_line(&d, now, out);
		described_free(&d);
	}
}

static void list_json(const struct list_options *o, const struct names *names, struct strbuf *out)
{
	struct json_object *whole = json_object_new_object(), *array = json_object_new_array();
	time_t now = time(NULL);

	for (size_t i = 0; i < names->count; i++) {
		struct described d;

		describe(o->folder, &names->at[i], &d);
		json_object_array_add(array, described_json(&d, false, now));
		described_free(&d);
	}
	json_object_object_add(whole, "certificates", array);
	json_print(whole, out);
}

int list_command(int argc, char **argv)
{
	struct list_options options = { .folder = CERTIFICATE_FOLDER };
	const struct command_form form = {
		.name = "list",
		.arguments = "[OPTION]...",
		.purpose =
			"Lists the certificates of this host: days until they expire, whether they are loaded (yes; no;\n"
			"old, when the file holds another by now; half), and the names they are for.\n",
		.rows = list_rows,
		.count = ARRAY_SIZE(list_rows),
		.help = &options.help,
	};
	AUTO_NAMES names = { 0 };
	AUTO_STRBUF text = { 0 };
	struct error e;
	int first, status;

	if (command_ends(&form, argc, argv, &options, &first, &status))
		return status;
	if (first < argc)
		return command_fail("list", STATUS_USAGE, "\"%s\" is one word too many: see nfscert show", argv[first]);
	warn_if_not_root("list");
	if (names_read(options.folder, NAMES_FROM_BOTH, &names, &e))
		return command_fail("list", STATUS_FAILED, "%s", e.text);
	if (options.json)
		list_json(&options, &names, &text);
	else
		list_text(&options, &names, &text);
	return command_print("nfscert", &text) ? STATUS_DONE : STATUS_FAILED;
}

/* ---- show -------------------------------------------------------------------------- */

/* Without it all the rest is still told. */
static enum status add_uses(const struct list_options *o, struct described *d)
{
	struct policy *policy = NULL;
	struct error e;
	int r = policy_load("", o->config, &policy, &e);

	if (!r)
		r = uses_read(policy, d->name->name, &d->name->pair, &d->uses, &e);
	policy_free(policy);
	return r ? command_fail("show", STATUS_FAILED, "which mounts use it is not known: %s", e.text) : STATUS_DONE;
}

static int show(const struct list_options *o, const struct name *name)
{
	AUTO_STRBUF text = { 0 };
	enum status status;
	struct described d;

	describe(o->folder, name, &d);
	status = add_uses(o, &d);
	if (o->json)
		json_print(described_json(&d, true, time(NULL)), &text);
	else
		described_text(&d, time(NULL), &text);
	status = status || d.readable ? status : STATUS_MALFORMED;
	described_free(&d);
	return command_print("nfscert", &text) ? status : STATUS_FAILED;
}

int show_command(int argc, char **argv)
{
	struct list_options options = { .folder = CERTIFICATE_FOLDER, .config = POLICY_FILE };
	const struct command_form form = {
		.name = "show",
		.arguments = "[OPTION]... [NAME]",
		.purpose = "Tells all about one certificate: what is in it, where it is loaded, which mounts use it.\n",
		.rows = show_rows,
		.count = ARRAY_SIZE(show_rows),
		.help = &options.help,
	};
	const char *wanted = CERTIFICATE_USUAL;
	const struct name *name;
	AUTO_NAMES names = { 0 };
	struct error e;
	int first, status;

	if (command_ends(&form, argc, argv, &options, &first, &status))
		return status;
	if (first + 1 < argc)
		return command_fail("show", STATUS_USAGE, "one name at a time");
	if (first < argc)
		wanted = argv[first];
	if (command_name(wanted, &e))
		return command_fail("show", STATUS_USAGE, "%s", e.text);
	warn_if_not_root("show");
	if (names_read(options.folder, NAMES_FROM_BOTH, &names, &e))
		return command_fail("show", STATUS_FAILED, "%s", e.text);
	name = names_find(&names, wanted);
	if (!name)
		return command_fail("show", STATUS_NOT_LOADED,
				    "%s: there is no %s/%s.pem, and nothing is loaded under "
				    "that name",
				    wanted, options.folder, wanted);
	return show(&options, name);
}
