/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a signer signs, and what it refuses: as a function, and as a process at the other end of a socket, asked as a
 * worker would that somebody has taken over; and whole handshakes with it.
 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "utils/tlshd/certificate_verify.h"
#include "utils/tlshd/keyholder.h"
#include "utils/tlshd/session.h"
#include "utils/tlshd/signer.h"

/* ---- a set of certificates ---------------------------------------------------- */

/* One for each kind of key that TLS 1.3 signs with. */
static const struct kind {
	const char *name;
	gnutls_pk_algorithm_t kind;
	unsigned int bits;		       /* or curve */
	gnutls_sign_algorithm_t scheme, other; /* one that it signs with, and one of another kind */
} kinds[] = {
	{ "p256", GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), GNUTLS_SIGN_ECDSA_SECP256R1_SHA256,
	  GNUTLS_SIGN_ECDSA_SECP384R1_SHA384 },
	{ "p384", GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP384R1), GNUTLS_SIGN_ECDSA_SECP384R1_SHA384,
	  GNUTLS_SIGN_ECDSA_SECP256R1_SHA256 },
	{ "p521", GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP521R1), GNUTLS_SIGN_ECDSA_SECP521R1_SHA512,
	  GNUTLS_SIGN_ECDSA_SHA512 },
	{ "ed25519", GNUTLS_PK_EDDSA_ED25519, 0, GNUTLS_SIGN_EDDSA_ED25519, GNUTLS_SIGN_EDDSA_ED448 },
	{ "ed448", GNUTLS_PK_EDDSA_ED448, 0, GNUTLS_SIGN_EDDSA_ED448, GNUTLS_SIGN_EDDSA_ED25519 },
	{ "rsa", GNUTLS_PK_RSA, 2048, GNUTLS_SIGN_RSA_PSS_RSAE_SHA384, GNUTLS_SIGN_RSA_SHA256 },
	{ "rsa-pss", GNUTLS_PK_RSA_PSS, 2048, GNUTLS_SIGN_RSA_PSS_SHA256, GNUTLS_SIGN_RSA_PSS_RSAE_SHA256 },
};

#define KIND_COUNT ARRAY_SIZE(kinds)

/* Two for sections of a name and an address, and one that no role's policy names. */
static const char policy_text[] = "[server]\ncertificate=p256\n"
				  "[server \"ed25519.example.com\"]\ncertificate=ed25519\n"
				  "[server \"rsa.example.com\"]\ncertificate=rsa\n"
				  "[server \"192.0.2.9\"]\ncertificate=p384\n"
				  "[client]\ncertificate=rsa-pss\n"
				  "[client \"p521.example.com\"]\ncertificate=p521\n"
				  "[client \"ed448.example.com\"]\ncertificate=ed448\n";

enum { P256, P384, P521, ED25519, ED448, RSA, RSA_PSS };

static struct set {
	struct credentials *credentials;
	gnutls_privkey_t key[KIND_COUNT];
	char folder[64];
} set;

/* For any name of the tests. */
static gnutls_x509_crt_t self_sign(gnutls_privkey_t key)
{
	static const char names[] = "*.example.com";
	static const unsigned char serial[] = { 1 };
	time_t now = time(NULL);
	gnutls_pubkey_t public_key;
	gnutls_x509_crt_t cert;
	int r;

	assert_int_equal(gnutls_pubkey_init(&public_key), 0);
	assert_int_equal(gnutls_pubkey_import_privkey(public_key, key, 0, 0), 0);
	assert_int_equal(gnutls_x509_crt_init(&cert), 0);
	assert_int_equal(gnutls_x509_crt_set_pubkey(cert, public_key), 0);
	r = gnutls_x509_crt_set_version(cert, 3);
	r |= gnutls_x509_crt_set_serial(cert, serial, sizeof(serial));
	r |= gnutls_x509_crt_set_activation_time(cert, now - 60);
	r |= gnutls_x509_crt_set_expiration_time(cert, now + 3600);
	r |= gnutls_x509_crt_set_dn(cert, "CN=test", NULL);
	r |= gnutls_x509_crt_set_subject_alt_name(cert, GNUTLS_SAN_DNSNAME, names, sizeof(names) - 1, 0);
	assert_int_equal(r, 0);
	assert_int_equal(gnutls_x509_crt_privkey_sign(cert, cert, key, GNUTLS_DIG_UNKNOWN, 0), 0);
	gnutls_pubkey_deinit(public_key);
	return cert;
}

static void write_key(const char *path, gnutls_privkey_t key)
{
	AUTO_BYTES pem = { 0 };

	assert_int_equal(x509_key_to_pem(key, &pem, NULL), 0);
	assert_int_equal(file_replace(path, pem.data, pem.size, 0600, NULL), 0);
}

