/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/x509/signature_private.h"

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>

bool signature_read(const struct der *whole, gnutls_sign_algorithm_t kind, struct signature *signature)
{
	struct der file = *whole, all, bits;

	*signature = (struct signature){ .kind = kind };
	if (!der_take(&file, DER_SEQUENCE, &all) || file.size ||
	    !der_take_whole(&all, DER_SEQUENCE, &signature->body) ||
	    !der_take_whole(&all, DER_SEQUENCE, &signature->algorithm) || !der_take(&all, DER_BIT_STRING, &bits) ||
	    all.size || !bits.size || bits.data[0])
		return false;
	signature->value = (struct der){ bits.data + 1, bits.size - 1 };
	return true;
}

/* Ed25519 and Ed448 sign no digest. */
void signature_make_digest(struct signature *signature)
{
	gnutls_pk_algorithm_t key = gnutls_sign_get_pk_algorithm(signature->kind);
	gnutls_digest_algorithm_t digest = gnutls_sign_get_hash_algorithm(signature->kind);
	size_t size = digest == GNUTLS_DIG_UNKNOWN ? 0 : gnutls_hash_get_len(digest);

	if (size && size <= sizeof(signature->digest) && key != GNUTLS_PK_EDDSA_ED25519 &&
	    key != GNUTLS_PK_EDDSA_ED448 &&
	    gnutls_hash_fast(digest, signature->body.data, signature->body.size, signature->digest) >= 0)
		signature->digest_size = size;
}

/* RFC 4055 section 3.1: RSASSA-PSS-params. */
static bool read_salt_size(const struct der *algorithm, int *salt_size)
{
	struct der file = *algorithm, all, oid, parameters, part;

	*salt_size = 20;
	if (!der_take(&file, DER_SEQUENCE, &all) || !der_take(&all, DER_OID, &oid) ||
	    !der_take(&all, DER_SEQUENCE, &parameters))
		return false;
	der_take(&parameters, DER_CONSTRUCTED(0), &part);
	der_take(&parameters, DER_CONSTRUCTED(1), &part);
	return !der_has(&parameters, DER_CONSTRUCTED(2)) ||
	       (der_take(&parameters, DER_CONSTRUCTED(2), &part) && der_take_number(&part, DER_INTEGER, salt_size));
}

/*
 * A key can demand a digest and a salt (RFC 4055 section 3.3); else the signature says which it has, while GnuTLS would
 * go by what itself would do.
 */
static bool set_salt(gnutls_pubkey_t key, const struct signature *signature)
{
	gnutls_digest_algorithm_t digest = gnutls_sign_get_hash_algorithm(signature->kind);
	gnutls_digest_algorithm_t wanted = GNUTLS_DIG_UNKNOWN;
	unsigned int wanted_size = 0;
	gnutls_x509_spki_t spki;
	int salt_size;
	bool good;

	if (!read_salt_size(&signature->algorithm, &salt_size) || gnutls_x509_spki_init(&spki) < 0)
		return false;
	good = gnutls_pubkey_get_spki(key, spki, 0) < 0 ||
	       gnutls_x509_spki_get_rsa_pss_params(spki, &wanted, &wanted_size) < 0 || wanted == GNUTLS_DIG_UNKNOWN ||
	       (wanted == digest && wanted_size <= (unsigned int)salt_size);
	if (good) {
		gnutls_x509_spki_set_rsa_pss_params(spki, digest, (unsigned int)salt_size);
		good = gnutls_pubkey_set_spki(key, spki, 0) >= 0;
	}
	gnutls_x509_spki_deinit(spki);
	return good;
}

static gnutls_datum_t datum(const unsigned char *data, size_t size)
{
	return (gnutls_datum_t){ (unsigned char *)(uintptr_t)data, (unsigned int)size };
}

static bool verifies(const struct signature *signature, gnutls_pubkey_t key)
{
	gnutls_datum_t value = datum(signature->value.data, signature->value.size);
	gnutls_datum_t body = datum(signature->body.data, signature->body.size);
	gnutls_datum_t digest = datum(signature->digest, signature->digest_size);

	return digest.size ? gnutls_pubkey_verify_hash2(key, signature->kind, 0, &digest, &value) >= 0 :
			     gnutls_pubkey_verify_data2(key, signature->kind, 0, &body, &value) >= 0;
}

bool signature_is_by(const struct signature *signature, gnutls_x509_crt_t signer)
{
	gnutls_pubkey_t key;
	bool good;

	if (gnutls_pubkey_init(&key) < 0)
		return false;
	good = gnutls_pubkey_import_x509(key, signer, 0) >= 0;
	if (good && gnutls_sign_get_pk_algorithm(signature->kind) == GNUTLS_PK_RSA_PSS)
		good = set_salt(key, signature);
	good = good && verifies(signature, key);
	gnutls_pubkey_deinit(key);
	return good;
}
