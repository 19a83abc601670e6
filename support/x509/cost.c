/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a certificate would cost those who look at it closely.  Only sizes and
 * kinds are read here, each byte at most once, before anything else reads it.
 */
#include "support/x509/cost_private.h"

#include <errno.h>

#define RSA_BITS_MAX 8192u
#define EXPONENT_BITS_MAX 64u
/* Of one certificate; those of the large sites of the web have about ten. */
#define EXTENSIONS_MAX 64u
/* Elements of one name: a part of it takes four or five. */
#define NAME_ELEMENTS_MAX 160u
#define DEPTH_MAX 32u

#define CONSTRUCTED 0x20u

static bool take(unsigned int *left, size_t count)
{
	if (count > *left)
		return false;
	*left -= (unsigned int)count;
	return true;
}

/*
 * Whether there are at most so many elements, those within others included.  What is no DER might be read by others all
 * the same, and then has at most one for each two bytes.
 */
static bool has_at_most(struct der from, unsigned int *left)
{
	struct der outer[DEPTH_MAX], one;
	unsigned int depth = 0, tag;

	for (;;) {
		if (!der_next(&from, &tag, &one, NULL)) {
			if (!take(left, from.size / 2))
				return false;
			if (!depth)
				return true;
			from = outer[--depth];
			continue;
		}
		if (!take(left, 1))
			return false;
		if (!(tag & CONSTRUCTED))
			continue;
		if (depth == DEPTH_MAX)
			return false;
		outer[depth++] = from;
		from = one;
	}
}

/* ---- keys ----------------------------------------------------------------- */

static unsigned int bits_of(struct der integer)
{
	unsigned int bits;

	while (integer.size && !*integer.data) {
		integer.data++;
		integer.size--;
	}
	if (!integer.size)
		return 0;
	bits = (unsigned int)integer.size * 8;
	for (unsigned char first = *integer.data; !(first & 0x80); first = (unsigned char)(first << 1))
		bits--;
	return bits;
}

static int check_rsa(struct der key, struct der parameters, struct error *e)
{
	struct der sequence, modulus, exponent;

	(void)parameters;
	if (!der_take(&key, DER_SEQUENCE, &sequence) || !der_take(&sequence, DER_INTEGER, &modulus) ||
	    !der_take(&sequence, DER_INTEGER, &exponent))
		return error_set(e, EINVAL, "its RSA key is malformed");
	if (bits_of(modulus) > RSA_BITS_MAX)
		return error_set(e, E2BIG, "its RSA key has %u bits: at most %u are taken", bits_of(modulus),
				 RSA_BITS_MAX);
	if (bits_of(exponent) > EXPONENT_BITS_MAX)
		return error_set(e, E2BIG, "the exponent of its RSA key has %u bits: at most %u are taken",
				 bits_of(exponent), EXPONENT_BITS_MAX);
	return 0;
}

static int check_point(struct der key, struct der parameters, struct error *e)
{
	/* RFC 5480 section 2.1.1.1 */
	static const struct {
		struct der oid;
		size_t point; /* bytes, uncompressed */
	} curves[] = {
		{ DER_OF("\x2a\x86\x48\xce\x3d\x03\x01\x07"), 65 }, /* P-256 */
		{ DER_OF("\x2b\x81\x04\x00\x22"), 97 },		    /* P-384 */
		{ DER_OF("\x2b\x81\x04\x00\x23"), 133 },	    /* P-521 */
	};
	struct der curve;

	/* Anything but a name would be a curve of the peer's own making. */
	if (!der_take(&parameters, DER_OID, &curve))
		return error_set(e, EOPNOTSUPP, "its key is on a curve without a name");
	for (size_t i = 0; i < ARRAY_SIZE(curves); i++)
		if (der_equal(&curve, &curves[i].oid))
			return key.size <= curves[i].point ?
				       0 :
				       error_set(e, EINVAL, "its key is longer than its curve allows");
	return error_set(e, EOPNOTSUPP, "its key is on a curve that is none of P-256, P-384 and P-521");
}

static int check_edwards(struct der key, struct der parameters, struct error *e)
{
	(void)parameters;
	return key.size <= 57 ? 0 : error_set(e, EINVAL, "its key is longer than its kind allows");
}

