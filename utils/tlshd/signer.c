/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/tlshd/signer.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/abstract.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "utils/tlshd/certificate_verify.h"

/* The key reader needs a few milliseconds for a key of the kernel's keyring. */
#define DELIVERY_LIMIT_MS 1000
/* The slowest of signatures, and the wait for a key, on a busy machine. */
#define ANSWER_LIMIT_S 5

/* What was granted in a slot, and is left of it. */
struct granted {
	struct grant grant; /* id 0: nothing */
	bool is_used;	    /* no second signature */
	bool is_delivered;  /* the two below were, and what is left of them is held */
	bool is_held;
	gnutls_privkey_t key;
	struct key_reply *chain; /* what KEY_CHAIN answers, until it has */
};

struct signer {
	const struct credentials *credentials;
	gnutls_privkey_t *keys;
	struct granted granted[WORKER_SLOTS];
	unsigned int held;
	union {
		uint32_t news;
		struct grant grant;
		struct key_delivery delivery;
	} from_above;
	struct key_request request;
	struct key_reply reply;
};

struct signer *signer_new(const struct credentials *credentials, gnutls_privkey_t *keys)
{
	struct signer *signer = calloc(1, sizeof(*signer));

	if (!signer)
		return NULL;
	signer->credentials = credentials;
	signer->keys = keys;
	return signer;
}

static void drop_key(struct signer *signer, struct granted *granted)
{
	if (!granted->is_held)
		return;
	if (granted->key)
		gnutls_privkey_deinit(granted->key);
	free(granted->chain);
	granted->key = NULL;
	granted->chain = NULL;
	granted->is_held = false;
	signer->held--;
}

void signer_free(struct signer *signer)
{
	if (!signer)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(signer->granted); i++)
		drop_key(signer, &signer->granted[i]);
	explicit_bzero(&signer->from_above, sizeof(signer->from_above));
	free(signer);
}

/* ---- from those who are stronger --------------------------------------------- */

static bool grant_is_sane(const struct grant *grant)
{
	return grant->slot < WORKER_SLOTS && grant->id && grant->role < ROLE_COUNT &&
	       grant->end.size <= sizeof(grant->end.bytes) && memchr(grant->reference, '\0', sizeof(grant->reference));
}

static int take_grant(struct signer *signer, const struct grant *grant, size_t size)
{
	struct granted *granted;

	if (size != sizeof(*grant) || !grant_is_sane(grant))
		return -EBADMSG;
	granted = &signer->granted[grant->slot];
	drop_key(signer, granted);
	*granted = (struct granted){ .grant = *grant };
	return 0;
}

static int import_key(gnutls_privkey_t *key, const unsigned char *der, size_t size)
{
	gnutls_datum_t raw = { (unsigned char *)(uintptr_t)der, (unsigned int)size };
	int r = gnutls_privkey_init(key);

	if (r >= 0)
		r = gnutls_privkey_import_x509_raw(*key, &raw, GNUTLS_X509_FMT_DER, NULL, 0);
	if (r >= 0)
		return 0;
	if (*key)
		gnutls_privkey_deinit(*key);
	*key = NULL;
	return -EIO;
}

static void note_delivery(struct signer *signer, struct granted *granted, const struct key_delivery *delivery)
{
	granted->is_delivered = granted->is_held = true;
	signer->held++;
	granted->chain = calloc(1, sizeof(*granted->chain));
	if (!granted->chain)
		return;
	granted->chain->status = delivery->status;
	text_copy(granted->chain->name, sizeof(granted->chain->name), delivery->name);
	granted->chain->size = delivery->chain_size;
	memcpy(granted->chain->data, delivery->data, delivery->chain_size);
	if (!delivery->status && import_key(&granted->key, delivery->data + delivery->chain_size, delivery->key_size))
		granted->chain->status = -EIO;
}

static int take_delivery(struct signer *signer, const struct key_delivery *delivery, size_t size)
{
	size_t head = offsetof(struct key_delivery, data);
	struct granted *granted;

	if (size < head || delivery->slot >= WORKER_SLOTS || delivery->chain_size > KEY_REPLY_MAX ||
	    delivery->key_size > KEY_DER_MAX || size != head + delivery->chain_size + delivery->key_size ||
	    !memchr(delivery->name, '\0', sizeof(delivery->name)))
		return -EBADMSG;
	granted = &signer->granted[delivery->slot];
	/* One that comes too late is for a handshake that has ended. */
	if (granted->grant.id == delivery->id && granted->grant.from_keyring && !granted->is_delivered)
		note_delivery(signer, granted, delivery);
	return 0;
}

