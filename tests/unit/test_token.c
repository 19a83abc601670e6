/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tokens are SoftHSM's, in a folder of the test.  Modules that fail are SoftHSM with one function replaced.
 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/token/token_private.h"
#include "support/x509/x509.h"

#define OK(call) assert_true((call) >= 0)
#define CK(call) assert_int_equal((call), CKR_OK)
#define PIN "sesame-1"
#define OTHER_PIN "sesame-2"
#define SO_PIN "sesame-3"

/* ---- keys ------------------------------------------------------------------ */

enum { RSA, RSA_SHORT, P256, P256_OTHER, P384, P521, ED25519, KEYS };

static const struct recipe {
	const char *label;
	gnutls_pk_algorithm_t algorithm;
	unsigned int bits;
	const char *params; /* CKA_EC_PARAMS */
	size_t params_size;
} recipes[KEYS] = {
	[RSA] = { "rsa", GNUTLS_PK_RSA, 2048, NULL, 0 },
	[RSA_SHORT] = { "rsa-short", GNUTLS_PK_RSA, 2048, NULL, 0 },
	[P256] = { "p256", GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1),
		   "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07", 10 },
	[P256_OTHER] = { "p256-other", GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1),
			 "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07", 10 },
	[P384] = { "p384", GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP384R1),
		   "\x06\x05\x2b\x81\x04\x00\x22", 7 },
	[P521] = { "p521", GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP521R1),
		   "\x06\x05\x2b\x81\x04\x00\x23", 7 },
	[ED25519] = { "ed25519", GNUTLS_PK_EDDSA_ED25519, 0, "\x06\x03\x2b\x65\x70", 5 },
};

#define K256_PARAMS "\x06\x05\x2b\x81\x04\x00\x0a" /* secp256k1, which TLS 1.3 does not have */
#define POINT          \
	"\x04\x41\x04" \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" /* DER of X9.62 */

static gnutls_privkey_t originals[KEYS];
static char folder[] = "/tmp/nfstls-token-XXXXXX";
static CK_FUNCTION_LIST **modules, *softhsm;

/* Attributes of one object to be made. */
struct template
{
	CK_ATTRIBUTE list[24];
	CK_ULONG count;
};

static void add(struct template *t, CK_ATTRIBUTE_TYPE type, const void *value, size_t size)
{
	assert_true(t->count < ARRAY_SIZE(t->list));
	t->list[t->count++] = (CK_ATTRIBUTE){ type, (void *)(uintptr_t)value, size };
}

static void add_flag(struct template *t, CK_ATTRIBUTE_TYPE type, bool value)
{
	static const CK_BBOOL yes = CK_TRUE, no = CK_FALSE;

	add(t, type, value ? &yes : &no, sizeof(yes));
}

struct marks {
	bool public, sensitive, locked_in;
};

static void start_object(struct template *t, const char *label, const CK_KEY_TYPE *type, struct marks marks)
{
	static const CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;

	add(t, CKA_CLASS, &class, sizeof(class));
	add(t, CKA_KEY_TYPE, type, sizeof(*type));
	add(t, CKA_LABEL, label, strlen(label));
	add(t, CKA_ID, label, strlen(label));
	add_flag(t, CKA_TOKEN, true);
	add_flag(t, CKA_PRIVATE, !marks.public);
	add_flag(t, CKA_SENSITIVE, marks.sensitive);
	add_flag(t, CKA_EXTRACTABLE, !marks.locked_in);
}

static void create(CK_SESSION_HANDLE session, struct template *t)
{
	CK_OBJECT_HANDLE handle;

	CK(softhsm->C_CreateObject(session, t->list, t->count, &handle));
}

static void store_rsa(CK_SESSION_HANDLE session, const char *label, gnutls_privkey_t key, unsigned int numbers,
		      struct marks marks)
{
	static const CK_ATTRIBUTE_TYPE types[] = { CKA_MODULUS,	   CKA_PUBLIC_EXPONENT, CKA_PRIVATE_EXPONENT,
						   CKA_PRIME_1,	   CKA_PRIME_2,		CKA_COEFFICIENT,
						   CKA_EXPONENT_1, CKA_EXPONENT_2 };
	static const CK_KEY_TYPE type = CKK_RSA;
	struct template t = { .count = 0 };
	gnutls_datum_t d[8];