static void make_certificate(size_t i)
{
	struct certificate *certificate = &set.credentials->certificate[i];

	assert_int_equal(gnutls_privkey_init(&set.key[i]), 0);
	assert_int_equal(gnutls_privkey_generate(set.key[i], kinds[i].kind, kinds[i].bits, 0), 0);
	certificate->name = kinds[i].name;
	certificate->number = (uint32_t)i;
	certificate->exists = true;
	certificate->own.place = OWNCERT_IN_FILES;
	assert_true(asprintf(&certificate->own.path, "%s/%s.pem", set.folder, kinds[i].name) > 0);
	assert_true(asprintf(&certificate->own.key_path, "%s/%s.key", set.folder, kinds[i].name) > 0);
	certificate->own.chain.cert[0] = self_sign(set.key[i]);
	certificate->own.chain.count = 1;
	write_key(certificate->own.key_path, set.key[i]);
}

static struct certificate *certificate_of(const char *name)
{
	for (size_t i = 0; i < KIND_COUNT; i++)
		if (!strcmp(kinds[i].name, name))
			return &set.credentials->certificate[i];
	return NULL; /* "host", which nothing names */
}

static void make_role(enum role role, enum policy_role in_policy)
{
	struct role_credentials *to = &set.credentials->role[role];

	to->certificate_count = policy_certificate_count(set.credentials->policy, in_policy);
	to->certificate = calloc(to->certificate_count, sizeof(struct certificate *));
	assert_non_null(to->certificate);
	for (size_t i = 0; i < to->certificate_count; i++)
		to->certificate[i] = certificate_of(policy_certificate(set.credentials->policy, in_policy, i)->value);
}

/* All certificates are trusted, each being its own authority. */
static void make_trust(enum role role)
{
	struct role_credentials *to = &set.credentials->role[role];
	AUTO_STRBUF pem = { 0 };
	struct bytes bundle;

	for (size_t i = 0; i < KIND_COUNT; i++)
		assert_int_equal(x509_cert_to_pem(set.credentials->certificate[i].own.chain.cert[0], &pem, NULL), 0);
	bundle = (struct bytes){ (unsigned char *)pem.text, pem.size };
	to->store = calloc(1, sizeof(*to->store));
	assert_non_null(to->store);
	to->store_count = 1;
	assert_int_equal(x509_trust_new("test", &bundle, "", NULL, &to->store->trust, NULL), 0);
}

static int make_set(void **state)
{
	AUTO_CONF *conf = conf_new();
	struct error e;

	(void)state;
	snprintf(set.folder, sizeof(set.folder), "/tmp/test_signer.XXXXXX");
	assert_non_null(mkdtemp(set.folder));
	set.credentials = calloc(1, sizeof(*set.credentials));
	assert_int_equal(conf_parse(conf, "test", policy_text, strlen(policy_text), &e), 0);
	assert_int_equal(policy_from_conf(conf, &set.credentials->policy, &e), 0);
	set.credentials->certificate = calloc(KIND_COUNT, sizeof(struct certificate));
	set.credentials->certificate_count = KIND_COUNT;
	for (size_t i = 0; i < KIND_COUNT; i++)
		make_certificate(i);
	make_role(ROLE_SERVER, POLICY_SERVER);
	make_role(ROLE_CLIENT, POLICY_CLIENT);
	make_trust(ROLE_SERVER);
	make_trust(ROLE_CLIENT);
	assert_int_equal(gnutls_priority_init(&set.credentials->priority, "NORMAL:-VERS-ALL:+VERS-TLS1.3", NULL), 0);
	return 0;
}

static int free_set(void **state)
{
	(void)state;
	for (size_t i = 0; i < KIND_COUNT; i++) {
		assert_int_equal(unlink(set.credentials->certificate[i].own.key_path), 0);
		gnutls_privkey_deinit(set.key[i]);
	}
	assert_int_equal(rmdir(set.folder), 0);
	credentials_free(set.credentials);
	return 0;
}

/* ---- requests ------------------------------------------------------------------ */

static struct grant granted(enum role role, const char *reference)
{
	struct grant grant = {
		.news = SIGNER_GRANT,
		.slot = 7,
		.id = 4711,
		.ends_ms = clock_ms() + 60000,
		.role = role,
	};

	text_copy(grant.reference, sizeof(grant.reference), reference);
	assert_true(address_parse("192.0.2.1", &grant.end));
	return grant;
}

/* One that is as it should be. */
static struct key_request wanted(size_t certificate, const char *asked_name)
{
	struct key_request request = {
		.operation = KEY_SIGN,
		.slot = 7,
		.id = 4711,
		.certificate = (uint32_t)certificate,
		.algorithm = kinds[certificate].scheme,
		.hash_size = 32,
	};

	memset(request.hash, 0xa5, sizeof(request.hash));
	text_copy(request.asked_name, sizeof(request.asked_name), asked_name);
	return request;
}

static bool signature_is_of(size_t certificate, enum role role, const struct key_request *request,
			    const struct key_reply *reply)
{
	unsigned char content[CERTIFICATE_VERIFY_MAX];
	gnutls_datum_t data = { content, (unsigned int)certificate_verify_content(role, request->hash,
										  request->hash_size, content) };
	gnutls_datum_t signature = { (unsigned char *)(uintptr_t)reply->data, reply->size };
	gnutls_pubkey_t public_key;
	bool is;

	assert_int_equal(gnutls_pubkey_init(&public_key), 0);
	assert_int_equal(gnutls_pubkey_import_privkey(public_key, set.key[certificate], 0, 0), 0);
	is = gnutls_pubkey_verify_data2(public_key, request->algorithm, 0, &data, &signature) >= 0;
	gnutls_pubkey_deinit(public_key);
	return is;
}

