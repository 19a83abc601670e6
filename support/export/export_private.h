/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a list is made of. Everything in it lives in the list's arena and is freed with it. */
#ifndef NFSTLS_EXPORT_PRIVATE_H
#define NFSTLS_EXPORT_PRIVATE_H

#include <uthash.h>

#include "support/export/export.h"

/* A text that is stored once. */
struct export_word {
	UT_hash_handle hh;
	char text[];
};

/* One set of options, stored once, and what texts were read on top of it: each text is parsed once per base. */
struct export_known_options {
	UT_hash_handle hh;
	struct export_options options; /* no padding bit is set, so that its bytes are its key */
	struct export_option_text *texts;
};

struct export_option_text {
	UT_hash_handle hh;
	struct export_known_options *options;
	size_t ignored; /* where an option stands that has no effect; SIZE_MAX for none */
	char text[];
};

struct export_pointers {
	const void **at;
	size_t count;
};

struct export_list {
	struct export_chunk *chunks;
	struct export_word *words;
	struct export_known_options *options;
	struct export_pointers entries, gaps, problems;
};

/* Zeroed memory of the list; NULL without memory. */
void *export_list_memory(struct export_list *list, size_t size);

/* The one copy of a text without NUL bytes; NULL without memory. */
const char *export_list_word(struct export_list *list, const char *text, size_t size);

/* The one copy of a set of options; its texts may belong to others. NULL without memory. */
struct export_known_options *export_list_options(struct export_list *list, const struct export_options *options);

/* Append copies; path and file must be the list's. -ENOMEM. */
int export_list_add_entry(struct export_list *list, const struct export_entry *entry);
int export_list_add_problem(struct export_list *list, enum export_severity severity, const struct export_place *place,
			    const char *text);

/* The words of reexport=, by enum export_reexport; a NULL ends them. */
extern const char *const export_reexport_words[];

/*
 * Is told of each bad option of a list, and where it stands in the text.  A negative errno ends reading with it.
 */
typedef int export_option_bad(size_t at, const char *why, void *context);

/*
 * As export_options_parse(), for a text without NUL bytes and a base of this list.  All options are read, also behind a
 * bad one; -EINVAL when there was one.  *ignored is SIZE_MAX, or where an option stands that has no effect.
 */
int export_options_read(struct export_list *list, struct export_known_options *base, const char *text, size_t size,
			struct export_known_options **options, size_t *ignored, export_option_bad *bad, void *context);

#endif
