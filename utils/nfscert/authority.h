/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * authority: a small authority in a folder, ca.pem and ca.key, for a laboratory or a site with a few hosts.  It signs
 * hosts and keeps no books: for revocation lists and many administrators there are real ones.
 */
#ifndef NFSTLS_NFSCERT_AUTHORITY_H
#define NFSTLS_NFSCERT_AUTHORITY_H

#include <time.h>

#include "support/x509/x509.h"

#define AUTHORITY_NAME "ca" /* of both files, without .pem and .key */

struct authority {
	char *certificate_path, *key_path;
	gnutls_x509_crt_t certificate;
	gnutls_privkey_t key;
	bool made; /* just now */
};

/*
 * Reads it.  With make a folder without one gets one (ca.key 0600).  The caller has locked the folder (folders.h), so
 * that nobody else makes one at the same time.  -ENOENT, -EEXIST where only half is there, and those of reading.  The
 * caller frees with authority_free() in any case.
 */
int authority_open(const char *folder, bool make, time_t now, struct authority *authority, struct error *e);
void authority_free(struct authority *authority);
#define AUTO_AUTHORITY __attribute__((cleanup(authority_free))) struct authority

#endif
