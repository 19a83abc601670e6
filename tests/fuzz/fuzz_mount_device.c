/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "support/mounts/mounts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mount_device device;
	struct error e;

	/* Host and path are parts of what was given. */
	if (!mount_device_parse((const char *)data, size, &device, &e) &&
	    (!device.host[0] || strlen(device.host) + strlen(device.path) >= size))
		abort();
	return 0;
}
