/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "support/transport/transport_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void visit(const char *protocol, in_port_t port, void *context)
{
	size_t *sum = context;

	*sum += strlen(protocol) + port;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	/* Netlink buffers are aligned; a copy also lets the sanitizer see every byte past the end. */
	void *data = malloc(size ? size : 1);
	size_t sum = 0;

	if (!data)
		return 0;
	memcpy(data, bytes, size);
	(void)transport_listeners_decode(data, size, visit, &sum);
	free(data);
	return 0;
}
