/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/tlshd/credentials.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "support/tls/tls.h"

/* Where distributions keep the trust store that GnuTLS was built to read; it does not tell. */
static const char *const system_trust_files[] = {
	"/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/ssl/ca-bundle.pem",
};

static enum policy_role policy_role_of(enum role role)
{
	return role == ROLE_SERVER ? POLICY_SERVER : POLICY_CLIENT;
}

static int out_of_memory(struct error *e)
{
	return error_set(e, ENOMEM, "out of memory");
}

/* Puts the line in front that named what failed, or the role where none did. */
static int blame(const struct policy_source *source, enum role role, struct error *e)
{
	if (!source->file)
		return error_prefix(e, "[%s]", role_word(role));
	return error_prefix(e, "%s:%u: %s %s=%s", source->file, source->line, source->section, source->key,
			    source->value);
}

/* ---- certificates ------------------------------------------------------ */

/* The entry of that name, made when it is new; there is room for all. */
static struct certificate *certificate_named(struct credentials *credentials, const char *name)
{
	struct certificate *certificate;

	HASH_FIND_STR(credentials->by_name, name, certificate);
	if (certificate)
		return certificate;
	certificate = &credentials->certificate[credentials->certificate_count];
	certificate->number = (uint32_t)credentials->certificate_count++;
	certificate->name = name;
	/* Without the memory to find it again, it is only read twice. */
	HASH_ADD_KEYPTR(hh, credentials->by_name, name, strlen(name), certificate);
	return certificate;
}

/* Of a certificate that is loaded the files only have to be looked at: nothing comes from them. */
static int watch_files(struct watch *watch, const struct owncert *own, struct error *e)
{
	int (*add)(struct watch * watch, const char *path) = own->place == OWNCERT_IN_KEYRING ? watch_add_aside :
												watch_add;

	if (!own->path || !own->key_path || add(watch, own->path) || add(watch, own->key_path))
		return out_of_memory(e);
	return 0;
}

/* A missing one is no error here.  It is in the keyring or in files, and may move from one to the other. */
static int read_chain(struct certificate *certificate, struct watch *watch, struct error *e)
{
	int r, watched;

	watch_add_loaded(watch, certificate->name);
	r = owncert_read(CERTIFICATE_FOLDER, certificate->name, &certificate->own, e);
	certificate->exists = !r;
	watched = watch_files(watch, &certificate->own, r ? NULL : e);
	if (watched)
		return watched;
	return r == -ENOENT ? 0 : r;
}

bool credentials_forget(struct credentials *credentials, const char *name)
{
	struct certificate *certificate;

	HASH_FIND_STR(credentials->by_name, name, certificate);
	if (certificate)
		certificate->was_unloaded = true;
	return certificate != NULL;
}

/* For as long as it is gone, which may be several reloads. */
static bool was_unloaded(const struct credentials *before, const struct certificate *certificate)
{
	struct certificate *then = NULL;

	if (before && !certificate->exists)
		HASH_FIND_STR(before->by_name, certificate->name, then);
	return then && then->was_unloaded;
}

static int load_certificate(struct credentials *credentials, const struct credentials *before, enum role role,
			    size_t number, struct watch *watch, struct error *e)
{
	const struct policy_text *answer = policy_certificate(credentials->policy, policy_role_of(role), number);
	struct role_credentials *to = &credentials->role[role];
	struct certificate *certificate;
	int r;

	/* Where the bare section names one, nothing falls back to "host". */
	if (!number && to->usual.certificate.number)
		return 0;
	certificate = certificate_named(credentials, answer->value);
	r = certificate->own.path ? 0 : read_chain(certificate, watch, e);
	to->certificate[number] = certificate;
	certificate->was_unloaded = was_unloaded(before, certificate);
	if (!r && !certificate->exists && !certificate->was_unloaded && answer->source.file)
		r = error_set(e, ENOENT,
			      "%s does not exist, and nothing is loaded under the name: put the certificate "
			      "there and its key at %s",
			      certificate->own.path, certificate->own.key_path);
	return r ? blame(&answer->source, role, e) : 0;
}

static int load_certificates(struct credentials *credentials, const struct credentials *before, struct watch *watch,
			     struct error *e)
{
	size_t total = 0;
	int r = 0;

