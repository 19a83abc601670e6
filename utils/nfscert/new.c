/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "support/keys/keys.h"
#include "utils/nfscert/apart.h"
#include "utils/nfscert/authority.h"
#include "utils/nfscert/command.h"
#include "utils/nfscert/examine.h"
#include "utils/nfscert/folders.h"
#include "utils/nfscert/output.h"

#define TRUSTSTORE_USUAL SYSCONF_DIR "/nfs-tls/ca.pem"
#define DAYS_DEFAULT 365
#define DAYS_MAX 36500
#define NAMES_MAX (2 * OPTION_LIST_MAX + 2)
#define COMMON_NAME_MAX 64u /* RFC 5280 appendix A.1, ub-common-name */

struct new_options {
	const char *folder, *authority, *kind, *days;
	struct option_list dns, ip;
	bool self_signed, reuse_key, force, help;
	/* what they mean */
	const char *name;
	enum x509_key_kind key_kind;
	unsigned int day_count;
	struct x509_reference names[NAMES_MAX];
	size_t name_count;
};

#define TEXT(to) OPTION_KEEPS(struct new_options, to)
#define FLAG(to) OPTION_SETS(struct new_options, to)
#define LIST(to) OPTION_COLLECTS(struct new_options, to)

static const struct option_row rows[] = {
	{ 0, "dns", "HOST",
	  "a name of the host, may be repeated; without this and --ip those of the certificate that "
	  "is there, or this host's own",
	  LIST(dns) },
	{ 0, "ip", "ADDRESS", "an address of the host, may be repeated", LIST(ip) },
	{ 0, "key-type", "TYPE", "ecdsa (P-256, if not given), rsa (3072 bits) or ed25519", TEXT(kind) },
	{ 0, "ca", "FOLDER", "have it signed by the small authority in FOLDER, which is made if there is none",
	  TEXT(authority) },
	{ 0, "self-signed", NULL, "let it be its own authority, which every peer has to trust by itself",
	  FLAG(self_signed) },
	{ 0, "days", "DAYS", "valid for so long; 365 if not given", TEXT(days) },
	{ 0, "reuse-key", NULL, "for the key that is there", FLAG(reuse_key) },
	{ 'f', "force", NULL, "replace the key that is there", FLAG(force) },
	{ 'd', "directory", "FOLDER", "write to FOLDER instead of " CERTIFICATE_FOLDER, TEXT(folder) },
	{ 'h', "help", NULL, "show this text", FLAG(help) },
};

/* ---- names ----------------------------------------------------------------------- */

/* Something that a peer could be reached by: a name, or a wildcard that stands for names. */
static bool is_host_name(const char *text)
{
	const char *plain = text[0] == '*' && text[1] == '.' ? text + 2 : text;

	return strlen(text) < sizeof(((struct x509_reference *)0)->name) &&
	       x509_dns_name_matches(plain, strlen(plain), plain);
}

static int add_dns(struct new_options *o, const char *text, struct error *e)
{
	struct x509_reference *name = &o->names[o->name_count];

	if (!is_host_name(text))
		return error_set(e, EINVAL, "--dns %s: this is no host name; an address goes with --ip", text);
	*name = (struct x509_reference){ .is_address = false };
	text_copy(name->name, sizeof(name->name), text);
	o->name_count++;
	return 0;
}

static int add_ip(struct new_options *o, const char *text, struct error *e)
{
	struct x509_reference *name = &o->names[o->name_count];

	x509_reference_parse(text, name);
	if (!name->is_address)
		return error_set(e, EINVAL, "--ip %s: this is no address; a name goes with --dns", text);
	o->name_count++;
	return 0;
}

static void add_full_name(struct new_options *o, const char *name)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_CANONNAME };
	struct addrinfo *found = NULL;
	struct error e;

	if (getaddrinfo(name, NULL, &hints, &found))
		return;
	if (found->ai_canonname && strchr(found->ai_canonname, '.') && strcmp(found->ai_canonname, name))
		(void)add_dns(o, found->ai_canonname, &e);
	freeaddrinfo(found);
}

/* The full one first: it is what people are shown. */
static int add_own_names(struct new_options *o, struct error *e)
{
	char name[HOST_NAME_MAX + 1] = "";

	if (gethostname(name, sizeof(name) - 1) < 0 || !*name)
		return error_set(e, EINVAL, "this host has no name: give --dns");
	add_full_name(o, name);
	return add_dns(o, name, e);
}

