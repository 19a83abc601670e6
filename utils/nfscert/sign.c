/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "utils/nfscert/apart.h"
#include "utils/nfscert/authority.h"
#include "utils/nfscert/command.h"
#include "utils/nfscert/folders.h"
#include "utils/nfscert/output.h"

#define DAYS_DEFAULT 365
#define DAYS_MAX 36500

static const char request_suffix[] = ".csr", certificate_suffix[] = ".pem";

struct sign_options {
	const char *authority, *days, *request;
	bool force, help;
	unsigned int day_count;
};

static const struct option_row rows[] = {
	{ 0, "ca", "FOLDER", "the folder of the authority, as nfscert new --ca makes it",
	  OPTION_KEEPS(struct sign_options, authority) },
	{ 0, "days", "DAYS", "valid for so long; 365 if not given", OPTION_KEEPS(struct sign_options, days) },
	{ 'f', "force", NULL, "replace the certificate that is there", OPTION_SETS(struct sign_options, force) },
	{ 'h', "help", NULL, "show this text", OPTION_SETS(struct sign_options, help) },
};

/* FILE.csr becomes FILE.pem; another name gets .pem behind it.  The caller frees. */
static char *result_path(const char *request)
{
	size_t size = strlen(request), end = sizeof(request_suffix) - 1;
	struct strbuf path = { 0 };

	if (size > end && !strcmp(request + size - end, request_suffix))
		size -= end;
	strbuf_add(&path, request, size);
	strbuf_add(&path, certificate_suffix, sizeof(certificate_suffix) - 1);
	if (!path.failed)
		return path.text;
	strbuf_free(&path);
	return NULL;
}

/* The folder that the path is in; the caller frees. */
static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return strdup(".");
	return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

static int write_certificate(const struct sign_options *o, const char *path, gnutls_x509_crt_t cert, struct error *e)
{
	AUTO_STRBUF pem = { 0 };
	char names[256];
	int r = x509_cert_to_pem(cert, &pem, e);

	if (!r) {
		const struct file_content file = { path, pem.text, pem.size, 0644 };

		r = o->force ? file_replace_all(&file, 1, e) : file_create_all(&file, 1, e);
	}
	if (r)
		return r;
	x509_cert_names(cert, names, sizeof(names));
	printf("%s: the certificate for %s\n", path, names);
	return 0;
}

/* A host that had the authority's key could sign for all others. */
static int check_not_authority(const struct sign_options *o, const struct authority *authority, gnutls_x509_crt_t cert,
			       struct error *e)
{
	if (x509_key_matches("", authority->key, "", cert, NULL))
		return 0;
	return error_set(e, EINVAL, "%s is for the authority's own key: a host needs one of its own", o->request);
}

static int sign(const struct sign_options *o, const char *path, struct error *e)
{
	AUTO_FREE char *folder = folder_of(path);
	const char *const folders[FOLDERS_MAX] = { o->authority, folder };
	AUTO_FOLDER_LOCKS locks = { { -1, -1 } };
	AUTO_AUTHORITY authority = { 0 };
	AUTO_BYTES request = { 0 };
	gnutls_x509_crt_t cert = NULL;
	time_t now = time(NULL);
	int r = folder ? folders_lock(folders, &locks, e) : error_set(e, ENOMEM, "out of memory");

	if (!r)
		r = authority_open(o->authority, false, now, &authority, e);
	if (!r && !o->force)
		r = output_must_be_new(path, e);
	if (!r)
		r = file_read(o->request, X509_FILE_MAX, FILE_ANY, &request, e);
	if (!r)
		r = x509_request_sign(o->request, request.data, request.size, authority.certificate, authority.key,
				      o->day_count, now, &cert, e);
	if (!r)
		r = check_not_authority(o, &authority, cert, e);
	if (!r)
		r = output_may_become(path, cert, e);
	if (!r)
		r = write_certificate(o, path, cert, e);
	if (cert)
		gnutls_x509_crt_deinit(cert);
	return r;
}

/* In a process apart: it reads the authority's key. */
static int run(void *context)
{
	const struct sign_options *o = context;
	AUTO_FREE char *path = result_path(o->request);
	struct error e;
	int r = path ? sign(o, path, &e) : error_set(&e, ENOMEM, "out of memory");

	if (!r)
		return STATUS_DONE;
	return command_fail("sign", status_of_making(r), "%s", e.text);
}

int sign_command(int argc, char **argv)
{
	struct sign_options options = { .authority = NULL };
	const struct command_form form = {
		.name = "sign",
		.arguments = "--ca FOLDER [OPTION]... FILE.csr",
		.purpose =
			"Signs another host's request; the certificate is written to FILE.pem.  Only the names in the\n"
			"request are taken over: look at them before it goes back.  One that is there is replaced only\n"
			"with --force, and not even then where its key lies beside it and is not the request's.\n",
		.rows = rows,
		.count = ARRAY_SIZE(rows),
		.help = &options.help,
	};
	long long days = DAYS_DEFAULT;
	int first, status;

	if (command_ends(&form, argc, argv, &options, &first, &status))
		return status;
	if (!options.authority)
		return command_fail("sign", STATUS_USAGE, "who signs?  Give --ca FOLDER");
	if (first + 1 != argc)
		return command_fail("sign", STATUS_USAGE, first == argc ? "which request?" : "one request at a time");
	if (options.days && text_number(options.days, 1, DAYS_MAX, &days))
		return command_fail("sign", STATUS_USAGE, "--days takes a number of days, from 1 to %d", DAYS_MAX);
	options.day_count = (unsigned int)days;
	options.request = argv[first];
	return apart("sign", run, &options, STATUS_FAILED);
}
