/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * directory: distinguished names compared by what they mean (RFC 5280 section
 * 7.1): letters of ASCII without case, blanks as one, whatever the string's
 * type; private to this folder.
 */
#ifndef NFSTLS_X509_DIRECTORY_PRIVATE_H
#define NFSTLS_X509_DIRECTORY_PRIVATE_H

#include "support/x509/der_private.h"

/*
 * Does name begin with all parts of base?  Both are Names with their headers.  doubtful is the answer where one of them
 * cannot be read.
 */
bool directory_is_within(const struct der *name, const struct der *base, bool doubtful);

#endif
