/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * facts: what one certificate says of itself (RFC 5280 section 4), read once
 * and strictly; private to this folder.  GnuTLS has parsed it before; whatever
 * the two could read differently is refused here.
 */
#ifndef NFSTLS_X509_FACTS_PRIVATE_H
#define NFSTLS_X509_FACTS_PRIVATE_H

#include "support/x509/signature_private.h"
#include "support/x509/x509.h"

/* Bits of keyUsage, as der_bits() gives them. */
enum facts_usage {
	USAGE_DIGITAL_SIGNATURE = 1 << 0,
	USAGE_CERT_SIGN = 1 << 5,
	USAGE_CRL_SIGN = 1 << 6,
};

/* What extendedKeyUsage names; without the extension all of it. */
enum facts_purpose {
	PURPOSE_SERVER = 1 << 0,
	PURPOSE_CLIENT = 1 << 1,
	PURPOSE_ANY = 1 << 2, /* anyExtendedKeyUsage */
	PURPOSES = PURPOSE_SERVER | PURPOSE_CLIENT | PURPOSE_ANY,
};

/* All struct der point into the certificate. */
struct facts {
	gnutls_x509_crt_t cert; /* the caller's */
	gnutls_datum_t whole;	/* its DER; facts_free() */
	struct signature signature;
	struct der serial, issuer, subject, key; /* the names and the key with their headers */
	struct der key_id;			 /* subjectKeyIdentifier */
	struct der issuer_key_id;		 /* authorityKeyIdentifier */
	struct der names;			 /* subjectAltName: GeneralNames */
	struct der constraints;			 /* nameConstraints */
	struct der points;			 /* cRLDistributionPoints */
	bool has_constraints;
	bool has_basic, is_authority;
	int path_length; /* -1: no limit */
	bool has_usage;
	unsigned int usage;    /* set of enum facts_usage and others; all of them without the extension */
	unsigned int purposes; /* set of enum facts_purpose */
	bool is_version_1;
	bool not_understood; /* it has a critical extension that nobody here knows */
	time_t from, until;
};

/* False when it is malformed; there is nothing to free then. */
bool facts_read(gnutls_x509_crt_t cert, struct facts *facts);
void facts_free(struct facts *facts);

/* Subject and issuer are the same: a root, or an authority that has a new key. */
bool facts_is_self_issued(const struct facts *facts);

/* Is it the one with this name and key identifier?  Where either has no identifier the name decides. */
bool facts_are_named(const struct facts *issuer, const struct der *name, const struct der *key_id);

/* So could issuer have signed cert? */
bool facts_may_have_issued(const struct facts *issuer, const struct facts *cert);

/* The key's SHA-256.  False without memory. */
#define FACTS_KEY_HASH_SIZE 32u
bool facts_hash_key(const struct facts *facts, unsigned char hash[FACTS_KEY_HASH_SIZE]);

/* Did it sign the certificate? */
bool facts_issued(const struct facts *issuer, const struct facts *cert);

/* Reads what certificates and lists have in common: the identifier in authorityKeyIdentifier's value, ... */
bool facts_read_issuer_key_id(const struct der *value, struct der *key_id);

/* ... and one Extension of Extensions, which moves behind it. */
struct facts_extension {
	struct der oid, value;
	bool critical;
};
bool facts_next_extension(struct der *rest, struct facts_extension *extension);

#endif
