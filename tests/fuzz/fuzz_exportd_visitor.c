/* SPDX-License-Identifier: GPL-2.0-or-later */
// fuzz-sources: utils/exportd/visitors.c
/* What the kernel says of an NFSv4 client, whose name the client chose itself. */
#include <stdlib.h>
#include <string.h>

#include "utils/exportd/visitors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct visitor_info info;

	if (!visitor_info_parse((const char *)data, size, &info) &&
	    (memchr(info.address, '\n', sizeof(info.address)) || strlen(info.id) >= sizeof(info.id)))
		abort();
	return 0;
}
