/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/tlshd/keyholder.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/keys/keys.h"
#include "utils/tlshd/sandbox.h"

/*
 * Reading a small file takes milliseconds, and a thousand of them take as long as they take; but a key holder that is
 * silent for so long is stuck.
 */
#define SILENCE_LIMIT_MS 5000
#define STILL_READS_MS 1000

/* ---- the signer ------------------------------------------------------- */

struct signer {
	int channel;
	gnutls_privkey_t *configured; /* by the number of the certificate; NULL without one */
	size_t configured_count;
	gnutls_privkey_t fetched[KEY_FETCHED_MAX];
	struct key_request request;
	struct key_reply reply;
};

static gnutls_privkey_t *find_key(struct signer *signer, uint32_t number)
{
	if (number < signer->configured_count)
		return &signer->configured[number];
	if (number >= KEY_FETCHED_FIRST && number - KEY_FETCHED_FIRST < KEY_FETCHED_MAX)
		return &signer->fetched[number - KEY_FETCHED_FIRST];
	return NULL;
}

static int fill_reply(struct signer *signer, const void *data, size_t size, struct error *e)
{
	if (size > sizeof(signer->reply.data))
		return error_set(e, EMSGSIZE, "the answer is too long");
	memcpy(signer->reply.data, data, size);
	signer->reply.size = (uint32_t)size;
	return 0;
}

/*
 * What TLS 1.3 signs with (RFC 8446 section 4.2.3).  A worker that was taken over may ask for signatures
 * as it likes, but not for raw RSA operations, which would decrypt as well.
 */
static bool is_for_tls13(uint32_t algorithm)
{
	static const gnutls_sign_algorithm_t allowed[] = {
		GNUTLS_SIGN_RSA_PSS_SHA256,	    GNUTLS_SIGN_RSA_PSS_SHA384,
		GNUTLS_SIGN_RSA_PSS_SHA512,	    GNUTLS_SIGN_RSA_PSS_RSAE_SHA256,
		GNUTLS_SIGN_RSA_PSS_RSAE_SHA384,    GNUTLS_SIGN_RSA_PSS_RSAE_SHA512,
		GNUTLS_SIGN_ECDSA_SECP256R1_SHA256, GNUTLS_SIGN_ECDSA_SECP384R1_SHA384,
		GNUTLS_SIGN_ECDSA_SECP521R1_SHA512, GNUTLS_SIGN_ECDSA_SHA256,
		GNUTLS_SIGN_ECDSA_SHA384,	    GNUTLS_SIGN_ECDSA_SHA512,
		GNUTLS_SIGN_EDDSA_ED25519,	    GNUTLS_SIGN_EDDSA_ED448,
	};

	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++)
		if (allowed[i] == algorithm)
			return true;
	return false;
}

static int serve_sign(struct signer *signer, struct error *e)
{
	gnutls_datum_t data = { signer->request.data, signer->request.size };
	gnutls_privkey_t *key = find_key(signer, signer->request.key);
	gnutls_datum_t signature = { 0 };
	int r;

	if (!key || !*key)
		return error_set(e, ENOKEY, "there is no private key for this signature");
	if (!is_for_tls13(signer->request.algorithm))
		return error_set(e, EINVAL, "TLS 1.3 has no such kind of signature");
	if (signer->request.operation == KEY_SIGN_HASH)
		r = gnutls_privkey_sign_hash2(*key, signer->request.algorithm, 0, &data, &signature);
	else
		r = gnutls_privkey_sign_data2(*key, signer->request.algorithm, 0, &data, &signature);
	if (r < 0)
		return error_set(e, EIO, "cannot sign: %s", gnutls_strerror(r));
	r = fill_reply(signer, signature.data, signature.size, e);
	gnutls_free(signature.data);
	return r;
}

static int free_slot(const struct signer *signer, uint32_t *slot)
{
	for (uint32_t i = 0; i < KEY_FETCHED_MAX; i++)
		if (!signer->fetched[i]) {
			*slot = i;
			return 0;
		}
	return -EBUSY;
}

