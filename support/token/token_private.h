/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps of reading a key, and the seam where the tests put modules that fail. */
#ifndef NFSTLS_TOKEN_PRIVATE_H
#define NFSTLS_TOKEN_PRIVATE_H

#include <p11-kit/p11-kit.h>

#include "support/token/token.h"

/* One object of a token, as long as the session is open. */
struct token_object {
	CK_FUNCTION_LIST *module;
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE handle;
};

/* token_read_key() on the modules of a list that ends with NULL; they are borrowed, and initialized. */
int token_read_key_from(CK_FUNCTION_LIST **modules, const char *uri, const struct bytes *pin, gnutls_privkey_t *key,
			struct error *e);

/*
 * The value of a private key object (value.c); shown is its URI for the text.  Errors are those of token_read_key().
 * The caller frees *key with gnutls_privkey_deinit().
 */
int token_value_read(const struct token_object *object, const char *shown, gnutls_privkey_t *key, struct error *e);

/*
 * The curve of ECDSA behind a CKA_EC_PARAMS (PKCS#11 3.0 section 2.3.3: DER of an object identifier).
 * GNUTLS_ECC_CURVE_INVALID for others.
 */
gnutls_ecc_curve_t token_curve(const struct bytes *params);

/* The same for Ed25519, which may be named by a string too. */
bool token_curve_is_ed25519(const struct bytes *params);

/*
 * The public point of a private number on a curve of token_curve() (point.c).  -EINVAL when the number is none of that
 * curve's, -ENOMEM.  The caller frees x and y.
 */
int token_point(gnutls_ecc_curve_t curve, const struct bytes *number, struct bytes *x, struct bytes *y);

#endif
