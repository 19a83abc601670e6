/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * clear_alert: an alert that a client sends in clear text behind the server's hello.  From there on all of its records
 * are to be encrypted (RFC 8446 section 5), but a client that has not changed to its own keys yet when it looks at the
 * server's certificate says in clear text what it thinks of that: OpenSSL does.  GnuTLS takes it for a record that
 * cannot be decrypted, and does not say what was in it.
 *
 * Nobody vouches for such an alert: whoever is on the way can have sent it.  So it ends nothing and decides nothing,
 * and only tells in the log why a handshake that has failed already may have.
 */
#ifndef NFSTLS_TLSHD_CLEAR_ALERT_H
#define NFSTLS_TLSHD_CLEAR_ALERT_H

#include "support/base/base.h"

#define CLEAR_ALERT_RECORD_SIZE 7u /* a header, a level and a description */

/* What has come so far, all zeros in the beginning. */
struct clear_alert {
	unsigned char record[CLEAR_ALERT_RECORD_SIZE]; /* the beginning of the one that comes now */
	size_t size;				       /* of what has come of it */
	bool is_last;				       /* the last whole record was an alert in clear text */
	unsigned char description;		       /* then */
};

/* The next bytes that came from the peer, in whatever pieces. */
void clear_alert_take(struct clear_alert *alert, const void *data, size_t size);

#endif
