/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Certificates that nobody should have, in DER (X.690, RFC 5280), written out byte by byte. */
#include "tests/peer/hostile.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

enum {
	BOOLEAN = 0x01,
	INTEGER = 0x02,
	BIT_STRING = 0x03,
	OCTET_STRING = 0x04,
	NULL_VALUE = 0x05,
	OBJECT = 0x06,
	UTF8_STRING = 0x0c,
	UTC_TIME = 0x17,
	SEQUENCE = 0x30,
	SET = 0x31,
	CONTEXT_0 = 0xa0,
	CONTEXT_1 = 0xa1,
	CONTEXT_3 = 0xa3,
};

/* The contents of OBJECT IDENTIFIERs. */
#define OID_RSA "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"
#define OID_RSA_PSS "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"
#define OID_MGF1 "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08"
#define OID_SHA256 "\x60\x86\x48\x01\x65\x03\x04\x02\x01"
#define OID_DSA "\x2a\x86\x48\xce\x38\x04\x01"
#define OID_DH "\x2a\x86\x48\xce\x3e\x02\x01"
#define OID_EC "\x2a\x86\x48\xce\x3d\x02\x01"
#define OID_PRIME_FIELD "\x2a\x86\x48\xce\x3d\x01\x01"
#define OID_P256 "\x2a\x86\x48\xce\x3d\x03\x01\x07"
#define OID_NO_CURVE "\x2a\x86\x48\xce\x3d\x03\x01\x63"
#define OID_NO_KEY "\x2a\x86\x48\xce\x3d\x02\x63"
#define OID_ECDSA_SHA256 "\x2a\x86\x48\xce\x3d\x04\x03\x02"
#define OID_COMMON_NAME "\x55\x04\x03"
#define OID_ALTERNATIVE_NAME "\x55\x1d\x11"
#define OID_BASIC_CONSTRAINTS "\x55\x1d\x13"
#define OID_NAME_CONSTRAINTS "\x55\x1d\x1e"
#define OID_DISTRIBUTION_POINTS "\x55\x1d\x1f"
#define OID_POLICIES "\x55\x1d\x20"
#define OID_POLICY_MAPPINGS "\x55\x1d\x21"
#define OID_PURPOSES "\x55\x1d\x25"
#define OID_AUTHORITY_INFO "\x2b\x06\x01\x05\x05\x07\x01\x01"
#define OID_AUTHORITY_ISSUERS "\x2b\x06\x01\x05\x05\x07\x30\x02"

#define PUT_OBJECT(buf, oid) put_value(buf, OBJECT, oid, sizeof(oid) - 1)

static void put_value(struct hostile_buf *buf, unsigned char tag, const void *data, size_t size)
{
	size_t mark = hostile_der_open(buf, tag);

	hostile_put(buf, data, size);
	hostile_der_close(buf, mark);
}

/* A positive number of so many bits, odd, and with its first bit set. */
static void put_large(struct hostile_buf *buf, unsigned int bits, bool odd)
{
	size_t mark = hostile_der_open(buf, INTEGER);
	unsigned int bytes = (bits + 7) / 8, spare = bytes * 8 - bits;
	size_t at;

	hostile_put_number(buf, 0, 1);
	at = buf->size;
	hostile_put_random(buf, bytes);
	buf->data[at] = (unsigned char)((buf->data[at] & (0xff >> spare)) | (0x80 >> spare));
	if (spare) { /* DER has no zero in front that is not needed */
		memmove(buf->data + at - 1, buf->data + at, bytes);
		buf->size--;
	}
	buf->data[buf->size - 1] = (unsigned char)((buf->data[buf->size - 1] & 0xfe) | odd);
	hostile_der_close(buf, mark);
}

static void put_small(struct hostile_buf *buf, uint32_t value)
{
	unsigned char bytes[] = { (unsigned char)(value >> 24 & 0x7f), (unsigned char)(value >> 16),
				  (unsigned char)(value >> 8), (unsigned char)value };
	size_t skip = value < 0x80 ? 3 : value < 0x8000 ? 2 : value < 0x800000 ? 1 : 0;

	put_value(buf, INTEGER, bytes + skip, sizeof(bytes) - skip);
}

/* ---- keys ----------------------------------------------------------------- */

static void put_pss_hash(struct hostile_buf *buf)
{
	size_t algorithm = hostile_der_open(buf, SEQUENCE);

	PUT_OBJECT(buf, OID_SHA256);
	hostile_der_close(buf, algorithm);
}

