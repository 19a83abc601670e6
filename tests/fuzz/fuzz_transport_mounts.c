/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The texts of /proc/self/mountinfo and mountstats; each input is read as both. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "support/transport/transport_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void visit(const struct transport_stats *stats, void *context)
{
	(void)context;
	if (!stats->point || stats->port > UINT16_MAX)
		abort();
}

static void read_mounts(char *text)
{
	struct transport_list list = { .count = 0 };

	(void)transport_mounts_parse("fuzz", text, &list, NULL);
	for (size_t i = 0; i < list.mount_count; i++)
		if (!list.mounts[i].source || !list.mounts[i].point || !list.mounts[i].options)
			abort();
	transport_list_free(&list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_STRBUF first = { 0 }, second = { 0 };

	strbuf_add(&first, (const char *)data, size);
	strbuf_add(&second, (const char *)data, size);
	if (first.failed || second.failed)
		return 0;
	read_mounts(first.text);
	(void)transport_stats_parse("fuzz", second.text, visit, NULL, NULL);
	return 0;
}
