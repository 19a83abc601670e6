/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/x509/foreign_private.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "support/x509/encoding_private.h"

/* How much of a text is looked at for what has no place of its own. */
#define HEAD_MAX 1024u

#define ANY (1u << X509_CERTIFICATE | 1u << X509_PRIVATE_KEY | 1u << X509_AUTHORITIES | 1u << X509_REVOCATION_LIST)
#define BUT(CONTENT) (ANY & ~(1u << (CONTENT)))
#define CERTIFICATES (1u << X509_CERTIFICATE | 1u << X509_AUTHORITIES)
#define NO_CERTIFICATES (ANY & ~CERTIFICATES)

struct view {
	const unsigned char *data;
	size_t size;
};

static bool begins_with(const struct view *file, const char *bytes, size_t size)
{
	return file->size >= size && !memcmp(file->data, bytes, size);
}

/* ---- PEM, and what looks like it --------------------------------------------------------- */

static bool has_text(const struct view *file, const char *text)
{
	return file->size && memmem(file->data, file->size, text, strlen(text));
}

static bool begins_with_text(const struct view *file, const char *text)
{
	return begins_with(file, text, strlen(text));
}

static bool is_page(const struct view *file, const char *unused)
{
	const struct view head = { file->data, file->size < HEAD_MAX ? file->size : HEAD_MAX };
	size_t blanks = 0;

	(void)unused;
	while (blanks < head.size && isspace(head.data[blanks]))
		blanks++;
	return blanks < head.size && head.data[blanks] == '<' &&
	       (has_text(&head, "<html") || has_text(&head, "<HTML") || has_text(&head, "<!DOCTYPE") ||
		has_text(&head, "<!doctype"));
}

/* Beside a certificate a key is no mistake. */
static bool is_key_alone(const struct view *file, const char *unused)
{
	(void)unused;
	return has_text(file, "PRIVATE KEY-----") && !has_text(file, "CERTIFICATE-----");
}

static bool is_certificate_alone(const struct view *file, const char *unused)
{
	(void)unused;
	return has_text(file, "-----BEGIN CERTIFICATE-----") && !has_text(file, "PRIVATE KEY-----");
}

/* Not a text that speaks of PEM. */
#define BASE64_RUN 16

static bool is_base64(const unsigned char *at)
{
	for (size_t i = 0; i < BASE64_RUN; i++)
		if (!isalnum(at[i]) && at[i] != '+' && at[i] != '/')
			return false;
	return true;
}

/* A line that begins a part, and does not end where its mark does. */
static bool is_on_one_line(const struct view *file, const char *unused)
{
	static const char begin[] = "-----BEGIN ", mark[] = "-----";
	const unsigned char *end = file->data + file->size;
	const unsigned char *at = file->size ? memmem(file->data, file->size, begin, sizeof(begin) - 1) : NULL;

	(void)unused;
	if (!at)
		return false;
	at += sizeof(begin) - 1;
	at = memmem(at, (size_t)(end - at), mark, sizeof(mark) - 1);
	if (!at)
		return false;
	for (at += sizeof(mark) - 1; at < end && (*at == ' ' || *at == '\t' || *at == '\r'); at++)
		continue;
	return end - at > BASE64_RUN && is_base64(at);
}

/* ---- DER ------------------------------------------------------------------------------------ */

/* What begins behind the header of the first SEQUENCE (X.690 section 8.1). */
static struct view inside(const struct view *file)
{
	size_t header = 2;

	if (file->size < 2 || file->data[0] != 0x30)
		return (struct view){ NULL, 0 };
	if (file->data[1] > 0x80)
		header += file->data[1] & 0x7f;
	return file->size > header ? (struct view){ file->data + header, file->size - header } :
				     (struct view){ NULL, 0 };
}

/* RFC 7292 section 4: version 3, and then the content. */
static bool is_pkcs12(const struct view *file, const char *unused)
{
	const struct view in = inside(file);

	(void)unused;
	return in.size > 4 && begins_with(&in, "\x02\x01\x03\x30", 4);
}

/* RFC 5652 section 5.1: id-signedData */
static bool is_pkcs7(const struct view *file, const char *unused)
{
	static const char signed_data[] = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
	const struct view in = inside(file);

	(void)unused;
	return in.size && begins_with(&in, signed_data, sizeof(signed_data) - 1);
}

static bool is_certificate(const struct view *file, const char *unused)
{
	const gnutls_datum_t der = { (unsigned char *)(uintptr_t)file->data, (unsigned int)file->size };
	gnutls_x509_crt_t cert;
	bool found;

	(void)unused;
	if (!encoding_element_size(file->data, file->size) || gnutls_x509_crt_init(&cert) < 0)
		return false;
	found = gnutls_x509_crt_import(cert, &der, GNUTLS_X509_FMT_DER) >= 0;
	gnutls_x509_crt_deinit(cert);
	return found;
}

static bool is_revocation_list(const struct view *file, const char *unused)
{
	const gnutls_datum_t der = { (unsigned char *)(uintptr_t)file->data, (unsigned int)file->size };
	gnutls_x509_crl_t list;
	bool found;

	(void)unused;
	if (!encoding_element_size(file->data, file->size) || gnutls_x509_crl_init(&list) < 0)
		return false;
	found = gnutls_x509_crl_import(list, &der, GNUTLS_X509_FMT_DER) >= 0;
	gnutls_x509_crl_deinit(list);
	return found;
}

static bool begins_with_mark(const struct view *file, const char *four)
{
	return begins_with(file, four, 4);
}

static bool is_utf16(const struct view *file, const char *unused)
{
	(void)unused;
	return begins_with(file, "\xff\xfe", 2) || begins_with(file, "\xfe\xff", 2);
}

