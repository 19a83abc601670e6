/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tls_client: a TLS 1.3 handshake as the client of RPC-with-TLS, in user space, to
 * look at a server.  It finishes the handshake whatever the server's certificate is
 * like, and leaves the judgement to its caller: nothing but NULL calls may be
 * sent through it.
 */
#ifndef NFSTLS_NFSTLS_TLS_CLIENT_H
#define NFSTLS_NFSTLS_TLS_CLIENT_H

#include <gnutls/gnutls.h>

#include "support/base/base.h"
#include "support/rpc/rpc.h"
#include "support/x509/x509.h"

struct tls_client_findings {
	bool began;
	bool finished; /* the handshake */
	int handshake_ms;
	char version[16]; /* "1.3" */
	char cipher[32];
	char alpn[64]; /* what the server chose, escaped; "": nothing */
	bool alpn_agreed;
	bool asked;	      /* for a certificate of ours */
	bool shown;	      /* ours was shown */
	bool answered;	      /* the NULL call within TLS */
	bool alerted;	      /* by the server: it ended the connection, and said why */
	bool refused_unasked; /* before it showed a certificate or asked for one */
	gnutls_alert_description_t alert;
	struct x509_chain chain; /* of the server, leaf first; x509_chain_free() */
};

struct tls_client;

/*
 * On a connection of rpc_connect(), which stays the caller's.  ref is the name the server is asked for.
 * chain and key (both or neither may be NULL) are what to show when the server asks; the
 * key is taken on success.  findings are filled in as they come and must live as long as the client.
 */
int tls_client_new(int fd, const struct x509_reference *ref, const struct x509_chain *chain, gnutls_privkey_t key,
		   struct tls_client_findings *findings, struct tls_client **client, struct error *e);
void tls_client_free(struct tls_client *client);
void tls_client_free_pointer(struct tls_client **client);
#define AUTO_TLS_CLIENT __attribute__((cleanup(tls_client_free_pointer))) struct tls_client

/*
 * Until deadline, a time of clock_ms().  -ECONNREFUSED when the server refused with an alert,
 * -ECONNRESET when it closed, -ETIMEDOUT, -EPROTO.  The text says what happened.
 */
int tls_client_handshake(struct tls_client *client, int64_t deadline, struct error *e);

/* A NULL call of NFS in this version, within TLS; the same errors.  Also where a server refuses a client too late. */
int tls_client_null(struct tls_client *client, uint32_t version, int64_t deadline, struct error *e);

#endif
