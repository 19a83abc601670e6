/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/tlshd/session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "support/allowance/allowance.h"
#include "support/tls/tls.h"
#include "utils/tlshd/clear_alert.h"
#include "utils/tlshd/judge.h"
#include "utils/tlshd/ktls.h"

/* How long a client's kernel may take to be there when its agent has finished; nfsd waits meanwhile. */
#define REFUSAL_DELAY_MS 200u
#define DROPPED_MAX 65536u

struct session {
	struct session_kit *kit;
	struct policy_connection connection;   /* what the policy says; on a server once the hello is there */
	const struct certificate *certificate; /* that it chose; NULL before */
	const struct x509_trust *trust;	       /* NULL, before it is chosen, verifies nobody */
	struct task task;
	char *names; /* others than the reference that a server must prove, each with its NUL, and one NUL more */
	struct remote_handshake signing;
	struct x509_reference reference;
	struct bytes chain; /* of a server, in DER */
	int fd;
	gnutls_session_t tls;
	gnutls_certificate_credentials_t fetched; /* this session's own, from the keyring */
	struct allowance allowance;		  /* what the peer has sent */
	struct clear_alert clear_alert;
	unsigned int warnings; /* alerts of the peer that end nothing */
	bool progressed;
	bool answered;			    /* of a server: all that it has to say in the handshake is said */
	bool alerted;			    /* the peer was told why */
	bool verified;			    /* the peer's certificate */
	bool permitted;			    /* the policy lets the peer in, with or without certificate */
	gnutls_alert_description_t refusal; /* to be sent when the handshake has ended; 0 for none */
	int64_t refuse_at_ms;		    /* at the latest; 0 before the handshake has ended */
	bool decided;			    /* the outcome holds a reason already; later errors only follow from it */
	struct outcome outcome;
};

int session_kit_init(struct session_kit *kit, const struct credentials *credentials, int signer, struct error *e)
{
	memset(kit, 0, sizeof(*kit));
	kit->credentials = credentials;
	kit->signer.channel = signer;
	kit->with_certificate = calloc(credentials->certificate_count + 1, sizeof(*kit->with_certificate));
	if (!kit->with_certificate || gnutls_certificate_allocate_credentials(&kit->without_certificate) < 0)
		return error_set(e, ENOMEM, "out of memory");
	return 0;
}

void session_kit_free(struct session_kit *kit)
{
	for (size_t i = 0; i < kit->credentials->certificate_count; i++)
		if (kit->with_certificate[i])
			gnutls_certificate_free_credentials(kit->with_certificate[i]);
	free(kit->with_certificate);
	gnutls_certificate_free_credentials(kit->without_certificate);
}

/* Made once; of a thousand certificates most workers need few. */
static int kit_credentials(struct session_kit *kit, const struct certificate *certificate,
			   gnutls_certificate_credentials_t *credentials, struct error *e)
{
	gnutls_certificate_credentials_t *made = &kit->with_certificate[certificate->number];
	int r = *made ? 0 : remote_key_credentials(&kit->signer, certificate->number, &certificate->own.chain, made, e);

	*credentials = *made;
	return r;
}

/* The first reason stays: what follows an alert of ours is only its echo. */
static void decide(struct session *session, enum reason why, const char *fmt, ...) PRINTF_LIKE(3, 4);

static void decide(struct session *session, enum reason why, const char *fmt, ...)
{
	va_list args;

	if (session->decided)
		return;
	session->decided = true;
	session->outcome.why = why;
	va_start(args, fmt);
	vsnprintf(session->outcome.cause, sizeof(session->outcome.cause), fmt, args);
	va_end(args);
}

static void alert(struct session *session, gnutls_alert_description_t description)
{
	session->alerted = true;
	(void)gnutls_alert_send(session->tls, GNUTLS_AL_FATAL, description);
}

/* ---- callbacks of GnuTLS ---------------------------------------------- */

/* What comes in too many pieces, or never ends, goes no further than here. */
static ssize_t pull(gnutls_transport_ptr_t transport, void *data, size_t size)
{
	struct session *session = transport;
	ssize_t n = recv(session->fd, data, size, 0);
	int problem = n < 0 ? errno : 0;

	if (n > 0 && allowance_take_bytes(&session->allowance, (size_t)n))
		problem = EMSGSIZE;
	if (problem)
		gnutls_transport_set_errno(session->tls, problem);
	else
		clear_alert_take(&session->clear_alert, data, (size_t)n);
	return problem ? -1 : n;
}

