/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/rpc/rpc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The bytes as the text of a universal address: one that is taken ends with its port, written in the one way. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size), end[sizeof(".255.255")];
	uint16_t port;

	if (text && !rpc_universal_port(text, &port)) {
		snprintf(end, sizeof(end), ".%u.%u", port >> 8, port & 255u);
		if (strlen(text) <= strlen(end) || strcmp(text + strlen(text) - strlen(end), end))
			abort();
	}
	free(text);
	return 0;
}
