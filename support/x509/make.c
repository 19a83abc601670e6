/* SPDX-License-Identifier: GPL-2.0-or-later */
/* New keys, requests (RFC 2986) and certificates (RFC 5280), for nfscert(8) and a small authority. */
#include <errno.h>
#include <gnutls/crypto.h>
#include <stdio.h>
#include <string.h>

#include "support/x509/x509.h"

#define RSA_BITS 3072u
/* The first bit is kept clear, so that the number is positive in 16 bytes (RFC 5280 section 4.1.2.2). */
#define SERIAL_SIZE 16u
/* Clocks differ; a certificate that is used at once must not be too young for its peer. */
#define BACKDATED_SECONDS 300
#define OID_SUBJECT_ALT_NAME "2.5.29.17"

static int fail(int code, const char *what, struct error *e)
{
	return code < 0 ? error_set(e, code == GNUTLS_E_MEMORY_ERROR ? ENOMEM : EIO, "%s: %s", what,
				    gnutls_strerror(code)) :
			  0;
}

/* ---- keys ---------------------------------------------------------------- */

static const struct {
	const char *word;
	gnutls_pk_algorithm_t algorithm;
	unsigned int bits;
} kinds[] = {
	[X509_KEY_ECDSA] = { "ecdsa", GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1) },
	[X509_KEY_RSA] = { "rsa", GNUTLS_PK_RSA, RSA_BITS },
	[X509_KEY_ED25519] = { "ed25519", GNUTLS_PK_EDDSA_ED25519, 0 },
};

int x509_key_kind_parse(const char *word, enum x509_key_kind *kind)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(kinds[i].word, word)) {
			*kind = (enum x509_key_kind)i;
			return 0;
		}
	return -EINVAL;
}

int x509_key_make(enum x509_key_kind kind, gnutls_privkey_t *key, struct error *e)
{
	gnutls_privkey_t new = NULL;
	int r = gnutls_privkey_init(&new);

	if (r >= 0)
		r = gnutls_privkey_generate(new, kinds[kind].algorithm, kinds[kind].bits, 0);
	if (r < 0) {
		if (new)
			gnutls_privkey_deinit(new);
		return fail(r, "cannot make a private key", e);
	}
	*key = new;
	return 0;
}

int x509_key_to_pem(gnutls_privkey_t key, struct bytes *pem, struct error *e)
{
	gnutls_x509_privkey_t plain = NULL;
	gnutls_datum_t text = { 0 };
	int r = gnutls_privkey_export_x509(key, &plain);

	if (r >= 0)
		r = gnutls_x509_privkey_export2_pkcs8(plain, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN, &text);
	r = fail(r, "the private key cannot be written", e);
	if (!r && bytes_copy(pem, text.data, text.size))
		r = error_set(e, ENOMEM, "out of memory");
	if (text.data) {
		explicit_bzero(text.data, text.size);
		gnutls_free(text.data);
	}
	if (plain)
		gnutls_x509_privkey_deinit(plain);
	return r;
}

/* ---- requests -------------------------------------------------------------- */

static int add_names_to_request(gnutls_x509_crq_t request, const struct x509_subject *subject)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < subject->count; i++) {
		const struct x509_reference *name = &subject->name[i];

		if (name->is_address)
			r = gnutls_x509_crq_set_subject_alt_name(request, GNUTLS_SAN_IPADDRESS, name->address.bytes,
								 name->address.size, GNUTLS_FSAN_APPEND);
		else
			r = gnutls_x509_crq_set_subject_alt_name(request, GNUTLS_SAN_DNSNAME, name->name,
								 (unsigned int)strlen(name->name), GNUTLS_FSAN_APPEND);
	}
	return r;
}