static void put_pss_parameters(struct hostile_buf *buf, unsigned int salt)
{
	size_t all = hostile_der_open(buf, SEQUENCE), part = hostile_der_open(buf, CONTEXT_0), mgf;

	put_pss_hash(buf);
	hostile_der_close(buf, part);
	part = hostile_der_open(buf, CONTEXT_1);
	mgf = hostile_der_open(buf, SEQUENCE);
	PUT_OBJECT(buf, OID_MGF1);
	put_pss_hash(buf);
	hostile_der_close(buf, mgf);
	hostile_der_close(buf, part);
	part = hostile_der_open(buf, CONTEXT_0 + 2);
	put_small(buf, salt);
	hostile_der_close(buf, part);
	hostile_der_close(buf, all);
}

/* Params of a field and a curve (RFC 3279 section 2.3.5), as large as asked for. */
static void put_curve_parameters(struct hostile_buf *buf, unsigned int bits)
{
	size_t all = hostile_der_open(buf, SEQUENCE), part;

	put_small(buf, 1);
	part = hostile_der_open(buf, SEQUENCE);
	PUT_OBJECT(buf, OID_PRIME_FIELD);
	put_large(buf, bits, true);
	hostile_der_close(buf, part);
	part = hostile_der_open(buf, SEQUENCE);
	for (int i = 0; i < 2; i++) {
		size_t value = hostile_der_open(buf, OCTET_STRING);

		hostile_put_random(buf, bits / 8);
		hostile_der_close(buf, value);
	}
	hostile_der_close(buf, part);
	part = hostile_der_open(buf, OCTET_STRING);
	hostile_put_number(buf, 4, 1);
	hostile_put_random(buf, (size_t)bits / 8 * 2);
	hostile_der_close(buf, part);
	put_large(buf, bits, true);
	hostile_der_close(buf, all);
}

static void put_discrete_parameters(struct hostile_buf *buf, unsigned int bits)
{
	size_t all = hostile_der_open(buf, SEQUENCE);

	put_large(buf, bits, true);
	put_large(buf, bits, true);
	put_large(buf, bits - 1, true);
	hostile_der_close(buf, all);
}

static void put_algorithm(struct hostile_buf *buf, const struct hostile_certificate *what)
{
	size_t mark = hostile_der_open(buf, SEQUENCE);
	unsigned int bits = what->bits ? what->bits : 2048;

	switch (what->key) {
	case HOSTILE_KEY_RSA:
	case HOSTILE_KEY_RSA_EVEN:
	case HOSTILE_KEY_NONSENSE:
		PUT_OBJECT(buf, OID_RSA);
		put_value(buf, NULL_VALUE, "", 0);
		break;
	case HOSTILE_KEY_RSA_PSS:
		PUT_OBJECT(buf, OID_RSA_PSS);
		put_pss_parameters(buf, what->salt ? what->salt : 32);
		break;
	case HOSTILE_KEY_DSA:
		PUT_OBJECT(buf, OID_DSA);
		put_discrete_parameters(buf, bits);
		break;
	case HOSTILE_KEY_DH:
		PUT_OBJECT(buf, OID_DH);
		put_discrete_parameters(buf, bits);
		break;
	case HOSTILE_KEY_EC_EXPLICIT:
		PUT_OBJECT(buf, OID_EC);
		put_curve_parameters(buf, bits);
		break;
	case HOSTILE_KEY_UNKNOWN:
		PUT_OBJECT(buf, OID_NO_KEY);
		break;
	case HOSTILE_KEY_EC_UNKNOWN:
		PUT_OBJECT(buf, OID_EC);
		PUT_OBJECT(buf, OID_NO_CURVE);
		break;
	case HOSTILE_KEY_EC_BROKEN:
	case HOSTILE_KEY_EC:
		PUT_OBJECT(buf, OID_EC);
		PUT_OBJECT(buf, OID_P256);
		break;
	}
	hostile_der_close(buf, mark);
}

static void put_rsa(struct hostile_buf *buf, const struct hostile_certificate *what)
{
	size_t mark = hostile_der_open(buf, SEQUENCE);

	put_large(buf, what->bits ? what->bits : 2048, what->key != HOSTILE_KEY_RSA_EVEN);
	if (what->exponent_bits)
		put_large(buf, what->exponent_bits, true);
	else
		put_small(buf, 65537);
	hostile_der_close(buf, mark);
}

