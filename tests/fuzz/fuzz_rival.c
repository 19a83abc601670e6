/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>

#include "support/rival/rival.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned long inodes[RIVAL_MAX];
	AUTO_BYTES text = { 0 };

	if (bytes_copy(&text, data, size) == 0)
		(void)rival_inodes((const char *)text.data, 15, inodes);
	return 0;
}
