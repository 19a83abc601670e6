/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/x509/x509.h"

#include <errno.h>
#include <nettle/base64.h>
#include <string.h>

#include "support/x509/encoding_private.h"
#include "support/x509/foreign_private.h"

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

static bool is_kind(int kind)
{
	switch (kind) {
	case GNUTLS_PK_RSA:
	case GNUTLS_PK_RSA_PSS:
	case GNUTLS_PK_ECDSA:
	case GNUTLS_PK_EDDSA_ED25519:
	case GNUTLS_PK_EDDSA_ED448:
		return true;
	default:
		return false;
	}
}

static int check_kind(const char *name, gnutls_privkey_t key, struct error *e)
{
	return is_kind(gnutls_privkey_get_pk_algorithm(key, NULL)) ?
		       0 :
		       error_set(e, EOPNOTSUPP,
				 "%s: keys of this kind cannot sign in TLS 1.3: use ECDSA, Ed25519 or RSA", name);
}

bool x509_key_is_encrypted(const void *data, size_t size)
{
	gnutls_datum_t raw = { (unsigned char *)(uintptr_t)data, (unsigned int)size };

	if (!size || size > X509_FILE_MAX)
		return false;
	return encoding_is_pem(data, size) ? is_encrypted_pem(data, size) : is_encrypted_der(&raw);
}

/* The text says nothing of the content: it might be a key after all. */
static int cannot_read(const char *name, int code, bool encrypted, struct error *e)
{
	if (code == GNUTLS_E_DECRYPTION_FAILED || code == GNUTLS_E_MAC_VERIFY_FAILED)
		return error_set(e, EACCES, "%s: this passphrase does not open it", name);
	if (encrypted)
		return error_set(e, EINVAL,
				 "%s: the encrypted key cannot be read: %s; what is understood is PBES2 "
				 "with PBKDF2 and AES",
				 name, gnutls_strerror(code));
	return error_set(e, EINVAL, "%s: no private key can be read: %s", name, gnutls_strerror(code));
}

/* ---- PEM ------------------------------------------------------------------------ */

/* The text between the lines around the first private key (RFC 7468); false when there is none. */
static bool find_body(const char *data, size_t size, const char **body, size_t *body_size)
{
	static const char begin[] = "-----BEGIN ", end[] = "-----END ", key[] = "PRIVATE KEY-----";
	const char *stop = data + size, *line = data, *label, *until;

	for (;;) {
		label = memmem(line, (size_t)(stop - line), begin, sizeof(begin) - 1);
		until = label ? memchr(label, '\n', (size_t)(stop - label)) : NULL;
		if (!until)
			return false;
		line = until;
		if (memmem(label, (size_t)(until - label), key, sizeof(key) - 1))
			break;
	}
	until = memmem(line, (size_t)(stop - line), end, sizeof(end) - 1);
	*body = line;
	*body_size = until ? (size_t)(until - line) : 0;
	return until != NULL;
}

/*
 * GnuTLS leaves the text of a key in memory that it has freed.  So it gets the DER, from a buffer that is wiped.  It
 * reads what has lines of its own before the text, which are those of an encrypted key, and what is not PEM after all.
 */
static int decode_pem(const void *data, size_t size, struct bytes *der)
{
	struct base64_decode_ctx context;
	size_t body_size, decoded = 0;
	const char *body;
	bool good;

	if (!find_body(data, size, &body, &body_size) || memchr(body, ':', body_size))
		return 0;
	if (bytes_alloc(der, BASE64_DECODE_LENGTH(body_size)))
		return GNUTLS_E_MEMORY_ERROR;
	base64_decode_init(&context);
	good = base64_decode_update(&context, &decoded, der->data, body_size, body) && base64_decode_final(&context);
	if (good) /* until then all of it is to be wiped */
		der->size = decoded;
	explicit_bzero(&context, sizeof(context));
	return good ? 0 : GNUTLS_E_BASE64_DECODING_ERROR;
}

static int import(gnutls_privkey_t key, const void *data, size_t size, const char *passphrase)
{
	gnutls_datum_t raw = { (unsigned char *)(uintptr_t)data, (unsigned int)size };
	bool is_pem = encoding_is_pem(data, size);
	AUTO_BYTES der = { 0 };
	int r = is_pem ? decode_pem(data, size, &der) : 0;

	if (r)
		return r;
	if (der.size) {
		raw = (gnutls_datum_t){ der.data, (unsigned int)der.size };
		is_pem = false;
	}
	return gnutls_privkey_import_x509_raw(key, &raw, is_pem ? GNUTLS_X509_FMT_PEM : GNUTLS_X509_FMT_DER, passphrase,
					      0);
}

int x509_key_parse_encrypted(const char *name, const void *data, size_t size, const char *passphrase,
			     gnutls_privkey_t *key, struct error *e)
{
	gnutls_privkey_t new = NULL;
	int r;

	if (!size || size > X509_FILE_MAX)
		return error_set(e, EINVAL, "%s holds no private key", name);
	r = gnutls_privkey_init(&new);
	if (r >= 0)
		r = import(new, data, size, passphrase);
	r = r < 0 ? cannot_read(name, r, passphrase != NULL, e) : check_kind(name, new, e);
	if (!r) {
		*key = new;
		return 0;
	}
	gnutls_privkey_deinit(new);
	return !passphrase && foreign_refuse(name, data, size, X509_PRIVATE_KEY, e) ? -EINVAL : r;
}