static int read_old(const char *path, struct x509_chain *chain, struct error *e)
{
	AUTO_BYTES file = { 0 };
	int r = file_read(path, X509_FILE_MAX, FILE_TRUSTED, &file, e);

	return r ? r : x509_chain_parse(path, file.data, file.size, chain, e);
}

/* What is renewed stays for whom it was. */
static int take_names_of_old(struct new_options *o, struct error *e)
{
	AUTO_FREE char *path = command_path(o->folder, o->name, "pem");
	AUTO_CHAIN chain = { 0 };
	int r;

	if (!path)
		return error_set(e, ENOMEM, "out of memory");
	if (!(o->force || o->reuse_key) || access(path, F_OK))
		return 0;
	r = read_old(path, &chain, e);
	if (r)
		return error_prefix(e, "the names of the old certificate cannot be taken over (give --dns or --ip)");
	o->name_count = x509_cert_identities(chain.cert[0], o->names, NAMES_MAX);
	return o->name_count < NAMES_MAX ? 0 : error_set(e, E2BIG, "%s has too many names to take them over", path);
}

static int collect_names(struct new_options *o, struct error *e)
{
	int r = 0;

	for (size_t i = 0; !r && i < o->dns.count; i++)
		r = add_dns(o, o->dns.item[i], e);
	for (size_t i = 0; !r && i < o->ip.count; i++)
		r = add_ip(o, o->ip.item[i], e);
	if (!r && !o->name_count)
		r = take_names_of_old(o, e);
	return r || o->name_count ? r : add_own_names(o, e);
}

/* ---- the key ----------------------------------------------------------------------- */

static int read_key(const char *path, gnutls_privkey_t *key, struct error *e)
{
	AUTO_BYTES file = { 0 };
	int r = file_read(path, X509_FILE_MAX, FILE_PRIVATE, &file, e);

	return r ? r : x509_key_parse(path, file.data, file.size, key, e);
}

static int get_key(const struct new_options *o, const char *path, gnutls_privkey_t *key, bool *made, struct error *e)
{
	*made = !o->reuse_key;
	return o->reuse_key ? read_key(path, key, e) : x509_key_make(o->key_kind, key, e);
}

/* ---- what is there already -------------------------------------------------------------- */

static bool may_replace(const struct new_options *o)
{
	return o->force || o->reuse_key;
}

/* The authority's key and certificate would be replaced by the host's that they have just signed. */
static int check_not_authority(const struct new_options *o, struct error *e)
{
	struct stat ours, its;

	if (!o->authority || strcmp(o->name, AUTHORITY_NAME) || stat(o->folder, &ours) < 0 ||
	    stat(o->authority, &its) < 0 || ours.st_dev != its.st_dev || ours.st_ino != its.st_ino)
		return 0;
	return error_set(e, EEXIST, "%s/%s.key and .pem are the authority's own: choose another name", o->folder,
			 o->name);
}

/* A certificate without its key may be one whose key is in the kernel alone. */
static int check_outputs(const struct new_options *o, const char *key_path, const char *result_path, struct error *e)
{
	AUTO_FREE char *certificate_path = command_path(o->folder, o->name, "pem");
	int r = certificate_path ? check_not_authority(o, e) : error_set(e, ENOMEM, "out of memory");

	if (!r && !may_replace(o) && output_is_there(key_path))
		return error_set(e, EEXIST, "%s is there already: --reuse-key takes it, --force replaces it", key_path);
	if (!r && !may_replace(o))
		r = output_must_be_new(result_path, e);
	if (!r)
		r = output_may_be_replaced(result_path, e);
	/* With the key goes what the certificate is good for. */
	return r || !o->force ? r : output_may_be_replaced(certificate_path, e);
}

/* ---- what is made ---------------------------------------------------------------------- */

static int make_request(const struct new_options *o, gnutls_privkey_t key, struct strbuf *pem, struct error *e)
{
	struct x509_subject subject = { .common_name = "", .name = o->names, .count = o->name_count };

	/* For people only, and not longer than it may be. */
	if (!o->names[0].is_address && strlen(o->names[0].name) <= COMMON_NAME_MAX)
		subject.common_name = o->names[0].name;
	return x509_request_make(&subject, key, pem, e);
}

