/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cost: what the parts of a certificate cost; private to this folder. */
#ifndef NFSTLS_X509_COST_PRIVATE_H
#define NFSTLS_X509_COST_PRIVATE_H

#include "support/x509/der_private.h"
#include "support/x509/x509.h"

/*
 * Can a signature of this key be checked in a moment?  key is SubjectPublicKeyInfo with its header; the errors are
 * those of x509_check_allowance().
 */
int cost_check_key(const struct der *key, struct error *e);

#endif
