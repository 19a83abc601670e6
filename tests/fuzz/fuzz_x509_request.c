/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "support/x509/x509.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One authority for all inputs. */
static void make_authority(gnutls_privkey_t *key, gnutls_x509_crt_t *cert)
{
	if (x509_key_make(X509_KEY_ED25519, key, NULL) || x509_authority_make("fuzz", *key, 1, time(NULL), cert, NULL))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static gnutls_privkey_t key;
	static gnutls_x509_crt_t authority;
	gnutls_x509_crt_t cert;

	if (!key)
		make_authority(&key, &authority);
	if (!x509_request_sign("fuzz", data, size, authority, key, 1, time(NULL), &cert, NULL))
		gnutls_x509_crt_deinit(cert);
	return 0;
}
