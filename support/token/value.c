/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/token/token_private.h"

#include <errno.h>
#include <string.h>

#define VALUE_MAX 16384u /* bytes; a number of the largest RSA keys has 2048 */

/* One key, and how it is called. */
struct source {
	const struct token_object *object;
	const char *shown;
};

/* ---- attributes ------------------------------------------------------------ */

static CK_RV get(const struct source *from, CK_ATTRIBUTE *attribute)
{
	const struct token_object *object = from->object;
	CK_RV rv = object->module->C_GetAttributeValue(object->session, object->handle, attribute, 1);

	return rv == CKR_OK && attribute->ulValueLen == CK_UNAVAILABLE_INFORMATION ? CKR_ATTRIBUTE_SENSITIVE : rv;
}

static int cannot_leave(const struct source *from, const char *why, struct error *e)
{
	return error_set(e, EPERM,
			 "%s: the key cannot leave its token, and the kernel's keyring needs the key "
			 "itself: %s",
			 from->shown, why);
}

static int cannot_read(const struct source *from, CK_RV rv, struct error *e)
{
	/* Cards say the second of what they never give away. */
	if (rv == CKR_ATTRIBUTE_SENSITIVE || rv == CKR_ATTRIBUTE_TYPE_INVALID)
		return cannot_leave(from, "the token keeps its value back", e);
	if (rv == CKR_USER_NOT_LOGGED_IN)
		return error_set(e, EACCES,
				 "%s: the token needs its PIN to show the key: hand it over with "
				 "--passphrase-fd",
				 from->shown);
	if (rv == CKR_HOST_MEMORY)
		return error_set(e, ENOMEM, "out of memory");
	return error_set(e, EIO, "%s: the PKCS#11 module cannot read the key: %s", from->shown, p11_kit_strerror(rv));
}

/* Of any size; empty ones are as bad as missing ones. */
static CK_RV get_bytes(const struct source *from, CK_ATTRIBUTE_TYPE type, struct bytes *out)
{
	CK_ATTRIBUTE attribute = { type, NULL, 0 };
	CK_RV rv = get(from, &attribute);

	if (rv != CKR_OK)
		return rv;
	if (!attribute.ulValueLen || attribute.ulValueLen > VALUE_MAX)
		return CKR_ATTRIBUTE_VALUE_INVALID;
	if (bytes_alloc(out, attribute.ulValueLen))
		return CKR_HOST_MEMORY;
	attribute.pValue = out->data;
	rv = get(from, &attribute);
	if (rv == CKR_OK && attribute.ulValueLen <= out->size)
		out->size = attribute.ulValueLen;
	else
		bytes_free(out);
	return out->data || rv != CKR_OK ? rv : CKR_ATTRIBUTE_VALUE_INVALID;
}

/* False also when the token does not tell: then its answer to the question for the value decides. */
static bool is_not(const struct source *from, CK_ATTRIBUTE_TYPE type, CK_BBOOL fine)
{
	CK_BBOOL value = fine;
	CK_ATTRIBUTE attribute = { type, &value, sizeof(value) };

	return get(from, &attribute) == CKR_OK && !value != !fine;
}

/* ---- kinds of keys ------------------------------------------------------------ */

static int take(const struct source *from, int code, struct error *e)
{
	if (code >= 0)
		return 0;
	return error_set(e, EIO, "%s: what the token gave is no whole key: %s", from->shown, gnutls_strerror(code));
}

enum { MODULUS, PUBLIC_EXPONENT, PRIVATE_EXPONENT, PRIME_1, PRIME_2, EXPONENT_1, EXPONENT_2, COEFFICIENT, NUMBERS };

/* PKCS#11 3.0 section 2.1.3 */
static const CK_ATTRIBUTE_TYPE rsa_numbers[NUMBERS] = {
	[MODULUS] = CKA_MODULUS,       [PUBLIC_EXPONENT] = CKA_PUBLIC_EXPONENT,
	[PRIME_1] = CKA_PRIME_1,       [PRIVATE_EXPONENT] = CKA_PRIVATE_EXPONENT,
	[PRIME_2] = CKA_PRIME_2,       [EXPONENT_1] = CKA_EXPONENT_1,
	[EXPONENT_2] = CKA_EXPONENT_2, [COEFFICIENT] = CKA_COEFFICIENT,
};

static gnutls_datum_t as_datum(const struct bytes *b)
{
	return (gnutls_datum_t){ b->data, (unsigned int)b->size };
}

/* The last three follow from the others, and a token need not have them; GnuTLS then computes them. */
static CK_RV get_numbers(const struct source *from, struct bytes numbers[NUMBERS])
{
	CK_RV rv = CKR_OK;

	for (int i = 0; i < EXPONENT_1 && rv == CKR_OK; i++)
		rv = get_bytes(from, rsa_numbers[i], &numbers[i]);
	for (int i = EXPONENT_1; i < NUMBERS && rv == CKR_OK; i++)
		if (get_bytes(from, rsa_numbers[i], &numbers[i]) == CKR_HOST_MEMORY)
			rv = CKR_HOST_MEMORY;
	return rv;
}

