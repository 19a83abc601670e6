/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/exportfs/operand.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The colon before the path.  In brackets with a colon there is an address, which has colons of its own. */
static const char *find_separator(const char *text)
{
	const char *close = *text == '[' ? strchr(text, ']') : NULL;

	if (close && memchr(text, ':', (size_t)(close - text)))
		return strchr(close, ':');
	return strchr(text, ':');
}

static char *copy_client(const char *text, const char *end)
{
	const char *close = *text == '[' ? memchr(text, ']', (size_t)(end - text)) : NULL;
	char *client;

	if (text == end)
		return strdup("*");
	if (!close || !memchr(text, ':', (size_t)(close - text)))
		return strndup(text, (size_t)(end - text));
	if (asprintf(&client, "%.*s%.*s", (int)(close - text - 1), text + 1, (int)(end - close - 1), close + 1) < 0)
		return NULL;
	return client;
}

int operand_parse(const char *text, struct operand *operand, struct error *e)
{
	const char *colon = find_separator(text);

	*operand = (struct operand){ 0 };
	if (!colon || colon[1] != '/')
		return error_set(e, EINVAL,
				 "Invalid export syntax: %s: expected HOST:/PATH, "
				 "with an IPv6 address in brackets",
				 text);
	operand->client = copy_client(text, colon);
	operand->path = strdup(colon + 1);
	if (operand->client && operand->path)
		return 0;
	operand_free(operand);
	return error_set(e, ENOMEM, "out of memory");
}

void operand_free(struct operand *operand)
{
	free(operand->client);
	free(operand->path);
	*operand = (struct operand){ 0 };
}
