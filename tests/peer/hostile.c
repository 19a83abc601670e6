/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/peer/hostile.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* TLS 1.3 with X25519, AES-128-GCM and SHA-256, and nothing else (RFC 8446). */
#define HASH 32u
#define KEY 16u
#define IV 12u
#define TAG 16u
#define RECORD_MAX 16384u
#define X25519 0x1du
#define ECDSA_P256 0x0403u
#define RSA_PSS 0x0804u

enum { CHANGE_CIPHER_SPEC = 20, ALERT = 21, HANDSHAKE = 22, APPLICATION_DATA = 23, HEARTBEAT = 24 };

enum {
	HELLO_REQUEST = 0,
	CLIENT_HELLO = 1,
	SERVER_HELLO = 2,
	NEW_SESSION_TICKET = 4,
	ENCRYPTED_EXTENSIONS = 8,
	CERTIFICATE = 11,
	CERTIFICATE_REQUEST = 13,
	CERTIFICATE_VERIFY = 15,
	FINISHED = 20,
	KEY_UPDATE = 24,
	COMPRESSED_CERTIFICATE = 25,
	MESSAGE_HASH = 254,
};

enum {
	EXT_SERVER_NAME = 0,
	EXT_STATUS_REQUEST = 5,
	EXT_GROUPS = 10,
	EXT_SIGNATURES = 13,
	EXT_ALPN = 16,
	EXT_PADDING = 21,
	EXT_PRE_SHARED_KEY = 41,
	EXT_EARLY_DATA = 42,
	EXT_VERSIONS = 43,
	EXT_COOKIE = 44,
	EXT_PSK_MODES = 45,
	EXT_AUTHORITIES = 47,
	EXT_KEY_SHARE = 51,
};

struct direction {
	unsigned char secret[HASH], key[KEY], iv[IV];
	uint64_t sequence;
	bool on;
};

struct connection {
	const struct hostile_attack *attack;
	bool server;
	int fd;
	double end;
	bool gone; /* the other side has closed */
	EVP_PKEY *share, *identity;
	unsigned char session_id[32];
	size_t session_id_size;
	struct hostile_buf transcript, out, in;
	unsigned char handshake_secret[HASH];
	struct direction send, receive;
};

/* ---- bytes ---------------------------------------------------------------- */

static void reserve(struct hostile_buf *buf, size_t more)
{
	if (buf->room - buf->size >= more)
		return;
	buf->room = (buf->size + more) * 2;
	buf->data = realloc(buf->data, buf->room);
	if (!buf->data)
		abort();
}

void hostile_put(struct hostile_buf *buf, const void *data, size_t size)
{
	reserve(buf, size);
	if (size)
		memcpy(buf->data + buf->size, data, size);
	buf->size += size;
}

void hostile_put_number(struct hostile_buf *buf, uint32_t value, unsigned int bytes)
{
	while (bytes-- > 0) {
		unsigned char byte = (unsigned char)(value >> (8 * bytes));

		hostile_put(buf, &byte, 1);
	}
}

void hostile_put_random(struct hostile_buf *buf, size_t size)
{
	reserve(buf, size);
	if (size && RAND_bytes(buf->data + buf->size, (int)size) != 1)
		abort();
	buf->size += size;
}

void hostile_repeat(struct hostile_buf *buf, const void *data, size_t size, size_t times)
{
	reserve(buf, size * times);
	while (times-- > 0)
		hostile_put(buf, data, size);
}

void hostile_buf_free(struct hostile_buf *buf)
{
	free(buf->data);
	*buf = (struct hostile_buf){ 0 };
}

size_t hostile_open(struct hostile_buf *buf, unsigned int length_bytes)
{
	hostile_put_number(buf, 0, length_bytes);
	return buf->size;
}

/* What is too long for its length keeps the length's last bytes: a lie, which is as good. */
void hostile_close(struct hostile_buf *buf, size_t mark, unsigned int length_bytes)
{
	size_t size = buf->size - mark;

	for (unsigned int i = 0; i < length_bytes; i++)
		buf->data[mark - 1 - i] = (unsigned char)(size >> (8 * i));
}

size_t hostile_der_open(struct hostile_buf *buf, unsigned char tag)
{
	hostile_put(buf, &tag, 1);
	return buf->size;
}

void hostile_der_close(struct hostile_buf *buf, size_t mark)
{
	size_t size = buf->size - mark;
	unsigned char length[4];
	unsigned int bytes = size < 0x80 ? 1 : size < 0x100 ? 2 : size < 0x10000 ? 3 : 4;

	length[0] = bytes == 1 ? (unsigned char)size : (unsigned char)(0x7f + bytes);
	for (unsigned int i = 1; i < bytes; i++)
		length[i] = (unsigned char)(size >> (8 * (bytes - 1 - i)));
	reserve(buf, bytes);
	memmove(buf->data + mark + bytes, buf->data + mark, size);
	memcpy(buf->data + mark, length, bytes);
	buf->size += bytes;
}

