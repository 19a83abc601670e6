/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/mount/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

/* ---- the list -------------------------------------------------------- */

static void word_free(struct option_word *word)
{
	free(word->key);
	free(word->value);
}

void options_free(struct options *options)
{
	if (!options)
		return;
	for (size_t i = 0; i < options->count; i++)
		word_free(&options->words[i]);
	free(options->words);
	memset(options, 0, sizeof(*options));
}

static int make_room(struct options *options)
{
	size_t room = options->room ? options->room * 2 : 16;
	struct option_word *words;

	if (options->count < options->room)
		return 0;
	words = reallocarray(options->words, room, sizeof(*words));
	if (!words)
		return -ENOMEM;
	options->words = words;
	options->room = room;
	return 0;
}

/* value may be NULL */
static int insert(struct options *options, size_t at, const char *key, size_t key_size, const char *value,
		  size_t value_size)
{
	struct option_word word = { .key = strndup(key, key_size) };

	if (value)
		word.value = strndup(value, value_size);
	if (!word.key || (value && !word.value) || make_room(options)) {
		word_free(&word);
		return -ENOMEM;
	}
	memmove(options->words + at + 1, options->words + at, (options->count - at) * sizeof(word));
	options->words[at] = word;
	options->count++;
	return 0;
}

int options_append(struct options *options, const char *key, const char *value)
{
	return insert(options, options->count, key, strlen(key), value, value ? strlen(value) : 0);
}

int options_prepend(struct options *options, const char *key, const char *value)
{
	return insert(options, 0, key, strlen(key), value, value ? strlen(value) : 0);
}

int options_append_all(struct options *options, const struct options *from)
{
	int r = 0;

	for (size_t i = 0; i < from->count && !r; i++)
		r = options_append(options, from->words[i].key, from->words[i].value);
	return r;
}

const struct option_word *options_last(const struct options *options, const char *key)
{
	for (size_t i = options->count; i > 0; i--)
		if (!strcmp(options->words[i - 1].key, key))
			return &options->words[i - 1];
	return NULL;
}

void options_remove_at(struct options *options, size_t i)
{
	word_free(&options->words[i]);
	options->count--;
	memmove(options->words + i, options->words + i + 1, (options->count - i) * sizeof(*options->words));
}

size_t options_remove(struct options *options, const char *key)
{
	size_t removed = 0;

	for (size_t i = 0; i < options->count;) {
		if (strcmp(options->words[i].key, key)) {
			i++;
			continue;
		}
		options_remove_at(options, i);
		removed++;
	}
	return removed;
}

int options_set_value(struct option_word *word, const char *value)
{
	char *copy = strdup(value);

	if (!copy)
		return -ENOMEM;
	free(word->value);
	word->value = copy;
	return 0;
}

void options_format(const struct options *options, struct strbuf *text)
{
	for (size_t i = 0; i < options->count; i++) {
		const struct option_word *word = &options->words[i];

		strbuf_addf(text, "%s%s%s%s", i ? "," : "", word->key, word->value ? "=" : "",
			    word->value ? word->value : "");
	}
}

/* ---- text ------------------------------------------------------------ */

/* The size of the word that begins at text; -EINVAL when a quote is still open at the end. */
static int word_size(const char *text, size_t size, size_t *word)
{
	bool quoted = false;
	size_t i;

	for (i = 0; i < size && (quoted || text[i] != ','); i++)
		if (text[i] == '"')
			quoted = !quoted;
	*word = i;
	return quoted ? -EINVAL : 0;
}

static int parse_word(struct options *options, const char *word, size_t size, struct error *e)
{
	const char *equals = memchr(word, '=', size);
	size_t key_size = equals ? (size_t)(equals - word) : size;
	char shown[64];

	if (!key_size) {
		text_escape(shown, sizeof(shown), word, size);
		return error_set(e, EINVAL, "mount option '%s' has no name before the '='", shown);
	}
	if (insert(options, options->count, word, key_size, equals ? equals + 1 : NULL,
		   equals ? size - key_size - 1 : 0))
		return error_set(e, ENOMEM, "out of memory");
	return 0;
}

int options_parse(struct options *options, const char *text, size_t size, struct error *e)
{
	if (size && memchr(text, '\0', size))
		return error_set(e, EINVAL, "mount options hold a NUL byte");
	for (size_t at = 0; at < size;) {
		size_t word;
		char shown[64];
		int r;

		if (word_size(text + at, size - at, &word)) {
			text_escape(shown, sizeof(shown), text + at, word);
			return error_set(e, EINVAL, "mount option '%s' opens a quote and does not close it", shown);
		}
		r = word ? parse_word(options, text + at, word, e) : 0;
		if (r)
			return r;
		at += word + 1;
	}
	return 0;
}

