/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * owncert: this host's own certificates, each known by a name.  What nfscert(8) has loaded into the kernel's keyring
 * under the name comes first; the files NAME.pem and NAME.key are for those who load nothing.
 */
#ifndef NFSTLS_OWNCERT_H
#define NFSTLS_OWNCERT_H

#include "support/keys/keys.h"
#include "support/x509/x509.h"

/* Where a certificate was found. */
enum owncert_place { OWNCERT_NOWHERE, OWNCERT_IN_KEYRING, OWNCERT_IN_FILES };

struct owncert {
	enum owncert_place place;
	int32_t certificate_serial, key_serial; /* of the keyring */
	char *path, *key_path;			/* of the files, wherever it was found */
	char where[64 + 64];			/* for people: the keyring, or nothing when path tells it */
	struct x509_chain chain;
};

/* Whether folder is CERTIFICATE_FOLDER, by whichever path: what is loaded is the same names' only there. */
bool owncert_folder_is_usual(const char *folder);

/*
 * Reads the certificate of that name; folder holds the files, and no keyring is looked at where it is not
 * CERTIFICATE_FOLDER.  -ENOENT, without a sentence of importance, when it is nowhere; everything else that fails is
 * told, a broken certificate in the keyring is never passed over for a file; only a keyring that cannot be looked into
 * is.  On success and on failure the caller frees with owncert_free().
 */
int owncert_read(const char *folder, const char *name, struct owncert *own, struct error *e);

/* What to call it in a sentence: its path, or the key in the keyring. */
const char *owncert_shown(const struct owncert *own);

/*
 * Whether there is a file of that name which holds another certificate or chain than the keyring: it was replaced, and
 * nobody has loaded it.  False for what is not in the keyring, or where the file is missing or cannot be read.
 */
bool owncert_file_differs(const struct owncert *own);

/* The private key, which was seen to belong to the certificate.  The caller frees with gnutls_privkey_deinit(). */
int owncert_read_key(const struct owncert *own, gnutls_privkey_t *key, struct error *e);

/*
 * The same in two steps, for who gives up the power to read files between them: the bytes, unparsed, which the caller
 * frees, and what is in them.
 */
int owncert_fetch_key(const struct owncert *own, struct bytes *payload, struct error *e);
int owncert_parse_key(const struct owncert *own, const struct bytes *payload, gnutls_privkey_t *key, struct error *e);

/*
 * The pair behind two serial numbers of the kernel's keyring.  While nfscert(8) replaces it, the two may not be of one
 * time: then they are read again.  The caller frees the chain and the key.
 */
int owncert_read_serials(int32_t certificate, int32_t private_key, struct x509_chain *chain, gnutls_privkey_t *key,
			 struct error *e);

void owncert_free(struct owncert *own);
#define AUTO_OWNCERT __attribute__((cleanup(owncert_free))) struct owncert

#endif
