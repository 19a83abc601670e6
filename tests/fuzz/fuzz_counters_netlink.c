/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One message of the kernel's answer about the server's counters. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "support/counters/counters.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct counters server;
	/* Netlink buffers are aligned; a copy also lets the sanitizer see every byte past the end. */
	void *message = malloc(size ? size : 1);

	if (!message)
		return 0;
	if (size)
		memcpy(message, data, size);
	memset(&server, 0, sizeof(server));
	(void)counters_netlink_decode(message, size, &server);
	for (size_t i = 0; i < COUNTERS_TABLES; i++)
		if (server.calls[i].count > COUNTERS_OPERATIONS_MAX)
			abort();
	free(message);
	return 0;
}
