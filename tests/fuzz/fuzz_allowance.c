/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>
#include <stdlib.h>

#include "support/allowance/allowance.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What passes as a certificate and is one has no key that GnuTLS would find larger. */
static void check_certificate(const uint8_t *data, size_t size)
{
	struct x509_allowance left = { .certificates = 1, .elements = X509_ELEMENTS_MAX };
	gnutls_datum_t der = { (unsigned char *)(uintptr_t)data, (unsigned int)size };
	gnutls_x509_crt_t cert;
	unsigned int bits = 0;

	if (x509_check_allowance(data, size, &left, NULL))
		return;
	if (left.certificates || left.elements >= X509_ELEMENTS_MAX)
		abort();
	if (gnutls_x509_crt_init(&cert) < 0)
		return;
	if (gnutls_x509_crt_import(cert, &der, GNUTLS_X509_FMT_DER) >= 0 &&
	    gnutls_x509_crt_get_pk_algorithm(cert, &bits) == GNUTLS_PK_DSA)
		abort();
	if (bits > 8192)
		abort();
	gnutls_x509_crt_deinit(cert);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct allowance allowance = { 0 };

	if (allowance_take_message(&allowance, GNUTLS_HANDSHAKE_CERTIFICATE_PKT, data, size) && !allowance.exceeded)
		abort();
	if (allowance.exceeded && (!allowance.why.code || !allowance.why.text[0]))
		abort();
	check_certificate(data, size);
	return 0;
}
