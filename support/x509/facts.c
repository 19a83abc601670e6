/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/x509/facts_private.h"

#include <gnutls/crypto.h>
#include <string.h>

#define EXTENSIONS_MAX 64u /* real ones have a dozen */

/* ---- parts ---------------------------------------------------------------- */

bool facts_next_extension(struct der *rest, struct facts_extension *extension)
{
	struct der one;

	return der_take(rest, DER_SEQUENCE, &one) && der_take(&one, DER_OID, &extension->oid) &&
	       der_take_flag(&one, DER_BOOLEAN, &extension->critical) &&
	       der_take(&one, DER_OCTET_STRING, &extension->value) && !one.size;
}

/*
 * Its issuer's name and number, which may be there as well, are those of the certificate that an authority had when it
 * signed: they would keep a renewed one out.
 */
bool facts_read_issuer_key_id(const struct der *value, struct der *key_id)
{
	struct der file = *value, all, rest;

	*key_id = (struct der){ 0 };
	if (!der_take(&file, DER_SEQUENCE, &all) || file.size)
		return false;
	der_take(&all, DER_SIMPLE(0), key_id);
	der_take(&all, DER_CONSTRUCTED(1), &rest);
	der_take(&all, DER_SIMPLE(2), &rest);
	return !all.size;
}

/* ---- extensions -------------------------------------------------------------- */

static bool read_key_id(const struct der *value, struct facts *facts)
{
	struct der file = *value;

	return der_take(&file, DER_OCTET_STRING, &facts->key_id) && !file.size;
}

static bool read_usage(const struct der *value, struct facts *facts)
{
	struct der file = *value, bits;

	facts->has_usage = true;
	return der_take(&file, DER_BIT_STRING, &bits) && !file.size && der_bits(&bits, &facts->usage);
}

static bool read_sequence(const struct der *value, struct der *content)
{
	struct der file = *value;

	return der_take(&file, DER_SEQUENCE, content) && !file.size;
}

static bool read_names(const struct der *value, struct facts *facts)
{
	return read_sequence(value, &facts->names);
}

static bool read_basic(const struct der *value, struct facts *facts)
{
	struct der all;

	facts->has_basic = true;
	if (!read_sequence(value, &all) || !der_take_flag(&all, DER_BOOLEAN, &facts->is_authority))
		return false;
	if (!all.size)
		return true;
	/* Only authorities have others below them. */
	return facts->is_authority && der_take_number(&all, DER_INTEGER, &facts->path_length) && !all.size;
}

static bool read_constraints(const struct der *value, struct facts *facts)
{
	facts->has_constraints = true;
	return read_sequence(value, &facts->constraints);
}

static bool read_points(const struct der *value, struct facts *facts)
{
	return read_sequence(value, &facts->points);
}

static bool read_issuer_key_id(const struct der *value, struct facts *facts)
{
	return facts_read_issuer_key_id(value, &facts->issuer_key_id);
}

static bool read_purposes(const struct der *value, struct facts *facts)
{
	static const struct {
		struct der oid;
		unsigned int purposes;
	} known[] = {
		{ DER_OF("\x2b\x06\x01\x05\x05\x07\x03\x01"), PURPOSE_SERVER }, /* id-kp-serverAuth */
		{ DER_OF("\x2b\x06\x01\x05\x05\x07\x03\x02"), PURPOSE_CLIENT }, /* id-kp-clientAuth */
		{ DER_OF("\x55\x1d\x25\x00"), PURPOSE_ANY },			/* anyExtendedKeyUsage */
	};
	struct der all, oid;

	facts->purposes = 0;
	if (!read_sequence(value, &all) || !all.size)
		return false;
	while (der_take(&all, DER_OID, &oid))
		for (size_t i = 0; i < ARRAY_SIZE(known); i++)
			if (der_equal(&oid, &known[i].oid))
				facts->purposes |= known[i].purposes;
	return !all.size;
}

/* It neither widens nor narrows what is decided here. */
static bool read_nothing(const struct der *value, struct facts *facts)
{
	(void)value;
	(void)facts;
	return true;
}

/*
 * Those that RFC 5280 lets be critical, and which are obeyed.  Policies bind nobody here, since no policy is asked for;
 * but policyConstraints and policyMappings can demand one, and are not understood.
 */
static const struct {
	struct der oid;
	bool may_be_critical;
	bool (*read)(const struct der *value, struct facts *facts);
} known_extensions[] = {
	{ DER_OF("\x55\x1d\x0e"), false, read_key_id },	       { DER_OF("\x55\x1d\x0f"), true, read_usage },
	{ DER_OF("\x55\x1d\x11"), true, read_names },	       { DER_OF("\x55\x1d\x13"), true, read_basic },
	{ DER_OF("\x55\x1d\x1e"), true, read_constraints },    { DER_OF("\x55\x1d\x1f"), true, read_points },
	{ DER_OF("\x55\x1d\x20"), true, read_nothing }, /* certificatePolicies */
	{ DER_OF("\x55\x1d\x23"), false, read_issuer_key_id }, { DER_OF("\x55\x1d\x25"), true, read_purposes },
	{ DER_OF("\x55\x1d\x36"), true, read_nothing }, /* inhibitAnyPolicy */
};