static int ask(struct signer *signer, const struct key_request *request, struct key_reply *reply, struct error *e)
{
	return signer_answer(signer, request, sizeof(*request), clock_ms(), reply, e);
}

/* ---- as a function ----------------------------------------------------------------- */

static void test_content(void **state)
{
	/* The example of RFC 8446 section 4.4.3: 32 bytes of 01. */
	static const char server[] = "                                                                "
				     "TLS 1.3, server CertificateVerify\0"
				     "\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1";
	unsigned char hash[TRANSCRIPT_HASH_MAX], content[CERTIFICATE_VERIFY_MAX];

	(void)state;
	memset(hash, 1, sizeof(hash));
	assert_int_equal(certificate_verify_content(ROLE_SERVER, hash, 32, content), sizeof(server) - 1);
	assert_memory_equal(content, server, sizeof(server) - 1);
	assert_int_equal(certificate_verify_content(ROLE_CLIENT, hash, 48, content), 64 + 33 + 1 + 48);
	assert_memory_equal(content + 64, "TLS 1.3, client CertificateVerify", 34);
}

/* Each kind of key, for the side and the name, or address, that its section is for. */
static void test_granted(void **state)
{
	static const struct {
		size_t certificate;
		enum role role;
		const char *name, *end;
	} rows[] = {
		{ P256, ROLE_SERVER, "", "192.0.2.1" },
		{ P256, ROLE_SERVER, "other.example.com", "192.0.2.1" },
		{ ED25519, ROLE_SERVER, "ed25519.example.com", "192.0.2.1" },
		{ RSA, ROLE_SERVER, "rsa.example.com", "192.0.2.1" },
		{ P384, ROLE_SERVER, "", "192.0.2.9" },
		{ RSA_PSS, ROLE_CLIENT, "server.example.com", "192.0.2.1" },
		{ P521, ROLE_CLIENT, "p521.example.com", "192.0.2.1" },
		{ ED448, ROLE_CLIENT, "ed448.example.com", "192.0.2.1" },
	};
	static struct key_reply reply;
	struct signer *signer = signer_new(set.credentials, set.key);
	struct error e;

	(void)state;
	assert_non_null(signer);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		bool server = rows[i].role == ROLE_SERVER;
		struct grant grant = granted(rows[i].role, server ? "" : rows[i].name);
		struct key_request request = wanted(rows[i].certificate, server ? rows[i].name : "");

		assert_true(address_parse(rows[i].end, &grant.end));
		request.hash_size = i % 2 ? 48 : 32;
		assert_int_equal(signer_take(signer, &grant, sizeof(grant)), 0);
		if (ask(signer, &request, &reply, &e))
			fail_msg("row %zu: %s", i, e.text);
		assert_int_equal(reply.status, 0);
		assert_true(signature_is_of(rows[i].certificate, rows[i].role, &request, &reply));
		/* It is of no use for the other side. */
		assert_false(
			signature_is_of(rows[i].certificate, server ? ROLE_CLIENT : ROLE_SERVER, &request, &reply));
		/* One for each handshake. */
		assert_int_equal(ask(signer, &request, &reply, &e), -EPERM);
		assert_non_null(strstr(e.text, "signed already"));
	}
	signer_free(signer);
}

typedef void spoil(struct grant *grant, struct key_request *request);

#define SPOIL(name, ...)                                                   \
	static void name(struct grant *grant, struct key_request *request) \
	{                                                                  \
		(void)grant;                                               \
		(void)request;                                             \
		__VA_ARGS__;                                               \
	}

static void ask_for(struct key_request *request, size_t certificate, const char *asked_name)
{
	request->certificate = (uint32_t)certificate;
	request->algorithm = kinds[certificate].scheme;
	text_copy(request->asked_name, sizeof(request->asked_name), asked_name);
}

