/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the policy, and exports that lie in each other, make of the table. */
#include <errno.h>

#include "support/export/export.h"
#include "support/policy/policy.h"
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
	struct policy_judgement answer;
	AUTO_STRBUF text = { 0 };

	policy_judge_export(run->sections, export->path, export->options, &answer, &text);
	switch (answer.verdict) {
	case POLICY_REFUSED:
		export->dropped = true;
		refused(export, words_of(&text), context);
		admit_blindness(run);
		return 0;
	case POLICY_CHOSEN:
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
		struct policy_judgement answer;
		AUTO_STRBUF text = { 0 };

		if (export->dropped || !(export->options->flags & NFSEXP_CROSSMOUNT))
			continue;
		policy_judge_crossing(run->sections, run->table, export, &answer, &text);
		if (answer.verdict != POLICY_REFUSED)
			continue;
		export->dropped = true;
		refused(export, words_of(&text), context);
		any = true;
	}
	return any;
}

int run_apply_policy(struct run *run, judged *refused, judged *chosen, void *context, struct error *e)
{
	bool of_paths = policy_wants_tree(run->policy);
	int r = of_paths ? look_at_mounts(run, e) : 0;

	if (!r)
		r = policy_sections_new(run->policy, run->tree, &run->sections, e);
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

static void tell_pair(const struct export_nested_pair *pair, void *context)
{
	struct telling *telling = context;
	AUTO_STRBUF text = { 0 };

	export_nested_format(pair, &text);
	strbuf_addf(&text, ": ");
	export_nested_format_remedy(pair, &text);
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
		r = export_nested_find(run->table, run->tree, tell_pair, &telling, e);
	if (r == 1) {
		tell(&nowhere, "there are too many clients to see of each export whether it lies in a laxer one",
		     context);
		r = 0;
	}
	return telling.failed ? error_set(e, ENOMEM, "out of memory") : r;
}