static int sign(const struct new_options *o, const struct strbuf *request, gnutls_privkey_t key, struct strbuf *pem,
		struct error *e)
{
	AUTO_AUTHORITY authority = { 0 };
	gnutls_x509_crt_t cert = NULL;
	time_t now = time(NULL);
	int r = o->authority ? authority_open(o->authority, true, now, &authority, e) : 0;

	if (!r)
		r = x509_request_sign("the request", request->text, request->size, authority.certificate,
				      o->authority ? authority.key : key, o->day_count, now, &cert, e);
	if (!r && authority.made)
		printf("%s: a new authority; every host needs it as its truststore\n", authority.certificate_path);
	if (!r)
		r = x509_cert_to_pem(cert, pem, e);
	if (cert)
		gnutls_x509_crt_deinit(cert);
	return r;
}

static void tell_names(const struct new_options *o)
{
	for (size_t i = 0; i < o->name_count; i++)
		printf("%s%s", i ? ", " : " for ", o->names[i].name);
	printf("\n");
}

static bool is_signed(const struct new_options *o)
{
	return o->self_signed || o->authority;
}

/* Does it verify here, as nfscert load would ask without options?  What cannot be told does not. */
static bool verifies_here(const struct strbuf *certificate)
{
	struct authorities *authorities = NULL;
	struct policy *policy = NULL;
	AUTO_CHAIN chain = { 0 };
	unsigned int roles;
	struct error e;
	bool does;

	does = !x509_chain_parse("", certificate->text, certificate->size, &chain, &e) &&
	       !policy_load("", POLICY_FILE, &policy, &e) && !authorities_read(policy, NULL, &authorities, &e) &&
	       examine_chain(&chain, authorities, 0, time(NULL), &roles, &e) == STATUS_DONE;
	authorities_free(authorities);
	policy_free(policy);
	return does;
}

static void tell_load_line(const struct new_options *o, const char *truststore)
{
	bool usual_folder = !strcmp(o->folder, CERTIFICATE_FOLDER);

	printf("nfscert load%s%s%s%s %s\n", truststore ? " --truststore " : "", truststore ? truststore : "",
	       usual_folder ? "" : " -d ", usual_folder ? "" : o->folder, o->name);
}

/* certificate NULL: it is a request. */
static void tell_how_to_load(const struct new_options *o, const struct strbuf *certificate)
{
	AUTO_FREE char *truststore = NULL;

	if (!certificate)
		printf("Have it signed, put the certificate and its chain at %s/%s.pem, then: ", o->folder, o->name);
	else
		printf("Load it with: ");
	if (certificate && o->authority && !verifies_here(certificate))
		truststore = command_path(o->authority, "ca", "pem");
	tell_load_line(o, truststore);
	if (truststore)
		printf("To have it loaded at boot, and without --truststore, put %s at %s, and\n"
		       "truststore=%s into [client] and [server] of %s\n",
		       truststore, TRUSTSTORE_USUAL, TRUSTSTORE_USUAL, POLICY_FILE);
}

static void tell(const struct new_options *o, const char *key_path, const char *result_path,
		 const struct strbuf *certificate)
{
	printf("%s: the private key\n%s: %s", key_path, result_path, certificate ? "the certificate" : "the request");
	tell_names(o);
	tell_how_to_load(o, certificate);
}

/*
 * key NULL: it is there.  Both or none, since the pair that is there may be in use; killed in between, it leaves a key
 * that --reuse-key takes.
 */
static int write_files(const struct new_options *o, const char *key_path, gnutls_privkey_t key, const char *result_path,
		       const struct strbuf *result, struct error *e)
{
	AUTO_BYTES pem = { 0 };
	int r = key ? x509_key_to_pem(key, &pem, e) : 0;
	const struct file_content files[] = {
		{ key_path, pem.data, pem.size, 0600 },
		{ result_path, result->text, result->size, 0644 },
	};

	if (r)
		return r;
	if (!may_replace(o))
		return file_create_all(files, ARRAY_SIZE(files), e);
	return key ? file_replace_all(files, ARRAY_SIZE(files), e) : file_replace_all(&files[1], 1, e);
}