static int read_rsa(const struct source *from, gnutls_privkey_t key, struct error *e)
{
	struct bytes numbers[NUMBERS] = { 0 };
	gnutls_datum_t d[NUMBERS], *have[NUMBERS];
	CK_RV rv = get_numbers(from, numbers);
	int r;

	for (int i = 0; i < NUMBERS; i++) {
		d[i] = as_datum(&numbers[i]);
		have[i] = d[i].size ? &d[i] : NULL;
	}
	if (rv != CKR_OK)
		r = cannot_read(from, rv, e);
	else
		r = take(from,
			 gnutls_privkey_import_rsa_raw(key, have[MODULUS], have[PUBLIC_EXPONENT],
						       have[PRIVATE_EXPONENT], have[PRIME_1], have[PRIME_2],
						       have[COEFFICIENT], have[EXPONENT_1], have[EXPONENT_2]),
			 e);
	for (int i = 0; i < NUMBERS; i++)
		bytes_free(&numbers[i]);
	return r;
}

/* ---- keys on curves: the private object holds the number alone ----------------- */

/* The first public key object whose attribute of this type is the private one's.  CKR_OK with *found false: none. */
static CK_RV find_twin(const struct source *from, CK_ATTRIBUTE_TYPE type, struct token_object *twin, bool *found)
{
	const struct token_object *object = from->object;
	CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
	AUTO_BYTES value = { 0 };
	CK_ATTRIBUTE wanted[] = { { CKA_CLASS, &class, sizeof(class) }, { type, NULL, 0 } };
	CK_ULONG count = 0;
	CK_RV rv;

	*found = false;
	if (get_bytes(from, type, &value) != CKR_OK)
		return CKR_OK; /* it has no such attribute: nothing has the same */
	wanted[1].pValue = value.data;
	wanted[1].ulValueLen = value.size;
	rv = object->module->C_FindObjectsInit(object->session, wanted, ARRAY_SIZE(wanted));
	if (rv != CKR_OK)
		return rv;
	*twin = *object;
	rv = object->module->C_FindObjects(object->session, &twin->handle, 1, &count);
	object->module->C_FindObjectsFinal(object->session);
	*found = rv == CKR_OK && count;
	return rv;
}

/*
 * CKA_EC_POINT (PKCS#11 3.0 section 2.3.4), which some tokens keep with the private key, and most in the public key
 * object of the same CKA_ID or CKA_LABEL.  Whether it belongs to the number is seen when the key is verified.
 */
static int get_point(const struct source *from, struct bytes *point, struct error *e)
{
	static const CK_ATTRIBUTE_TYPE same[] = { CKA_ID, CKA_LABEL };
	CK_RV rv = get_bytes(from, CKA_EC_POINT, point);

	for (size_t i = 0; rv != CKR_OK && rv != CKR_HOST_MEMORY && i < ARRAY_SIZE(same); i++) {
		struct token_object twin;
		struct source public = { &twin, from->shown };
		bool found;

		rv = find_twin(from, same[i], &twin, &found);
		if (rv != CKR_OK)
			return cannot_read(from, rv, e);
		rv = found ? get_bytes(&public, CKA_EC_POINT, point) : CKR_ATTRIBUTE_TYPE_INVALID;
	}
	if (rv == CKR_OK)
		return 0;
	if (rv == CKR_HOST_MEMORY)
		return error_set(e, ENOMEM, "out of memory");
	return error_set(e, ENOENT,
			 "%s: the token has no public key beside the private one, and the key is not whole "
			 "without it. Store the public key there too, with the same ID",
			 from->shown);
}

static int take_public(const struct source *from, int code, struct error *e)
{
	if (code != GNUTLS_E_ECC_UNSUPPORTED_CURVE)
		return take(from, code, e);
	return error_set(e, ENOTSUP, "%s is on a curve that cannot be used here: use P-256, P-384 or P-521",
			 from->shown);
}

/* The caller frees *x and *y with gnutls_free(). */
static int read_public(const struct source *from, const struct bytes *params, gnutls_ecc_curve_t *curve,
		       gnutls_datum_t *x, gnutls_datum_t *y, struct error *e)
{
	AUTO_BYTES point = { 0 };
	gnutls_pubkey_t public = NULL;
	gnutls_datum_t der_params = as_datum(params), der_point;
	int r = get_point(from, &point, e);

	if (r)
		return r;
	if (gnutls_pubkey_init(&public) < 0)
		return error_set(e, ENOMEM, "out of memory");
	der_point = as_datum(&point);
	r = take_public(from, gnutls_pubkey_import_ecc_x962(public, &der_params, &der_point), e);
	if (!r)
		r = take(from, gnutls_pubkey_export_ecc_raw2(public, curve, x, y, 0), e);
	gnutls_pubkey_deinit(public);
	return r;
}

