/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a file is that is not what it should be; private to this folder. */
#ifndef NFSTLS_X509_FOREIGN_PRIVATE_H
#define NFSTLS_X509_FOREIGN_PRIVATE_H

#include "support/x509/x509.h"

/* -EINVAL with "NAME " and x509_what_it_is() where that knows; else 0, and e is not touched. */
int foreign_refuse(const char *name, const void *data, size_t size, enum x509_content wanted, struct error *e);

/* The same of a file of which something can be read, and not what its owner put there: its first certificate, say. */
int foreign_refuse_hiding(const char *name, const void *data, size_t size, enum x509_content wanted, struct error *e);

#endif
