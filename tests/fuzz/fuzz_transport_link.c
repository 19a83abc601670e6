/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of a transport's folder in /sys: a protocol and five texts with a NUL between them. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "support/transport/transport_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each in memory of its own, so that reading past its end is seen. */
static void cut(const char *text, char *part[6])
{
	for (size_t i = 0; i < 6; i++) {
		part[i] = strdup(text);
		text += strlen(text) + 1;
	}
}

static void parse(char *const part[6])
{
	const struct transport_texts texts = { part[1], part[2], part[3], part[4], part[5] };
	struct transport_link link = { .connected = false };
	struct error e;

	text_copy(link.protocol, sizeof(link.protocol), part[0]);
	if (transport_link_parse("folder", &texts, &link, &e))
		return;
	/* Each file was a whole one, and ports are only of what has addresses. */
	for (size_t i = 1; i < 6; i++)
		if (!*part[i] || part[i][strlen(part[i]) - 1] != '\n')
			abort();
	if (link.has_ports && (!link.local.ss_family || !link.remote.ss_family))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_STRBUF text = { 0 };
	char *part[6];

	strbuf_add(&text, (const char *)data, size);
	strbuf_add(&text, "\0\0\0\0\0\0", 6);
	if (text.failed)
		return 0;
	cut(text.text, part);
	parse(part);
	for (size_t i = 0; i < ARRAY_SIZE(part); i++)
		free(part[i]);
	return 0;
}
