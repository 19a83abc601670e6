/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "support/x509/x509.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The certificate that the key of each input should belong to: a new one, so that none does. */
static gnutls_x509_crt_t make_leaf(void)
{
	gnutls_privkey_t key;
	gnutls_x509_crt_t cert;

	if (x509_key_make(X509_KEY_ED25519, &key, NULL) || x509_authority_make("fuzz", key, 1, time(NULL), &cert, NULL))
		abort();
	gnutls_privkey_deinit(key);
	return cert;
}

/* As the agent reads what is in the kernel: one key, or two in one payload. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static gnutls_x509_crt_t leaf;
	gnutls_privkey_t key;

	if (!leaf)
		leaf = make_leaf();
	if (!x509_key_parse_for("fuzz", data, size, "leaf", leaf, &key, NULL))
		abort();
	return 0;
}