static void put_key_bits(struct hostile_buf *buf, const struct hostile_certificate *what)
{
	switch (what->key) {
	case HOSTILE_KEY_RSA:
	case HOSTILE_KEY_RSA_PSS:
	case HOSTILE_KEY_RSA_EVEN:
		put_rsa(buf, what);
		break;
	case HOSTILE_KEY_DSA:
	case HOSTILE_KEY_DH:
		put_large(buf, what->bits ? what->bits : 2048, true);
		break;
	case HOSTILE_KEY_EC_EXPLICIT:
		hostile_put_number(buf, 4, 1);
		hostile_put_random(buf, (size_t)what->bits / 8 * 2);
		break;
	default:
		hostile_put_number(buf, 4, 1);
		hostile_put_random(buf, what->bits ? what->bits / 8 : 64);
		break;
	}
}

static void put_key(struct hostile_buf *buf, const struct hostile_certificate *what, EVP_PKEY *key)
{
	size_t all, bits;

	if (what->key == HOSTILE_KEY_EC) {
		unsigned char *der = NULL;
		int size = i2d_PUBKEY(key, &der);

		hostile_put(buf, der, size > 0 ? (size_t)size : 0);
		OPENSSL_free(der);
		return;
	}
	all = hostile_der_open(buf, SEQUENCE);
	put_algorithm(buf, what);
	bits = hostile_der_open(buf, BIT_STRING);
	hostile_put_number(buf, 0, 1);
	put_key_bits(buf, what);
	hostile_der_close(buf, bits);
	hostile_der_close(buf, all);
}

/* ---- names ---------------------------------------------------------------- */

static void put_attribute(struct hostile_buf *buf, const char *text, size_t size)
{
	size_t set = hostile_der_open(buf, SET), pair = hostile_der_open(buf, SEQUENCE), value;

	PUT_OBJECT(buf, OID_COMMON_NAME);
	value = hostile_der_open(buf, UTF8_STRING);
	hostile_put(buf, text, strlen(text));
	for (size_t i = strlen(text); i < size; i++)
		hostile_put(buf, "x", 1);
	hostile_der_close(buf, value);
	hostile_der_close(buf, pair);
	hostile_der_close(buf, set);
}

static void put_name(struct hostile_buf *buf, const char *text, unsigned int rdns, size_t size)
{
	size_t mark = hostile_der_open(buf, SEQUENCE);

	for (unsigned int i = 0; i < (rdns ? rdns : 1); i++)
		put_attribute(buf, text, size);
	hostile_der_close(buf, mark);
}

/* ---- extensions ----------------------------------------------------------- */

struct extension {
	size_t all, value;
};

static struct extension open_extension(struct hostile_buf *buf, const void *oid, size_t oid_size)
{
	struct extension mark;

	mark.all = hostile_der_open(buf, SEQUENCE);
	put_value(buf, OBJECT, oid, oid_size);
	mark.value = hostile_der_open(buf, OCTET_STRING);
	return mark;
}

static void close_extension(struct hostile_buf *buf, struct extension mark)
{
	hostile_der_close(buf, mark.value);
	hostile_der_close(buf, mark.all);
}

#define OPEN_EXTENSION(buf, oid) open_extension(buf, oid, sizeof(oid) - 1)

/* Each with another name, of at least so many bytes. */
static void put_dns_name(struct hostile_buf *buf, unsigned char tag, unsigned int number, unsigned int size)
{
	char name[300];

	snprintf(name, sizeof(name), "%0*u", (int)(size < 280 ? size : 280), number);
	put_value(buf, tag, name, strlen(name));
}

static void put_names(struct hostile_buf *buf, const struct hostile_certificate *what)
{
	struct extension mark = OPEN_EXTENSION(buf, OID_ALTERNATIVE_NAME);
	size_t all = hostile_der_open(buf, SEQUENCE);

	if (what->names_indefinite)
		hostile_put_number(buf, 0x80, 1);
	for (unsigned int i = 0; i < what->dns_names; i++)
		put_dns_name(buf, 0x82, i, what->name_size);
	for (unsigned int i = 0; i < what->other_names; i++)
		put_value(buf, 0x82, "", 0);
	if (!what->dns_names && !what->other_names)
		put_value(buf, 0x82, "hostile.example.com", 19);
	if (what->names_indefinite)
		hostile_put(buf, "\0\0", 2);
	else
		hostile_der_close(buf, all);
	close_extension(buf, mark);
}

static void put_subtrees(struct hostile_buf *buf, unsigned char tag, unsigned int count)
{
	size_t all = hostile_der_open(buf, tag);

	for (unsigned int i = 0; i < count; i++) {
		size_t one = hostile_der_open(buf, SEQUENCE);

		put_dns_name(buf, 0x82, i, 4);
		hostile_der_close(buf, one);
	}
	hostile_der_close(buf, all);
}

