/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>

#include "support/keys/keys.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_BYTES text = { 0 };
	char name[KEYS_NAME_MAX + 1];
	bool is_certificate;

	if (bytes_copy(&text, data, size))
		return 0;
	(void)keys_ring_in_table((const char *)text.data, "nfs-tls");
	keys_parse_description((const char *)text.data, name, &is_certificate);
	return 0;
}