	OK(gnutls_privkey_export_rsa_raw(key, &d[0], &d[1], &d[2], &d[3], &d[4], &d[5], &d[6], &d[7]));
	start_object(&t, label, &type, marks);
	for (unsigned int i = 0; i < numbers; i++)
		add(&t, types[i], d[i].data, d[i].size);
	create(session, &t);
	for (unsigned int i = 0; i < ARRAY_SIZE(d); i++)
		gnutls_free(d[i].data);
}

static void store_curve(CK_SESSION_HANDLE session, const char *label, CK_KEY_TYPE type, const void *params,
			size_t params_size, const void *value, size_t size, struct marks marks)
{
	struct template t = { .count = 0 };

	start_object(&t, label, &type, marks);
	add(&t, CKA_EC_PARAMS, params, params_size);
	add(&t, CKA_VALUE, value, size);
	create(session, &t);
}

/* What pkcs11-tool --type pubkey stores beside a private key; the ID or the label alone may tell whose it is. */
static void store_public(CK_SESSION_HANDLE session, const char *id, const char *label, const void *params,
			 size_t params_size, const gnutls_datum_t *point)
{
	static const CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
	static const CK_KEY_TYPE type = CKK_EC;
	struct template t = { .count = 0 };

	add(&t, CKA_CLASS, &class, sizeof(class));
	add(&t, CKA_KEY_TYPE, &type, sizeof(type));
	add(&t, CKA_LABEL, label, strlen(label));
	add(&t, CKA_ID, id, strlen(id));
	add_flag(&t, CKA_TOKEN, true);
	add_flag(&t, CKA_PRIVATE, false);
	add(&t, CKA_EC_PARAMS, params, params_size);
	add(&t, CKA_EC_POINT, point->data, point->size);
	create(session, &t);
}

static void store_public_of(CK_SESSION_HANDLE session, int i, const char *id, const char *label)
{
	gnutls_datum_t params = { 0 }, point = { 0 };
	gnutls_pubkey_t public_half;

	OK(gnutls_pubkey_init(&public_half));
	OK(gnutls_pubkey_import_privkey(public_half, originals[i], 0, 0));
	OK(gnutls_pubkey_export_ecc_x962(public_half, &params, &point));
	store_public(session, id, label, params.data, params.size, &point);
	gnutls_free(params.data);
	gnutls_free(point.data);
	gnutls_pubkey_deinit(public_half);
}

static void store(CK_SESSION_HANDLE session, int i, const char *label, struct marks marks)
{
	bool edwards = recipes[i].algorithm == GNUTLS_PK_EDDSA_ED25519;
	gnutls_datum_t k = { 0 };

	if (recipes[i].algorithm == GNUTLS_PK_RSA) {
		store_rsa(session, label, originals[i], i == RSA_SHORT ? 5 : 8, marks);
		return;
	}
	OK(gnutls_privkey_export_ecc_raw2(originals[i], NULL, NULL, NULL, &k, 0));
	store_curve(session, label, edwards ? CKK_EC_EDWARDS : CKK_EC, recipes[i].params, recipes[i].params_size,
		    k.data, k.size, marks);
	gnutls_free(k.data);
	if (!edwards)
		store_public_of(session, i, label, label);
}

/* ---- tokens ------------------------------------------------------------------ */

/* SoftHSM has one slot that is not initialized, the last. */
static CK_SLOT_ID find_empty_slot(void)
{
	CK_ULONG count = 0;
	CK_SLOT_ID slots[8];

	CK(softhsm->C_GetSlotList(CK_FALSE, NULL, &count));
	assert_in_range(count, 1, ARRAY_SIZE(slots));
	CK(softhsm->C_GetSlotList(CK_FALSE, slots, &count));
	return slots[count - 1];
}

/* Leaves a session of the user open. */
static CK_SESSION_HANDLE make_token(const char *name, const char *pin)
{
	unsigned char label[32];
	CK_SLOT_ID slot = find_empty_slot();
	CK_SESSION_HANDLE session;

	memset(label, ' ', sizeof(label));
	memcpy(label, name, strlen(name));
	CK(softhsm->C_InitToken(slot, (unsigned char *)(uintptr_t)SO_PIN, strlen(SO_PIN), label));
	CK(softhsm->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session));
	CK(softhsm->C_Login(session, CKU_SO, (unsigned char *)(uintptr_t)SO_PIN, strlen(SO_PIN)));
	CK(softhsm->C_InitPIN(session, (unsigned char *)(uintptr_t)pin, strlen(pin)));
	CK(softhsm->C_Logout(session));
	CK(softhsm->C_Login(session, CKU_USER, (unsigned char *)(uintptr_t)pin, strlen(pin)));
	return session;
}

