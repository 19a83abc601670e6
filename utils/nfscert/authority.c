/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/nfscert/authority.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "utils/nfscert/command.h"

#define AUTHORITY_DAYS 3650u

static int make_name(char name[128])
{
	char host[64] = "";

	if (gethostname(host, sizeof(host) - 1) < 0)
		return -errno;
	snprintf(name, 128, "NFS authority of %s", *host ? host : "this site");
	return 0;
}

/* Both or none: half an authority is in the way of a whole one. */
static int write_files(const struct authority *authority, struct error *e)
{
	AUTO_BYTES key = { 0 };
	AUTO_STRBUF pem = { 0 };
	int r = x509_key_to_pem(authority->key, &key, e);

	if (!r)
		r = x509_cert_to_pem(authority->certificate, &pem, e);
	if (!r) {
		const struct file_content files[] = {
			{ authority->key_path, key.data, key.size, 0600 },
			{ authority->certificate_path, pem.text, pem.size, 0644 },
		};

		r = file_create_all(files, ARRAY_SIZE(files), e);
	}
	return r;
}

static int make_authority(time_t now, struct authority *authority, struct error *e)
{
	char name[128];
	int r;

	if (make_name(name))
		return error_set(e, errno, "this host has no name: %s", strerror(errno));
	r = x509_key_make(X509_KEY_ECDSA, &authority->key, e);
	if (!r)
		r = x509_authority_make(name, authority->key, AUTHORITY_DAYS, now, &authority->certificate, e);
	authority->made = !r;
	return r ? r : write_files(authority, e);
}

static int read_key(struct authority *authority, struct error *e)
{
	AUTO_BYTES file = { 0 };
	int r = file_read(authority->key_path, X509_FILE_MAX, FILE_PRIVATE, &file, e);

	return r ? r : x509_key_parse(authority->key_path, file.data, file.size, &authority->key, e);
}

static int read_certificate(struct authority *authority, struct error *e)
{
	AUTO_BYTES file = { 0 };
	AUTO_CHAIN chain = { 0 };
	int r = file_read(authority->certificate_path, X509_FILE_MAX, FILE_TRUSTED, &file, e);

	if (!r)
		r = x509_chain_parse(authority->certificate_path, file.data, file.size, &chain, e);
	if (r)
		return r;
	if (chain.count != 1)
		return error_set(e, EINVAL, "%s holds %u certificates, and should hold just the authority's",
				 authority->certificate_path, chain.count);
	authority->certificate = chain.cert[0];
	chain.count = 0;
	return 0;
}

static int check_authority(const struct authority *authority, time_t now, struct error *e)
{
	unsigned int critical;

	if (gnutls_x509_crt_get_ca_status(authority->certificate, &critical) <= 0)
		return error_set(e, EINVAL, "%s is no authority's certificate: peers would not take what it signs",
				 authority->certificate_path);
	if (gnutls_x509_crt_get_expiration_time(authority->certificate) < now)
		return error_set(e, EKEYEXPIRED, "%s has expired: make a new authority in another folder",
				 authority->certificate_path);
	return 0;
}

static int read_authority(struct authority *authority, time_t now, struct error *e)
{
	int r = read_certificate(authority, e);

	if (!r)
		r = check_authority(authority, now, e);
	if (!r)
		r = read_key(authority, e);
	return r ? r :
		   x509_key_matches(authority->key_path, authority->key, authority->certificate_path,
				    authority->certificate, e);
}

static int has_none(const char *folder, struct error *e)
{
	return error_set(e, ENOENT, "%s has no authority: nfscert new --ca %s makes one", folder, folder);
}

static int name_files(const char *folder, struct authority *authority, struct error *e)
{
	authority->certificate_path = command_path(folder, AUTHORITY_NAME, "pem");
	authority->key_path = command_path(folder, AUTHORITY_NAME, "key");
	return authority->certificate_path && authority->key_path ? 0 : error_set(e, ENOMEM, "out of memory");
}

/* A link that leads nowhere is one to a disk, or a token, that is not there now. */
static bool may_be_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 || errno != ENOENT;
}

int authority_open(const char *folder, bool make, time_t now, struct authority *authority, struct error *e)
{
	bool certificate, key;
	int r;

	*authority = (struct authority){ .made = false };
	r = name_files(folder, authority, e);
	if (r)
		return r;
	certificate = may_be_there(authority->certificate_path);
	key = may_be_there(authority->key_path);
	if (certificate && !key)
		return error_set(e, ENOENT, "%s is there, but not %s, without which nothing can be signed",
				 authority->certificate_path, authority->key_path);
	if (!certificate && key)
		return error_set(e, EEXIST, "%s is there, but not %s: remove it to make a new authority",
				 authority->key_path, authority->certificate_path);
	if (certificate)
		return read_authority(authority, now, e);
	return make ? make_authority(now, authority, e) : has_none(folder, e);
}

void authority_free(struct authority *authority)
{
	free(authority->certificate_path);
	free(authority->key_path);
	if (authority->certificate)
		gnutls_x509_crt_deinit(authority->certificate);
	if (authority->key)
		gnutls_privkey_deinit(authority->key);
	*authority = (struct authority){ .made = false };
}