/* What is received is measured before it is read; what is sent or received is part of what is signed. */
static int look_at_message(struct session *session, unsigned int type, unsigned int incoming,
			   const gnutls_datum_t *message)
{
	if (incoming && allowance_take_message(&session->allowance, type, message->data, message->size))
		return GNUTLS_E_HANDSHAKE_TOO_LARGE;
	if (incoming && tls_check_message(type, message))
		return GNUTLS_E_NO_APPLICATION_PROTOCOL;
	return session->signing.transcript && transcript_add(session->signing.transcript, type, message) ?
		       GNUTLS_E_INTERNAL_ERROR :
		       0;
}

static int on_message(gnutls_session_t tls, unsigned int type, unsigned int when, unsigned int incoming,
		      const gnutls_datum_t *message)
{
	struct session *session = gnutls_session_get_ptr(tls);

	if (when == GNUTLS_HOOK_PRE)
		return look_at_message(session, type, incoming, message);
	if (incoming)
		session->progressed = true;
	else if (type == GNUTLS_HANDSHAKE_FINISHED)
		session->answered = true;
	return 0;
}

/* False where the policy demands ALPN of a peer that said nothing about it; then that is decided. */
static bool alpn_suffices(struct session *session)
{
	AUTO_STRBUF line = { 0 };

	if (!session->connection.alpn.number || tls_agreed_to_rpc(session->tls))
		return true;
	judge_show_line(&session->connection.alpn.source, &line);
	decide(session, REASON_ALPN, "it does not say by ALPN that it speaks RPC, which is demanded by %.200s",
	       line.failed ? "alpn=required" : line.text);
	return false;
}

/* ---- what the policy says ---------------------------------------------- */

/* name: see credentials_connection(). The signer asks the same, and of another certificate it does not sign. */
static int obey_policy(struct session *session, const char *name, struct error *e)
{
	const struct credentials *credentials = session->kit->credentials;
	enum role role = session->task.role;
	int r = credentials_connection(credentials, role, name, &session->task.end, &session->connection, e);

	if (r)
		return r;
	session->certificate = credentials_certificate(credentials, role, &session->connection.certificate);
	session->trust = credentials_trust(credentials, role, &session->connection);
	if (!session->certificate || !session->trust)
		return error_set(e, EINVAL, "the policy's answer was not loaded: this is a defect, please report it");
	return 0;
}

static int choose_fetched(struct session *session, gnutls_certificate_credentials_t *credentials, struct error *e)
{
	char name[KEY_NAME_SIZE] = "";
	int r = remote_key_fetch(&session->kit->signer, &session->signing, name, &session->fetched, e);

	if (*name)
		text_copy(session->outcome.certificate, sizeof(session->outcome.certificate), name);
	else
		snprintf(session->outcome.certificate, sizeof(session->outcome.certificate), "key:%d",
			 session->task.certificate_serial);
	*credentials = session->fetched;
	return r;
}

static int no_certificate(const struct session *session, struct error *e)
{
	const struct task *task = &session->task;
	const char *name = session->certificate->name;

	if (session->certificate->was_unloaded)
		return error_set(e, ENOKEY,
				 "the certificate %s of this host was unloaded: load it again with"
				 " \"nfscert load %s\", or take it out of the policy",
				 name, name);
	return error_set(e, ENOKEY, "%s: load one with nfscert(8), put one at %s and %s, or set certificate= in [%s]",
			 task->role == ROLE_CLIENT ? "the mount wants mtls, but this client has no certificate" :
						     "this server has no certificate",
			 session->certificate->own.path, session->certificate->own.key_path, role_word(task->role));
}

/* What this host shows to the peer; after obey_policy(). */
static int choose_credentials(struct session *session, gnutls_certificate_credentials_t *credentials, struct error *e)
{
	const struct task *task = &session->task;

	*credentials = session->kit->without_certificate;
	if (task->role == ROLE_CLIENT && !task->show_certificate)
		return 0;
	if (task->has_serials)
		return choose_fetched(session, credentials, e);
	if (!session->certificate->exists)
		return no_certificate(session, e);
	text_copy(session->outcome.certificate, sizeof(session->outcome.certificate), session->certificate->name);
	return kit_credentials(session->kit, session->certificate, credentials, e);
}