/* ---- keys ----------------------------------------------------------------- */

static void hmac(const unsigned char *key, size_t key_size, const void *data, size_t size, unsigned char out[HASH])
{
	unsigned int got = HASH;

	if (!HMAC(EVP_sha256(), key, (int)key_size, data, size, out, &got))
		abort();
}

static void expand_label(const unsigned char secret[HASH], const char *label, const unsigned char *context,
			 size_t context_size, unsigned char *out, size_t size)
{
	struct hostile_buf info = { 0 };
	unsigned char block[HASH];
	size_t mark;

	hostile_put_number(&info, (uint32_t)size, 2);
	mark = hostile_open(&info, 1);
	hostile_put(&info, "tls13 ", 6);
	hostile_put(&info, label, strlen(label));
	hostile_close(&info, mark, 1);
	mark = hostile_open(&info, 1);
	hostile_put(&info, context, context_size);
	hostile_close(&info, mark, 1);
	hostile_put_number(&info, 1, 1); /* the first block is enough */
	hmac(secret, HASH, info.data, info.size, block);
	memcpy(out, block, size);
	hostile_buf_free(&info);
}

static void transcript_hash(const struct connection *c, unsigned char out[HASH])
{
	unsigned int size = HASH;

	if (EVP_Digest(c->transcript.data, c->transcript.size, out, &size, EVP_sha256(), NULL) != 1)
		abort();
}

static void set_keys(struct direction *direction, const unsigned char secret[HASH])
{
	memmove(direction->secret, secret, HASH);
	expand_label(direction->secret, "key", NULL, 0, direction->key, KEY);
	expand_label(direction->secret, "iv", NULL, 0, direction->iv, IV);
	direction->sequence = 0;
	direction->on = true;
}

/* From the shared secret of the key exchange, and the transcript up to the ServerHello. */
static void begin_encryption(struct connection *c, const unsigned char *shared, size_t shared_size)
{
	static const unsigned char zeros[HASH];
	unsigned char early[HASH], derived[HASH], empty[HASH], context[HASH], client[HASH], server[HASH];
	unsigned int size = HASH;

	if (EVP_Digest("", 0, empty, &size, EVP_sha256(), NULL) != 1)
		abort();
	hmac(zeros, HASH, zeros, HASH, early);
	expand_label(early, "derived", empty, HASH, derived, HASH);
	hmac(derived, HASH, shared, shared_size, c->handshake_secret);
	transcript_hash(c, context);
	expand_label(c->handshake_secret, "c hs traffic", context, HASH, client, HASH);
	expand_label(c->handshake_secret, "s hs traffic", context, HASH, server, HASH);
	set_keys(&c->send, c->server ? server : client);
	set_keys(&c->receive, c->server ? client : server);
}

static int agree(struct connection *c, const unsigned char *theirs)
{
	EVP_PKEY *peer = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, theirs, 32);
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(c->share, NULL);
	unsigned char shared[32];
	size_t size = sizeof(shared);
	int r = peer && context && EVP_PKEY_derive_init(context) > 0 && EVP_PKEY_derive_set_peer(context, peer) > 0 &&
				EVP_PKEY_derive(context, shared, &size) > 0 ?
			0 :
			-1;

	if (!r)
		begin_encryption(c, shared, size);
	EVP_PKEY_CTX_free(context);
	EVP_PKEY_free(peer);
	return r;
}

static void put_share(struct hostile_buf *buf, const struct connection *c)
{
	unsigned char raw[32];
	size_t size = sizeof(raw);

	if (EVP_PKEY_get_raw_public_key(c->share, raw, &size) != 1)
		abort();
	hostile_put_number(buf, X25519, 2);
	hostile_put_number(buf, (uint32_t)size, 2);
	hostile_put(buf, raw, size);
}

static void make_nonce(const struct direction *direction, unsigned char nonce[IV])
{
	memcpy(nonce, direction->iv, IV);
	for (unsigned int i = 0; i < 8; i++)
		nonce[IV - 1 - i] ^= (unsigned char)(direction->sequence >> (8 * i));
}

/* ---- records -------------------------------------------------------------- */

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool is_over(const struct connection *c)
{
	return c->gone || now() >= c->end;
}

static void pause_a_little(void)
{
	const struct timespec little = { .tv_nsec = 200000 };

	nanosleep(&little, NULL);
}

static void flush(struct connection *c)
{
	size_t most = c->attack->write_size ? c->attack->write_size : SIZE_MAX;

	for (size_t at = 0; at < c->out.size && !is_over(c);) {
		size_t size = c->out.size - at < most ? c->out.size - at : most;
		ssize_t n = send(c->fd, c->out.data + at, size, MSG_NOSIGNAL);

		if (n > 0)
			at += (size_t)n;
		else if (errno != EAGAIN && errno != EINTR)
			c->gone = true;
		if (c->attack->write_size)
			pause_a_little();
	}
	c->out.size = 0;
}

