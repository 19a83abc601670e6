/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * authority: a small authority in a folder, ca.pem and ca.key, for a laboratory or a site with a few hosts.  It signs
 * hosts and keeps no books: for revocation lists and many administrators there are real ones.
 */
#ifndef NFSTLS_NFSCERT_AUTHORITY_H
#define NFSTLS_NFSCERT_AUTHORITY_H

#include <time.h>

#include "support/x509/x509.h"

struct authority {
	char *certificate_path, *key_path;
	gnutls_x509_crt_t certificate;
	gnutls_privkey_t key;
	bool made; /* just now */
	int lock; /* -1: none of its own */
};

/*
 * Reads it.  With make a folder without one gets one (the folder too, 0700; ca.key 0600), and nobody else's at the same
 * time: the folder is locked until authority_free(), which the caller calls in any case; unless it is the one behind
 * held, a descriptor that the caller has locked already (-1: none).  -ENOENT, -EEXIST where only half is there, and
 * those of reading.
 */
int authority_open(const char *folder, bool make, int held, time_t now, struct authority *authority, struct error *e);
void authority_free(struct authority *authority);
#define AUTO_AUTHORITY __attribute__((cleanup(authority_free))) struct authority

#endif
