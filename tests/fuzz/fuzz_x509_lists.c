/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A revocation list in DER, asked about a certificate whose issuer has its name. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "support/x509/lists_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whoever has signed the list, only its own name and key matter for what is asked. */
static void make_certificate(gnutls_x509_crt_t *cert)
{
	gnutls_privkey_t key;

	if (x509_key_make(X509_KEY_ED25519, &key, NULL) || x509_authority_make("Fuzz", key, 30, 1800000000, cert, NULL))
		abort();
	gnutls_privkey_deinit(key);
}

static void ask(const struct lists *lists, const struct facts *issuer)
{
	char name[64];
	time_t when;

	for (unsigned int i = 0; i < lists->count; i++) {
		lists_issuer(lists, i, name, sizeof(name));
		(void)lists_limit(lists, i);
		(void)lists_signed(lists, i, issuer);
	}
	if (lists_ask(lists, issuer, issuer, 1800000000, &when) == LISTS_GOOD)
		abort(); /* nobody has signed it */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static gnutls_x509_crt_t cert;
	gnutls_datum_t der = { (unsigned char *)(uintptr_t)data, (unsigned int)size }, pem;
	struct lists lists = { .count = 0 };
	struct facts issuer;

	if (!cert)
		make_certificate(&cert);
	if (gnutls_pem_base64_encode2("X509 CRL", &der, &pem) < 0)
		return 0;
	if (!lists_read("fuzz", &(struct bytes){ pem.data, pem.size }, &lists, NULL)) {
		if (!facts_read(cert, &issuer))
			abort();
		ask(&lists, &issuer);
		facts_free(&issuer);
		lists_free(&lists);
	}
	gnutls_free(pem.data);
	return 0;
}