static void put_plain_record(struct connection *c, unsigned int type, const unsigned char *data, size_t size)
{
	hostile_put_number(&c->out, type, 1);
	hostile_put_number(&c->out, 0x0303, 2);
	hostile_put_number(&c->out, (uint32_t)size, 2);
	hostile_put(&c->out, data, size);
}

static void put_sealed_record(struct connection *c, unsigned int type, const unsigned char *data, size_t size)
{
	EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
	unsigned char header[5] = { APPLICATION_DATA, 3, 3, (unsigned char)((size + 1 + TAG) >> 8),
				    (unsigned char)(size + 1 + TAG) };
	unsigned char inner = (unsigned char)type, nonce[IV];
	int n;

	make_nonce(&c->send, nonce);
	c->send.sequence++;
	hostile_put(&c->out, header, sizeof(header));
	reserve(&c->out, size + 1 + TAG + 32);
	if (!cipher || EVP_EncryptInit_ex(cipher, EVP_aes_128_gcm(), NULL, c->send.key, nonce) != 1 ||
	    EVP_EncryptUpdate(cipher, NULL, &n, header, sizeof(header)) != 1 ||
	    EVP_EncryptUpdate(cipher, c->out.data + c->out.size, &n, data, (int)size) != 1 ||
	    EVP_EncryptUpdate(cipher, c->out.data + c->out.size + size, &n, &inner, 1) != 1 ||
	    EVP_EncryptFinal_ex(cipher, c->out.data + c->out.size + size + 1, &n) != 1 ||
	    EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, TAG, c->out.data + c->out.size + size + 1) != 1)
		abort();
	c->out.size += size + 1 + TAG;
	EVP_CIPHER_CTX_free(cipher);
}

static void put_record(struct connection *c, unsigned int type, const unsigned char *data, size_t size)
{
	if (c->send.on)
		put_sealed_record(c, type, data, size);
	else
		put_plain_record(c, type, data, size);
	if (c->out.size > 65536)
		flush(c);
}

static void put_stream(struct connection *c, unsigned int type, const unsigned char *data, size_t size)
{
	size_t most = c->attack->fragment ? c->attack->fragment : RECORD_MAX;

	for (size_t at = 0; at < size && !c->gone; at += most)
		put_record(c, type, data + at, size - at < most ? size - at : most);
}

/* body is taken. */
static void put_message(struct connection *c, unsigned int type, struct hostile_buf *body)
{
	struct hostile_buf message = { 0 };

	hostile_put_number(&message, type, 1);
	hostile_put_number(&message, (uint32_t)body->size, 3);
	hostile_put(&message, body->data, body->size);
	hostile_put(&c->transcript, message.data, message.size);
	put_stream(c, HANDSHAKE, message.data, message.size);
	hostile_buf_free(&message);
	hostile_buf_free(body);
}

static int receive_all(struct connection *c, unsigned char *to, size_t size)
{
	while (size) {
		ssize_t n = recv(c->fd, to, size, 0);

		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
			c->gone = true;
		if (is_over(c))
			return -1;
		if (n > 0) {
			to += n;
			size -= (size_t)n;
		}
	}
	return 0;
}

static int unseal(struct connection *c, const unsigned char header[5], unsigned char *data, size_t *size,
		  unsigned char *type)
{
	EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
	unsigned char nonce[IV];
	int n, r = -1;

	make_nonce(&c->receive, nonce);
	c->receive.sequence++;
	if (cipher && *size > TAG && EVP_DecryptInit_ex(cipher, EVP_aes_128_gcm(), NULL, c->receive.key, nonce) == 1 &&
	    EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, TAG, data + *size - TAG) == 1 &&
	    EVP_DecryptUpdate(cipher, NULL, &n, header, 5) == 1 &&
	    EVP_DecryptUpdate(cipher, data, &n, data, (int)(*size - TAG)) == 1 &&
	    EVP_DecryptFinal_ex(cipher, data + n, &n) == 1)
		r = 0;
	EVP_CIPHER_CTX_free(cipher);
	*size -= *size > TAG ? TAG : 0;
	while (!r && *size && !data[*size - 1])
		--*size;
	if (!r && *size)
		*type = data[--*size];
	return r;
}

/* Appends the next bytes of the handshake to c->in. */
static int receive_record(struct connection *c)
{
	unsigned char header[5], data[RECORD_MAX + 256], type;
	size_t size;

	if (receive_all(c, header, sizeof(header)))
		return -1;
	size = (size_t)header[3] << 8 | header[4];
	if (size > sizeof(data) || receive_all(c, data, size))
		return -1;
	type = header[0];
	if (type == CHANGE_CIPHER_SPEC)
		return 0;
	if (c->receive.on && unseal(c, header, data, &size, &type))
		return -1;
	if (type != HANDSHAKE)
		return -1;
	hostile_put(&c->in, data, size);
	return 0;
}

