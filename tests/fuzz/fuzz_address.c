/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "support/address/address.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is accepted comes back from its own text, and what the stricter reader accepts the other does, too. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct ip_address bare, written, again;
	char shown[ADDRESS_TEXT_MAX];
	bool is_bare = address_parse_bare(text, size, &bare);

	if (!address_parse_written(text, size, &written)) {
		if (is_bare)
			abort();
		return 0;
	}
	if (is_bare && !address_equal(&bare, &written))
		abort();
	address_text(&written, shown);
	if (!address_parse_bare(shown, strlen(shown), &again) || memcmp(&again, &written, sizeof(again)) != 0)
		abort();
	address_unmap(&written);
	for (unsigned int bits = 0; bits <= written.size * 8; bits++) {
		again = written;
		address_cut_host_bits(&again, bits);
		if (!address_in_network(&written, &again, bits) || address_has_host_bits(&again, bits))
			abort();
	}
	return 0;
}
