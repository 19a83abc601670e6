/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The listings: for people, in the form of exports(5), in JSON. */
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "support/command/command.h"
#include "utils/exportfs/json.h"
#include "utils/exportfs/run.h"

#define PATH_COLUMN 14 /* a longer path has a line of its own */

static bool is_world(const struct export *export)
{
	return export->client->form.type == EXPORT_WORLD;
}

static void add_for_people(const struct export *export, bool with_options, uint32_t sec_flags, struct strbuf *out)
{
	const char *client = is_world(export) ? "<world>" : export->client->name;

	if (strlen(export->path) > PATH_COLUMN)
		strbuf_addf(out, "%s\n\t\t%s", export->path, client);
	else
		strbuf_addf(out, "%-*s\t%s", PATH_COLUMN, export->path, client);
	if (with_options) {
		strbuf_addf(out, "(");
		export_options_format_list(export->options, sec_flags, out);
		strbuf_addf(out, ")");
	}
	strbuf_addf(out, "\n");
}

static void add_as_exports(const struct export *export, uint32_t sec_flags, struct strbuf *out)
{
	export_add_escaped(out, export->path);
	strbuf_addf(out, "  %s(", is_world(export) ? "*" : export->client->name);
	export_options_format_list(export->options, sec_flags, out);
	strbuf_addf(out, ")\n");
}

static void list_text(const struct run *run, struct strbuf *out)
{
	uint32_t sec_flags = nfsd_sec_flags(run->nfsd, export_sec_flags);

	for (const struct export *export = export_table_first(run->table); export;
	     export = export_table_next(run->table, export)) {
		if (run->cli->as_exports)
			add_as_exports(export, sec_flags, out);
		else
			add_for_people(export, run->cli->verbose, sec_flags, out);
	}
}

static int fill(struct run *run, struct error *e)
{
	for (size_t i = 0; i < export_list_count(run->old); i++) {
		struct export *export;
		int r = export_table_add(run->table, export_list_at(run->old, i), NULL, &export, e);

		if (r == -EINVAL)
			complain(run, "%s", e->text);
		else if (r < 0)
			return r;
	}
	return 0;
}

static int read_table(struct run *run, struct error *e)
{
	AUTO_EXPORT_STATE state = { .lock = -1 };
	int r = export_state_open(&state, run->settings.state_folder, false, e);

	if (!r)
		r = export_state_read(&state, run->old, e);
	if (r == -ENOENT) {
		warn("can't open %s/etab for reading", run->settings.state_folder);
		return 0; /* nothing was ever exported */
	}
	if (r)
		return r;
	say_problems(run, run->old);
	return fill(run, e);
}

int run_list(struct run *run)
{
	AUTO_STRBUF out = { 0 };
	struct error e;

	if (read_table(run, &e)) {
		complain(run, "%s", e.text);
		return 1;
	}
	if (run->cli->json)
		json_exports(run->table, &out);
	else
		list_text(run, &out);
	if (!command_print("exportfs", &out))
		return 1;
	if (run->cli->verbose && !run->cli->json && run_find_nested(run, warn_nested, NULL, &e))
		complain(run, "%s", e.text);
	return run->failed ? 1 : 0;
}
