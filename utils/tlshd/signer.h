/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * signer: has the private keys, and signs for one worker, which may have been taken over.  It signs the
 * CertificateVerify of TLS 1.3 and nothing else, once for each handshake that the kernel role has granted to this
 * worker, as the side and with the certificate that this handshake has.  What the worker says of a handshake only
 * chooses among what was granted; a worker that asks for more ends, and its signer with it.
 */
#ifndef NFSTLS_TLSHD_SIGNER_H
#define NFSTLS_TLSHD_SIGNER_H

#include "utils/tlshd/credentials.h"

struct signer;

/*
 * credentials and keys, which are by the number of their certificate and NULL for one without, are borrowed.  NULL
 * without memory.  Free with signer_free(), which takes NULL and wipes the keys that were delivered.
 */
struct signer *signer_new(const struct credentials *credentials, gnutls_privkey_t *keys);
void signer_free(struct signer *signer);

/* Takes a struct grant or a struct key_delivery; -EBADMSG for anything else. */
int signer_take(struct signer *signer, const void *message, size_t size);

/*
 * Answers a worker's message at now_ms (clock_ms()).  0 with the reply, which may be that it cannot be done; -EPERM
 * with *e when the worker asked for what it was not granted, or -EBADMSG when it is no struct key_request: then there
 * is no reply, and nothing may be answered any more.  -EAGAIN when the key that was granted has not been delivered yet.
 */
int signer_answer(struct signer *signer, const void *message, size_t size, int64_t now_ms, struct key_reply *reply,
		  struct error *e);

/*
 * Prepares the ends of the two channels that those at the signer have who wait: a worker for an answer, which it takes
 * for lost after some seconds, and the signer for grants.  Negative errno.
 */
int signer_channels(int of_worker, int grants);

/* Serves the two channels until one of them ends.  Never returns. */
void signer_run(struct signer *signer, int worker, int grants) __attribute__((noreturn));

#endif
