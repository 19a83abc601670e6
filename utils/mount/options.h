/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * options: the comma list behind -o as an ordered list of words, duplicates
 * kept, because for the kernel the last of two wins.  Which words are flags of
 * mount(2), which are for the user's programs only, and which go to the
 * kernel.  What the NFS words mean is protocol.h's and security.h's business.
 */
#ifndef NFSTLS_MOUNT_OPTIONS_H
#define NFSTLS_MOUNT_OPTIONS_H

#include "support/base/base.h"

struct option_word {
	char *key;
	char *value; /* with its quotes; NULL for a word without "=" */
};

/* Zero it to begin; options_free() at the end. */
struct options {
	struct option_word *words;
	size_t count;
	size_t room;
};

void options_free(struct options *options);
#define AUTO_OPTIONS __attribute__((cleanup(options_free))) struct options

/*
 * Appends the words of size bytes of text.  A comma between double quotes does
 * not separate; empty words vanish.  -EINVAL for a NUL byte, a word without a
 * key or a quote that is not closed, -ENOMEM; words before the bad one may then
 * have been appended.
 */
int options_parse(struct options *options, const char *text, size_t size, struct error *e);

/* Appends or puts in front one word, copied; value may be NULL.  -ENOMEM. */
int options_append(struct options *options, const char *key, const char *value);
int options_prepend(struct options *options, const char *key, const char *value);

/* Appends a copy of every word of from.  -ENOMEM. */
int options_append_all(struct options *options, const struct options *from);

/* The last word of that key, else NULL.  Borrowed until the next change. */
const struct option_word *options_last(const struct options *options, const char *key);

/* Removes all words of that key and tells how many there were. */
size_t options_remove(struct options *options, const char *key);

/* Removes the word at index i. */
void options_remove_at(struct options *options, size_t i);

/* Puts another value into a word; -ENOMEM. */
int options_set_value(struct option_word *word, const char *value);

/* Appends "key=value,key" to text; check text->failed. */
void options_format(const struct options *options, struct strbuf *text);

/*
 * Takes the words out that mount(2) knows as flags, and those that are meant
 * for programs only; *flags (MS_*) is changed word by word.  With
 * drop_security_labels the context= family goes, too: for kernels without SELinux.
 */
void options_take_generic(struct options *options, unsigned long *flags, bool drop_security_labels);

#endif
