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

#endif
