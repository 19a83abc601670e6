/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/export/export.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

/* Pairs of clients, in all: some tenths of a second. */
#define COMPARED_MAX 10000000u

/* Exports of one path. */
struct exports {
	const struct export **at;
	size_t count;
};

/* A path that is exported.  Those with one spot are a list, by the first of them. */
struct path {
	const char *text;	  /* the table's */
	struct exports all, wide; /* wide: to more than one host */
	struct tree_place place;
	struct path *same_spot;
	UT_hash_handle by_text, by_spot;
};

struct search {
	const struct export_table *table;
	struct path *by_text, *by_spot;
	export_nested_visitor *visit;
	void *context;
	unsigned int compared;
};

/* ---- paths -------------------------------------------------------------------------------------- */

static void free_path(struct path *path)
{
	tree_place_free(&path->place);
	free(path->all.at);
	free(path->wide.at);
	free(path);
}

static void free_paths(struct search *search)
{
	struct path *path, *next;

	HASH_CLEAR(by_spot, search->by_spot);
	HASH_ITER(by_text, search->by_text, path, next) {
		HASH_DELETE(by_text, search->by_text, path);
		free_path(path);
	}
}

static int add_spot(struct search *search, struct path *path)
{
	struct path *first;

	HASH_FIND(by_spot, search->by_spot, path->place.spot, strlen(path->place.spot), first);
	if (first) {
		path->same_spot = first->same_spot;
		first->same_spot = path;
		return 0;
	}
	HASH_ADD_KEYPTR(by_spot, search->by_spot, path->place.spot, strlen(path->place.spot), path);
	return path->by_spot.tbl ? 0 : -ENOMEM;
}

static int add_export(struct exports *exports, const struct export *export)
{
	return ARRAY_APPEND(exports->at, exports->count, export) ? 0 : -ENOMEM;
}

static int new_path(struct search *search, const struct tree *tree, const char *text, struct path **made)
{
	struct path *path = calloc(1, sizeof(*path));
	int r = path ? tree_place(tree, text, &path->place, NULL) : -ENOMEM;

	if (!r) {
		path->text = text;
		HASH_ADD_KEYPTR(by_text, search->by_text, text, strlen(text), path);
		r = path->by_text.tbl ? 0 : -ENOMEM;
	}
	if (r) {
		if (path)
			free_path(path);
		return r;
	}
	*made = path;
	return add_spot(search, path);
}

/* What is no path of this host is served by nobody. */
static int take_export(struct search *search, const struct tree *tree, const struct export *export)
{
	struct path *path;
	int r = 0;

	HASH_FIND(by_text, search->by_text, export->path, strlen(export->path), path);
	if (!path)
		r = new_path(search, tree, export->path, &path);
	if (!r)
		r = add_export(&path->all, export);
	if (!r && export->client->form.type != EXPORT_HOST)
		r = add_export(&path->wide, export);
	return r == -EINVAL ? 0 : r;
}

static int add_paths(struct search *search, const struct tree *tree)
{
	int r = 0;

	for (const struct export *export = export_table_first(search->table); !r && export;
	     export = export_table_next(search->table, export))
		if (!export->dropped)
			r = take_export(search, tree, export);
	return r;
}

/* ---- how strict an export is ------------------------------------------------------------------------- */

/* In the order of what they prove; without sec= it is sys. */
static int rank(uint32_t flavor)
{
	switch (flavor) {
	case 390003: /* krb5, krb5i, krb5p: RFC 2623 section 2.4 */
		return 1;
	case 390004:
		return 2;
	case 390005:
		return 3;
	default:
		return 0;
	}
}

/* The weakest flavor that lets in at all, or that may write; INT_MAX: none. */
static int weakest_flavor(const struct export_options *options, bool to_write)
{
	int weakest = INT_MAX;

	if (!options->sec_count)
		return to_write && options->flags & NFSEXP_READONLY ? INT_MAX : 0;
	for (unsigned int i = 0; i < options->sec_count; i++)
		if ((!to_write || !(options->sec[i].flags & NFSEXP_READONLY)) && rank(options->sec[i].flavor) < weakest)
			weakest = rank(options->sec[i].flavor);
	return weakest;
}