SPOIL(no_such_slot, request->slot = 8)
SPOIL(slot_too_large, request->slot = WORKER_SLOTS)
SPOIL(slot_huge, request->slot = UINT32_MAX)
SPOIL(other_id, request->id++)
SPOIL(no_id, request->id = 0; request->slot = 8)
SPOIL(hash_none, request->hash_size = 0)
SPOIL(hash_sha1, request->hash_size = 20)
SPOIL(hash_short, request->hash_size = 31)
SPOIL(hash_between, request->hash_size = 33)
SPOIL(hash_long, request->hash_size = 64)
SPOIL(hash_huge, request->hash_size = UINT32_MAX)
SPOIL(pkcs1, ask_for(request, RSA, "rsa.example.com"); request->algorithm = GNUTLS_SIGN_RSA_SHA256)
SPOIL(raw, ask_for(request, RSA, "rsa.example.com"); request->algorithm = GNUTLS_SIGN_RSA_RAW)
SPOIL(sha1, request->algorithm = GNUTLS_SIGN_ECDSA_SHA1)
SPOIL(tls12, request->algorithm = GNUTLS_SIGN_ECDSA_SHA256)
SPOIL(no_algorithm, request->algorithm = 0)
SPOIL(algorithm_huge, request->algorithm = UINT32_MAX)
SPOIL(other_certificate, ask_for(request, ED25519, ""))
SPOIL(other_section, text_copy(request->asked_name, sizeof(request->asked_name), "rsa.example.com"))
SPOIL(other_address, (void)address_parse("192.0.2.9", &grant->end))
SPOIL(certificate_unknown, request->certificate = KIND_COUNT)
SPOIL(certificate_huge, request->certificate = UINT32_MAX - 1)
SPOIL(from_keyring, request->certificate = KEY_FROM_KEYRING)
SPOIL(other_role, grant->role = ROLE_CLIENT)
SPOIL(name_of_client, grant->role = ROLE_CLIENT; ask_for(request, RSA_PSS, "p521.example.com"))
SPOIL(certificate_of_client, ask_for(request, RSA_PSS, ""))
SPOIL(name_without_end, memset(request->asked_name, 'a', sizeof(request->asked_name)))
SPOIL(no_operation, request->operation = 0)
SPOIL(other_operation, request->operation = 3)
SPOIL(chain_of_files, request->operation = KEY_CHAIN)
SPOIL(files_of_keyring, grant->from_keyring = 1)

static void test_refused(void **state)
{
	static const struct {
		const char *what;
		spoil *spoil;
		/* clang-format off */
	} rows[] = {
		{ "another slot", no_such_slot }, { "a slot that is none", slot_too_large },
		{ "the last number", slot_huge },
		{ "another handshake", other_id }, { "an empty slot", no_id },
		{ "a hash of 31 bytes", hash_short }, { "no hash", hash_none }, { "SHA-1", hash_sha1 },
		{ "33 bytes", hash_between }, { "SHA-512", hash_long }, { "all memory", hash_huge },
		{ "PKCS#1 1.5", pkcs1 }, { "raw RSA", raw }, { "ECDSA with SHA-1", sha1 }, { "of TLS 1.2", tls12 },
		{ "none", no_algorithm }, { "unknown", algorithm_huge },
		{ "another certificate", other_certificate }, { "of another section", other_section },
		{ "of another address", other_address }, { "unknown certificate", certificate_unknown },
		{ "huge certificate", certificate_huge }, { "the keyring's", from_keyring },
		{ "another role", other_role }, { "a client is asked", name_of_client },
		{ "the client's certificate", certificate_of_client },
		{ "a name without end", name_without_end },
		{ "no operation", no_operation }, { "unknown operation", other_operation },
		{ "a chain", chain_of_files }, { "not the keyring's", files_of_keyring },
	};
	/* clang-format on */
	static struct key_reply reply;
	struct error e;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct signer *signer = signer_new(set.credentials, set.key);
		struct grant grant = granted(ROLE_SERVER, "");
		struct key_request request = wanted(P256, "");

		rows[i].spoil(&grant, &request);
		assert_int_equal(signer_take(signer, &grant, sizeof(grant)), 0);
		if (ask(signer, &request, &reply, &e) != -EPERM || reply.size)
			fail_msg("%s is not refused", rows[i].what);
		signer_free(signer);
	}
}

/* What one key signs with is no other's; a certificate's own key never signs as another kind would. */
static void test_other_kinds(void **state)
{
	static struct key_reply reply;
	static const struct {
		size_t certificate;
		const char *name;
	} rows[] = { { P256, "" }, { ED25519, "ed25519.example.com" }, { RSA, "rsa.example.com" } };
	struct error e;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct signer *signer = signer_new(set.credentials, set.key);
		struct grant grant = granted(ROLE_SERVER, "");
		struct key_request request = wanted(rows[i].certificate, rows[i].name);

		assert_int_equal(signer_take(signer, &grant, sizeof(grant)), 0);
		request.algorithm = kinds[rows[i].certificate].other;
		assert_int_equal(ask(signer, &request, &reply, &e), -EPERM);
		/* Who was refused may not try again: the process has ended.  Here it shows that nothing was signed. */
		request.algorithm = kinds[rows[i].certificate].scheme;
		assert_int_equal(ask(signer, &request, &reply, &e), 0);
		signer_free(signer);
	}
}

