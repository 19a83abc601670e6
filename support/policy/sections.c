/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The index over sections, and what they demand of a path together. */
#include "support/policy/policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "support/policy/sections_private.h"

/* ---- the index ------------------------------------------------------------------------------- */

struct collecting {
	struct policy_sections *sections;
	bool failed;
};

static void take_path(const char *path, void *context)
{
	struct collecting *to = context;
	struct policy_sections *sections = to->sections;
	struct section section = { .path = to->failed ? NULL : strdup(path) };

	if (section.path && ARRAY_APPEND(sections->at, sections->count, section))
		return;
	free(section.path);
	to->failed = true;
}

static int place_section(const struct policy_sections *sections, struct section *section, struct error *e)
{
	struct error why;
	int r = tree_place(sections->tree, section->path, &section->place, e);

	if (r || !policy_export(sections->policy, section->path, &section->answer, &why))
		return r;
	section->contradiction = strdup(why.text);
	return section->contradiction ? 0 : error_set(e, ENOMEM, "out of memory");
}

static int by_spot(const void *a, const void *b)
{
	const struct section *one = a, *other = b;
	int r = strcmp(one->place.spot, other->place.spot);

	return r ? r : strcmp(one->path, other->path);
}

static int list_sections(struct policy_sections *sections)
{
	sections->spots = calloc(sections->count + 1, sizeof(*sections->spots));
	if (!sections->spots)
		return -ENOMEM;
	if (sections->count)
		qsort(sections->at, sections->count, sizeof(*sections->at), by_spot);
	for (size_t i = 0; i < sections->count; i++)
		sections->spots[i] = sections->at[i].place.spot;
	return 0;
}

static int fill(struct policy_sections *sections, struct error *e)
{
	const struct tree_roots roots = { .points = "" };
	struct collecting to = { .sections = sections };
	int r = 0;

	if (!sections->tree) {
		r = tree_new("", 0, &roots, &sections->nothing, e);
		sections->tree = sections->nothing;
	}
	if (!r) {
		policy_export_paths(sections->policy, take_path, &to);
		r = to.failed ? error_set(e, ENOMEM, "out of memory") : 0;
	}
	for (size_t i = 0; !r && i < sections->count; i++)
		r = place_section(sections, &sections->at[i], e);
	if (!r && list_sections(sections))
		r = error_set(e, ENOMEM, "out of memory");
	return r;
}

int policy_sections_new(const struct policy *policy, const struct tree *tree, struct policy_sections **made,
			struct error *e)
{
	struct policy_sections *sections = calloc(1, sizeof(*sections));
	int r;

	if (!sections)
		return error_set(e, ENOMEM, "out of memory");
	sections->policy = policy;
	sections->tree = tree;
	r = fill(sections, e);
	if (r)
		policy_sections_free(sections);
	else
		*made = sections;
	return r;
}

void policy_sections_free(struct policy_sections *sections)
{
	if (!sections)
		return;
	for (size_t i = 0; i < sections->count; i++) {
		free(sections->at[i].path);
		free(sections->at[i].contradiction);
		tree_place_free(&sections->at[i].place);
	}
	free(sections->at);
	free(sections->spots);
	free(sections->last_path);
	tree_free(sections->nothing);
	free(sections);
}

static void note_any(const char *path, void *context)
{
	(void)path;
	*(bool *)context = true;
}

bool policy_wants_tree(const struct policy *policy)
{
	bool any = false;

	policy_export_paths(policy, note_any, &any);
	return any;
}

bool policy_sections_equal(const struct policy_sections *a, const struct policy_sections *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->at[i].path, b->at[i].path) != 0 || strcmp(a->spots[i], b->spots[i]) != 0)
			return false;
	return true;
}

/* ---- demands ------------------------------------------------------------------------------------- */

int policy_begin_demand(const struct policy *policy, const char *path, struct policy_demand *demand, struct error *e)
{
	int r;

	memset(demand, 0, sizeof(*demand));
	r = policy_export(policy, path, &demand->own, e);
	demand->minimum = demand->own.minimum;
	demand->by_default = demand->own.by_default;
	return r;
}

