/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The certificates are made here, at a fixed point in time, so that no test
 * depends on the clock or on files that expire.
 */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/x509/x509.h"
#include "tests/unit/reasons.h"

#define NOW ((time_t)1800000000)
#define DAY ((time_t)86400)

#define OK(call) assert_true((call) >= 0)

/* ---- a small authority ---------------------------------------------------- */

/* clang-format off */
enum {
	ROOT, ROOT2, FAKE_ROOT, PREDECESSOR, OLD_ROOT, CROSS, INTER, OLD_INTER, REVOKED_INTER, BAD_INTER,
	FAKE_INTER, LEAF, LEAF2, INTER_LEAF, OLD_INTER_LEAF, REVOKED_INTER_LEAF, BAD_INTER_LEAF, OLD_ROOT_LEAF,
	FORGED_LEAF, LEAF_OF_LEAF, EXPIRED, FUTURE, CLIENT, SERVER, ANY, CN_ONLY, WILD, DEEP, DOTTED, BOTH,
	NUL_NAME, NUL_END,
	SELF, WEAK, SHA1, HOSTILE, ENCIPHER, SIGN, CERTS
};
/* clang-format on */

struct recipe {
	const char *cn;
	const char *dns, *ip; /* subjectAltNames; dns may hold a NUL, then dns_size counts */
	size_t dns_size;
	bool ca;
	const char *purpose;
	unsigned int usage; /* 0: the extension is not there */
	int from, until;    /* days from NOW; both 0 mean -10 and 10 */
	int issuer;	    /* ROOT is the default, itself for the self-signed */
	bool self_signed, weak, sha1;
	bool roots_key;
};

static const struct recipe recipes[CERTS] = {
	[ROOT] = { .cn = "Root", .ca = true, .self_signed = true },
	[ROOT2] = { .cn = "Root 2", .ca = true, .self_signed = true },
	[FAKE_ROOT] = { .cn = "Root", .ca = true, .self_signed = true },
	[PREDECESSOR] = { .cn = "Root", .ca = true, .self_signed = true, .from = -20, .until = -10, .roots_key = true },
	[OLD_ROOT] = { .cn = "Old root", .ca = true, .self_signed = true, .from = -20, .until = -10 },
	[CROSS] = { .cn = "Root", .ca = true, .issuer = OLD_ROOT, .from = -20, .until = -10, .roots_key = true },
	[INTER] = { .cn = "Inter", .ca = true },
	[OLD_INTER] = { .cn = "Old inter", .ca = true, .from = -20, .until = -10 },
	[REVOKED_INTER] = { .cn = "Revoked inter", .ca = true },
	[BAD_INTER] = { .cn = "Weak inter", .ca = true, .weak = true },
	[FAKE_INTER] = { .cn = "Inter", .ca = true, .issuer = ROOT2 },
	[LEAF] = { .cn = "leaf", .dns = "a.example.org", .ip = "192.0.2.1" },
	[LEAF2] = { .cn = "leaf", .dns = "a.example.org", .ip = "2001:db8::1", .issuer = ROOT2 },
	[INTER_LEAF] = { .cn = "leaf", .dns = "a.example.org", .issuer = INTER },
	[OLD_INTER_LEAF] = { .cn = "leaf", .dns = "a.example.org", .issuer = OLD_INTER },
	[REVOKED_INTER_LEAF] = { .cn = "leaf", .dns = "a.example.org", .issuer = REVOKED_INTER },
	[BAD_INTER_LEAF] = { .cn = "leaf", .dns = "a.example.org", .issuer = BAD_INTER },
	[OLD_ROOT_LEAF] = { .cn = "leaf", .dns = "a.example.org", .issuer = OLD_ROOT },
	[FORGED_LEAF] = { .cn = "leaf", .dns = "a.example.org", .issuer = FAKE_ROOT },
	[LEAF_OF_LEAF] = { .cn = "leaf of leaf", .dns = "a.example.org", .issuer = LEAF },
	[EXPIRED] = { .cn = "leaf", .dns = "a.example.org", .from = -3, .until = -1 },
	[FUTURE] = { .cn = "leaf", .dns = "a.example.org", .from = 1, .until = 3 },
	[CLIENT] = { .cn = "leaf", .dns = "a.example.org", .purpose = GNUTLS_KP_TLS_WWW_CLIENT },
	[SERVER] = { .cn = "leaf", .dns = "a.example.org", .purpose = GNUTLS_KP_TLS_WWW_SERVER },
	[ANY] = { .cn = "leaf", .dns = "a.example.org", .purpose = GNUTLS_KP_ANY },
	[CN_ONLY] = { .cn = "a.example.org" },
	[WILD] = { .cn = "leaf", .dns = "*.example.org" },
	[DEEP] = { .cn = "leaf", .dns = "a.b.example.org" },
	[DOTTED] = { .cn = "leaf", .dns = "192.0.2.1" },
	[BOTH] = { .cn = "leaf", .dns = "A.example.org.", .ip = "2001:db8::1" },
	[NUL_NAME] = { .cn = "leaf", .dns = "a.example.org\0.evil.example", .dns_size = 27 },
	[NUL_END] = { .cn = "leaf", .dns = "a.example.org\0", .dns_size = 14 },
	[SELF] = { .cn = "self", .dns = "a.example.org", .self_signed = true },
	[WEAK] = { .cn = "leaf", .dns = "a.example.org", .weak = true },
	[SHA1] = { .cn = "leaf", .dns = "a.example.org", .sha1 = true },
	[ENCIPHER] = { .cn = "leaf", .dns = "a.example.org", .usage = GNUTLS_KEY_KEY_ENCIPHERMENT },
	[SIGN] = { .cn = "leaf",
		   .dns = "a.example.org",
		   .usage = GNUTLS_KEY_KEY_ENCIPHERMENT | GNUTLS_KEY_DIGITAL_SIGNATURE },
	[HOSTILE] = { .cn = "x\nrpc.tlshd: \x1b[31m\"ok\"", .self_signed = true },
};

struct made {
	gnutls_x509_crt_t cert;
	gnutls_x509_privkey_t key;
};

static struct made made[CERTS];

/* GnuTLS would cut the name at a NUL: GeneralNames of one dNSName (RFC 5280 section 4.2.1.6), written by hand. */
static void add_name_with_nul(gnutls_x509_crt_t cert, const char *name, size_t size)
{
	unsigned char der[64] = { 0x30, (unsigned char)(size + 2), 0x82, (unsigned char)size };

	assert_true(size + 4 <= sizeof(der));
	memcpy(der + 4, name, size);
	OK(gnutls_x509_crt_set_extension_by_oid(cert, "2.5.29.17", der, size + 4, 0));
}

static void add_names(gnutls_x509_crt_t cert, const struct recipe *from)
{
	unsigned char raw[16];

	if (from->dns_size)
		add_name_with_nul(cert, from->dns, from->dns_size);
	else if (from->dns)
		OK(gnutls_x509_crt_set_subject_alt_name(cert, GNUTLS_SAN_DNSNAME, from->dns,
							(unsigned int)strlen(from->dns), GNUTLS_FSAN_APPEND));
	if (from->ip) {
		int v4 = inet_pton(AF_INET, from->ip, raw);

		assert_true(v4 || inet_pton(AF_INET6, from->ip, raw));
		OK(gnutls_x509_crt_set_subject_alt_name(cert, GNUTLS_SAN_IPADDRESS, raw, v4 ? 4 : 16,
							GNUTLS_FSAN_APPEND));
	}
}

static void make_key(int i)
{
	OK(gnutls_x509_privkey_init(&made[i].key));
	if (recipes[i].roots_key)
		OK(gnutls_x509_privkey_cpy(made[i].key, made[ROOT].key));
	else if (recipes[i].weak)
		OK(gnutls_x509_privkey_generate(made[i].key, GNUTLS_PK_RSA, 1024, 0));
	else
		OK(gnutls_x509_privkey_generate(made[i].key, GNUTLS_PK_ECDSA,
						GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0));
}

/* Namesakes can only be told from each other by these. */
static void add_key_ids(gnutls_x509_crt_t cert, gnutls_x509_crt_t issuer)
{
	unsigned char id[64];
	size_t size = sizeof(id);

	OK(gnutls_x509_crt_get_key_id(cert, 0, id, &size));
	OK(gnutls_x509_crt_set_subject_key_id(cert, id, size));
	size = sizeof(id);
	OK(gnutls_x509_crt_get_key_id(issuer, 0, id, &size));
	OK(gnutls_x509_crt_set_authority_key_id(cert, id, size));
}

