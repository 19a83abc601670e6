/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file that is said to be of nfsstat or of /proc. What is subtracted from itself leaves nothing. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "support/counters/counters.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct counters nothing;
	static struct counters_saved saved, same;

	if (counters_parse_saved("fuzz", (const char *)data, size, &saved, NULL))
		return 0;
	same = saved;
	for (size_t side = 0; side < COUNTERS_SIDES; side++) {
		counters_subtract(&saved.side[side], &same.side[side]);
		if (memcmp(saved.side[side].value, nothing.value, sizeof(nothing.value)) != 0)
			abort();
		for (unsigned int i = 0; i < COUNTERS_TABLES; i++)
			if (memcmp(saved.side[side].calls[i].at, nothing.calls[i].at, sizeof(nothing.calls[i].at)) != 0)
				abort();
	}
	return 0;
}
