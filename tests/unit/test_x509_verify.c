/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of x509_verify(), and what it costs when somebody wants it to cost much.  Which chains are good is judged
 * in test_x509.c and, beside openssl and certtool, in tests/shell/35-chains.t.
 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/x509/der_private.h"
#include "support/x509/directory_private.h"
#include "support/x509/x509.h"
#include "tests/unit/reasons.h"

#define NOW ((time_t)1800000000)
#define DAY ((time_t)86400)
#define OK(call) assert_true((call) >= 0)

/* ---- DER ------------------------------------------------------------------ */

static void test_elements(void **state)
{
	static const struct {
		const char *what;
		struct der bytes;
		bool good;
		size_t content, left;
	} rows[] = {
		{ "one byte", DER_OF("\x02\x01\x05"), true, 1, 0 },
		{ "empty", DER_OF("\x30\x00"), true, 0, 0 },
		{ "and another", DER_OF("\x02\x01\x05\x05\x00"), true, 1, 2 },
		{ "nothing", DER_OF(""), false, 0, 0 },
		{ "a tag alone", DER_OF("\x30"), false, 0, 0 },
		{ "cut off", DER_OF("\x02\x02\x05"), false, 0, 0 },
		{ "an indefinite length", DER_OF("\x30\x80\x00\x00"), false, 0, 0 },
		{ "a short length in the long form", DER_OF("\x02\x81\x01\x05"), false, 0, 0 },
		{ "a length with a zero before it", DER_OF("\x02\x82\x00\x80"), false, 0, 0 },
		{ "a length of five octets", DER_OF("\x02\x85\x01\x00\x00\x00\x00"), false, 0, 0 },
		{ "a length that ends too soon", DER_OF("\x02\x82\x01"), false, 0, 0 },
		{ "a long length without its bytes", DER_OF("\x02\x84\xff\xff\xff\xff"), false, 0, 0 },
		{ "a high tag", DER_OF("\x1f\x81\x01\x00"), false, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct der rest = rows[i].bytes, content = { 0 }, whole = { 0 };
		unsigned int tag;
		bool good = der_next(&rest, &tag, &content, &whole);

		if (good != rows[i].good || (good && (content.size != rows[i].content || rest.size != rows[i].left)) ||
		    (good && whole.size + rest.size != rows[i].bytes.size))
			fail_msg("%s", rows[i].what);
		/* What is not well-formed is left, so that "is anything left?" tells. */
		if (!good && rest.size != rows[i].bytes.size)
			fail_msg("%s: something is gone", rows[i].what);
	}
}

static void test_long_element(void **state)
{
	unsigned char bytes[4 + 300] = { 0x04, 0x82, 0x01, 0x2c };
	struct der rest = { bytes, sizeof(bytes) }, content;

	(void)state;
	assert_false(der_take(&rest, DER_INTEGER, &content));
	assert_true(der_take(&rest, DER_OCTET_STRING, &content));
	assert_int_equal(content.size, 300);
	assert_int_equal(rest.size, 0);
}

static void test_numbers_and_flags(void **state)
{
	static const struct {
		struct der bytes;
		bool good;
		int number;
	} numbers[] = {
		{ DER_OF("\x02\x01\x00"), true, 0 },
		{ DER_OF("\x02\x01\x7f"), true, 127 },
		{ DER_OF("\x02\x02\x00\x80"), true, 128 },
		{ DER_OF("\x02\x04\x7f\xff\xff\xff"), true, 0x7fffffff },
		{ DER_OF("\x02\x05\x00\xff\xff\xff\xff"), false, 0 },
		{ DER_OF("\x02\x01\xff"), false, 0 },
		{ DER_OF("\x02\x02\x00\x01"), false, 0 },
		{ DER_OF("\x02\x02\xff\x80"), false, 0 },
		{ DER_OF("\x02\x00"), false, 0 },
		{ DER_OF("\x04\x01\x00"), false, 0 },
	};
	static const struct {
		struct der bytes;
		bool good, flag;
		size_t left;
	} flags[] = {
		{ DER_OF("\x01\x01\xff"), true, true, 0 },   { DER_OF("\x01\x01\x00"), true, false, 0 },
		{ DER_OF("\x01\x01\x01"), false, false, 0 }, { DER_OF("\x01\x00"), false, false, 0 },
		{ DER_OF("\x02\x01\x05"), true, false, 3 },  { DER_OF(""), true, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		struct der rest = numbers[i].bytes;
		int number = 0;

		if (der_take_number(&rest, DER_INTEGER, &number) != numbers[i].good || number != numbers[i].number)
			fail_msg("number %zu: %d", i, number);
	}
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		struct der rest = flags[i].bytes;
		bool flag = true, good = der_take_flag(&rest, DER_BOOLEAN, &flag);

		if (good != flags[i].good || (good && (flag != flags[i].flag || rest.size != flags[i].left)))
			fail_msg("flag %zu", i);
	}
}

static void test_bits(void **state)
{
	static const struct {
		struct der content;
		bool good;
		unsigned int bits;
	} rows[] = {
		{ DER_OF("\x07\x80"), true, 1 },
		{ DER_OF("\x01\x06"), true, 1 << 5 | 1 << 6 },
		{ DER_OF("\x07\x00\x80"), true, 1 << 8 },
		{ DER_OF("\x00"), true, 0 },
		{ DER_OF("\x00\x00\x00\x00\x01\xff"), true, 1u << 31 },
		{ DER_OF(""), false, 0 },
		{ DER_OF("\x08\x80"), false, 0 },
		{ DER_OF("\x01"), false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		unsigned int bits;

		if (der_bits(&rows[i].content, &bits) != rows[i].good || bits != rows[i].bits)
			fail_msg("row %zu: %x", i, bits);
	}
}

/* ---- distinguished names ------------------------------------------------------- */

/* A Name of parts "TYPE TAG TEXT", type o or c as in 2.5.4.10 and 2.5.4.3; "+" begins another one of the same part. */
static struct der make_name(const char *parts, unsigned char room[256])
{
	unsigned char *at = room + 2, *set = NULL;
	char copy[256], *rest = NULL;

	assert_true(text_copy(copy, sizeof(copy), parts));
	for (char *word = strtok_r(copy, ";", &rest); word; word = strtok_r(NULL, ";", &rest)) {
		bool same_part = *word == '+';
		size_t size = strlen(word + same_part + 2);

		if (!same_part) {
			set = at;
			*at++ = DER_SET;
			*at++ = 0;
		}
		*at++ = DER_SEQUENCE;
		*at++ = (unsigned char)(size + 7);
		memcpy(at, "\x06\x03\x55\x04", 4);
		at[4] = word[same_part] == 'o' ? 10 : 3;
		at[5] = word[same_part + 1] == 'u' ? 0x0c : word[same_part + 1] == 'p' ? 0x13 : 0x05;
		at[6] = (unsigned char)size;
		memcpy(at + 7, word + same_part + 2, size);
		at += size + 7;
		set[1] = (unsigned char)(at - set - 2);
	}
	room[0] = DER_SEQUENCE;
	room[1] = (unsigned char)(at - room - 2);
	return (struct der){ room, (size_t)(at - room) };
}

static void test_directory_names(void **state)
{
	static const struct {
		const char *name, *base;
		bool within, within_in_doubt;
	} rows[] = {
		{ "ouGood;cux", "ouGood", true, true },
		{ "ouGood", "ouGood", true, true },
		{ "ouGood", "", true, true },
		{ "", "ouGood", false, false },
		{ "ouGood", "ouGood;cux", false, false },
		{ "ouGOOD;cux", "opgood", true, true },
		{ "ou  Good   Company ;cux", "opgood company", true, true },
		{ "ouGoodCompany;cux", "opgood company", false, false },
		{ "ouGoodness", "ouGood", false, false },
		{ "ouGoo", "ouGood", false, false },
		{ "cuGood", "ouGood", false, false },
		{ "cux;ouGood", "ouGood", false, false },
		{ "ouGood;+cux", "cux;+ouGood", true, true },
		{ "ouGood;+cux", "ouGood", false, false },
		{ "ouGood", "ouGood;+cux", false, false },
		{ "ou\xc3\x84", "ou\xc3\x84", true, true },
		{ "ou\xc3\x84", "ou\xc3\xa4", false, false }, /* only ASCII's letters are alike */
		{ "ou\xc3", "ouGood", false, true },
		{ "ouGood", "ou\xff", false, true },
		{ "onx", "onx", true, true }, /* no strings: byte by byte */
		{ "onx", "onX", false, false },
		{ "onx", "oux", false, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		unsigned char name_room[256], base_room[256];
		struct der name = make_name(rows[i].name, name_room), base = make_name(rows[i].base, base_room);

		if (directory_is_within(&name, &base, false) != rows[i].within ||
		    directory_is_within(&name, &base, true) != rows[i].within_in_doubt)
			fail_msg("%s below %s", rows[i].name, rows[i].base);
	}
}

static void test_wide_strings(void **state)
{
	static const struct der utf8 = DER_OF("\x30\x0f\x31\x0d\x30\x0b\x06\x03\x55\x04\x0a\x0c\x04g\xc3\xb6 ");
	static const struct der bmp = DER_OF("\x30\x0f\x31\x0d\x30\x0b\x06\x03\x55\x04\x0a\x1e\x04\x00G\x00\xf6");
	static const struct der odd = DER_OF("\x30\x0e\x31\x0c\x30\x0a\x06\x03\x55\x04\x0a\x1e\x03\x00G\x00");
	static const struct der junk = DER_OF("\x30\x04\x31\x02\x05\x01");

	(void)state;
	assert_true(directory_is_within(&utf8, &bmp, false));
	assert_true(directory_is_within(&bmp, &utf8, false));
	assert_false(directory_is_within(&odd, &bmp, false));
	assert_true(directory_is_within(&odd, &bmp, true));
	assert_false(directory_is_within(&junk, &bmp, false));
	assert_true(directory_is_within(&junk, &bmp, true));
}

/* ---- a certificate to order ----------------------------------------------------------- */

struct pair {
	gnutls_x509_crt_t cert;
	gnutls_x509_privkey_t key;
};

static gnutls_x509_privkey_t new_key(void)
{
	gnutls_x509_privkey_t key;

	OK(gnutls_x509_privkey_init(&key));
	OK(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0));
	return key;
}

static gnutls_x509_crt_t begin(const char *name, unsigned int serial, bool ca)
{
	unsigned char number[4] = { 1, (unsigned char)(serial >> 16), (unsigned char)(serial >> 8),
				    (unsigned char)serial };
	gnutls_x509_crt_t cert;

	OK(gnutls_x509_crt_init(&cert));
	OK(gnutls_x509_crt_set_version(cert, 3));
	OK(gnutls_x509_crt_set_serial(cert, number, sizeof(number)));
	OK(gnutls_x509_crt_set_activation_time(cert, NOW - DAY));
	OK(gnutls_x509_crt_set_expiration_time(cert, NOW + DAY));
	OK(gnutls_x509_crt_set_dn_by_oid(cert, GNUTLS_OID_X520_COMMON_NAME, 0, name, (unsigned int)strlen(name)));
	OK(gnutls_x509_crt_set_basic_constraints(cert, ca, -1));
	OK(gnutls_x509_crt_set_key_usage(cert, ca ? GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN :
						    GNUTLS_KEY_DIGITAL_SIGNATURE));
	return cert;
}

/* Read back, as what was put together answers some questions only then. */
static gnutls_x509_crt_t finish(gnutls_x509_crt_t cert, gnutls_x509_crt_t issuer, gnutls_x509_privkey_t issuer_key)
{
	gnutls_x509_crt_t whole;
	gnutls_datum_t der;

	OK(gnutls_x509_crt_sign2(cert, issuer, issuer_key, GNUTLS_DIG_SHA256, 0));
	OK(gnutls_x509_crt_export2(cert, GNUTLS_X509_FMT_DER, &der));
	OK(gnutls_x509_crt_init(&whole));
	OK(gnutls_x509_crt_import(whole, &der, GNUTLS_X509_FMT_DER));
	gnutls_free(der.data);
	gnutls_x509_crt_deinit(cert);
	return whole;
}

static struct pair new_authority(const char *name, const struct pair *issuer)
{
	struct pair made = { begin(name, 1, true), new_key() };

	OK(gnutls_x509_crt_set_key(made.cert, made.key));
	made.cert = finish(made.cert, issuer ? issuer->cert : made.cert, issuer ? issuer->key : made.key);
	return made;
}

static void free_pair(struct pair *pair)
{
	gnutls_x509_crt_deinit(pair->cert);
	gnutls_x509_privkey_deinit(pair->key);
}

static struct x509_trust *trust_in(const gnutls_x509_crt_t *certs, size_t count, const struct strbuf *lists)
{
	AUTO_STRBUF pem = { 0 };
	struct bytes ca, crl;
	struct x509_trust *trust = NULL;
	struct error e = { .text = "" };

	for (size_t i = 0; i < count; i++)
		assert_int_equal(x509_cert_to_pem(certs[i], &pem, &e), 0);
	ca = (struct bytes){ (unsigned char *)pem.text, pem.size };
	crl = (struct bytes){ lists ? (unsigned char *)lists->text : NULL, lists ? lists->size : 0 };
	if (x509_trust_new("ca.pem", &ca, "crl.pem", lists ? &crl : NULL, &trust, &e))
		fail_msg("%s", e.text);
	return trust;
}

/* ---- what it costs ------------------------------------------------------------------------ */

/*
 * Without the bounds each of these costs seconds, hours, or more time than there is; with them a few milliseconds.
 * What lies between is room for slow machines and sanitizers.
 */
#define COST_MAX_MS 400

static double spent_ms(void)
{
	struct timespec time;

	assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time), 0);
	return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static void assert_cheap(const char *what, const struct x509_trust *trust, const struct x509_chain *chain,
			 enum reason wanted, const char *wanted_why)
{
	char why[512];
	double before = spent_ms();
	enum reason verdict = x509_verify(trust, chain, X509_FOR_SERVER, NULL, NOW, why, sizeof(why));
	double cost = spent_ms() - before;

	print_message("%s: %.1f ms\n", what, cost);
	assert_says_no_remedy(why);
	if (verdict != wanted || !strstr(why, wanted_why))
		fail_msg("%s: %s (%s)", what, reason_row(verdict)->word, why);
	if (cost > COST_MAX_MS)
		fail_msg("%s: %.0f ms", what, cost);
}

/* Every certificate could have signed every other: 15 factorial ways, none of which leads anywhere. */
static void test_many_ways(void **state)
{
	struct pair root = new_authority("Root", NULL), same = new_authority("Same", NULL);
	struct x509_chain chain = { .count = X509_CHAIN_MAX }, turned;
	struct x509_trust *trust = trust_in(&root.cert, 1, NULL);
	gnutls_x509_crt_t last;

	(void)state;
	for (unsigned int i = 0; i < chain.count; i++) {
		chain.cert[i] = begin("Same", i, true);
		OK(gnutls_x509_crt_set_key(chain.cert[i], same.key));
		chain.cert[i] = finish(chain.cert[i], same.cert, same.key);
	}
	assert_cheap("16 authorities that signed each other", trust, &chain, REASON_BAD_CERTIFICATE,
		     "more certificates");
	/* One of them is good, but the dates of the peer's own are not: all ways are tried in vain. */
	last = chain.cert[X509_CHAIN_MAX - 1];
	chain.cert[X509_CHAIN_MAX - 1] = begin("Same", 99, true);
	OK(gnutls_x509_crt_set_key(chain.cert[X509_CHAIN_MAX - 1], same.key));
	chain.cert[X509_CHAIN_MAX - 1] = finish(chain.cert[X509_CHAIN_MAX - 1], root.cert, root.key);
	gnutls_x509_crt_deinit(chain.cert[0]);
	chain.cert[0] = begin("leaf", 100, false);
	OK(gnutls_x509_crt_set_key(chain.cert[0], same.key));
	OK(gnutls_x509_crt_set_expiration_time(chain.cert[0], NOW - 1));
	chain.cert[0] = finish(chain.cert[0], same.cert, same.key);
	assert_cheap("the same with one that is trusted", trust, &chain, REASON_EXPIRED, "leaf expired");
	/* The one that leads up comes first, and the leaf is good: found at once. */
	turned = chain;
	turned.cert[1] = chain.cert[X509_CHAIN_MAX - 1];
	turned.cert[X509_CHAIN_MAX - 1] = chain.cert[1];
	turned.cert[0] = begin("leaf", 101, false);
	OK(gnutls_x509_crt_set_key(turned.cert[0], same.key));
	turned.cert[0] = finish(turned.cert[0], same.cert, same.key);
	assert_cheap("the same with a good leaf", trust, &turned, REASON_OK, "verified");
	gnutls_x509_crt_deinit(turned.cert[0]);
	gnutls_x509_crt_deinit(last);
	x509_chain_free(&chain);
	x509_trust_free(trust);
	free_pair(&same);
	free_pair(&root);
}

/* ---- certificates that no tool makes ------------------------------------------------------- */

/* Appends an element, and wipes nothing: these are bytes for tests. */
static void add_element(struct strbuf *to, unsigned char tag, const void *content, size_t size)
{
	unsigned char header[6] = { tag,
				    0x84,
				    (unsigned char)(size >> 24),
				    (unsigned char)(size >> 16),
				    (unsigned char)(size >> 8),
				    (unsigned char)size };

	if (size < 0x80) {
		header[1] = (unsigned char)size;
		strbuf_add(to, (char *)header, 2);
	} else {
		size_t skip = size < 0x100 ? 3 : size < 0x10000 ? 2 : size < 0x1000000 ? 1 : 0;

		strbuf_add(to, (char[]){ (char)tag, (char)(0x84 - skip) }, 2);
		strbuf_add(to, (char *)header + 2 + skip, 4 - skip);
	}
	strbuf_add(to, content, size);
}

/* What was appended since from becomes the content of an element. */
static void wrap(struct strbuf *to, size_t from, unsigned char tag)
{
	struct strbuf content = { 0 };

	strbuf_add(&content, to->text + from, to->size - from);
	to->size = from;
	add_element(to, tag, content.text, content.size);
	strbuf_free(&content);
}

static void add_common_name(struct strbuf *to, const char *text)
{
	size_t from = to->size;

	add_element(to, DER_OID, "\x55\x04\x03", 3);
	add_element(to, 0x13, text, strlen(text));
	wrap(to, from, DER_SEQUENCE);
	wrap(to, from, DER_SET);
	wrap(to, from, DER_SEQUENCE);
}

static void add_extension(struct strbuf *to, unsigned char number, const struct strbuf *value)
{
	unsigned char oid[] = { 0x55, 0x1d, number };
	size_t from = to->size;

	add_element(to, DER_OID, oid, sizeof(oid));
	add_element(to, DER_OCTET_STRING, value->text, value->size);
	wrap(to, from, DER_SEQUENCE);
}

static void add_algorithm(struct strbuf *to, bool rsa)
{
	static const char with_rsa[] = "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00"; /* and SHA-256 */
	static const char with_ecdsa[] = "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02";

	if (rsa)
		strbuf_add(to, with_rsa, sizeof(with_rsa) - 1);
	else
		strbuf_add(to, with_ecdsa, sizeof(with_ecdsa) - 1);
}

/* SubjectPublicKeyInfo of an RSA key whose other half nobody has. */
static void add_rsa_key(struct strbuf *to, size_t bits, size_t exponent_bits)
{
	AUTO_BYTES modulus = { 0 };
	AUTO_BYTES exponent = { 0 };
	size_t from = to->size, begin_of_key;

	assert_int_equal(bytes_alloc(&modulus, bits / 8 + 1), 0);
	assert_int_equal(bytes_alloc(&exponent, exponent_bits / 8 + 1), 0);
	memset(modulus.data + 1, 0xa7, bits / 8);
	memset(exponent.data + 1, 0xff, exponent_bits / 8);
	strbuf_add(to, "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00", 15);
	begin_of_key = to->size;
	add_element(to, DER_INTEGER, modulus.data, modulus.size);
	add_element(to, DER_INTEGER, exponent.data, exponent.size);
	wrap(to, begin_of_key, DER_SEQUENCE);
	{
		struct strbuf bits_of_key = { 0 };

		strbuf_add(&bits_of_key, "\0", 1);
		strbuf_add(&bits_of_key, to->text + begin_of_key, to->size - begin_of_key);
		to->size = begin_of_key;
		add_element(to, DER_BIT_STRING, bits_of_key.text, bits_of_key.size);
		strbuf_free(&bits_of_key);
	}
	wrap(to, from, DER_SEQUENCE);
}

/* Of a P-256 key. */
static void add_usual_key(struct strbuf *to, gnutls_x509_privkey_t key)
{
	gnutls_pubkey_t public_key;
	gnutls_privkey_t private_key;
	gnutls_datum_t der;

	OK(gnutls_privkey_init(&private_key));
	OK(gnutls_privkey_import_x509(private_key, key, 0));
	OK(gnutls_pubkey_init(&public_key));
	OK(gnutls_pubkey_import_privkey(public_key, private_key, 0, 0));
	OK(gnutls_pubkey_export2(public_key, GNUTLS_X509_FMT_DER, &der));
	strbuf_add(to, (char *)der.data, der.size);
	gnutls_free(der.data);
	gnutls_pubkey_deinit(public_key);
	gnutls_privkey_deinit(private_key);
}

struct order {
	const char *subject, *issuer;
	unsigned char serial;
	struct strbuf key, extensions; /* SubjectPublicKeyInfo, and each Extension; fill() frees them */
	gnutls_x509_privkey_t signer;  /* NULL: an RSA signature of zeros */
	size_t signature_bits;
};

static void add_signature(struct strbuf *to, const struct order *order, const struct strbuf *body)
{
	gnutls_datum_t data = { (unsigned char *)body->text, (unsigned int)body->size }, signature = { 0 };
	AUTO_BYTES bits = { 0 };
	gnutls_privkey_t key;

	if (order->signer) {
		OK(gnutls_privkey_init(&key));
		OK(gnutls_privkey_import_x509(key, order->signer, 0));
		OK(gnutls_privkey_sign_data2(key, GNUTLS_SIGN_ECDSA_SHA256, 0, &data, &signature));
		gnutls_privkey_deinit(key);
	}
	assert_int_equal(bytes_alloc(&bits, 1 + (order->signer ? signature.size : order->signature_bits / 8)), 0);
	if (order->signer)
		memcpy(bits.data + 1, signature.data, signature.size);
	else
		bits.data[bits.size - 1] = 2; /* less than any modulus */
	add_element(to, DER_BIT_STRING, bits.data, bits.size);
	gnutls_free(signature.data);
}

static gnutls_x509_crt_t fill(struct order *order)
{
	AUTO_STRBUF body = { 0 };
	AUTO_STRBUF all = { 0 };
	gnutls_datum_t der;
	gnutls_x509_crt_t cert;
	size_t from;

	strbuf_add(&body, "\xa0\x03\x02\x01\x02\x02\x01", 7);
	strbuf_add(&body, (char *)&order->serial, 1);
	add_algorithm(&body, !order->signer);
	add_common_name(&body, order->issuer);
	from = body.size;
	add_element(&body, DER_UTC_TIME, "200101000000Z", 13);
	add_element(&body, DER_UTC_TIME, "490101000000Z", 13);
	wrap(&body, from, DER_SEQUENCE);
	add_common_name(&body, order->subject);
	strbuf_add(&body, order->key.text, order->key.size);
	from = body.size;
	strbuf_add(&body, order->extensions.text ? order->extensions.text : "", order->extensions.size);
	wrap(&body, from, DER_SEQUENCE);
	wrap(&body, from, DER_CONSTRUCTED(3));
	wrap(&body, 0, DER_SEQUENCE);
	strbuf_add(&all, body.text, body.size);
	add_algorithm(&all, !order->signer);
	add_signature(&all, order, &body);
	wrap(&all, 0, DER_SEQUENCE);
	assert_false(all.failed);
	der = (gnutls_datum_t){ (unsigned char *)all.text, (unsigned int)all.size };
	OK(gnutls_x509_crt_init(&cert));
	OK(gnutls_x509_crt_import(cert, &der, GNUTLS_X509_FMT_DER));
	strbuf_free(&order->key);
	strbuf_free(&order->extensions);
	return cert;
}

static void add_ca(struct strbuf *extensions)
{
	static const struct strbuf basic = { .text = (char *)(uintptr_t) "\x30\x03\x01\x01\xff", .size = 5 };

	add_extension(extensions, 19, &basic);
}

/* A trusted authority has given one to somebody who wants to keep us busy. */
static void test_costly_keys(void **state)
{
	static const struct {
		const char *what;
		size_t bits, exponent_bits;
		const char *why;
	} rows[] = {
		{ "RSA-65536 with an exponent as long", 65536, 65528, "whose key is not taken" },
		{ "RSA-16384", 16384, 16, "whose key is not taken" },
		{ "an exponent of 4096 bits", 4096, 4088, "whose key is not taken" },
		{ "an exponent of 72 bits", 4096, 72, "whose key is not taken" },
		{ "RSA-8192 with an exponent of 64 bits", 8192, 64, "has a bad signature" },
	};
	struct pair root = new_authority("Root", NULL);
	struct x509_trust *trust = trust_in(&root.cert, 1, NULL);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct order authority = { .subject = "Inter", .issuer = "Root", .serial = 2, .signer = root.key };
		struct order leaf = {
			.subject = "leaf", .issuer = "Inter", .serial = 3, .signature_bits = rows[i].bits
		};
		AUTO_CHAIN chain = { .count = 2 };

		add_rsa_key(&authority.key, rows[i].bits, rows[i].exponent_bits);
		add_ca(&authority.extensions);
		add_usual_key(&leaf.key, root.key);
		chain.cert[0] = fill(&leaf);
		chain.cert[1] = fill(&authority);
		assert_cheap(rows[i].what, trust, &chain, REASON_BAD_CERTIFICATE, rows[i].why);
	}
	x509_trust_free(trust);
	free_pair(&root);
}

