/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>

#include "support/x509/x509.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	gnutls_privkey_t key;

	if (!x509_key_parse("fuzz", data, size, &key, NULL))
		gnutls_privkey_deinit(key);
	return 0;
}
