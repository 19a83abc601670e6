/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/nfstls/tls_client.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/allowance/allowance.h"
#include "support/tls/tls.h"

struct tls_client {
	int fd;
	gnutls_session_t tls;
	gnutls_priority_t priority;
	gnutls_certificate_credentials_t credentials;
	bool has_certificate;
	int64_t deadline; /* of the step under way */
	struct allowance allowance;
	struct tls_client_findings *findings;
};

/* ---- set-up --------------------------------------------------------------- */

/*
 * A server that refuses us says so and closes, perhaps before we have written all.  Its reason is then still to be
 * read, so a closed connection is noticed when reading, never when writing.
 */
static ssize_t push(gnutls_transport_ptr_t transport, const void *data, size_t size)
{
	struct tls_client *client = transport;
	ssize_t n = send(client->fd, data, size, MSG_NOSIGNAL);

	if (n < 0 && (errno == EPIPE || errno == ECONNRESET))
		return (ssize_t)size;
	if (n < 0)
		gnutls_transport_set_errno(client->tls, errno);
	return n;
}

/* GnuTLS reads on while there is something: a server that never stops talking must not outlast the deadline. */
static ssize_t pull(gnutls_transport_ptr_t transport, void *data, size_t size)
{
	struct tls_client *client = transport;
	bool late = clock_ms() >= client->deadline;
	ssize_t n = late ? -1 : recv(client->fd, data, size, 0);
	int problem = n >= 0 ? 0 : late ? EAGAIN : errno;

	/* What comes after the handshake is measured where it is read. */
	if (n > 0 && !client->findings->finished && allowance_take_bytes(&client->allowance, (size_t)n))
		problem = EMSGSIZE;
	if (problem)
		gnutls_transport_set_errno(client->tls, problem);
	return problem ? -1 : n;
}

static int on_message(gnutls_session_t tls, unsigned int type, unsigned int when, unsigned int incoming,
		      const gnutls_datum_t *message)
{
	struct tls_client *client = gnutls_session_get_ptr(tls);

	(void)when;
	if (incoming && allowance_take_message(&client->allowance, type, message->data, message->size))
		return GNUTLS_E_HANDSHAKE_TOO_LARGE;
	return incoming ? tls_check_message(type, message) : 0;
}

/* Only looks: who calls us judges what was found. */
static int on_certificate(gnutls_session_t tls)
{
	struct tls_client *client = gnutls_session_get_ptr(tls);
	unsigned int count = 0;
	const gnutls_datum_t *list = gnutls_certificate_get_peers(tls, &count);

	if (!list || !count || x509_chain_from_peer(list, count, &client->findings->chain, NULL))
		return GNUTLS_E_CERTIFICATE_ERROR;
	return 0;
}

/* GnuTLS takes the key and the contents of pcert when it succeeds, never the array. */
static int use_certificate(struct tls_client *client, const struct x509_chain *chain, gnutls_privkey_t key)
{
	gnutls_x509_crt_t list[X509_CHAIN_MAX];
	gnutls_pcert_st pcert[X509_CHAIN_MAX];
	unsigned int count = chain->count;
	int r;

	memcpy(list, chain->cert, sizeof(list));
	r = gnutls_pcert_import_x509_list(pcert, list, &count, 0);
	if (r < 0)
		return r;
	r = gnutls_certificate_set_key(client->credentials, NULL, 0, pcert, (int)count, key);
	for (unsigned int i = 0; r < 0 && i < count; i++)
		gnutls_pcert_deinit(&pcert[i]);
	client->has_certificate = r >= 0;
	return r;
}

static int set_up(struct tls_client *client, const struct x509_reference *ref)
{
	int r = tls_session_new(true, client->priority, client->credentials, &client->tls);

	if (r < 0) {
		client->tls = NULL;
		return r;
	}
	gnutls_session_set_ptr(client->tls, client);
	gnutls_transport_set_ptr(client->tls, client);
	gnutls_transport_set_push_function(client->tls, push);
	gnutls_transport_set_pull_function(client->tls, pull);
	gnutls_handshake_set_hook_function(client->tls, GNUTLS_HANDSHAKE_ANY, GNUTLS_HOOK_PRE, on_message);
	gnutls_session_set_verify_function(client->tls, on_certificate);
	return tls_ask_for_name(client->tls, ref);
}

int tls_client_new(int fd, const struct x509_reference *ref, const struct x509_chain *chain, gnutls_privkey_t key,
		   struct tls_client_findings *findings, struct tls_client **client, struct error *e)
{
	struct tls_client *new = calloc(1, sizeof(*new));
	int r = new ? tls_priority_new(&new->priority, e) : error_set(e, ENOMEM, "out of memory");

	if (r) {
		tls_client_free(new);
		return r;
	}
	new->fd = fd;
	new->findings = findings;
	r = gnutls_certificate_allocate_credentials(&new->credentials);
	if (r >= 0)
		r = set_up(new, ref);
	if (r >= 0 && chain)
		r = use_certificate(new, chain, key);
	if (r < 0) {
		tls_client_free(new);
		return error_set(e, EIO, "cannot prepare TLS: %s", gnutls_strerror(r));
	}
	findings->began = true;
	*client = new;
	return 0;
}

void tls_client_free(struct tls_client *client)
{
	if (!client)
		return;
	if (client->tls)
		gnutls_deinit(client->tls);
	if (client->credentials)
		gnutls_certificate_free_credentials(client->credentials);
	if (client->priority)
		gnutls_priority_deinit(client->priority);
	free(client);
}

void tls_client_free_pointer(struct tls_client **client)
{
	tls_client_free(*client);
}

