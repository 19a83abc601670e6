/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * x509: certificates, chains, trust stores and the identities in certificates,
 * on top of GnuTLS.  It reads bytes and decides; it opens no file (but for the
 * system's trust store, which only GnuTLS can find), prints nothing and knows
 * no configuration.  Private keys are in key.c, which is used by the process
 * that may hold them.
 */
#ifndef NFSTLS_X509_H
#define NFSTLS_X509_H

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <sys/socket.h>
#include <time.h>

#include "support/address/address.h"
#include "support/base/base.h"
#include "support/reason/reason.h"

#define X509_CHAIN_MAX 16	 /* certificates; longer chains are refused */
#define X509_FILE_MAX (1u << 20) /* bytes of a chain or key file */
#define X509_TRUST_FILE_MAX (16u << 20)

/* ---- chains ---------------------------------------------------------- */

/* A leaf and its intermediates, leaf first. */
struct x509_chain {
	gnutls_x509_crt_t cert[X509_CHAIN_MAX];
	unsigned int count;
};

/* What a file should be. */
enum x509_content { X509_CERTIFICATE, X509_PRIVATE_KEY, X509_AUTHORITIES, X509_REVOCATION_LIST };

/*
 * Pure: what a file is that cannot be read as what it should be, and how to convert it, as the end of a sentence that
 * begins with its name; NULL where nothing is known of it.
 */
const char *x509_what_it_is(const void *data, size_t size, enum x509_content wanted);

/*
 * Parses PEM (other text around the blocks is allowed) or DER (one certificate
 * or several one after the other).  -EINVAL with the reason when there is none, when one
 * does not parse, when there are more than X509_CHAIN_MAX or when bytes are left over;
 * name is only used in the text.  On success the caller frees with x509_chain_free().
 */
int x509_chain_parse(const char *name, const void *data, size_t size, struct x509_chain *chain, struct error *e);

/* RFC 7468: does the text hold a BEGIN line? */
bool x509_is_pem(const void *data, size_t size);

/* Does it begin with a whole DER SEQUENCE, as a certificate in DER does? */
bool x509_is_der(const void *data, size_t size);

/* Same for the list that the peer sent, in DER. */
int x509_chain_from_peer(const gnutls_datum_t *list, unsigned int count, struct x509_chain *chain, struct error *e);

/*
 * What the certificates of one peer may hold all together: parsers and verifiers take time that grows with the square
 * of some of it.
 */
struct x509_allowance {
	unsigned int certificates, elements; /* that may still come; elements of DER, of which names are the most */
};

#define X509_ELEMENTS_MAX 4096u

/*
 * Whether a certificate that nobody has looked at yet may be parsed, and its key be used: it takes microseconds, and
 * what passes takes no more than milliseconds to parse, to verify and to verify with.  Takes what is in it from *left.
 * -EINVAL when it is malformed, -E2BIG when it holds too much or its RSA key is too large (more than 8192 bits, an
 * exponent of more than 64), -EOPNOTSUPP when its key is none of RSA, ECDSA on P-256, P-384 or P-521, Ed25519 and
 * Ed448; the text has no name.
 */
int x509_check_allowance(const unsigned char *der, size_t size, struct x509_allowance *left, struct error *e);

/* Writes all certificates as DER, one after the other: a form x509_chain_parse() reads. */
int x509_chain_to_der(const struct x509_chain *chain, struct bytes *out, struct error *e);

void x509_chain_free(struct x509_chain *chain);
#define AUTO_CHAIN __attribute__((cleanup(x509_chain_free))) struct x509_chain

/* ---- private keys (key.c) -------------------------------------------- */

/*
 * Parses an unencrypted private key, PEM (PKCS#8, PKCS#1, SEC1) or DER: RSA, ECDSA or
 * Ed25519/Ed448.  An encrypted key is refused with a text that says so.
 * On success the caller frees *key with gnutls_privkey_deinit().
 */
int x509_key_parse(const char *name, const void *data, size_t size, gnutls_privkey_t *key, struct error *e);

/* Does it take a passphrase (PKCS#8 of RFC 5958, or a "Proc-Type: 4,ENCRYPTED" line in PEM)? */
bool x509_key_is_encrypted(const void *data, size_t size);

/* The same for an encrypted key; passphrase is terminated, and NULL for a plain one.  -EACCES for a wrong one. */
int x509_key_parse_encrypted(const char *name, const void *data, size_t size, const char *passphrase,
			     gnutls_privkey_t *key, struct error *e);

/*
 * The same, of several keys in DER one after the other: the one that belongs to the certificate leaf, which is
 * called leaf_name.  So nfscert(8) stores the next key beside the last one while it replaces a certificate.
 * -EINVAL when none does.
 */
int x509_key_parse_for(const char *name, const void *data, size_t size, const char *leaf_name, gnutls_x509_crt_t leaf,
		       gnutls_privkey_t *key, struct error *e);

/* Writes the key as PKCS#8 in DER, unencrypted; a form that x509_key_parse() reads.  The caller frees *out. */
int x509_key_to_der(gnutls_privkey_t key, struct bytes *out, struct error *e);

/*
 * -EKEYREJECTED when no peer of today would take it: RSA below 2048 bits, elliptic curves below 256; the text says
 * how large it is.
 */
int x509_key_check_strength(const char *name, gnutls_privkey_t key, struct error *e);

/* The same of a certificate's key, and -EOPNOTSUPP when it is of a kind, or on a curve, that cannot sign in TLS 1.3. */
int x509_cert_check_key(const char *name, gnutls_x509_crt_t cert, struct error *e);

/* 0 when the key belongs to the certificate, else -EINVAL with both names in the text. */
int x509_key_matches(const char *key_name, gnutls_privkey_t key, const char *cert_name, gnutls_x509_crt_t cert,
		     struct error *e);

/* ---- identities ------------------------------------------------------ */

/*
 * The name the user mounted: a DNS name or an address.  Made by
 * x509_reference_parse(), which never fails: what is no address is a name.
 */
struct x509_reference {
	bool is_address;
	struct ip_address address; /* as given: IPv4 in IPv6 stays IPv6 */
	char name[256];		   /* as given, without a trailing dot */
};

/* Takes "host", "192.0.2.1", "2001:db8::1", "[2001:db8::1]", "fe80::1%eth0" (the zone is dropped). */
void x509_reference_parse(const char *text, struct x509_reference *ref);

/*
 * RFC 9525 section 6: does one dNSName from a certificate cover the name?  ASCII case is ignored; the
 * only wildcard is "*" as the whole left-most label, it stands for exactly one label, needs two
 * more labels to its right and never matches an A-label's (xn--) inside.  Empty
 * labels, embedded NULs and a pattern that is an address never match.
 * pattern need not be terminated.
 */
bool x509_dns_name_matches(const char *pattern, size_t pattern_size, const char *name);

/* True when a subjectAltName of cert covers ref: dNSName for names, iPAddress for addresses.  The CN is never used. */
bool x509_cert_covers(gnutls_x509_crt_t cert, const struct x509_reference *ref);

/*
 * Does a dNSName of cert cover any name below suffix, however many labels deep: for "example.com" are that
 * "a.example.com", "a.b.example.com" and "*.example.com", but not "example.com"?  Case is ignored.
 */
bool x509_cert_covers_below(gnutls_x509_crt_t cert, const char *suffix);

/*
 * Whom the certificate stands for: its well-formed dNSName entries, without a trailing dot, and its iPAddress
 * entries.  A name that is an address in text, or holds a NUL or other bytes that no host name has, is left out; a
 * wildcard is not.  Writes at most room of them; returns how many.  This says nothing of whether the
 * certificate is valid.  Of an address name is its text.
 */
size_t x509_cert_identities(gnutls_x509_crt_t cert, struct x509_reference *out, size_t room);

/* Whether it has names, and every one of them is such a host or address. */
bool x509_cert_is_for_hosts(gnutls_x509_crt_t cert);

/*
 * Its DNS and IP names for people, one after the other, escaped (text_escape): begin with *at as 0.  False after the
 * last.
 */
bool x509_cert_next_name(gnutls_x509_crt_t cert, unsigned int *at, char *out, size_t room);

/*
 * The certificate's names for people and logs: DNS and IP subjectAltNames, separated by commas,
 * escaped (text_escape), else the CN as "CN=...", else "-".  Truncates with "...".
 */
void x509_cert_names(gnutls_x509_crt_t cert, char *out, size_t room);

/*
 * Whether a client can find a server's name in it: it has a DNS name or an address in subjectAltName, for nobody looks
 * at the common name (RFC 9525 section 6.1).
 */
bool x509_cert_names_server(gnutls_x509_crt_t cert);

/* ---- when to renew --------------------------------------------------------------- */

/* When less is left than the shorter of both; with 100 percent the seconds alone count. */
struct x509_renewal {
	int64_t seconds;
	unsigned int percent; /* of the time from its begin to its end */
};

/* "30" and "30d" are days, "12h" hours, "33%" percent.  -EINVAL with the sentence. */
int x509_renewal_parse(const char *text, struct x509_renewal *when, struct error *e);

/* when: NULL is the usual, a third of its life and at most 30 days. */
bool x509_renewal_is_due(gnutls_x509_crt_t cert, const struct x509_renewal *when, time_t now);

/* How far a time is from now: "29 days", "5 hours"; below two days in hours. */
void x509_show_left(time_t end, time_t now, char *out, size_t room);

/* As certificates are told of: "2026-01-31 12:00:00 UTC". */
void x509_show_time(time_t when, char *out, size_t room);

/*
 * The same as a list of texts (text_list_add()), empty where there is no name at all.  Returns how many of them had no
 * room.
 */
size_t x509_cert_list_names(gnutls_x509_crt_t cert, char *out, size_t room);

/* Has issuer's key signed cert, and do their names and key identifiers say so too? */
bool x509_cert_is_signed_by(gnutls_x509_crt_t cert, gnutls_x509_crt_t issuer);

/* The serial number in lower-case hex. */
void x509_cert_serial(gnutls_x509_crt_t cert, char *out, size_t room);

/* The issuer's distinguished name (RFC 4514), escaped (text_escape); "unnamed" without one. */
void x509_cert_issuer(gnutls_x509_crt_t cert, char *out, size_t room);

/* ---- making (make.c) -------------------------------------------------- */

enum x509_key_kind { X509_KEY_ECDSA, X509_KEY_RSA, X509_KEY_ED25519 };

/* "ecdsa" (P-256), "rsa" (3072 bits), "ed25519"; -EINVAL for another word. */
int x509_key_kind_parse(const char *word, enum x509_key_kind *kind);

/* A new private key.  The caller frees with gnutls_privkey_deinit(). */
int x509_key_make(enum x509_key_kind kind, gnutls_privkey_t *key, struct error *e);

/* PKCS#8 in PEM, unencrypted.  The caller frees *pem, which wipes it. */
int x509_key_to_pem(gnutls_privkey_t key, struct bytes *pem, struct error *e);

/* Whom a certificate is for. */
struct x509_subject {
	const char *common_name;	   /* for people; "": none */
	const struct x509_reference *name; /* its subjectAltNames */
	size_t count;
};

/* Appends a request (RFC 2986) in PEM for a TLS server and client, signed with the key. */
int x509_request_make(const struct x509_subject *subject, gnutls_privkey_t key, struct strbuf *pem, struct error *e);

/*
 * Signs what a request in PEM asks for: of it only the subject and the subjectAltNames are taken.  issuer NULL: with
 * the request's own key, which issuer_key must then be.  -EINVAL, with name in the text, for one that does not parse,
 * is not signed by its own key, asks for no name, or for one that is no host's; -EKEYREJECTED and -EOPNOTSUPP as
 * x509_cert_check_key().  The caller frees *cert with gnutls_x509_crt_deinit().
 */
int x509_request_sign(const char *name, const void *request_pem, size_t size, gnutls_x509_crt_t issuer,
		      gnutls_privkey_t issuer_key, unsigned int days, time_t now, gnutls_x509_crt_t *cert,
		      struct error *e);

/* The self-signed certificate of an authority that signs hosts, but no other authorities. */
int x509_authority_make(const char *common_name, gnutls_privkey_t key, unsigned int days, time_t now,
			gnutls_x509_crt_t *cert, struct error *e);

/* Appends the certificate in PEM. */
int x509_cert_to_pem(gnutls_x509_crt_t cert, struct strbuf *pem, struct error *e);

/* ---- trust ----------------------------------------------------------- */

struct x509_trust;

/*
 * A set of authorities and revocation lists.  ca: PEM bundle bytes, or NULL for the system's
 * store.  crl: PEM bundle bytes or NULL.  Names are for texts.  -EINVAL when a bundle holds
 * nothing, or anything that does not parse, and when a list names an authority of the store whose key has not signed
 * it.  Free with x509_trust_free().
 */
int x509_trust_new(const char *ca_name, const struct bytes *ca, const char *crl_name, const struct bytes *crl,
		   struct x509_trust **trust, struct error *e);
void x509_trust_free(struct x509_trust *trust);
/* How many authorities. */
unsigned int x509_trust_count(const struct x509_trust *trust);

/*
 * What an administrator should know of its lists, one sentence after the other from i = 0; NULL after the last.
 * is_fault is false where there is nothing to correct.
 */
struct x509_remark {
	char *text;
	bool is_fault;
};
const struct x509_remark *x509_trust_remark(const struct x509_trust *trust, unsigned int i);

enum x509_purpose { X509_FOR_SERVER, X509_FOR_CLIENT };

/* What a peer's chain must be good for. */
struct x509_demands {
	enum x509_purpose purpose;
	const struct x509_reference *reference; /* NULL: no name to match, as of a client's certificate */
	bool lists_required;			/* each certificate needs a list of its issuer: REASON_CRL_MISSING */
	time_t now;
};

/*
 * Verifies the chain (RFC 5280 section 6).  Its first certificate is the peer's; the others may be any, in any order.
 * Each certificate of the store is trusted by itself, also one that is no authority, for the peer that shows it.  Of
 * all ways from the peer's certificate to a trusted one, going by names, key identifiers and signatures, one has to be
 * good: authorities all the way up, with their keyUsage, pathLenConstraint and nameConstraints; current dates; an
 * extendedKeyUsage, where there is one, that allows the purpose, also in authorities, and in the peer's own also
 * anyExtendedKeyUsage.
 *
 * A list counts for the certificates that its key has signed, when its authority may sign lists; one that cannot be
 * verified is none.  The newest of a key must be current: past its nextUpdate the answer is REASON_CRL_OUTDATED.
 *
 * Of several faults the first of these is told: unknown CA; broken, unfit or weak (bad); revoked; dates, from the leaf
 * upwards; outdated list; missing list; purpose; name; of several ways the one that came furthest.  What it costs is
 * bounded whatever the peer sends: a few signatures, none of them with a key that no trusted authority has vouched for.
 * trust is only read, but for the lists' signatures, which it remembers: processes forked with it may verify at the
 * same time, threads may not.  cause (at least 256 bytes) names the certificate and what is wrong (dates, issuer, names
 * it has): see support/reason.
 */
enum reason x509_verify_with(const struct x509_trust *trust, const struct x509_chain *chain,
			     const struct x509_demands *demands, char *cause, size_t room);

/* The same, where no list has to be there. */
enum reason x509_verify(const struct x509_trust *trust, const struct x509_chain *chain, enum x509_purpose purpose,
			const struct x509_reference *ref, time_t now, char *cause, size_t room);

#endif