static void put_constraints(struct hostile_buf *buf, const struct hostile_certificate *what)
{
	struct extension mark = OPEN_EXTENSION(buf, OID_NAME_CONSTRAINTS);
	size_t all = hostile_der_open(buf, SEQUENCE);

	if (what->permitted)
		put_subtrees(buf, CONTEXT_0, what->permitted);
	if (what->excluded)
		put_subtrees(buf, CONTEXT_1, what->excluded);
	hostile_der_close(buf, all);
	close_extension(buf, mark);
}

/* A long OID, or a short one that is another for each number. */
static void put_oid(struct hostile_buf *buf, unsigned int number, unsigned int size)
{
	size_t mark = hostile_der_open(buf, OBJECT);

	hostile_put(buf, "\x2a\x03", 2);
	for (unsigned int i = 0; i < size; i++)
		hostile_put_number(buf, 0x81 + i % 7, 1);
	hostile_put_number(buf, 0x81 + (number >> 14 & 0x3f), 1);
	hostile_put_number(buf, 0x80 | (number >> 7 & 0x7f), 1);
	hostile_put_number(buf, number & 0x7f, 1);
	hostile_der_close(buf, mark);
}

/* Lists of OIDs, each in so many SEQUENCEs, and there as often as times says. */
static void put_oid_list(struct hostile_buf *buf, struct extension mark, unsigned int count, unsigned int wrapped,
			 unsigned int times, unsigned int size)
{
	size_t all = hostile_der_open(buf, SEQUENCE);

	for (unsigned int i = 0; i < count; i++) {
		size_t one = wrapped ? hostile_der_open(buf, SEQUENCE) : 0;

		for (unsigned int t = 0; t < times; t++)
			put_oid(buf, i, size);
		if (wrapped)
			hostile_der_close(buf, one);
	}
	hostile_der_close(buf, all);
	close_extension(buf, mark);
}

static void put_points(struct hostile_buf *buf, unsigned int count)
{
	struct extension mark = OPEN_EXTENSION(buf, OID_DISTRIBUTION_POINTS);
	size_t all = hostile_der_open(buf, SEQUENCE);

	for (unsigned int i = 0; i < count; i++) {
		size_t one = hostile_der_open(buf, SEQUENCE), name = hostile_der_open(buf, CONTEXT_0),
		       full = hostile_der_open(buf, CONTEXT_0);

		put_dns_name(buf, 0x86, i, 4);
		hostile_der_close(buf, full);
		hostile_der_close(buf, name);
		hostile_der_close(buf, one);
	}
	hostile_der_close(buf, all);
	close_extension(buf, mark);
}

static void put_authority_infos(struct hostile_buf *buf, unsigned int count)
{
	struct extension mark = OPEN_EXTENSION(buf, OID_AUTHORITY_INFO);
	size_t all = hostile_der_open(buf, SEQUENCE);

	for (unsigned int i = 0; i < count; i++) {
		size_t one = hostile_der_open(buf, SEQUENCE);

		PUT_OBJECT(buf, OID_AUTHORITY_ISSUERS);
		put_dns_name(buf, 0x86, i, 4);
		hostile_der_close(buf, one);
	}
	hostile_der_close(buf, all);
	close_extension(buf, mark);
}

static void put_depth(struct hostile_buf *buf, unsigned int depth)
{
	struct extension mark = OPEN_EXTENSION(buf, "\x2a\x03\x04");
	struct hostile_buf inner = { 0 }, outer;

	/* From the inside, or it would be moved once for each level. */
	for (unsigned int i = 0; i < depth; i++) {
		size_t at;

		outer = (struct hostile_buf){ 0 };
		at = hostile_der_open(&outer, SEQUENCE);
		hostile_put(&outer, inner.data, inner.size);
		hostile_der_close(&outer, at);
		hostile_buf_free(&inner);
		inner = outer;
	}
	hostile_put(buf, inner.data, inner.size);
	hostile_buf_free(&inner);
	close_extension(buf, mark);
}

static void put_unknown(struct hostile_buf *buf, unsigned int number, unsigned int size)
{
	size_t all = hostile_der_open(buf, SEQUENCE), value;

	put_oid(buf, number, 0);
	value = hostile_der_open(buf, OCTET_STRING);
	hostile_put(buf, "\x05\x00", 2);
	if (size)
		hostile_put_random(buf, size);
	hostile_der_close(buf, value);
	hostile_der_close(buf, all);
}

