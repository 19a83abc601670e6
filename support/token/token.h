/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * token: a private key that lies in a PKCS#11 token, such as a TPM, a card or SoftHSM, read out of it.  Only keys that
 * their token gives away can be: no key is ever used inside a token here, and nothing is written to one.  The tokens
 * are those of p11-kit's configuration (pkcs11.conf(5)).
 */
#ifndef NFSTLS_TOKEN_H
#define NFSTLS_TOKEN_H

#include <gnutls/abstract.h>

#include "support/base/base.h"

/* Does it begin with "pkcs11:", in any case of letters (RFC 7512 section 2.3)? */
bool token_is_uri(const char *text);

/*
 * Reads the one private key that the URI names (RFC 7512): RSA, ECDSA over P-256, P-384 or P-521, or Ed25519.  It was
 * seen to be whole.  It may take as long as the token takes.
 *
 * pin is borrowed; NULL or empty when there is none, which a token that shows its keys to everybody does not need.  It
 * is given to one token at most, once: wrong PINs are counted there.
 *
 * Errors: -EINVAL for what is no such URI, names no private key, or holds a PIN or a module; -ENOENT and -ENOTUNIQ when
 * no key or more than one is meant, also when the PIN could be for more than one token; -EACCES when a PIN is needed or
 * was wrong; -EPERM when the key does not leave its token; -ENOTSUP for keys of other kinds; -EIO and -ENOMEM.  The
 * text names the URI as far as no PIN can be in it.
 * On success the caller frees *key with gnutls_privkey_deinit().
 */
int token_read_key(const char *uri, const struct bytes *pin, gnutls_privkey_t *key, struct error *e);

#endif
