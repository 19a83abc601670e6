/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * source: where a certificate and its key come from, and reading them, with a plain word for each way it can go
 * wrong.
 */
#ifndef NFSTLS_NFSCERT_SOURCE_H
#define NFSTLS_NFSCERT_SOURCE_H

#include "support/x509/x509.h"
#include "utils/nfscert/status.h"

struct source {
	const char *name;	 /* of the certificate */
	const char *folder;	 /* with NAME.pem and NAME.key */
	const char *certificate; /* a file; NULL: FOLDER/NAME.pem */
	const char *key;	 /* a file, "-", "credential:NAME" or a "pkcs11:" URI (RFC 7512); NULL: see below */
	int passphrase_fd;	 /* -1: none */
};

/* What was read, and what to call it in a sentence. */
struct material {
	char *certificate_name, *key_name;
	struct x509_chain chain;
	gnutls_privkey_t key;
};

/*
 * Reads both.  Without a key named it is FOLDER/NAME.key, or, where there is no such file, the credential NAME.key
 * that a service manager gave (systemd.exec(5), LoadCredential=).  Not STATUS_DONE: *e has the sentence.  The caller
 * frees with material_free() in any case.
 */
enum status material_read(const struct source *source, struct material *material, struct error *e);
enum status material_read_certificate(const struct source *source, struct material *material, struct error *e);
void material_free(struct material *material);
#define AUTO_MATERIAL __attribute__((cleanup(material_free))) struct material

#endif