static void test_sizes(void **state)
{
	static struct key_reply reply;
	struct signer *signer = signer_new(set.credentials, set.key);
	struct grant grant = granted(ROLE_SERVER, "");
	struct key_request request[2] = { wanted(P256, "") };
	struct error e;

	(void)state;
	assert_int_equal(signer_take(signer, &grant, sizeof(grant)), 0);
	for (size_t size = 0; size < sizeof(request); size++)
		if (size != sizeof(request[0]))
			assert_int_equal(signer_answer(signer, request, size, clock_ms(), &reply, &e), -EBADMSG);
	for (size_t size = 0; size < sizeof(grant); size++)
		assert_int_equal(signer_take(signer, &grant, size), -EBADMSG);
	grant.news = 3;
	assert_int_equal(signer_take(signer, &grant, sizeof(grant)), -EBADMSG);
	grant = granted(ROLE_SERVER, "");
	grant.slot = WORKER_SLOTS;
	assert_int_equal(signer_take(signer, &grant, sizeof(grant)), -EBADMSG);
	grant = granted(ROLE_COUNT, "");
	assert_int_equal(signer_take(signer, &grant, sizeof(grant)), -EBADMSG);
	signer_free(signer);
}

static void test_time(void **state)
{
	static struct key_reply reply;
	struct signer *signer = signer_new(set.credentials, set.key);
	struct grant grant = granted(ROLE_SERVER, "");
	struct key_request request = wanted(P256, "");
	struct error e;

	(void)state;
	assert_int_equal(signer_take(signer, &grant, sizeof(grant)), 0);
	assert_int_equal(signer_answer(signer, &request, sizeof(request), grant.ends_ms + 1, &reply, &e), 0);
	assert_int_equal(reply.status, -ETIMEDOUT);
	assert_int_equal(signer_answer(signer, &request, sizeof(request), grant.ends_ms, &reply, &e), 0);
	assert_int_equal(reply.status, 0);
	assert_true(signature_is_of(P256, ROLE_SERVER, &request, &reply));
	/* The next handshake in the slot takes the last one's place. */
	grant.id++;
	assert_int_equal(signer_take(signer, &grant, sizeof(grant)), 0);
	assert_int_equal(ask(signer, &request, &reply, &e), -EPERM);
	request.id++;
	assert_int_equal(ask(signer, &request, &reply, &e), 0);
	assert_int_equal(reply.status, 0);
	signer_free(signer);
}

/* ---- keys that a mount names --------------------------------------------------------- */

static size_t fill_delivery(struct key_delivery *delivery, size_t certificate)
{
	AUTO_BYTES chain = { 0 };
	AUTO_BYTES key = { 0 };

	memset(delivery, 0, sizeof(*delivery));
	assert_int_equal(x509_chain_to_der(&set.credentials->certificate[certificate].own.chain, &chain, NULL), 0);
	assert_int_equal(x509_key_to_der(set.key[certificate], &key, NULL), 0);
	delivery->news = SIGNER_KEY;
	delivery->slot = 7;
	delivery->id = 4711;
	text_copy(delivery->name, sizeof(delivery->name), "mine");
	delivery->chain_size = (uint32_t)chain.size;
	delivery->key_size = (uint32_t)key.size;
	memcpy(delivery->data, chain.data, chain.size);
	memcpy(delivery->data + chain.size, key.data, key.size);
	return offsetof(struct key_delivery, data) + chain.size + key.size;
}

static void test_delivered(void **state)
{
	static struct key_delivery delivery;
	static struct key_reply reply;
	size_t size = fill_delivery(&delivery, ED25519);
	struct signer *signer = signer_new(set.credentials, set.key);
	struct grant grant = granted(ROLE_CLIENT, "server.example.com");
	struct key_request chain = { .operation = KEY_CHAIN, .slot = 7, .id = 4711 };
	struct key_request request = wanted(ED25519, "");
	struct error e;

	(void)state;
	grant.from_keyring = 1;
	assert_int_equal(signer_take(signer, &grant, sizeof(grant)), 0);
	assert_int_equal(ask(signer, &chain, &reply, &e), -EAGAIN);
	for (size_t cut = 0; cut < size; cut++)
		assert_int_equal(signer_take(signer, &delivery, cut), -EBADMSG);
	assert_int_equal(signer_take(signer, &delivery, size), 0);
	assert_int_equal(ask(signer, &chain, &reply, &e), 0);
	assert_int_equal(reply.status, 0);
	assert_string_equal(reply.name, "mine");
	assert_int_equal(reply.size, delivery.chain_size);
	assert_memory_equal(reply.data, delivery.data, reply.size);
	/* Its own key it has not, and no other's. */
	assert_int_equal(ask(signer, &request, &reply, &e), -EPERM);
	request.certificate = KEY_FROM_KEYRING;
	assert_int_equal(ask(signer, &request, &reply, &e), 0);
	assert_int_equal(reply.status, 0);
	assert_true(signature_is_of(ED25519, ROLE_CLIENT, &request, &reply));
	/* The key is gone with the signature; what comes late, or twice, changes nothing. */
	assert_int_equal(signer_take(signer, &delivery, size), 0);
	assert_int_equal(ask(signer, &request, &reply, &e), -EPERM);
	signer_free(signer);
}