static int fill_request(gnutls_x509_crq_t request, const struct x509_subject *subject, gnutls_privkey_t key)
{
	gnutls_x509_privkey_t plain = NULL;
	int r = gnutls_privkey_export_x509(key, &plain);

	if (r >= 0)
		r = gnutls_x509_crq_set_version(request, 1);
	if (r >= 0)
		r = gnutls_x509_crq_set_key(request, plain);
	if (r >= 0 && subject->common_name[0])
		r = gnutls_x509_crq_set_dn_by_oid(request, GNUTLS_OID_X520_COMMON_NAME, 0, subject->common_name,
						  (unsigned int)strlen(subject->common_name));
	if (r >= 0)
		r = add_names_to_request(request, subject);
	if (r >= 0)
		r = gnutls_x509_crq_set_key_usage(request, GNUTLS_KEY_DIGITAL_SIGNATURE);
	for (size_t i = 0; r >= 0 && i < 2; i++)
		r = gnutls_x509_crq_set_key_purpose_oid(request,
							i ? GNUTLS_KP_TLS_WWW_CLIENT : GNUTLS_KP_TLS_WWW_SERVER, 0);
	if (r >= 0)
		r = gnutls_x509_crq_privkey_sign(request, key, GNUTLS_DIG_UNKNOWN, 0);
	if (plain)
		gnutls_x509_privkey_deinit(plain);
	return r;
}

static int take_pem(int code, gnutls_datum_t *text, struct strbuf *pem, const char *what, struct error *e)
{
	if (code < 0)
		return fail(code, what, e);
	strbuf_add(pem, (const char *)text->data, text->size);
	gnutls_free(text->data);
	return pem->failed ? error_set(e, ENOMEM, "out of memory") : 0;
}

/* GnuTLS would call it NEW CERTIFICATE REQUEST, which RFC 7468 section 7 leaves to readers. */
static int request_to_pem(gnutls_x509_crq_t request, gnutls_datum_t *text)
{
	gnutls_datum_t der = { 0 };
	int r = gnutls_x509_crq_export2(request, GNUTLS_X509_FMT_DER, &der);

	if (r >= 0)
		r = gnutls_pem_base64_encode2("CERTIFICATE REQUEST", &der, text);
	gnutls_free(der.data);
	return r;
}

int x509_request_make(const struct x509_subject *subject, gnutls_privkey_t key, struct strbuf *pem, struct error *e)
{
	static const char what[] = "cannot make a certificate request";
	gnutls_x509_crq_t request = NULL;
	gnutls_datum_t text = { 0 };
	int r = gnutls_x509_crq_init(&request);

	if (r >= 0)
		r = fill_request(request, subject, key);
	if (r >= 0)
		r = request_to_pem(request, &text);
	r = take_pem(r, &text, pem, what, e);
	if (request)
		gnutls_x509_crq_deinit(request);
	return r;
}

/* ---- certificates ------------------------------------------------------------- */

static int set_serial(gnutls_x509_crt_t cert)
{
	unsigned char serial[SERIAL_SIZE];
	int r = gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof(serial));

	if (r < 0)
		return r;
	serial[0] = (unsigned char)((serial[0] & 0x7f) | 0x40); /* nor a leading zero byte */
	return gnutls_x509_crt_set_serial(cert, serial, sizeof(serial));
}

/* Nothing outlives the authority that signed it. */
static int set_dates(gnutls_x509_crt_t cert, gnutls_x509_crt_t issuer, unsigned int days, time_t now)
{
	time_t until = now + (time_t)days * 86400;
	int r = gnutls_x509_crt_set_activation_time(cert, now - BACKDATED_SECONDS);

	if (issuer && gnutls_x509_crt_get_expiration_time(issuer) < until)
		until = gnutls_x509_crt_get_expiration_time(issuer);
	return r < 0 ? r : gnutls_x509_crt_set_expiration_time(cert, until);
}

#define KEY_ID_MAX 64u