int x509_key_parse(const char *name, const void *data, size_t size, gnutls_privkey_t *key, struct error *e)
{
	if (x509_key_is_encrypted(data, size))
		return error_set(e, EINVAL, "%s is encrypted: store it without passphrase, readable by root alone",
				 name);
	return x509_key_parse_encrypted(name, data, size, NULL, key, e);
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

/* ---- several keys ----------------------------------------------------------- */

/* The first that parses tells what is wrong when none belongs to the leaf. */
static int parse_each(const char *name, const unsigned char *data, size_t size, const char *leaf_name,
		      gnutls_x509_crt_t leaf, gnutls_privkey_t *key, struct error *e)
{
	int r = -EINVAL;

	while (r && size) {
		size_t whole = encoding_element_size(data, size);
		gnutls_privkey_t one = NULL;

		if (!whole)
			return error_set(e, EINVAL, "%s: no private key can be read: it is cut off", name);
		r = x509_key_parse(name, data, whole, &one, e);
		if (!r)
			r = x509_key_matches(name, one, leaf_name, leaf, e);
		if (!r)
			*key = one;
		else if (one)
			gnutls_privkey_deinit(one);
		data += whole;
		size -= whole;
	}
	return r;
}

int x509_key_parse_for(const char *name, const void *data, size_t size, const char *leaf_name, gnutls_x509_crt_t leaf,
		       gnutls_privkey_t *key, struct error *e)
{
	gnutls_privkey_t one = NULL;
	int r;

	if (size && size <= X509_FILE_MAX && !encoding_is_pem(data, size))
		return parse_each(name, data, size, leaf_name, leaf, key, e);
	r = x509_key_parse(name, data, size, &one, e);
	if (!r)
		r = x509_key_matches(name, one, leaf_name, leaf, e);
	if (!r)
		*key = one;
	else if (one)
		gnutls_privkey_deinit(one);
	return r;
}

/* ---- writing ------------------------------------------------------------------- */

int x509_key_to_der(gnutls_privkey_t key, struct bytes *out, struct error *e)
{
	gnutls_x509_privkey_t plain = NULL;
	gnutls_datum_t der = { 0 };
	int r = gnutls_privkey_export_x509(key, &plain);

	if (r >= 0)
		r = gnutls_x509_privkey_export2_pkcs8(plain, GNUTLS_X509_FMT_DER, NULL, GNUTLS_PKCS_PLAIN, &der);
	if (r < 0)
		r = error_set(e, EIO, "the private key cannot be written: %s", gnutls_strerror(r));
	else if (bytes_copy(out, der.data, der.size))
		r = error_set(e, ENOMEM, "out of memory");
	else
		r = 0;
	if (der.data) {
		explicit_bzero(der.data, der.size);
		gnutls_free(der.data);
	}
	if (plain)
		gnutls_x509_privkey_deinit(plain);
	return r;
}

/* ---- kind and strength -------------------------------------------------------------- */

#define RSA_BITS_MIN 2048u
#define CURVE_BITS_MIN 255u /* Ed25519 has no more */

static int check_strength(const char *name, int kind, unsigned int bits, struct error *e)
{
	bool rsa = kind == GNUTLS_PK_RSA || kind == GNUTLS_PK_RSA_PSS;

	if (bits >= (rsa ? RSA_BITS_MIN : CURVE_BITS_MIN))
		return 0;
	return error_set(e, EKEYREJECTED, "%s: a key of %u bits (%s) is too weak: at least %u are needed", name, bits,
			 gnutls_pk_get_name((gnutls_pk_algorithm_t)kind), rsa ? RSA_BITS_MIN : CURVE_BITS_MIN + 1);
}

int x509_key_check_strength(const char *name, gnutls_privkey_t key, struct error *e)
{
	unsigned int bits = 0;
	int kind = gnutls_privkey_get_pk_algorithm(key, &bits);

	return check_strength(name, kind, bits, e);
}

/* GnuTLS reads a certificate on a curve that it does not know, but not its key. */
static bool is_known_curve(gnutls_x509_crt_t cert)
{
	gnutls_ecc_curve_t curve = GNUTLS_ECC_CURVE_INVALID;
	gnutls_datum_t x = { 0 }, y = { 0 };
	int r = gnutls_x509_crt_get_pk_ecc_raw(cert, &curve, &x, &y);

	gnutls_free(x.data);
	gnutls_free(y.data);
	return r >= 0 && curve != GNUTLS_ECC_CURVE_INVALID;
}

int x509_cert_check_key(const char *name, gnutls_x509_crt_t cert, struct error *e)
{
	unsigned int bits = 0;
	int kind = gnutls_x509_crt_get_pk_algorithm(cert, &bits);

	if (!is_kind(kind) || (kind == GNUTLS_PK_ECDSA && !is_known_curve(cert)))
		return error_set(e, EOPNOTSUPP,
				 "%s: its key is of a kind, or on a curve, that cannot sign in TLS 1.3: "
				 "use P-256, P-384, P-521, Ed25519, Ed448 or RSA",
				 name);
	return check_strength(name, kind, bits, e);
}
