/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where entries, options and texts live: one arena per list, and each text and set of options in it once. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "support/export/export_private.h"

#define CHUNK_BYTES ((size_t)64 * 1024)

struct export_chunk {
	struct export_chunk *next;
	size_t used, room;
	max_align_t memory[];
};

/* A big piece has a chunk of its own behind the first, which has room left for small ones. */
static struct export_chunk *chunk_with(struct export_list *list, size_t size)
{
	struct export_chunk *first = list->chunks, *chunk;
	size_t room = size > CHUNK_BYTES / 4 ? size : CHUNK_BYTES;

	if (first && first->room - first->used >= size)
		return first;
	chunk = calloc(1, sizeof(*chunk) + room);
	if (!chunk)
		return NULL;
	chunk->room = room;
	if (first && room == size) {
		chunk->next = first->next;
		first->next = chunk;
	} else {
		chunk->next = first;
		list->chunks = chunk;
	}
	return chunk;
}

void *export_list_memory(struct export_list *list, size_t size)
{
	const size_t step = _Alignof(max_align_t);
	struct export_chunk *chunk;
	void *memory;

	if (size > SIZE_MAX / 2)
		return NULL;
	size = (size + step - 1) / step * step;
	chunk = chunk_with(list, size);
	if (!chunk)
		return NULL;
	memory = (unsigned char *)chunk->memory + chunk->used;
	chunk->used += size;
	return memory;
}

const char *export_list_word(struct export_list *list, const char *text, size_t size)
{
	struct export_word *word;

	HASH_FIND(hh, list->words, text, size, word);
	if (word)
		return word->text;
	word = export_list_memory(list, sizeof(*word) + size + 1);
	if (!word)
		return NULL;
	if (size)
		memcpy(word->text, text, size);
	HASH_ADD_KEYPTR(hh, list->words, word->text, size, word);
	return word->hh.tbl ? word->text : NULL;
}

/* False without memory. */
static bool own_word(struct export_list *list, const char **text)
{
	if (*text) {
		*text = export_list_word(list, *text, strlen(*text));
		return *text != NULL;
	}
	return true;
}

struct export_known_options *export_list_options(struct export_list *list, const struct export_options *options)
{
	struct export_known_options *known;
	struct export_options own;

	memcpy(&own, options, sizeof(own));
	if (!own_word(list, &own.uuid) || !own_word(list, &own.mountpoint) || !own_word(list, &own.locations))
		return NULL;
	HASH_FIND(hh, list->options, &own, sizeof(own), known);
	if (known)
		return known;
	known = export_list_memory(list, sizeof(*known));
	if (!known)
		return NULL;
	memcpy(&known->options, &own, sizeof(own));
	HASH_ADD(hh, list->options, options, sizeof(own), known);
	return known->hh.tbl ? known : NULL;
}

const struct export_options *export_options_with_xprtsec(struct export_list *list, const struct export_options *options,
							 unsigned int modes)
{
	struct export_known_options *known;
	struct export_options changed;

	memcpy(&changed, options, sizeof(changed));
	changed.xprtsec = modes & XPRTSEC_ALL;
	known = export_list_options(list, &changed);
	return known ? &known->options : NULL;
}

/* ---- the list ------------------------------------------------------------------ */

struct export_list *export_list_new(void)
{
	return calloc(1, sizeof(struct export_list));
}

void export_list_free(struct export_list *list)
{
	struct export_known_options *options, *next;

	if (!list)
		return;
	/* Only the tables are uthash's own; what they hold is in the arena. */
	HASH_ITER(hh, list->options, options, next)
		HASH_CLEAR(hh, options->texts);
	HASH_CLEAR(hh, list->options);
	HASH_CLEAR(hh, list->words);
	while (list->chunks) {
		struct export_chunk *chunk = list->chunks;

		list->chunks = chunk->next;
		free(chunk);
	}
	free(list->entries.at);
	free(list->gaps.at);
	free(list->problems.at);
	free(list);
}

void export_list_free_pointer(struct export_list **list)
{
	export_list_free(*list);
	*list = NULL;
}

static int pointers_add(struct export_pointers *pointers, const void *pointer)
{
	return ARRAY_APPEND(pointers->at, pointers->count, pointer) ? 0 : -ENOMEM;
}

static int add_copy(struct export_list *list, struct export_pointers *to, const void *what, size_t size)
{
	void *copy = export_list_memory(list, size);

	if (!copy)
		return -ENOMEM;
	memcpy(copy, what, size);
	return pointers_add(to, copy);
}

int export_list_add_entry(struct export_list *list, const struct export_entry *entry)
{
	return add_copy(list, &list->entries, entry, sizeof(*entry));
}

int export_list_add_gap(struct export_list *list, const char *path, const struct export_place *place)
{
	const struct export_gap gap = { .path = path, .place = *place };

	return add_copy(list, &list->gaps, &gap, sizeof(gap));
}

int export_list_add_problem(struct export_list *list, enum export_severity severity, const struct export_place *place,
			    const char *text)
{
	struct export_problem problem = { .severity = severity, .place = *place };
	size_t size = strlen(text);
	char *copy = export_list_memory(list, size + 1);

	if (!copy)
		return -ENOMEM;
	memcpy(copy, text, size);
	problem.text = copy;
	return add_copy(list, &list->problems, &problem, sizeof(problem));
}

int export_list_unreadable(struct export_list *list, const char *name, const struct error *why)
{
	struct export_place place = { .file = export_list_word(list, name, strlen(name)) };

	if (!place.file || export_list_add_gap(list, NULL, &place) ||
	    export_list_add_problem(list, EXPORT_UNREADABLE, &place, why->text))
		return -ENOMEM;
	return 0;
}

size_t export_list_count(const struct export_list *list)
{
	return list->entries.count;
}

const struct export_entry *export_list_at(const struct export_list *list, size_t i)
{
	return list->entries.at[i];
}

size_t export_list_gap_count(const struct export_list *list)
{
	return list->gaps.count;
}

const struct export_gap *export_list_gap(const struct export_list *list, size_t i)
{
	return list->gaps.at[i];
}

size_t export_list_problem_count(const struct export_list *list)
{
	return list->problems.count;
}

const struct export_problem *export_list_problem(const struct export_list *list, size_t i)
{
	return list->problems.at[i];
}
