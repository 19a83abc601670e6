/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/x509/x509.h"

#include <errno.h>
#include <string.h>

#include "support/x509/encoding.h"

static bool is_encrypted_pem(const void *data, size_t size)
{
	static const char pkcs8[] = "ENCRYPTED PRIVATE KEY-----", legacy[] = "Proc-Type: 4,ENCRYPTED";

	return memmem(data, size, pkcs8, sizeof(pkcs8) - 1) || memmem(data, size, legacy, sizeof(legacy) - 1);
}

static bool is_encrypted_der(const gnutls_datum_t *raw)
{
	int r = gnutls_pkcs8_info(raw, GNUTLS_X509_FMT_DER, NULL, NULL, NULL, NULL, NULL, NULL);

	return r >= 0 || r == GNUTLS_E_UNKNOWN_CIPHER_TYPE;
}

static int check_kind(const char *name, gnutls_privkey_t key, struct error *e)
{
	switch (gnutls_privkey_get_pk_algorithm(key, NULL)) {
	case GNUTLS_PK_RSA:
	case GNUTLS_PK_RSA_PSS:
	case GNUTLS_PK_ECDSA:
	case GNUTLS_PK_EDDSA_ED25519:
	case GNUTLS_PK_EDDSA_ED448:
		return 0;
	default:
		return error_set(e, EINVAL, "%s: keys of this kind cannot sign in TLS 1.3: use ECDSA, Ed25519 or RSA",
				 name);
	}
}

int x509_key_parse(const char *name, const void *data, size_t size, gnutls_privkey_t *key, struct error *e)
{
	gnutls_datum_t raw = { (unsigned char *)(uintptr_t)data, (unsigned int)size };
	gnutls_privkey_t new = NULL;
	bool pem = encoding_is_pem(data, size);
	int r;

	if (!size || size > X509_FILE_MAX)
		return error_set(e, EINVAL, "%s holds no private key", name);
	if (pem ? is_encrypted_pem(data, size) : is_encrypted_der(&raw))
		return error_set(e, EINVAL, "%s is encrypted: store it without passphrase, readable by root alone",
				 name);
	r = gnutls_privkey_init(&new);
	if (r >= 0)
		r = gnutls_privkey_import_x509_raw(new, &raw, pem ? GNUTLS_X509_FMT_PEM : GNUTLS_X509_FMT_DER, NULL,
						   0);
	/* The text says nothing of the content: it might be a key after all. */
	r = r < 0 ? error_set(e, EINVAL, "%s: no private key can be read: %s", name, gnutls_strerror(r)) :
		    check_kind(name, new, e);
	if (r)
		gnutls_privkey_deinit(new);
	else
		*key = new;
	return r;
}

#define KEY_ID_SIZE 32u

static int private_key_id(gnutls_privkey_t key, unsigned char id[KEY_ID_SIZE])
{
	size_t size = KEY_ID_SIZE;
	gnutls_pubkey_t public_key;
	int r = gnutls_pubkey_init(&public_key);

	if (r < 0)
		return r;
	r = gnutls_pubkey_import_privkey(public_key, key, 0, 0);
	if (r >= 0)
		r = gnutls_pubkey_get_key_id(public_key, GNUTLS_KEYID_USE_SHA256, id, &size);
	gnutls_pubkey_deinit(public_key);
	return r < 0 || size == KEY_ID_SIZE ? r : GNUTLS_E_INTERNAL_ERROR;
}

int x509_key_matches(const char *key_name, gnutls_privkey_t key, const char *cert_name, gnutls_x509_crt_t cert,
		     struct error *e)
{
	unsigned char of_key[KEY_ID_SIZE], of_cert[KEY_ID_SIZE];
	size_t size = sizeof(of_cert);

	if (private_key_id(key, of_key) < 0 ||
	    gnutls_x509_crt_get_key_id(cert, GNUTLS_KEYID_USE_SHA256, of_cert, &size) < 0 || size != sizeof(of_cert) ||
	    memcmp(of_key, of_cert, size))
		return error_set(e, EINVAL, "%s does not belong to %s: they are not a pair", key_name, cert_name);
	return 0;
}
