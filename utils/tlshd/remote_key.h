/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * remote_key: private keys as a worker sees them: numbers that its signer
 * knows.  GnuTLS gets objects that ask the signer for each signature, and wait
 * for it.  When the signer is gone, calls fail with -EPIPE; the worker sees
 * the end of the channel and exits, to be replaced with a new signer.
 */
#ifndef NFSTLS_TLSHD_REMOTE_KEY_H
#define NFSTLS_TLSHD_REMOTE_KEY_H

#include "support/x509/x509.h"

/*
 * Makes certificate credentials for GnuTLS from a chain and the number of its
 * key.  chain is copied.  The caller frees with gnutls_certificate_free_credentials(); a fetched
 * key is released with it.
 */
int remote_key_credentials(int signer, uint32_t number, const struct x509_chain *chain,
			   gnutls_certificate_credentials_t *credentials, struct error *e);

#define REMOTE_KEY_NAME_SIZE 64u

/*
 * The same for a certificate and key that the mount named by their serials in the kernel's keyring; name becomes that
 * under which they were loaded, "" when they have none.
 */
int remote_key_fetch(int signer, int32_t certificate_serial, int32_t key_serial, char name[REMOTE_KEY_NAME_SIZE],
		     gnutls_certificate_credentials_t *credentials, struct error *e);

#endif