/* An authority's certificate that tells no identifier gets the usual one (RFC 5280 section 4.2.1.2). */
static int find_issuer_key_id(gnutls_x509_crt_t issuer, unsigned char id[KEY_ID_MAX], size_t *size)
{
	int r;

	*size = KEY_ID_MAX;
	r = gnutls_x509_crt_get_subject_key_id(issuer, id, size, NULL);
	if (r != GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
		return r;
	*size = KEY_ID_MAX;
	return gnutls_x509_crt_get_key_id(issuer, GNUTLS_KEYID_USE_SHA1, id, size);
}

static int set_key_ids(gnutls_x509_crt_t cert, gnutls_x509_crt_t issuer)
{
	unsigned char id[KEY_ID_MAX];
	size_t size = sizeof(id);
	int r = gnutls_x509_crt_get_key_id(cert, GNUTLS_KEYID_USE_SHA1, id, &size);

	if (r >= 0)
		r = gnutls_x509_crt_set_subject_key_id(cert, id, size);
	if (r >= 0)
		r = find_issuer_key_id(issuer ? issuer : cert, id, &size);
	return r < 0 ? r : gnutls_x509_crt_set_authority_key_id(cert, id, size);
}

static int begin_certificate(gnutls_x509_crt_t cert, gnutls_x509_crt_t issuer, unsigned int days, time_t now)
{
	int r = gnutls_x509_crt_set_version(cert, 3);

	if (r >= 0)
		r = set_serial(cert);
	return r < 0 ? r : set_dates(cert, issuer, days, now);
}

static int finish_certificate(gnutls_x509_crt_t cert, gnutls_x509_crt_t issuer, gnutls_privkey_t issuer_key)
{
	int r = set_key_ids(cert, issuer);

	return r < 0 ? r :
		       gnutls_x509_crt_privkey_sign(cert, issuer ? issuer : cert, issuer_key, GNUTLS_DIG_UNKNOWN, 0);
}

/*
 * Of the request only the subject's names and key are taken: what else it asks for, to be an authority for one, is not
 * the asker's to decide.
 */
static int fill_host(gnutls_x509_crt_t cert, gnutls_x509_crq_t request)
{
	int r = gnutls_x509_crt_set_crq(cert, request);

	if (r >= 0)
		r = gnutls_x509_crt_set_crq_extension_by_oid(cert, request, OID_SUBJECT_ALT_NAME, 0);
	if (r >= 0)
		r = gnutls_x509_crt_set_basic_constraints(cert, 0, -1);
	if (r >= 0)
		r = gnutls_x509_crt_set_key_usage(cert, GNUTLS_KEY_DIGITAL_SIGNATURE);
	if (r >= 0)
		r = gnutls_x509_crt_set_key_purpose_oid(cert, GNUTLS_KP_TLS_WWW_SERVER, 0);
	return r < 0 ? r : gnutls_x509_crt_set_key_purpose_oid(cert, GNUTLS_KP_TLS_WWW_CLIENT, 0);
}

/* Once more from its bytes: what was put together answers some questions only then. */
static int read_back(gnutls_x509_crt_t *cert)
{
	gnutls_x509_crt_t whole = NULL;
	gnutls_datum_t der = { 0 };
	int r = gnutls_x509_crt_export2(*cert, GNUTLS_X509_FMT_DER, &der);

	if (r >= 0)
		r = gnutls_x509_crt_init(&whole);
	if (r >= 0)
		r = gnutls_x509_crt_import(whole, &der, GNUTLS_X509_FMT_DER);
	gnutls_free(der.data);
	if (r < 0) {
		if (whole)
			gnutls_x509_crt_deinit(whole);
		return r;
	}
	gnutls_x509_crt_deinit(*cert);
	*cert = whole;
	return r;
}

static int sign_host(gnutls_x509_crq_t request, gnutls_x509_crt_t issuer, gnutls_privkey_t issuer_key,
		     unsigned int days, time_t now, gnutls_x509_crt_t cert)
{
	int r = begin_certificate(cert, issuer, days, now);

	if (r >= 0)
		r = fill_host(cert, request);
	return r < 0 ? r : finish_certificate(cert, issuer, issuer_key);
}

static int read_request(const char *name, const void *data, size_t size, gnutls_x509_crq_t request, struct error *e)
{
	gnutls_datum_t pem = { (unsigned char *)(uintptr_t)data, (unsigned int)size };
	unsigned char names[1];
	size_t room = 0;
	unsigned int type;
	int r;

	if (size > X509_FILE_MAX)
		return error_set(e, EFBIG, "%s is too long for a certificate request", name);
	r = gnutls_x509_crq_import(request, &pem, GNUTLS_X509_FMT_PEM);
	if (r < 0)
		return error_set(e, EINVAL, "%s: no certificate request can be read: %s", name, gnutls_strerror(r));
	r = gnutls_x509_crq_verify(request, 0);
	if (r == GNUTLS_E_PK_SIG_VERIFY_FAILED)
		return error_set(e, EINVAL, "%s: whoever asks does not have the key: its signature is wrong", name);
	if (r < 0)
		return error_set(e, EOPNOTSUPP,
				 "%s: its key is of a kind, or on a curve, that cannot sign in TLS "
				 "1.3: %s",
				 name, gnutls_strerror(r));
	r = gnutls_x509_crq_get_subject_alt_name(request, 0, names, &room, &type, NULL);
	if (r == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
		return error_set(e, EINVAL, "%s asks for no name: a peer looks only at DNS and IP subjectAltNames",
				 name);
	return 0;
}

/* Peers would not take it, or it would stand for more than a host. */
static int check_host(const char *name, gnutls_x509_crt_t cert, struct error *e)
{
	int r = x509_cert_check_key(name, cert, e);

	if (r)
		return r;
	return x509_cert_is_for_hosts(cert) ?
		       0 :
		       error_set(e, EINVAL,
				 "%s asks for a name that no host has: a peer looks at DNS names, with at "
				 "most a wildcard for the first of three labels, and addresses",
				 name);
}

int x509_request_sign(const char *name, const void *request_pem, size_t size, gnutls_x509_crt_t issuer,
		      gnutls_privkey_t issuer_key, unsigned int days, time_t now, gnutls_x509_crt_t *cert,
		      struct error *e)
{
	gnutls_x509_crq_t request = NULL;
	gnutls_x509_crt_t new = NULL;
	int r = fail(gnutls_x509_crq_init(&request), "out of memory", e);

	if (!r)
		r = read_request(name, request_pem, size, request, e);
	if (!r)
		r = fail(gnutls_x509_crt_init(&new), "out of memory", e);
	if (!r)
		r = fail(sign_host(request, issuer, issuer_key, days, now, new), "cannot make a certificate", e);
	if (!r)
		r = fail(read_back(&new), "cannot make a certificate", e);
	if (!r)
		r = check_host(name, new, e);
	if (!r)
		*cert = new;
	else if (new)
		gnutls_x509_crt_deinit(new);
	if (request)
		gnutls_x509_crq_deinit(request);
	return r;
}

static int fill_authority(gnutls_x509_crt_t cert, const char *common_name, gnutls_privkey_t key)
{
	gnutls_pubkey_t public_key = NULL;
	int r = gnutls_pubkey_init(&public_key);

	if (r >= 0)
		r = gnutls_pubkey_import_privkey(public_key, key, 0, 0);
	if (r >= 0)
		r = gnutls_x509_crt_set_pubkey(cert, public_key);
	if (public_key)
		gnutls_pubkey_deinit(public_key);
	if (r >= 0)
		r = gnutls_x509_crt_set_dn_by_oid(cert, GNUTLS_OID_X520_COMMON_NAME, 0, common_name,
						  (unsigned int)strlen(common_name));
	if (r >= 0)
		r = gnutls_x509_crt_set_basic_constraints(cert, 1, 0);
	return r < 0 ? r : gnutls_x509_crt_set_key_usage(cert, GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN);
}

int x509_authority_make(const char *common_name, gnutls_privkey_t key, unsigned int days, time_t now,
			gnutls_x509_crt_t *cert, struct error *e)
{
	gnutls_x509_crt_t new = NULL;
	int r = gnutls_x509_crt_init(&new);

	if (r >= 0)
		r = begin_certificate(new, NULL, days, now);
	if (r >= 0)
		r = fill_authority(new, common_name, key);
	if (r >= 0)
		r = finish_certificate(new, NULL, key);
	if (r >= 0)
		r = read_back(&new);
	if (r < 0) {
		if (new)
			gnutls_x509_crt_deinit(new);
		return fail(r, "cannot make an authority", e);
	}
	*cert = new;
	return 0;
}

int x509_cert_to_pem(gnutls_x509_crt_t cert, struct strbuf *pem, struct error *e)
{
	gnutls_datum_t text = { 0 };
	int r = gnutls_x509_crt_export2(cert, GNUTLS_X509_FMT_PEM, &text);

	return take_pem(r, &text, pem, "a certificate cannot be written", e);
}