/* A default is a minimum, too, for what names no modes itself: its weakest mode. */
void policy_add_demand(struct policy_demand *demand, const struct policy_export *answer, const char *path)
{
	unsigned int strong = xprtsec_set_from(xprtsec_set_weakest(answer->by_default));

	if (!xprtsec_at_least(demand->minimum.mode, answer->minimum.mode)) {
		demand->minimum = answer->minimum;
		demand->stricter_path = path;
	}
	if (answer->default_source.file && demand->by_default & ~strong) {
		demand->by_default &= strong;
		demand->default_source = answer->default_source;
		demand->default_path = path;
	}
	if (!demand->peers_path && !policy_peers_within(demand->own.peers, answer->peers)) {
		demand->peers_source = answer->peers_source;
		demand->peers_path = path;
	}
}

static int add_section(struct policy_demand *demand, const struct section *section, struct error *e)
{
	if (section->contradiction)
		return error_set(e, EINVAL, "%s", section->contradiction);
	policy_add_demand(demand, &section->answer, section->path);
	return 0;
}

/* The sections for what lies below, by whatever path. */
static int add_below(const struct policy_sections *sections, const char *spot, struct policy_demand *demand,
		     struct error *e)
{
	size_t first, count = tree_below(sections->spots, sections->count, spot, &first);
	int r = 0;

	for (size_t i = first; !r && i < first + count; i++)
		r = add_section(demand, &sections->at[i], e);
	return r;
}

static int compare_spot(const void *spot, const void *section)
{
	return strcmp(spot, ((const struct section *)section)->place.spot);
}

/* Under a section for another path of a directory that it lies in, it has that path as well. */
static int add_as(const struct policy_sections *sections, const struct section *section, const char *rest,
		  struct policy_demand *demand, struct error *e)
{
	AUTO_STRBUF path = { 0 };
	struct policy_export answer;
	int r;

	strbuf_addf(&path, "%s%s", strcmp(section->path, "/") ? section->path : "", rest);
	if (path.failed)
		return error_set(e, ENOMEM, "out of memory");
	r = policy_export(sections->policy, path.text, &answer, e);
	if (!r)
		policy_add_demand(demand, &answer, section->path);
	return r;
}

static int add_at(const struct policy_sections *sections, const char *spot, const char *rest,
		  struct policy_demand *demand, struct error *e)
{
	const struct section *end = sections->at + sections->count;
	const struct section *at =
		sections->count ? bsearch(spot, sections->at, sections->count, sizeof(*at), compare_spot) : NULL;
	int r = 0;

	while (at && at > sections->at && !strcmp(at[-1].place.spot, spot))
		at--;
	for (; !r && at && at < end && !strcmp(at->place.spot, spot); at++)
		r = *rest ? add_as(sections, at, rest, demand, e) : add_section(demand, at, e);
	return r;
}

/* The sections for the directory itself, and for those that it lies in. */
static int add_above(const struct policy_sections *sections, const char *spot, struct policy_demand *demand,
		     struct error *e)
{
	AUTO_FREE char *above = strdup(spot);
	size_t size = strlen(spot);
	int r = above ? 0 : error_set(e, ENOMEM, "out of memory");

	while (!r) {
		r = add_at(sections, above, spot + size, demand, e);
		while (size && above[size] != '/')
			size--;
		if (!size)
			break;
		above[size] = '\0';
	}
	return r;
}

int policy_add_sections(const struct policy_sections *sections, const char *path, struct policy_demand *demand,
			struct error *e)
{
	AUTO_TREE_PLACE place = { 0 };
	int r = sections->count ? tree_place(sections->tree, path, &place, e) : 0;

	if (r || !sections->count)
		return r;
	r = add_above(sections, place.spot, demand, e);
	return r ? r : add_below(sections, place.spot, demand, e);
}

int policy_demand(struct policy_sections *sections, const char *path, struct policy_demand *demand, struct error *e)
{
	int r;

	if (sections->last_path && !strcmp(sections->last_path, path)) {
		*demand = sections->last;
		return 0;
	}
	r = policy_begin_demand(sections->policy, path, demand, e);
	if (!r)
		r = policy_add_sections(sections, path, demand, e);
	if (r)
		return r;
	free(sections->last_path);
	sections->last_path = strdup(path); /* without memory it is found anew */
	sections->last = *demand;
	return 0;
}