static int read_ecdsa(const struct source *from, gnutls_privkey_t key, struct error *e)
{
	AUTO_BYTES params = { 0 }, number = { 0 };
	gnutls_datum_t d, x = { 0 }, y = { 0 };
	gnutls_ecc_curve_t curve;
	CK_RV rv = get_bytes(from, CKA_EC_PARAMS, &params);
	int r;

	if (rv == CKR_OK)
		rv = get_bytes(from, CKA_VALUE, &number);
	if (rv != CKR_OK)
		return cannot_read(from, rv, e);
	r = read_public(from, &params, &curve, &x, &y, e);
	if (r)
		return r;
	d = as_datum(&number);
	r = take(from, gnutls_privkey_import_ecc_raw(key, curve, &x, &y, &d), e);
	gnutls_free(x.data);
	gnutls_free(y.data);
	return r;
}

static bool is_ed25519(const struct bytes *params)
{
	static const unsigned char identifier[] = { 0x06, 0x03, 0x2b, 0x65, 0x70 }; /* RFC 8410 section 3 */
	static const char name[] = "\x13\x0c"
				   "edwards25519"; /* PKCS#11 3.0 section 2.3.5 */

	return (params->size == sizeof(identifier) && !memcmp(params->data, identifier, sizeof(identifier))) ||
	       (params->size == sizeof(name) - 1 && !memcmp(params->data, name, sizeof(name) - 1));
}

#define ED25519_SIZE 32u

/* GnuTLS finds the public half itself when the key comes as PKCS#8: this is RFC 8410 section 7 up to the key. */
static int read_ed25519(const struct source *from, gnutls_privkey_t key, struct error *e)
{
	static const unsigned char head[] = { 0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
					      0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20 };
	AUTO_BYTES params = { 0 }, seed = { 0 }, der = { 0 };
	gnutls_datum_t raw;
	CK_RV rv = get_bytes(from, CKA_EC_PARAMS, &params);

	if (rv == CKR_OK)
		rv = get_bytes(from, CKA_VALUE, &seed);
	if (rv != CKR_OK)
		return cannot_read(from, rv, e);
	if (!is_ed25519(&params))
		return error_set(e, ENOTSUP, "%s is on an Edwards curve that cannot be used here: use Ed25519",
				 from->shown);
	if (seed.size != ED25519_SIZE)
		return take(from, GNUTLS_E_ILLEGAL_PARAMETER, e);
	if (bytes_alloc(&der, sizeof(head) + seed.size))
		return error_set(e, ENOMEM, "out of memory");
	memcpy(der.data, head, sizeof(head));
	memcpy(der.data + sizeof(head), seed.data, seed.size);
	raw = as_datum(&der);
	return take(from, gnutls_privkey_import_x509_raw(key, &raw, GNUTLS_X509_FMT_DER, NULL, 0), e);
}

static const struct kind {
	CK_KEY_TYPE type;
	int (*read)(const struct source *from, gnutls_privkey_t key, struct error *e);
} kinds[] = {
	{ CKK_RSA, read_rsa },
	{ CKK_EC, read_ecdsa },
	{ CKK_EC_EDWARDS, read_ed25519 },
};

/* ---- the value ------------------------------------------------------------------ */

static int find_kind(const struct source *from, const struct kind **kind, struct error *e)
{
	CK_KEY_TYPE type = 0;
	CK_ATTRIBUTE attribute = { CKA_KEY_TYPE, &type, sizeof(type) };
	CK_RV rv = get(from, &attribute);

	if (rv != CKR_OK)
		return cannot_read(from, rv, e);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i].type == type) {
			*kind = &kinds[i];
			return 0;
		}
	return error_set(e, ENOTSUP, "%s: keys of this kind cannot sign in TLS 1.3: use ECDSA, Ed25519 or RSA",
			 from->shown);
}

/* It is asked before the value is: some tokens tell nothing but that a sensitive value is not there. */
static int check_leaves(const struct source *from, struct error *e)
{
	if (is_not(from, CKA_SENSITIVE, CK_FALSE))
		return cannot_leave(from, "it is marked as sensitive (CKA_SENSITIVE)", e);
	if (is_not(from, CKA_EXTRACTABLE, CK_TRUE))
		return cannot_leave(from, "it is marked as not extractable (CKA_EXTRACTABLE)", e);
	return 0;
}

int token_value_read(const struct token_object *object, const char *shown, gnutls_privkey_t *key, struct error *e)
{
	struct source from = { object, shown };
	const struct kind *kind = NULL;
	gnutls_privkey_t new = NULL;
	int r = check_leaves(&from, e);

	if (!r)
		r = find_kind(&from, &kind, e);
	if (!r && gnutls_privkey_init(&new) < 0)
		r = error_set(e, ENOMEM, "out of memory");
	if (!r)
		r = kind->read(&from, new, e);
	if (!r)
		r = take(&from, gnutls_privkey_verify_params(new), e);
	if (!r)
		*key = new;
	else if (new)
		gnutls_privkey_deinit(new);
	return r;
}
