/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * output: what lies where a certificate or a request is about to be written.  It may be the only one of its kind, so
 * that nothing is replaced unless that was asked for, and some things not even then.
 *
 * Whoever asks holds the lock of the folder (folders.h), and writes by file_create_all() where nothing may be replaced.
 */
#ifndef NFSTLS_NFSCERT_OUTPUT_H
#define NFSTLS_NFSCERT_OUTPUT_H

#include "support/x509/x509.h"

/* Something is there, if only a link that leads nowhere. */
bool output_is_there(const char *path);

/* -EEXIST when something is there. */
int output_must_be_new(const char *path, struct error *e);

/*
 * What is at path may be replaced by a host's: 0 where nothing is.  -EISDIR and -EEXIST for what is no file, -EEXIST
 * for a private key, and for an authority's certificate that is for no host; errors of reading it.
 */
int output_may_be_replaced(const char *path, struct error *e);

/*
 * The same, for this certificate.  -ENOKEY where the key beside it, NAME.key for NAME.pem, is another's; and where
 * that key cannot be read and something that has another key would be replaced.
 */
int output_may_become(const char *path, gnutls_x509_crt_t cert, struct error *e);

#endif
