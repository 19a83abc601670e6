/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * certificate_verify: what the signature of a TLS 1.3 handshake is made over (RFC 8446 section 4.4.3): a fixed prefix
 * that says who signs, and the hash of all messages before it.  The signer builds the content of nothing but this hash,
 * so that it cannot be had to sign anything else.  A worker follows the messages to know the hash, since GnuTLS hands
 * out only what it has hashed itself.
 */
#ifndef NFSTLS_TLSHD_CERTIFICATE_VERIFY_H
#define NFSTLS_TLSHD_CERTIFICATE_VERIFY_H

#include <gnutls/gnutls.h>

#include "utils/tlshd/message.h"

#define CERTIFICATE_VERIFY_MAX (64u + 33u + 1u + TRANSCRIPT_HASH_MAX)

/* Is it the size of a hash that a cipher suite of TLS 1.3 has: SHA-256's or SHA-384's? */
bool transcript_hash_size_is_good(size_t size);

/* Puts the content that role signs in content and returns its size; hash_size must be a good one. */
size_t certificate_verify_content(enum role role, const unsigned char *hash, size_t hash_size,
				  unsigned char content[CERTIFICATE_VERIFY_MAX]);

/* ---- the messages of a handshake ------------------------------------------ */

struct transcript;

/* NULL without memory.  The caller frees with transcript_free(), which takes NULL. */
struct transcript *transcript_new(void);
void transcript_free(struct transcript *transcript);

/* Adds a message without its header, as a hook before the message (GNUTLS_HOOK_PRE) gets it, sent or received. */
int transcript_add(struct transcript *transcript, unsigned int type, const gnutls_datum_t *message);

/* Ends it: the hash of all that was added, for the suite of that hash (gnutls_prf_hash_get()); -EINVAL for another. */
int transcript_end(struct transcript *transcript, gnutls_digest_algorithm_t digest,
		   unsigned char hash[TRANSCRIPT_HASH_MAX], size_t *size);

#endif
