/* SPDX-License-Identifier: GPL-2.0-or-later */
// fuzz-sources: utils/nfstls/export_line.c
#include <stdint.h>
#include <stdlib.h>

#include "utils/nfstls/export_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take_line(const struct strbuf *text)
{
	static struct export_client client;
	static struct export_line line;
	struct error e;
	size_t clients = 0;
	int r = export_line_begin(text->text, text->size, &line, &e);

	if (r > 0 && line.path[0] != '/')
		abort();
	while (r > 0 && (r = export_line_client(&line, &client, &e)) > 0)
		if (++clients > text->size || client.modes > 7 || !client.name[0])
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *at = (const char *)data, *end = at + size;
	unsigned int lines = 0, number = 0;
	int r = 1;

	while (r > 0) {
		AUTO_STRBUF line = { 0 };

		r = export_line_next(&at, end, &lines, &line, &number);
		if (r > 0)
			take_line(&line);
	}
	return 0;
}
