/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/allowance/allowance.h"
#include "tests/peer/hostile.h"

/* ---- certificates --------------------------------------------------------------- */

static int check(const struct hostile_buf *der, struct error *e)
{
	struct x509_allowance left = { .certificates = 1, .elements = X509_ELEMENTS_MAX };

	return x509_check_allowance(der->data, der->size, &left, e);
}

static int check_certificate(const struct hostile_certificate *what, struct error *e)
{
	struct hostile_buf der = { 0 };
	struct evp_pkey_st *key = hostile_key();
	int r;

	hostile_put_certificate(&der, what, key, "subject", "issuer");
	hostile_key_free(key);
	r = check(&der, e);
	hostile_buf_free(&der);
	return r;
}

static void test_certificates(void **state)
{
	static const struct {
		struct hostile_certificate certificate;
		int result;
		const char *words;
	} rows[] = {
		{ { .key = HOSTILE_KEY_EC }, 0, NULL },
		{ { .key = HOSTILE_KEY_RSA, .bits = 2048 }, 0, NULL },
		{ { .key = HOSTILE_KEY_RSA, .bits = 8192 }, 0, NULL },
		{ { .key = HOSTILE_KEY_RSA, .bits = 8192, .exponent_bits = 64 }, 0, NULL },
		{ { .key = HOSTILE_KEY_RSA_PSS, .bits = 8192 }, 0, NULL },
		{ { .key = HOSTILE_KEY_RSA, .bits = 8193 }, -E2BIG, "RSA key has 8193 bits" },
		{ { .key = HOSTILE_KEY_RSA, .bits = 65536 }, -E2BIG, "65536 bits" },
		{ { .key = HOSTILE_KEY_RSA_PSS, .bits = 16384 }, -E2BIG, "16384 bits" },
		{ { .key = HOSTILE_KEY_RSA, .exponent_bits = 65 }, -E2BIG, "exponent of its RSA key has 65 bits" },
		{ { .key = HOSTILE_KEY_RSA, .exponent_bits = 40000 }, -E2BIG, "exponent" },
		{ { .key = HOSTILE_KEY_NONSENSE }, -EINVAL, "malformed" },
		{ { .key = HOSTILE_KEY_DSA }, -EOPNOTSUPP, "kind" },
		{ { .key = HOSTILE_KEY_DH }, -EOPNOTSUPP, "kind" },
		{ { .key = HOSTILE_KEY_UNKNOWN }, -EOPNOTSUPP, "kind" },
		{ { .key = HOSTILE_KEY_EC_EXPLICIT, .bits = 256 }, -EOPNOTSUPP, "without a name" },
		{ { .key = HOSTILE_KEY_EC_UNKNOWN }, -EOPNOTSUPP, "curve" },
		{ { .key = HOSTILE_KEY_EC_BROKEN }, 0, NULL }, /* GnuTLS sees it at once */
		{ { .key = HOSTILE_KEY_EC_BROKEN, .bits = 1000 }, -EINVAL, "longer" },
		{ { .dns_names = 1000, .name_size = 20 }, 0, NULL },
		{ { .dns_names = 5000 }, -E2BIG, "more in it" },
		{ { .other_names = 5000 }, -E2BIG, "more in it" },
		{ { .names_indefinite = true, .dns_names = 5000 }, -E2BIG, "more in it" },
		{ { .extensions = 40 }, 0, NULL },
		{ { .extensions = 70 }, -E2BIG, "more in it" },
		{ { .extensions = 1, .extension_size = 4000 }, 0, NULL },
		{ { .rdns = 30 }, 0, NULL },
		{ { .rdns = 60 }, -E2BIG, "more in it" },
		{ { .permitted = 2000, .excluded = 2000 }, -E2BIG, "more in it" },
		{ { .policies = 3000 }, -E2BIG, "more in it" },
		{ { .policy_mappings = 3000 }, -E2BIG, "more in it" },
		{ { .purposes = 5000 }, -E2BIG, "more in it" },
		{ { .distribution_points = 2000 }, -E2BIG, "more in it" },
		{ { .authority_infos = 2000 }, -E2BIG, "more in it" },
		{ { .depth = 10 }, 0, NULL },
		{ { .depth = 40 }, -E2BIG, "more in it" },
		{ { .indefinite = true }, -EINVAL, "no X.509" },
		{ { .trailing = true }, -EINVAL, "no X.509" },
		{ { .self_issued = true, .authority = true }, 0, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct error e = { 0 };
		int r = check_certificate(&rows[i].certificate, &e);

		if (r != rows[i].result || (r && !strstr(e.text, rows[i].words)))
			fail_msg("row %zu: %d \"%s\"", i, r, e.text);
	}
}

/* Cut anywhere it is malformed, or not even that: never more than it was. */
static void test_cut_certificates(void **state)
{
	const struct hostile_certificate what = { .key = HOSTILE_KEY_RSA, .dns_names = 5, .policies = 3 };
	struct evp_pkey_st *key = hostile_key();
	struct hostile_buf der = { 0 };
	struct error e;

	(void)state;
	hostile_put_certificate(&der, &what, key, "subject", "issuer");
	hostile_key_free(key);
	assert_int_equal(check(&der, &e), 0);
	for (size_t size = 0; size < der.size; size++) {
		/* A copy of that size, so that a sanitizer sees what is read behind it. */
		struct hostile_buf cut = { 0 };

		hostile_put(&cut, der.data, size);
		assert_int_equal(check(&cut, &e), -EINVAL);
		hostile_buf_free(&cut);
	}
	hostile_buf_free(&der);
}

/* What nfscert(8) makes is taken. */
static void test_own_certificates(void **state)
{
	static const enum x509_key_kind kinds[] = { X509_KEY_ECDSA, X509_KEY_RSA, X509_KEY_ED25519 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct x509_allowance left = { .certificates = 1, .elements = 200 };
		gnutls_x509_crt_t cert;
		gnutls_privkey_t key;
		gnutls_datum_t der;
		struct error e;

		assert_int_equal(x509_key_make(kinds[i], &key, &e), 0);
		assert_int_equal(x509_authority_make("Test", key, 30, time(NULL), &cert, &e), 0);
		assert_int_equal(gnutls_x509_crt_export2(cert, GNUTLS_X509_FMT_DER, &der), 0);
		assert_int_equal(x509_check_allowance(der.data, der.size, &left, &e), 0);
		assert_true(left.elements > 100);
		gnutls_free(der.data);
		gnutls_x509_crt_deinit(cert);
		gnutls_privkey_deinit(key);
	}
}

/* ---- messages --------------------------------------------------------------------- */

/* So many of the same in one Certificate message. */
static int take_chain(struct allowance *allowance, const struct hostile_certificate *what, unsigned int count)
{
	struct evp_pkey_st *key = hostile_key();
	struct hostile_buf message = { 0 };
	size_t list;
	int r;

	hostile_put_number(&message, 0, 1);
	list = hostile_open(&message, 3);
	for (unsigned int i = 0; i < count; i++) {
		size_t one = hostile_open(&message, 3);

		hostile_put_certificate(&message, what, key, "subject", "issuer");
		hostile_close(&message, one, 3);
		hostile_put_number(&message, 0, 2);
	}
	hostile_close(&message, list, 3);
	hostile_key_free(key);
	r = allowance_take_message(allowance, GNUTLS_HANDSHAKE_CERTIFICATE_PKT, message.data, message.size);
	hostile_buf_free(&message);
	return r;
}

static void test_chains(void **state)
{
	const struct hostile_certificate usual = { .key = HOSTILE_KEY_EC }, many = { .dns_names = 300 },
					 large = { .key = HOSTILE_KEY_RSA, .bits = 16384 };
	struct allowance allowance = { 0 };

	(void)state;
	/* None at all is the client's right, and GnuTLS's to judge of a server. */
	assert_int_equal(take_chain(&allowance, &usual, 0), 0);
	assert_int_equal(take_chain(&allowance, &usual, X509_CHAIN_MAX), 0);
	assert_int_equal(take_chain(&allowance, &many, 10), 0);
	assert_false(allowance.exceeded);
	assert_int_equal(take_chain(&allowance, &usual, X509_CHAIN_MAX + 1), -E2BIG);
	assert_true(allowance.exceeded && allowance.by_certificate);
	assert_int_equal(allowance.alert, GNUTLS_A_BAD_CERTIFICATE);
	assert_non_null(strstr(allowance.why.text, "certificate 17 of the peer's chain is refused: "));
	/* From there on nothing is taken. */
	assert_int_equal(take_chain(&allowance, &usual, 1), -E2BIG);
	assert_int_equal(allowance_take_bytes(&allowance, 1), -E2BIG);
	/* What none has too much of, all together can. */
	allowance = (struct allowance){ 0 };
	assert_int_equal(take_chain(&allowance, &many, 15), -E2BIG);
	allowance = (struct allowance){ 0 };
	assert_int_equal(take_chain(&allowance, &large, 1), -E2BIG);
	assert_non_null(strstr(allowance.why.text, "certificate 1 of the peer's chain is refused: its RSA key has"));
}

static void test_malformed_messages(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
	} rows[] = {
		{ "", 0 },
		{ "\0", 1 },
		{ "\0\0\0", 3 },
		{ "\1\0\0\0", 4 },	    /* the context takes a byte of the length */
		{ "\0\0\0\1", 4 },	    /* a list that is not there */
		{ "\0\0\0\0x", 5 },	    /* something behind it */
		{ "\0\0\0\3\0\0\0", 7 },    /* no extensions */
		{ "\0\0\0\5\0\0\1x\0", 9 }, /* half a length */
		{ "\0\xff\xff\xff\0\0\1x\0\0", 10 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct allowance allowance = { 0 };
		unsigned char *copy = malloc(rows[i].size + !rows[i].size);

		memcpy(copy, rows[i].bytes, rows[i].size);
		assert_int_equal(allowance_take_message(&allowance, GNUTLS_HANDSHAKE_CERTIFICATE_PKT, copy,
							rows[i].size),
				 -EINVAL);
		assert_false(allowance.by_certificate);
		assert_int_equal(allowance.alert, GNUTLS_A_DECODE_ERROR);
		free(copy);
	}
}

static void test_sizes(void **state)
{
	static const struct {
		unsigned int type;
		size_t most;
	} rows[] = {
		{ GNUTLS_HANDSHAKE_CLIENT_HELLO, 16384 },
		{ GNUTLS_HANDSHAKE_CERTIFICATE_REQUEST, 65536 },
		{ GNUTLS_HANDSHAKE_FINISHED, 1024 },
		{ GNUTLS_HANDSHAKE_COMPRESSED_CERTIFICATE_PKT, 1024 },
		{ 99, 1024 },
	};
	static const unsigned char zeros[65537];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct allowance allowance = { 0 };

		assert_int_equal(allowance_take_message(&allowance, rows[i].type, zeros, rows[i].most), 0);
		assert_int_equal(allowance_take_message(&allowance, rows[i].type, zeros, rows[i].most + 1), -E2BIG);
		assert_int_equal(allowance.alert, GNUTLS_A_ILLEGAL_PARAMETER);
		assert_false(allowance.by_certificate);
	}
}

