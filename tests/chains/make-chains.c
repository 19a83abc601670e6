/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * make-chains DIR <recipe - certificates, revocation lists and cases of them, as a recipe says
 *
 * One line makes one thing; words are separated by blanks, # begins a comment.
 *
 *   cert NAME ca|host|bare [OPTION]...   a certificate.  ca is an authority, host has the name a.example.org, and bare
 *                                        has no extension that it is not given.
 *   list NAME [OPTION]...                a revocation list
 *   case NAME server|client HOST WORD CERT... / CERT... [/ LIST...]
 *                                        what the peer sends, its own first; what is trusted; lists.  HOST is the name
 *                                        that is asked for, or -.  WORD is our verdict; where there are lists, of both
 *                                        questions: WORD,WORD when it differs with lists required.
 *
 * Options:
 *   by=CERT        who signs; without it: itself
 *   signer=CERT    whose key signs, while the name is that of by=
 *   cn=TEXT        the subject's common name; default: NAME.  "-": the subject is empty
 *   dn=TYPE:TEXT   another part of the subject
 *   key=NAME       a certificate whose key it has as well, or a key that several share: p384, p521, p224, secp256k1,
 *                  ed25519, ed448, rsa1024, rsa2048, pss2048 (for RSA-PSS alone) and those words with more behind
 *                  them are of that kind, others P-256.  Default: one of its own, P-256
 *   from=DAYS until=DAYS  from now; default -10 and 10; of a list this and the next update, and until=- is none
 *   md=NAME        the signature's digest
 *   pss=BYTES      an RSA-PSS signature with so much salt
 *   ids=both|own|issuer|none  which key identifiers it has; default both.  all: with the issuer's name and number
 *   serial=N version=N
 *   broken         the signature is not right
 *   EXTENSION=VALUE  in OpenSSL's words (x509v3_config(5)), without blanks; VALUE - removes one that the kind has.
 *                  EXTENSION+=VALUE adds it again.
 * of list: revoke=CERT[:REASON[:EXTENSION=VALUE]]; may stand several times
 *
 * DIR/NAME.chain, NAME.trust and NAME.lists of each case are in PEM; DIR/cases has a line for each.
 */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define THINGS_MAX 8192
#define WORDS_MAX 64

/* A certificate, a list or a key, by name. */
struct thing {
	char name[64];
	X509 *cert;
	EVP_PKEY *key;
	X509_CRL *list;
};

static struct thing things[THINGS_MAX];
static size_t thing_count;
static unsigned int line_number;

static void die(const char *fmt, ...)
{
	va_list args;

	fprintf(stderr, "make-chains: line %u: ", line_number);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fprintf(stderr, "\n");
	ERR_print_errors_fp(stderr);
	exit(1);
}

static struct thing *find(const char *name)
{
	for (size_t i = 0; i < thing_count; i++)
		if (!strcmp(things[i].name, name))
			return &things[i];
	return NULL;
}

static struct thing *new_thing(const char *name)
{
	struct thing *thing = find(name);

	if (thing)
		die("%s is there already", name);
	if (thing_count == THINGS_MAX || strlen(name) >= sizeof(thing->name))
		die("too many things, or too long a name: %s", name);
	thing = &things[thing_count++];
	strcpy(thing->name, name);
	return thing;
}

static struct thing *need(const char *name)
{
	struct thing *thing = find(name);

	if (!thing)
		die("there is no %s", name);
	return thing;
}

/* ---- words ---------------------------------------------------------------- */

struct line {
	char *word[WORDS_MAX];
	size_t count;
};

/* The value of NAME=VALUE, the last one counts; NULL without. */
static const char *option(const struct line *line, const char *name)
{
	size_t size = strlen(name);
	const char *value = NULL;

	for (size_t i = 2; i < line->count; i++)
		if (!strncmp(line->word[i], name, size) && line->word[i][size] == '=')
			value = line->word[i] + size + 1;
	return value;
}

static const char *option_or(const struct line *line, const char *name, const char *otherwise)
{
	const char *value = option(line, name);

	return value ? value : otherwise;
}