static bool read_extension(const struct facts_extension *extension, struct facts *facts)
{
	for (size_t i = 0; i < ARRAY_SIZE(known_extensions); i++) {
		if (!der_equal(&extension->oid, &known_extensions[i].oid))
			continue;
		if (extension->critical && !known_extensions[i].may_be_critical)
			facts->not_understood = true;
		return known_extensions[i].read(&extension->value, facts);
	}
	if (extension->critical)
		facts->not_understood = true;
	return true;
}

/* Of an extension that is there twice (RFC 5280 section 4.2 forbids it), readers would take one or the other. */
static bool read_extensions(struct der *rest, struct facts *facts)
{
	struct facts_extension extension;
	struct der seen[EXTENSIONS_MAX];
	struct der all;
	size_t count = 0;

	if (!read_sequence(rest, &all))
		return false;
	while (all.size) {
		if (count == ARRAY_SIZE(seen) || !facts_next_extension(&all, &extension))
			return false;
		for (size_t i = 0; i < count; i++)
			if (der_equal(&seen[i], &extension.oid))
				return false;
		seen[count++] = extension.oid;
		if (!read_extension(&extension, facts))
			return false;
	}
	return true;
}

/* ---- the certificate -------------------------------------------------------------- */

static bool read_version(struct der *body, int *version)
{
	struct der tagged;

	*version = 0;
	if (!der_has(body, DER_CONSTRUCTED(0)))
		return true;
	return der_take(body, DER_CONSTRUCTED(0), &tagged) && der_take_number(&tagged, DER_INTEGER, version) &&
	       !tagged.size;
}

static bool read_body(struct facts *facts)
{
	struct der file = facts->signature.body, body, algorithm, validity, unique, extensions;
	int version;

	if (!der_take(&file, DER_SEQUENCE, &body) || !read_version(&body, &version) || version > 2 ||
	    !der_take(&body, DER_INTEGER, &facts->serial) || !der_is_integer(&facts->serial) ||
	    !der_take_whole(&body, DER_SEQUENCE, &algorithm) || !der_equal(&algorithm, &facts->signature.algorithm) ||
	    !der_take_whole(&body, DER_SEQUENCE, &facts->issuer) || !der_take(&body, DER_SEQUENCE, &validity) ||
	    !der_take_whole(&body, DER_SEQUENCE, &facts->subject) || !der_take_whole(&body, DER_SEQUENCE, &facts->key))
		return false;
	facts->is_version_1 = version == 0;
	if (version > 0) {
		der_take(&body, DER_SIMPLE(1), &unique);
		der_take(&body, DER_SIMPLE(2), &unique);
	}
	if (!body.size)
		return true;
	return version == 2 && der_take(&body, DER_CONSTRUCTED(3), &extensions) && !body.size &&
	       read_extensions(&extensions, facts);
}

bool facts_read(gnutls_x509_crt_t cert, struct facts *facts)
{
	gnutls_sign_algorithm_t kind = (gnutls_sign_algorithm_t)gnutls_x509_crt_get_signature_algorithm(cert);
	struct der whole;

	*facts = (struct facts){ .cert = cert, .path_length = -1, .usage = ~0u, .purposes = PURPOSES };
	if (gnutls_x509_crt_export2(cert, GNUTLS_X509_FMT_DER, &facts->whole) < 0) {
		facts->whole.data = NULL;
		return false;
	}
	whole = (struct der){ facts->whole.data, facts->whole.size };
	facts->from = gnutls_x509_crt_get_activation_time(cert);
	facts->until = gnutls_x509_crt_get_expiration_time(cert);
	if (signature_read(&whole, kind, &facts->signature) && read_body(facts))
		return true;
	facts_free(facts);
	return false;
}

void facts_free(struct facts *facts)
{
	gnutls_free(facts->whole.data);
	facts->whole.data = NULL;
}

bool facts_is_self_issued(const struct facts *facts)
{
	return der_equal(&facts->subject, &facts->issuer);
}

bool facts_are_named(const struct facts *issuer, const struct der *name, const struct der *key_id)
{
	return der_equal(name, &issuer->subject) &&
	       (!key_id->size || !issuer->key_id.size || der_equal(key_id, &issuer->key_id));
}

bool facts_may_have_issued(const struct facts *issuer, const struct facts *cert)
{
	return facts_are_named(issuer, &cert->issuer, &cert->issuer_key_id);
}

/* ---- keys ------------------------------------------------------------------------------ */

bool facts_hash_key(const struct facts *facts, unsigned char hash[FACTS_KEY_HASH_SIZE])
{
	return gnutls_hash_fast(GNUTLS_DIG_SHA256, facts->key.data, facts->key.size, hash) >= 0;
}

bool facts_issued(const struct facts *issuer, const struct facts *cert)
{
	return signature_is_by(&cert->signature, issuer->cert);
}

bool x509_cert_is_signed_by(gnutls_x509_crt_t cert, gnutls_x509_crt_t issuer)
{
	struct facts below, above;
	bool is_signed = false;

	if (!facts_read(cert, &below))
		return false;
	if (facts_read(issuer, &above)) {
		is_signed = facts_may_have_issued(&above, &below) && facts_issued(&above, &below);
		facts_free(&above);
	}
	facts_free(&below);
	return is_signed;
}