static void test_numbers(void **state)
{
	struct allowance allowance = { 0 };

	(void)state;
	for (unsigned int i = 0; i < ALLOWANCE_MESSAGES_MAX; i++)
		assert_int_equal(allowance_take_message(&allowance, GNUTLS_HANDSHAKE_KEY_UPDATE, "", 1), 0);
	assert_int_equal(allowance_take_message(&allowance, GNUTLS_HANDSHAKE_KEY_UPDATE, "", 1), -E2BIG);
	allowance = (struct allowance){ 0 };
	for (unsigned int i = 0; i < ALLOWANCE_PIECES_MAX; i++)
		assert_int_equal(allowance_take_bytes(&allowance, 1), 0);
	assert_int_equal(allowance_take_bytes(&allowance, 1), -E2BIG);
	allowance = (struct allowance){ 0 };
	assert_int_equal(allowance_take_bytes(&allowance, ALLOWANCE_BYTES_MAX), 0);
	assert_int_equal(allowance_take_bytes(&allowance, 1), -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_certificates),
		cmocka_unit_test(test_cut_certificates),
		cmocka_unit_test(test_own_certificates),
		cmocka_unit_test(test_chains),
		cmocka_unit_test(test_malformed_messages),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests_name("allowance", tests, NULL, NULL);
}