/* A certificate that was made does not show all its names before it is read. */
static void read_back(gnutls_x509_crt_t *cert)
{
	gnutls_datum_t der;

	OK(gnutls_x509_crt_export2(*cert, GNUTLS_X509_FMT_DER, &der));
	gnutls_x509_crt_deinit(*cert);
	OK(gnutls_x509_crt_init(cert));
	OK(gnutls_x509_crt_import(*cert, &der, GNUTLS_X509_FMT_DER));
	gnutls_free(der.data);
}

static void make(int i)
{
	const struct recipe *from = &recipes[i];
	const struct made *issuer = from->self_signed ? &made[i] : &made[from->issuer];
	bool dated = from->from || from->until;
	unsigned char serial[2] = { 1, (unsigned char)i };
	gnutls_x509_crt_t cert;

	make_key(i);
	OK(gnutls_x509_crt_init(&made[i].cert));
	cert = made[i].cert;
	OK(gnutls_x509_crt_set_version(cert, 3));
	OK(gnutls_x509_crt_set_serial(cert, serial, sizeof(serial)));
	OK(gnutls_x509_crt_set_activation_time(cert, NOW + DAY * (dated ? from->from : -10)));
	OK(gnutls_x509_crt_set_expiration_time(cert, NOW + DAY * (dated ? from->until : 10)));
	OK(gnutls_x509_crt_set_dn_by_oid(cert, GNUTLS_OID_X520_COMMON_NAME, 0, from->cn,
					 (unsigned int)strlen(from->cn)));
	OK(gnutls_x509_crt_set_basic_constraints(cert, from->ca, -1));
	if (from->ca || from->usage)
		OK(gnutls_x509_crt_set_key_usage(cert, from->ca ? GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN :
								  from->usage));
	if (from->purpose)
		OK(gnutls_x509_crt_set_key_purpose_oid(cert, from->purpose, 0));
	add_names(cert, from);
	OK(gnutls_x509_crt_set_key(cert, made[i].key));
	add_key_ids(cert, issuer->cert);
	OK(gnutls_x509_crt_sign2(cert, issuer->cert, issuer->key, from->sha1 ? GNUTLS_DIG_SHA1 : GNUTLS_DIG_SHA256, 0));
	read_back(&made[i].cert);
}

static int make_all(void **state)
{
	(void)state;
	for (int i = 0; i < CERTS; i++)
		make(i);
	return 0;
}

static int free_all(void **state)
{
	(void)state;
	for (int i = 0; i < CERTS; i++) {
		gnutls_x509_crt_deinit(made[i].cert);
		gnutls_x509_privkey_deinit(made[i].key);
	}
	return 0;
}

static void add_cert(struct strbuf *to, int i, gnutls_x509_crt_fmt_t format)
{
	gnutls_datum_t out;

	OK(gnutls_x509_crt_export2(made[i].cert, format, &out));
	strbuf_add(to, (const char *)out.data, out.size);
	gnutls_free(out.data);
	assert_false(to->failed);
}

/* The lists below end with -1, since ROOT is 0. */
static void add_certs(struct strbuf *to, const int *which, gnutls_x509_crt_fmt_t format)
{
	strbuf_add(to, "", 0);
	for (; *which >= 0; which++)
		add_cert(to, *which, format);
}

static void make_chain(const int *which, struct x509_chain *chain)
{
	AUTO_STRBUF der = { 0 };
	struct error e;

	add_certs(&der, which, GNUTLS_X509_FMT_DER);
	assert_int_equal(x509_chain_parse("chain", der.text, der.size, chain, &e), 0);
}

struct list_recipe {
	int issuer;
	int revoked; /* a certificate, -1 for none */
	int from, until;
};

static void add_list(struct strbuf *to, const struct list_recipe *from)
{
	unsigned char serial[2] = { 1, (unsigned char)from->revoked };
	gnutls_x509_crl_t list;
	gnutls_datum_t out;

	OK(gnutls_x509_crl_init(&list));
	OK(gnutls_x509_crl_set_version(list, 2));
	OK(gnutls_x509_crl_set_this_update(list, NOW + DAY * from->from));
	OK(gnutls_x509_crl_set_next_update(list, NOW + DAY * from->until));
	if (from->revoked >= 0)
		OK(gnutls_x509_crl_set_crt_serial(list, serial, sizeof(serial), NOW - DAY));
	OK(gnutls_x509_crl_sign2(list, made[from->issuer].cert, made[from->issuer].key, GNUTLS_DIG_SHA256, 0));
	OK(gnutls_x509_crl_export2(list, GNUTLS_X509_FMT_PEM, &out));
	strbuf_add(to, (const char *)out.data, out.size);
	assert_false(to->failed);
	gnutls_free(out.data);
	gnutls_x509_crl_deinit(list);
}

static struct bytes view(const struct strbuf *text)
{
	return (struct bytes){ (unsigned char *)text->text, text->size };
}

/* list may be NULL. */
static int make_trust(const int *authorities, const struct list_recipe *list, struct x509_trust **trust,
		      struct error *e)
{
	AUTO_STRBUF ca = { 0 };
	AUTO_STRBUF crl = { 0 };
	struct bytes ca_bytes, crl_bytes;

	add_certs(&ca, authorities, GNUTLS_X509_FMT_PEM);
	if (list)
		add_list(&crl, list);
	ca_bytes = view(&ca);
	crl_bytes = view(&crl);
	return x509_trust_new("ca.pem", &ca_bytes, "crl.pem", list ? &crl_bytes : NULL, trust, e);
}

/* ---- names ------------------------------------------------------------------ */

