/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/tlshd/certificate_verify.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <stdlib.h>
#include <string.h>

/* RFC 8446 section 4. GnuTLS tells a HelloRetryRequest, on the wire a ServerHello, apart by a number of its own. */
#define TYPE_SERVER_HELLO 2u
#define TYPE_MESSAGE_HASH 254u

/* Which of them the handshake uses is known only after its first messages. */
static const gnutls_digest_algorithm_t digests[] = { GNUTLS_DIG_SHA256, GNUTLS_DIG_SHA384 };

#define DIGEST_COUNT ARRAY_SIZE(digests)

struct transcript {
	gnutls_hash_hd_t hash[DIGEST_COUNT];
};

/* ---- the content ---------------------------------------------------------- */

bool transcript_hash_size_is_good(size_t size)
{
	for (size_t i = 0; i < DIGEST_COUNT; i++)
		if (gnutls_hash_get_len(digests[i]) == size)
			return true;
	return false;
}

size_t certificate_verify_content(enum role role, const unsigned char *hash, size_t hash_size,
				  unsigned char content[CERTIFICATE_VERIFY_MAX])
{
	static const char *const contexts[ROLE_COUNT] = {
		[ROLE_CLIENT] = "TLS 1.3, client CertificateVerify",
		[ROLE_SERVER] = "TLS 1.3, server CertificateVerify",
	};
	size_t context_size = strlen(contexts[role]) + 1; /* the byte 0 belongs to it */

	memset(content, ' ', 64);
	memcpy(content + 64, contexts[role], context_size);
	memcpy(content + 64 + context_size, hash, hash_size);
	return 64 + context_size + hash_size;
}

/* ---- the messages ---------------------------------------------------------- */

struct transcript *transcript_new(void)
{
	struct transcript *transcript = calloc(1, sizeof(*transcript));

	for (size_t i = 0; transcript && i < DIGEST_COUNT; i++)
		if (gnutls_hash_init(&transcript->hash[i], digests[i]) < 0) {
			transcript->hash[i] = NULL;
			transcript_free(transcript);
			return NULL;
		}
	return transcript;
}

void transcript_free(struct transcript *transcript)
{
	if (!transcript)
		return;
	for (size_t i = 0; i < DIGEST_COUNT; i++)
		if (transcript->hash[i])
			gnutls_hash_deinit(transcript->hash[i], NULL);
	free(transcript);
}

static int add(gnutls_hash_hd_t hash, unsigned int type, const void *data, size_t size)
{
	unsigned char header[] = { (unsigned char)type, (unsigned char)(size >> 16), (unsigned char)(size >> 8),
				   (unsigned char)size };

	return gnutls_hash(hash, header, sizeof(header)) < 0 || gnutls_hash(hash, data, size) < 0 ? -EIO : 0;
}

/* The first hello gives way to a message that holds its hash (RFC 8446 section 4.4.1). */
static int begin_again(gnutls_hash_hd_t hash, gnutls_digest_algorithm_t digest)
{
	unsigned char first[TRANSCRIPT_HASH_MAX];

	gnutls_hash_output(hash, first); /* and begins anew */
	return add(hash, TYPE_MESSAGE_HASH, first, gnutls_hash_get_len(digest));
}

int transcript_add(struct transcript *transcript, unsigned int type, const gnutls_datum_t *message)
{
	bool retry = type == GNUTLS_HANDSHAKE_HELLO_RETRY_REQUEST;
	int r = 0;

	if (type == GNUTLS_HANDSHAKE_CHANGE_CIPHER_SPEC)
		return 0; /* no message of the handshake */
	for (size_t i = 0; !r && i < DIGEST_COUNT; i++) {
		if (retry)
			r = begin_again(transcript->hash[i], digests[i]);
		if (!r)
			r = add(transcript->hash[i], retry ? TYPE_SERVER_HELLO : type, message->data, message->size);
	}
	return r;
}

int transcript_end(struct transcript *transcript, gnutls_digest_algorithm_t digest,
		   unsigned char hash[TRANSCRIPT_HASH_MAX], size_t *size)
{
	for (size_t i = 0; i < DIGEST_COUNT; i++)
		if (digests[i] == digest) {
			gnutls_hash_output(transcript->hash[i], hash);
			*size = gnutls_hash_get_len(digest);
			return 0;
		}
	return -EINVAL;
}
