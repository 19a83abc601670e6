/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xprtsec: the vocabulary of transport security that mount options, exports
 * and policy share: none, tls, mtls, and auto where a choice may be left open.
 * Words, sets of them and their order; no decisions.
 */
#ifndef NFSTLS_XPRTSEC_H
#define NFSTLS_XPRTSEC_H

#include <stddef.h>

struct strbuf;

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

/* ---- sets: which modes an export offers; 0 is no set ------------------------- */

#define XPRTSEC_ALL ((unsigned int)(XPRTSEC_NONE | XPRTSEC_TLS | XPRTSEC_MTLS))

/*
 * A list of none, tls and mtls joined by colons, in any order, repeated or not.  -EINVAL for anything else: an
 * empty list or item, auto, an unknown word; *bad (may be NULL) then points at the refused item in text, and
 * *set is untouched.
 */
int xprtsec_set_parse(const char *text, size_t size, unsigned int *set, const char **bad);

/* All modes that protect at least as well as a minimum; of auto there are none. */
unsigned int xprtsec_set_from(enum xprtsec minimum);

/* The weakest mode of a set that is not empty. */
enum xprtsec xprtsec_set_weakest(unsigned int set);

/* Appends the list in its one canonical order, none:tls:mtls; nothing for 0. */
void xprtsec_set_format(unsigned int set, struct strbuf *out);

#endif
