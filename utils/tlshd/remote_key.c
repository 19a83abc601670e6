/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/tlshd/remote_key.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* What GnuTLS hands back to our callbacks. */
struct remote_key {
	struct remote_signer *signer;
	uint32_t number;
	int algorithm; /* gnutls_pk_algorithm_t */
	unsigned int bits;
};

/* One question, one answer.  The signer's own sentence comes back in *e. */
static int ask(const struct remote_signer *signer, const struct key_request *request, struct key_reply *reply,
	       struct error *e)
{
	size_t head = offsetof(struct key_reply, data);
	ssize_t got;
	int r = message_send(signer->channel, request, sizeof(*request), -1);

	if (r)
		return error_set(e, EPIPE, "the signer is gone: %s", strerror(-r));
	got = message_receive(signer->channel, reply, sizeof(*reply), NULL);
	if (got < (ssize_t)head || reply->size > KEY_REPLY_MAX || (size_t)got != head + reply->size) {
		/* A late answer would be taken for another's; so the worker sees the end of the channel, and ends. */
		(void)shutdown(signer->channel, SHUT_RDWR);
		return error_set(e, EPIPE, "the signer is gone, or does not answer");
	}
	if (reply->status >= 0)
		return 0;
	return error_set(e, -reply->status, "%.*s", (int)reply->size, (const char *)reply->data);
}

/* Does GnuTLS want a signature over the messages that we have seen, be it of the content or of its hash? */
static bool is_ours(const struct key_request *request, enum role role, bool hashed, const gnutls_datum_t *wanted)
{
	unsigned char content[CERTIFICATE_VERIFY_MAX], hash[64];
	size_t size = certificate_verify_content(role, request->hash, request->hash_size, content);
	gnutls_digest_algorithm_t digest = gnutls_sign_get_hash_algorithm(request->algorithm);

	if (!hashed)
		return wanted->size == size && !memcmp(wanted->data, content, size);
	return wanted->size <= sizeof(hash) && gnutls_hash_get_len(digest) == wanted->size &&
	       gnutls_hash_fast(digest, content, size, hash) >= 0 && !memcmp(wanted->data, hash, wanted->size);
}

static int fill_request(const struct remote_handshake *handshake, struct key_request *request)
{
	size_t size;
	int r = transcript_end(handshake->transcript, gnutls_prf_hash_get(handshake->tls), request->hash, &size);

	if (r)
		return r;
	request->id = handshake->id;
	request->slot = handshake->slot;
	request->hash_size = (uint32_t)size;
	text_copy(request->asked_name, sizeof(request->asked_name), handshake->asked_name);
	return 0;
}

static int ask_for_signature(const struct remote_key *key, const struct key_request *request, gnutls_datum_t *signature,
			     struct error *e)
{
	AUTO_FREE struct key_reply *reply = malloc(sizeof(*reply));
	int r = reply ? ask(key->signer, request, reply, e) : error_set(e, ENOMEM, "out of memory");

	if (r)
		return r;
	signature->data = gnutls_malloc(reply->size ? reply->size : 1);
	if (!signature->data)
		return error_set(e, ENOMEM, "out of memory");
	memcpy(signature->data, reply->data, reply->size);
	signature->size = reply->size;
	return 0;
}

static int sign(const struct remote_key *key, gnutls_sign_algorithm_t algorithm, bool hashed,
		const gnutls_datum_t *wanted, gnutls_datum_t *signature)
{
	struct remote_handshake *handshake = key->signer->current;
	struct key_request request = { .operation = KEY_SIGN, .certificate = key->number, .algorithm = algorithm };
	int r;

	if (!handshake || !handshake->transcript)
		return GNUTLS_E_PK_SIGN_FAILED;
	r = fill_request(handshake, &request);
	if (r || !is_ours(&request, handshake->role, hashed, wanted))
		r = error_set(&handshake->why, EPROTO,
			      "GnuTLS wants a signature that is not the one of a TLS 1.3"
			      " handshake: this is a defect, please report it");
	else
		r = ask_for_signature(key, &request, signature, &handshake->why);
	return r ? GNUTLS_E_PK_SIGN_FAILED : 0;
}

/* Ed25519 and Ed448 sign the content itself, ECDSA and RSA a hash of it. */
static int sign_data(gnutls_privkey_t key, gnutls_sign_algorithm_t algorithm, void *userdata, unsigned int flags,
		     const gnutls_datum_t *data, gnutls_datum_t *signature)
{
	(void)key;
	(void)flags;
	return sign(userdata, algorithm, false, data, signature);
}

static int sign_hash(gnutls_privkey_t key, gnutls_sign_algorithm_t algorithm, void *userdata, unsigned int flags,
		     const gnutls_datum_t *hash, gnutls_datum_t *signature)
{
	(void)key;
	(void)flags;
	return sign(userdata, algorithm, true, hash, signature);
}