static int serve_fetch(struct signer *signer, struct error *e)
{
	AUTO_CHAIN chain = { 0 };
	AUTO_BYTES der = { 0 };
	gnutls_privkey_t key = NULL;
	uint32_t slot;
	int r;

	if (!signer->request.certificate_serial || !signer->request.key_serial)
		return error_set(e, EINVAL, "the mount names only one of cert_serial= and privkey_serial=: give both");
	if (free_slot(signer, &slot))
		return error_set(e, EBUSY, "too many keys from the keyring are in use at once");
	r = owncert_read_serials(signer->request.certificate_serial, signer->request.key_serial, &chain, &key, e);
	if (!r)
		r = x509_chain_to_der(&chain, &der, e);
	if (!r)
		r = fill_reply(signer, der.data, der.size, e);
	if (r) {
		if (key)
			gnutls_privkey_deinit(key);
		return r;
	}
	keys_certificate_of(signer->request.certificate_serial, signer->reply.name);
	signer->fetched[slot] = key;
	signer->reply.key = KEY_FETCHED_FIRST + slot;
	return 0;
}

static int serve_release(struct signer *signer, struct error *e)
{
	gnutls_privkey_t *key = find_key(signer, signer->request.key);

	if (!key || !*key || signer->request.key < KEY_FETCHED_FIRST)
		return error_set(e, ENOKEY, "there is no such key to release");
	gnutls_privkey_deinit(*key);
	*key = NULL;
	return 0;
}

static bool request_is_whole(const struct key_request *request, ssize_t got)
{
	size_t head = offsetof(struct key_request, data);

	return got >= (ssize_t)head && request->size <= KEY_DATA_MAX && (size_t)got == head + request->size;
}

/* Answers one request; false at the end of the channel or when the worker talks nonsense. */
static bool serve_one(struct signer *signer)
{
	typedef int server(struct signer *signer, struct error *e);
	static server *const servers[] = {
		[KEY_SIGN_DATA] = serve_sign,
		[KEY_SIGN_HASH] = serve_sign,
		[KEY_FETCH] = serve_fetch,
		[KEY_RELEASE] = serve_release,
	};
	ssize_t got = message_receive(signer->channel, &signer->request, sizeof(signer->request), NULL);
	struct error e;

	if (got <= 0 || !request_is_whole(&signer->request, got) ||
	    (size_t)signer->request.operation >= ARRAY_SIZE(servers))
		return false;
	memset(&signer->reply, 0, offsetof(struct key_reply, data));
	signer->reply.status = servers[signer->request.operation](signer, &e);
	if (signer->reply.status)
		(void)fill_reply(signer, e.text, strlen(e.text), NULL);
	return message_send(signer->channel, &signer->reply, offsetof(struct key_reply, data) + signer->reply.size,
			    -1) == 0;
}

static void run_signer(int channel, gnutls_privkey_t *keys, size_t key_count)
{
	struct signer *signer = calloc(1, sizeof(*signer));

	if (!signer)
		_exit(1);
	signer->channel = channel;
	signer->configured = keys;
	signer->configured_count = key_count;
	while (serve_one(signer))
		;
	_exit(0); /* the kernel takes back the memory; nothing else can have seen the keys */
}

/* ---- the key holder --------------------------------------------------- */

static int load_key(const struct certificate *certificate, gnutls_privkey_t *key, struct error *e)
{
	return certificate->exists ? owncert_read_key(&certificate->own, key, e) : 0;
}

/* Asks for more patience, but not at each key. */
static int say_still_reads(int channel, int64_t *said_ms, struct error *e)
{
	struct holder_report report = { .status = HOLDER_STILL_READS };
	int64_t now = clock_ms();
	int r;

	if (now - *said_ms < STILL_READS_MS)
		return 0;
	*said_ms = now;
	r = message_send(channel, &report, sizeof(report), -1);
	return r ? error_set(e, -r, "the kernel role is gone: %s", strerror(-r)) : 0;
}

static int load_keys(const struct credentials *credentials, int channel, gnutls_privkey_t *keys, struct error *e)
{
	int64_t said_ms = clock_ms();
	int r = 0;

	for (size_t i = 0; !r && i < credentials->certificate_count; i++) {
		r = load_key(&credentials->certificate[i], &keys[i], e);
		if (!r)
			r = say_still_reads(channel, &said_ms, e);
	}
	return r;
}