static void fill_first(CK_SESSION_HANDLE session)
{
	static const struct marks plain = { 0 }, public = { .public = true };
	static const CK_KEY_TYPE dsa = CKK_DSA;
	gnutls_datum_t point = { (unsigned char *)(uintptr_t)POINT, sizeof(POINT) - 1 };
	gnutls_datum_t no_point = { (unsigned char *)(uintptr_t) "\x04\x03\x04\x01\x02", 5 };
	struct template t = { .count = 0 };
	gnutls_datum_t k = { 0 };
	unsigned char wide[40] = { 0 };

	for (int i = 0; i < KEYS; i++)
		store(session, i, recipes[i].label, plain);
	store(session, P256, "open", public);
	store(session, P256, "sensitive", (struct marks){ .sensitive = true });
	store(session, RSA, "locked in", (struct marks){ .locked_in = true });
	store(session, P256, "twin", plain);
	store(session, P384, "twin", plain);
	store(session, P256, "both tokens", public);
	OK(gnutls_privkey_export_ecc_raw2(originals[P256], NULL, NULL, NULL, &k, GNUTLS_EXPORT_FLAG_NO_LZ));
	memcpy(wide + sizeof(wide) - k.size, k.data, k.size);
	store_curve(session, "wide", CKK_EC, recipes[P256].params, recipes[P256].params_size, wide, sizeof(wide),
		    plain);
	store_public_of(session, P256, "wide", "");
	store_curve(session, "k256", CKK_EC, K256_PARAMS, 7, k.data, k.size, plain);
	store_public(session, "k256", "", K256_PARAMS, 7, &point);
	store_curve(session, "by label", CKK_EC, recipes[P256].params, recipes[P256].params_size, k.data, k.size,
		    plain);
	store_public_of(session, P256, "other", "by label");
	store_curve(session, "lone", CKK_EC, recipes[P256].params, recipes[P256].params_size, k.data, k.size, plain);
	store_curve(session, "mixed", CKK_EC, recipes[P256].params, recipes[P256].params_size, k.data, k.size, plain);
	store_public_of(session, P256_OTHER, "mixed", "");
	store_curve(session, "no point", CKK_EC, recipes[P256].params, recipes[P256].params_size, k.data, k.size,
		    plain);
	store_public(session, "no point", "", recipes[P256].params, recipes[P256].params_size, &no_point);
	gnutls_free(k.data);
	store_curve(session, "zero", CKK_EC, recipes[P256].params, recipes[P256].params_size, "\0", 1, plain);
	store_public_of(session, P256, "zero", "");
	store_public_of(session, P256, "too large", "");
	memset(wide, 0xff, sizeof(wide));
	store_curve(session, "too large", CKK_EC, recipes[P256].params, recipes[P256].params_size, wide, 32, plain);
	store_curve(session, "edwards name", CKK_EC_EDWARDS,
		    "\x13\x0c"
		    "edwards25519",
		    14, wide, 32, plain);
	store_curve(session, "edwards short", CKK_EC_EDWARDS, recipes[ED25519].params, 5, wide, 31, plain);
	store_curve(session, "edwards 448", CKK_EC_EDWARDS, "\x06\x03\x2b\x65\x71", 5, wide, 32, plain);
	start_object(&t, "dsa", &dsa, plain);
	add(&t, CKA_PRIME, wide, 32);
	add(&t, CKA_SUBPRIME, wide, 20);
	add(&t, CKA_BASE, wide, 32);
	add(&t, CKA_VALUE, wide, 20);
	create(session, &t);
}

static void make_tokens(void)
{
	CK_SESSION_HANDLE first = make_token("first", PIN), second;

	fill_first(first);
	CK(softhsm->C_CloseSession(first));
	second = make_token("second", OTHER_PIN);
	store(second, P384, "both tokens", (struct marks){ .public = true });
	CK(softhsm->C_CloseSession(second));
}

/* ---- setting up ---------------------------------------------------------------- */