static void put_authority(struct hostile_buf *buf)
{
	struct extension mark = OPEN_EXTENSION(buf, OID_BASIC_CONSTRAINTS);
	size_t all = hostile_der_open(buf, SEQUENCE);

	put_value(buf, BOOLEAN, "\xff", 1);
	hostile_der_close(buf, all);
	close_extension(buf, mark);
}

static void put_extensions(struct hostile_buf *buf, const struct hostile_certificate *what)
{
	size_t tagged = hostile_der_open(buf, CONTEXT_3), all = hostile_der_open(buf, SEQUENCE);

	put_names(buf, what);
	if (what->authority)
		put_authority(buf);
	if (what->permitted || what->excluded)
		put_constraints(buf, what);
	if (what->policies)
		put_oid_list(buf, OPEN_EXTENSION(buf, OID_POLICIES), what->policies, 1, 1, what->oid_size);
	if (what->policy_mappings)
		put_oid_list(buf, OPEN_EXTENSION(buf, OID_POLICY_MAPPINGS), what->policy_mappings, 1, 2, 0);
	if (what->purposes)
		put_oid_list(buf, OPEN_EXTENSION(buf, OID_PURPOSES), what->purposes, 0, 1, what->oid_size);
	if (what->distribution_points)
		put_points(buf, what->distribution_points);
	if (what->authority_infos)
		put_authority_infos(buf, what->authority_infos);
	if (what->depth)
		put_depth(buf, what->depth);
	for (unsigned int i = 0; i < what->extensions; i++)
		put_unknown(buf, what->same_extension ? 0 : i, what->extension_size);
	hostile_der_close(buf, all);
	hostile_der_close(buf, tagged);
}

/* ---- the certificate ------------------------------------------------------ */

static void put_signature_algorithm(struct hostile_buf *buf)
{
	size_t mark = hostile_der_open(buf, SEQUENCE);

	PUT_OBJECT(buf, OID_ECDSA_SHA256);
	hostile_der_close(buf, mark);
}

static void put_serial(struct hostile_buf *buf, unsigned int size)
{
	size_t mark = hostile_der_open(buf, INTEGER);

	hostile_put_number(buf, 1, 1);
	hostile_put_random(buf, size ? size : 8);
	hostile_der_close(buf, mark);
}

static void put_tbs(struct hostile_buf *buf, const struct hostile_certificate *what, EVP_PKEY *key, const char *subject,
		    const char *issuer)
{
	size_t all = hostile_der_open(buf, SEQUENCE), part = hostile_der_open(buf, CONTEXT_0);

	put_small(buf, 2);
	hostile_der_close(buf, part);
	put_serial(buf, what->serial_size);
	put_signature_algorithm(buf);
	put_name(buf, what->self_issued ? subject : issuer, what->rdns, what->attribute_size);
	part = hostile_der_open(buf, SEQUENCE);
	put_value(buf, UTC_TIME, "200101000000Z", 13);
	put_value(buf, UTC_TIME, "490101000000Z", 13);
	hostile_der_close(buf, part);
	put_name(buf, subject, what->rdns, what->attribute_size);
	put_key(buf, what, key);
	put_extensions(buf, what);
	hostile_der_close(buf, all);
}

static void put_signature(struct hostile_buf *buf, const struct hostile_buf *tbs, unsigned int size, EVP_PKEY *key)
{
	size_t mark = hostile_der_open(buf, BIT_STRING), room = 128;
	unsigned char signature[128];
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	hostile_put_number(buf, 0, 1);
	if (size)
		hostile_put_random(buf, size);
	else if (EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) > 0 &&
		 EVP_DigestSign(context, signature, &room, tbs->data, tbs->size) > 0)
		hostile_put(buf, signature, room);
	EVP_MD_CTX_free(context);
	hostile_der_close(buf, mark);
}

void hostile_put_certificate(struct hostile_buf *buf, const struct hostile_certificate *what, EVP_PKEY *key,
			     const char *subject, const char *issuer)
{
	struct hostile_buf tbs = { 0 };
	size_t all = 0;

	put_tbs(&tbs, what, key, subject, issuer);
	if (what->indefinite)
		hostile_put(buf, "\x30\x80", 2);
	else
		all = hostile_der_open(buf, SEQUENCE);
	hostile_put(buf, tbs.data, tbs.size);
	put_signature_algorithm(buf);
	put_signature(buf, &tbs, what->signature_size, key);
	if (what->indefinite)
		hostile_put(buf, "\0\0", 2);
	else
		hostile_der_close(buf, all);
	if (what->trailing)
		hostile_put_random(buf, 1000);
	hostile_buf_free(&tbs);
}
