/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hostile: a TLS 1.3 peer that means harm.  As client or as server it does what
 * the protocol allows, and what it does not allow, to make the other side
 * work: keys, certificates, lists and records that cost as much as can be had.
 *
 * Like the other foreign peers it uses nothing of support/, and of OpenSSL only
 * the arithmetic: no TLS library would send these bytes.
 */
#ifndef NFSTLS_TESTS_HOSTILE_H
#define NFSTLS_TESTS_HOSTILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whose name some certificates have; it has signed none of them. */
#define HOSTILE_AUTHORITY "Trusted"

/* Bytes to be sent; grows, and ends the program without memory. */
struct hostile_buf {
	unsigned char *data;
	size_t size, room;
};

void hostile_put(struct hostile_buf *buf, const void *data, size_t size);
void hostile_put_number(struct hostile_buf *buf, uint32_t value, unsigned int bytes);
void hostile_put_random(struct hostile_buf *buf, size_t size);
void hostile_repeat(struct hostile_buf *buf, const void *data, size_t size, size_t times);
void hostile_buf_free(struct hostile_buf *buf);

/* What follows until hostile_close() gets its length in front: of 1 to 3 bytes for TLS, of 0 (with a tag) for DER. */
size_t hostile_open(struct hostile_buf *buf, unsigned int length_bytes);
void hostile_close(struct hostile_buf *buf, size_t mark, unsigned int length_bytes);
size_t hostile_der_open(struct hostile_buf *buf, unsigned char tag);
void hostile_der_close(struct hostile_buf *buf, size_t mark);

enum { HOSTILE_AS_CLIENT = 1, HOSTILE_AS_SERVER = 2, HOSTILE_AS_BOTH = 3 };

enum hostile_key {
	HOSTILE_KEY_EC, /* P-256, and the only one that it can really sign with */
	HOSTILE_KEY_RSA,
	HOSTILE_KEY_RSA_PSS,
	HOSTILE_KEY_RSA_EVEN, /* a modulus that is divisible by two */
	HOSTILE_KEY_DSA,
	HOSTILE_KEY_DH,
	HOSTILE_KEY_EC_EXPLICIT, /* a curve told by its parameters */
	HOSTILE_KEY_EC_UNKNOWN,	 /* a named curve that nobody has */
	HOSTILE_KEY_EC_BROKEN,	 /* a point that is not on the curve */
	HOSTILE_KEY_UNKNOWN,	 /* an algorithm that nobody has */
	HOSTILE_KEY_NONSENSE,	 /* bytes that are no key */
};

/* One certificate; all numbers are 0 for the usual. */
struct hostile_certificate {
	enum hostile_key key;
	unsigned int bits, exponent_bits; /* of RSA; 17 bits are usual */
	unsigned int salt;		  /* of RSA-PSS */
	unsigned int dns_names, name_size, other_names;
	unsigned int extensions; /* unknown ones */
	bool same_extension;	 /* all of them the same */
	unsigned int extension_size;
	unsigned int rdns, attribute_size;
	unsigned int permitted, excluded; /* name constraints */
	unsigned int policies, policy_mappings, purposes, distribution_points, authority_infos;
	unsigned int oid_size;
	unsigned int serial_size, signature_size;
	unsigned int depth; /* of SEQUENCEs in each other, in an extension */
	bool indefinite;    /* its outermost length */
	bool names_indefinite;
	bool authority, self_issued, trailing;
};

/* What is sent in place of, or after, the usual flight. */
struct hostile_attack {
	const char *name;
	unsigned int roles;
	/* Client: parts of its hello.  Numbers of entries. */
	unsigned int hello_extensions, hello_ciphers, hello_groups, hello_signatures, hello_shares, hello_versions,
		hello_protocols, hello_names, hello_identities, hello_padding;
	bool hello_same_share; /* all of them of the group that the server takes */
	bool hello_same_extension;
	bool hello_retry; /* no share at first, so that it takes a second hello */
	bool hello_early_data;
	/* Either: the Certificate message. */
	unsigned int chain; /* certificates behind the leaf */
	bool no_certificate;
	bool chain_same_name, chain_loop;
	bool of_authority;		  /* all but the leaf have the name of an authority that is trusted */
	unsigned int leaf_extension_size; /* of the entry, where a staple would be */
	bool compressed;
	struct hostile_certificate leaf, above;
	unsigned int certificate_context;
	unsigned int verify_size; /* of the signature */
	/* Server */
	unsigned int request_authorities, request_signatures, request_extensions, encrypted_extensions,
		encrypted_padding;
	unsigned int retry_cookie; /* a HelloRetryRequest with such a long cookie, and another for each hello */
	/* Either: records. */
	unsigned int fragment;	 /* bytes of plain text in each record; 0 for as many as may be */
	unsigned int write_size; /* bytes in each write, a pause in between; 0 for all at once */
	uint32_t claim;		 /* a message that says to be as long, and of which there is all that the peer takes */
	bool claim_hello;	 /* it is the hello, else the Certificate message */
	/* Sent for as long as the other side takes it: records after the hello, messages after that. */
	const char *flood; /* "empty", "change-cipher-spec", "alert", "heartbeat", "application", "early", "noise" */
	const char *late;  /* "key-update", "ticket", "hello", "hello-request", "request", "unknown" */
};

extern const struct hostile_attack hostile_attacks[];
extern const size_t hostile_attack_count;

/* NULL when there is none of that name. */
const struct hostile_attack *hostile_find(const char *name);

/*
 * Does it on a connected socket, and returns when the other side has closed, or at the latest after limit_ms.  0, or -1
 * when the other side was still there then.
 */
int hostile_run(const struct hostile_attack *attack, unsigned int role, int fd, int limit_ms);

struct evp_pkey_st;

/* A new key on P-256. */
struct evp_pkey_st *hostile_key(void);
void hostile_key_free(struct evp_pkey_st *key);

/* hostile-certificate.c: appends one certificate in DER; key signs it, and is its own where it is HOSTILE_KEY_EC. */
void hostile_put_certificate(struct hostile_buf *buf, const struct hostile_certificate *what, struct evp_pkey_st *key,
			     const char *subject, const char *issuer);

#endif