static void test_dns_names(void **state)
{
	static const struct {
		const char *pattern;
		size_t size; /* 0: up to the NUL */
		const char *name;
		bool matches;
	} rows[] = {
		{ "a.example.org", 0, "a.example.org", true },
		{ "A.Example.ORG", 0, "a.eXAMPLE.org", true },
		{ "a.example.org", 0, "b.example.org", false },
		{ "example.org", 0, "a.example.org", false },
		{ "a.example.org", 0, "example.org", false },
		{ "a.example.org", 0, "a.example.orgs", false },
		{ "host", 0, "host", true },
		{ "my_host-1.example.org", 0, "my_host-1.example.org", true },
		{ "a.example.org.", 0, "a.example.org", true },
		{ "*.example.org", 0, "a.example.org", true },
		{ "*.EXAMPLE.org", 0, "A.example.ORG", true },
		{ "*.example.org.", 0, "a.example.org", true },
		{ "*.example.org", 0, "a.b.example.org", false },
		{ "*.example.org", 0, "example.org", false },
		{ "*.example.org", 0, ".example.org", false },
		{ "*.example.org", 0, "a.example.net", false },
		{ "*.org", 0, "example.org", false },
		{ "*.org.", 0, "example.org", false },
		{ "*..org", 0, "a..org", false },
		{ "*.", 0, "org", false },
		{ "*", 0, "org", false },
		{ "*", 0, "a.example.org", false },
		{ "f*.example.org", 0, "foo.example.org", false },
		{ "*f.example.org", 0, "of.example.org", false },
		{ "f*o.example.org", 0, "foo.example.org", false },
		{ "xn--*.example.org", 0, "xn--a.example.org", false },
		{ "**.example.org", 0, "a.example.org", false },
		{ "*.*.example.org", 0, "a.b.example.org", false },
		{ "a.*.example.org", 0, "a.b.example.org", false },
		{ "a.example.org\0", 14, "a.example.org", false },
		{ "a.example.org\0.evil.example", 27, "a.example.org", false },
		{ "*.example.org\0", 14, "a.example.org", false },
		{ "a.example.orgXXX", 13, "a.example.org", true },
		{ "a..example.org", 0, "a..example.org", false },
		{ ".example.org", 0, ".example.org", false },
		{ "a.example.org..", 0, "a.example.org", false },
		{ ".", 0, "", false },
		{ ".", 0, ".", false },
		{ "a example.org", 0, "a example.org", false },
		{ "\xc3\xa4.example.org", 0, "\xc3\xa4.example.org", false },
		{ "192.0.2.1", 0, "192.0.2.1", false },
		{ "*.0.2.1", 0, "192.0.2.1", false },
		{ "2001:db8::1", 0, "2001:db8::1", false },
		{ "a.example.org", 0, "", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t size = rows[i].size ? rows[i].size : strlen(rows[i].pattern);

		if (x509_dns_name_matches(rows[i].pattern, size, rows[i].name) != rows[i].matches)
			fail_msg("row %zu: %s and %s", i, rows[i].pattern, rows[i].name);
	}
	assert_false(x509_dns_name_matches("", 0, "a.example.org"));
	assert_false(x509_dns_name_matches("", 0, ""));
}

static void test_long_names(void **state)
{
	char name[301];

	(void)state;
	memset(name, 'a', sizeof(name));
	name[255] = '\0';
	assert_true(x509_dns_name_matches(name, 255, name));
	name[255] = 'a';
	name[300] = '\0';
	assert_false(x509_dns_name_matches(name, 300, name));
}

static void test_covers_below(void **state)
{
	static const struct {
		int cert;
		const char *suffix;
		bool covers;
	} rows[] = {
		{ LEAF, "example.org", true },
		{ LEAF, "EXAMPLE.Org", true },
		{ LEAF, "org", true },
		{ LEAF, "a.example.org", false },
		{ LEAF, "xample.org", false },
		{ LEAF, "example.net", false },
		{ DEEP, "example.org", true },
		{ DEEP, "b.example.org", true },
		{ DEEP, "a.b.example.org", false },
		{ WILD, "example.org", true },
		{ WILD, "org", true },
		{ WILD, "a.example.org", false },
		{ BOTH, "example.org", true },
		{ CN_ONLY, "example.org", false },
		{ NUL_NAME, "example", false },
		{ NUL_NAME, "example.org", false },
		{ NUL_END, "example.org", false },
		{ DOTTED, "0.2.1", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (x509_cert_covers_below(made[rows[i].cert].cert, rows[i].suffix) != rows[i].covers)
			fail_msg("row %zu: %s", i, rows[i].suffix);
}

static void test_identities(void **state)
{
	static const struct {
		int cert;
		size_t count;
		const char *name; /* of the first; NULL for an address */
	} rows[] = {
		{ LEAF, 2, "a.example.org" }, { WILD, 1, "*.example.org" }, { CN_ONLY, 0, NULL },
		{ NUL_NAME, 0, NULL },	      { NUL_END, 0, NULL },	    { DOTTED, 0, NULL },
		{ BOTH, 2, "A.example.org" },
	};
	struct x509_reference found[3];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t count = x509_cert_identities(made[rows[i].cert].cert, found, ARRAY_SIZE(found));

		assert_int_equal(count, rows[i].count);
		if (!rows[i].name)
			continue;
		assert_false(found[0].is_address);
		assert_string_equal(found[0].name, rows[i].name);
	}
	assert_int_equal(x509_cert_identities(made[LEAF].cert, found, 2), 2);
	assert_true(found[1].is_address);
	assert_int_equal(found[1].address.size, 4);
	assert_memory_equal(found[1].address.bytes, "\xc0\x00\x02\x01", 4);
	/* No more than there is room for. */
	assert_int_equal(x509_cert_identities(made[LEAF].cert, found, 1), 1);
	assert_int_equal(x509_cert_identities(made[LEAF].cert, found, 0), 0);
}

static void test_references(void **state)
{
	static const struct {
		const char *text;
		const char *address; /* as inet_ntop() writes it, NULL for a name */
		const char *name;
	} rows[] = {
		{ "a.example.org", NULL, "a.example.org" },
		{ "a.example.org.", NULL, "a.example.org" },
		{ "A.Example.org", NULL, "A.Example.org" },
		{ "", NULL, "" },
		{ "192.0.2.1", "192.0.2.1", "192.0.2.1" },
		{ "2001:DB8:0::1", "2001:db8::1", "2001:DB8:0::1" },
		{ "[2001:db8::1]", "2001:db8::1", "2001:db8::1" },
		{ "fe80::1%eth0", "fe80::1", "fe80::1%eth0" },
		{ "[fe80::1%eth0]", "fe80::1", "fe80::1%eth0" },
		{ "192.0.2", NULL, "192.0.2" },
		{ "192.0.2.256", NULL, "192.0.2.256" },
		{ "2001:db8::1::2", NULL, "2001:db8::1::2" },
		{ "[]", NULL, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char shown[INET6_ADDRSTRLEN] = "";
		struct x509_reference ref;

		x509_reference_parse(rows[i].text, &ref);
		assert_string_equal(ref.name, rows[i].name);
		assert_int_equal(ref.is_address, rows[i].address != NULL);
		if (!rows[i].address)
			continue;
		address_text(&ref.address, shown);
		assert_string_equal(shown, rows[i].address);
	}
}

static void test_reference_too_long(void **state)
{
	struct x509_reference ref;
	char name[400];

	(void)state;
	memset(name, 'a', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	x509_reference_parse(name, &ref);
	assert_false(ref.is_address);
	assert_string_equal(ref.name, ""); /* and not a shorter name that might match */
}

static void test_covers(void **state)
{
	static const struct {
		int cert;
		const char *name;
		bool covers;
	} rows[] = {
		{ LEAF, "a.example.org", true },
		{ LEAF, "A.EXAMPLE.ORG.", true },
		{ LEAF, "b.example.org", false },
		{ LEAF, "192.0.2.1", true },
		{ LEAF, "192.0.2.2", false },
		{ LEAF, "leaf", false },
		{ LEAF, "", false },
		{ LEAF, "::ffff:192.0.2.1", false },
		{ LEAF2, "2001:db8::1", true },
		{ LEAF2, "[2001:0db8:0::1]", true },
		{ LEAF2, "2001:db8::2", false },
		{ LEAF2, "192.0.2.1", false },
		{ WILD, "b.example.org", true },
		{ WILD, "a.b.example.org", false },
		{ CN_ONLY, "a.example.org", false },
		{ NUL_NAME, "a.example.org", false },
		{ NUL_END, "a.example.org", false },
		{ ROOT, "Root", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct x509_reference ref;

		x509_reference_parse(rows[i].name, &ref);
		if (x509_cert_covers(made[rows[i].cert].cert, &ref) != rows[i].covers)
			fail_msg("%s and %s", recipes[rows[i].cert].dns, rows[i].name);
	}
}

static void test_shown_names(void **state)
{
	char shown[128], small[12], list[256];

	(void)state;
	x509_cert_names(made[LEAF].cert, shown, sizeof(shown));
	assert_string_equal(shown, "a.example.org,192.0.2.1");
	x509_cert_names(made[LEAF2].cert, shown, sizeof(shown));
	assert_string_equal(shown, "a.example.org,2001:db8::1");
	assert_int_equal(x509_cert_list_names(made[LEAF].cert, list, sizeof(list)), 0);
	assert_memory_equal(list,
			    "a.example.org\0"
			    "192.0.2.1\0",
			    sizeof("a.example.org\0"
				   "192.0.2.1\0"));
	assert_int_equal(x509_cert_list_names(made[LEAF].cert, list, sizeof("a.example.org") + 1), 1);
	assert_memory_equal(list, "a.example.org\0", sizeof("a.example.org\0"));
	assert_int_equal(x509_cert_list_names(made[ROOT2].cert, list, sizeof(list)), 0);
	assert_int_equal(strncmp(list, "CN=", 3), 0);
	x509_cert_names(made[LEAF].cert, small, sizeof(small));
	assert_string_equal(small, "...");
	x509_cert_names(made[ROOT2].cert, shown, sizeof(shown));
	assert_string_equal(shown, "CN=Root_2");
	x509_cert_names(made[NUL_NAME].cert, shown, sizeof(shown));
	assert_string_equal(shown, "a.example.org\\x00.evil.example");
	x509_cert_serial(made[LEAF].cert, shown, sizeof(shown));
	snprintf(small, sizeof(small), "01%02x", LEAF);
	assert_string_equal(shown, small);
}

/* ---- verdicts ---------------------------------------------------------------- */

static const struct list_recipe empty_list = { ROOT, -1, -1, 1 };
static const struct list_recipe old_list = { ROOT, -1, -3, -1 };
static const struct list_recipe revoked_leaf = { ROOT, LEAF, -1, 1 };
static const struct list_recipe old_revoked_leaf = { ROOT, LEAF, -3, -1 };
static const struct list_recipe revoked_by_inter = { INTER, INTER_LEAF, -1, 1 };
static const struct list_recipe old_inter_list = { INTER, -1, -3, -1 };
static const struct list_recipe revoked_inter = { ROOT, REVOKED_INTER, -1, 1 };
static const struct list_recipe revoked_expired = { ROOT, EXPIRED, -1, 1 };
static const struct list_recipe revoked_weak = { ROOT, WEAK, -1, 1 };
static const struct list_recipe forged_list = { FAKE_ROOT, LEAF, -1, 1 };

static const struct {
	const char *what;
	int chain[5], trust[3]; /* each ends with -1 */
	const struct list_recipe *list;
	enum x509_purpose purpose;
	const char *name;
	enum reason verdict;
	const char *why; /* a part of the sentence */
			 /* clang-format off */
} verdict_rows[] = {
	{ "a server", { LEAF, -1 }, { ROOT, -1 }, NULL, X509_FOR_SERVER, "a.example.org", REASON_OK,
	  "verified" },
	{ "by address", { LEAF, -1 }, { ROOT, -1 }, NULL, X509_FOR_SERVER, "192.0.2.1", REASON_OK, "verified" },
	{ "a client", { LEAF, -1 }, { ROOT, -1 }, NULL, X509_FOR_CLIENT, NULL, REASON_OK, "verified" },
	{ "wildcard", { WILD, -1 }, { ROOT, -1 }, NULL, X509_FOR_SERVER, "x.example.org", REASON_OK,
	  "verified" },
	{ "the root is sent too", { LEAF, ROOT, -1 }, { ROOT, -1 }, NULL, X509_FOR_SERVER, NULL, REASON_OK,
	  "" },
	{ "intermediate", { INTER_LEAF, INTER, -1 }, { ROOT, -1 }, NULL, X509_FOR_SERVER, "a.example.org",
	  REASON_OK, "" },
	{ "intermediate and root", { INTER_LEAF, INTER, ROOT, -1 }, { ROOT, -1 }, NULL, X509_FOR_SERVER, NULL,
	  REASON_OK, "" },
	{ "wrong order", { INTER_LEAF, ROOT, INTER, -1 }, { ROOT, -1 }, NULL, X509_FOR_SERVER, NULL,
	  REASON_OK, "" },
	{ "the intermediate is trusted", { INTER_LEAF, -1 }, { INTER, -1 }, NULL, X509_FOR_SERVER, NULL,
	  REASON_OK, "" },
	{ "renewed authority behind its predecessor", { LEAF, -1 }, { PREDECESSOR, ROOT, -1 }, NULL,
	  X509_FOR_SERVER, NULL, REASON_OK, "" },
	{ "renewed authority before its predecessor", { LEAF, -1 }, { ROOT, PREDECESSOR, -1 }, NULL,
	  X509_FOR_SERVER, NULL, REASON_OK, "" },
	{ "the predecessor alone", { LEAF, -1 }, { PREDECESSOR, -1 }, NULL, X509_FOR_SERVER, NULL, REASON_EXPIRED,
	  "CN=Root expired" },
	{ "an authority twice", { LEAF, -1 }, { ROOT, ROOT, -1 }, NULL, X509_FOR_SERVER, NULL, REASON_OK, "" },
	{ "two authorities, the first", { LEAF, -1 }, { ROOT, ROOT2, -1 }, NULL, X509_FOR_SERVER, NULL,
	  REASON_OK, "" },
	{ "two authorities, the second", { LEAF2, -1 }, { ROOT, ROOT2, -1 }, NULL, X509_FOR_SERVER, NULL,
	  REASON_OK, "" },
	{ "new and old key of one name", { LEAF, -1 }, { FAKE_ROOT, ROOT, -1 }, NULL, X509_FOR_SERVER, NULL,
	  REASON_OK, "" },
	{ "self-signed and trusted", { SELF, -1 }, { SELF, -1 }, NULL, X509_FOR_SERVER, NULL, REASON_OK, "" },
	{ "something old at the end", { LEAF, OLD_INTER, -1 }, { ROOT, -1 }, NULL, X509_FOR_SERVER, NULL,
	  REASON_OK, "" },
	{ "an old cross certificate", { INTER_LEAF, INTER, CROSS, -1 }, { ROOT, -1 }, NULL,
	  X509_FOR_SERVER, NULL,
	  REASON_OK, "" },

	{ "expired", { EXPIRED, -1 }, { ROOT, -1 }, NULL, X509_FOR_SERVER, "a.example.org", REASON_EXPIRED,
	  "the certificate of a.example.org expired at 2027-01-14 08:00:00 UTC" },
	{ "not yet valid", { FUTURE, -1 }, { ROOT, -1 }, NULL, X509_FOR_SERVER, NULL, REASON_NOT_YET_VALID,
	  "is valid only from 2027-01-16 08:00:00 UTC" },
	{ "expired intermediate", { OLD_INTER_LEAF, OLD_INTER, -1 }, { ROOT, -1 }, NULL, X509_FOR_SERVER,
	  NULL,
	  REASON_EXPIRED, "the certificate of CN=Old_inter expired" },
	{ "expired intermediate behind the root", { OLD_INTER_LEAF, ROOT, OLD_INTER, -1 }, { ROOT, -1 }, NULL,
	  X509_FOR_SERVER, NULL, REASON_EXPIRED, "CN=Old_inter expired" },
	{ "expired intermediate behind a good leaf", { OLD_INTER_LEAF, LEAF, OLD_INTER, -1 }, { ROOT, -1 },
	  NULL,
	  X509_FOR_SERVER, NULL, REASON_EXPIRED, "CN=Old_inter expired" },
	{ "expired authority", { OLD_ROOT_LEAF, -1 }, { OLD_ROOT, -1 }, NULL, X509_FOR_SERVER, NULL,
	  REASON_EXPIRED,
	  "CN=Old_root expired" },

	{ "a client's certificate for a server", { CLIENT, -1 }, { ROOT, -1 }, NULL, X509_FOR_SERVER, NULL,
	  REASON_WRONG_PURPOSE, "its extendedKeyUsage lacks serverAuth" },
	{ "a server's certificate for a client", { SERVER, -1 }, { ROOT, -1 }, NULL, X509_FOR_CLIENT, NULL,
	  REASON_WRONG_PURPOSE, "its extendedKeyUsage lacks clientAuth" },
	{ "for clients", { CLIENT, -1 }, { ROOT, -1 }, NULL, X509_FOR_CLIENT, NULL, REASON_OK, "" },
	{ "for servers", { SERVER, -1 }, { ROOT, -1 }, NULL, X509_FOR_SERVER, NULL, REASON_OK, "" },
	{ "for everything", { ANY, -1 }, { ROOT, -1 }, NULL, X509_FOR_CLIENT, NULL, REASON_OK, "" },

	{ "wrong name", { LEAF, -1 }, { ROOT, -1 }, NULL, X509_FOR_SERVER, "b.example.org", REASON_WRONG_NAME,
	  "the certificate is for a.example.org,192.0.2.1, not for b.example.org" },
	{ "wrong address", { LEAF, -1 }, { ROOT, -1 }, NULL, X509_FOR_SERVER, "192.0.2.2", REASON_WRONG_NAME,
	  "not for 192.0.2.2" },
	{ "the CN is no name", { CN_ONLY, -1 }, { ROOT, -1 }, NULL, X509_FOR_SERVER, "a.example.org",
	  REASON_WRONG_NAME,
	  "(CN=a.example.org) has no subjectAltName, the CN does not count" },
	{ "a NUL at the end of the name", { NUL_END, -1 }, { ROOT, -1 }, NULL, X509_FOR_SERVER, "a.example.org",
	  REASON_WRONG_NAME, "" },
	{ "a NUL in the name", { NUL_NAME, -1 }, { ROOT, -1 }, NULL, X509_FOR_SERVER, "a.example.org",
	  REASON_WRONG_NAME, "" },
	{ "the intermediate's name does not count", { INTER_LEAF, INTER, -1 }, { ROOT, -1 }, NULL,
	  X509_FOR_SERVER,
	  "Inter", REASON_WRONG_NAME, "" },

	{ "unknown authority", { LEAF, -1 }, { ROOT2, -1 }, NULL, X509_FOR_SERVER, "a.example.org",
	  REASON_UNKNOWN_CA,
	  "is signed by CN=Root, which is not trusted here" },
	{ "unknown, and the root is sent", { LEAF, ROOT, -1 }, { ROOT2, -1 }, NULL, X509_FOR_SERVER, NULL,
	  REASON_UNKNOWN_CA, "CN=Root" },
	{ "self-signed", { SELF, -1 }, { ROOT, -1 }, NULL, X509_FOR_SERVER, NULL, REASON_UNKNOWN_CA,
	  "CN=self" },
	{ "missing intermediate", { INTER_LEAF, -1 }, { ROOT, -1 }, NULL, X509_FOR_SERVER, NULL,
	  REASON_UNKNOWN_CA,
	  "CN=Inter, which is not trusted here, or an intermediate certificate is missing" },
	{ "another intermediate", { INTER_LEAF, OLD_INTER, -1 }, { ROOT, -1 }, NULL, X509_FOR_SERVER, NULL,
	  REASON_UNKNOWN_CA, "a.example.org is signed by CN=Inter, which is not trusted here" },
	{ "the top is unknown", { INTER_LEAF, INTER, -1 }, { ROOT2, -1 }, NULL, X509_FOR_SERVER, NULL,
	  REASON_UNKNOWN_CA, "CN=Inter (above a.example.org) is signed by CN=Root, which is not trusted here" },

	{ "a namesake of the authority", { FORGED_LEAF, -1 }, { ROOT, -1 }, NULL, X509_FOR_SERVER, NULL,
	  REASON_UNKNOWN_CA, "" },
	{ "a namesake of the intermediate", { INTER_LEAF, FAKE_INTER, -1 }, { ROOT2, -1 }, NULL,
	  X509_FOR_SERVER, NULL,
	  REASON_UNKNOWN_CA, "" },
	{ "signed by a leaf", { LEAF_OF_LEAF, LEAF, -1 }, { ROOT, -1 }, NULL, X509_FOR_SERVER, NULL,
	  REASON_BAD_CERTIFICATE, "" },
	{ "RSA-1024", { WEAK, -1 }, { ROOT, -1 }, NULL, X509_FOR_SERVER, NULL, REASON_BAD_CERTIFICATE, "too weak" },
	{ "RSA-1024 above", { BAD_INTER_LEAF, BAD_INTER, -1 }, { ROOT, -1 }, NULL, X509_FOR_SERVER, NULL,
	  REASON_BAD_CERTIFICATE,
	  "CN=Weak_inter (above a.example.org) (issuer CN=Root) uses a key" },
	{ "SHA-1", { SHA1, -1 }, { ROOT, -1 }, NULL, X509_FOR_SERVER, NULL, REASON_BAD_CERTIFICATE, "too weak" },
	{ "text that would forge a log line", { HOSTILE, -1 }, { ROOT, -1 }, NULL, X509_FOR_SERVER, NULL,
	  REASON_UNKNOWN_CA, "CN=x\\x0arpc.tlshd:_\\x1b[31m\\x5c\\x22ok\\x5c\\x22 is signed by" },

	{ "nothing revoked", { LEAF, -1 }, { ROOT, -1 }, &empty_list, X509_FOR_SERVER, NULL, REASON_OK, "" },
	{ "revoked", { LEAF, -1 }, { ROOT, -1 }, &revoked_leaf, X509_FOR_SERVER, NULL, REASON_REVOKED,
	  "was revoked by CN=Root" },
	{ "another one is revoked", { SERVER, -1 }, { ROOT, -1 }, &revoked_leaf, X509_FOR_SERVER, NULL,
	  REASON_OK, "" },
	{ "revoked stays revoked", { LEAF, -1 }, { ROOT, -1 }, &old_revoked_leaf, X509_FOR_SERVER, NULL,
	  REASON_REVOKED,
	  "" },
	{ "old list", { LEAF, -1 }, { ROOT, -1 }, &old_list, X509_FOR_SERVER, NULL, REASON_CRL_OUTDATED,
	  "the revocation list of CN=Root in crl.pem should have been replaced by 2027-01-14 08:00:00 UTC" },
	{ "old list of another authority", { LEAF2, -1 }, { ROOT, ROOT2, -1 }, &old_list, X509_FOR_SERVER,
	  NULL, REASON_OK,
	  "" },
	{ "old list of the intermediate's issuer", { INTER_LEAF, INTER, -1 }, { ROOT, -1 }, &old_list,
	  X509_FOR_SERVER,
	  NULL, REASON_CRL_OUTDATED, "" },
	{ "old list of the intermediate", { INTER_LEAF, INTER, -1 }, { ROOT, -1 }, &old_inter_list,
	  X509_FOR_SERVER,
	  NULL, REASON_CRL_OUTDATED, "" },
	{ "revoked by the intermediate", { INTER_LEAF, INTER, -1 }, { ROOT, -1 }, &revoked_by_inter,
	  X509_FOR_SERVER,
	  NULL, REASON_REVOKED, "was revoked by CN=Inter" },
	{ "revoked intermediate", { REVOKED_INTER_LEAF, REVOKED_INTER, -1 }, { ROOT, -1 }, &revoked_inter,
	  X509_FOR_SERVER, NULL, REASON_REVOKED, "CN=Revoked_inter (above a.example.org) was revoked by CN=Root" },

	{ "a trusted leaf", { LEAF, -1 }, { LEAF, -1 }, NULL, X509_FOR_SERVER, "a.example.org", REASON_OK, "" },
	{ "a trusted leaf of another name", { LEAF, -1 }, { LEAF, -1 }, NULL, X509_FOR_SERVER, "b.example.org",
	  REASON_WRONG_NAME, "" },
	{ "a trusted self-signed one of another name", { SELF, -1 }, { SELF, -1 }, NULL, X509_FOR_SERVER,
	  "b.example.org", REASON_WRONG_NAME, "" },
	{ "a trusted authority as server", { ROOT, -1 }, { ROOT, -1 }, NULL, X509_FOR_SERVER, "a.example.org",
	  REASON_WRONG_PURPOSE, "keyUsage lacks digitalSignature" },
	{ "may encipher keys only", { ENCIPHER, -1 }, { ROOT, -1 }, NULL, X509_FOR_CLIENT, NULL, REASON_WRONG_PURPOSE,
	  "keyUsage lacks digitalSignature" },
	{ "may sign, among others", { SIGN, -1 }, { ROOT, -1 }, NULL, X509_FOR_CLIENT, NULL, REASON_OK, "" },
	{ "a trusted leaf that expired", { EXPIRED, -1 }, { EXPIRED, -1 }, NULL, X509_FOR_SERVER, NULL, REASON_EXPIRED,
	  "" },
	{ "a trusted leaf for clients", { CLIENT, -1 }, { CLIENT, -1 }, NULL, X509_FOR_SERVER, NULL,
	  REASON_WRONG_PURPOSE, "" },

	/* Of several faults the first in the order of x509_verify() is told. */
	{ "unknown and expired", { EXPIRED, -1 }, { ROOT2, -1 }, NULL, X509_FOR_SERVER, "b.example.org",
	  REASON_UNKNOWN_CA, "" },
	{ "unknown and not yet valid", { FUTURE, -1 }, { ROOT2, -1 }, NULL, X509_FOR_SERVER, NULL, REASON_UNKNOWN_CA,
	  "" },
	{ "unknown with an expired intermediate", { OLD_INTER_LEAF, OLD_INTER, -1 }, { ROOT2, -1 }, NULL,
	  X509_FOR_SERVER, NULL, REASON_UNKNOWN_CA, "" },
	{ "unknown and weak", { WEAK, -1 }, { ROOT2, -1 }, NULL, X509_FOR_SERVER, NULL, REASON_UNKNOWN_CA, "" },
	{ "revoked and weak", { WEAK, -1 }, { ROOT, -1 }, &revoked_weak, X509_FOR_SERVER, NULL,
	  REASON_BAD_CERTIFICATE, "" },
	{ "revoked and expired", { EXPIRED, -1 }, { ROOT, -1 }, &revoked_expired, X509_FOR_SERVER, NULL,
	  REASON_REVOKED, "" },
	{ "expired and an old list", { EXPIRED, -1 }, { ROOT, -1 }, &old_list, X509_FOR_SERVER, NULL, REASON_EXPIRED,
	  "" },
	{ "an old list and the wrong purpose", { CLIENT, -1 }, { ROOT, -1 }, &old_list, X509_FOR_SERVER, NULL,
	  REASON_CRL_OUTDATED, "" },
	{ "wrong purpose and name", { CLIENT, -1 }, { ROOT, -1 }, NULL, X509_FOR_SERVER, "b.example.org",
	  REASON_WRONG_PURPOSE, "" },
};
/* clang-format on */

/* What stands in a log line must not be able to begin another one. */
static bool is_printable(const char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			return false;
	return true;
}

static void test_verdicts(void **state)
{
	int failed = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(verdict_rows); i++) {
		AUTO_CHAIN chain = { .count = 0 };
		struct x509_trust *trust = NULL;
		struct x509_reference ref;
		struct error e = { .text = "" };
		enum reason verdict;
		char why[512] = "";

		make_chain(verdict_rows[i].chain, &chain);
		if (make_trust(verdict_rows[i].trust, verdict_rows[i].list, &trust, &e))
			print_error("%s: %s\n", verdict_rows[i].what, e.text);
		if (verdict_rows[i].name)
			x509_reference_parse(verdict_rows[i].name, &ref);
		verdict = x509_verify(trust, &chain, verdict_rows[i].purpose, verdict_rows[i].name ? &ref : NULL, NOW,
				      why, sizeof(why));
		x509_trust_free(trust);
		assert_says_no_remedy(why);
		if (verdict == verdict_rows[i].verdict && strstr(why, verdict_rows[i].why) && is_printable(why))
			continue;
		print_error("%s: %s (%s)\n", verdict_rows[i].what, reason_row(verdict)->word, why);
		failed++;
	}
	assert_int_equal(failed, 0);
}

/* The second at which a certificate begins or ends to be valid counts as valid (RFC 5280 section 4.1.2.5). */
static void test_validity_limits(void **state)
{
	static const struct {
		time_t now;
		enum reason verdict;
	} rows[] = {
		{ NOW - 3 * DAY - 1, REASON_NOT_YET_VALID },
		{ NOW - 3 * DAY, REASON_OK },
		{ NOW - DAY, REASON_OK },
		{ NOW - DAY + 1, REASON_EXPIRED },
	};
	static const int which[] = { EXPIRED, -1 }, authorities[] = { ROOT, -1 };
	AUTO_CHAIN chain = { .count = 0 };
	struct x509_trust *trust = NULL;
	char why[256];

	(void)state;
	make_chain(which, &chain);
	assert_int_equal(make_trust(authorities, NULL, &trust, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(x509_verify(trust, &chain, X509_FOR_SERVER, NULL, rows[i].now, why, sizeof(why)),
				 rows[i].verdict);
	x509_trust_free(trust);
}

/* The signature is the last thing in a certificate. */
static void test_bad_signature(void **state)
{
	static const int authorities[] = { ROOT, -1 };
	AUTO_STRBUF der = { 0 };
	AUTO_CHAIN chain = { .count = 0 };
	struct x509_trust *trust = NULL;
	char why[256];

	(void)state;
	add_cert(&der, LEAF, GNUTLS_X509_FMT_DER);
	der.text[der.size - 1] ^= 1;
	assert_int_equal(x509_chain_parse("c", der.text, der.size, &chain, NULL), 0);
	assert_int_equal(make_trust(authorities, NULL, &trust, NULL), 0);
	assert_int_equal(x509_verify(trust, &chain, X509_FOR_SERVER, NULL, NOW, why, sizeof(why)),
			 REASON_BAD_CERTIFICATE);
	assert_non_null(strstr(why, "has a bad signature of CN=Root"));
	x509_trust_free(trust);
}

static void test_nothing_to_verify(void **state)
{
	static const int authorities[] = { ROOT, ROOT2, -1 };
	struct x509_chain chain = { .count = 0 };
	struct x509_trust *trust = NULL;
	char why[256];

	(void)state;
	assert_int_equal(make_trust(authorities, NULL, &trust, NULL), 0);
	assert_int_equal(x509_trust_count(trust), 2);
	assert_int_equal(x509_verify(trust, &chain, X509_FOR_SERVER, NULL, NOW, why, sizeof(why)),
			 REASON_BAD_CERTIFICATE);
	assert_int_equal(x509_verify(NULL, &chain, X509_FOR_SERVER, NULL, NOW, why, sizeof(why)),
			 REASON_BAD_CERTIFICATE);
	x509_trust_free(trust);
}

static void test_words_and_alerts(void **state)
{
	static const struct {
		enum reason verdict;
		const char *word;
		int alert;
	} rows[] = {
		{ REASON_OK, "ok", GNUTLS_A_CLOSE_NOTIFY },
		{ REASON_EXPIRED, "expired", GNUTLS_A_CERTIFICATE_EXPIRED },
		{ REASON_NOT_YET_VALID, "not-yet-valid", GNUTLS_A_CERTIFICATE_EXPIRED },
		{ REASON_WRONG_PURPOSE, "wrong-purpose", GNUTLS_A_UNSUPPORTED_CERTIFICATE },
		{ REASON_WRONG_NAME, "wrong-name", GNUTLS_A_BAD_CERTIFICATE },
		{ REASON_UNKNOWN_CA, "unknown-ca", GNUTLS_A_UNKNOWN_CA },
		{ REASON_REVOKED, "revoked", GNUTLS_A_CERTIFICATE_REVOKED },
		{ REASON_CRL_OUTDATED, "crl-outdated", GNUTLS_A_CERTIFICATE_UNKNOWN },
		{ REASON_CRL_MISSING, "crl-missing", GNUTLS_A_CERTIFICATE_UNKNOWN },
		{ REASON_BAD_CERTIFICATE, "bad-certificate", GNUTLS_A_BAD_CERTIFICATE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_string_equal(reason_row(rows[i].verdict)->word, rows[i].word);
		assert_int_equal(reason_row(rows[i].verdict)->alert, rows[i].alert);
	}
}

/* ---- trust stores ---------------------------------------------------------- */

static void test_lists_at_loading(void **state)
{
	static const int one[] = { ROOT, -1 }, namesakes[] = { FAKE_ROOT, ROOT, -1 };
	struct x509_trust *trust = NULL;
	struct error e = { .text = "" };

	(void)state;
	assert_int_equal(make_trust(one, &forged_list, &trust, &e), -EINVAL);
	assert_string_equal(e.text, "crl.pem: a revocation list is not signed by its issuer");
	/* While an authority changes its key it is there twice, under one name. */
	assert_int_equal(make_trust(namesakes, &forged_list, &trust, &e), 0);
	x509_trust_free(trust);
	assert_int_equal(make_trust(namesakes, &empty_list, &trust, &e), 0);
	x509_trust_free(trust);
}

static enum reason verify_with_lists(const int *which, const int *authorities, const struct list_recipe *lists,
				     size_t count)
{
	AUTO_STRBUF ca = { 0 };
	AUTO_STRBUF crl = { 0 };
	AUTO_CHAIN chain = { .count = 0 };
	struct bytes ca_bytes, crl_bytes;
	struct x509_trust *trust = NULL;
	enum reason verdict;
	char why[256];

	make_chain(which, &chain);
	add_certs(&ca, authorities, GNUTLS_X509_FMT_PEM);
	for (size_t i = 0; i < count; i++)
		add_list(&crl, &lists[i]);
	ca_bytes = view(&ca);
	crl_bytes = view(&crl);
	assert_int_equal(x509_trust_new("ca.pem", &ca_bytes, "crl.pem", &crl_bytes, &trust, NULL), 0);
	verdict = x509_verify(trust, &chain, X509_FOR_SERVER, NULL, NOW, why, sizeof(why));
	x509_trust_free(trust);
	return verdict;
}

/* Whoever appends the new list to the old one has a current one; but only of the same key. */
static void test_several_lists(void **state)
{
	static const int leaf[] = { LEAF, -1 }, server[] = { SERVER, -1 };
	static const int root[] = { ROOT, -1 }, namesakes[] = { FAKE_ROOT, ROOT, -1 };
	static const struct {
		const int *chain, *trust;
		struct list_recipe lists[2];
		enum reason verdict;
	} rows[] = {
		{ leaf, root, { { ROOT, -1, -3, -1 }, { ROOT, -1, -1, 1 } }, REASON_OK },
		{ leaf, root, { { ROOT, -1, -3, -1 }, { ROOT, LEAF, -1, 1 } }, REASON_REVOKED },
		{ server, root, { { ROOT, -1, -3, -1 }, { ROOT, LEAF, -1, 1 } }, REASON_OK },
		{ leaf, root, { { ROOT, -1, -3, -2 }, { ROOT, -1, -2, -1 } }, REASON_CRL_OUTDATED },
		{ leaf, namesakes, { { ROOT, -1, -3, -1 }, { FAKE_ROOT, -1, -1, 1 } }, REASON_CRL_OUTDATED },
		{ leaf, namesakes, { { ROOT, LEAF, -2, 2 }, { FAKE_ROOT, -1, -1, 1 } }, REASON_REVOKED },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows) * 2; i++) {
		const struct list_recipe *lists = rows[i / 2].lists;
		struct list_recipe turned[2] = { lists[i % 2], lists[1 - i % 2] };
		enum reason verdict = verify_with_lists(rows[i / 2].chain, rows[i / 2].trust, turned, 2);

		if (verdict != rows[i / 2].verdict)
			fail_msg("row %zu, order %zu: %s", i / 2, i % 2, reason_row(verdict)->word);
	}
}

/* An authority that nobody in the tests was signed by. */
static void add_stranger(struct strbuf *to, unsigned int i)
{
	unsigned char serial[2] = { 2, (unsigned char)i };
	gnutls_x509_crt_t cert;
	gnutls_datum_t out;
	char cn[32];

	snprintf(cn, sizeof(cn), "Stranger %u", i);
	OK(gnutls_x509_crt_init(&cert));
	OK(gnutls_x509_crt_set_version(cert, 3));
	OK(gnutls_x509_crt_set_serial(cert, serial, sizeof(serial)));
	OK(gnutls_x509_crt_set_activation_time(cert, NOW - DAY));
	OK(gnutls_x509_crt_set_expiration_time(cert, NOW + DAY));
	OK(gnutls_x509_crt_set_dn_by_oid(cert, GNUTLS_OID_X520_COMMON_NAME, 0, cn, (unsigned int)strlen(cn)));
	OK(gnutls_x509_crt_set_basic_constraints(cert, 1, -1));
	OK(gnutls_x509_crt_set_key(cert, made[ROOT2].key));
	OK(gnutls_x509_crt_sign2(cert, cert, made[ROOT2].key, GNUTLS_DIG_SHA256, 0));
	OK(gnutls_x509_crt_export2(cert, GNUTLS_X509_FMT_PEM, &out));
	strbuf_add(to, (const char *)out.data, out.size);
	gnutls_free(out.data);
	gnutls_x509_crt_deinit(cert);
}

/* As many as the system's store has; and processes forked with it verify at the same time. */
static void test_many_authorities_shared(void **state)
{
	static const int which[] = { INTER_LEAF, INTER, -1 };
	struct x509_trust *trust = NULL;
	AUTO_STRBUF ca = { 0 };
	AUTO_CHAIN chain = { .count = 0 };
	struct bytes ca_bytes;
	pid_t workers[4];
	char why[256];

	(void)state;
	for (unsigned int i = 0; i < 139; i++)
		add_stranger(&ca, i);
	add_cert(&ca, ROOT, GNUTLS_X509_FMT_PEM);
	ca_bytes = view(&ca);
	assert_int_equal(x509_trust_new("ca.pem", &ca_bytes, NULL, NULL, &trust, NULL), 0);
	assert_int_equal(x509_trust_count(trust), 140);
	make_chain(which, &chain);
	for (size_t i = 0; i < ARRAY_SIZE(workers); i++) {
		workers[i] = fork();
		assert_true(workers[i] >= 0);
		if (!workers[i])
			_exit(x509_verify(trust, &chain, X509_FOR_SERVER, NULL, NOW, why, sizeof(why)) != REASON_OK);
	}
	for (size_t i = 0; i < ARRAY_SIZE(workers); i++) {
		int status = -1;

		assert_int_equal(waitpid(workers[i], &status, 0), workers[i]);
		assert_int_equal(status, 0);
	}
	x509_trust_free(trust);
}

/* How many it holds is the host's affair; ours are not in it. */
static void test_system_store(void **state)
{
	static const int which[] = { LEAF, -1 };
	struct x509_trust *trust = NULL;
	AUTO_CHAIN chain = { .count = 0 };
	char why[256];

	(void)state;
	assert_int_equal(x509_trust_new(NULL, NULL, NULL, NULL, &trust, NULL), 0);
	make_chain(which, &chain);
	assert_int_equal(x509_verify(trust, &chain, X509_FOR_SERVER, NULL, NOW, why, sizeof(why)), REASON_UNKNOWN_CA);
	x509_trust_free(trust);
}

static void test_bad_bundles(void **state)
{
	AUTO_STRBUF good = { 0 };
	AUTO_STRBUF half = { 0 };
	struct bytes empty = { (unsigned char *)"", 0 }, junk = { (unsigned char *)"junk\n", 5 };
	struct bytes good_bytes, half_bytes;
	const struct bytes *bad[] = { &empty, &junk, &half_bytes };
	struct x509_trust *trust = NULL;
	struct error e;

	(void)state;
	add_cert(&good, ROOT, GNUTLS_X509_FMT_PEM);
	add_cert(&half, ROOT, GNUTLS_X509_FMT_PEM);
	strbuf_addf(&half, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
	good_bytes = view(&good);
	half_bytes = view(&half);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(x509_trust_new("ca.pem", bad[i], NULL, NULL, &trust, &e), -EINVAL);
		assert_memory_equal(e.text, "ca.pem", 6);
		assert_int_equal(x509_trust_new("ca.pem", &good_bytes, "crl.pem", bad[i], &trust, &e), -EINVAL);
		assert_memory_equal(e.text, "crl.pem", 7);
	}
	assert_null(trust);
}

/* ---- chains ------------------------------------------------------------------ */

static const int two_certs[] = { INTER_LEAF, INTER, -1 };

static void assert_two(const struct x509_chain *chain)
{
	assert_int_equal(chain->count, 2);
	assert_int_equal(gnutls_x509_crt_equals(chain->cert[0], made[INTER_LEAF].cert), 1);
	assert_int_equal(gnutls_x509_crt_equals(chain->cert[1], made[INTER].cert), 1);
}

static void test_chain_forms(void **state)
{
	static const gnutls_x509_crt_fmt_t formats[] = { GNUTLS_X509_FMT_PEM, GNUTLS_X509_FMT_DER };
	struct error e;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		AUTO_STRBUF one = { 0 };
		AUTO_STRBUF two = { 0 };
		AUTO_CHAIN single = { .count = 0 };
		AUTO_CHAIN pair = { .count = 0 };

		add_cert(&one, LEAF, formats[i]);
		assert_int_equal(x509_chain_parse("c", one.text, one.size, &single, &e), 0);
		assert_int_equal(single.count, 1);
		add_certs(&two, two_certs, formats[i]);
		assert_int_equal(x509_chain_parse("c", two.text, two.size, &pair, &e), 0);
		assert_two(&pair);
	}
}

static void test_chain_pem_with_text(void **state)
{
	AUTO_STRBUF text = { 0 };
	AUTO_CHAIN chain = { .count = 0 };
	struct error e;

	(void)state;
	strbuf_addf(&text, "The leaf:\n");
	add_cert(&text, INTER_LEAF, GNUTLS_X509_FMT_PEM);
	strbuf_addf(&text, "The intermediate:\n");
	add_cert(&text, INTER, GNUTLS_X509_FMT_PEM);
	strbuf_addf(&text, "The end.\n");
	assert_int_equal(x509_chain_parse("c", text.text, text.size, &chain, &e), 0);
	assert_two(&chain);
}

static void test_chain_round_trip(void **state)
{
	AUTO_CHAIN chain = { .count = 0 };
	AUTO_CHAIN again = { .count = 0 };
	AUTO_STRBUF wanted = { 0 };
	AUTO_BYTES der = { 0 };
	struct error e;

	(void)state;
	make_chain(two_certs, &chain);
	assert_int_equal(x509_chain_to_der(&chain, &der, &e), 0);
	add_certs(&wanted, two_certs, GNUTLS_X509_FMT_DER);
	assert_int_equal(der.size, wanted.size);
	assert_memory_equal(der.data, wanted.text, der.size);
	assert_int_equal(x509_chain_parse("c", der.data, der.size, &again, &e), 0);
	assert_two(&again);
}

static void expect_no_chain(const struct strbuf *text)
{
	struct x509_chain chain = { .count = 0 };
	struct error e = { .text = "" };

	assert_false(text->failed);
	assert_int_equal(x509_chain_parse("c.pem", text->text, text->size, &chain, &e), -EINVAL);
	assert_memory_equal(e.text, "c.pem", 5);
	assert_int_equal(chain.count, 0);
}

static void test_chain_refused(void **state)
{
	static const gnutls_x509_crt_fmt_t formats[] = { GNUTLS_X509_FMT_PEM, GNUTLS_X509_FMT_DER };
	static const char *const texts[] = {
		"",
		"junk",
		"\x30",
		"\x30\x80",
		"\x30\x84\xff\xff\xff\xff",
		"\x30\x02\x05",
		"-----BEGIN CERTIFICATE-----\n",
		"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
		"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		AUTO_STRBUF text = { 0 };

		strbuf_addf(&text, "%s", texts[i]);
		expect_no_chain(&text);
	}
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		AUTO_STRBUF cut = { 0 };
		AUTO_STRBUF second_cut = { 0 };
		AUTO_STRBUF long_chain = { 0 };

		add_cert(&cut, LEAF, formats[i]);
		cut.size -= 40;
		expect_no_chain(&cut);
		add_cert(&second_cut, LEAF, formats[i]);
		add_cert(&second_cut, INTER, formats[i]);
		second_cut.size -= 40;
		expect_no_chain(&second_cut);
		for (unsigned int c = 0; c <= X509_CHAIN_MAX; c++)
			add_cert(&long_chain, LEAF, formats[i]);
		expect_no_chain(&long_chain);
	}
}

static void test_chain_left_over(void **state)
{
	AUTO_STRBUF text = { 0 };

	(void)state;
	add_cert(&text, LEAF, GNUTLS_X509_FMT_DER);
	strbuf_add(&text, "", 1);
	expect_no_chain(&text);
}

static void test_chain_longest(void **state)
{
	static const gnutls_x509_crt_fmt_t formats[] = { GNUTLS_X509_FMT_PEM, GNUTLS_X509_FMT_DER };
	struct error e;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		AUTO_STRBUF text = { 0 };
		AUTO_CHAIN chain = { .count = 0 };

		for (unsigned int c = 0; c < X509_CHAIN_MAX; c++)
			add_cert(&text, LEAF, formats[i]);
		assert_int_equal(x509_chain_parse("c", text.text, text.size, &chain, &e), 0);
		assert_int_equal(chain.count, X509_CHAIN_MAX);
	}
}

static void test_chain_from_peer(void **state)
{
	gnutls_datum_t list[X509_CHAIN_MAX + 1];
	AUTO_STRBUF leaf = { 0 };
	AUTO_STRBUF inter = { 0 };
	AUTO_CHAIN chain = { .count = 0 };
	struct x509_chain none = { .count = 0 };
	struct error e;

	(void)state;
	add_cert(&leaf, INTER_LEAF, GNUTLS_X509_FMT_DER);
	add_cert(&inter, INTER, GNUTLS_X509_FMT_DER);
	for (size_t i = 0; i < ARRAY_SIZE(list); i++)
		list[i] = (gnutls_datum_t){ (unsigned char *)inter.text, (unsigned int)inter.size };
	list[0] = (gnutls_datum_t){ (unsigned char *)leaf.text, (unsigned int)leaf.size };
	assert_int_equal(x509_chain_from_peer(list, 2, &chain, &e), 0);
	assert_two(&chain);
	assert_int_equal(x509_chain_from_peer(list, 0, &none, &e), -EINVAL);
	assert_string_equal(e.text, "the peer sent no certificate");
	assert_int_equal(x509_chain_from_peer(list, X509_CHAIN_MAX + 1, &none, &e), -EINVAL);
	list[1].size--;
	assert_int_equal(x509_chain_from_peer(list, 2, &none, &e), -EINVAL);
	assert_int_equal(none.count, 0);
}

/* ---- keys -------------------------------------------------------------------- */

struct key_kind {
	gnutls_pk_algorithm_t algorithm;
	unsigned int bits;
	bool pkcs8_only;
};

static const struct key_kind key_kinds[] = {
	{ GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), false },
	{ GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP384R1), false },
	{ GNUTLS_PK_RSA, 2048, false },
	{ GNUTLS_PK_EDDSA_ED25519, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_ED25519), true },
	{ GNUTLS_PK_EDDSA_ED448, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_ED448), true },
};

