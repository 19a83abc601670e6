/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/nfscert/source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/token/token.h"
#include "utils/nfscert/command.h"
#include "utils/nfscert/pem.h"

#define PASSPHRASE_MAX 1024u

static const char credential_prefix[] = "credential:";

static enum status out_of_memory(struct error *e)
{
	error_set(e, ENOMEM, "out of memory");
	return STATUS_FAILED;
}

/* ---- the certificate --------------------------------------------------------- */

enum status material_read_certificate(const struct source *source, struct material *material, struct error *e)
{
	AUTO_BYTES file = { 0 };
	int r;

	material->certificate_name = source->certificate ? strdup(source->certificate) :
							   command_path(source->folder, source->name, "pem");
	if (!material->certificate_name)
		return out_of_memory(e);
	r = file_read(material->certificate_name, X509_FILE_MAX, FILE_TRUSTED, &file, e);
	if (r)
		return status_of_file(r);
	r = pem_check(material->certificate_name, &file, PEM_CERTIFICATE, e);
	if (!r)
		r = x509_chain_parse(material->certificate_name, file.data, file.size, &material->chain, e);
	if (r)
		return STATUS_MALFORMED;
	r = x509_cert_check_key(material->certificate_name, material->chain.cert[0], e);
	return r ? STATUS_WEAK : STATUS_DONE;
}

/* ---- bytes of a key -------------------------------------------------------------- */

/* Everything until the end, at most max bytes. */
static int read_all(int fd, const char *what, size_t max, struct bytes *out, struct error *e)
{
	AUTO_BYTES buffer = { 0 };
	size_t size = 0;
	ssize_t got = 1;

	if (bytes_alloc(&buffer, max + 1))
		return error_set(e, ENOMEM, "out of memory");
	while (got && size <= max) {
		got = read(fd, buffer.data + size, max + 1 - size);
		if (got < 0 && errno != EINTR)
			return error_set(e, errno, "cannot read %s: %s", what, strerror(errno));
		size += got > 0 ? (size_t)got : 0;
	}
	if (size > max)
		return error_set(e, EFBIG, "%s has more than %zu bytes", what, max);
	return bytes_copy(out, buffer.data, size) ? error_set(e, ENOMEM, "out of memory") : 0;
}

/*
 * One line, and nothing of what stands behind it: that may be the next key's, or the key.  Byte by byte, since it may
 * come from a pipe or a terminal that stays open.
 */
