/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * session: one TLS 1.3 handshake on one socket, from task to outcome, without
 * ever waiting: session_step() does what can be done and says what it needs.
 * Runs in a worker, the only place where bytes of a peer are parsed.
 */
#ifndef NFSTLS_TLSHD_SESSION_H
#define NFSTLS_TLSHD_SESSION_H

#include "utils/tlshd/credentials.h"
#include "utils/tlshd/message.h"
#include "utils/tlshd/remote_key.h"

/* What all sessions of a worker share; lives as long as the worker. */
struct session_kit {
	const struct credentials *credentials;
	gnutls_certificate_credentials_t *with_certificate; /* by number; made when one is first needed */
	gnutls_certificate_credentials_t without_certificate;
	struct remote_signer signer;
};

/* signer is the channel to it. */
int session_kit_init(struct session_kit *kit, const struct credentials *credentials, int signer, struct error *e);
/* For the tests: a worker's kit lives as long as the worker. */
void session_kit_free(struct session_kit *kit);

struct session;

enum session_need { SESSION_READ, SESSION_WRITE, SESSION_ENDED };

/*
 * NULL without memory.  fd is borrowed until session_free(); names, those of task->more_size bytes that end with NUL,
 * are copied.
 */
struct session *session_new(struct session_kit *kit, const struct task *task, const char *names, int fd);
void session_free(struct session *session);

/* Goes on as far as the socket allows. */
enum session_need session_step(struct session *session);

/* True once for each time that a whole message of the peer has arrived since the last call. */
bool session_progressed(struct session *session);

/* Ends the session from outside (stalled, timeout); the outcome gets this cause. */
void session_abort(struct session *session, enum reason why, const char *cause);

/* Complete once session_step() said SESSION_ENDED or after session_abort(). */
const struct outcome *session_outcome(const struct session *session);

/* The verified chain of a server, in DER; empty for a client's, and for one longer than PEER_CHAIN_MAX. */
const struct bytes *session_chain(const struct session *session);

#endif
