/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/nfscert/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define KEY_ID_SIZE 32u /* of SHA-256 */

bool output_is_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

int output_must_be_new(const char *path, struct error *e)
{
	return output_is_there(path) ? error_set(e, EEXIST, "%s is there already: --force replaces it", path) : 0;
}

/* ---- what is there ------------------------------------------------------------ */

/* Of a link only the link is replaced, wherever it leads. */
static int check_kind(const char *path, const struct stat *st, struct error *e)
{
	if (S_ISDIR(st->st_mode))
		return error_set(e, EISDIR, "cannot write %s: it is a folder", path);
	if (!S_ISREG(st->st_mode) && !S_ISLNK(st->st_mode))
		return error_set(e, EEXIST, "cannot write %s: what is there is no regular file", path);
	return 0;
}

/* In whatever form, also an encrypted one. */
static bool holds_key(const char *path, const struct bytes *file)
{
	static const char pem[] = "PRIVATE KEY-----";
	gnutls_privkey_t key = NULL;
	bool holds = memmem(file->data, file->size, pem, sizeof(pem) - 1) ||
		     x509_key_is_encrypted(file->data, file->size) ||
		     x509_key_parse(path, file->data, file->size, &key, NULL) == 0;

	if (key)
		gnutls_privkey_deinit(key);
	return holds;
}

/* A host's own may be its own authority, and has a name then. */
static bool is_authority_alone(gnutls_x509_crt_t cert)
{
	struct x509_reference name;
	unsigned int critical;

	return gnutls_x509_crt_get_ca_status(cert, &critical) > 0 && !x509_cert_identities(cert, &name, 1);
}

/* What is not understood is no certificate that anybody could use; what cannot be read may be one. */
static int read_present(const char *path, struct x509_chain *chain, struct error *e)
{
	AUTO_BYTES file = { 0 };
	struct stat st;
	int r;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : error_set(e, errno, "cannot examine %s: %s", path, strerror(errno));
	r = check_kind(path, &st, e);
	if (!r)
		r = file_read(path, X509_FILE_MAX, FILE_ANY, &file, e);
	if (r)
		return r == -ENOENT ? 0 : r;
	if (holds_key(path, &file))
		return error_set(e, EEXIST, "%s holds a private key, which is never replaced: move it away first",
				 path);
	if (x509_chain_parse(path, file.data, file.size, chain, NULL))
		return 0;
	if (is_authority_alone(chain->cert[0]))
		return error_set(e, EEXIST,
				 "%s is an authority's certificate, which no host's replaces: move it away "
				 "first",
				 path);
	return 0;
}

int output_may_be_replaced(const char *path, struct error *e)
{
	AUTO_CHAIN present = { 0 };

	return read_present(path, &present, e);
}

/* ---- the key beside it --------------------------------------------------------- */

/* NAME.key for NAME.pem; the caller frees. */
static char *key_beside(const char *path)
{
	size_t size = strlen(path), end = strlen(".pem");
	struct strbuf key = { 0 };

	strbuf_add(&key, path, size > end ? size - end : size);
	strbuf_add(&key, ".key", strlen(".key"));
	if (!key.failed)
		return key.text;
	strbuf_free(&key);
	return NULL;
}

static bool have_one_key(gnutls_x509_crt_t a, gnutls_x509_crt_t b)
{
	unsigned char of_a[KEY_ID_SIZE], of_b[KEY_ID_SIZE];
	size_t size_a = sizeof(of_a), size_b = sizeof(of_b);

	return gnutls_x509_crt_get_key_id(a, GNUTLS_KEYID_USE_SHA256, of_a, &size_a) >= 0 &&
	       gnutls_x509_crt_get_key_id(b, GNUTLS_KEYID_USE_SHA256, of_b, &size_b) >= 0 && size_a == size_b &&
	       !memcmp(of_a, of_b, size_a);
}

enum beside { BESIDE_OURS, BESIDE_ANOTHERS, BESIDE_UNREAD };

static enum beside compare_key(const char *key_path, gnutls_x509_crt_t cert)
{
	AUTO_BYTES file = { 0 };
	gnutls_privkey_t key = NULL;
	enum beside is = BESIDE_UNREAD;

	if (file_read(key_path, X509_FILE_MAX, FILE_ANY, &file, NULL))
		return is;
	if (x509_key_parse(key_path, file.data, file.size, &key, NULL) == 0)
		is = x509_key_matches(key_path, key, "", cert, NULL) ? BESIDE_ANOTHERS : BESIDE_OURS;
	if (key)
		gnutls_privkey_deinit(key);
	return is;
}

/* A key that cannot be read, as an encrypted one, stays the key of what had it before. */
static int check_beside(const char *path, const char *key_path, const struct x509_chain *present,
			gnutls_x509_crt_t cert, struct error *e)
{
	enum beside is = output_is_there(key_path) ? compare_key(key_path, cert) : BESIDE_OURS;

	if (is == BESIDE_OURS)
		return 0;
	if (is == BESIDE_ANOTHERS)
		return error_set(e, ENOKEY,
				 "cannot write %s: %s is another's key, and they would be no pair: move the "
				 "request to another folder",
				 path, key_path);
	if (!output_is_there(path) || (present->count && have_one_key(present->cert[0], cert)))
		return 0;
	return error_set(e, ENOKEY,
			 "cannot write %s: whose key %s is cannot be seen, and it may be that of what is "
			 "there: move the request to another folder",
			 path, key_path);
}

int output_may_become(const char *path, gnutls_x509_crt_t cert, struct error *e)
{
	AUTO_FREE char *key_path = key_beside(path);
	AUTO_CHAIN present = { 0 };
	int r;

	if (!key_path)
		return error_set(e, ENOMEM, "out of memory");
	r = read_present(path, &present, e);
	return r ? r : check_beside(path, key_path, &present, cert, e);
}
