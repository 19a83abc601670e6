/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * constraints: nameConstraints (RFC 5280 section 4.2.1.10), which limit the
 * names of every certificate below an authority; private to this folder.
 */
#ifndef NFSTLS_X509_CONSTRAINTS_PRIVATE_H
#define NFSTLS_X509_CONSTRAINTS_PRIVATE_H

#include "support/x509/facts_private.h"

enum constraints_answer {
	CONSTRAINTS_KEPT,
	CONSTRAINTS_BROKEN,   /* also where they are malformed, or name a kind of names that nobody here compares */
	CONSTRAINTS_TOO_MANY, /* the budget was used up */
};

/*
 * May cert be below this authority, by its names?  is_leaf: a common name that could be a host's counts, where there is
 * no dNSName, as elsewhere.  Each comparison of two names takes one from *budget.
 */
enum constraints_answer constraints_check(const struct facts *authority, const struct facts *cert, bool is_leaf,
					  unsigned int *budget);

#endif