/* The next message goes to *body, and into the transcript. */
static int get_message(struct connection *c, unsigned char *type, struct hostile_buf *body)
{
	size_t size;

	hostile_buf_free(body);
	while (c->in.size < 4 ||
	       c->in.size < (size = ((size_t)c->in.data[1] << 16 | c->in.data[2] << 8 | c->in.data[3])) + 4)
		if (receive_record(c))
			return -1;
	*type = c->in.data[0];
	hostile_put(body, c->in.data + 4, size);
	hostile_put(&c->transcript, c->in.data, size + 4);
	memmove(c->in.data, c->in.data + size + 4, c->in.size - size - 4);
	c->in.size -= size + 4;
	return 0;
}

/* ---- what both do --------------------------------------------------------- */

static size_t open_extension(struct hostile_buf *body, unsigned int type)
{
	hostile_put_number(body, type, 2);
	return hostile_open(body, 2);
}

static void put_extension(struct hostile_buf *body, unsigned int type, const struct hostile_buf *value)
{
	size_t mark = open_extension(body, type);

	hostile_put(body, value->data, value->size);
	hostile_close(body, mark, 2);
}

/* From a number on that nobody uses, each another. */
static void put_unknown_extensions(struct hostile_buf *body, unsigned int count, bool same)
{
	for (unsigned int i = 0; i < count; i++) {
		hostile_put_number(body, 0x4000 + (same ? 0 : i), 2);
		hostile_put_number(body, 0, 2);
	}
}

static void put_alpn(struct hostile_buf *body, unsigned int others)
{
	size_t mark = open_extension(body, EXT_ALPN), list = hostile_open(body, 2);

	hostile_repeat(body, "\x01x", 2, others);
	hostile_put(body, "\x06sunrpc", 7);
	hostile_close(body, list, 2);
	hostile_close(body, mark, 2);
}

/* count entries of 16 bits, of which none is of use, and then the usual ones. */
static void put_list(struct hostile_buf *body, unsigned int type, unsigned int count, const char *usual, size_t size)
{
	size_t mark = open_extension(body, type), list = hostile_open(body, 2);

	for (unsigned int i = 0; i < count; i++)
		hostile_put_number(body, 0x7000 + i % 0x1000, 2);
	hostile_put(body, usual, size);
	hostile_close(body, list, 2);
	hostile_close(body, mark, 2);
}

#define SIGNATURES "\x04\x03\x08\x04\x08\x05\x08\x06\x05\x03\x06\x03\x08\x07\x08\x09"

static void put_entry(struct hostile_buf *body, const struct hostile_certificate *what, const struct connection *c,
		      const char *subject, const char *issuer, unsigned int extension_size)
{
	size_t mark = hostile_open(body, 3), extensions;

	hostile_put_certificate(body, what, c->identity, subject, issuer);
	hostile_close(body, mark, 3);
	extensions = hostile_open(body, 2);
	if (extension_size) {
		size_t staple = open_extension(body, EXT_STATUS_REQUEST), response;

		hostile_put_number(body, 1, 1);
		response = hostile_open(body, 3);
		hostile_put_random(body, extension_size);
		hostile_close(body, response, 3);
		hostile_close(body, staple, 2);
	}
	hostile_close(body, extensions, 2);
}

static void name_of(const struct hostile_attack *attack, unsigned int number, char name[32])
{
	if (attack->of_authority && number) {
		snprintf(name, 32, "%s", HOSTILE_AUTHORITY);
		return;
	}
	if (attack->chain_loop)
		number %= 2;
	snprintf(name, 32, attack->chain_same_name ? "hostile" : "hostile %u", number);
}

static void put_chain(struct hostile_buf *body, const struct connection *c)
{
	const struct hostile_attack *attack = c->attack;
	char subject[32], issuer[32];

	name_of(attack, 0, subject);
	for (unsigned int i = 0; i <= attack->chain && body->size < 1u << 23; i++) {
		name_of(attack, i + 1, issuer);
		put_entry(body, i ? &attack->above : &attack->leaf, c, subject, issuer, attack->leaf_extension_size);
		memcpy(subject, issuer, sizeof(subject));
	}
}

static void send_certificate(struct connection *c)
{
	struct hostile_buf body = { 0 };
	size_t mark;

	hostile_put_number(&body, c->attack->certificate_context, 1);
	hostile_put_random(&body, c->attack->certificate_context);
	mark = hostile_open(&body, 3);
	if (!c->attack->no_certificate)
		put_chain(&body, c);
	hostile_close(&body, mark, 3);
	put_message(c, c->attack->compressed ? COMPRESSED_CERTIFICATE : CERTIFICATE, &body);
}