static int read_passphrase(int fd, struct bytes *passphrase, struct error *e)
{
	AUTO_BYTES line = { 0 };
	size_t size = 0;
	ssize_t got;

	if (bytes_alloc(&line, PASSPHRASE_MAX))
		return error_set(e, ENOMEM, "out of memory");
	while ((got = read(fd, line.data + size, 1)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_set(e, errno, "cannot read the passphrase from descriptor %d: %s", fd,
					 strerror(errno));
		if (line.data[size] == '\n')
			break;
		if (++size == PASSPHRASE_MAX)
			return error_set(e, EFBIG, "the passphrase has more than %u bytes", PASSPHRASE_MAX - 1);
	}
	if (!got && !size)
		return error_set(e, ENODATA,
				 "descriptor %d has no line with a passphrase: each key that needs one "
				 "takes a line",
				 fd);
	if (size && line.data[size - 1] == '\r')
		size--;
	return bytes_copy(passphrase, line.data, size) ? error_set(e, ENOMEM, "out of memory") : 0;
}

static enum status passphrase_error(int code)
{
	return code == -ENODATA ? STATUS_PASSPHRASE : STATUS_UNREADABLE;
}

static char *credential_path(const char *name)
{
	const char *folder = secure_getenv("CREDENTIALS_DIRECTORY");
	struct strbuf path = { 0 };

	if (!folder)
		return NULL;
	strbuf_addf(&path, "%s/%s", folder, name);
	return path.text;
}

/* FOLDER/NAME.key, or the credential of that name where there is no such file. */
static char *usual_path(const struct source *source)
{
	char *path = command_path(source->folder, source->name, "key"), *credential = NULL;
	struct strbuf name = { 0 };
	struct stat st;

	if (!path || stat(path, &st) == 0 || errno != ENOENT)
		return path;
	strbuf_addf(&name, "%s.key", source->name);
	if (!name.failed)
		credential = credential_path(name.text);
	strbuf_free(&name);
	if (!credential || stat(credential, &st)) {
		free(credential);
		return path;
	}
	free(path);
	return credential;
}

static enum status find_key_name(const struct source *source, struct material *material, struct error *e)
{
	const char *name = source->key ? source->key + sizeof(credential_prefix) - 1 : NULL;

	if (!source->key) {
		material->key_name = usual_path(source);
	} else if (!strcmp(source->key, "-")) {
		material->key_name = strdup("standard input");
	} else if (strncmp(source->key, credential_prefix, sizeof(credential_prefix) - 1)) {
		material->key_name = strdup(source->key);
	} else if (!*name || strchr(name, '/') || !secure_getenv("CREDENTIALS_DIRECTORY")) {
		error_set(
			e, EINVAL, "%s: %s", source->key,
			*name && !strchr(name, '/') ?
				"no service manager gave this process credentials: see LoadCredential= in systemd.exec(5)" :
				"this is no name of a credential");
		return STATUS_UNREADABLE;
	} else {
		material->key_name = credential_path(name);
	}
	return material->key_name ? STATUS_DONE : out_of_memory(e);
}

static int read_key_bytes(const struct source *source, const struct material *material, struct bytes *bytes,
			  struct error *e)
{
	if (source->key && !strcmp(source->key, "-"))
		return read_all(STDIN_FILENO, material->key_name, X509_FILE_MAX, bytes, e);
	return file_read(material->key_name, X509_FILE_MAX, FILE_PRIVATE, bytes, e);
}

/* ---- the key ------------------------------------------------------------------------ */

static enum status parse_error(int code)
{
	return code == -EACCES ? STATUS_PASSPHRASE : code == -EOPNOTSUPP ? STATUS_WEAK : STATUS_MALFORMED;
}

/* A passphrase that stands before the key on the same descriptor has been read already. */
static enum status parse_encrypted(const struct source *source, struct material *material, const struct bytes *bytes,
				   struct bytes *passphrase, struct error *e)
{
	int r;

	if (source->passphrase_fd < 0) {
		error_set(e, EACCES, "%s is encrypted: give its passphrase with --passphrase-fd", material->key_name);
		return STATUS_PASSPHRASE;
	}
	r = passphrase->data ? 0 : read_passphrase(source->passphrase_fd, passphrase, e);
	if (r)
		return passphrase_error(r);
	r = x509_key_parse_encrypted(material->key_name, bytes->data, bytes->size, (const char *)passphrase->data,
				     &material->key, e);
	return r ? parse_error(r) : STATUS_DONE;
}

static enum status parse_key(const struct source *source, struct material *material, const struct bytes *bytes,
			     struct bytes *passphrase, struct error *e)
{
	int r = pem_check(material->key_name, bytes, PEM_PRIVATE_KEY, e);

	if (r)
		return STATUS_MALFORMED;
	if (x509_key_is_encrypted(bytes->data, bytes->size))
		return parse_encrypted(source, material, bytes, passphrase, e);
	r = x509_key_parse(material->key_name, bytes->data, bytes->size, &material->key, e);
	return r ? parse_error(r) : STATUS_DONE;
}

static enum status token_error(int code)
{
	switch (-code) {
	case EACCES:
		return STATUS_PASSPHRASE;
	case EINVAL:
		return STATUS_USAGE;
	case EOPNOTSUPP:
		return STATUS_WEAK;
	case ENOMEM:
		return STATUS_FAILED;
	default:
		return STATUS_UNREADABLE;
	}
}

static enum status read_from_token(const struct source *source, struct material *material, struct error *e)
{
	AUTO_BYTES pin = { 0 };
	int r;

	r = source->passphrase_fd < 0 ? 0 : read_passphrase(source->passphrase_fd, &pin, e);
	if (r)
		return passphrase_error(r);
	r = token_read_key(source->key, source->passphrase_fd < 0 ? NULL : &pin, &material->key, e);
	return r ? token_error(r) : STATUS_DONE;
}

/* Both on one descriptor: the passphrase is the first line, and the key what follows it. */
static bool passphrase_comes_first(const struct source *source)
{
	return source->key && !strcmp(source->key, "-") && source->passphrase_fd == STDIN_FILENO;
}

static enum status read_key(const struct source *source, struct material *material, struct error *e)
{
	AUTO_BYTES bytes = { 0 };
	AUTO_BYTES passphrase = { 0 };
	enum status status = find_key_name(source, material, e);
	int r;

	if (status)
		return status;
	if (source->key && token_is_uri(source->key))
		return read_from_token(source, material, e);
	r = passphrase_comes_first(source) ? read_passphrase(source->passphrase_fd, &passphrase, e) : 0;
	if (r)
		return passphrase_error(r);
	r = read_key_bytes(source, material, &bytes, e);
	return r ? status_of_file(r) : parse_key(source, material, &bytes, &passphrase, e);
}

enum status material_read(const struct source *source, struct material *material, struct error *e)
{
	enum status status = material_read_certificate(source, material, e);

	return status ? status : read_key(source, material, e);
}

void material_free(struct material *material)
{
	free(material->certificate_name);
	free(material->key_name);
	x509_chain_free(&material->chain);
	if (material->key)
		gnutls_privkey_deinit(material->key);
	*material = (struct material){ 0 };
}