/*
 * The server looks at the ClientHello before it spends a signature on it, and chooses by it.  Without certificate it
 * goes on, to refuse with an alert and not with silence.  After a HelloRetryRequest there is a second hello, which may
 * ask for nothing new.  Who asks for no name gets the certificate for everyone.
 */
static int on_client_hello(gnutls_session_t tls)
{
	struct session *session = gnutls_session_get_ptr(tls);
	gnutls_certificate_credentials_t credentials;
	struct error e;

	if (!session->certificate) {
		tls_asked_name(tls, session->signing.asked_name, sizeof(session->signing.asked_name));
		if (obey_policy(session, session->signing.asked_name, &e) ||
		    choose_credentials(session, &credentials, &e)) {
			decide(session, REASON_NO_CREDENTIALS, "%s", e.text);
			credentials = session->kit->without_certificate;
		}
		if (gnutls_credentials_set(tls, GNUTLS_CRD_CERTIFICATE, credentials) < 0)
			return GNUTLS_E_INTERNAL_ERROR;
	}
	return alpn_suffices(session) ? 0 : GNUTLS_E_NO_APPLICATION_PROTOCOL;
}

/* ---- the peer's certificate -------------------------------------------- */

/*
 * A client's server waits for our answer and gets the alert at once.  A server's client has finished by itself, and
 * its kernel, which has to hear of the refusal, is about to take the connection over:
 *
 *   server's agent            client's agent          client's kernel
 *                             Finished, plants keys
 *   alert, close
 *                             done                    finds a closed connection, and tries again for ever
 *
 * So the alert waits until the client's kernel speaks: see step_refusal().
 */
static int refuse(struct session *session, enum reason why)
{
	gnutls_alert_description_t description = (gnutls_alert_description_t)reason_row(why)->alert;

	if (session->task.role == ROLE_SERVER) {
		session->refusal = description;
		return 0;
	}
	alert(session, description);
	return GNUTLS_E_CERTIFICATE_ERROR;
}

/* A client that shows no certificate is not authenticated, which the policy may not allow. */
static int check_anonymous(struct session *session)
{
	AUTO_STRBUF line = { 0 };
	struct policy_source source = { 0 };

	session->permitted = policy_client_may_connect(session->kit->credentials->policy, NULL, 0, &source);
	if (session->permitted)
		return 0;
	judge_show_line(&source, &line);
	decide(session, REASON_NO_CERTIFICATE,
	       "the client showed no certificate, but every export demands one: %s: "
	       "mount with xprtsec=mtls",
	       line.failed ? "see the policy" : line.text);
	return refuse(session, REASON_NO_CERTIFICATE);
}

/* So that it can be judged for another name, too; what is longer cannot. */
static int keep_chain(struct session *session, const struct x509_chain *chain)
{
	struct error e;

	if (session->task.role == ROLE_CLIENT && !session->chain.data && x509_chain_to_der(chain, &session->chain, &e))
		return GNUTLS_E_MEMORY_ERROR;
	if (session->chain.size > PEER_CHAIN_MAX)
		bytes_free(&session->chain);
	return 0;
}

static void note_peer(struct session *session, const struct x509_chain *chain)
{
	struct outcome *to = &session->outcome;

	to->names_left_out = (uint32_t)x509_cert_list_names(chain->cert[0], to->names, sizeof(to->names));
	x509_cert_serial(chain->cert[0], to->serial, sizeof(to->serial));
	to->expires = gnutls_x509_crt_get_expiration_time(chain->cert[0]);
}

/*
 * Mounts by other names share this connection (shared.h).  The kernel makes it for one of the names, and what the
 * others were promised is to hold as well.
 */
static bool judge_other_names(struct session *session, const struct x509_chain *chain, struct judgement *judged)
{
	for (const char *name = session->names; *name; name += strlen(name) + 1) {
		judge_server(session->kit->credentials, name, &session->task.end, chain, judged);
		if (judged->why == REASON_OK)
			continue;
		decide(session, judged->why, "a mount of %.100s shares this connection: %.280s", name, judged->cause);
		return false;
	}
	return true;
}

