/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/exportfs/certificate.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "support/x509/x509.h"

#define FILE_MAX (1u << 20)

static int read_chain(const char *path, struct x509_chain *chain, struct error *e)
{
	AUTO_BYTES file = { 0 };
	int r = file_read(path, FILE_MAX, FILE_TRUSTED, &file, e);

	return r ? r : x509_chain_parse(path, file.data, file.size, chain, e);
}

static int read_key(const char *path, gnutls_privkey_t *key, struct error *e)
{
	AUTO_BYTES file = { 0 };
	int r = file_read(path, FILE_MAX, FILE_PRIVATE, &file, e);

	return r ? r : x509_key_parse(path, file.data, file.size, key, e);
}

static int check_dates(const char *path, const struct x509_chain *chain, struct error *e)
{
	time_t now = time(NULL);

	for (unsigned int i = 0; i < chain->count; i++) {
		if (gnutls_x509_crt_get_expiration_time(chain->cert[i]) < now)
			return error_set(e, EKEYEXPIRED, "%s has expired: renew it", path);
		if (gnutls_x509_crt_get_activation_time(chain->cert[i]) > now)
			return error_set(e, EKEYREJECTED, "%s is not valid yet: look at this host's clock", path);
	}
	return 0;
}

static int check_key(const char *path, const char *key_path, const struct x509_chain *chain, struct error *e)
{
	gnutls_privkey_t key = NULL;
	int r = read_key(key_path, &key, e);

	if (!r)
		r = x509_key_matches(key_path, key, path, chain->cert[0], e);
	if (key)
		gnutls_privkey_deinit(key);
	return r;
}

int certificate_examine(const struct policy *policy, struct error *e)
{
	const struct policy_address anywhere = { .size = 4 };
	struct policy_connection answer;
	AUTO_CHAIN chain = { 0 };
	char path[512], key_path[512];
	int r = policy_server_connection(policy, NULL, &anywhere, &answer, e);

	if (r)
		return r;
	if ((size_t)snprintf(path, sizeof(path), "%s/%s.pem", POLICY_CERTIFICATE_FOLDER, answer.certificate.value) >=
		    sizeof(path) ||
	    (size_t)snprintf(key_path, sizeof(key_path), "%s/%s.key", POLICY_CERTIFICATE_FOLDER,
			     answer.certificate.value) >= sizeof(key_path))
		return error_set(e, ENAMETOOLONG, "the certificate's name is too long");
	r = read_chain(path, &chain, e);
	if (!r)
		r = check_dates(path, &chain, e);
	return r ? r : check_key(path, key_path, &chain, e);
}
