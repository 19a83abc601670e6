/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ktls: hands the record layer of a finished TLS session to the kernel.
 */
#ifndef NFSTLS_TLSHD_KTLS_H
#define NFSTLS_TLSHD_KTLS_H

#include <gnutls/gnutls.h>

#include "support/base/base.h"

/* Loads the kernel's TLS and cipher modules.  -ENOENT when this kernel has no kTLS.  Needs root. */
int ktls_prepare(struct error *e);

/*
 * Plants the session's keys of both directions on fd.  After success GnuTLS must
 * not read from or write to the session again.  -ENOTCONN when the peer has gone: then what it said
 * last can still be read from the session.  Names the cipher
 * in the error when the kernel does not take it.  Format: struct tls12_crypto_info_* of linux/tls.h;
 * for TLS 1.3 the 12-byte IV is split into salt and iv (RFC 8446 section 5.3).
 */
int ktls_plant(gnutls_session_t session, int fd, struct error *e);

#endif
