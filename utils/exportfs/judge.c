/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the policy, and exports that lie in each other, make of the table. */
#include <errno.h>

#include "support/floor/floor.h"
#include "support/nested/nested.h"
#include "utils/exportfs/run.h"

/* What cannot be seen of mounts counts as not mounted. */
static int look_at_mounts(struct run *run, struct error *e)
{
	const struct tree_roots roots = { .points = run->settings.root, .files = run->settings.root };
	AUTO_STRBUF text = { 0 };

	if (run->tree)
		return 0;
	/* The mounts are those of this process, whatever is put before paths. */
	run->is_blind = file_read_unsized(TREE_MOUNTINFO, TREE_MOUNTINFO_MAX, &text, &run->why_blind);
	return tree_new(text.text, run->is_blind ? 0 : text.size, &roots, &run->tree, e);
}

/* Once, when something was said that may be otherwise. */
static void admit_blindness(struct run *run)
{
	if (run->is_blind)
		warn("%s: so nothing counts as mounted", run->why_blind.text);
	run->is_blind = false;
}

/* ---- the policy ----------------------------------------------------------------------------------- */

static const char *words_of(const struct strbuf *text)
{
	return text->failed ? "refused" : text->text;
}

static int judge_path(struct run *run, struct export *export, judged *refused, judged *chosen, void *context,
		      struct error *e)
{
	struct floor_answer answer;
	AUTO_STRBUF text = { 0 };

	floor_judge(run->floor, export->path, export->options, &answer, &text);
	switch (answer.verdict) {
	case FLOOR_REFUSED:
		export->dropped = true;
		refused(export, words_of(&text), context);
		admit_blindness(run);
		return 0;
	case FLOOR_CHOSEN:
		export->options = export_options_with_xprtsec(run->list, export->options, answer.modes);
		if (!export->options) {
			export->dropped = true; /* without memory nothing weaker goes out */
			return error_set(e, ENOMEM, "out of memory");
		}
		if (!text.failed)
			chosen(export, text.text, context);
		return 0;
	default:
		return 0;
	}
}

/* One that is refused leaves what it had to the next one above it, so this goes on until none is. */
static bool judge_crossing(struct run *run, judged *refused, void *context)
{
	bool any = false;

	for (struct export *export = export_table_first(run->table); export;
	     export = export_table_next(run->table, export)) {
		struct floor_answer answer;
		AUTO_STRBUF text = { 0 };

		if (export->dropped || !(export->options->flags & NFSEXP_CROSSMOUNT))
			continue;
		floor_judge_crossing(run->floor, run->table, export, &answer, &text);
		if (answer.verdict != FLOOR_REFUSED)
			continue;
		export->dropped = true;
		refused(export, words_of(&text), context);
		any = true;
	}
	return any;
}

int run_apply_policy(struct run *run, judged *refused, judged *chosen, void *context, struct error *e)
{
	bool of_paths = floor_wants_tree(run->policy);
	int r = of_paths ? look_at_mounts(run, e) : 0;

	if (!r)
		r = floor_new(run->policy, run->tree, &run->floor, e);
	for (struct export *export = export_table_first(run->table); !r && export;
	     export = export_table_next(run->table, export))
		if (!export->dropped)
			r = judge_path(run, export, refused, chosen, context, e);
	while (!r && of_paths && judge_crossing(run, refused, context))
		;
	return r;
}

/* ---- exports in exports ------------------------------------------------------------------------------ */

struct telling {
	struct run *run;
	nested_told *tell;
	void *context;
	bool failed;
};

static void tell_pair(const struct nested_pair *pair, void *context)
{
	struct telling *telling = context;
	AUTO_STRBUF text = { 0 };

	nested_format(pair, &text);
	strbuf_addf(&text, ": ");
	nested_format_remedy(pair, &text);
	if (text.failed)
		telling->failed = true;
	else
		telling->tell(&pair->inner->place, text.text, telling->context);
	admit_blindness(telling->run);
}

int run_find_nested(struct run *run, nested_told *tell, void *context, struct error *e)
{
	static const struct export_place nowhere;
	struct telling telling = { .run = run, .tell = tell, .context = context };
	int r = look_at_mounts(run, e);

	if (!r)
		r = nested_find(run->table, run->tree, tell_pair, &telling, e);
	if (r == 1) {
		tell(&nowhere, "there are too many clients to see of each export whether it lies in a laxer one",
		     context);
		r = 0;
	}
	return telling.failed ? error_set(e, ENOMEM, "out of memory") : r;
}