/* ---- flags and words for programs ------------------------------------ */

enum shape {
	BARE,	/* counts only without a value */
	ANY,	/* with or without a value */
	PREFIX, /* begins with this, with or without a value */
};

static const unsigned long owner_flags = MS_NOSUID | MS_NODEV;
static const unsigned long user_flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;

/* One row per word; the words are those of mount(8). */
static const struct generic {
	const char *word;
	enum shape shape;
	unsigned long set;
	unsigned long clear;
} generic_words[] = {
	{ "defaults", BARE, 0, 0 },
	{ "ro", BARE, MS_RDONLY, 0 },
	{ "rw", BARE, 0, MS_RDONLY },
	{ "nosuid", BARE, MS_NOSUID, 0 },
	{ "suid", BARE, 0, MS_NOSUID },
	{ "nodev", BARE, MS_NODEV, 0 },
	{ "dev", BARE, 0, MS_NODEV },
	{ "noexec", BARE, MS_NOEXEC, 0 },
	{ "exec", BARE, 0, MS_NOEXEC },
	{ "sync", BARE, MS_SYNCHRONOUS, 0 },
	{ "async", BARE, 0, MS_SYNCHRONOUS },
	{ "dirsync", BARE, MS_DIRSYNC, 0 },
	{ "remount", BARE, MS_REMOUNT, 0 },
	{ "bind", BARE, MS_BIND, 0 },
	{ "rbind", BARE, MS_BIND | MS_REC, 0 },
	{ "mand", BARE, MS_MANDLOCK, 0 },
	{ "nomand", BARE, 0, MS_MANDLOCK },
	{ "noatime", BARE, MS_NOATIME, 0 },
	{ "atime", BARE, 0, MS_NOATIME },
	{ "nodiratime", BARE, MS_NODIRATIME, 0 },
	{ "diratime", BARE, 0, MS_NODIRATIME },
	{ "relatime", BARE, MS_RELATIME, 0 },
	{ "norelatime", BARE, 0, MS_RELATIME },
	{ "strictatime", BARE, MS_STRICTATIME, 0 },
	{ "nostrictatime", BARE, 0, MS_STRICTATIME },
	{ "lazytime", BARE, MS_LAZYTIME, 0 },
	{ "nolazytime", BARE, 0, MS_LAZYTIME },
	{ "silent", BARE, MS_SILENT, 0 },
	{ "loud", BARE, 0, MS_SILENT },

	{ "auto", BARE, 0, 0 },
	{ "noauto", BARE, 0, 0 },
	{ "nofail", BARE, 0, 0 },
	{ "_netdev", BARE, 0, 0 },
	{ "user", BARE, user_flags, 0 },
	{ "user", ANY, 0, 0 }, /* user=NAME is the record of who mounted */
	{ "users", BARE, user_flags, 0 },
	{ "owner", BARE, owner_flags, 0 },
	{ "group", BARE, owner_flags, 0 },
	{ "nouser", BARE, 0, 0 },
	{ "nousers", BARE, 0, 0 },
	{ "noowner", BARE, 0, 0 },
	{ "nogroup", BARE, 0, 0 },
	{ "comment", ANY, 0, 0 },
	{ "x-", PREFIX, 0, 0 },
	{ "X-", PREFIX, 0, 0 },
};

static const char *const label_words[] = { "context", "fscontext", "defcontext", "rootcontext", "seclabel" };

static const struct generic *generic_find(const struct option_word *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(generic_words); i++) {
		const struct generic *g = &generic_words[i];
		size_t size = g->shape == PREFIX ? strlen(g->word) : strlen(g->word) + 1;

		if (!strncmp(word->key, g->word, size) && (g->shape != BARE || !word->value))
			return g;
	}
	return NULL;
}

static bool is_label(const struct option_word *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(label_words); i++)
		if (!strcmp(word->key, label_words[i]))
			return true;
	return false;
}

void options_take_generic(struct options *options, unsigned long *flags, bool drop_security_labels)
{
	for (size_t i = 0; i < options->count;) {
		const struct generic *g = generic_find(&options->words[i]);

		if (!g && !(drop_security_labels && is_label(&options->words[i]))) {
			i++;
			continue;
		}
		if (g)
			*flags = (*flags | g->set) & ~g->clear;
		options_remove_at(options, i);
	}
}
