/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How certificates and keys are wrapped; private to this folder. */
#ifndef NFSTLS_X509_ENCODING_PRIVATE_H
#define NFSTLS_X509_ENCODING_PRIVATE_H

#include "support/base/base.h"

/* RFC 7468: does the text hold a BEGIN line? */
bool encoding_is_pem(const void *data, size_t size);

/*
 * The size of the DER SEQUENCE at the start of data with its header (X.690
 * section 8.1), 0 when it is none or not whole.
 */
size_t encoding_element_size(const unsigned char *data, size_t size);

#endif
