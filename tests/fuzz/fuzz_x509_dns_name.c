/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The input is a pattern, a NUL byte and the name; without NUL it is both. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "support/x509/x509.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nul = size ? memchr(data, '\0', size) : NULL;
	size_t pattern_size = nul ? (size_t)(nul - data) : size, from = nul ? pattern_size + 1 : 0;
	AUTO_FREE char *pattern = malloc(pattern_size ? pattern_size : 1);
	AUTO_FREE char *name = strndup(size > from ? (const char *)data + from : "", size - from);
	struct x509_reference ref;

	if (!pattern || !name)
		return 0;
	/* Not terminated, as in a certificate. */
	if (pattern_size)
		memcpy(pattern, data, pattern_size);
	x509_reference_parse(name, &ref);
	if (ref.is_address && x509_dns_name_matches(pattern, pattern_size, ref.name))
		abort();
	/* A wildcard never covers a name of one label. */
	if (x509_dns_name_matches(pattern, pattern_size, name) && !strchr(name, '.') &&
	    memchr(pattern, '*', pattern_size))
		abort();
	return 0;
}