static void export_key(gnutls_x509_privkey_t key, gnutls_x509_crt_fmt_t format, bool pkcs8, const char *password,
		       struct strbuf *to)
{
	unsigned int flags = password ? GNUTLS_PKCS_PBES2_AES_256 : GNUTLS_PKCS_PLAIN;
	gnutls_datum_t out;

	if (pkcs8)
		OK(gnutls_x509_privkey_export2_pkcs8(key, format, password, flags, &out));
	else
		OK(gnutls_x509_privkey_export2(key, format, &out));
	strbuf_add(to, (const char *)out.data, out.size);
	assert_false(to->failed);
	gnutls_free(out.data);
}

static void test_keys(void **state)
{
	static const gnutls_x509_crt_fmt_t formats[] = { GNUTLS_X509_FMT_PEM, GNUTLS_X509_FMT_DER };
	struct error e = { .text = "" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(key_kinds) * ARRAY_SIZE(formats) * 2; i++) {
		const struct key_kind *kind = &key_kinds[i / 4];
		AUTO_STRBUF text = { 0 };
		gnutls_x509_privkey_t made_key;
		gnutls_privkey_t key = NULL;

		if (kind->pkcs8_only && !(i & 2))
			continue;
		OK(gnutls_x509_privkey_init(&made_key));
		OK(gnutls_x509_privkey_generate(made_key, kind->algorithm, kind->bits, 0));
		export_key(made_key, formats[i & 1], i & 2, NULL, &text);
		gnutls_x509_privkey_deinit(made_key);
		if (x509_key_parse("k", text.text, text.size, &key, &e))
			fail_msg("%s, form %zu: %s", gnutls_pk_get_name(kind->algorithm), i % 4, e.text);
		assert_int_equal(gnutls_privkey_get_pk_algorithm(key, NULL), kind->algorithm);
		gnutls_privkey_deinit(key);
	}
}

