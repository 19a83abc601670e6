/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * allowance: what a peer may send in a TLS 1.3 handshake.  GnuTLS reads
 * whatever it is given, and some of that takes it seconds: keys of thousands of
 * bytes, thousands of names, records of one byte.  So what comes is measured
 * before GnuTLS sees it: bytes and records where they are received, messages,
 * and the certificates in them, in a hook before they are read.
 *
 * A function of what was sent, without a clock.  It does not judge whether a
 * message is right; who cannot be understood is GnuTLS's to refuse.
 */
#ifndef NFSTLS_ALLOWANCE_H
#define NFSTLS_ALLOWANCE_H

#include <gnutls/gnutls.h>

#include "support/base/base.h"
#include "support/x509/x509.h"

/* Of one handshake.  GnuTLS itself takes 128 KiB of messages. */
#define ALLOWANCE_BYTES_MAX (160u * 1024)
/* Each read from the socket; a record takes two, and one more for each packet that ends within it. */
#define ALLOWANCE_PIECES_MAX 2048u
#define ALLOWANCE_MESSAGES_MAX 32u

struct allowance {
	size_t bytes;
	unsigned int pieces, messages; /* all of these: so far */
	bool exceeded;
	/* Once it is: why, in a sentence, and what to tell the peer. */
	struct error why;
	gnutls_alert_description_t alert;
	bool by_certificate; /* it was a certificate, not the way in which it was sent */
};

/* So many bytes came from the socket.  0, or -E2BIG when they were too many, or came in too many pieces. */
int allowance_take_bytes(struct allowance *allowance, size_t size);

/*
 * A whole message of the handshake, without its header, that GnuTLS has not looked at yet.  0, or a negative errno
 * when it must not.
 */
int allowance_take_message(struct allowance *allowance, unsigned int type, const void *data, size_t size);

#endif