/* The kinds with which a signature costs no more than is known. */
static const struct kind {
	struct der oid;
	int (*check)(struct der key, struct der parameters, struct error *e);
} kinds[] = {
	{ DER_OF("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"), check_rsa }, /* RFC 8017 */
	{ DER_OF("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"), check_rsa }, /* RSA-PSS, the same */
	{ DER_OF("\x2a\x86\x48\xce\x3d\x02\x01"), check_point },       /* RFC 5480 */
	{ DER_OF("\x2b\x65\x70"), check_edwards },		       /* Ed25519, RFC 8410 */
	{ DER_OF("\x2b\x65\x71"), check_edwards },		       /* Ed448, the same */
};

static const struct kind *find_kind(const struct der *oid)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (der_equal(oid, &kinds[i].oid))
			return &kinds[i];
	return NULL;
}

int cost_check_key(const struct der *key, struct error *e)
{
	struct der file = *key, all, algorithm, oid, bits;
	const struct kind *kind;

	if (!der_take(&file, DER_SEQUENCE, &all) || !der_take(&all, DER_SEQUENCE, &algorithm) ||
	    !der_take(&algorithm, DER_OID, &oid) || !der_take(&all, DER_BIT_STRING, &bits) || !bits.size)
		return error_set(e, EINVAL, "its key is malformed");
	kind = find_kind(&oid);
	if (!kind)
		return error_set(e, EOPNOTSUPP, "its key is of a kind that is none of RSA, ECDSA, Ed25519 and Ed448");
	bits.data++; /* how many bits of the last byte do not count */
	bits.size--;
	return kind->check(bits, algorithm, e);
}

/* ---- the certificate (RFC 5280 section 4.1) ------------------------------- */

static int malformed(struct error *e)
{
	return error_set(e, EINVAL, "it is no X.509 certificate in DER");
}

static int too_much(struct error *e)
{
	return error_set(e, E2BIG, "it has more in it than a certificate needs");
}

static int check_extensions(struct der from, struct x509_allowance *left, struct error *e)
{
	struct der list, one, value;
	unsigned int count = 0, tag;

	if (!der_take(&from, DER_SEQUENCE, &list))
		return malformed(e);
	while (der_next(&list, &tag, &one, NULL)) {
		if (++count > EXTENSIONS_MAX)
			return too_much(e);
		/* The OID, perhaps whether it is critical, and what stands for itself within an OCTET STRING. */
		while (der_next(&one, &tag, &value, NULL))
			if (tag == DER_OCTET_STRING && !has_at_most(value, &left->elements))
				return too_much(e);
	}
	return 0;
}

static int check_name(const struct der *name, struct error *e)
{
	unsigned int most = NAME_ELEMENTS_MAX;

	return has_at_most(*name, &most) ? 0 : too_much(e);
}

static int check_parts(struct der from, struct x509_allowance *left, struct error *e)
{
	struct der part, issuer, subject, key;
	unsigned int tag;
	int r;

	/* Version, serial number, algorithm; and dates between the names. */
	if (!der_take(&from, DER_CONSTRUCTED(0), &part) || !der_take(&from, DER_INTEGER, &part) ||
	    !der_take(&from, DER_SEQUENCE, &part) || !der_take(&from, DER_SEQUENCE, &issuer) ||
	    !der_take(&from, DER_SEQUENCE, &part) || !der_take(&from, DER_SEQUENCE, &subject) ||
	    !der_take_whole(&from, DER_SEQUENCE, &key))
		return malformed(e);
	r = cost_check_key(&key, e);
	if (!r)
		r = check_name(&issuer, e);
	if (!r)
		r = check_name(&subject, e);
	while (!r && der_next(&from, &tag, &part, NULL))
		if (tag == DER_CONSTRUCTED(3))
			r = check_extensions(part, left, e);
	return r;
}

int x509_check_allowance(const unsigned char *data, size_t size, struct x509_allowance *left, struct error *e)
{
	const struct der whole = { data, size };
	struct der from = whole, certificate, parts;

	if (!left->certificates)
		return error_set(e, E2BIG, "there are more certificates than a chain needs");
	left->certificates--;
	if (!der_take(&from, DER_SEQUENCE, &certificate) || from.size)
		return malformed(e);
	if (!has_at_most(whole, &left->elements))
		return too_much(e);
	if (!der_take(&certificate, DER_SEQUENCE, &parts))
		return malformed(e);
	return check_parts(parts, left, e);
}