/* ---- errors --------------------------------------------------------------- */

static int tls_failed(struct tls_client *client, int code, struct error *e)
{
	char cause[256];
	enum reason reason;

	if (client->allowance.exceeded)
		return error_set(e, EPROTO, "%s", client->allowance.why.text);
	reason = tls_reason(code, client->tls, "the server", cause, sizeof(cause));
	client->findings->alerted = code == GNUTLS_E_FATAL_ALERT_RECEIVED;
	if (client->findings->alerted)
		client->findings->alert = gnutls_alert_get(client->tls);
	client->findings->refused_unasked = client->findings->alerted && tls_refused_unasked(client->tls);
	return error_set(e,
			 client->findings->alerted	 ? ECONNREFUSED :
			 reason == REASON_CLOSED_BY_PEER ? ECONNRESET :
							   EPROTO,
			 "%s", cause);
}

/* ---- waiting -------------------------------------------------------------- */

/* After GNUTLS_E_AGAIN, until the connection is ready for what GnuTLS waits for. */
static int wait_for_peer(struct tls_client *client, struct error *e)
{
	struct pollfd poller = { .fd = client->fd };
	int64_t left;

	poller.events = gnutls_record_get_direction(client->tls) ? POLLOUT : POLLIN;
	while ((left = client->deadline - clock_ms()) > 0) {
		int r = poll(&poller, 1, left > INT_MAX ? INT_MAX : (int)left);

		if (r > 0)
			return 0;
		if (r < 0 && errno != EINTR)
			return error_set(e, errno, "cannot wait: %s", strerror(errno));
	}
	return error_set(e, ETIMEDOUT, "the server said nothing more");
}

/* What to do with an answer of GnuTLS below 0: 0 to try again, else the error. */
static int again(struct tls_client *client, int code, unsigned int *warnings, struct error *e)
{
	if (code == GNUTLS_E_AGAIN)
		return wait_for_peer(client, e);
	if (tls_is_warning(code, warnings))
		return 0;
	return tls_failed(client, code, e);
}

/* ---- the handshake -------------------------------------------------------- */

static void note_session(struct tls_client *client)
{
	struct tls_client_findings *to = client->findings;

	tls_describe(client->tls, to->version, sizeof(to->version), to->cipher, sizeof(to->cipher));
	tls_protocol(client->tls, to->alpn, sizeof(to->alpn));
	to->alpn_agreed = tls_agreed_to_rpc(client->tls);
}

static void say_why(struct tls_client *client, int code)
{
	if (client->allowance.exceeded)
		(void)gnutls_alert_send(client->tls, GNUTLS_AL_FATAL, client->allowance.alert);
	else
		(void)gnutls_alert_send_appropriate(client->tls, code);
}

int tls_client_handshake(struct tls_client *client, int64_t deadline, struct error *e)
{
	struct tls_client_findings *to = client->findings;
	int64_t began = clock_ms();
	unsigned int warnings = 0;
	int code, r;

	client->deadline = deadline;
	do {
		code = gnutls_handshake(client->tls);
		r = code < 0 ? again(client, code, &warnings, e) : 0;
	} while (code < 0 && !r);
	to->handshake_ms = (int)(clock_ms() - began);
	to->asked = gnutls_certificate_client_get_request_status(client->tls) != 0;
	to->shown = to->asked && client->has_certificate;
	if (r) {
		/* Unless it was the server who ended it, it should hear of it. */
		if (r == -EPROTO)
			say_why(client, code);
		return r;
	}
	to->finished = true;
	note_session(client);
	return 0;
}

/* ---- a call within TLS ----------------------------------------------------- */

static int send_call(struct tls_client *client, const unsigned char *call, size_t size, struct error *e)
{
	unsigned int warnings = 0;
	ssize_t n = gnutls_record_send(client->tls, call, size);
	int r = 0;

	/* After GNUTLS_E_AGAIN nothing is given anew: GnuTLS has kept it. */
	while (n < 0 && !(r = again(client, (int)n, &warnings, e)))
		n = gnutls_record_send(client->tls, n == GNUTLS_E_AGAIN ? NULL : call, n == GNUTLS_E_AGAIN ? 0 : size);
	return r;
}

static int receive_record(struct tls_client *client, struct rpc_record *record, struct error *e)
{
	unsigned int warnings = 0;
	unsigned char *to;
	size_t room;
	int r = 0;

	while (!r && (room = rpc_record_room(record, &to))) {
		ssize_t n = gnutls_record_recv(client->tls, to, room);

		if (n > 0)
			r = rpc_record_advance(record, (size_t)n, e);
		else
			r = n ? again(client, (int)n, &warnings, e) : tls_failed(client, GNUTLS_E_SESSION_EOF, e);
	}
	return r;
}

int tls_client_null(struct tls_client *client, uint32_t version, int64_t deadline, struct error *e)
{
	unsigned char call[RPC_NULL_CALL_SIZE];
	struct rpc_record record = { 0 };
	uint32_t xid = rpc_new_xid();
	struct rpc_reply reply;
	int r;

	client->deadline = deadline;
	rpc_put_null_call(call, xid, RPC_NFS_PROGRAM, version, RPC_AUTH_NONE);
	r = send_call(client, call, sizeof(call), e);
	if (!r)
		r = receive_record(client, &record, e);
	if (!r)
		r = rpc_decode_reply(record.data, record.size, xid, &reply, e);
	if (r)
		return r;
	if (reply.status != RPC_ACCEPTED)
		return error_set(e, EPROTO, "the server answers a NULL call with %s", rpc_status_word(reply.status));
	client->findings->answered = true;
	return 0;
}