static void test_not_delivered(void **state)
{
	static const char sentence[] = "cannot read key 7: it has expired";
	static struct key_delivery delivery;
	static struct key_reply reply;
	struct signer *signer = signer_new(set.credentials, set.key);
	struct grant grant = granted(ROLE_CLIENT, "server.example.com");
	struct key_request chain = { .operation = KEY_CHAIN, .slot = 7, .id = 4711 };
	struct key_request request = wanted(ED25519, "");
	struct error e;
	size_t size;

	(void)state;
	grant.from_keyring = 1;
	size = fill_delivery(&delivery, ED25519);
	delivery.id++; /* of the handshake before */
	assert_int_equal(signer_take(signer, &grant, sizeof(grant)), 0);
	assert_int_equal(signer_take(signer, &delivery, size), 0);
	assert_int_equal(ask(signer, &chain, &reply, &e), -EAGAIN);
	delivery.id--;
	delivery.status = -EKEYEXPIRED;
	delivery.chain_size = sizeof(sentence) - 1;
	delivery.key_size = 0;
	memcpy(delivery.data, sentence, sizeof(sentence) - 1);
	size = offsetof(struct key_delivery, data) + delivery.chain_size;
	assert_int_equal(signer_take(signer, &delivery, size), 0);
	assert_int_equal(ask(signer, &chain, &reply, &e), 0);
	assert_int_equal(reply.status, -EKEYEXPIRED);
	assert_int_equal(reply.size, sizeof(sentence) - 1);
	assert_memory_equal(reply.data, sentence, reply.size);
	request.certificate = KEY_FROM_KEYRING;
	assert_int_equal(ask(signer, &request, &reply, &e), -EPERM);
	signer_free(signer);
}

/* ---- as a process ----------------------------------------------------------------- */

/* The kernel role's view of a key holder and one signer; worker is what a worker has of it. */
struct rig {
	struct process holder;
	int worker, grants;
	char root[64];
};

static void rig_add_signer(struct rig *rig)
{
	int keys[2], grants[2];

	assert_int_equal(message_pair(keys), 0);
	assert_int_equal(message_pair(grants), 0);
	assert_int_equal(signer_channels(keys[1], grants[1]), 0);
	assert_int_equal(keyholder_add_signer(&rig->holder, keys[0], grants[1]), 0);
	close(keys[0]);
	close(grants[1]);
	rig->worker = keys[1];
	rig->grants = grants[0];
}

static void rig_start(struct rig *rig)
{
	struct sandbox_user nobody = { .name = "nobody", .uid = 65534, .gid = 65534 };
	struct error e;

	snprintf(rig->root, sizeof(rig->root), "/tmp/test_signer_root.XXXXXX");
	assert_non_null(mkdtemp(rig->root));
	rig->holder = (struct process){ .channel = -1 };
	if (keyholder_start(set.credentials, &nobody, rig->root, &rig->holder, &e))
		fail_msg("%s", e.text);
	rig_add_signer(rig);
}

static void rig_stop(struct rig *rig)
{
	close(rig->worker);
	close(rig->grants);
	process_stop(&rig->holder);
	assert_int_equal(rmdir(rig->root), 0);
}

/* 1 with a reply, 0 when the signer is gone. */
static int answered(const struct rig *rig, struct key_reply *reply)
{
	struct pollfd ready = { .fd = rig->worker, .events = POLLIN };
	ssize_t got;

	assert_int_equal(poll(&ready, 1, 20000), 1);
	got = message_receive(rig->worker, reply, sizeof(*reply), NULL);
	if (got <= 0)
		return 0;
	assert_int_equal((size_t)got, offsetof(struct key_reply, data) + reply->size);
	return 1;
}

static int ask_process(const struct rig *rig, const void *message, size_t size, struct key_reply *reply)
{
	/* It may be gone before it is asked. */
	return message_send(rig->worker, message, size, -1) ? 0 : answered(rig, reply);
}

/* As somebody would go about it who has taken over a worker: everything through its socket. */
static void test_taken_over(void **state)
{
	static struct key_reply reply;
	struct grant grant = granted(ROLE_SERVER, "");
	struct key_request good = wanted(P256, ""), bad;
	struct rig rig;

	(void)state;
	rig_start(&rig);
	assert_int_equal(message_send(rig.grants, &grant, sizeof(grant), -1), 0);
	assert_int_equal(ask_process(&rig, &good, sizeof(good), &reply), 1);
	assert_int_equal(reply.status, 0);
	assert_true(signature_is_of(P256, ROLE_SERVER, &good, &reply));
	/* A second one, and the signer is gone. */
	assert_int_equal(ask_process(&rig, &good, sizeof(good), &reply), 0);

	/* A grant is the worker's whose signer has it, and the worker cannot make one. */
	close(rig.worker);
	close(rig.grants);
	rig_add_signer(&rig);
	assert_int_equal(ask_process(&rig, &good, sizeof(good), &reply), 0);
	close(rig.worker);
	close(rig.grants);
	rig_add_signer(&rig);
	assert_int_equal(ask_process(&rig, &grant, sizeof(grant), &reply), 0);

	/* Text of its own, be it as long as it likes. */
	close(rig.worker);
	close(rig.grants);
	rig_add_signer(&rig);
	assert_int_equal(message_send(rig.grants, &grant, sizeof(grant), -1), 0);
	assert_int_equal(ask_process(&rig, "sign this", 9, &reply), 0);
	close(rig.worker);
	close(rig.grants);
	rig_add_signer(&rig);
	assert_int_equal(message_send(rig.grants, &grant, sizeof(grant), -1), 0);
	bad = good;
	bad.certificate = RSA;
	bad.algorithm = GNUTLS_SIGN_RSA_PSS_RSAE_SHA256;
	assert_int_equal(ask_process(&rig, &bad, sizeof(bad), &reply), 0);

	/* The key holder serves the next worker. */
	close(rig.worker);
	close(rig.grants);
	rig_add_signer(&rig);
	assert_int_equal(message_send(rig.grants, &grant, sizeof(grant), -1), 0);
	assert_int_equal(ask_process(&rig, &good, sizeof(good), &reply), 1);
	assert_true(signature_is_of(P256, ROLE_SERVER, &good, &reply));
	rig_stop(&rig);
}