static int make_all(const struct new_options *o, const char *key_path, const char *result_path, struct error *e)
{
	AUTO_STRBUF request = { 0 };
	AUTO_STRBUF certificate = { 0 };
	const struct strbuf *result = is_signed(o) ? &certificate : &request;
	gnutls_privkey_t key = NULL;
	bool made = false;
	int r = check_outputs(o, key_path, result_path, e);

	if (!r)
		r = get_key(o, key_path, &key, &made, e);
	if (!r)
		r = make_request(o, key, &request, e);
	if (!r && is_signed(o))
		r = sign(o, &request, key, &certificate, e);
	if (!r)
		r = write_files(o, key_path, made ? key : NULL, result_path, result, e);
	if (key)
		gnutls_privkey_deinit(key);
	if (!r)
		tell(o, key_path, result_path, is_signed(o) ? &certificate : NULL);
	return r;
}

static int make_folder(const char *path, mode_t mode, struct error *e)
{
	if (mkdir(path, mode) == 0 || errno == EEXIST)
		return 0;
	return error_set(e, errno, "cannot make the folder %s: %s", path, strerror(errno));
}

/* The folder above the usual one is everybody's to look into, the others are not. */
static int make_folders(const struct new_options *o, struct error *e)
{
	int r = strcmp(o->folder, CERTIFICATE_FOLDER) ? 0 : make_folder(SYSCONF_DIR "/nfs-tls", 0755, e);

	if (!r)
		r = make_folder(o->folder, 0700, e);
	return r || !o->authority ? r : make_folder(o->authority, 0700, e);
}

/* In a process apart. */
static int run(void *context)
{
	const struct new_options *o = context;
	AUTO_FREE char *key_path = command_path(o->folder, o->name, "key");
	AUTO_FREE char *result_path = command_path(o->folder, o->name, is_signed(o) ? "pem" : "csr");
	const char *const folders[FOLDERS_MAX] = { o->folder, o->authority };
	AUTO_FOLDER_LOCKS locks = { { -1, -1 } };
	struct error e;
	int r;

	if (!key_path || !result_path)
		return command_fail("new", STATUS_FAILED, "out of memory");
	r = make_folders(o, &e);
	if (!r)
		r = folders_lock(folders, &locks, &e);
	if (!r)
		r = make_all(o, key_path, result_path, &e);
	return r ? command_fail("new", status_of_making(r), "%s: %s", o->name, e.text) : STATUS_DONE;
}

/* ---- the command line --------------------------------------------------------------------- */

static int check_options(struct new_options *o, struct error *e)
{
	long long days = DAYS_DEFAULT;

	if (o->self_signed && o->authority)
		return error_set(e, EINVAL, "--self-signed and --ca exclude each other");
	if (o->force && o->reuse_key)
		return error_set(e, EINVAL, "--force and --reuse-key exclude each other");
	if (o->kind && o->reuse_key)
		return error_set(e, EINVAL,
				 "--key-type is for a key that is made, and --reuse-key takes the one that "
				 "is there");
	if (o->days && !is_signed(o))
		return error_set(e, EINVAL,
				 "how long it is valid is up to whoever signs it: --days goes with --ca or "
				 "--self-signed");
	if (o->days && text_number(o->days, 1, DAYS_MAX, &days))
		return error_set(e, EINVAL, "--days takes a number of days, from 1 to %d", DAYS_MAX);
	o->day_count = (unsigned int)days;
	if (o->kind && x509_key_kind_parse(o->kind, &o->key_kind))
		return error_set(e, EINVAL, "--key-type is ecdsa, rsa or ed25519");
	return collect_names(o, e);
}

int new_command(int argc, char **argv)
{
	struct new_options options = { .folder = CERTIFICATE_FOLDER,
				       .name = CERTIFICATE_USUAL,
				       .key_kind = X509_KEY_ECDSA };
	const struct command_form form = {
		.name = "new",
		.arguments = "[OPTION]... [NAME]",
		.purpose = "Makes a private key and a request for an authority to sign, or a certificate right away.\n",
		.rows = rows,
		.count = ARRAY_SIZE(rows),
		.help = &options.help,
	};
	struct error e;
	int first, status;

	if (command_ends(&form, argc, argv, &options, &first, &status))
		return status;
	if (first + 1 < argc)
		return command_fail("new", STATUS_USAGE, "one name at a time");
	if (first < argc)
		options.name = argv[first];
	if (command_name(options.name, &e) || check_options(&options, &e))
		return command_fail("new", STATUS_USAGE, "%s", e.text);
	return apart("new", run, &options, STATUS_FAILED);
}
