/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The attribute of a junction: what is read must be fit to be told to a client. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "support/junction/junction.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_JUNCTION junction = { 0 };
	struct error e = { 0 };

	if (junction_parse((const char *)data, size, &junction, &e)) {
		if (!e.text[0] || junction.count)
			abort();
		return 0;
	}
	if (!junction.count)
		abort();
	for (size_t i = 0; i < junction.count; i++) {
		const char *host = junction.locations[i].host, *path = junction.locations[i].path;

		if (!*host || strpbrk(host, " /@+\\\n") || (*host != '[' && strchr(host, ':')))
			abort();
		if (*path != '/' || strstr(path, "/../") || strstr(path, "//") || strlen(path) > 4095)
			abort();
	}
	return 0;
}
