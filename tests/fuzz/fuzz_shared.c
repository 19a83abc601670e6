/* SPDX-License-Identifier: GPL-2.0-or-later */
// fuzz-sources: utils/tlshd/shared.c utils/tlshd/volumes.c
#include <stdint.h>

#include "utils/tlshd/shared.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct shared_name name;

	(void)shared_parse((const char *)data, size, &name);
	return 0;
}