	for (enum role role = 0; role < ROLE_COUNT; role++) {
		struct role_credentials *to = &credentials->role[role];

		to->certificate_count = policy_certificate_count(credentials->policy, policy_role_of(role));
		to->certificate = calloc(to->certificate_count + 1, sizeof(struct certificate *));
		if (!to->certificate)
			return out_of_memory(e);
		total += to->certificate_count;
	}
	credentials->certificate = calloc(total + 1, sizeof(*credentials->certificate));
	if (!credentials->certificate)
		return out_of_memory(e);
	for (enum role role = 0; role < ROLE_COUNT; role++)
		for (size_t i = 0; !r && i < credentials->role[role].certificate_count; i++)
			r = load_certificate(credentials, before, role, i, watch, e);
	return r;
}

int credentials_connection(const struct credentials *credentials, enum role role, const char *name,
			   const struct ip_address *end, struct policy_connection *answer, struct error *e)
{
	if (role == ROLE_SERVER)
		return policy_server_connection(credentials->policy, name && *name ? name : NULL, end, answer, e);
	return policy_client_connection(credentials->policy, name, end, answer, e);
}

const struct certificate *credentials_certificate(const struct credentials *credentials, enum role role,
						  const struct policy_text *answer)
{
	const struct role_credentials *own = &credentials->role[role];

	return answer->number < own->certificate_count ? own->certificate[answer->number] : NULL;
}

const struct certificate *credentials_listed(const struct credentials *credentials, enum role role, size_t number)
{
	struct certificate *const *all = credentials->role[role].certificate;

	/* "host" can be there twice: by default, and because a section names it. */
	if (!all[number] || !all[number]->exists || (number && all[number] == all[0]))
		return NULL;
	return all[number];
}

/* ---- own names --------------------------------------------------------- */

static bool covers(gnutls_x509_crt_t cert, const char *name)
{
	struct x509_reference reference;

	if (name[0] == '*' && name[1] == '.')
		return x509_cert_covers_below(cert, name + 2);
	x509_reference_parse(name, &reference);
	return x509_cert_covers(cert, &reference);
}

/* Clients that ask for a name would refuse another's certificate: better now than at each mount. */
static int check_own_name(const struct credentials *credentials, const struct policy_own_name *own, struct error *e)
{
	const struct certificate *certificate = credentials_certificate(credentials, ROLE_SERVER, &own->certificate);
	char names[IDENTITY_MAX];

	if (certificate && certificate->was_unloaded)
		return 0;
	if (!certificate || !certificate->exists) {
		error_set(e, ENOENT, "the certificate was not read");
		return blame(&own->certificate.source, ROLE_SERVER, e);
	}
	if (covers(certificate->own.chain.cert[0], own->name))
		return 0;
	x509_cert_names(certificate->own.chain.cert[0], names, sizeof(names));
	error_set(e, EINVAL,
		  "%s does not cover %s: it is for %s: have one issued with that DNS subjectAltName, "
		  "or set certificate= to one that has it",
		  owncert_shown(&certificate->own), own->name, names);
	return blame(&own->certificate.source, ROLE_SERVER, e);
}

static int check_own_names(const struct credentials *credentials, struct error *e)
{
	int r = 0;

	for (size_t i = 0; !r && i < policy_own_name_count(credentials->policy); i++)
		r = check_own_name(credentials, policy_own_name(credentials->policy, i), e);
	return r;
}

/* ---- trust ------------------------------------------------------------- */

/* Reads a file that the configuration names; *out stays NULL where it names none. */
static int load_bundle(const struct policy_text *text, struct bytes *bundle, const struct bytes **out,
		       struct watch *watch, struct error *e)
{
	int r;

	*out = NULL;
	if (!text->value)
		return 0;
	if (watch_add(watch, text->value))
		return out_of_memory(e);
	r = file_read(text->value, X509_TRUST_FILE_MAX, FILE_TRUSTED, bundle, e);
	if (!r)
		*out = bundle;
	return r;
}

static int load_store(const struct policy_trust *pair, enum role role, struct trust_store *to, struct watch *watch,
		      struct error *e)
{
	AUTO_BYTES ca_file = { 0 };
	AUTO_BYTES crl_file = { 0 };
	const struct bytes *ca, *crl;
	int r = load_bundle(&pair->truststore, &ca_file, &ca, watch, e);

