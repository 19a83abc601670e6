/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A question of the kernel, of the kind that the first byte says; a refusal of it has to name what was asked. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "support/upcall/upcall.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct upcall_answer refusal = { .negative = true, .expiry = 1 };
	struct upcall_request request;
	AUTO_STRBUF line = { 0 };
	struct error e;

	if (!size || upcall_text_parse(data[0] % UPCALL_CACHES, (const char *)data + 1, size - 1, &request, &e))
		return 0;
	if (request.fsid_size > sizeof(request.fsid) || (request.path && strlen(request.path) > UPCALL_PATH_MAX))
		abort();
	if (!upcall_text_format(&request, &refusal, &line, &e) && line.text[line.size - 1] != '\n')
		abort();
	upcall_request_free(&request);
	return 0;
}