static void put_real_signature(struct connection *c, struct hostile_buf *body)
{
	static const char client[] = "TLS 1.3, client CertificateVerify",
			  server[] = "TLS 1.3, server CertificateVerify";
	unsigned char signature[128], hash[HASH];
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	struct hostile_buf signed_text = { 0 };
	size_t size = sizeof(signature);

	hostile_repeat(&signed_text, " ", 1, 64);
	hostile_put(&signed_text, c->server ? server : client, sizeof(client)); /* with the zero */
	transcript_hash(c, hash);
	hostile_put(&signed_text, hash, HASH);
	if (EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, c->identity) <= 0 ||
	    EVP_DigestSign(context, signature, &size, signed_text.data, signed_text.size) <= 0)
		abort();
	hostile_put(body, signature, size);
	EVP_MD_CTX_free(context);
	hostile_buf_free(&signed_text);
}

static bool is_rsa(enum hostile_key key)
{
	return key == HOSTILE_KEY_RSA || key == HOSTILE_KEY_RSA_PSS || key == HOSTILE_KEY_RSA_EVEN;
}

/* A signature as long as the key, and a little smaller than it, is worth looking at. */
static void send_verify(struct connection *c)
{
	const struct hostile_certificate *leaf = &c->attack->leaf;
	struct hostile_buf body = { 0 };
	size_t mark;

	hostile_put_number(&body,
			   leaf->key == HOSTILE_KEY_RSA_PSS ? 0x0809u :
			   is_rsa(leaf->key)		    ? RSA_PSS :
							      ECDSA_P256,
			   2);
	mark = hostile_open(&body, 2);
	if (c->attack->verify_size) {
		hostile_put_random(&body, c->attack->verify_size);
	} else if (is_rsa(leaf->key)) {
		hostile_put_number(&body, 0, 1);
		hostile_put_random(&body, (leaf->bits ? leaf->bits : 2048) / 8 - 1);
	} else {
		put_real_signature(c, &body);
	}
	hostile_close(&body, mark, 2);
	put_message(c, CERTIFICATE_VERIFY, &body);
}

static void send_finished(struct connection *c)
{
	struct hostile_buf body = { 0 };
	unsigned char key[HASH], hash[HASH], sum[HASH];

	expand_label(c->send.secret, "finished", NULL, 0, key, HASH);
	transcript_hash(c, hash);
	hmac(key, HASH, hash, HASH, sum);
	hostile_put(&body, sum, HASH);
	put_message(c, FINISHED, &body);
}

/* For as long as the other side takes it. */
static void flood(struct connection *c, const char *kind)
{
	static const unsigned char zeros[RECORD_MAX];
	unsigned char noise[1024];

	for (unsigned long i = 0; !is_over(c); i++) {
		if (!strcmp(kind, "empty")) {
			put_record(c, HANDSHAKE, zeros, 0);
		} else if (!strcmp(kind, "change-cipher-spec")) {
			put_plain_record(c, CHANGE_CIPHER_SPEC, (const unsigned char *)"\x01", 1);
		} else if (!strcmp(kind, "alert")) {
			put_record(c, ALERT, (const unsigned char *)"\x01\x5a", 2);
		} else if (!strcmp(kind, "heartbeat")) {
			put_record(c, HEARTBEAT, (const unsigned char *)"\x01\x00\x01x", 4);
		} else if (!strcmp(kind, "application")) {
			put_record(c, APPLICATION_DATA, zeros, sizeof(zeros));
		} else if (!strcmp(kind, "early")) { /* sealed with a key that nobody has */
			put_plain_record(c, APPLICATION_DATA, zeros, i % 2 ? 18 : sizeof(zeros));
		} else {
			RAND_bytes(noise, sizeof(noise));
			hostile_put(&c->out, noise, sizeof(noise));
		}
		if (c->out.size > 65536)
			flush(c);
	}
}

static void send_late(struct connection *c, const char *kind)
{
	static const struct {
		const char *kind;
		unsigned int type, size;
	} kinds[] = {
		{ "key-update", KEY_UPDATE, 1 },	{ "ticket", NEW_SESSION_TICKET, 64 },
		{ "hello", CLIENT_HELLO, 512 },		{ "hello-request", HELLO_REQUEST, 0 },
		{ "request", CERTIFICATE_REQUEST, 64 }, { "unknown", 99, 64 },
	};
	const unsigned char zeros[1024] = { 0 };

	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
		while (!strcmp(kinds[k].kind, kind) && !is_over(c)) {
			struct hostile_buf body = { 0 };

			hostile_put(&body, zeros, kinds[k].size);
			put_message(c, kinds[k].type, &body);
			c->transcript.size = 0; /* nobody will ask for it */
			flush(c);
		}
}

/* A message that never ends. */
static void send_claim(struct connection *c, unsigned int type)
{
	static const unsigned char zeros[RECORD_MAX];
	unsigned char header[4] = { (unsigned char)type, (unsigned char)(c->attack->claim >> 16),
				    (unsigned char)(c->attack->claim >> 8), (unsigned char)c->attack->claim };

	put_record(c, HANDSHAKE, header, sizeof(header));
	for (uint32_t sent = 0; sent < c->attack->claim && !is_over(c); sent += sizeof(zeros))
		put_stream(c, HANDSHAKE, zeros, sizeof(zeros));
	flush(c);
}