static enum xprtsec weakest_mode(const struct export_options *options)
{
	return xprtsec_set_weakest(options->xprtsec ? options->xprtsec : XPRTSEC_ALL);
}

/* In what the outer one is laxer. */
static unsigned int laxer(const struct export_options *outer, const struct export_options *inner)
{
	int enters = weakest_flavor(inner, false), writes = weakest_flavor(inner, true);
	unsigned int aspects = 0;

	if (outer == inner)
		return 0;
	if (!xprtsec_at_least(weakest_mode(outer), weakest_mode(inner)))
		aspects |= EXPORT_NESTED_XPRTSEC;
	if (weakest_flavor(outer, false) < enters)
		aspects |= EXPORT_NESTED_SEC;
	/* Who cannot enter cannot write, which is said already. */
	if (weakest_flavor(outer, true) < writes && writes > enters)
		aspects |= EXPORT_NESTED_READ_ONLY;
	return aspects;
}

/* ---- two paths ------------------------------------------------------------------------------------------ */

static void note(struct export_nested_pair *pair, unsigned int aspects, const struct export *outer,
		 const struct export *inner)
{
	if (aspects & ~pair->aspects && (!pair->aspects || pair->aspects == EXPORT_NESTED_CLIENTS)) {
		pair->outer = outer;
		pair->inner = inner;
	}
	pair->aspects |= aspects;
}

/* How a client comes from the outer path to the inner one. */
enum way {
	WALKS,		/* on one file system */
	CROSSES_INTO,	/* what is mounted at the inner path itself: there the inner export counts for whom it is for */
	CROSSES_BEFORE, /* what is mounted between the two */
};

static bool compare(struct search *search, const struct export *outer, const struct export *inner, enum way way,
		    struct export_nested_pair *pair)
{
	bool has_all = export_client_covers(inner->client, outer->client);

	search->compared++;
	if (way != CROSSES_INTO && (has_all || export_client_covers(outer->client, inner->client)))
		note(pair, laxer(outer->options, inner->options), outer, inner);
	return has_all;
}

/* One host is no other, so hosts are compared with themselves and with what is more than a host. */
static void compare_clients(struct search *search, const struct export *outer, const struct path *inner, enum way way,
			    struct export_nested_pair *pair)
{
	bool is_host = outer->client->form.type == EXPORT_HOST, covered = false;
	const struct exports *others = is_host ? &inner->wide : &inner->all;
	const struct export *same = is_host ? export_table_find(search->table, inner->text, outer->client->name, NULL) :
					      NULL;

	if (same && !same->dropped)
		covered = compare(search, outer, same, way, pair);
	for (size_t i = 0; i < others->count; i++)
		covered |= compare(search, outer, others->at[i], way, pair);
	if (!covered)
		note(pair, EXPORT_NESTED_CLIENTS, outer, inner->all.at[0]);
}

static void compare_paths(struct search *search, const struct path *outer, const struct path *inner, enum way way)
{
	AUTO_FREE char *top = way == WALKS ? NULL : strndup(inner->place.path, inner->place.top);
	struct export_nested_pair pair = { .aspects = 0 };

	for (size_t i = 0; i < outer->all.count && search->compared < COMPARED_MAX; i++) {
		const struct export *export = outer->all.at[i];

		if (way != WALKS && (!(export->options->flags & NFSEXP_CROSSMOUNT) || !top ||
				     export_table_takes_over(search->table, export, top)))
			continue;
		compare_clients(search, export, inner, way, &pair);
	}
	if (pair.aspects)
		search->visit(&pair, search->context);
}

/* ---- all -------------------------------------------------------------------------------------------------- */

