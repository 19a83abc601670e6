/* SPDX-License-Identifier: GPL-2.0-or-later */
// fuzz-sources: utils/nfscert/pem.c
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "support/x509/x509.h"
#include "utils/nfscert/pem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A refusal says something, and what is not refused is PEM. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes file = { .data = (unsigned char *)(uintptr_t)data, .size = size };
	struct error e;

	for (enum pem_content content = PEM_CERTIFICATE; content <= PEM_PRIVATE_KEY; content++) {
		e.text[0] = '\0';
		if (pem_check("fuzz", &file, content, &e) ? !e.text[0] : !x509_is_pem(data, size))
			abort();
	}
	return 0;
}
