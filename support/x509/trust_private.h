/* SPDX-License-Identifier: GPL-2.0-or-later */
/* trust: the inside of a trust store; private to this folder. */
#ifndef NFSTLS_X509_TRUST_PRIVATE_H
#define NFSTLS_X509_TRUST_PRIVATE_H

#include "support/x509/facts_private.h"
#include "support/x509/lists_private.h"

/* A certificate that is trusted by itself, whoever has signed it. */
struct anchor {
	struct facts facts;	     /* with a certificate of its own */
	bool is_weak;		     /* its key */
	const struct anchor *issuer; /* itself when it is self-signed; NULL when it is not in the store */
};

struct x509_trust {
	struct anchor *anchor; /* sorted by their subjects, each once */
	unsigned int count;
	struct lists lists;
	char crl_name[256];
	struct x509_remark *remark;
	unsigned int remark_count;
};

/* The first of those with this subject, and how many they are. */
const struct anchor *trust_find(const struct x509_trust *trust, const struct der *subject, unsigned int *count);

#endif