	if (r)
		return blame(&pair->truststore.source, role, e);
	r = load_bundle(&pair->crl, &crl_file, &crl, watch, e);
	if (r)
		return blame(&pair->crl.source, role, e);
	if (!ca)
		for (size_t i = 0; i < ARRAY_SIZE(system_trust_files); i++)
			if (watch_add(watch, system_trust_files[i]))
				return out_of_memory(e);
	to->truststore = pair->truststore.number;
	to->crl = pair->crl.number;
	r = x509_trust_new(ca ? pair->truststore.value : "the system's trust store", ca, crl ? pair->crl.value : "",
			   crl, &to->trust, e);
	/* The text names the file; of a pair this is the line to look at first. */
	return r ? blame(crl ? &pair->crl.source : &pair->truststore.source, role, e) : 0;
}

static int compare_stores(const void *first, const void *second)
{
	const struct trust_store *a = first, *b = second;

	if (a->truststore != b->truststore)
		return a->truststore < b->truststore ? -1 : 1;
	return a->crl == b->crl ? 0 : a->crl < b->crl ? -1 : 1;
}

static int load_stores(struct credentials *credentials, enum role role, struct watch *watch, struct error *e)
{
	struct role_credentials *to = &credentials->role[role];
	size_t count = policy_trust_count(credentials->policy, policy_role_of(role));
	int r = 0;

	to->store = calloc(count + 1, sizeof(*to->store));
	if (!to->store)
		return out_of_memory(e);
	to->store_count = count;
	for (size_t i = 0; !r && i < count; i++)
		r = load_store(policy_trust(credentials->policy, policy_role_of(role), i), role, &to->store[i], watch,
			       e);
	if (!r)
		qsort(to->store, count, sizeof(*to->store), compare_stores);
	return r;
}

const struct x509_trust *credentials_trust(const struct credentials *credentials, enum role role,
					   const struct policy_connection *answer)
{
	const struct role_credentials *own = &credentials->role[role];
	struct trust_store wanted = { .truststore = answer->truststore.number, .crl = answer->crl.number };
	const struct trust_store *found =
		bsearch(&wanted, own->store, own->store_count, sizeof(*own->store), compare_stores);

	return found ? found->trust : NULL;
}

/* ---- all of it --------------------------------------------------------- */

/* Of a server without name and address only the bare section speaks. */
static int ask_usual(struct credentials *credentials, struct error *e)
{
	int r = policy_client_connection(credentials->policy, "", NULL, &credentials->role[ROLE_CLIENT].usual, e);

	return r ? r :
		   policy_server_connection(credentials->policy, NULL, NULL, &credentials->role[ROLE_SERVER].usual, e);
}

int credentials_load(const char *conf_path, const struct credentials *before, struct credentials **credentials,
		     struct watch *watch, struct error *e)
{
	struct credentials *new = calloc(1, sizeof(*new));
	int r;

	if (!new)
		return out_of_memory(e);
	watch_free(watch);
	r = policy_read("", conf_path, &watch->files, &new->policy, e);
	if (!r)
		r = ask_usual(new, e);
	if (!r)
		r = load_certificates(new, before, watch, e);
	if (!r)
		r = check_own_names(new, e);
	for (enum role role = 0; !r && role < ROLE_COUNT; role++)
		r = load_stores(new, role, watch, e);
	if (!r)
		r = tls_priority_new(&new->priority, e);
	if (r) {
		credentials_free(new);
		return r;
	}
	*credentials = new;
	return 0;
}

static void free_role(struct role_credentials *role)
{
	for (size_t i = 0; i < role->store_count; i++)
		x509_trust_free(role->store[i].trust);
	free(role->store);
	free(role->certificate);
}

void credentials_free(struct credentials *credentials)
{
	if (!credentials)
		return;
	HASH_CLEAR(hh, credentials->by_name);
	for (size_t i = 0; i < credentials->certificate_count; i++)
		owncert_free(&credentials->certificate[i].own);
	free(credentials->certificate);
	for (enum role role = 0; role < ROLE_COUNT; role++)
		free_role(&credentials->role[role]);
	if (credentials->priority)
		gnutls_priority_deinit(credentials->priority);
	policy_free(credentials->policy);
	free(credentials);
}
