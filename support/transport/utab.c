/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What mount commands have recorded of their mounts: libmount's /run/mount/utab.  libmount itself reads it at this one
 * place alone, and not below another root.
 */
#include <errno.h>
#include <string.h>

#include "support/transport/transport_private.h"

struct records {
	transport_record_visitor *visit;
	void *context;
};

/* "SRC=... TARGET=... ROOT=... ATTRS=... OPTS=...", in any order, and what newer versions may add */
static int take_record(char *line, const struct records *records)
{
	char *target = NULL, *options = NULL, *word;

	while ((word = transport_next_word(&line))) {
		char *value = strchr(word, '=');

		if (!value || value == word)
			return -EBADMSG;
		*value++ = '\0';
		if (!strcmp(word, "TARGET"))
			target = value;
		else if (!strcmp(word, "ATTRS"))
			options = value;
	}
	if (!target)
		return -EBADMSG;
	text_unescape_octal(target);
	if (options)
		text_unescape_octal(options);
	records->visit(target, options ? options : "", records->context);
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
