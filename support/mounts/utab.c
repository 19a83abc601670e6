/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What mount commands have recorded of their mounts: libmount's /run/mount/utab.  libmount itself reads it at this one
 * place alone, and not below another root.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "support/mounts/mounts_private.h"

/* ---- whose record is it? ---------------------------------------------------------- */

/* Behind the first colon that is not one of an IPv6 address; the end of what has none. */
static const char *path_of(const char *source)
{
	const char *colon = source + strcspn(source, source[0] == '[' ? "]" : ":");

	colon += *colon == ']';
	return *colon ? colon + 1 : colon;
}

/* The kernel drops slashes that say nothing. */
static bool is_same_path(const char *a, const char *b)
{
	size_t size;

	do {
		a += strspn(a, "/");
		b += strspn(b, "/");
		size = strcspn(a, "/");
		if (size != strcspn(b, "/") || memcmp(a, b, size) != 0)
			return false;
		a += size;
		b += size;
	} while (size);
	return true;
}

static bool is_same_host(const char *a, const char *b)
{
	size_t size = (size_t)(path_of(a) - a);

	return size == (size_t)(path_of(b) - b) && !strncasecmp(a, b, size);
}

bool utab_record_is_of(const struct utab_record *record, const char *source, const char *options)
{
	char recorded[INET6_ADDRSTRLEN + 1], kernels[INET6_ADDRSTRLEN + 1];

	if (!is_same_path(path_of(record->source), path_of(source)))
		return false;
	return mount_option_in(record->options, "addr", recorded, sizeof(recorded)) &&
			       mount_option_in(options, "addr", kernels, sizeof(kernels)) ?
		       mount_same_address(recorded, kernels) :
		       is_same_host(record->source, source);
}

/* ---- a line --------------------------------------------------------------------------- */

static char *next_word(char **line)
{
	char *word = *line + strspn(*line, " ");

	if (!*word)
		return NULL;
	*line = word + strcspn(word, " ");
	if (**line)
		*(*line)++ = '\0';
	return word;
}

/* "SRC=... TARGET=... ROOT=... ATTRS=... OPTS=...", in any order, and what newer versions may add */
int utab_record_parse(char *line, struct utab_record *record)
{
	char *source = NULL, *target = NULL, *options = NULL, *word;
	const struct {
		const char *key;
		char **value;
	} known[] = { { "SRC", &source }, { "TARGET", &target }, { "ATTRS", &options } };

	if (!*line || *line == '#')
		return 0;
	while ((word = next_word(&line))) {
		char *value = strchr(word, '=');

		if (!value || value == word)
			return -EBADMSG;
		*value++ = '\0';
		for (size_t i = 0; i < ARRAY_SIZE(known); i++)
			if (!strcmp(word, known[i].key))
				*known[i].value = value;
	}
	if (!target)
		return -EBADMSG;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (*known[i].value)
			text_unescape_octal(*known[i].value);
	*record = (struct utab_record){ source ? source : "", target, options ? options : "" };
	return 1;
}
