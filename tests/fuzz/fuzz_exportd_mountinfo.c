/* SPDX-License-Identifier: GPL-2.0-or-later */
// fuzz-sources: utils/exportd/volumes.c utils/exportd/volumes_mountinfo.c
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "utils/exportd/volumes_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t *input;
static size_t input_size;

static int input_as_mountinfo(struct strbuf *text, struct error *e)
{
	(void)e;
	strbuf_add(text, (const char *)input, input_size);
	return 0;
}

/* Each mount point is an absolute path, is there once, and is where bisection and hash look for it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct volume_calls calls = { .mountinfo = input_as_mountinfo };
	struct volumes *volumes;
	const char *const *points, *const *below;
	size_t count;

	input = data;
	input_size = size;
	if (volumes_new(&calls, &volumes, NULL))
		abort();
	count = volumes_below(volumes, "/", &points);
	for (size_t i = 0; i < count; i++) {
		if (points[i][0] != '/' || (i && strcmp(points[i - 1], points[i]) >= 0))
			abort();
		if (!volumes_is_mounted(volumes, points[i]) || !volumes_crosses(volumes, "/", points[i]))
			abort();
		if (volumes_below(volumes, points[i], &below) > count - i)
			abort();
	}
	volumes_free(volumes);
	return 0;
}
