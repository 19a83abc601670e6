/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lists: revocation lists (RFC 5280 section 5) and what they say of one
 * certificate; private to this folder.
 *
 * A list speaks for the key that signed it, and for nobody else of that name.
 * Of the lists of one key the newest counts that covers the certificate.  What
 * is not the whole truth (a delta list, one for some reasons or some
 * certificates only, one with a critical extension that nobody here knows) can
 * add that a certificate is revoked, never that it is not.
 */
#ifndef NFSTLS_X509_LISTS_PRIVATE_H
#define NFSTLS_X509_LISTS_PRIVATE_H

#include "support/x509/facts_private.h"

struct list;

/* Immutable, but for which keys have signed a list: that is found out once for each, and remembered. */
struct lists {
	struct list *list;
	unsigned int count;
};

/* PEM.  -EINVAL when there is none, or any that does not parse.  The caller frees with lists_free(). */
int lists_read(const char *name, const struct bytes *pem, struct lists *lists, struct error *e);
void lists_free(struct lists *lists);

/* Is there one that names issuer, and whose key identifier does not speak against it? */
bool lists_name(const struct lists *lists, unsigned int i, const struct facts *issuer);

/* Has issuer's key signed it? */
bool lists_signed(const struct lists *lists, unsigned int i, const struct facts *issuer);

/* The distinguished name of its issuer, escaped. */
void lists_issuer(const struct lists *lists, unsigned int i, char *out, size_t room);

/* Why it never shows that a certificate is not revoked, and what to do, as the end of a sentence; NULL when it can. */
const char *lists_limit(const struct lists *lists, unsigned int i);

enum lists_answer {
	LISTS_GOOD,
	LISTS_MISSING,	/* none covers the certificate */
	LISTS_EARLY,	/* only one that begins to count at *when */
	LISTS_OUTDATED, /* there should have been a newer one at *when */
	LISTS_REVOKED,
};

/* issuer has signed cert, and may sign certificates. */
enum lists_answer lists_ask(const struct lists *lists, const struct facts *cert, const struct facts *issuer, time_t now,
			    time_t *when);

#endif
