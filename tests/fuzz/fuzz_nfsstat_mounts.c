/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text of /proc/mounts, as nfsstat -m reads it. */
// fuzz-sources: utils/nfsstat/mounts.c utils/nfsstat/json.c
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "utils/nfsstat/mounts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct snapshot snapshot = { .when = 0 };
	AUTO_STRBUF mounts = { 0 }, again = { 0 }, text = { 0 }, json = { 0 };

	strbuf_add(&mounts, (const char *)data, size);
	strbuf_add(&again, (const char *)data, size);
	if (mounts.failed || again.failed)
		return 0;
	mounts_text(mounts.text, &text);
	/* Each mount is a line, its options and an empty one. */
	if (text.size && (text.size < 2 || memcmp(text.text + text.size - 2, "\n\n", 2) != 0))
		abort();
	mounts_json(&snapshot, again.text, &json);
	if (!json.failed && (!json.size || json.text[0] != '{'))
		abort();
	return 0;
}