/* The most that one may have: as many of them as a chain takes, each of which could have signed the peer's own. */
static void test_many_costly_keys(void **state)
{
	struct pair root = new_authority("Root", NULL);
	struct x509_trust *trust = trust_in(&root.cert, 1, NULL);
	struct order leaf = { .subject = "leaf", .issuer = "Inter", .serial = 1, .signature_bits = 8192 };
	AUTO_CHAIN chain = { .count = X509_CHAIN_MAX };

	(void)state;
	add_usual_key(&leaf.key, root.key);
	chain.cert[0] = fill(&leaf);
	for (unsigned int i = 1; i < chain.count; i++) {
		struct order authority = {
			.subject = "Inter", .issuer = "Root", .serial = (unsigned char)(i + 1), .signer = root.key
		};

		add_rsa_key(&authority.key, 8192, 64);
		add_ca(&authority.extensions);
		chain.cert[i] = fill(&authority);
	}
	assert_cheap("15 authorities of RSA-8192", trust, &chain, REASON_BAD_CERTIFICATE,
		     "has a bad signature of CN=Inter");
	x509_trust_free(trust);
	free_pair(&root);
}

#define MANY_NAMES 4000u

/* One authority below the other, each with constraints, and a leaf with names; all of them different. */
static void test_many_constraints(void **state)
{
	struct pair root = new_authority("Authority", NULL);
	struct x509_trust *trust = trust_in(&root.cert, 1, NULL);
	AUTO_CHAIN chain = { .count = X509_CHAIN_MAX };
	struct strbuf names = { 0 }, constraints = { 0 };

	(void)state;
	for (unsigned int i = 0; i < MANY_NAMES; i++) {
		char name[32];
		size_t from = constraints.size;

		snprintf(name, sizeof(name), "h%u.example.org", i);
		add_element(&names, DER_SIMPLE(2), name, strlen(name));
		add_element(&constraints, DER_SIMPLE(2), name + 1, strlen(name) - 1);
		wrap(&constraints, from, DER_SEQUENCE);
	}
	wrap(&names, 0, DER_SEQUENCE);
	wrap(&constraints, 0, DER_CONSTRUCTED(1));
	wrap(&constraints, 0, DER_SEQUENCE);
	for (unsigned int i = 0; i < chain.count; i++) {
		char subject[16], issuer[16];
		struct order order = {
			.subject = subject, .issuer = issuer, .serial = (unsigned char)(i + 1), .signer = root.key
		};

		snprintf(subject, sizeof(subject), "A%u", i);
		snprintf(issuer, sizeof(issuer), i + 1 < chain.count ? "A%u" : "Authority", i + 1);

		add_usual_key(&order.key, root.key);
		add_extension(&order.extensions, 17, &names);
		if (i) {
			add_ca(&order.extensions);
			add_extension(&order.extensions, 30, &constraints);
		}
		chain.cert[i] = fill(&order);
	}
	assert_cheap("4000 names below 15 times 4000 constraints", trust, &chain, REASON_BAD_CERTIFICATE,
		     "too many names");
	x509_trust_free(trust);
	strbuf_free(&constraints);
	strbuf_free(&names);
	free_pair(&root);
}

