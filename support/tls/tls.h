/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tls: what a TLS session of RPC-with-TLS is (RFC 9289), on GnuTLS: version and suites, ALPN, the name that is asked
 * for, and what an error of GnuTLS or an alert of the peer says.  The agent's sessions and those with which a server is
 * looked at are made here, so that the second find what the first would.  Whom to trust is no concern of this folder.
 */
#ifndef NFSTLS_TLS_H
#define NFSTLS_TLS_H

#include <gnutls/gnutls.h>

#include "support/reason/reason.h"
#include "support/x509/x509.h"

/* The distribution's policy, less what RPC-with-TLS or kTLS cannot use.  Free with gnutls_priority_deinit(). */
int tls_priority_new(gnutls_priority_t *priority, struct error *e);

/*
 * A session that never blocks and keeps no time of its own; on a client it shows its certificate to whoever asks, if it
 * has one.  Both others must live as long.  A negative code of GnuTLS on failure, and then there is no session.  The
 * caller frees with gnutls_deinit().
 */
int tls_session_new(bool is_client, gnutls_priority_t priority, gnutls_certificate_credentials_t credentials,
		    gnutls_session_t *tls);

/* ---- names (RFC 6066 section 3) ------------------------------------------------ */

/* A client's: asks the server for that name, but not for an address. */
int tls_ask_for_name(gnutls_session_t tls, const struct x509_reference *name);

/* A server's: the name that its client asks for, "" for none and for what is no host name, or has no room. */
void tls_asked_name(gnutls_session_t tls, char *name, size_t room);

/* ---- what came of it ------------------------------------------------------------ */

/*
 * For each message that is received, before GnuTLS reads it: GNUTLS_E_NO_APPLICATION_PROTOCOL where the server chose a
 * protocol that is not RPC in its EncryptedExtensions (RFC 8446 section 4.3.1), else 0.  GnuTLS itself refuses such a
 * choice without naming it.
 */
int tls_check_message(unsigned int type, const gnutls_datum_t *message);
/* Whether both sides agreed to speak RPC. */
bool tls_agreed_to_rpc(gnutls_session_t tls);
/* What they agreed to speak, escaped; "" for nothing. */
void tls_protocol(gnutls_session_t tls, char *out, size_t room);

bool tls_is_new_enough(gnutls_session_t tls);
/* "1.3", or "old"; and the name of the cipher. */
void tls_describe(gnutls_session_t tls, char *version, size_t version_room, char *cipher, size_t cipher_room);

/*
 * Whether an answer of GnuTLS below 0 ends nothing: a warning, of which a peer may send few.  *warnings is 0 in the
 * beginning.
 */
bool tls_is_warning(int code, unsigned int *warnings);

/* The reason of a fatal error of GnuTLS, and its cause; peer: "the peer", "the server".  tls may be NULL. */
enum reason tls_reason(int code, gnutls_session_t tls, const char *peer, char *cause, size_t room);

/*
 * Of a client, after a fatal alert: the server has shown no certificate and asked for none, so that its alert is not
 * about ours.  Most often it has none itself.
 */
bool tls_refused_unasked(gnutls_session_t tls);

/* The same of an alert that came in clear text, for which nobody vouches. */
enum reason tls_reason_of_clear_alert(unsigned int description, const char *peer, char *cause, size_t room);

/* Does the alert say that the peer does not like our certificate, or the lack of one (RFC 8446 section 6.2)? */
bool tls_alert_is_about_certificate(unsigned int description);

#endif