/* A key that never comes costs a moment and fails; a grant that comes late enough for the worker to be first, too. */
static void test_waits_for_key(void **state)
{
	static struct key_delivery delivery;
	static struct key_reply reply;
	size_t size = fill_delivery(&delivery, RSA);
	struct grant grant = granted(ROLE_CLIENT, "server.example.com");
	struct key_request chain = { .operation = KEY_CHAIN, .slot = 7, .id = 4711 };
	struct key_request request = wanted(RSA, "");
	struct rig rig;

	(void)state;
	rig_start(&rig);
	grant.from_keyring = 1;
	assert_int_equal(message_send(rig.grants, &grant, sizeof(grant), -1), 0);
	assert_int_equal(ask_process(&rig, &chain, sizeof(chain), &reply), 1);
	assert_int_equal(reply.status, -ETIMEDOUT);
	grant.id = chain.id = request.id = delivery.id = 4712;
	assert_int_equal(message_send(rig.grants, &grant, sizeof(grant), -1), 0);
	assert_int_equal(message_send(rig.worker, &chain, sizeof(chain), -1), 0);
	assert_int_equal(message_send(rig.grants, &delivery, size, -1), 0);
	assert_int_equal(answered(&rig, &reply), 1);
	assert_int_equal(reply.status, 0);
	request.certificate = KEY_FROM_KEYRING;
	assert_int_equal(ask_process(&rig, &request, sizeof(request), &reply), 1);
	assert_true(signature_is_of(RSA, ROLE_CLIENT, &request, &reply));
	rig_stop(&rig);
}

static void test_broken_key(void **state)
{
	struct certificate *certificate = &set.credentials->certificate[P384];
	struct sandbox_user nobody = { .name = "nobody", .uid = 65534, .gid = 65534 };
	struct process holder = { .channel = -1 };
	char root[] = "/tmp/test_signer_root.XXXXXX";
	struct error e;

	(void)state;
	assert_non_null(mkdtemp(root));
	write_key(certificate->own.key_path, set.key[P256]);
	assert_int_equal(keyholder_start(set.credentials, &nobody, root, &holder, &e), -EINVAL);
	assert_non_null(strstr(e.text, "p384.key does not belong to"));
	assert_int_equal(holder.pid, 0);
	write_key(certificate->own.key_path, set.key[P384]);
	assert_int_equal(rmdir(root), 0);
}

/* ---- handshakes --------------------------------------------------------------------- */

/* A connection within this host, since that is what the kernel's record layer would be put on. */
static void connect_to_self(int fd[2])
{
	struct sockaddr_in self = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(self);
	AUTO_FD listener = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(listener, (struct sockaddr *)&self, size), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&self, &size), 0);
	fd[0] = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(fd[0], (struct sockaddr *)&self, size), 0);
	fd[1] = accept(listener, NULL, NULL);
	assert_true(fd[1] >= 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(fcntl(fd[i], F_SETFL, O_NONBLOCK), 0);
}

static struct session *begin(struct session_kit *kit, const struct rig *rig, enum role role, const char *reference,
			     const char *end, int fd)
{
	static uint64_t id;
	struct task task = { .id = ++id, .slot = (uint32_t)id % WORKER_SLOTS, .role = role, .show_certificate = true };
	struct grant grant = granted(role, reference);
	struct session *session;

	assert_true(address_parse(end, &task.end));
	text_copy(task.reference, sizeof(task.reference), reference);
	grant.id = task.id;
	grant.slot = task.slot;
	grant.end = task.end;
	assert_int_equal(message_send(rig->grants, &grant, sizeof(grant), -1), 0);
	session = session_new(kit, &task, "", fd);
	assert_non_null(session);
	return session;
}

/* Both to their ends, taking turns. */
static void run(struct session *session[2])
{
	bool ended[2] = { false, false };
	int64_t until = clock_ms() + 20000;

	while (!ended[0] || !ended[1]) {
		for (int i = 0; i < 2; i++)
			if (!ended[i])
				ended[i] = session_step(session[i]) == SESSION_ENDED;
		assert_true(clock_ms() < until);
	}
}

