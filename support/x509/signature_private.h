/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * signature: what certificates and revocation lists are as files: something
 * that is signed, how, and the signature; private to this folder.
 */
#ifndef NFSTLS_X509_SIGNATURE_PRIVATE_H
#define NFSTLS_X509_SIGNATURE_PRIVATE_H

#include <gnutls/x509.h>

#include "support/x509/der_private.h"

struct signature {
	struct der body;      /* what is signed, with its header */
	struct der algorithm; /* AlgorithmIdentifier, with its header */
	struct der value;
	gnutls_sign_algorithm_t kind; /* what GnuTLS calls the algorithm */
	unsigned char digest[64];     /* of the body */
	size_t digest_size;	      /* 0: it is made when it is needed */
};

/* Takes the three parts of a file.  False when it is malformed. */
bool signature_read(const struct der *whole, gnutls_sign_algorithm_t kind, struct signature *signature);

/* Makes the digest, for what is large and may be asked about several keys. */
void signature_make_digest(struct signature *signature);

/* Is it of this certificate's key?  Nothing else of the certificate is looked at. */
bool signature_is_by(const struct signature *signature, gnutls_x509_crt_t signer);

#endif