static void send_identity(struct connection *c)
{
	if (c->attack->late) {
		send_late(c, c->attack->late);
		return;
	}
	if (c->attack->claim) {
		send_claim(c, CERTIFICATE);
		return;
	}
	send_certificate(c);
	if (!c->attack->no_certificate)
		send_verify(c);
	send_finished(c);
	flush(c);
}

/* ---- as a client ---------------------------------------------------------- */

static void put_names(struct hostile_buf *body, unsigned int count)
{
	size_t mark = open_extension(body, EXT_SERVER_NAME), list = hostile_open(body, 2);

	hostile_repeat(body, "\x00\x00\x01x", 4, count);
	hostile_close(body, list, 2);
	hostile_close(body, mark, 2);
}

static void put_shares(struct hostile_buf *body, const struct connection *c, bool second)
{
	const struct hostile_attack *attack = c->attack;
	size_t mark = open_extension(body, EXT_KEY_SHARE), list = hostile_open(body, 2);

	for (unsigned int i = 0; i < attack->hello_shares; i++) {
		if (attack->hello_same_share) {
			put_share(body, c);
		} else {
			hostile_put_number(body, 0x7000 + i, 2);
			hostile_put(body, "\x00\x01x", 3);
		}
	}
	if (!attack->hello_retry || second)
		put_share(body, c);
	hostile_close(body, list, 2);
	hostile_close(body, mark, 2);
}

/* It has to be the last; nobody knows the identities, so the binders are never looked at. */
static void put_identities(struct hostile_buf *body, unsigned int count)
{
	static const char modes[] = "\x02\x01\x00";
	struct hostile_buf value = { 0 };
	size_t mark, list;

	hostile_put(&value, modes, 3);
	put_extension(body, EXT_PSK_MODES, &value);
	hostile_buf_free(&value);
	mark = open_extension(body, EXT_PRE_SHARED_KEY);
	list = hostile_open(body, 2);
	hostile_repeat(body, "\x00\x01x\x00\x00\x00\x00", 7, count);
	hostile_close(body, list, 2);
	list = hostile_open(body, 2);
	for (unsigned int i = 0; i < count; i++) {
		hostile_put_number(body, HASH, 1);
		hostile_put_random(body, HASH);
	}
	hostile_close(body, list, 2);
	hostile_close(body, mark, 2);
}

static void put_hello_extensions(struct hostile_buf *body, const struct connection *c, bool second)
{
	const struct hostile_attack *attack = c->attack;
	size_t mark;

	put_unknown_extensions(body, attack->hello_extensions, attack->hello_same_extension);
	if (attack->hello_names)
		put_names(body, attack->hello_names);
	mark = open_extension(body, EXT_VERSIONS);
	hostile_put_number(body, attack->hello_versions * 2 + 2, 1);
	hostile_repeat(body, "\x7f\x1c", 2, attack->hello_versions);
	hostile_put(body, "\x03\x04", 2);
	hostile_close(body, mark, 2);
	put_list(body, EXT_GROUPS, attack->hello_groups, "\x00\x1d", 2);
	put_list(body, EXT_SIGNATURES, attack->hello_signatures, SIGNATURES, sizeof(SIGNATURES) - 1);
	put_alpn(body, attack->hello_protocols);
	put_shares(body, c, second);
	if (attack->hello_padding) {
		mark = open_extension(body, EXT_PADDING);
		hostile_repeat(body, "", 1, attack->hello_padding);
		hostile_close(body, mark, 2);
	}
	if (attack->hello_early_data) {
		mark = open_extension(body, EXT_EARLY_DATA);
		hostile_close(body, mark, 2);
	}
	if (attack->hello_identities || attack->hello_early_data)
		put_identities(body, attack->hello_identities ? attack->hello_identities : 1);
}

static void send_hello(struct connection *c, bool second)
{
	struct hostile_buf body = { 0 };
	size_t mark;

	hostile_put_number(&body, 0x0303, 2);
	hostile_repeat(&body, "r", 1, 32);
	mark = hostile_open(&body, 1);
	hostile_repeat(&body, "s", 1, 32);
	hostile_close(&body, mark, 1);
	mark = hostile_open(&body, 2);
	for (unsigned int i = 0; i < c->attack->hello_ciphers; i++)
		hostile_put_number(&body, 0x7000 + i % 0x1000, 2);
	hostile_put(&body, "\x13\x01", 2);
	hostile_close(&body, mark, 2);
	hostile_put(&body, "\x01\x00", 2);
	mark = hostile_open(&body, 2);
	put_hello_extensions(&body, c, second);
	hostile_close(&body, mark, 2);
	put_message(c, CLIENT_HELLO, &body);
	flush(c);
}

