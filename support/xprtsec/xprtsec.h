/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xprtsec: the vocabulary of transport security that mount options, exports
 * and policy share: none, tls, mtls, and auto where a choice may be left open.
 * Words, sets of them and their order; no decisions.
 */
#ifndef NFSTLS_XPRTSEC_H
#define NFSTLS_XPRTSEC_H

#include <stddef.h>

/* Bits have the kernel's export values (NFSEXP_XPRTSEC_*, uapi/linux/nfsd/export.h); AUTO is ours. */
enum xprtsec {
	XPRTSEC_NONE = 1,
	XPRTSEC_TLS = 2,
	XPRTSEC_MTLS = 4,
	XPRTSEC_AUTO = 8,
};

/* Exactly "none", "tls", "mtls" or "auto" (ASCII case ignored); -EINVAL for anything else, and *mode is untouched. */
int xprtsec_parse(const char *word, size_t size, enum xprtsec *mode);

/* The word; "?" for what is no single mode. */
const char *xprtsec_word(enum xprtsec mode);

/* True when a protects at least as well as b: none < tls < mtls.  auto is not ordered: false. */
int xprtsec_at_least(enum xprtsec a, enum xprtsec b);

#endif
