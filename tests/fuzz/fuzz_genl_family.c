/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "support/genl/genl.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	/* Netlink buffers are aligned; a copy also lets the sanitizer see every byte past the end. */
	void *data = malloc(size ? size : 1);
	struct genl_family value;

	if (!data)
		return 0;
	memcpy(data, bytes, size);
	(void)genl_family_decode(data, size, &value);
	free(data);
	return 0;
}