/* What comes after the last message of the handshake needs the kernel's TLS, which a test's machine may not have. */
static void assert_handshake_worked(const struct session *session, const char *certificate)
{
	const struct outcome *outcome = session_outcome(session);

	if (outcome->why != REASON_OK && outcome->why != REASON_KTLS && outcome->why != REASON_CLOSED_BY_PEER)
		fail_msg("%s: %s", reason_row(outcome->why)->word, outcome->cause);
	assert_string_equal(outcome->certificate, certificate);
	assert_string_equal(outcome->tls, "1.3");
}

struct handshake_row {
	const char *asked, *end;     /* of the server */
	const char *server, *client; /* certificates that must be shown */
};

static void handshake(struct session_kit *kit, const struct rig *rig, const struct handshake_row *row)
{
	struct session *session[2];
	int fd[2];

	connect_to_self(fd);
	session[0] = begin(kit, rig, ROLE_CLIENT, row->asked, "192.0.2.1", fd[0]);
	session[1] = begin(kit, rig, ROLE_SERVER, "", row->end, fd[1]);
	run(session);
	for (int i = 0; i < 2; i++) {
		assert_handshake_worked(session[i], i ? row->server : row->client);
		session_free(session[i]);
		close(fd[i]);
	}
}

/* Every kind of key, cipher suites of both hashes, with and without a HelloRetryRequest: GnuTLS verifies each. */
static void test_handshakes(void **state)
{
	static const char *const priorities[] = {
		"NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-128-GCM",
		"NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-256-GCM",
	};
	static const struct handshake_row rows[] = {
		{ "host.example.com", "192.0.2.1", "p256", "rsa-pss" },
		{ "ed25519.example.com", "192.0.2.1", "ed25519", "rsa-pss" },
		{ "rsa.example.com", "192.0.2.1", "rsa", "rsa-pss" },
		{ "host.example.com", "192.0.2.9", "p384", "rsa-pss" },
		{ "p521.example.com", "192.0.2.1", "p256", "p521" },
		{ "ed448.example.com", "192.0.2.1", "p256", "ed448" },
	};
	gnutls_priority_t usual = set.credentials->priority;
	struct rig rig;
	struct error e;

	(void)state;
	rig_start(&rig);
	for (size_t i = 0; i < ARRAY_SIZE(priorities); i++) {
		struct session_kit kit;

		assert_int_equal(gnutls_priority_init(&set.credentials->priority, priorities[i], NULL), 0);
		assert_int_equal(session_kit_init(&kit, set.credentials, rig.worker, &e), 0);
		for (size_t row = 0; row < ARRAY_SIZE(rows); row++)
			handshake(&kit, &rig, &rows[row]);
		session_kit_free(&kit);
		gnutls_priority_deinit(set.credentials->priority);
	}
	set.credentials->priority = usual;
	rig_stop(&rig);
}

/* The server wants a group that the client has sent no share of. */
static void test_retry(void **state)
{
	static const struct handshake_row row = { "host.example.com", "192.0.2.1", "p256", "rsa-pss" };
	static const char groups[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:-GROUP-ALL:+GROUP-X25519:+GROUP-SECP256R1:"
				     "+GROUP-SECP521R1";
	static const char last[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:-GROUP-ALL:+GROUP-SECP521R1";
	gnutls_priority_t usual = set.credentials->priority, of_server;
	struct session *session[2];
	struct session_kit kit;
	struct rig rig;
	struct error e;
	int fd[2];

	(void)state;
	rig_start(&rig);
	assert_int_equal(session_kit_init(&kit, set.credentials, rig.worker, &e), 0);
	connect_to_self(fd);
	assert_int_equal(gnutls_priority_init(&set.credentials->priority, groups, NULL), 0);
	session[0] = begin(&kit, &rig, ROLE_CLIENT, row.asked, "192.0.2.1", fd[0]);
	gnutls_priority_deinit(set.credentials->priority);
	assert_int_equal(gnutls_priority_init(&of_server, last, NULL), 0);
	set.credentials->priority = of_server;
	session[1] = begin(&kit, &rig, ROLE_SERVER, "", row.end, fd[1]);
	run(session);
	for (int i = 0; i < 2; i++) {
		assert_handshake_worked(session[i], i ? row.server : row.client);
		session_free(session[i]);
		close(fd[i]);
	}
	session_kit_free(&kit);
	gnutls_priority_deinit(of_server);
	set.credentials->priority = usual;
	rig_stop(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_content),	   cmocka_unit_test(test_granted),
		cmocka_unit_test(test_refused),	   cmocka_unit_test(test_other_kinds),
		cmocka_unit_test(test_sizes),	   cmocka_unit_test(test_time),
		cmocka_unit_test(test_delivered),  cmocka_unit_test(test_not_delivered),
		cmocka_unit_test(test_taken_over), cmocka_unit_test(test_waits_for_key),
		cmocka_unit_test(test_broken_key), cmocka_unit_test(test_handshakes),
		cmocka_unit_test(test_retry),
	};

	return cmocka_run_group_tests(tests, make_set, free_set);
}