/* RFC 8446 section 4.4.1: the first hello is replaced by its hash. */
static void fold_transcript(struct connection *c, size_t hello_size)
{
	struct hostile_buf folded = { 0 };
	unsigned char hash[HASH];
	unsigned int size = HASH;

	EVP_Digest(c->transcript.data, hello_size, hash, &size, EVP_sha256(), NULL);
	hostile_put_number(&folded, MESSAGE_HASH, 1);
	hostile_put_number(&folded, HASH, 3);
	hostile_put(&folded, hash, HASH);
	hostile_put(&folded, c->transcript.data + hello_size, c->transcript.size - hello_size);
	hostile_buf_free(&c->transcript);
	c->transcript = folded;
}

/* The value of an extension in a list that begins at from; NULL without it. */
static const unsigned char *find_extension(const struct hostile_buf *body, size_t from, unsigned int wanted,
					   size_t *size)
{
	for (size_t at = from + 2; at + 4 <= body->size;) {
		unsigned int type = (unsigned int)body->data[at] << 8 | body->data[at + 1];

		*size = (size_t)body->data[at + 2] << 8 | body->data[at + 3];
		at += 4;
		if (at + *size > body->size)
			return NULL;
		if (type == wanted)
			return body->data + at;
		at += *size;
	}
	return NULL;
}

static int read_server_hello(struct connection *c, const struct hostile_buf *body)
{
	const unsigned char *share;
	size_t from = 2 + 32, size;

	if (body->size <= from)
		return -1;
	from += 1 + (size_t)body->data[from] + 3;
	share = from < body->size ? find_extension(body, from, EXT_KEY_SHARE, &size) : NULL;
	return share && size == 36 ? agree(c, share + 4) : -1;
}

static int run_client(struct connection *c)
{
	struct hostile_buf body = { 0 };
	unsigned char type = 0;
	size_t first;
	int r;

	if (c->attack->claim_hello) {
		send_claim(c, CLIENT_HELLO);
		return 0;
	}
	send_hello(c, false);
	first = c->transcript.size;
	if (c->attack->flood) {
		flood(c, c->attack->flood);
		return 0;
	}
	r = get_message(c, &type, &body);
	if (!r && c->attack->hello_retry) {
		fold_transcript(c, first);
		send_hello(c, true);
		r = get_message(c, &type, &body);
	}
	if (!r)
		r = type == SERVER_HELLO ? read_server_hello(c, &body) : -1;
	while (!r && type != FINISHED)
		r = get_message(c, &type, &body);
	if (!r)
		send_identity(c);
	hostile_buf_free(&body);
	return r;
}

/* ---- as a server ---------------------------------------------------------- */

/* A list of key shares: the one of X25519. */
static const unsigned char *find_share(const unsigned char *list, size_t size)
{
	for (size_t at = 2; list && at + 4 <= size;) {
		unsigned int group = (unsigned int)list[at] << 8 | list[at + 1];
		size_t length = (size_t)list[at + 2] << 8 | list[at + 3];

		if (group == X25519 && length == 32 && at + 36 <= size)
			return list + at + 4;
		at += 4 + length;
	}
	return NULL;
}

static void put_server_hello(struct hostile_buf *body, const struct connection *c)
{
	size_t mark;

	hostile_put_number(body, 0x0303, 2);
	hostile_put_random(body, 32);
	mark = hostile_open(body, 1);
	hostile_put(body, c->session_id, c->session_id_size);
	hostile_close(body, mark, 1);
	hostile_put(body, "\x13\x01\x00", 3);
}

static void send_server_hello(struct connection *c)
{
	struct hostile_buf body = { 0 };
	size_t all, mark;

	put_server_hello(&body, c);
	all = hostile_open(&body, 2);
	mark = open_extension(&body, EXT_VERSIONS);
	hostile_put(&body, "\x03\x04", 2);
	hostile_close(&body, mark, 2);
	mark = open_extension(&body, EXT_KEY_SHARE);
	put_share(&body, c);
	hostile_close(&body, mark, 2);
	hostile_close(&body, all, 2);
	put_message(c, SERVER_HELLO, &body);
}

static void send_encrypted_extensions(struct connection *c)
{
	struct hostile_buf body = { 0 };
	size_t all = hostile_open(&body, 2);

	put_alpn(&body, 0);
	put_unknown_extensions(&body, c->attack->encrypted_extensions, false);
	if (c->attack->encrypted_padding) {
		size_t mark = open_extension(&body, EXT_PADDING);

		hostile_repeat(&body, "", 1, c->attack->encrypted_padding);
		hostile_close(&body, mark, 2);
	}
	hostile_close(&body, all, 2);
	put_message(c, ENCRYPTED_EXTENSIONS, &body);
}

