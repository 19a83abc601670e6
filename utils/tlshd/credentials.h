/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * credentials: everything public that handshakes need, read once per
 * generation: configuration, certificate chains, trust stores, revocation
 * lists.  No private key: those are read by the key holder (keyholder.h) and
 * by nobody else.  Workers inherit the finished set through fork(2).
 */
#ifndef NFSTLS_TLSHD_CREDENTIALS_H
#define NFSTLS_TLSHD_CREDENTIALS_H

#include "support/x509/x509.h"
#include "utils/tlshd/settings.h"

#define CREDENTIALS_WATCHED_MAX 512u

struct role_credentials {
	bool has_certificate;
	char key_path[CONFIG_PATH_MAX + CONFIG_NAME_MAX];
	char certificate_path[CONFIG_PATH_MAX + CONFIG_NAME_MAX];
	struct x509_chain chain;
	struct x509_trust *trust;
};

struct credentials {
	struct config config;
	struct role_credentials role[ROLE_COUNT];
	gnutls_priority_t priority;
};

/* The files that a set was made of, to notice that one changed. */
struct watch {
	unsigned int count;
	struct {
		char *path;
		struct file_stamp stamp;
	} file[CREDENTIALS_WATCHED_MAX];
};

/* True when a watched file is no longer what it was. */
bool watch_changed(const struct watch *watch);
void watch_free(struct watch *watch);

/*
 * Reads the configuration at conf_path and all it names.  *watch is replaced
 * by what was looked at, also when it fails, so that a broken set is tried
 * again only after something changed.  The caller frees with credentials_free().
 */
int credentials_load(const char *conf_path, struct credentials **credentials, struct watch *watch, struct error *e);
void credentials_free(struct credentials *credentials);

#endif