static int verify_chain(struct session *session, const struct x509_chain *chain)
{
	bool client = session->task.role == ROLE_CLIENT;
	const struct judge_question question = { session->task.role, session->kit->credentials->policy,
						 &session->connection, session->trust,
						 client ? &session->reference : NULL };
	struct judgement judged;

	judge_chain(&question, chain, &judged);
	note_peer(session, chain);
	session->verified = judged.verified;
	session->permitted = judged.why == REASON_OK;
	if (judged.why != REASON_OK)
		decide(session, judged.why, "%s", judged.cause);
	else if (client)
		session->permitted = judge_other_names(session, chain, &judged);
	return session->permitted ? keep_chain(session, chain) : refuse(session, judged.why);
}

/* GnuTLS also calls this where a client offered no certificate; a server always must. */
static int on_certificate(gnutls_session_t tls)
{
	struct session *session = gnutls_session_get_ptr(tls);
	AUTO_CHAIN chain = { 0 };
	const gnutls_datum_t *list;
	unsigned int count = 0;
	struct error e;

	list = gnutls_certificate_get_peers(tls, &count);
	if (!list || !count) {
		if (session->task.role == ROLE_SERVER)
			return check_anonymous(session);
		decide(session, REASON_NO_CERTIFICATE, "its answer has none: see the log of its rpc.tlshd");
		return GNUTLS_E_CERTIFICATE_ERROR;
	}
	if (x509_chain_from_peer(list, count, &chain, &e)) {
		decide(session, REASON_BAD_CERTIFICATE, "%s", e.text);
		return refuse(session, REASON_BAD_CERTIFICATE);
	}
	return verify_chain(session, &chain);
}

/* ---- set-up ------------------------------------------------------------ */

static int set_up_client(struct session *session)
{
	x509_reference_parse(session->task.reference, &session->reference);
	return tls_ask_for_name(session->tls, &session->reference);
}

static int set_up_server(struct session *session)
{
	gnutls_certificate_server_set_request(session->tls, GNUTLS_CERT_REQUEST);
	/* The list of our authorities would make every hello as long as the trust store. */
	gnutls_certificate_send_x509_rdn_sequence(session->tls, 1);
	gnutls_handshake_set_post_client_hello_function(session->tls, on_client_hello);
	return 0;
}

static int set_up_tls(struct session *session, gnutls_certificate_credentials_t credentials)
{
	bool client = session->task.role == ROLE_CLIENT;
	int r;

	/* Who shows nothing signs nothing. */
	if (!client || session->task.show_certificate) {
		session->signing.transcript = transcript_new();
		if (!session->signing.transcript)
			return GNUTLS_E_MEMORY_ERROR;
	}
	r = tls_session_new(client, session->kit->credentials->priority, credentials, &session->tls);
	if (r < 0) {
		session->tls = NULL;
		return r;
	}
	session->signing.tls = session->tls;
	gnutls_session_set_ptr(session->tls, session);
	gnutls_transport_set_ptr2(session->tls, session, (gnutls_transport_ptr_t)(intptr_t)session->fd);
	gnutls_transport_set_pull_function(session->tls, pull);
	gnutls_handshake_set_hook_function(session->tls, GNUTLS_HANDSHAKE_ANY, GNUTLS_HOOK_BOTH, on_message);
	gnutls_session_set_verify_function(session->tls, on_certificate);
	return client ? set_up_client(session) : set_up_server(session);
}

static void set_up(struct session *session)
{
	gnutls_certificate_credentials_t credentials = session->kit->without_certificate;
	struct error e;
	int r;

	/* A server chooses by what the client's hello asks for. */
	if (session->task.role == ROLE_CLIENT &&
	    (obey_policy(session, session->task.reference, &e) || choose_credentials(session, &credentials, &e))) {
		decide(session, REASON_NO_CREDENTIALS, "%s", e.text);
		return;
	}
	r = set_up_tls(session, credentials);
	if (r >= 0)
		return;
	decide(session, REASON_AGENT_ERROR, "cannot prepare TLS: %s", gnutls_strerror(r));
	/* Half prepared, it must not speak to anybody. */
	if (session->tls)
		gnutls_deinit(session->tls);
	session->tls = NULL;
}

struct session *session_new(struct session_kit *kit, const struct task *task, const char *names, int fd)
{
	struct session *session = calloc(1, sizeof(*session));

	if (session)
		session->names = calloc(1, task->more_size + 1);
	if (!session || !session->names) {
		free(session);
		return NULL;
	}
	memcpy(session->names, names, task->more_size);
	session->kit = kit;
	session->task = *task;
	session->fd = fd;
	session->signing.id = task->id;
	session->signing.slot = task->slot;
	session->signing.role = task->role;
	session->outcome.id = task->id;
	session->outcome.why = REASON_AGENT_ERROR; /* success must be earned */
	set_up(session);
	return session;
}

