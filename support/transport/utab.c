/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What mount commands have recorded of their mounts: libmount's /run/mount/utab.  libmount itself reads it at this one
 * place alone, and not below another root.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "support/mounts/mounts.h"
#include "support/transport/transport_private.h"

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

bool transport_mount_address(const struct transport_mount *mount, struct sockaddr_storage *address)
{
	char text[INET6_ADDRSTRLEN + 1];

	return mount_option_in(mount->options, "addr", text, sizeof(text)) && transport_address_parse(text, 0, address);
}

static bool is_same_address(const char *a, const char *b)
{
	static const struct sockaddr_storage nowhere;
	struct transport_ends one = transport_ends_of(&nowhere, &nowhere), other = one;
	struct sockaddr_storage address;

	if (transport_address_parse(a, 0, &address))
		one = transport_ends_of(&nowhere, &address);
	if (transport_address_parse(b, 0, &address))
		other = transport_ends_of(&nowhere, &address);
	return one.remote_size && !memcmp(&one, &other, sizeof(one));
}

bool transport_record_is_of(const struct transport_record *record, const struct transport_mount *mount)
{
	char recorded[INET6_ADDRSTRLEN + 1], kernels[INET6_ADDRSTRLEN + 1];

	if (!is_same_path(path_of(record->source), path_of(mount->source)))
		return false;
	return mount_option_in(record->options, "addr", recorded, sizeof(recorded)) &&
			       mount_option_in(mount->options, "addr", kernels, sizeof(kernels)) ?
		       is_same_address(recorded, kernels) :
		       is_same_host(record->source, mount->source);
}

/* ---- the file ----------------------------------------------------------------------- */

struct records {
	transport_record_visitor *visit;
	void *context;
};

/* "SRC=... TARGET=... ROOT=... ATTRS=... OPTS=...", in any order, and what newer versions may add */
static int take_record(char *line, const struct records *records)
{
	char *source = NULL, *target = NULL, *options = NULL, *word;
	const struct {
		const char *key;
		char **value;
	} known[] = { { "SRC", &source }, { "TARGET", &target }, { "ATTRS", &options } };
	struct transport_record record;

	while ((word = transport_next_word(&line))) {
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
	record = (struct transport_record){ source ? source : "", target, options ? options : "" };
	records->visit(&record, records->context);
	return 0;
}

static int take_line(char *line, void *context)
{
	return *line && *line != '#' ? take_record(line, context) : 0;
}

int transport_records_parse(const char *name, char *text, transport_record_visitor *visit, void *context,
			    struct error *e)
{
	struct records records = { visit, context };

	return transport_each_line(name, text, take_line, &records, e);
}
