/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From what is demanded of a path to a judgement of its export. */
#include <string.h>

#include "support/policy/sections_private.h"

/* ---- refusals -------------------------------------------------------------------------------- */

static void say_offered(const struct export_options *options, unsigned int modes, struct strbuf *text)
{
	strbuf_addf(text, "refused: %sxprtsec=", options->xprtsec ? "" : "without xprtsec= it offers ");
	xprtsec_set_format(modes, text);
}

static void say_too_weak(const struct policy_demand *demand, const struct export_options *options, unsigned int weak,
			 struct strbuf *text)
{
	say_offered(options, weak, text);
	strbuf_addf(text, "%s weaker than ", options->xprtsec ? " is" : ",");
	if (!demand->stricter_path) {
		policy_source_format(&demand->minimum.source, text);
		strbuf_addf(text, ": offer xprtsec=");
		xprtsec_set_format(demand->own.may_offer, text);
		return;
	}
	policy_minimum_format(&demand->minimum, text);
	strbuf_addf(text, ", and this export serves ");
	strbuf_add_escaped(text, demand->stricter_path, strlen(demand->stricter_path));
	strbuf_addf(text, ", too: offer xprtsec=");
	xprtsec_set_format(xprtsec_set_from(demand->minimum.mode), text);
	strbuf_addf(text, ", or put that on a file system of its own");
}

static void say_weaker_than_default(const struct policy_demand *demand, const struct export_options *options,
				    struct strbuf *text)
{
	say_offered(options, demand->own.by_default & ~demand->by_default, text);
	strbuf_addf(text, ", weaker than ");
	policy_source_format(&demand->default_source, text);
	strbuf_addf(text, ", and this export serves ");
	strbuf_add_escaped(text, demand->default_path, strlen(demand->default_path));
	strbuf_addf(text, ", too: write xprtsec= as it shall be, or put that on a file system of its own");
}

static void say_more_peers(const struct policy_demand *demand, struct strbuf *text)
{
	strbuf_addf(text, "refused: this export serves ");
	strbuf_add_escaped(text, demand->peers_path, strlen(demand->peers_path));
	strbuf_addf(text, ", too, to others than ");
	policy_source_format(&demand->peers_source, text);
	strbuf_addf(text, " has");
	if (demand->own.peers_source.file) {
		strbuf_addf(text, ", since it has ");
		policy_source_format(&demand->own.peers_source, text);
	}
	strbuf_addf(text, ": give its path the same peers=, or put that on a file system of its own");
}

/* Why an export that offers these modes is refused by a demand; false when it is not. */
static bool refuses(const struct policy_demand *demand, const struct export_options *options, struct strbuf *text)
{
	unsigned int offered = options->xprtsec ? options->xprtsec : demand->own.by_default;
	unsigned int weak = offered & ~xprtsec_set_from(demand->minimum.mode);

	if (weak)
		say_too_weak(demand, options, weak, text);
	else if (demand->default_path && !options->xprtsec)
		say_weaker_than_default(demand, options, text);
	else if (demand->peers_path)
		say_more_peers(demand, text);
	else
		return false;
	return true;
}

/* ---- by its path ------------------------------------------------------------------------------- */

static void say_chosen(const struct policy_export *allowed, struct strbuf *text)
{
	const struct policy_source *line = allowed->default_source.file ? &allowed->default_source :
									  &allowed->minimum.source;

	strbuf_addf(text, "offers xprtsec=");
	xprtsec_set_format(allowed->by_default, text);
	strbuf_addf(text, ", because of ");
	policy_source_format(line, text);
}

static void refuse(const char *why, struct policy_judgement *answer, struct strbuf *text)
{
	*answer = (struct policy_judgement){ .verdict = POLICY_REFUSED };
	if (why)
		strbuf_addf(text, "refused: %s", why);
}

static void judge(const struct policy_demand *demand, const struct export_options *options,
		  struct policy_judgement *answer, struct strbuf *text)
{
	if (refuses(demand, options, text)) {
		refuse(NULL, answer, text);
	} else if (!options->xprtsec && demand->own.by_default != XPRTSEC_ALL) {
		*answer = (struct policy_judgement){ .verdict = POLICY_CHOSEN, .modes = demand->own.by_default };
		say_chosen(&demand->own, text);
	}
}

/* Of a path that is not absolute the kernel takes no export. */
static bool begins(const char *path, const struct export_options *options, struct policy_judgement *answer)
{
	*answer = (struct policy_judgement){ .verdict = POLICY_AS_WRITTEN };
	answer->modes = options->xprtsec ? options->xprtsec : XPRTSEC_ALL;
	return *path == '/';
}

void policy_judge_export(struct policy_sections *sections, const char *path, const struct export_options *options,
			 struct policy_judgement *answer, struct strbuf *text)
{
	struct policy_demand demand;
	struct error e;

	if (!begins(path, options, answer))
		return;
	if (policy_demand(sections, path, &demand, &e))
		refuse(e.text, answer, text);
	else
		judge(&demand, options, answer, text);
}

void policy_judge_export_alone(const struct policy *policy, const char *path, const struct export_options *options,
			       struct policy_judgement *answer, struct strbuf *text)
{
	struct policy_demand demand;
	struct error e;

	if (!begins(path, options, answer))
		return;
	if (policy_begin_demand(policy, path, &demand, &e))
		refuse(e.text, answer, text);
	else
		judge(&demand, options, answer, text);
}

/* ---- by what it crosses into -------------------------------------------------------------------- */

/* All that the policy says of what is mounted at a point, demanded of an export of another path. */
static int demand_there(const struct policy_sections *sections, const char *of, const char *point,
			struct policy_demand *demand, struct error *e)
{
	struct policy_export answer;
	int r = policy_begin_demand(sections->policy, of, demand, e);

	if (!r)
		r = policy_export(sections->policy, point, &answer, e);
	if (r)
		return r;
	policy_add_demand(demand, &answer, point);
	return policy_add_sections(sections, point, demand, e);
}

unsigned int policy_modes_inherited(struct policy_sections *sections, const struct export *export, const char *path,
				    struct strbuf *text)
{
	unsigned int written = export->options->xprtsec, modes;
	struct policy_demand demand;
	struct error e;

	if (demand_there(sections, export->path, path, &demand, &e)) {
		strbuf_addf(text, "refused: %s", e.text);
		return 0;
	}
	modes = (written ? written : demand.by_default) & xprtsec_set_from(demand.minimum.mode);
	if (!modes)
		refuses(&demand, export->options, text);
	else if (demand.peers_path)
		say_more_peers(&demand, text);
	return demand.peers_path ? 0 : modes;
}

void policy_judge_crossing(struct policy_sections *sections, const struct export_table *table,
			   const struct export *export, struct policy_judgement *answer, struct strbuf *text)
{
	AUTO_TREE_PLACE place = { 0 };
	const char *const *points;
	size_t count;

	if (!begins(export->path, export->options, answer) || !(export->options->flags & NFSEXP_CROSSMOUNT) ||
	    !sections->count)
		return;
	if (tree_place(sections->tree, export->path, &place, NULL)) {
		refuse("its path cannot be followed", answer, text);
		return;
	}
	count = tree_points_below(sections->tree, place.path, &points);
	for (size_t i = 0; answer->verdict != POLICY_REFUSED && i < count; i++) {
		struct policy_demand demand;
		struct error e;

		if (export_table_takes_over(table, export, points[i]))
			continue;
		if (demand_there(sections, export->path, points[i], &demand, &e))
			refuse(e.text, answer, text);
		else if (refuses(&demand, export->options, text))
			refuse(NULL, answer, text);
	}
}
