/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The records of a peer, at once and byte by byte: what is seen in them is the same. */
// fuzz-sources: utils/tlshd/clear_alert.c
#include <stdint.h>
#include <stdlib.h>

#include "utils/tlshd/clear_alert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct clear_alert whole = { .size = 0 }, pieces = { .size = 0 };

	clear_alert_take(&whole, data, size);
	for (size_t i = 0; i < size; i++)
		clear_alert_take(&pieces, data + i, 1);
	if (whole.is_last != pieces.is_last || whole.size != pieces.size || whole.description != pieces.description)
		abort();
	return 0;
}