static bool cut(char *text, size_t *size)
{
	while (*size && text[*size] != '/')
		--*size;
	text[*size] = '\0';
	return *size;
}

/* The exports that the directory lies in, on its file system, and those of the same directory by another path. */
static int search_spots(struct search *search, const struct path *inner)
{
	AUTO_FREE char *spot = strdup(inner->place.spot);
	size_t size = strlen(inner->place.spot);

	if (!spot)
		return -ENOMEM;
	do {
		const struct path *outer;

		HASH_FIND(by_spot, search->by_spot, spot, size, outer);
		for (; outer; outer = outer->same_spot)
			if (outer != inner)
				compare_paths(search, outer, inner, WALKS);
	} while (cut(spot, &size));
	return 0;
}

/* The exports above its file system. */
static int search_crossing(struct search *search, const struct path *inner)
{
	AUTO_FREE char *path = strdup(inner->place.path);
	size_t size = inner->place.top;
	enum way way = inner->place.path[size] ? CROSSES_BEFORE : CROSSES_INTO;

	if (!path)
		return -ENOMEM;
	while (size > 1) {
		const struct path *outer;

		cut(path, &size);
		HASH_FIND(by_text, search->by_text, size ? path : "/", size ? size : 1, outer);
		if (outer)
			compare_paths(search, outer, inner, way);
	}
	return 0;
}

static int search_all(struct search *search, const struct tree *tree)
{
	int r = add_paths(search, tree);

	for (const struct path *path = search->by_text; !r && path; path = path->by_text.next) {
		r = search_spots(search, path);
		if (!r)
			r = search_crossing(search, path);
	}
	return r;
}

int export_nested_find(const struct export_table *table, const struct tree *tree, export_nested_visitor *visit,
		       void *context, struct error *e)
{
	const struct tree_roots roots = { .points = "" };
	struct search search = { .table = table, .visit = visit, .context = context };
	AUTO_TREE *nothing = NULL;
	int r = tree ? 0 : tree_new("", 0, &roots, &nothing, e);

	if (r)
		return r;
	r = search_all(&search, tree ? tree : nothing);
	free_paths(&search);
	if (r)
		return error_set(e, ENOMEM, "out of memory");
	return search.compared >= COMPARED_MAX;
}

/* ---- words --------------------------------------------------------------------------------------------------- */

static const struct {
	enum export_nested_aspect aspect;
	const char *word;
} words[] = {
	{ EXPORT_NESTED_XPRTSEC, "xprtsec=" },
	{ EXPORT_NESTED_SEC, "sec=" },
	{ EXPORT_NESTED_READ_ONLY, "ro" },
	{ EXPORT_NESTED_CLIENTS, "clients" },
};

static void add_words(const struct export *export, struct strbuf *text)
{
	strbuf_addf(text, "%s:", *export->client->name ? export->client->name : "*");
	strbuf_add_escaped(text, export->path, strlen(export->path));
}

void export_nested_format(const struct export_nested_pair *pair, struct strbuf *text)
{
	const struct export_place *place = &pair->outer->place;
	const char *before = "";

	add_words(pair->inner, text);
	strbuf_addf(text, " is stricter (");
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (!(pair->aspects & words[i].aspect))
			continue;
		strbuf_addf(text, "%s%s", before, words[i].word);
		before = ", ";
	}
	strbuf_addf(text, ") than ");
	add_words(pair->outer, text);
	if (place->file && place->line)
		strbuf_addf(text, " (%s:%u:%u)", place->file, place->line, place->column);
	strbuf_addf(text, ", which serves the same files");
}

void export_nested_format_remedy(const struct export_nested_pair *pair, struct strbuf *text)
{
	strbuf_addf(text, "put ");
	strbuf_add_escaped(text, pair->inner->path, strlen(pair->inner->path));
	strbuf_addf(text, " on a file system of its own, or make ");
	strbuf_add_escaped(text, pair->outer->path, strlen(pair->outer->path));
	strbuf_addf(text, " as strict");
}
