/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * why: the vocabulary of outcomes.  The words stand in logs, JSON and man
 * pages and stay as they are; each has the errno that the kernel is told.
 */
#ifndef NFSTLS_TLSHD_WHY_H
#define NFSTLS_TLSHD_WHY_H

#include <gnutls/gnutls.h>

#include "support/base/base.h"
#include "support/x509/x509.h"

enum why {
	WHY_OK,
	WHY_EXPIRED,
	WHY_NOT_YET_VALID,
	WHY_WRONG_PURPOSE,
	WHY_WRONG_NAME,
	WHY_UNKNOWN_CA,
	WHY_REVOKED,
	WHY_CRL_OUTDATED,
	WHY_CRL_MISSING,
	WHY_BAD_CERTIFICATE,
	WHY_NO_CERTIFICATE,
	WHY_NOT_PERMITTED,
	WHY_REFUSED_BY_PEER,
	WHY_ALPN,
	WHY_STALLED,
	WHY_TIMEOUT,
	WHY_CLOSED_BY_PEER,
	WHY_PROTOCOL,
	WHY_KTLS,
	WHY_NO_CREDENTIALS,
	WHY_UNSUPPORTED,
	WHY_WORKER_DIED,
	WHY_AGENT_ERROR,
	WHY_COUNT,
};

/* "agent-error" for a number out of range. */
const char *why_word(enum why why);

/*
 * The positive errno for the kernel, 0 for WHY_OK.  What may pass by itself is ETIMEDOUT, which
 * makes a hard mount try again; what needs an administrator is EACCES, which fails the mount
 * (kernel: net/sunrpc/clnt.c, call_connect_status).
 */
int why_errno(enum why why);

enum why why_from_verdict(enum x509_verdict verdict);

/* Classifies a fatal GnuTLS error of a handshake and puts a sentence into reason. */
enum why why_from_gnutls(int code, gnutls_session_t session, char *reason, size_t room);

/* The same of an alert that nobody vouches for (clear_alert.h); the kernel is told nothing else because of it. */
enum why why_from_clear_alert(unsigned int description, char *reason, size_t room);

#endif