/* ---- all that is known ------------------------------------------------------------------------- */

/* clang-format off */
/* The first that fits counts. For whom it is wrong; how it is recognized; what it is and how to convert it. */
static const struct {
	bool hides; /* also where something can be read: what matters may be what cannot */
	unsigned int wanted; /* set of enum x509_content */
	bool (*fits)(const struct view *file, const char *argument);
	const char *argument;
	const char *sentence;
} forms[] = {
	{ true, ANY, is_utf16, NULL,
	  "is text in UTF-16: convert it with iconv -f UTF-16 -t UTF-8 FILE >NEW" },
	{ false, ANY, is_page, NULL,
	  "is a web page, most likely an error message of the server that it was fetched from: fetch it again" },
	{ true, ANY, has_text, "-----\\n",
	  "has a backslash and an n where its lines should end: convert it with sed 's/\\\\n/\\n/g' FILE >NEW" },
	{ true, ANY, is_on_one_line, NULL,
	  "is PEM on one line: convert it with sed 's/-----BEGIN [A-Z0-9 ]*-----/&\\n/g; s/-----END/\\n&/g; "
	  "s/\\(END [A-Z0-9 ]*-----\\) */\\1\\n/g' FILE >NEW" },
	{ false, ANY, has_text, "-----BEGIN OPENSSH PRIVATE KEY-----",
	  "is a private key of OpenSSH: convert a copy of it with ssh-keygen -p -m PKCS8 -N '' -f COPY" },
	{ false, ANY, has_text, "BEGIN SSH2 PUBLIC KEY",
	  "is a public key of SSH, which is of no use for TLS" },
	{ false, ANY, begins_with_text, "ssh-",
	  "is a public key of SSH, which is of no use for TLS" },
	{ false, ANY, begins_with_text, "ecdsa-sha2-",
	  "is a public key of SSH, which is of no use for TLS" },
	{ false, ANY, has_text, "-----BEGIN PGP ",
	  "is of PGP, which is of no use for TLS" },
	{ false, BUT(X509_PRIVATE_KEY), is_key_alone, NULL,
	  "is a private key: the certificate is another file" },
	{ true, CERTIFICATES, has_text, "-----BEGIN TRUSTED CERTIFICATE-----",
	  "is a \"trusted certificate\" of OpenSSL: convert it with openssl x509 -in FILE -out NEW" },
	{ false, ANY, has_text, "-----BEGIN PKCS7-----",
	  "is PKCS#7: convert it with openssl pkcs7 -in FILE -print_certs -out NEW" },
	{ false, ANY, has_text, "-----BEGIN CMS-----",
	  "is PKCS#7: convert it with openssl cms -in FILE -inform PEM -verify -noverify -certsout NEW" },
	{ false, ANY, has_text, "CERTIFICATE REQUEST-----",
	  "is a certificate request: have a CA make a certificate of it" },
	{ false, ANY, has_text, "PUBLIC KEY-----",
	  "is a public key: the certificate, or the private key, is another file" },
	{ false, BUT(X509_REVOCATION_LIST), has_text, "-----BEGIN X509 CRL-----",
	  "is a revocation list (see crl= in nfs-tls.conf)" },
	{ false, NO_CERTIFICATES, is_certificate_alone, NULL,
	  "is a certificate" },
	{ false, ANY, is_pkcs12, NULL,
	  "is PKCS#12, which has certificate and key in one file: convert it with openssl pkcs12 -in FILE "
	  "-nodes -out NEW" },
	{ false, ANY, is_pkcs7, NULL,
	  "is PKCS#7 in DER: convert it with openssl pkcs7 -inform DER -in FILE -print_certs -out NEW" },
	{ false, ANY, is_certificate, NULL,
	  "is a certificate in DER and not in PEM: convert it with openssl x509 -inform DER -in FILE -out NEW" },
	{ false, ANY, is_revocation_list, NULL,
	  "is a revocation list in DER and not in PEM: convert it with openssl crl -inform DER -in FILE -out "
	  "NEW" },
	{ false, ANY, begins_with_mark, "\xfe\xed\xfe\xed",
	  "is a keystore of Java: convert it with keytool -importkeystore -srckeystore FILE -destkeystore "
	  "NEW.p12 -deststoretype pkcs12, and that with openssl pkcs12" },
	{ false, ANY, begins_with_mark, "\xce\xce\xce\xce",
	  "is a keystore of Java: convert it with keytool -importkeystore -srckeystore FILE -destkeystore "
	  "NEW.p12 -deststoretype pkcs12, and that with openssl pkcs12" },
};
/* clang-format on */

static const char *find_sentence(const struct view *file, enum x509_content wanted, bool only_hiding)
{
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		if ((forms[i].hides || !only_hiding) && forms[i].wanted & 1u << wanted &&
		    forms[i].fits(file, forms[i].argument))
			return forms[i].sentence;
	return NULL;
}

const char *x509_what_it_is(const void *data, size_t size, enum x509_content wanted)
{
	return find_sentence(&(struct view){ data, size }, wanted, false);
}

static int refuse(const char *name, const char *sentence, struct error *e)
{
	return sentence ? error_set(e, EINVAL, "%s %s", name, sentence) : 0;
}

int foreign_refuse_hiding(const char *name, const void *data, size_t size, enum x509_content wanted, struct error *e)
{
	return refuse(name, find_sentence(&(struct view){ data, size }, wanted, true), e);
}

int foreign_refuse(const char *name, const void *data, size_t size, enum x509_content wanted, struct error *e)
{
	return refuse(name, x509_what_it_is(data, size, wanted), e);
}
