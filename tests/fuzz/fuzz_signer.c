/* SPDX-License-Identifier: GPL-2.0-or-later */
// fuzz-sources: utils/tlshd/signer.c utils/tlshd/certificate_verify.c utils/tlshd/message.c
// fuzz-sources: utils/tlshd/credentials.c utils/tlshd/watch.c
/*
 * A signer and all that is said to it: records of a byte, odd for what comes from those who are stronger and even for
 * what the worker sends, two bytes of a size, and the message.  Whatever it signs must be a CertificateVerify, and
 * there is one for each grant at most.
 */
#include <gnutls/abstract.h>
#include <stdlib.h>
#include <string.h>

#include "utils/tlshd/certificate_verify.h"
#include "utils/tlshd/signer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW 1000

static struct credentials credentials;
static gnutls_privkey_t key;
static gnutls_pubkey_t public_key;

static void check(bool good)
{
	if (!good)
		abort();
}

/* One certificate for all, without a chain, which is of no interest to a signer. */
static void make_credentials(void)
{
	static const char text[] = "[server]\ncertificate=a\n[client]\ncertificate=a\n"
				   "[server \"b.example.com\"]\ncertificate=host\n";
	static struct certificate certificate = { .name = "a", .exists = true };
	AUTO_CONF *conf = conf_new();

	check(!conf_parse(conf, "fuzz", text, strlen(text), NULL) &&
	      !policy_from_conf(conf, &credentials.policy, NULL));
	credentials.certificate = &certificate;
	credentials.certificate_count = 1;
	for (enum role role = 0; role < ROLE_COUNT; role++) {
		enum policy_role in_policy = role == ROLE_SERVER ? POLICY_SERVER : POLICY_CLIENT;
		struct role_credentials *to = &credentials.role[role];

		to->certificate_count = policy_certificate_count(credentials.policy, in_policy);
		to->certificate = calloc(to->certificate_count, sizeof(struct certificate *));
		for (size_t i = 0; to->certificate && i < to->certificate_count; i++)
			if (!strcmp(policy_certificate(credentials.policy, in_policy, i)->value, "a"))
				to->certificate[i] = &certificate;
	}
	check(!x509_key_make(X509_KEY_ED25519, &key, NULL) && gnutls_pubkey_init(&public_key) >= 0 &&
	      gnutls_pubkey_import_privkey(public_key, key, 0, 0) >= 0);
}

static void grant(struct signer *signer, uint32_t slot, enum role role, uint32_t from_keyring)
{
	struct grant grant = {
		.news = SIGNER_GRANT,
		.slot = slot,
		.id = slot + 1,
		.ends_ms = NOW,
		.role = role,
		.from_keyring = from_keyring,
	};

	check(!signer_take(signer, &grant, sizeof(grant)));
}

static bool is_certificate_verify(const struct key_request *request, const struct key_reply *reply)
{
	gnutls_datum_t signature = { (unsigned char *)(uintptr_t)reply->data, reply->size };

	for (enum role role = 0; role < ROLE_COUNT; role++) {
		unsigned char content[CERTIFICATE_VERIFY_MAX];
		gnutls_datum_t is = { content, 0 };

		is.size = (unsigned int)certificate_verify_content(role, request->hash, request->hash_size, content);
		if (gnutls_pubkey_verify_data2(public_key, GNUTLS_SIGN_EDDSA_ED25519, 0, &is, &signature) >= 0)
			return true;
	}
	return false;
}

/* Returns how many signatures were made. */
static unsigned int ask(struct signer *signer, const void *message, size_t size)
{
	static struct key_reply reply;
	const struct key_request *request = message;
	struct error e;
	int r = signer_answer(signer, message, size, NOW, &reply, &e);

	if (r || reply.status)
		return 0;
	if (request->operation != KEY_SIGN)
		return 0;
	/* A key that was delivered is not ours to know. */
	check(request->certificate == KEY_FROM_KEYRING || is_certificate_verify(request, &reply));
	return 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint64_t aligned[(UINT16_MAX + 1) / sizeof(uint64_t)];
	unsigned int granted = 3, signatures = 0;
	struct signer *signer;

	if (!key)
		make_credentials();
	signer = signer_new(&credentials, &key);
	check(signer != NULL);
	grant(signer, 0, ROLE_SERVER, 0);
	grant(signer, 1, ROLE_CLIENT, 0);
	grant(signer, 2, ROLE_CLIENT, 1);
	while (size >= 3) {
		size_t part = data[1] | (size_t)data[2] << 8;
		bool from_above = data[0] & 1;

		data += 3;
		size -= 3;
		if (part > size)
			part = size;
		memcpy(aligned, data, part);
		if (from_above)
			granted += !signer_take(signer, aligned, part);
		else
			signatures += ask(signer, aligned, part);
		data += part;
		size -= part;
	}
	check(signatures <= granted);
	signer_free(signer);
	return 0;
}