void session_free(struct session *session)
{
	if (!session)
		return;
	if (session->tls)
		gnutls_deinit(session->tls);
	if (session->fetched)
		gnutls_certificate_free_credentials(session->fetched);
	bytes_free(&session->chain);
	free(session->names);
	transcript_free(session->signing.transcript);
	free(session);
}

/* ---- the handshake ----------------------------------------------------- */

static void note_tls(struct session *session)
{
	struct outcome *to = &session->outcome;

	tls_describe(session->tls, to->tls, sizeof(to->tls), to->cipher, sizeof(to->cipher));
	text_copy(to->alpn, sizeof(to->alpn), tls_agreed_to_rpc(session->tls) ? "sunrpc" : "none");
}

/* What is left unread would have the kernel reset the connection, and the alert be thrown away. */
static void drop_unread(int fd)
{
	char dropped[4096];

	for (size_t size = 0; size < DROPPED_MAX; size += sizeof(dropped))
		if (recv(fd, dropped, sizeof(dropped), MSG_DONTWAIT) <= 0)
			return;
}

/* A certificate that nobody may look at is refused like others, but for what its owner has sent behind it. */
static void fail_exceeded(struct session *session)
{
	const struct allowance *allowance = &session->allowance;

	decide(session, allowance->by_certificate ? REASON_BAD_CERTIFICATE : REASON_PROTOCOL, "%.380s",
	       allowance->why.text);
	if (!allowance->by_certificate) {
		alert(session, allowance->alert);
		return;
	}
	(void)refuse(session, REASON_BAD_CERTIFICATE);
	if (session->refusal)
		drop_unread(session->fd);
}

/* Some clients close without an alert when they do not accept the certificate, the agent of ktls-utils among them. */
static enum reason closed_after_answer(const struct session *session, char *cause, size_t room)
{
	gnutls_x509_crt_t own = session->certificate->own.chain.cert[0];
	char names[128], from[48], until[48];

	x509_cert_names(own, names, sizeof(names));
	x509_show_time(gnutls_x509_crt_get_activation_time(own), from, sizeof(from));
	x509_show_time(gnutls_x509_crt_get_expiration_time(own), until, sizeof(until));
	snprintf(
		cause, room,
		"the peer closed the connection when it had seen this server's certificate (%s, valid from %s until %s): "
		"most likely it does not accept it",
		names, from, until);
	return REASON_REFUSED_BY_PEER;
}

static void fail(struct session *session, int code)
{
	char cause[CAUSE_MAX];
	enum reason why;

	if (session->allowance.exceeded) {
		fail_exceeded(session);
		return;
	}
	if (session->signing.why.code)
		decide(session, REASON_AGENT_ERROR, "cannot sign: %.300s", session->signing.why.text);
	why = tls_reason(code, session->tls, "the peer", cause, sizeof(cause));
	if (why == REASON_CLOSED_BY_PEER && session->task.role == ROLE_SERVER && session->answered)
		why = closed_after_answer(session, cause, sizeof(cause));
	if (why == REASON_REFUSED_BY_PEER && session->task.role == ROLE_CLIENT && tls_refused_unasked(session->tls))
		why = REASON_PEER_UNREADY;
	/* Tell the peer too, unless it was the peer who told us. */
	if (reason_row(why)->alert != GNUTLS_A_CLOSE_NOTIFY && !session->alerted)
		(void)gnutls_alert_send_appropriate(session->tls, code);
	/* It has failed, and the peer was told; what may have been its reason is for the log. */
	if (code == GNUTLS_E_DECRYPTION_FAILED && session->task.role == ROLE_SERVER && session->clear_alert.is_last)
		why = tls_reason_of_clear_alert(session->clear_alert.description, "the peer", cause, sizeof(cause));
	decide(session, why, "%s", cause);
}

/* A server that sent no CertificateRequest does not know who its client is: that is not what mtls means. */
static bool asked_for_nothing(const struct session *session)
{
	return session->task.role == ROLE_CLIENT && session->task.show_certificate &&
	       !gnutls_certificate_client_get_request_status(session->tls);
}

/* All that a client can know: it was asked for its certificate and gave it; a refusal would come later. */
static bool is_mutual(const struct session *session)
{
	return session->task.role == ROLE_SERVER ? session->verified : session->task.show_certificate;
}