static int prepare(const struct credentials *credentials, int channel, pid_t parent, gnutls_privkey_t *keys,
		   struct error *e)
{
	int r;

	r = sandbox_start(&channel, 1, parent);
	signal(SIGCHLD, SIG_IGN); /* signers need no farewell */
	if (r)
		return error_set(e, -r, "cannot follow the kernel role: %s", strerror(-r));
	if (!keys)
		return error_set(e, ENOMEM, "out of memory");
	r = sandbox_forbid_core_dumps(e);
	if (!r)
		r = load_keys(credentials, channel, keys, e);
	return r ? r : sandbox_drop_capabilities(e);
}

static void fork_signer(int holder_channel, int channel, gnutls_privkey_t *keys, size_t key_count)
{
	pid_t pid = fork();

	/* Not tied to the key holder's life: a retiring generation finishes its handshakes without it. */
	if (pid == 0) {
		close(holder_channel);
		run_signer(channel, keys, key_count);
	}
	close(channel); /* a failed fork shows as the end of the channel, and the worker is replaced */
}

static void run_holder(const struct credentials *credentials, int channel, pid_t parent)
{
	size_t key_count = credentials->certificate_count;
	gnutls_privkey_t *keys = calloc(key_count + 1, sizeof(*keys));
	struct holder_report report = { 0 };
	struct error e = { 0 };
	char order;
	int fd;

	report.status = prepare(credentials, channel, parent, keys, &e);
	text_copy(report.text, sizeof(report.text), e.text);
	if (message_send(channel, &report, sizeof(report), -1) || report.status)
		_exit(1);
	while (message_receive(channel, &order, sizeof(order), &fd) > 0)
		if (fd >= 0)
			fork_signer(channel, fd, keys, key_count);
	_exit(0);
}

/* ---- the kernel role's view ------------------------------------------- */

static int wait_for_one(int channel, struct holder_report *report, struct error *e)
{
	struct pollfd ready = { .fd = channel, .events = POLLIN };
	int r;

	do {
		r = poll(&ready, 1, SILENCE_LIMIT_MS);
	} while (r < 0 && errno == EINTR);
	if (r != 1)
		return error_set(e, ETIMEDOUT, "the key holder did not read its keys in time");
	if (message_receive(channel, report, sizeof(*report), NULL) != (ssize_t)sizeof(*report))
		return error_set(e, EIO, "the key holder died while it read its keys");
	return 0;
}

static int wait_for_report(int channel, struct error *e)
{
	struct holder_report report;
	int r;

	do {
		r = wait_for_one(channel, &report, e);
	} while (!r && report.status == HOLDER_STILL_READS);
	if (r)
		return r;
	report.text[sizeof(report.text) - 1] = '\0';
	return report.status ? error_set(e, -report.status, "%s", report.text) : 0;
}

int keyholder_start(const struct credentials *credentials, struct keyholder *holder, struct error *e)
{
	pid_t parent = getpid();
	int pair[2];
	int r = message_pair(pair);

	if (r)
		return error_set(e, -r, "cannot make a socket pair: %s", strerror(-r));
	holder->pid = fork();
	if (holder->pid == 0)
		run_holder(credentials, pair[1], parent);
	close(pair[1]);
	holder->channel = pair[0];
	if (holder->pid < 0)
		r = error_set(e, errno, "cannot start the key holder: %s", strerror(errno));
	else
		r = wait_for_report(holder->channel, e);
	if (r)
		keyholder_stop(holder);
	return r;
}

int keyholder_add_signer(const struct keyholder *holder, int channel)
{
	char order = 's';

	return message_send(holder->channel, &order, sizeof(order), channel);
}

void keyholder_stop(struct keyholder *holder)
{
	if (holder->channel >= 0)
		close(holder->channel);
	/* It may be stuck in reading a file, and must not hold us up as well. */
	if (holder->pid > 0) {
		(void)kill(holder->pid, SIGKILL);
		(void)waitpid(holder->pid, NULL, 0);
	}
	holder->channel = -1;
	holder->pid = 0;
}
