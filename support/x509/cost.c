/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a certificate would cost those who look at it closely.  Only sizes and
 * kinds are read here, each byte at most once, before anything else reads it.
 */
#include "support/x509/x509.h"

#include <errno.h>
#include <string.h>

#define RSA_BITS_MAX 8192u
#define EXPONENT_BITS_MAX 64u
/* Of one certificate; those of the large sites of the web have about ten. */
#define EXTENSIONS_MAX 64u
/* Elements of one name: a part of it takes four or five. */
#define NAME_ELEMENTS_MAX 160u
#define DEPTH_MAX 32u

enum {
	TAG_INTEGER = 0x02,
	TAG_BIT_STRING = 0x03,
	TAG_OCTET_STRING = 0x04,
	TAG_OBJECT = 0x06,
	TAG_SEQUENCE = 0x30,
	TAG_CONTEXT_0 = 0xa0,
	TAG_CONTEXT_3 = 0xa3,
	CONSTRUCTED = 0x20,
	LONG_TAG = 0x1f,
};

/* What is still to be read. */
struct reader {
	const unsigned char *at;
	size_t left;
};

struct element {
	unsigned char tag;
	struct reader value;
};

/* ---- DER (X.690) ---------------------------------------------------------- */

static bool read_length(struct reader *from, size_t *length)
{
	unsigned int octets;

	if (!from->left)
		return false;
	octets = *from->at & 0x7f;
	*length = octets;
	if (*from->at++ < 0x80) {
		from->left--;
		return true;
	}
	/* Three octets are 16 MB, more than any certificate; none at all is an indefinite length, which is not DER. */
	if (--from->left < octets || octets < 1 || octets > 3)
		return false;
	for (*length = 0; octets; octets--, from->left--)
		*length = *length << 8 | *from->at++;
	return true;
}

/* The next element; false at the end, and where there is none. */
static bool next(struct reader *from, struct element *to)
{
	size_t length;

	if (from->left < 2 || (*from->at & LONG_TAG) == LONG_TAG)
		return false;
	to->tag = *from->at++;
	from->left--;
	if (!read_length(from, &length) || length > from->left)
		return false;
	to->value = (struct reader){ from->at, length };
	from->at += length;
	from->left -= length;
	return true;
}

static bool next_is(struct reader *from, unsigned char tag, struct element *to)
{
	return next(from, to) && to->tag == tag;
}

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
static bool has_at_most(struct reader from, unsigned int *left)
{
	struct reader outer[DEPTH_MAX];
	unsigned int depth = 0;

	for (;;) {
		size_t rest = from.left;
		struct element one;

		if (!next(&from, &one)) {
			if (!take(left, rest / 2))
				return false;
			if (!depth)
				return true;
			from = outer[--depth];
			continue;
		}
		if (!take(left, 1))
			return false;
		if (!(one.tag & CONSTRUCTED))
			continue;
		if (depth == DEPTH_MAX)
			return false;
		outer[depth++] = from;
		from = one.value;
	}
}

/* ---- keys ----------------------------------------------------------------- */

static unsigned int bits_of(struct reader integer)
{
	unsigned int bits;

	while (integer.left && !*integer.at) {
		integer.at++;
		integer.left--;
	}
	if (!integer.left)
		return 0;
	bits = (unsigned int)integer.left * 8;
	for (unsigned char first = *integer.at; !(first & 0x80); first = (unsigned char)(first << 1))
		bits--;
	return bits;
}

static int check_rsa(struct reader key, struct reader parameters, struct error *e)
{
	struct element sequence, modulus, exponent;

	(void)parameters;
	if (!next_is(&key, TAG_SEQUENCE, &sequence) || !next_is(&sequence.value, TAG_INTEGER, &modulus) ||
	    !next_is(&sequence.value, TAG_INTEGER, &exponent))
		return error_set(e, EINVAL, "its RSA key is malformed");
	if (bits_of(modulus.value) > RSA_BITS_MAX)
		return error_set(e, E2BIG, "its RSA key has %u bits, and more than %u are not taken",
				 bits_of(modulus.value), RSA_BITS_MAX);
	if (bits_of(exponent.value) > EXPONENT_BITS_MAX)
		return error_set(e, E2BIG, "the exponent of its RSA key has %u bits, and more than %u are not taken",
				 bits_of(exponent.value), EXPONENT_BITS_MAX);
	return 0;
}

