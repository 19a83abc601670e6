/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * remote_key: private keys as a worker sees them: numbers that its signer knows.  GnuTLS gets objects that ask the
 * signer for the one signature of the handshake under way, and wait for it.  When the signer is gone, they fail; the
 * worker sees the end of the channel and exits, to be replaced with a new signer.
 */
#ifndef NFSTLS_TLSHD_REMOTE_KEY_H
#define NFSTLS_TLSHD_REMOTE_KEY_H

#include "support/x509/x509.h"
#include "utils/tlshd/certificate_verify.h"

/* A handshake as far as its signature is concerned. */
struct remote_handshake {
	uint64_t id;
	uint32_t slot;
	enum role role;
	char asked_name[ASKED_NAME_MAX];
	gnutls_session_t tls;
	struct transcript *transcript; /* of all messages up to now */
	struct error why;	       /* code 0 until a signature failed */
};

/* The signer of this process.  GnuTLS does not say which of its sessions wants a signature. */
struct remote_signer {
	int channel;
	struct remote_handshake *current; /* the one that gnutls_handshake() is working on, NULL between two calls */
};

/*
 * Makes certificate credentials for GnuTLS from a chain and the number of its certificate.  signer is borrowed, chain
 * is copied.  The caller frees with gnutls_certificate_free_credentials().
 */
int remote_key_credentials(struct remote_signer *signer, uint32_t number, const struct x509_chain *chain,
			   gnutls_certificate_credentials_t *credentials, struct error *e);

/*
 * The same for the certificate that the mount of this handshake named by its serial number in the kernel's keyring;
 * name becomes that under which it was loaded, "" when it has none.
 */
int remote_key_fetch(struct remote_signer *signer, const struct remote_handshake *handshake, char name[KEY_NAME_SIZE],
		     gnutls_certificate_credentials_t *credentials, struct error *e);

#endif
