/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/tlshd/credentials.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CERTIFICATE_FOLDER SYSCONF_DIR "/nfs-tls/certs"

/*
 * TLS 1.3 only, and only the ciphers that have a kTLS number (linux/tls.h).
 * Everything is taken away from the distribution's default, nothing added, so
 * that its crypto policy stays in force.
 */
#define PRIORITY_REMOVALS "-VERS-TLS1.2:-VERS-TLS1.1:-VERS-TLS1.0:-VERS-DTLS-ALL:-AES-128-CCM-8"

/* Where distributions keep the trust store that GnuTLS was built to read; it does not tell. */
static const char *const system_trust_files[] = {
	"/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/ssl/ca-bundle.pem",
};

static void watch_add(struct watch *watch, const char *path)
{
	if (watch->count == CREDENTIALS_WATCHED_MAX)
		return;
	watch->file[watch->count].path = strdup(path);
	if (!watch->file[watch->count].path)
		return;
	file_stamp_take(path, &watch->file[watch->count].stamp);
	watch->count++;
}

bool watch_changed(const struct watch *watch)
{
	for (unsigned int i = 0; i < watch->count; i++) {
		struct file_stamp now;

		file_stamp_take(watch->file[i].path, &now);
		if (!file_stamp_equal(&now, &watch->file[i].stamp))
			return true;
	}
	return false;
}

void watch_free(struct watch *watch)
{
	for (unsigned int i = 0; i < watch->count; i++)
		free(watch->file[i].path);
	watch->count = 0;
}

static int load_certificate(const struct role_config *config, struct role_credentials *to, struct watch *watch,
			    struct error *e)
{
	AUTO_BYTES pem = { 0 };
	int r;

	snprintf(to->certificate_path, sizeof(to->certificate_path), CERTIFICATE_FOLDER "/%s.pem", config->certificate);
	snprintf(to->key_path, sizeof(to->key_path), CERTIFICATE_FOLDER "/%s.key", config->certificate);
	watch_add(watch, to->certificate_path);
	watch_add(watch, to->key_path);
	r = file_read(to->certificate_path, X509_FILE_MAX, FILE_TRUSTED, &pem, e);
	if (r == -ENOENT && !config->certificate_named)
		return 0;
	if (!r)
		r = x509_chain_parse(to->certificate_path, pem.data, pem.size, &to->chain, e);
	to->has_certificate = !r;
	return r;
}

/* Reads a file that the configuration names; an empty path leaves *out NULL. */
static int load_bundle(const char *path, struct bytes *bundle, const struct bytes **out, struct watch *watch,
		       struct error *e)
{
	int r;

	*out = NULL;
	if (!*path)
		return 0;
	watch_add(watch, path);
	r = file_read(path, X509_TRUST_FILE_MAX, FILE_TRUSTED, bundle, e);
	if (!r)
		*out = bundle;
	return r;
}

static int load_trust(const struct role_config *config, struct role_credentials *to, struct watch *watch,
		      struct error *e)
{
	AUTO_BYTES ca_file = { 0 };
	AUTO_BYTES crl_file = { 0 };
	const struct bytes *ca, *crl;
	int r;

	if (!*config->truststore)
		for (size_t i = 0; i < ARRAY_SIZE(system_trust_files); i++)
			watch_add(watch, system_trust_files[i]);
	r = load_bundle(config->truststore, &ca_file, &ca, watch, e);
	if (!r)
		r = load_bundle(config->crl, &crl_file, &crl, watch, e);
	if (r)
		return r;
	return x509_trust_new(*config->truststore ? config->truststore : "the system's trust store", ca, config->crl,
			      crl, &to->trust, e);
}

static int load_priority(struct credentials *credentials, struct error *e)
{
	const char *where = NULL;
	int r = gnutls_priority_init2(&credentials->priority, PRIORITY_REMOVALS, &where,
				      GNUTLS_PRIORITY_INIT_DEF_APPEND);

	if (r < 0)
		return error_set(e, EINVAL, "the system's TLS policy leaves nothing that RPC-with-TLS can use: %s",
				 gnutls_strerror(r));
	return 0;
}

/* Only the file itself tells which other files belong to it; what is missing or broken is watched, too. */
static int watch_config(const char *conf_path, struct watch *watch, struct error *e)
{
	AUTO_CONF *conf = conf_new();
	bool found;
	int r;

	if (!conf)
		return error_set(e, ENOMEM, "out of memory");
	r = conf_load(conf, "", conf_path, &found, e);
	for (size_t i = 0; i < conf_source_count(conf); i++)
		watch_add(watch, conf_source(conf, i));
	return r;
}

/* Read once more after the stamps were taken, so that a change in between is not missed. */
static int load_config(const char *conf_path, struct config *config, struct watch *watch, struct error *e)
{
	AUTO_CONF *conf = conf_new();
	bool found;
	int r = conf ? watch_config(conf_path, watch, e) : error_set(e, ENOMEM, "out of memory");

	if (!r)
		r = conf_load(conf, "", conf_path, &found, e);
	return r ? r : config_from(conf, config, e);
}

static int load_roles(struct credentials *credentials, struct watch *watch, struct error *e)
{
	for (enum role role = 0; role < ROLE_COUNT; role++) {
		const struct role_config *config = &credentials->config.role[role];
		int r = load_certificate(config, &credentials->role[role], watch, e);

		if (!r)
			r = load_trust(config, &credentials->role[role], watch, e);
		if (r)
			return error_prefix(e, "[%s]", role_word(role));
	}
	return 0;
}

int credentials_load(const char *conf_path, struct credentials **credentials, struct watch *watch, struct error *e)
{
	struct credentials *new = calloc(1, sizeof(*new));
	int r;

	if (!new)
		return error_set(e, ENOMEM, "out of memory");
	watch_free(watch);
	r = load_config(conf_path, &new->config, watch, e);
	if (!r)
		r = load_roles(new, watch, e);
	if (!r)
		r = load_priority(new, e);
	if (r) {
		credentials_free(new);
		return r;
	}
	*credentials = new;
	return 0;
}

void credentials_free(struct credentials *credentials)
{
	if (!credentials)
		return;
	for (enum role role = 0; role < ROLE_COUNT; role++) {
		x509_chain_free(&credentials->role[role].chain);
		x509_trust_free(credentials->role[role].trust);
	}
	if (credentials->priority)
		gnutls_priority_deinit(credentials->priority);
	free(credentials);
}