int signer_take(struct signer *signer, const void *message, size_t size)
{
	const uint32_t *news = message;

	if (size < sizeof(*news))
		return -EBADMSG;
	switch (*news) {
	case SIGNER_GRANT:
		return take_grant(signer, message, size);
	case SIGNER_KEY:
		return take_delivery(signer, message, size);
	default:
		return -EBADMSG;
	}
}

/* Keys of handshakes that have come to nothing are kept no longer than these could have lasted. */
static void drop_old_keys(struct signer *signer, int64_t now_ms)
{
	for (size_t i = 0; signer->held && i < ARRAY_SIZE(signer->granted); i++)
		if (signer->granted[i].grant.ends_ms < now_ms)
			drop_key(signer, &signer->granted[i]);
}

/* ---- the worker's requests ----------------------------------------------------- */

/* The schemes of RFC 8446 section 4.2.3, and the one kind of key that each is for. */
static const struct scheme {
	gnutls_sign_algorithm_t algorithm;
	gnutls_pk_algorithm_t kind;
	gnutls_ecc_curve_t curve; /* GNUTLS_ECC_CURVE_INVALID: of any size */
} schemes[] = {
	{ GNUTLS_SIGN_RSA_PSS_RSAE_SHA256, GNUTLS_PK_RSA, GNUTLS_ECC_CURVE_INVALID },
	{ GNUTLS_SIGN_RSA_PSS_RSAE_SHA384, GNUTLS_PK_RSA, GNUTLS_ECC_CURVE_INVALID },
	{ GNUTLS_SIGN_RSA_PSS_RSAE_SHA512, GNUTLS_PK_RSA, GNUTLS_ECC_CURVE_INVALID },
	{ GNUTLS_SIGN_RSA_PSS_SHA256, GNUTLS_PK_RSA_PSS, GNUTLS_ECC_CURVE_INVALID },
	{ GNUTLS_SIGN_RSA_PSS_SHA384, GNUTLS_PK_RSA_PSS, GNUTLS_ECC_CURVE_INVALID },
	{ GNUTLS_SIGN_RSA_PSS_SHA512, GNUTLS_PK_RSA_PSS, GNUTLS_ECC_CURVE_INVALID },
	{ GNUTLS_SIGN_ECDSA_SECP256R1_SHA256, GNUTLS_PK_ECDSA, GNUTLS_ECC_CURVE_SECP256R1 },
	{ GNUTLS_SIGN_ECDSA_SECP384R1_SHA384, GNUTLS_PK_ECDSA, GNUTLS_ECC_CURVE_SECP384R1 },
	{ GNUTLS_SIGN_ECDSA_SECP521R1_SHA512, GNUTLS_PK_ECDSA, GNUTLS_ECC_CURVE_SECP521R1 },
	{ GNUTLS_SIGN_EDDSA_ED25519, GNUTLS_PK_EDDSA_ED25519, GNUTLS_ECC_CURVE_INVALID },
	{ GNUTLS_SIGN_EDDSA_ED448, GNUTLS_PK_EDDSA_ED448, GNUTLS_ECC_CURVE_INVALID },
};

/* GnuTLS counts the bits of a key on a curve in whole bytes. */
static bool has_curve(gnutls_ecc_curve_t curve, unsigned int bits)
{
	return curve == GNUTLS_ECC_CURVE_INVALID || (unsigned int)gnutls_ecc_curve_get_size(curve) * 8 == bits;
}

static bool is_scheme_of(uint32_t algorithm, gnutls_privkey_t key)
{
	unsigned int bits = 0;
	int kind = gnutls_privkey_get_pk_algorithm(key, &bits);

	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++)
		if (schemes[i].algorithm == algorithm)
			return (int)schemes[i].kind == kind && has_curve(schemes[i].curve, bits);
	return false;
}

static struct granted *find_granted(struct signer *signer, const struct key_request *request)
{
	struct granted *granted = request->slot < WORKER_SLOTS ? &signer->granted[request->slot] : NULL;

	return granted && request->id && granted->grant.id == request->id ? granted : NULL;
}