static bool has_word(const struct line *line, const char *word)
{
	for (size_t i = 2; i < line->count; i++)
		if (!strcmp(line->word[i], word))
			return true;
	return false;
}

/* Is it an option of ours, and no extension? */
static bool is_ours(const char *word)
{
	static const char *const ours[] = { "by=", "signer=", "cn=",	 "dn=",	     "key=",	"from=", "until=",
					    "md=", "ids=",    "serial=", "version=", "revoke=", "pss=" };

	for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
		if (!strncmp(word, ours[i], strlen(ours[i])))
			return true;
	return !strchr(word, '=');
}

/* ---- keys -------------------------------------------------------------------- */

/* RSA, or RSA-PSS. */
static EVP_PKEY *generate_rsa(const char *type, unsigned int bits)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	if (!context || EVP_PKEY_keygen_init(context) <= 0 ||
	    EVP_PKEY_CTX_set_rsa_keygen_bits(context, (int)bits) <= 0 || EVP_PKEY_generate(context, &key) <= 0)
		die("no key of %s", type);
	EVP_PKEY_CTX_free(context);
	return key;
}

static EVP_PKEY *generate(const char *kind)
{
	static const struct {
		const char *kind, *type, *parameter;
		unsigned int bits;
	} kinds[] = {
		{ "p384", "EC", "P-384", 0 },	      { "p521", "EC", "P-521", 0 },
		{ "p224", "EC", "P-224", 0 },	      { "secp256k1", "EC", "secp256k1", 0 },
		{ "ed25519", "ED25519", NULL, 0 },    { "ed448", "ED448", NULL, 0 },
		{ "rsa1024", "RSA", NULL, 1024 },     { "rsa2048", "RSA", NULL, 2048 },
		{ "pss2048", "RSA-PSS", NULL, 2048 },
	};
	size_t i = 0;

	while (i < ARRAY_SIZE(kinds) && strncmp(kind, kinds[i].kind, strlen(kinds[i].kind)) != 0)
		i++;
	if (i == ARRAY_SIZE(kinds))
		return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	if (kinds[i].bits)
		return generate_rsa(kinds[i].type, kinds[i].bits);
	return kinds[i].parameter ? EVP_PKEY_Q_keygen(NULL, NULL, kinds[i].type, kinds[i].parameter) :
				    EVP_PKEY_Q_keygen(NULL, NULL, kinds[i].type);
}

/* It is kept under a name that no certificate has. */
static EVP_PKEY *shared_key(const char *name)
{
	char own[80];
	struct thing *thing;

	snprintf(own, sizeof(own), "key:%s", name);
	thing = find(own);
	if (!thing) {
		thing = new_thing(own);
		thing->key = generate(name);
	}
	return thing->key;
}

/* The one that key= names, else one of its own. */
static EVP_PKEY *key_for(const struct line *line)
{
	const char *name = option(line, "key");
	const struct thing *same = name ? find(name) : NULL;

	if (same && same->cert)
		return same->key;
	return name ? shared_key(name) : generate("");
}

/* NULL: a signature as usual. */
static EVP_MD_CTX *pss_context(const struct line *line, EVP_PKEY *key)
{
	const char *salt = option(line, "pss");
	EVP_MD_CTX *context = salt ? EVP_MD_CTX_new() : NULL;
	EVP_PKEY_CTX *of_key;

	if (context && (EVP_DigestSignInit(context, &of_key, EVP_get_digestbyname(option_or(line, "md", "sha256")),
					   NULL, key) <= 0 ||
			EVP_PKEY_CTX_set_rsa_padding(of_key, RSA_PKCS1_PSS_PADDING) <= 0 ||
			EVP_PKEY_CTX_set_rsa_pss_saltlen(of_key, atoi(salt)) <= 0))
		die("pss=%s", salt);
	return context;
}

static const EVP_MD *digest_for(const struct line *line, EVP_PKEY *key)
{
	if (EVP_PKEY_is_a(key, "ED25519") || EVP_PKEY_is_a(key, "ED448"))
		return NULL;
	return EVP_get_digestbyname(option_or(line, "md", "sha256"));
}

