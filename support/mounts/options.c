/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of words behind -o. */
#include "support/mounts/mounts_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- the list -------------------------------------------------------- */

static void word_free(struct mount_option *word)
{
	free(word->key);
	free(word->value);
}

void mount_options_free(struct mount_options *options)
{
	if (!options)
		return;
	for (size_t i = 0; i < options->count; i++)
		word_free(&options->words[i]);
	free(options->words);
	memset(options, 0, sizeof(*options));
}

static int make_room(struct mount_options *options)
{
	size_t room = options->room ? options->room * 2 : 16;
	struct mount_option *words;

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
static int insert(struct mount_options *options, size_t at, const char *key, size_t key_size, const char *value,
		  size_t value_size)
{
	struct mount_option word = { .key = strndup(key, key_size) };

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

int mount_options_append(struct mount_options *options, const char *key, const char *value)
{
	return insert(options, options->count, key, strlen(key), value, value ? strlen(value) : 0);
}

int mount_options_prepend(struct mount_options *options, const char *key, const char *value)
{
	return insert(options, 0, key, strlen(key), value, value ? strlen(value) : 0);
}

int mount_options_append_all(struct mount_options *options, const struct mount_options *from)
{
	int r = 0;

	for (size_t i = 0; i < from->count && !r; i++)
		r = mount_options_append(options, from->words[i].key, from->words[i].value);
	return r;
}

const struct mount_option *mount_options_last(const struct mount_options *options, const char *key)
{
	for (size_t i = options->count; i > 0; i--)
		if (!strcmp(options->words[i - 1].key, key))
			return &options->words[i - 1];
	return NULL;
}

void mount_options_remove_at(struct mount_options *options, size_t i)
{
	word_free(&options->words[i]);
	options->count--;
	memmove(options->words + i, options->words + i + 1, (options->count - i) * sizeof(*options->words));
}

size_t mount_options_remove(struct mount_options *options, const char *key)
{
	size_t removed = 0;

	for (size_t i = 0; i < options->count;) {
		if (strcmp(options->words[i].key, key)) {
			i++;
			continue;
		}
		mount_options_remove_at(options, i);
		removed++;
	}
	return removed;
}

int mount_options_set_value(struct mount_option *word, const char *value)
{
	char *copy = strdup(value);

	if (!copy)
		return -ENOMEM;
	free(word->value);
	word->value = copy;
	return 0;
}

void mount_options_format(const struct mount_options *options, struct strbuf *text)
{
	for (size_t i = 0; i < options->count; i++) {
		const struct mount_option *word = &options->words[i];

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

static int parse_word(struct mount_options *options, const char *word, size_t size, struct error *e)
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

int mount_options_parse(struct mount_options *options, const char *text, size_t size, struct error *e)
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

/* ---- one word of a text --------------------------------------------------------- */

bool mountinfo_option(const struct mountinfo_field *options, const char *key, struct mountinfo_field *value)
{
	size_t key_size = strlen(key), left = options->size, word;
	bool found = false;

	for (const char *at = options->text; left; at += word, left -= word) {
		(void)word_size(at, left, &word);
		if (word > key_size && !memcmp(at, key, key_size) && at[key_size] == '=') {
			*value = (struct mountinfo_field){ at + key_size + 1, word - key_size - 1 };
			found = true;
		}
		word += word < left; /* the comma */
	}
	return found;
}

bool mount_option_in(const char *options, const char *key, char *value, size_t room)
{
	const struct mountinfo_field all = { options, options ? strlen(options) : 0 };
	struct mountinfo_field found;

	*value = '\0';
	if (!mountinfo_option(&all, key, &found) || found.size >= room)
		return false;
	memcpy(value, found.text, found.size);
	value[found.size] = '\0';
	return true;
}