/* ---- the rest ------------------------------------------------------------------------------------ */

static void test_malformed(void **state)
{
	/* extendedKeyUsage without a purpose, and keyUsage that is no BIT STRING. */
	static const struct strbuf empty = { .text = (char *)(uintptr_t) "\x30\x00", .size = 2 };
	static const struct strbuf null = { .text = (char *)(uintptr_t) "\x05\x00", .size = 2 };
	static const struct {
		unsigned char extension;
		const struct strbuf *value;
	} rows[] = { { 37, &empty }, { 37, &null }, { 15, &null }, { 19, &null }, { 30, &null }, { 14, &null } };
	struct pair root = new_authority("Root", NULL);
	struct x509_trust *trust = trust_in(&root.cert, 1, NULL);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct order order = { .subject = "leaf", .issuer = "Root", .serial = 2, .signer = root.key };
		AUTO_CHAIN chain = { .count = 1 };

		add_usual_key(&order.key, root.key);
		add_extension(&order.extensions, rows[i].extension, rows[i].value);
		chain.cert[0] = fill(&order);
		assert_cheap("malformed", trust, &chain, REASON_BAD_CERTIFICATE,
			     "certificate 1 of the peer's chain is malformed");
	}
	x509_trust_free(trust);
	free_pair(&root);
}