static void test_encrypted_keys(void **state)
{
	static const gnutls_x509_crt_fmt_t formats[] = { GNUTLS_X509_FMT_PEM, GNUTLS_X509_FMT_DER };
	static const char *const passwords[] = { "secret", "" };
	struct error e;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(formats) * ARRAY_SIZE(passwords); i++) {
		AUTO_STRBUF text = { 0 };
		gnutls_privkey_t key = NULL;

		export_key(made[LEAF].key, formats[i & 1], true, passwords[i / 2], &text);
		assert_int_equal(x509_key_parse("k.pem", text.text, text.size, &key, &e), -EINVAL);
		assert_null(key);
		if (strcmp(e.text, "k.pem is encrypted: store it without passphrase, readable by root alone"))
			fail_msg("form %zu: %s", i, e.text);
	}
}

static void test_no_keys(void **state)
{
	AUTO_STRBUF cert = { 0 };
	AUTO_STRBUF cut = { 0 };
	gnutls_privkey_t key = NULL;
	struct error e;

	(void)state;
	assert_int_equal(x509_key_parse("k", "", 0, &key, &e), -EINVAL);
	assert_int_equal(x509_key_parse("k", "junk", 4, &key, &e), -EINVAL);
	add_cert(&cert, LEAF, GNUTLS_X509_FMT_PEM);
	assert_int_equal(x509_key_parse("k", cert.text, cert.size, &key, &e), -EINVAL);
	export_key(made[LEAF].key, GNUTLS_X509_FMT_DER, true, NULL, &cut);
	assert_int_equal(x509_key_parse("k", cut.text, cut.size - 1, &key, &e), -EINVAL);
	assert_null(key);
}