static int check_point(struct reader key, struct reader parameters, struct error *e)
{
	/* RFC 5480 section 2.1.1.1 */
	static const struct {
		unsigned char oid[8], oid_size;
		size_t point; /* bytes, uncompressed */
	} curves[] = {
		{ { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07 }, 8, 65 }, /* P-256 */
		{ { 0x2b, 0x81, 0x04, 0x00, 0x22 }, 5, 97 },		       /* P-384 */
		{ { 0x2b, 0x81, 0x04, 0x00, 0x23 }, 5, 133 },		       /* P-521 */
	};
	struct element curve;

	/* Anything but a name would be a curve of the peer's own making. */
	if (!next_is(&parameters, TAG_OBJECT, &curve))
		return error_set(e, EOPNOTSUPP, "its key is on a curve without a name");
	for (size_t i = 0; i < ARRAY_SIZE(curves); i++)
		if (curve.value.left == curves[i].oid_size && !memcmp(curve.value.at, curves[i].oid, curve.value.left))
			return key.left <= curves[i].point ?
				       0 :
				       error_set(e, EINVAL, "its key is longer than its curve allows");
	return error_set(e, EOPNOTSUPP, "its key is on a curve that is none of P-256, P-384 and P-521");
}

static int check_edwards(struct reader key, struct reader parameters, struct error *e)
{
	(void)parameters;
	return key.left <= 57 ? 0 : error_set(e, EINVAL, "its key is longer than its kind allows");
}

/* The kinds with which a signature costs no more than is known. */
static const struct kind {
	unsigned char oid[9], oid_size;
	int (*check)(struct reader key, struct reader parameters, struct error *e);
} kinds[] = {
	{ { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01 }, 9, check_rsa }, /* RFC 8017 */
	{ { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a }, 9, check_rsa }, /* RSA-PSS, the same */
	{ { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01 }, 7, check_point },	    /* RFC 5480 */
	{ { 0x2b, 0x65, 0x70 }, 3, check_edwards },				    /* Ed25519, RFC 8410 */
	{ { 0x2b, 0x65, 0x71 }, 3, check_edwards },				    /* Ed448, the same */
};

static const struct kind *find_kind(struct reader oid)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (oid.left == kinds[i].oid_size && !memcmp(oid.at, kinds[i].oid, oid.left))
			return &kinds[i];
	return NULL;
}

static int check_key(struct reader from, struct error *e)
{
	struct element algorithm, oid, bits;
	const struct kind *kind;

	if (!next_is(&from, TAG_SEQUENCE, &algorithm) || !next_is(&algorithm.value, TAG_OBJECT, &oid) ||
	    !next_is(&from, TAG_BIT_STRING, &bits) || !bits.value.left)
		return error_set(e, EINVAL, "its key is malformed");
	kind = find_kind(oid.value);
	if (!kind)
		return error_set(e, EOPNOTSUPP, "its key is of a kind that is none of RSA, ECDSA, Ed25519 and Ed448");
	bits.value.at++; /* how many bits of the last byte do not count */
	bits.value.left--;
	return kind->check(bits.value, algorithm.value, e);
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

static int check_extensions(struct reader from, struct x509_allowance *left, struct error *e)
{
	struct element list, one, value;
	unsigned int count = 0;

	if (!next_is(&from, TAG_SEQUENCE, &list))
		return malformed(e);
	while (next(&list.value, &one)) {
		if (++count > EXTENSIONS_MAX)
			return too_much(e);
		/* The OID, perhaps whether it is critical, and what stands for itself within an OCTET STRING. */
		while (next(&one.value, &value))
			if (value.tag == TAG_OCTET_STRING && !has_at_most(value.value, &left->elements))
				return too_much(e);
	}
	return 0;
}

static int check_name(const struct element *name, struct error *e)
{
	unsigned int most = NAME_ELEMENTS_MAX;

	return has_at_most(name->value, &most) ? 0 : too_much(e);
}

static int check_parts(struct reader from, struct x509_allowance *left, struct error *e)
{
	struct element version, serial, algorithm, issuer, dates, subject, key, more;
	int r;

	if (!next_is(&from, TAG_CONTEXT_0, &version) || !next_is(&from, TAG_INTEGER, &serial) ||
	    !next_is(&from, TAG_SEQUENCE, &algorithm) || !next_is(&from, TAG_SEQUENCE, &issuer) ||
	    !next_is(&from, TAG_SEQUENCE, &dates) || !next_is(&from, TAG_SEQUENCE, &subject) ||
	    !next_is(&from, TAG_SEQUENCE, &key))
		return malformed(e);
	r = check_key(key.value, e);
	if (!r)
		r = check_name(&issuer, e);
	if (!r)
		r = check_name(&subject, e);
	while (!r && next(&from, &more))
		if (more.tag == TAG_CONTEXT_3)
			r = check_extensions(more.value, left, e);
	return r;
}

int x509_check_allowance(const unsigned char *der, size_t size, struct x509_allowance *left, struct error *e)
{
	struct reader from = { der, size };
	struct element certificate, parts;

	if (!left->certificates)
		return error_set(e, E2BIG, "there are more certificates than a chain needs");
	left->certificates--;
	if (!next_is(&from, TAG_SEQUENCE, &certificate) || from.left)
		return malformed(e);
	if (!has_at_most((struct reader){ der, size }, &left->elements))
		return too_much(e);
	if (!next_is(&certificate.value, TAG_SEQUENCE, &parts))
		return malformed(e);
	return check_parts(parts.value, left, e);
}