static void add_list(struct strbuf *to, const struct pair *issuer, time_t from)
{
	gnutls_x509_crl_t list;
	gnutls_datum_t out;

	OK(gnutls_x509_crl_init(&list));
	OK(gnutls_x509_crl_set_version(list, 2));
	OK(gnutls_x509_crl_set_this_update(list, from));
	OK(gnutls_x509_crl_set_next_update(list, NOW + DAY));
	OK(gnutls_x509_crl_sign2(list, issuer->cert, issuer->key, GNUTLS_DIG_SHA256, 0));
	OK(gnutls_x509_crl_export2(list, GNUTLS_X509_FMT_PEM, &out));
	strbuf_add(to, (const char *)out.data, out.size);
	gnutls_free(out.data);
	gnutls_x509_crl_deinit(list);
}

/* The list of an intermediate is told of when it is loaded, and counts once the intermediate is there. */
static void test_remarks(void **state)
{
	struct pair root = new_authority("Root", NULL), inter = new_authority("Inter", &root);
	AUTO_STRBUF lists = { 0 };
	struct x509_demands demands = { .purpose = X509_FOR_SERVER, .lists_required = true, .now = NOW };
	struct x509_chain chain = { .count = 2 };
	struct x509_trust *trust;
	char why[512];

	(void)state;
	add_list(&lists, &root, NOW - DAY);
	add_list(&lists, &inter, NOW - DAY);
	trust = trust_in(&root.cert, 1, &lists);
	assert_string_equal(x509_trust_remark(trust, 0)->text,
			    "crl.pem: the revocation list of CN=Inter is not verified yet, since its authority is not "
			    "in the trust store: it counts for chains with a certificate of this authority whose key "
			    "has signed it");
	assert_false(x509_trust_remark(trust, 0)->is_fault);
	assert_null(x509_trust_remark(trust, 1));
	assert_null(x509_trust_remark(NULL, 0));
	chain.cert[0] = begin("leaf", 7, false);
	OK(gnutls_x509_crt_set_key(chain.cert[0], root.key));
	chain.cert[0] = finish(chain.cert[0], inter.cert, inter.key);
	chain.cert[1] = inter.cert;
	/* Twice, since the second time the signature is known. */
	for (int i = 0; i < 2; i++)
		assert_int_equal(x509_verify_with(trust, &chain, &demands, why, sizeof(why)), REASON_OK);
	x509_trust_free(trust);
	trust = trust_in(&root.cert, 1, NULL);
	assert_int_equal(x509_verify_with(trust, &chain, &demands, why, sizeof(why)), REASON_CRL_MISSING);
	assert_string_equal(why, "there is no revocation list of CN=Inter for the certificate of CN=leaf, and "
				 "crl-required=yes demands one");
	assert_int_equal(x509_verify(trust, &chain, X509_FOR_SERVER, NULL, NOW, why, sizeof(why)), REASON_OK);
	x509_trust_free(trust);
	gnutls_x509_crt_deinit(chain.cert[0]);
	free_pair(&inter);
	free_pair(&root);
}

static void test_signed_by(void **state)
{
	struct pair root = new_authority("Root", NULL), namesake = new_authority("Root", NULL);
	struct pair inter = new_authority("Inter", &root);

	(void)state;
	assert_true(x509_cert_is_signed_by(inter.cert, root.cert));
	assert_false(x509_cert_is_signed_by(inter.cert, namesake.cert));
	assert_false(x509_cert_is_signed_by(root.cert, inter.cert));
	assert_true(x509_cert_is_signed_by(root.cert, root.cert));
	free_pair(&inter);
	free_pair(&namesake);
	free_pair(&root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_elements),	  cmocka_unit_test(test_long_element),
		cmocka_unit_test(test_numbers_and_flags), cmocka_unit_test(test_bits),
		cmocka_unit_test(test_directory_names),	  cmocka_unit_test(test_wide_strings),
		cmocka_unit_test(test_many_ways),	  cmocka_unit_test(test_costly_keys),
		cmocka_unit_test(test_many_costly_keys),  cmocka_unit_test(test_many_constraints),
		cmocka_unit_test(test_malformed),	  cmocka_unit_test(test_remarks),
		cmocka_unit_test(test_signed_by),
	};

	return cmocka_run_group_tests_name("x509_verify", tests, NULL, NULL);
}