/* The number of the certificate that the policy has for this handshake; -1 when it has none. */
static int64_t allowed_certificate(const struct signer *signer, const struct grant *grant, const char *asked_name)
{
	const char *name = grant->role == ROLE_SERVER ? asked_name : grant->reference;
	const struct certificate *certificate;
	struct policy_connection connection;

	if (credentials_connection(signer->credentials, grant->role, name, &grant->end, &connection, NULL))
		return -1;
	certificate = credentials_certificate(signer->credentials, grant->role, &connection.certificate);
	return certificate ? (int64_t)certificate->number : -1;
}

/* The key of the certificate that the worker names, when that is the handshake's. */
static int choose_key(const struct signer *signer, const struct granted *granted, const struct key_request *request,
		      gnutls_privkey_t *key, struct error *e)
{
	bool server = granted->grant.role == ROLE_SERVER;

	if (!memchr(request->asked_name, '\0', sizeof(request->asked_name)) || (!server && *request->asked_name))
		return error_set(e, EPERM, "the name that a client asks for is none");
	if (granted->grant.from_keyring) {
		if (request->certificate != KEY_FROM_KEYRING)
			return error_set(e, EPERM, "the certificate is not the one that the mount names");
		*key = granted->key;
	} else {
		if (request->certificate != allowed_certificate(signer, &granted->grant, request->asked_name))
			return error_set(e, EPERM, "the certificate is not the one that the policy has for it");
		*key = signer->keys[request->certificate];
	}
	return *key ? 0 : error_set(e, EPERM, "there is no private key for it");
}

static int check_form(const struct key_request *request, struct error *e)
{
	return transcript_hash_size_is_good(request->hash_size) ?
		       0 :
		       error_set(e, EPERM, "a hash of %u bytes is none of TLS 1.3", request->hash_size);
}

static int sign(gnutls_privkey_t key, enum role role, const struct key_request *request, struct key_reply *reply)
{
	unsigned char content[CERTIFICATE_VERIFY_MAX];
	size_t size = certificate_verify_content(role, request->hash, request->hash_size, content);
	gnutls_datum_t data = { content, (unsigned int)size }, signature = { 0 };
	/* RFC 8446 section 4.2.3: the salt is as long as the hash, whatever the certificate of the key allows. */
	int r = gnutls_privkey_sign_data2(key, request->algorithm, GNUTLS_PRIVKEY_FLAG_RSA_PSS_FIXED_SALT_LENGTH, &data,
					  &signature);

	if (r >= 0 && signature.size <= sizeof(reply->data)) {
		memcpy(reply->data, signature.data, signature.size);
		reply->size = signature.size;
	}
	gnutls_free(signature.data);
	return r < 0 || !reply->size ? -EIO : 0;
}

static int cannot(struct key_reply *reply, int code, const char *sentence)
{
	reply->status = -code;
	reply->size = (uint32_t)strlen(sentence);
	memcpy(reply->data, sentence, reply->size);
	return 0;
}

static int serve_sign(struct signer *signer, struct granted *granted, const struct key_request *request,
		      struct key_reply *reply, struct error *e)
{
	gnutls_privkey_t key = NULL;
	int r = check_form(request, e);

	if (!r)
		r = choose_key(signer, granted, request, &key, e);
	if (!r && granted->is_used)
		r = error_set(e, EPERM, "it was signed already");
	if (!r && !is_scheme_of(request->algorithm, key))
		r = error_set(e, EPERM, "TLS 1.3 has no such signature (%u) with its key", request->algorithm);
	if (r)
		return r;
	granted->is_used = true;
	if (sign(key, granted->grant.role, request, reply))
		(void)cannot(reply, EIO, "the private key cannot sign");
	drop_key(signer, granted);
	return 0;
}

static int serve_chain(struct granted *granted, struct key_reply *reply, struct error *e)
{
	if (!granted->grant.from_keyring)
		return error_set(e, EPERM, "its mount names no certificate");
	if (!granted->is_delivered)
		return -EAGAIN;
	if (!granted->chain)
		return cannot(reply, ENOMEM, "out of memory, or the key was asked for twice");
	reply->status = granted->chain->status;
	text_copy(reply->name, sizeof(reply->name), granted->chain->name);
	reply->size = granted->chain->size;
	memcpy(reply->data, granted->chain->data, reply->size);
	free(granted->chain);
	granted->chain = NULL;
	return 0;
}

static int judge(struct signer *signer, const struct key_request *request, int64_t now_ms, struct key_reply *reply,
		 struct error *e)
{
	struct granted *granted = find_granted(signer, request);

