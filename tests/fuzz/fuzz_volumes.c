/* SPDX-License-Identifier: GPL-2.0-or-later */
// fuzz-sources: utils/tlshd/volumes.c
#include <stdint.h>

#include "utils/tlshd/volumes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char home[VOLUMES_HOME_MAX];
	AUTO_BYTES text = { 0 };

	if (bytes_copy(&text, data, size))
		return 0;
	(void)volumes_at_home((const char *)text.data, "c0000202:801");
	(void)volumes_home((const char *)text.data, 0, 67, home);
	return 0;
}