/* A server that refuses a client's certificate may close before the client has planted its keys: its alert says why. */
static void peer_has_gone(struct session *session, const char *without_alert)
{
	char cause[CAUSE_MAX];
	char byte;
	ssize_t r = gnutls_record_recv(session->tls, &byte, sizeof(byte));
	enum reason why = REASON_CLOSED_BY_PEER;

	if (r == GNUTLS_E_FATAL_ALERT_RECEIVED)
		why = tls_reason((int)r, session->tls, "the peer", cause, sizeof(cause));
	else
		text_copy(cause, sizeof(cause), without_alert);
	decide(session, why, "%s", cause);
}

/* Where the handshake has succeeded, and must not count. */
static void fail_with(struct session *session, enum reason why, const char *cause)
{
	alert(session, (gnutls_alert_description_t)reason_row(why)->alert);
	decide(session, why, "%s", cause);
}

static void finish(struct session *session)
{
	struct error e;
	int r;

	note_tls(session);
	if (session->decided)
		return; /* no credentials, and yet a handshake: never a success */
	if (!tls_is_new_enough(session->tls)) {
		decide(session, REASON_PROTOCOL, "the peer chose something older than TLS 1.3");
	} else if (session->task.role == ROLE_CLIENT && !session->verified) {
		decide(session, REASON_NO_CERTIFICATE,
		       "what it showed was not verified: this is a defect, please report it");
	} else if (!session->permitted) {
		fail_with(session, REASON_NOT_PERMITTED,
			  "the policy was not asked: this is a defect, please report it");
	} else if (!alpn_suffices(session)) {
		alert(session, GNUTLS_A_NO_APPLICATION_PROTOCOL);
	} else if (asked_for_nothing(session)) {
		fail_with(session, REASON_NOT_ASKED,
			  "it did not ask for this client's certificate, and the mount wants mtls");
	} else if ((r = ktls_plant(session->tls, session->fd, &e)) == -ENOTCONN) {
		peer_has_gone(session, e.text);
	} else if (r) {
		decide(session, REASON_KTLS, "%s", e.text);
	} else {
		decide(session, REASON_OK, "%s",
		       session->verified ? "peer verified" : "no client certificate was offered");
		session->outcome.mutual = is_mutual(session);
	}
}

static void send_refusal(struct session *session)
{
	alert(session, session->refusal);
	drop_unread(session->fd);
}

/* The handshake has ended, but not well: waits for the client's first request, which is never looked at. */
static enum session_need step_refusal(struct session *session)
{
	char byte;

	if (!session->refuse_at_ms)
		session->refuse_at_ms =
			clock_ms() +
			(session->task.patience_ms < REFUSAL_DELAY_MS ? session->task.patience_ms : REFUSAL_DELAY_MS);
	if (clock_ms() < session->refuse_at_ms && recv(session->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
	    (errno == EAGAIN || errno == EINTR))
		return SESSION_READ;
	note_tls(session);
	send_refusal(session);
	return SESSION_ENDED;
}

enum session_need session_step(struct session *session)
{
	int r;

	/* Decided before it began. */
	if (!session->tls)
		return SESSION_ENDED;
	if (session->refuse_at_ms)
		return step_refusal(session);
	session->kit->signer.current = &session->signing;
	do {
		r = gnutls_handshake(session->tls);
	} while (r < 0 && tls_is_warning(r, &session->warnings));
	session->kit->signer.current = NULL;
	if (r == GNUTLS_E_AGAIN)
		return gnutls_record_get_direction(session->tls) ? SESSION_WRITE : SESSION_READ;
	if (r < 0)
		fail(session, r);
	else if (!session->refusal)
		finish(session);
	return session->refusal && (r >= 0 || session->allowance.by_certificate) ? step_refusal(session) :
										   SESSION_ENDED;
}

bool session_progressed(struct session *session)
{
	bool progressed = session->progressed;

	session->progressed = false;
	return progressed;
}

void session_abort(struct session *session, enum reason why, const char *cause)
{
	if (session->refuse_at_ms)
		send_refusal(session);
	decide(session, why, "%s", cause);
}

const struct outcome *session_outcome(const struct session *session)
{
	return &session->outcome;
}

const struct bytes *session_chain(const struct session *session)
{
	return &session->chain;
}