/* ---- extensions ------------------------------------------------------------------ */

struct pair {
	const char *name, *value;
};

static const struct pair ca_extensions[] = {
	{ "basicConstraints", "critical,CA:TRUE" },
	{ "keyUsage", "critical,keyCertSign,cRLSign" },
};

static const struct pair host_extensions[] = {
	{ "basicConstraints", "critical,CA:FALSE" },
	{ "keyUsage", "critical,digitalSignature" },
	{ "subjectAltName", "DNS:a.example.org" },
};

static X509_EXTENSION *make_extension(X509V3_CTX *context, const char *name, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_nconf(NULL, context, name, value);

	if (!extension)
		die("extension %s=%s", name, value);
	return extension;
}

typedef int adder(void *to, X509_EXTENSION *extension, int at);

static int add_to_cert(void *to, X509_EXTENSION *extension, int at)
{
	return X509_add_ext(to, extension, at);
}

static int add_to_list(void *to, X509_EXTENSION *extension, int at)
{
	return X509_CRL_add_ext(to, extension, at);
}

static void add_extension(X509V3_CTX *context, const char *name, const char *value, adder *add, void *to)
{
	X509_EXTENSION *extension = make_extension(context, name, value);

	if (!add(to, extension, -1))
		die("extension %s", name);
	X509_EXTENSION_free(extension);
}

static void add_given(const struct line *line, X509V3_CTX *context, adder *add, void *to)
{
	for (size_t i = 2; i < line->count; i++) {
		char name[64], *equal = strchr(line->word[i], '=');
		size_t size;

		if (is_ours(line->word[i]) || !strcmp(equal, "=-"))
			continue;
		size = (size_t)(equal - line->word[i]) - (equal[-1] == '+');
		snprintf(name, sizeof(name), "%.*s", (int)size, line->word[i]);
		add_extension(context, name, equal + 1, add, to);
	}
}

static void add_usual(const struct line *line, X509V3_CTX *context, X509 *cert)
{
	bool ca = !strcmp(line->word[2], "ca");
	const struct pair *usual = ca ? ca_extensions : host_extensions;
	size_t count = ca ? ARRAY_SIZE(ca_extensions) : ARRAY_SIZE(host_extensions);

	for (size_t i = 0; i < count && strcmp(line->word[2], "bare") != 0; i++)
		if (!option(line, usual[i].name))
			add_extension(context, usual[i].name, usual[i].value, add_to_cert, cert);
}

/* An issuer's identifier can only be had from one that has it. */
static void add_ids(const char *ids, const X509 *issuer, X509V3_CTX *context, X509 *cert)
{
	bool has_id = issuer != cert && X509_get_ext_by_NID(issuer, NID_subject_key_identifier, -1) >= 0;

	if (!strcmp(ids, "both") || !strcmp(ids, "own") || !strcmp(ids, "all"))
		add_extension(context, "subjectKeyIdentifier", "hash", add_to_cert, cert);
	if (!has_id)
		return;
	if (!strcmp(ids, "all"))
		add_extension(context, "authorityKeyIdentifier", "keyid:always,issuer:always", add_to_cert, cert);
	else if (!strcmp(ids, "both") || !strcmp(ids, "issuer"))
		add_extension(context, "authorityKeyIdentifier", "keyid:always", add_to_cert, cert);
}

/* ---- certificates ----------------------------------------------------------------------- */

static void set_subject(const struct line *line, X509 *cert)
{
	const char *text = option_or(line, "cn", line->word[1]), *other = option(line, "dn");
	X509_NAME *name = X509_get_subject_name(cert);
	char type[16] = "";

	if (other) {
		snprintf(type, sizeof(type), "%.*s", (int)strcspn(other, ":"), other);
		X509_NAME_add_entry_by_txt(name, type, MBSTRING_ASC,
					   (const unsigned char *)other + strcspn(other, ":") + 1, -1, -1, 0);
	}
	if (strcmp(text, "-") != 0)
		X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)text, -1, -1, 0);
}