static void make_originals(void)
{
	for (int i = 0; i < KEYS; i++) {
		OK(gnutls_privkey_init(&originals[i]));
		OK(gnutls_privkey_generate(originals[i], recipes[i].algorithm, recipes[i].bits, 0));
	}
}

static void configure(void)
{
	char path[sizeof(folder) + 32];
	FILE *file;

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/softhsm2.conf", folder);
	file = fopen(path, "we");
	assert_non_null(file);
	fprintf(file, "directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n", folder);
	assert_int_equal(fclose(file), 0);
	setenv("SOFTHSM2_CONF", path, 1);
	setenv("XDG_CONFIG_HOME", folder, 1); /* the user's own modules are not ours */
}

static int find_softhsm(void)
{
	CK_INFO info;

	modules = p11_kit_modules_load_and_initialize(0);
	for (CK_FUNCTION_LIST **module = modules; module && *module; module++)
		if ((*module)->C_GetInfo(&info) == CKR_OK && !memcmp(info.manufacturerID, "SoftHSM", 7))
			softhsm = *module;
	if (!softhsm)
		print_error("p11-kit knows no SoftHSM: install the package softhsm2\n");
	return softhsm ? 0 : -1;
}

static int set_up(void **state)
{
	(void)state;
	configure();
	make_originals();
	if (find_softhsm())
		return -1;
	make_tokens();
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static int tear_down(void **state)
{
	(void)state;
	if (modules)
		p11_kit_modules_finalize_and_release(modules);
	for (int i = 0; i < KEYS; i++)
		gnutls_privkey_deinit(originals[i]);
	return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* ---- reading --------------------------------------------------------------------- */

static int read_with(const char *uri, const char *pin, gnutls_privkey_t *key, struct error *e)
{
	AUTO_BYTES secret = { 0 };
	int r;

	*e = (struct error){ 0 };
	assert_int_equal(bytes_copy(&secret, pin ? pin : "", pin ? strlen(pin) : 0), 0);
	r = token_read_key(uri, pin ? &secret : NULL, key, e);
	if (!r != !e->text[0] || strchr(e->text, '\n') || strstr(e->text, "sesame"))
		fail_msg("%s: %d: %s", uri, r, e->text);
	return r;
}

static void assert_same_key(gnutls_privkey_t a, gnutls_privkey_t b)
{
	AUTO_BYTES der_a = { 0 }, der_b = { 0 };
	struct error e;

	assert_int_equal(x509_key_to_der(a, &der_a, &e), 0);
	assert_int_equal(x509_key_to_der(b, &der_b, &e), 0);
	assert_int_equal(der_a.size, der_b.size);
	assert_memory_equal(der_a.data, der_b.data, der_a.size);
}

/* The original's public half takes the signature of the key that was read. */
static void assert_signs(gnutls_privkey_t key, gnutls_privkey_t original)
{
	gnutls_datum_t data = { (unsigned char *)(uintptr_t) "data", 4 }, signature = { 0 };
	gnutls_pubkey_t public_half;
	gnutls_digest_algorithm_t hash;
	gnutls_sign_algorithm_t sign;

	OK(gnutls_pubkey_init(&public_half));
	OK(gnutls_pubkey_import_privkey(public_half, original, 0, 0));
	OK(gnutls_pubkey_get_preferred_hash_algorithm(public_half, &hash, NULL));
	sign = gnutls_pk_to_sign(gnutls_pubkey_get_pk_algorithm(public_half, NULL), hash);
	OK(gnutls_privkey_sign_data2(key, sign, 0, &data, &signature));
	OK(gnutls_pubkey_verify_data2(public_half, sign, 0, &data, &signature));
	gnutls_free(signature.data);
	gnutls_pubkey_deinit(public_half);
}

static void assert_reads(const char *uri, const char *pin, gnutls_privkey_t original)
{
	gnutls_privkey_t key = NULL;
	struct error e;

	if (read_with(uri, pin, &key, &e))
		fail_msg("%s", e.text);
	assert_same_key(key, original);
	assert_signs(key, original);
	gnutls_privkey_deinit(key);
}

static void assert_fails(const char *uri, const char *pin, int code, const char *text)
{
	gnutls_privkey_t key = NULL;
	struct error e;
	int r = read_with(uri, pin, &key, &e);

	if (r != -code || e.code != code || !strstr(e.text, text))
		fail_msg("%s: %d, not %d: %s", uri, r, -code, e.text);
	assert_null(key);
}

static void test_is_uri(void **state)
{
	(void)state;
	assert_true(token_is_uri("pkcs11:token=a"));
	assert_true(token_is_uri("PKCS11:"));
	assert_false(token_is_uri("pkcs11"));
	assert_false(token_is_uri(""));
	assert_false(token_is_uri("/etc/pkcs11:a.key"));
}

static void test_keys(void **state)
{
	char uri[128];

	(void)state;
	for (int i = 0; i < KEYS; i++) {
		snprintf(uri, sizeof(uri), "pkcs11:token=first;object=%s;type=private", recipes[i].label);
		assert_reads(uri, PIN, originals[i]);
	}
	assert_reads("pkcs11:token=first;id=p256", PIN, originals[P256]);
	assert_reads("pkcs11:token=first;object=wide", PIN, originals[P256]);
}

/* The private object holds the number alone; the public one beside it has the same ID, or else the same label. */
static void test_public_beside(void **state)
{
	(void)state;
	assert_reads("pkcs11:token=first;object=by%20label", PIN, originals[P256]);
	assert_fails("pkcs11:token=first;object=lone", PIN, ENOENT, "Store the public key there too");
	assert_fails("pkcs11:token=first;object=mixed", PIN, EIO, "no whole key");
	assert_fails("pkcs11:token=first;object=no%20point", PIN, EIO, "no whole key");
}

static void test_edwards_by_name(void **state)
{
	gnutls_privkey_t key = NULL;
	struct error e;

	(void)state;
	assert_int_equal(read_with("pkcs11:token=first;object=edwards%20name", PIN, &key, &e), 0);
	assert_int_equal(gnutls_privkey_get_pk_algorithm(key, NULL), GNUTLS_PK_EDDSA_ED25519);
	gnutls_privkey_deinit(key);
}

/* Everybody may see it; a PIN does no harm. */
static void test_without_pin(void **state)
{
	(void)state;
	assert_reads("pkcs11:token=first;object=open", NULL, originals[P256]);
	assert_reads("pkcs11:object=open", "", originals[P256]);
	assert_reads("pkcs11:token=first;object=open", PIN, originals[P256]);
	assert_reads("pkcs11:token=second;object=both%20tokens", NULL, originals[P384]);
}

static void test_bad_uris(void **state)
{
	(void)state;
	assert_fails("", NULL, EINVAL, "is not a PKCS#11 URI");
	assert_fails("/etc/a.key", NULL, EINVAL, "/etc/a.key is not a PKCS#11 URI");
	assert_fails("pkcs11:object=%zz", NULL, EINVAL, "is not a PKCS#11 URI");
	assert_fails("pkcs11:a\x1b[31m", NULL, EINVAL, "pkcs11:a\\x1b[31m is not");
	assert_fails("pkcs11:object=a;colour=red", NULL, EINVAL, "does not know");
	assert_fails("pkcs11:object=open;type=cert", NULL, EINVAL, "names no private key");
	assert_fails("pkcs11:object=open;type=public", NULL, EINVAL, "names no private key");
	assert_fails("pkcs11:object=open?module-name=softhsm2", NULL, EINVAL, "module-name=");
	assert_fails("pkcs11:object=open?module-path=/tmp/evil.so", NULL, EINVAL, "module-path=");
}

/* read_with() sees that no text tells the PIN. */
static void test_pin_in_uri(void **state)
{
	(void)state;
	assert_fails("pkcs11:object=open?pin-value=" PIN, NULL, EINVAL, "--passphrase-fd");
	assert_fails("pkcs11:object=open?pin-source=file:/sesame", NULL, EINVAL, "--passphrase-fd");
	assert_fails("pkcs11:object=open?pin-value=" PIN, PIN, EINVAL, "--passphrase-fd");
	assert_fails("pkcs11:object=open;pin-value=" PIN, NULL, EINVAL, "pkcs11:object=open; ");
	assert_fails("pkcs11:%zz;PIN-value=" PIN, NULL, EINVAL, "pkcs11:%zz; ");
}

static void test_nothing_there(void **state)
{
	(void)state;
	assert_fails("pkcs11:token=third;object=open", NULL, ENOENT, "names no token");
	assert_fails("pkcs11:token=third;object=open", PIN, ENOENT, "names no token");
	assert_fails("pkcs11:token=first;object=none", PIN, ENOENT, "object=none names no private key");
	assert_fails("pkcs11:token=second;object=p256", OTHER_PIN, ENOENT, "names no private key");
}

static void test_several(void **state)
{
	(void)state;
	assert_fails("pkcs11:token=first;object=twin", PIN, ENOTUNIQ, "more than one private key");
	assert_fails("pkcs11:token=first", PIN, ENOTUNIQ, "more than one private key");
	assert_fails("pkcs11:object=both%20tokens", NULL, ENOTUNIQ, "more than one private key");
	assert_fails("pkcs11:object=p256", PIN, ENOTUNIQ, "more than one token");
}

static void test_pins(void **state)
{
	(void)state;
	assert_fails("pkcs11:token=first;object=p256", NULL, EACCES, "needs its PIN");
	assert_fails("pkcs11:token=first;object=p256", "", EACCES, "needs its PIN");
	assert_fails("pkcs11:token=first;object=p256", OTHER_PIN, EACCES, "PIN is wrong");
	assert_fails("pkcs11:token=first;object=p256", "1", EACCES, "PIN is wrong");
	assert_fails("pkcs11:token=second;object=both%20tokens", PIN, EACCES, "PIN is wrong");
	assert_reads("pkcs11:token=first;object=p256", PIN, originals[P256]);
}

static void test_locked_in(void **state)
{
	(void)state;
	assert_fails(
		"pkcs11:token=first;object=sensitive", PIN, EPERM,
		"cannot leave its token, and the kernel's keyring needs the key itself: it is marked as sensitive");
	assert_fails("pkcs11:token=first;object=locked%20in", PIN, EPERM, "not extractable");
}

static void test_other_kinds(void **state)
{
	(void)state;
	assert_fails("pkcs11:token=first;object=dsa", PIN, ENOTSUP, "cannot sign in TLS 1.3");
	assert_fails("pkcs11:token=first;object=k256", PIN, ENOTSUP, "use P-256");
	assert_fails("pkcs11:token=first;object=edwards%20448", PIN, ENOTSUP, "use Ed25519");
	assert_fails("pkcs11:token=first;object=zero", PIN, EIO, "no whole key");
	assert_fails("pkcs11:token=first;object=too%20large", PIN, EIO, "no whole key");
	assert_fails("pkcs11:token=first;object=edwards%20short", PIN, EIO, "no whole key");
}

/* ---- modules that fail -------------------------------------------------------------- */

static CK_RV fault;
static CK_ATTRIBUTE_TYPE fault_attribute;
static unsigned int logins, sessions;

static CK_RV fail_open(CK_SLOT_ID slot, CK_FLAGS flags, void *context, CK_NOTIFY notify, CK_SESSION_HANDLE *session)
{
	(void)slot, (void)flags, (void)context, (void)notify, (void)session;
	return fault;
}

static CK_RV count_open(CK_SLOT_ID slot, CK_FLAGS flags, void *context, CK_NOTIFY notify, CK_SESSION_HANDLE *session)
{
	sessions++;
	return softhsm->C_OpenSession(slot, flags, context, notify, session);
}

static CK_RV count_close(CK_SESSION_HANDLE session)
{
	sessions--;
	return softhsm->C_CloseSession(session);
}

static CK_RV fail_login(CK_SESSION_HANDLE session, CK_USER_TYPE user, unsigned char *pin, CK_ULONG size)
{
	logins++;
	return fault ? fault : softhsm->C_Login(session, user, pin, size);
}

static CK_RV fail_slots(CK_BBOOL present, CK_SLOT_ID *slots, CK_ULONG *count)
{
	(void)present, (void)slots, (void)count;
	return fault;
}

static CK_RV fail_find(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *objects, CK_ULONG room, CK_ULONG *count)
{
	(void)session, (void)objects, (void)room, (void)count;
	return fault;
}

static CK_RV find_one(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *objects, CK_ULONG room, CK_ULONG *count)
{
	return softhsm->C_FindObjects(session, objects, room ? 1 : 0, count);
}

static CK_RV fail_find_start(CK_SESSION_HANDLE session, CK_ATTRIBUTE *wanted, CK_ULONG count)
{
	(void)session, (void)wanted, (void)count;
	return fault;
}

/* Without a fault the value is one that is too large, or empty when the fault is CKR_CANCEL. */
static CK_RV fail_get(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *list, CK_ULONG count)
{
	if (list->type != fault_attribute)
		return softhsm->C_GetAttributeValue(session, object, list, count);
	list->ulValueLen = fault == CKR_CANCEL ? 0 : fault ? CK_UNAVAILABLE_INFORMATION : 1u << 20;
	return fault == CKR_CANCEL ? CKR_OK : fault;
}

/* The size changes between the two questions: first said short, then there are more. */
static CK_RV grow(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *list, CK_ULONG count)
{
	if (list->type != fault_attribute || list->pValue)
		return softhsm->C_GetAttributeValue(session, object, list, count);
	list->ulValueLen = 1;
	return CKR_OK;
}

static int read_from(CK_FUNCTION_LIST *module, const char *uri, gnutls_privkey_t *key, struct error *e)
{
	CK_FUNCTION_LIST *list[] = { module, NULL };
	struct bytes pin = { (unsigned char *)(uintptr_t)PIN, strlen(PIN) };
	int r;

	*e = (struct error){ 0 };
	module->C_CloseSession = count_close;
	if (module->C_OpenSession == softhsm->C_OpenSession)
		module->C_OpenSession = count_open;
	sessions = logins = 0;
	r = token_read_key_from(list, uri, &pin, key, e);
	assert_int_equal(sessions, 0);
	return r;
}

static void assert_breaks(CK_FUNCTION_LIST *module, const char *object, int code, const char *text)
{
	gnutls_privkey_t key = NULL;
	struct error e;
	char uri[128];
	int r;

	snprintf(uri, sizeof(uri), "pkcs11:token=first;object=%s", object);
	r = read_from(module, uri, &key, &e);
	if (r != -code || !strstr(e.text, text))
		fail_msg("%s: %d, not %d: %s", uri, r, -code, e.text);
	assert_null(key);
}

static void test_module_breaks(void **state)
{
	CK_FUNCTION_LIST m;

	(void)state;
	fault = CKR_DEVICE_ERROR;
	m = *softhsm;
	m.C_GetSlotList = fail_slots;
	assert_breaks(&m, "p256", EIO, "show its tokens");
	m = *softhsm;
	m.C_OpenSession = fail_open;
	assert_breaks(&m, "p256", EIO, "open the token");
	m = *softhsm;
	m.C_FindObjectsInit = fail_find_start;
	assert_breaks(&m, "p256", EIO, "look for keys");
	m = *softhsm;
	m.C_FindObjects = fail_find;
	assert_breaks(&m, "p256", EIO, "look for keys");
	m = *softhsm;
	m.C_FindObjects = find_one;
	assert_breaks(&m, "twin", ENOTUNIQ, "more than one private key");
}

/* One attempt each, and no more. */
static void test_logins(void **state)
{
	static const struct {
		CK_RV rv;
		int code;
		const char *text;
	} cases[] = {
		{ CKR_PIN_INCORRECT, EACCES, "PIN is wrong" },
		{ CKR_PIN_LEN_RANGE, EACCES, "PIN is wrong" },
		{ CKR_PIN_LOCKED, EACCES, "locked its PIN" },
		{ CKR_PIN_EXPIRED, EACCES, "until a new one is set" },
		{ CKR_USER_PIN_NOT_INITIALIZED, EACCES, "until a new one is set" },
		{ CKR_DEVICE_ERROR, EIO, "log in" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CK_FUNCTION_LIST m = *softhsm;

		m.C_Login = fail_login;
		fault = cases[i].rv;
		assert_breaks(&m, "p256", cases[i].code, cases[i].text);
		assert_int_equal(logins, 1);
	}
}

/* A PIN that may be for two tokens goes to none. */
static void test_no_guessing(void **state)
{
	CK_FUNCTION_LIST m = *softhsm;
	gnutls_privkey_t key = NULL;
	struct error e;

	(void)state;
	m.C_Login = fail_login;
	fault = CKR_OK;
	assert_int_equal(read_from(&m, "pkcs11:object=p256", &key, &e), -ENOTUNIQ);
	assert_int_equal(logins, 0);
	assert_int_equal(read_from(&m, "pkcs11:object=p256;token=first", &key, &e), 0);
	assert_int_equal(logins, 1);
	gnutls_privkey_deinit(key);
}

static void test_values_break(void **state)
{
	static const struct {
		const char *object;
		CK_ATTRIBUTE_TYPE type;
		CK_RV rv;
		int code;
		const char *text;
	} cases[] = {
		{ "p256", CKA_VALUE, CKR_ATTRIBUTE_SENSITIVE, EPERM, "keeps its value back" },
		{ "p256", CKA_VALUE, CKR_ATTRIBUTE_TYPE_INVALID, EPERM, "keeps its value back" },
		{ "ed25519", CKA_VALUE, CKR_ATTRIBUTE_SENSITIVE, EPERM, "keeps its value back" },
		{ "rsa", CKA_PRIVATE_EXPONENT, CKR_ATTRIBUTE_SENSITIVE, EPERM, "keeps its value back" },
		{ "rsa", CKA_PRIME_2, CKR_ATTRIBUTE_TYPE_INVALID, EPERM, "keeps its value back" },
		{ "p256", CKA_VALUE, CKR_USER_NOT_LOGGED_IN, EACCES, "needs its PIN" },
		{ "p256", CKA_VALUE, CKR_HOST_MEMORY, ENOMEM, "out of memory" },
		{ "rsa", CKA_COEFFICIENT, CKR_HOST_MEMORY, ENOMEM, "out of memory" },
		{ "p256", CKA_VALUE, CKR_DEVICE_ERROR, EIO, "cannot read the key" },
		{ "p256", CKA_VALUE, CKR_OK, EIO, "cannot read the key" },
		{ "p256", CKA_VALUE, CKR_CANCEL, EIO, "cannot read the key" },
		{ "p256", CKA_EC_PARAMS, CKR_DEVICE_ERROR, EIO, "cannot read the key" },
		{ "p256", CKA_KEY_TYPE, CKR_DEVICE_ERROR, EIO, "cannot read the key" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CK_FUNCTION_LIST m = *softhsm;

		m.C_GetAttributeValue = fail_get;
		fault = cases[i].rv;
		fault_attribute = cases[i].type;
		assert_breaks(&m, cases[i].object, cases[i].code, cases[i].text);
	}
}

/* What it does not tell about a key is no reason to refuse it. */
static void test_marks_not_told(void **state)
{
	static const CK_ATTRIBUTE_TYPE types[] = { CKA_SENSITIVE, CKA_EXTRACTABLE };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		CK_FUNCTION_LIST m = *softhsm;
		gnutls_privkey_t key = NULL;
		struct error e;

		m.C_GetAttributeValue = fail_get;
		fault = CKR_ATTRIBUTE_TYPE_INVALID;
		fault_attribute = types[i];
		assert_int_equal(read_from(&m, "pkcs11:token=first;object=p256", &key, &e), 0);
		assert_same_key(key, originals[P256]);
		gnutls_privkey_deinit(key);
	}
}

static void test_value_grows(void **state)
{
	CK_FUNCTION_LIST m = *softhsm;

	(void)state;
	m.C_GetAttributeValue = grow;
	fault_attribute = CKA_VALUE;
	assert_breaks(&m, "p256", EIO, "cannot read the key");
}

static void test_no_modules(void **state)
{
	CK_FUNCTION_LIST *none[] = { NULL };
	gnutls_privkey_t key = NULL;
	struct error e;

	(void)state;
	assert_int_equal(token_read_key_from(none, "pkcs11:object=p256", NULL, &key, &e), -ENOENT);
	assert_null(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_is_uri),	       cmocka_unit_test(test_keys),
		cmocka_unit_test(test_public_beside),  cmocka_unit_test(test_edwards_by_name),
		cmocka_unit_test(test_without_pin),    cmocka_unit_test(test_bad_uris),
		cmocka_unit_test(test_pin_in_uri),     cmocka_unit_test(test_nothing_there),
		cmocka_unit_test(test_several),	       cmocka_unit_test(test_pins),
		cmocka_unit_test(test_locked_in),      cmocka_unit_test(test_other_kinds),
		cmocka_unit_test(test_module_breaks),  cmocka_unit_test(test_logins),
		cmocka_unit_test(test_no_guessing),    cmocka_unit_test(test_values_break),
		cmocka_unit_test(test_marks_not_told), cmocka_unit_test(test_value_grows),
		cmocka_unit_test(test_no_modules),
	};

	return cmocka_run_group_tests_name("token", tests, set_up, tear_down);
}
