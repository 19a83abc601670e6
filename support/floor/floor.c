/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The index over sections, and what they demand of a path together. */
#include "support/floor/floor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "support/floor/floor_private.h"

/* ---- the index ------------------------------------------------------------------------------- */

struct collecting {
	struct floor *floor;
	bool failed;
};

static void take_path(const char *path, void *context)
{
	struct collecting *to = context;
	struct floor *floor = to->floor;
	struct section section = { .path = to->failed ? NULL : strdup(path) };

	if (section.path && ARRAY_APPEND(floor->sections, floor->count, section))
		return;
	free(section.path);
	to->failed = true;
}

static int place_section(const struct floor *floor, struct section *section, struct error *e)
{
	struct error why;
	int r = tree_place(floor->tree, section->path, &section->place, e);

	if (r || !policy_export(floor->policy, section->path, &section->answer, &why))
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

static int list_sections(struct floor *floor)
{
	floor->spots = calloc(floor->count + 1, sizeof(*floor->spots));
	if (!floor->spots)
		return -ENOMEM;
	if (floor->count)
		qsort(floor->sections, floor->count, sizeof(*floor->sections), by_spot);
	for (size_t i = 0; i < floor->count; i++)
		floor->spots[i] = floor->sections[i].place.spot;
	return 0;
}

static int fill(struct floor *floor, struct error *e)
{
	const struct tree_roots roots = { .points = "" };
	struct collecting to = { .floor = floor };
	int r = 0;

	if (!floor->tree) {
		r = tree_new("", 0, &roots, &floor->nothing, e);
		floor->tree = floor->nothing;
	}
	if (!r) {
		policy_export_paths(floor->policy, take_path, &to);
		r = to.failed ? error_set(e, ENOMEM, "out of memory") : 0;
	}
	for (size_t i = 0; !r && i < floor->count; i++)
		r = place_section(floor, &floor->sections[i], e);
	if (!r && list_sections(floor))
		r = error_set(e, ENOMEM, "out of memory");
	return r;
}

int floor_new(const struct policy *policy, const struct tree *tree, struct floor **made, struct error *e)
{
	struct floor *floor = calloc(1, sizeof(*floor));
	int r;

	if (!floor)
		return error_set(e, ENOMEM, "out of memory");
	floor->policy = policy;
	floor->tree = tree;
	r = fill(floor, e);
	if (r)
		floor_free(floor);
	else
		*made = floor;
	return r;
}

void floor_free(struct floor *floor)
{
	if (!floor)
		return;
	for (size_t i = 0; i < floor->count; i++) {
		free(floor->sections[i].path);
		free(floor->sections[i].contradiction);
		tree_place_free(&floor->sections[i].place);
	}
	free(floor->sections);
	free(floor->spots);
	free(floor->last_path);
	tree_free(floor->nothing);
	free(floor);
}

static void note_any(const char *path, void *context)
{
	(void)path;
	*(bool *)context = true;
}

bool floor_wants_tree(const struct policy *policy)
{
	bool any = false;

	policy_export_paths(policy, note_any, &any);
	return any;
}

bool floor_equal(const struct floor *a, const struct floor *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->sections[i].path, b->sections[i].path) != 0 || strcmp(a->spots[i], b->spots[i]) != 0)
			return false;
	return true;
}

/* ---- demands ------------------------------------------------------------------------------------- */

int floor_begin_demand(const struct policy *policy, const char *path, struct floor_demand *demand, struct error *e)
{
	int r;

	memset(demand, 0, sizeof(*demand));
	r = policy_export(policy, path, &demand->own, e);
	demand->minimum = demand->own.minimum;
	demand->by_default = demand->own.by_default;
	return r;
}

/* A default is a floor, too, for what names no modes itself: its weakest mode. */
void floor_add_demand(struct floor_demand *demand, const struct policy_export *answer, const char *path)
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

static int add_section(struct floor_demand *demand, const struct section *section, struct error *e)
{
	if (section->contradiction)
		return error_set(e, EINVAL, "%s", section->contradiction);
	floor_add_demand(demand, &section->answer, section->path);
	return 0;
}

/* The sections for what lies below, by whatever path. */
static int add_below(const struct floor *floor, const char *spot, struct floor_demand *demand, struct error *e)
{
	size_t first, count = tree_below(floor->spots, floor->count, spot, &first);
	int r = 0;

	for (size_t i = first; !r && i < first + count; i++)
		r = add_section(demand, &floor->sections[i], e);
	return r;
}

static int compare_spot(const void *spot, const void *section)
{
	return strcmp(spot, ((const struct section *)section)->place.spot);
}

/* Under a section for another path of a directory that it lies in, it has that path as well. */
static int add_as(const struct floor *floor, const struct section *section, const char *rest,
		  struct floor_demand *demand, struct error *e)
{
	AUTO_STRBUF path = { 0 };
	struct policy_export answer;
	int r;

	strbuf_addf(&path, "%s%s", strcmp(section->path, "/") ? section->path : "", rest);
	if (path.failed)
		return error_set(e, ENOMEM, "out of memory");
	r = policy_export(floor->policy, path.text, &answer, e);
	if (!r)
		floor_add_demand(demand, &answer, section->path);
	return r;
}

static int add_at(const struct floor *floor, const char *spot, const char *rest, struct floor_demand *demand,
		  struct error *e)
{
	const struct section *end = floor->sections + floor->count;
	const struct section *at =
		floor->count ? bsearch(spot, floor->sections, floor->count, sizeof(*at), compare_spot) : NULL;
	int r = 0;

	while (at && at > floor->sections && !strcmp(at[-1].place.spot, spot))
		at--;
	for (; !r && at && at < end && !strcmp(at->place.spot, spot); at++)
		r = *rest ? add_as(floor, at, rest, demand, e) : add_section(demand, at, e);
	return r;
}

/* The sections for the directory itself, and for those that it lies in. */
static int add_above(const struct floor *floor, const char *spot, struct floor_demand *demand, struct error *e)
{
	AUTO_FREE char *above = strdup(spot);
	size_t size = strlen(spot);
	int r = above ? 0 : error_set(e, ENOMEM, "out of memory");

	while (!r) {
		r = add_at(floor, above, spot + size, demand, e);
		while (size && above[size] != '/')
			size--;
		if (!size)
			break;
		above[size] = '\0';
	}
	return r;
}

int floor_add_sections(const struct floor *floor, const char *path, struct floor_demand *demand, struct error *e)
{
	AUTO_TREE_PLACE place = { 0 };
	int r = floor->count ? tree_place(floor->tree, path, &place, e) : 0;

	if (r || !floor->count)
		return r;
	r = add_above(floor, place.spot, demand, e);
	return r ? r : add_below(floor, place.spot, demand, e);
}

int floor_demand(struct floor *floor, const char *path, struct floor_demand *demand, struct error *e)
{
	int r;

	if (floor->last_path && !strcmp(floor->last_path, path)) {
		*demand = floor->last;
		return 0;
	}
	r = floor_begin_demand(floor->policy, path, demand, e);
	if (!r)
		r = floor_add_sections(floor, path, demand, e);
	if (r)
		return r;
	free(floor->last_path);
	floor->last_path = strdup(path); /* without memory it is found anew */
	floor->last = *demand;
	return 0;
}
