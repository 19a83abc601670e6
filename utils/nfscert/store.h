/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * store: puts a pair into the kernel's keyrings, or takes it out.  At every moment, also when the process is killed,
 * whoever reads the keyring finds a certificate and the key that belongs to it.
 */
#ifndef NFSTLS_NFSCERT_STORE_H
#define NFSTLS_NFSCERT_STORE_H

#include "support/keys/keys.h"
#include "support/x509/x509.h"

struct stored {
	struct keys_pair pair;
	bool replaced;	/* something was loaded under the name; the serial numbers are what they were */
	bool unchanged; /* and it was the same */
};

/*
 * Keeps other nfscerts from changing keyrings until the descriptor is closed.  The descriptor, or a negative errno
 * with its sentence.
 */
int store_lock(struct error *e);

/*
 * Loads the pair; roles says into which of the kernel's own keyrings it is linked, too.  Needs the lock.  On failure
 * what was loaded before is there as before.  -EDQUOT, -EFBIG (longer than a key may be), and those of the system.
 */
int store_pair(const char *name, const struct x509_chain *chain, gnutls_privkey_t key, unsigned int roles,
	       struct stored *stored, struct error *e);

/* Ends both keys of the pair, or what there is of it.  Needs the lock. */
int store_remove(const struct keys_pair *pair, struct error *e);

#endif