static void release(gnutls_privkey_t key, void *userdata)
{
	(void)key;
	free(userdata);
}

static int key_info(gnutls_privkey_t key, unsigned int flags, void *userdata)
{
	const struct remote_key *remote = userdata;

	(void)key;
	if (flags & GNUTLS_PRIVKEY_INFO_PK_ALGO)
		return remote->algorithm;
	if (flags & GNUTLS_PRIVKEY_INFO_PK_ALGO_BITS)
		return (int)remote->bits;
	if (flags & GNUTLS_PRIVKEY_INFO_HAVE_SIGN_ALGO)
		return (int)gnutls_sign_supports_pk_algorithm(GNUTLS_FLAGS_TO_SIGN_ALGO(flags),
							      (gnutls_pk_algorithm_t)remote->algorithm);
	return -1;
}

static int import_key(struct remote_signer *signer, uint32_t number, gnutls_x509_crt_t leaf, gnutls_privkey_t *key,
		      struct error *e)
{
	struct remote_key *remote = calloc(1, sizeof(*remote));
	gnutls_privkey_t new = NULL;
	int r;

	if (!remote)
		return error_set(e, ENOMEM, "out of memory");
	remote->signer = signer;
	remote->number = number;
	remote->algorithm = gnutls_x509_crt_get_pk_algorithm(leaf, &remote->bits);
	r = gnutls_privkey_init(&new);
	if (r >= 0)
		r = gnutls_privkey_import_ext4(new, remote, sign_data, sign_hash, NULL, release, key_info, 0);
	if (r < 0) {
		gnutls_privkey_deinit(new);
		free(remote);
		return error_set(e, EIO, "cannot use the private key: %s", gnutls_strerror(r));
	}
	*key = new;
	return 0;
}

/* GnuTLS takes the key and the contents of pcert when it succeeds, never the array (3.7: it copies it). */
static int set_key(gnutls_certificate_credentials_t credentials, const struct x509_chain *chain, gnutls_privkey_t key)
{
	gnutls_x509_crt_t list[X509_CHAIN_MAX];
	unsigned int count = chain->count;
	gnutls_pcert_st *pcert = gnutls_calloc(X509_CHAIN_MAX, sizeof(*pcert));
	int r;

	if (!pcert)
		return GNUTLS_E_MEMORY_ERROR;
	memcpy(list, chain->cert, sizeof(list));
	r = gnutls_pcert_import_x509_list(pcert, list, &count, 0);
	if (r >= 0) {
		r = gnutls_certificate_set_key(credentials, NULL, 0, pcert, (int)count, key);
		for (unsigned int i = 0; r < 0 && i < count; i++)
			gnutls_pcert_deinit(&pcert[i]);
	}
	gnutls_free(pcert);
	return r;
}

int remote_key_credentials(struct remote_signer *signer, uint32_t number, const struct x509_chain *chain,
			   gnutls_certificate_credentials_t *credentials, struct error *e)
{
	gnutls_certificate_credentials_t new;
	gnutls_privkey_t key = NULL;
	int r = gnutls_certificate_allocate_credentials(&new);

	if (r < 0)
		return error_set(e, ENOMEM, "out of memory");
	/* The key holder compared key and certificate; a trial signature per worker would add nothing. */
	gnutls_certificate_set_flags(new, GNUTLS_CERTIFICATE_SKIP_KEY_CERT_MATCH);
	r = import_key(signer, number, chain->cert[0], &key, e);
	if (r) {
		gnutls_certificate_free_credentials(new);
		return r;
	}
	r = set_key(new, chain, key);
	if (r < 0) {
		gnutls_privkey_deinit(key);
		gnutls_certificate_free_credentials(new);
		return error_set(e, EIO, "cannot use the certificate: %s", gnutls_strerror(r));
	}
	*credentials = new;
	return 0;
}

int remote_key_fetch(struct remote_signer *signer, const struct remote_handshake *handshake, char name[KEY_NAME_SIZE],
		     gnutls_certificate_credentials_t *credentials, struct error *e)
{
	struct key_request request = { .operation = KEY_CHAIN, .id = handshake->id, .slot = handshake->slot };
	AUTO_FREE struct key_reply *reply = malloc(sizeof(*reply));
	AUTO_CHAIN chain = { 0 };
	int r;

	if (!reply)
		return error_set(e, ENOMEM, "out of memory");
	r = ask(signer, &request, reply, e);
	if (!r)
		text_copy(name, KEY_NAME_SIZE, reply->name);
	if (!r)
		r = x509_chain_parse("the certificate in the keyring", reply->data, reply->size, &chain, e);
	return r ? r : remote_key_credentials(signer, KEY_FROM_KEYRING, &chain, credentials, e);
}
