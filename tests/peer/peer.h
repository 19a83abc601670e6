/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * peer: what the two foreign peers of the tests share: the few bytes of RPC
 * that RPC-with-TLS begins with, and OpenSSL's errors in words.
 *
 * Neither peer uses anything of support/: a mistake of ours in reading a
 * standard must not be made on both ends of a test.
 */
#ifndef NFSTLS_TESTS_PEER_H
#define NFSTLS_TESTS_PEER_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* RFC 9289: the credential flavor of the probe (4.1), the verifier that says yes, the ALPN name (8.2). */
#define PEER_AUTH_TLS 7u
#define PEER_STARTTLS "STARTTLS"
#define PEER_ALPN "sunrpc"

#define PEER_NFS_PROGRAM 100003u

/* RFC 5531: a record mark, and a call with empty credentials or a reply with an 8-byte verifier. */
#define PEER_CALL_SIZE 44u
#define PEER_REPLY_MAX 256u

/* "tls handshake failed: ...": reason is what the user reads. */
struct peer_failure {
	char reason[256];
};

/* Fills *failure and returns -1, so that "return peer_fail(...)" reads well. */
int peer_fail(struct peer_failure *failure, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same with the cause of a failed OpenSSL call appended; code is what the call returned. */
int peer_fail_tls(struct peer_failure *failure, SSL *ssl, int code, const char *what);

/* A NULL call for NFSv4 with record mark; flavor is 0 (AUTH_NONE) or PEER_AUTH_TLS. */
void peer_put_null_call(unsigned char call[PEER_CALL_SIZE], uint32_t xid, uint32_t flavor);

struct peer_call {
	uint32_t xid;
	uint32_t program;
	uint32_t version;
	uint32_t procedure;
	uint32_t flavor;
};

/* The head of an RPC call (without record mark); false when it is not one. */
bool peer_read_call(const unsigned char *message, size_t size, struct peer_call *call);

/* RFC 5531 section 9, accept_stat; PEER_AUTH_ERROR is a denial, and none of them. */
enum peer_answer { PEER_SUCCESS = 0, PEER_PROG_UNAVAIL = 1, PEER_PROG_MISMATCH = 2, PEER_AUTH_ERROR = 100 };

/*
 * A reply with record mark; starttls puts the word into the verifier, version is the only one that there is (for
 * PEER_PROG_MISMATCH).  Returns its size.
 */
size_t peer_put_reply(unsigned char reply[PEER_REPLY_MAX], uint32_t xid, enum peer_answer answer, bool starttls,
		      uint32_t version);

/* -1 with the reason unless the message (without record mark) is an accepted, successful reply to xid. */
int peer_check_reply(const unsigned char *message, size_t size, uint32_t xid, bool starttls,
		     struct peer_failure *failure);

/* The size of what follows a record mark; 0 when it is not a last fragment of at most max bytes. */
size_t peer_record_size(const unsigned char mark[4], size_t max);

/* A number of at least min; ends the program with a sentence and status 2 for anything else. */
long peer_number(const char *program, const char *option, const char *text, long min);

/* Loads chain, key and authorities (each may be NULL); ends the program with a sentence and status 2. */
void peer_load(const char *program, SSL_CTX *context, const char *chain, const char *key, const char *authorities);

/* TLS 1.3, or 1.2 when max says so.  Ends the program with status 2 for another word. */
void peer_set_version(const char *program, SSL_CTX *context, const char *max);

#endif
