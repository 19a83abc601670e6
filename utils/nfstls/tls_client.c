/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/nfstls/tls_client.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/allowance/allowance.h"

/* A peer that sends nothing but warnings must not keep us. */
#define WARNINGS_MAX 8u

/* The same as the agent's: the distribution's policy, less what RPC-with-TLS or kTLS cannot use. */
#define PRIORITY_REMOVALS "-VERS-TLS1.2:-VERS-TLS1.1:-VERS-TLS1.0:-VERS-DTLS-ALL:-AES-128-CCM-8"

/* RFC 9289 section 8.2 */
static const char alpn_name[] = "sunrpc";

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
	return 0;
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
	static const gnutls_datum_t alpn = { (unsigned char *)(uintptr_t)alpn_name, sizeof(alpn_name) - 1 };
	const char *where;
	int r = gnutls_init(&client->tls, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL | GNUTLS_NO_TICKETS |
						  GNUTLS_FORCE_CLIENT_CERT);

	if (r < 0)
		return r;
	gnutls_session_set_ptr(client->tls, client);
	gnutls_transport_set_ptr(client->tls, client);
	gnutls_transport_set_push_function(client->tls, push);
	gnutls_transport_set_pull_function(client->tls, pull);
	gnutls_handshake_set_timeout(client->tls, 0); /* we keep the time */
	gnutls_handshake_set_hook_function(client->tls, GNUTLS_HANDSHAKE_ANY, GNUTLS_HOOK_PRE, on_message);
	gnutls_session_set_verify_function(client->tls, on_certificate);
	r = gnutls_priority_init2(&client->priority, PRIORITY_REMOVALS, &where, GNUTLS_PRIORITY_INIT_DEF_APPEND);
	if (r >= 0)
		r = gnutls_priority_set(client->tls, client->priority);
	if (r >= 0)
		r = gnutls_alpn_set_protocols(client->tls, &alpn, 1, 0);
	if (r >= 0)
		r = gnutls_credentials_set(client->tls, GNUTLS_CRD_CERTIFICATE, client->credentials);
	/* RFC 6066 section 3: no addresses in SNI. */
	if (r >= 0 && !ref->is_address)
		r = gnutls_server_name_set(client->tls, GNUTLS_NAME_DNS, ref->name, strlen(ref->name));
	return r;
}

int tls_client_new(int fd, const struct x509_reference *ref, const struct x509_chain *chain, gnutls_privkey_t key,
		   struct tls_client_findings *findings, struct tls_client **client, struct error *e)
{
	struct tls_client *new = calloc(1, sizeof(*new));
	int r = new ? gnutls_certificate_allocate_credentials(&new->credentials) : GNUTLS_E_MEMORY_ERROR;

	if (r >= 0) {
		new->fd = fd;
		new->findings = findings;
		r = set_up(new, ref);
	}
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

static int refused(struct tls_client *client, struct error *e)
{
	gnutls_alert_description_t alert = gnutls_alert_get(client->tls);
	const char *name = gnutls_alert_get_name(alert);

	client->findings->alerted = true;
	client->findings->alert = alert;
	return error_set(e, ECONNREFUSED, "the server refused: %s (TLS alert %d)", name ? name : "unknown alert",
			 (int)alert);
}

static int tls_failed(struct tls_client *client, int code, struct error *e)
{
	if (client->allowance.exceeded)
		return error_set(e, EPROTO, "%s", client->allowance.why.text);
	switch (code) {
	case GNUTLS_E_FATAL_ALERT_RECEIVED:
		return refused(client, e);
	case GNUTLS_E_PREMATURE_TERMINATION:
	case GNUTLS_E_PULL_ERROR:
	case GNUTLS_E_PUSH_ERROR:
	case GNUTLS_E_SESSION_EOF:
		return error_set(e, ECONNRESET, "the server closed the connection");
	case GNUTLS_E_UNEXPECTED_PACKET_LENGTH:
	case GNUTLS_E_UNSUPPORTED_VERSION_PACKET:
		return error_set(e, EPROTO, "what the server says is not TLS 1.3");
	default:
		return error_set(e, EPROTO, "TLS failed: %s", gnutls_strerror(code));
	}
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
	if (!gnutls_error_is_fatal(code) && (*warnings)++ < WARNINGS_MAX)
		return 0;
	return tls_failed(client, code, e);
}

/* ---- the handshake -------------------------------------------------------- */

static void note_alpn(struct tls_client *client)
{
	struct tls_client_findings *to = client->findings;
	gnutls_datum_t chosen;

	if (gnutls_alpn_get_selected_protocol(client->tls, &chosen))
		return;
	to->alpn_agreed = chosen.size == sizeof(alpn_name) - 1 && !memcmp(chosen.data, alpn_name, chosen.size);
	text_escape(to->alpn, sizeof(to->alpn), (const char *)chosen.data, chosen.size);
}

static void note_session(struct tls_client *client)
{
	struct tls_client_findings *to = client->findings;
	const char *cipher = gnutls_cipher_get_name(gnutls_cipher_get(client->tls));
	bool new = gnutls_protocol_get_version(client->tls) == GNUTLS_TLS1_3;

	text_copy(to->version, sizeof(to->version), new ? "1.3" : "old");
	text_copy(to->cipher, sizeof(to->cipher), cipher ? cipher : "unknown");
	note_alpn(client);
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
	if (reply.status != RPC_SUCCESS)
		return error_set(e, EPROTO, "the server answers a NULL call with %s", rpc_status_word(reply.status));
	client->findings->answered = true;
	return 0;
}