static void put_authorities(struct hostile_buf *body, unsigned int count)
{
	size_t mark = open_extension(body, EXT_AUTHORITIES), list = hostile_open(body, 2);

	for (unsigned int i = 0; i < count; i++) {
		char name[12];

		snprintf(name, sizeof(name), "%06u", i % 1000000);
		hostile_put(body, "\x00\x13\x30\x11\x31\x0f\x30\x0d\x06\x03\x55\x04\x03\x0c\x06", 15);
		hostile_put(body, name, 6);
	}
	hostile_close(body, list, 2);
	hostile_close(body, mark, 2);
}

static void send_request(struct connection *c)
{
	const struct hostile_attack *attack = c->attack;
	struct hostile_buf body = { 0 };
	size_t all;

	hostile_put_number(&body, 0, 1);
	all = hostile_open(&body, 2);
	put_list(&body, EXT_SIGNATURES, attack->request_signatures, SIGNATURES, sizeof(SIGNATURES) - 1);
	if (attack->request_authorities)
		put_authorities(&body, attack->request_authorities);
	put_unknown_extensions(&body, attack->request_extensions, false);
	hostile_close(&body, all, 2);
	put_message(c, CERTIFICATE_REQUEST, &body);
}

static void send_retry(struct connection *c)
{
	static const unsigned char random[32] = {
		0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
		0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
	};
	struct hostile_buf body = { 0 };
	size_t all, mark, cookie;

	put_server_hello(&body, c);
	memcpy(body.data + 2, random, sizeof(random));
	all = hostile_open(&body, 2);
	mark = open_extension(&body, EXT_VERSIONS);
	hostile_put(&body, "\x03\x04", 2);
	hostile_close(&body, mark, 2);
	mark = open_extension(&body, EXT_COOKIE);
	cookie = hostile_open(&body, 2);
	hostile_put_random(&body, c->attack->retry_cookie);
	hostile_close(&body, cookie, 2);
	hostile_close(&body, mark, 2);
	hostile_close(&body, all, 2);
	put_message(c, SERVER_HELLO, &body);
	flush(c);
}

static int read_client_hello(struct connection *c, const struct hostile_buf *body, const unsigned char **share)
{
	size_t from = 2 + 32, size;
	const unsigned char *list;

	if (body->size <= from || body->data[from] > sizeof(c->session_id))
		return -1;
	c->session_id_size = body->data[from];
	memcpy(c->session_id, body->data + from + 1, c->session_id_size);
	from += 1 + c->session_id_size;
	from += 2 + ((size_t)body->data[from] << 8 | body->data[from + 1]);
	from += 1 + (size_t)body->data[from];
	list = find_extension(body, from, EXT_KEY_SHARE, &size);
	*share = find_share(list, list ? size : 0);
	return *share ? 0 : -1;
}

static int run_server(struct connection *c)
{
	const struct hostile_attack *attack = c->attack;
	struct hostile_buf body = { 0 };
	const unsigned char *share;
	unsigned char type;
	int r;

	do {
		r = get_message(c, &type, &body);
		if (!r)
			r = read_client_hello(c, &body, &share);
		if (!r && attack->retry_cookie)
			send_retry(c);
	} while (!r && attack->retry_cookie);
	if (!r)
		send_server_hello(c);
	if (!r)
		r = agree(c, share);
	hostile_buf_free(&body);
	if (r)
		return r;
	if (attack->flood) {
		flush(c);
		flood(c, attack->flood);
		return 0;
	}
	send_encrypted_extensions(c);
	send_request(c);
	send_identity(c);
	return 0;
}

struct evp_pkey_st *hostile_key(void)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");

	if (!key)
		abort();
	return key;
}

void hostile_key_free(struct evp_pkey_st *key)
{
	EVP_PKEY_free(key);
}

/* ---- one attack ----------------------------------------------------------- */

const struct hostile_attack *hostile_find(const char *name)
{
	for (size_t i = 0; i < hostile_attack_count; i++)
		if (!strcmp(hostile_attacks[i].name, name))
			return &hostile_attacks[i];
	return NULL;
}

static void wait_for_the_end(struct connection *c)
{
	unsigned char bytes[4096];

	while (!is_over(c)) {
		ssize_t n = recv(c->fd, bytes, sizeof(bytes), 0);

		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
			c->gone = true;
	}
}

int hostile_run(const struct hostile_attack *attack, unsigned int role, int fd, int limit_ms)
{
	struct timeval limit = { .tv_usec = 50000 };
	struct connection c = {
		.attack = attack,
		.server = role == HOSTILE_AS_SERVER,
		.fd = fd,
		.end = now() + limit_ms / 1000.0,
		.share = EVP_PKEY_Q_keygen(NULL, NULL, "X25519"),
		.identity = hostile_key(),
	};

	if (!c.share)
		abort();
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (c.server)
		(void)run_server(&c);
	else
		(void)run_client(&c);
	flush(&c);
	wait_for_the_end(&c);
	EVP_PKEY_free(c.share);
	EVP_PKEY_free(c.identity);
	hostile_buf_free(&c.transcript);
	hostile_buf_free(&c.out);
	hostile_buf_free(&c.in);
	return c.gone ? 0 : -1;
}