static void set_time(ASN1_TIME *to, const char *days)
{
	if (!X509_time_adj_ex(to, atoi(days), 0, NULL))
		die("time %s", days);
}

/* Not the last byte: that of Ed448 is always zero, and not looked at by everybody. */
static void break_signature(const ASN1_BIT_STRING *signature)
{
	ASN1_BIT_STRING *bits = (ASN1_BIT_STRING *)signature;

	bits->data[bits->length / 2] ^= 1;
}

static void make_cert(const struct line *line)
{
	struct thing *thing = new_thing(line->word[1]);
	const char *by = option(line, "by"), *signer = option(line, "signer");
	struct thing *issuer = by ? need(by) : thing;
	struct thing *signs = signer ? need(signer) : issuer;
	const ASN1_BIT_STRING *signature;
	X509V3_CTX context;
	EVP_MD_CTX *pss;
	X509 *cert = X509_new();

	thing->cert = cert;
	thing->key = key_for(line);
	X509_set_version(cert, atoi(option_or(line, "version", "3")) - 1);
	ASN1_INTEGER_set(X509_get_serialNumber(cert),
			 atoi(option_or(line, "serial", "0")) ? atoi(option(line, "serial")) : (long)line_number);
	set_subject(line, cert);
	X509_set_issuer_name(cert, X509_get_subject_name(issuer->cert));
	set_time(X509_getm_notBefore(cert), option_or(line, "from", "-10"));
	set_time(X509_getm_notAfter(cert), option_or(line, "until", "10"));
	X509_set_pubkey(cert, thing->key);
	X509V3_set_ctx(&context, issuer->cert, cert, NULL, NULL, 0);
	if (X509_get_version(cert) == 2) {
		add_usual(line, &context, cert);
		add_ids(option_or(line, "ids", "both"), issuer->cert, &context, cert);
		add_given(line, &context, add_to_cert, cert);
	}
	pss = pss_context(line, signs->key);
	if (!(pss ? X509_sign_ctx(cert, pss) : X509_sign(cert, signs->key, digest_for(line, signs->key))))
		die("%s cannot be signed", thing->name);
	EVP_MD_CTX_free(pss);
	X509_get0_signature(&signature, NULL, cert);
	if (has_word(line, "broken"))
		break_signature(signature);
}

/* ---- lists ---------------------------------------------------------------------------------- */

/* CERT[:REASON[:EXTENSION=VALUE]] */
static void revoke(X509_CRL *list, char *what)
{
	char *reason = strchr(what, ':'), *extension = reason ? strchr(reason + 1, ':') : NULL;
	X509_REVOKED *entry = X509_REVOKED_new();
	ASN1_TIME *when = ASN1_TIME_new();

	if (reason)
		*reason++ = '\0';
	if (extension)
		*extension++ = '\0';
	set_time(when, "-2");
	X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(need(what)->cert));
	X509_REVOKED_set_revocationDate(entry, when);
	ASN1_TIME_free(when);
	if (reason && *reason) {
		ASN1_ENUMERATED *number = ASN1_ENUMERATED_new();

		ASN1_ENUMERATED_set(number, atoi(reason));
		X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, number, 0, 0);
		ASN1_ENUMERATED_free(number);
	}
	if (extension) {
		char *value = strchr(extension, '=');
		X509_EXTENSION *made;

		*value++ = '\0';
		made = make_extension(NULL, extension, value);
		X509_REVOKED_add_ext(entry, made, -1);
		X509_EXTENSION_free(made);
	}
	X509_CRL_add0_revoked(list, entry);
}