static void test_pairs(void **state)
{
	AUTO_STRBUF text = { 0 };
	gnutls_privkey_t key;
	struct error e = { .text = "" };

	(void)state;
	export_key(made[LEAF].key, GNUTLS_X509_FMT_PEM, true, NULL, &text);
	assert_int_equal(x509_key_parse("k", text.text, text.size, &key, &e), 0);
	assert_int_equal(x509_key_matches("k", key, "c", made[LEAF].cert, &e), 0);
	assert_int_equal(x509_key_matches("k", key, "c", made[LEAF2].cert, &e), -EINVAL);
	assert_string_equal(e.text, "k does not belong to c: they are not a pair");
	assert_int_equal(x509_key_matches("k", key, "c", made[WEAK].cert, &e), -EINVAL);
	gnutls_privkey_deinit(key);
}

int main(void)
{
	/* clang-format off */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dns_names),	   cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_covers_below),	   cmocka_unit_test(test_identities),
		cmocka_unit_test(test_references),	   cmocka_unit_test(test_reference_too_long),
		cmocka_unit_test(test_covers),		   cmocka_unit_test(test_shown_names),
		cmocka_unit_test(test_verdicts),	   cmocka_unit_test(test_validity_limits),
		cmocka_unit_test(test_nothing_to_verify),  cmocka_unit_test(test_words_and_alerts),
		cmocka_unit_test(test_lists_at_loading),   cmocka_unit_test(test_bad_bundles),
		cmocka_unit_test(test_chain_forms),	   cmocka_unit_test(test_chain_pem_with_text),
		cmocka_unit_test(test_chain_round_trip),   cmocka_unit_test(test_chain_refused),
		cmocka_unit_test(test_chain_left_over),	   cmocka_unit_test(test_chain_longest),
		cmocka_unit_test(test_chain_from_peer),	   cmocka_unit_test(test_keys),
		cmocka_unit_test(test_encrypted_keys),	   cmocka_unit_test(test_no_keys),
		cmocka_unit_test(test_pairs),		   cmocka_unit_test(test_bad_signature),
		cmocka_unit_test(test_several_lists),	   cmocka_unit_test(test_many_authorities_shared),
		cmocka_unit_test(test_system_store),
	};
	/* clang-format on */

	return cmocka_run_group_tests_name("x509", tests, make_all, free_all);
}
