/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pem: what is wrong with a file that should hold a certificate or a private key in PEM (RFC 7468), in words of the
 * file.  Whether its content makes sense is support/x509's business.
 */
#ifndef NFSTLS_NFSCERT_PEM_H
#define NFSTLS_NFSCERT_PEM_H

#include "support/base/base.h"

enum pem_content { PEM_CERTIFICATE, PEM_PRIVATE_KEY };

/*
 * 0 when the file has such a part, and all of its parts have an end; else -EINVAL, with name in the sentence: it is
 * empty, cut off, DER, something else, or the other of the two.  Pure.
 */
int pem_check(const char *name, const struct bytes *file, enum pem_content content, struct error *e);

#endif