static void make_list(const struct line *line)
{
	struct thing *thing = new_thing(line->word[1]), *issuer = need(option_or(line, "by", ""));
	const char *signer = option(line, "signer"), *until = option_or(line, "until", "10");
	struct thing *signs = signer ? need(signer) : issuer;
	const ASN1_BIT_STRING *signature;
	ASN1_TIME *when = ASN1_TIME_new();
	X509V3_CTX context;
	EVP_MD_CTX *pss;
	X509_CRL *list = X509_CRL_new();

	thing->list = list;
	X509_CRL_set_version(list, 1);
	X509_CRL_set_issuer_name(list, X509_get_subject_name(issuer->cert));
	set_time(when, option_or(line, "from", "-1"));
	X509_CRL_set1_lastUpdate(list, when);
	if (strcmp(until, "-") != 0) {
		set_time(when, until);
		X509_CRL_set1_nextUpdate(list, when);
	}
	ASN1_TIME_free(when);
	for (size_t i = 2; i < line->count; i++)
		if (!strncmp(line->word[i], "revoke=", 7))
			revoke(list, line->word[i] + 7);
	X509V3_set_ctx(&context, signs->cert, NULL, NULL, list, 0);
	if (!strcmp(option_or(line, "ids", "both"), "both"))
		add_extension(&context, "authorityKeyIdentifier", "keyid:always", add_to_list, list);
	add_given(line, &context, add_to_list, list);
	X509_CRL_sort(list);
	pss = pss_context(line, signs->key);
	if (!(pss ? X509_CRL_sign_ctx(list, pss) : X509_CRL_sign(list, signs->key, digest_for(line, signs->key))))
		die("%s cannot be signed", thing->name);
	EVP_MD_CTX_free(pss);
	X509_CRL_get0_signature(list, &signature, NULL);
	if (has_word(line, "broken"))
		break_signature(signature);
}

/* ---- cases ------------------------------------------------------------------------------------ */

static FILE *open_file(const char *folder, const char *name, const char *suffix)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s%s", folder, name, suffix);
	file = fopen(path, "w");
	if (!file)
		die("%s cannot be written", path);
	return file;
}

/* Things up to the next slash; returns behind it. */
static size_t write_things(const struct line *line, size_t i, FILE *file)
{
	for (; i < line->count && strcmp(line->word[i], "/") != 0; i++) {
		const struct thing *thing = need(line->word[i]);

		if (thing->list ? !PEM_write_X509_CRL(file, thing->list) : !PEM_write_X509(file, thing->cert))
			die("%s cannot be written", thing->name);
	}
	fclose(file);
	return i + 1;
}

static void make_case(const char *folder, const struct line *line, FILE *cases)
{
	const char *name = line->word[1];
	bool has_lists;
	size_t i;

	if (line->count < 8)
		die("a case needs more words");
	i = write_things(line, 5, open_file(folder, name, ".chain"));
	i = write_things(line, i, open_file(folder, name, ".trust"));
	has_lists = i < line->count;
	if (has_lists)
		write_things(line, i, open_file(folder, name, ".lists"));
	fprintf(cases, "%s %s %s %s %s\n", name, line->word[2], line->word[3], has_lists ? "lists" : "-",
		line->word[4]);
}

/* ---- lines -------------------------------------------------------------------------------------- */

static void split(char *text, struct line *line)
{
	char *comment = strchr(text, '#');

	if (comment)
		*comment = '\0';
	line->count = 0;
	for (char *word = strtok(text, " \t\n"); word; word = strtok(NULL, " \t\n")) {
		if (line->count == WORDS_MAX)
			die("too many words");
		line->word[line->count++] = word;
	}
}

int main(int argc, char **argv)
{
	static char text[4096];
	struct line line;
	FILE *cases;

	if (argc != 2) {
		fprintf(stderr, "Usage: make-chains DIR <recipe\n");
		return 2;
	}
	cases = open_file(argv[1], "cases", "");
	while (fgets(text, sizeof(text), stdin)) {
		line_number++;
		split(text, &line);
		if (!line.count)
			continue;
		if (line.count < 3)
			die("%s needs more words", line.word[0]);
		if (!strcmp(line.word[0], "cert"))
			make_cert(&line);
		else if (!strcmp(line.word[0], "list"))
			make_list(&line);
		else if (!strcmp(line.word[0], "case"))
			make_case(argv[1], &line, cases);
		else
			die("what is %s?", line.word[0]);
	}
	return fclose(cases) ? 1 : 0;
}
