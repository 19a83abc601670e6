/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/peer/peer.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* RFC 5531 section 9 */
enum { RPC_CALL = 0, RPC_REPLY = 1, RPC_VERSION = 2, MSG_ACCEPTED = 0 };
enum { MSG_DENIED = 1, AUTH_ERROR = 1, AUTH_BADCRED = 1 };
#define LAST_FRAGMENT 0x80000000u

/* ---- words ----------------------------------------------------------- */

int peer_fail(struct peer_failure *failure, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(failure->reason, sizeof(failure->reason), format, args);
	va_end(args);
	return -1;
}

static const char *syscall_cause(void)
{
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return "timed out";
	return errno ? strerror(errno) : "closed by the peer";
}

static const char *tls_cause(SSL *ssl, int code)
{
	int saved = errno;
	int kind = SSL_get_error(ssl, code);
	unsigned long cause = ERR_peek_last_error();

	errno = saved;
	if (SSL_get_verify_result(ssl) != X509_V_OK && kind == SSL_ERROR_SSL &&
	    ERR_GET_REASON(cause) == SSL_R_CERTIFICATE_VERIFY_FAILED)
		return X509_verify_cert_error_string(SSL_get_verify_result(ssl));
	if (kind == SSL_ERROR_SSL && ERR_GET_REASON(cause) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
		return "closed by the peer";
	if (kind == SSL_ERROR_SSL && cause)
		return ERR_reason_error_string(cause);
	if (kind == SSL_ERROR_ZERO_RETURN)
		return "closed by the peer";
	if (kind == SSL_ERROR_WANT_READ || kind == SSL_ERROR_WANT_WRITE)
		return "timed out";
	return syscall_cause();
}

int peer_fail_tls(struct peer_failure *failure, SSL *ssl, int code, const char *what)
{
	const char *cause = tls_cause(ssl, code);

	peer_fail(failure, "%s: %s", what, cause ? cause : "unknown TLS error");
	ERR_clear_error();
	return -1;
}

/* ---- RPC ------------------------------------------------------------- */

static unsigned char *put(unsigned char *at, uint32_t value)
{
	*at++ = (unsigned char)(value >> 24);
	*at++ = (unsigned char)(value >> 16);
	*at++ = (unsigned char)(value >> 8);
	*at++ = (unsigned char)value;
	return at;
}

static uint32_t get(const unsigned char *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

void peer_put_null_call(unsigned char call[PEER_CALL_SIZE], uint32_t xid, uint32_t flavor)
{
	const uint32_t words[PEER_CALL_SIZE / 4] = {
		LAST_FRAGMENT | (PEER_CALL_SIZE - 4),
		xid,
		RPC_CALL,
		RPC_VERSION,
		PEER_NFS_PROGRAM,
		4,
		0,
		flavor,
		0, /* credential, empty */
		0,
		0, /* verifier AUTH_NONE, empty */
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		call = put(call, words[i]);
}

bool peer_read_call(const unsigned char *message, size_t size, struct peer_call *call)
{
	if (size < PEER_CALL_SIZE - 4 || get(message + 4) != RPC_CALL || get(message + 8) != RPC_VERSION)
		return false;
	*call = (struct peer_call){
		.xid = get(message),
		.program = get(message + 12),
		.version = get(message + 16),
		.procedure = get(message + 20),
		.flavor = get(message + 24),
	};
	return true;
}

static unsigned char *put_denial(unsigned char *at)
{
	at = put(at, MSG_DENIED);
	at = put(at, AUTH_ERROR);
	return put(at, AUTH_BADCRED);
}

static unsigned char *put_accepted(unsigned char *at, enum peer_answer answer, bool starttls, uint32_t version)
{
	at = put(at, MSG_ACCEPTED);
	at = put(at, 0); /* verifier AUTH_NONE */
	at = put(at, starttls ? sizeof(PEER_STARTTLS) - 1 : 0);
	if (starttls) {
		memcpy(at, PEER_STARTTLS, sizeof(PEER_STARTTLS) - 1);
		at += sizeof(PEER_STARTTLS) - 1;
	}
	at = put(at, answer);
	if (answer == PEER_PROG_MISMATCH) { /* lowest and highest */
		at = put(at, version);
		at = put(at, version);
	}
	return at;
}

size_t peer_put_reply(unsigned char reply[PEER_REPLY_MAX], uint32_t xid, enum peer_answer answer, bool starttls,
		      uint32_t version)
{
	unsigned char *at = reply + 4;

	at = put(at, xid);
	at = put(at, RPC_REPLY);
	at = answer == PEER_AUTH_ERROR ? put_denial(at) : put_accepted(at, answer, starttls, version);
	put(reply, LAST_FRAGMENT | (uint32_t)(at - reply - 4));
	return (size_t)(at - reply);
}

int peer_check_reply(const unsigned char *message, size_t size, uint32_t xid, bool starttls,
		     struct peer_failure *failure)
{
	const size_t word = sizeof(PEER_STARTTLS) - 1;
	uint32_t length;

	if (size < 24 || get(message) != xid || get(message + 4) != RPC_REPLY)
		return peer_fail(failure, "the answer is not an RPC reply to the call");
	if (get(message + 8) != MSG_ACCEPTED)
		return peer_fail(failure, "the call was denied");
	length = get(message + 16);
	if (starttls && (length != word || size < 20 + word || memcmp(message + 20, PEER_STARTTLS, word)))
		return peer_fail(failure, "the reply does not say STARTTLS");
	if (length > size - 24)
		return peer_fail(failure, "the reply is cut short");
	if (get(message + 20 + length) != PEER_SUCCESS)
		return peer_fail(failure, "the call failed: accept status %u", get(message + 20 + length));
	return 0;
}

size_t peer_record_size(const unsigned char mark[4], size_t max)
{
	uint32_t value = get(mark);
	size_t size = value & ~LAST_FRAGMENT;

	return value & LAST_FRAGMENT && size <= max ? size : 0;
}

/* ---- settings -------------------------------------------------------- */

static void refuse(const char *program, const char *format, ...) __attribute__((format(printf, 2, 3), noreturn));

static void refuse(const char *program, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s: ", program);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(2);
}

static const char *last_cause(void)
{
	const char *words = ERR_reason_error_string(ERR_peek_last_error());

	return words ? words : "no reason given";
}

long peer_number(const char *program, const char *option, const char *text, long min)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (errno || end == text || *end || value < min || value > 1000000)
		refuse(program, "--%s takes a number, not \"%s\"", option, text);
	return value;
}

void peer_load(const char *program, SSL_CTX *context, const char *chain, const char *key, const char *authorities)
{
	if (!chain != !key)
		refuse(program, "--cert and --key go together");
	if (chain && SSL_CTX_use_certificate_chain_file(context, chain) != 1)
		refuse(program, "cannot use the certificate %s: %s", chain, last_cause());
	if (key && SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1)
		refuse(program, "cannot use the key %s: %s", key, last_cause());
	if (authorities && SSL_CTX_load_verify_locations(context, authorities, NULL) != 1)
		refuse(program, "cannot use the authorities %s: %s", authorities, last_cause());
	if (!authorities)
		SSL_CTX_set_default_verify_paths(context);
}

void peer_set_version(const char *program, SSL_CTX *context, const char *max)
{
	bool old = max && !strcmp(max, "1.2");

	if (max && !old && strcmp(max, "1.3"))
		refuse(program, "--tls-max takes 1.2 or 1.3, not \"%s\"", max);
	SSL_CTX_set_min_proto_version(context, old ? TLS1_2_VERSION : TLS1_3_VERSION);
	SSL_CTX_set_max_proto_version(context, old ? TLS1_2_VERSION : TLS1_3_VERSION);
}
