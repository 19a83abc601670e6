/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/owncert/owncert.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Reading a pair takes microseconds, replacing one a little more; nobody replaces one so often. */
#define READ_AGAIN_MAX 8

static char *path_of(const char *folder, const char *name, const char *suffix)
{
	struct strbuf path = { 0 };

	strbuf_addf(&path, "%s/%s.%s", folder, name, suffix);
	if (!path.failed)
		return path.text;
	strbuf_free(&path);
	return NULL;
}

/* ---- the keyring -------------------------------------------------------- */

static int read_chain_key(int32_t serial, struct x509_chain *chain, struct error *e)
{
	AUTO_BYTES payload = { 0 };
	char name[32];
	int r = keys_read(serial, &payload, e);

	snprintf(name, sizeof(name), "key %d", serial);
	return r ? r : x509_chain_parse(name, payload.data, payload.size, chain, e);
}

static int parse_key_of_keyring(const struct bytes *payload, const struct x509_chain *chain, gnutls_privkey_t *key,
				struct error *e)
{
	return x509_key_parse_for("the key in the keyring", payload->data, payload->size,
				  "the certificate in the keyring", chain->cert[0], key, e);
}

static int read_private_key(int32_t serial, const struct x509_chain *chain, gnutls_privkey_t *key, struct error *e)
{
	AUTO_BYTES payload = { 0 };
	int r = keys_read(serial, &payload, e);

	return r ? r : parse_key_of_keyring(&payload, chain, key, e);
}

int owncert_read_serials(int32_t certificate, int32_t private_key, struct x509_chain *chain, gnutls_privkey_t *key,
			 struct error *e)
{
	int r = -EINVAL;

	for (int again = 0; r == -EINVAL && again < READ_AGAIN_MAX; again++) {
		x509_chain_free(chain);
		r = read_chain_key(certificate, chain, e);
		if (!r)
			r = read_private_key(private_key, chain, key, e);
	}
	if (r)
		x509_chain_free(chain);
	return r;
}

static int read_loaded(const struct keys_pair *pair, const char *name, struct owncert *own, struct error *e)
{
	own->place = OWNCERT_IN_KEYRING;
	own->certificate_serial = pair->certificate;
	own->key_serial = pair->key;
	snprintf(own->where, sizeof(own->where), "certificate %s in the kernel's keyring", name);
	return read_chain_key(pair->certificate, &own->chain, e);
}

/* ---- files ---------------------------------------------------------------- */

static int read_file(struct owncert *own, struct error *e)
{
	AUTO_BYTES pem = { 0 };
	int r = file_read(own->path, X509_FILE_MAX, FILE_TRUSTED, &pem, e);

	if (!r)
		r = x509_chain_parse(own->path, pem.data, pem.size, &own->chain, e);
	if (!r)
		own->place = OWNCERT_IN_FILES;
	return r;
}

static int parse_key_of_file(const struct bytes *pem, const struct owncert *own, gnutls_privkey_t *key, struct error *e)
{
	gnutls_privkey_t one = NULL;
	int r = x509_key_parse(own->key_path, pem->data, pem->size, &one, e);

	if (!r)
		r = x509_key_matches(own->key_path, one, own->path, own->chain.cert[0], e);
	if (!r)
		*key = one;
	else if (one)
		gnutls_privkey_deinit(one);
	return r;
}

/* ---- either ---------------------------------------------------------------- */

int owncert_read(const char *folder, const char *name, struct owncert *own, struct error *e)
{
	struct keys_pair pair;
	struct error of_file;
	int r;

	*own = (struct owncert){ .place = OWNCERT_NOWHERE };
	own->path = path_of(folder, name, "pem");
	own->key_path = path_of(folder, name, "key");
	if (!own->path || !own->key_path)
		return error_set(e, ENOMEM, "out of memory");
	r = owncert_folder_is_usual(folder) ? keys_find_loaded(name, &pair, e) : -ENOKEY;
	if (!r)
		return read_loaded(&pair, name, own, e);
	if (r == -ENOKEY)
		return read_file(own, e);
	/* A keyring that somebody has spoilt says nothing, and takes no service away from those who have files. */
	return r == -EACCES && !read_file(own, &of_file) ? 0 : r;
}

static bool is_same_chain(const struct x509_chain *a, const struct x509_chain *b)
{
	for (unsigned int i = 0; i < a->count && i < b->count; i++)
		if (!gnutls_x509_crt_equals(a->cert[i], b->cert[i]))
			return false;
	return a->count == b->count;
}

bool owncert_folder_is_usual(const char *folder)
{
	struct stat one, usual;

	return !strcmp(folder, CERTIFICATE_FOLDER) || (!stat(folder, &one) && !stat(CERTIFICATE_FOLDER, &usual) &&
						       one.st_dev == usual.st_dev && one.st_ino == usual.st_ino);
}

bool owncert_file_differs(const struct owncert *own)
{
	struct owncert file = { .path = own->path };
	struct error e;
	bool differs;

	if (own->place != OWNCERT_IN_KEYRING || read_file(&file, &e))
		return false;
	differs = !is_same_chain(&own->chain, &file.chain);
	x509_chain_free(&file.chain);
	return differs;
}

const char *owncert_shown(const struct owncert *own)
{
	return own->place == OWNCERT_IN_KEYRING ? own->where : own->path;
}

int owncert_fetch_key(const struct owncert *own, struct bytes *payload, struct error *e)
{
	return own->place == OWNCERT_IN_KEYRING ? keys_read(own->key_serial, payload, e) :
						  file_read(own->key_path, X509_FILE_MAX, FILE_PRIVATE, payload, e);
}

int owncert_parse_key(const struct owncert *own, const struct bytes *payload, gnutls_privkey_t *key, struct error *e)
{
	return own->place == OWNCERT_IN_KEYRING ? parse_key_of_keyring(payload, &own->chain, key, e) :
						  parse_key_of_file(payload, own, key, e);
}

int owncert_read_key(const struct owncert *own, gnutls_privkey_t *key, struct error *e)
{
	AUTO_BYTES payload = { 0 };
	int r = owncert_fetch_key(own, &payload, e);

	return r ? r : owncert_parse_key(own, &payload, key, e);
}

void owncert_free(struct owncert *own)
{
	if (!own)
		return;
	x509_chain_free(&own->chain);
	free(own->path);
	free(own->key_path);
	own->path = own->key_path = NULL;
}