	if (!granted)
		return error_set(e, EPERM, "this worker does not have that handshake");
	if (granted->grant.ends_ms < now_ms)
		return cannot(reply, ETIMEDOUT, "the handshake took too long to be signed");
	switch (request->operation) {
	case KEY_SIGN:
		return serve_sign(signer, granted, request, reply, e);
	case KEY_CHAIN:
		return serve_chain(granted, reply, e);
	default:
		return error_set(e, EPERM, "there is no operation %u", request->operation);
	}
}

int signer_answer(struct signer *signer, const void *message, size_t size, int64_t now_ms, struct key_reply *reply,
		  struct error *e)
{
	const struct key_request *request = message;
	int r;

	memset(reply, 0, offsetof(struct key_reply, data));
	if (size != sizeof(*request))
		return error_set(e, EBADMSG, "a message of %zu bytes is no request", size);
	r = judge(signer, request, now_ms, reply, e);
	if (r && r != -EAGAIN)
		error_prefix(e, "handshake %llu", (unsigned long long)request->id);
	return r;
}

int signer_channels(int of_worker, int grants)
{
	static const struct timeval limit = { .tv_sec = ANSWER_LIMIT_S };

	return setsockopt(of_worker, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0 ||
			       fcntl(grants, F_SETFL, O_NONBLOCK) < 0 ?
		       -errno :
		       0;
}

/* ---- life ----------------------------------------------------------------------- */

static void __attribute__((noreturn)) leave(struct signer *signer, int status)
{
	signer_free(signer);
	_exit(status);
}

/* All that has arrived from above; the end of that channel is that of the kernel role. */
static void take_all(struct signer *signer, int grants)
{
	ssize_t got;

	while ((got = message_receive(grants, &signer->from_above, sizeof(signer->from_above), NULL)) > 0) {
		if (signer_take(signer, &signer->from_above, (size_t)got)) {
			log_line(LOG_LEVEL_ERROR, "signer %d ends: a grant is malformed", (int)getpid());
			leave(signer, 1);
		}
		/* It may have held a key. */
		explicit_bzero(&signer->from_above, (size_t)got);
	}
	if (got != -EAGAIN)
		leave(signer, got == 0 ? 0 : 1);
}

/* The time for which nothing is to be done. */
static int patience(const struct signer *signer)
{
	return signer->held ? DELIVERY_LIMIT_MS : -1;
}

/* The answer to what the worker has sent; waits for a key that is on its way, but not for long. */
static int answer(struct signer *signer, size_t size, int grants, struct error *e)
{
	int64_t until = clock_ms() + DELIVERY_LIMIT_MS, now;
	struct pollfd above = { .fd = grants, .events = POLLIN };
	int r;

	do {
		/* The kernel role speaks to us first, and to the worker afterwards. */
		take_all(signer, grants);
		now = clock_ms();
		r = signer_answer(signer, &signer->request, size, now, &signer->reply, e);
	} while (r == -EAGAIN && now < until && poll(&above, 1, (int)(until - now)) >= 0);
	return r == -EAGAIN ? cannot(&signer->reply, ETIMEDOUT, "the key could not be read in time") : r;
}

static void serve_worker(struct signer *signer, int worker, int grants)
{
	ssize_t got = message_receive(worker, &signer->request, sizeof(signer->request), NULL);
	struct error e;
	int r;

	if (got == 0)
		leave(signer, 0);
	r = got < 0 ? error_set(&e, EBADMSG, "a message is no request: %s", strerror((int)-got)) :
		      answer(signer, (size_t)got, grants, &e);
	if (r) {
		log_line(LOG_LEVEL_ERROR,
			 "signer %d ends, and its worker with it: the worker asked for what it may not"
			 " have: %s",
			 (int)getpid(), e.text);
		leave(signer, 1);
	}
	if (message_send(worker, &signer->reply, offsetof(struct key_reply, data) + signer->reply.size, -1))
		leave(signer, 0);
}

void signer_run(struct signer *signer, int worker, int grants)
{
	struct pollfd both[] = { { .fd = worker, .events = POLLIN }, { .fd = grants, .events = POLLIN } };

	for (;;) {
		int r = poll(both, ARRAY_SIZE(both), patience(signer));

		if (r < 0 && errno != EINTR)
			leave(signer, 1);
		if (r > 0 && both[1].revents)
			take_all(signer, grants);
		if (r > 0 && both[0].revents)
			serve_worker(signer, worker, grants);
		drop_old_keys(signer, clock_ms());
	}
}
