/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The certificates, keys and trust stores that the policy can answer with. */
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "utils/nfstls/check.h"

#define DAY 86400
#define HOST_ROOM 256u
#define SUBJECT_ROOM 512u

/* One pair of trust store and revocation list of one role. */
struct store {
	const struct policy_trust *named;
	struct x509_trust *trust; /* NULL: it could not be read, which was said */
};

struct stores {
	struct store *at;
	size_t count;
};

static const char *const role_words[] = { [POLICY_CLIENT] = "client", [POLICY_SERVER] = "server" };

/* ---- trust stores ------------------------------------------------------------------ */

static int read_trusted(const struct check *check, const char *path, size_t max, struct bytes *file, struct error *e)
{
	AUTO_FREE char *whole = check_path(check, path);

	return whole ? file_read(whole, max, FILE_TRUSTED, file, e) : error_set(e, ENOMEM, "out of memory");
}

static int read_store(const struct check *check, const struct policy_trust *named, struct x509_trust **trust,
		      struct error *e)
{
	const char *ca_path = named->truststore.value, *crl_path = named->crl.value;
	AUTO_BYTES ca = { 0 };
	AUTO_BYTES crl = { 0 };
	int r = ca_path ? read_trusted(check, ca_path, X509_TRUST_FILE_MAX, &ca, e) : 0;

	if (!r && crl_path)
		r = read_trusted(check, crl_path, X509_TRUST_FILE_MAX, &crl, e);
	if (r)
		return r;
	return x509_trust_new(ca_path ? ca_path : "the system's trust store", ca_path ? &ca : NULL,
			      crl_path ? crl_path : "", crl_path ? &crl : NULL, trust, e);
}

static const char *store_name(const struct policy_trust *named)
{
	return named->truststore.value ? named->truststore.value : "the system's";
}

static void check_store(struct check *check, enum policy_role role, struct store *store)
{
	char subject[SUBJECT_ROOM];
	struct error e;

	snprintf(subject, sizeof(subject), "trust store of the %s, %.400s", role_words[role],
		 store_name(store->named));
	if (!store->named->truststore.value && !check->live)
		check_say(check, CHECK_WARNING, subject, "run nfstls check on the host itself",
			  "not read, since another root is examined");
	else if (read_store(check, store->named, &store->trust, &e))
		check_say(check, !check->is_root && e.code == EACCES ? CHECK_WARNING : CHECK_FAILURE, subject,
			  !check->is_root && e.code == EACCES ? "ask again as root" : "correct or replace it", "%s",
			  e.text);
	else if (!x509_trust_count(store->trust))
		check_say(check, CHECK_WARNING, subject, "set truststore=, or install ca-certificates",
			  "holds no authority, so no peer's certificate can be verified");
	else
		check_say(check, CHECK_OK, subject, NULL, "%u authorities", x509_trust_count(store->trust));
}

static void read_stores(struct check *check, enum policy_role role, struct stores *stores)
{
	size_t count = policy_trust_count(check->policy, role);

	stores->at = calloc(count + 1, sizeof(*stores->at));
	stores->count = stores->at ? count : 0;
	check->findings.failed |= !stores->at;
	for (size_t i = 0; i < stores->count; i++) {
		stores->at[i].named = policy_trust(check->policy, role, i);
		check_store(check, role, &stores->at[i]);
	}
}

static void free_stores(struct stores *stores)
{
	for (size_t i = 0; i < stores->count; i++)
		x509_trust_free(stores->at[i].trust);
	free(stores->at);
}

/* ---- names ---------------------------------------------------------------------------- */

/* Of this host, as clients would know it; false when the resolver knows none with a domain. */
static bool find_host_name(char host[HOST_ROOM])
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_CANONNAME };
	struct addrinfo *all = NULL;

	if (gethostname(host, HOST_ROOM) < 0)
		return false;
	host[HOST_ROOM - 1] = '\0';
	if (getaddrinfo(host, NULL, &hints, &all) == 0 && all->ai_canonname && strchr(all->ai_canonname, '.'))
		text_copy(host, HOST_ROOM, all->ai_canonname);
	if (all)
		freeaddrinfo(all);
	return strchr(host, '.') != NULL;
}

static bool covers(gnutls_x509_crt_t cert, const char *name)
{
	struct x509_reference ref;

	if (!strncmp(name, "*.", 2))
		return x509_cert_covers_below(cert, name + 2);
	x509_reference_parse(name, &ref);
	return x509_cert_covers(cert, &ref);
}

/* A name that a section gives to this certificate; returns whether there is one. */
static bool check_own_names(struct check *check, const char *subject, const char *certificate, gnutls_x509_crt_t cert)
{
	bool any = false;

	for (size_t i = 0; i < policy_own_name_count(check->policy); i++) {
		const struct policy_own_name *own = policy_own_name(check->policy, i);

		if (strcmp(own->certificate.value, certificate) != 0)
			continue;
		any = true;
		if (!covers(cert, own->name))
			check_say(check, CHECK_FAILURE, subject, "get a certificate for that name",
				  "does not cover %s, for which [server \"%s\"] names it", own->name, own->name);
	}
	return any;
}

static void check_names(struct check *check, const char *subject, const char *certificate, gnutls_x509_crt_t cert)
{
	char names[512], host[HOST_ROOM];

	x509_cert_names(cert, names, sizeof(names));
	if (check_own_names(check, subject, certificate, cert))
		return;
	if (!check->live)
		check_say(check, CHECK_WARNING, subject, "run nfstls check on the host itself",
			  "is for %s; whether that is the host's name is not known, since another root is examined",
			  names);
	else if (!find_host_name(host))
		check_say(check, CHECK_WARNING, subject, "see hostname --fqdn",
			  "is for %s; this host does not know its own name with its domain", names);
	else if (!covers(cert, host))
		check_say(check, CHECK_WARNING, subject, "see that peers know this host by a name that it covers",
			  "is for %s and does not cover %s, this host's name", names, host);
	else
		check_say(check, CHECK_OK, subject, NULL, "covers %s, this host's name", host);
}

/* ---- one certificate --------------------------------------------------------------------- */

/* The first of the chain that ends. */
static void check_days(struct check *check, const char *subject, const struct x509_chain *chain)
{
	time_t end = gnutls_x509_crt_get_expiration_time(chain->cert[0]);
	struct check_judgement judged;

	for (unsigned int i = 1; i < chain->count; i++) {
		time_t other = gnutls_x509_crt_get_expiration_time(chain->cert[i]);

		end = other < end ? other : end;
	}
	/* A day that has begun counts as gone. */
	check_judge_days(end >= check->now ? (long)((end - check->now) / DAY) :
					     -1 - (long)((check->now - end) / DAY), &judged);
	check_say(check, judged.level, subject, judged.remedy, "%s", judged.finding);
}

static void check_key(struct check *check, const char *name, const char *cert_path, gnutls_x509_crt_t cert)
{
	AUTO_STRBUF path = { 0 };
	AUTO_BYTES file = { 0 };
	char subject[SUBJECT_ROOM];
	gnutls_privkey_t key = NULL;
	struct error e;
	int r;

	snprintf(subject, sizeof(subject), "key of %.400s", name);
	strbuf_addf(&path, "%s" POLICY_CERTIFICATE_FOLDER "/%s.key", check->root, name);
	r = path.failed ? error_set(&e, ENOMEM, "out of memory") :
			  file_read(path.text, X509_FILE_MAX, FILE_PRIVATE, &file, &e);
	if (r == -EACCES && !check->is_root) {
		check_say(check, CHECK_WARNING, subject, "ask again as root", "only root can read it");
		return;
	}
	if (!r)
		r = x509_key_parse(path.text, file.data, file.size, &key, &e);
	if (!r)
		r = x509_key_matches(path.text, key, cert_path, cert, &e);
	if (r)
		check_say(check, CHECK_FAILURE, subject, "put the certificate's own key there, with mode 0600", "%s",
			  e.text);
	else
		check_say(check, CHECK_OK, subject, NULL, "is private, and the certificate's");
	gnutls_privkey_deinit(key);
}

/* The peers may trust others than this host does, so an unknown authority here is a warning. */
static void check_chain(struct check *check, enum policy_role role, const char *subject,
			const struct x509_chain *chain, const struct stores *stores)
{
	enum x509_purpose purpose = role == POLICY_CLIENT ? X509_FOR_CLIENT : X509_FOR_SERVER;
	enum x509_verdict verdict = X509_UNKNOWN_CA;
	bool tried = false;
	char why[512] = "";

	for (size_t i = 0; i < stores->count && verdict == X509_UNKNOWN_CA; i++) {
		if (!stores->at[i].trust)
			continue;
		verdict = x509_verify(stores->at[i].trust, chain, purpose, NULL, check->now, why, sizeof(why));
		tried = true;
	}
	if (!tried)
		check_say(check, CHECK_WARNING, subject, "see the trust stores above", "not verified as that of a %s",
			  role_words[role]);
	else if (verdict == X509_OK)
		check_say(check, CHECK_OK, subject, NULL, "is good for a %s", role_words[role]);
	else if (verdict == X509_UNKNOWN_CA)
		check_say(check, CHECK_WARNING, subject, "see that the peers' trust stores hold its authority",
			  "as that of a %s: %s", role_words[role], why);
	else
		check_say(check, CHECK_FAILURE, subject, "replace it", "as that of a %s: %s", role_words[role], why);
}

static void say_missing(struct check *check, enum policy_role role, const char *subject,
			const struct policy_text *named)
{
	AUTO_STRBUF line = { 0 };

	policy_source_format(&named->source, &line);
	if (named->source.file)
		check_say(check, CHECK_FAILURE, subject, "put it there, and its key beside it",
			  POLICY_CERTIFICATE_FOLDER "/%s.pem does not exist, and %s names it", named->value,
			  line.failed ? "the policy" : line.text);
	else
		check_say(check, CHECK_WARNING, subject,
			  "without it only xprtsec=tls works for a client, and nothing for a server",
			  POLICY_CERTIFICATE_FOLDER "/%s.pem does not exist, which is what a %s uses by default",
			  named->value, role_words[role]);
}

static int read_chain(const struct check *check, const char *path, struct x509_chain *chain, struct error *e)
{
	AUTO_BYTES file = { 0 };
	int r = read_trusted(check, path, X509_FILE_MAX, &file, e);

	return r ? r : x509_chain_parse(path, file.data, file.size, chain, e);
}

/* fresh: nothing was said of it yet. */
static void check_certificate(struct check *check, enum policy_role role, const struct policy_text *named, bool fresh,
			      const struct stores *stores)
{
	AUTO_CHAIN chain = { 0 };
	AUTO_STRBUF path = { 0 };
	char subject[SUBJECT_ROOM];
	struct error e = { .text = "out of memory" };
	int r;

	snprintf(subject, sizeof(subject), "certificate %.400s", named->value);
	strbuf_addf(&path, POLICY_CERTIFICATE_FOLDER "/%s.pem", named->value);
	r = path.failed ? -ENOMEM : read_chain(check, path.text, &chain, &e);
	if (r == -ENOENT) {
		say_missing(check, role, subject, named);
	} else if (r) {
		check_say(check, r == -EACCES && !check->is_root ? CHECK_WARNING : CHECK_FAILURE, subject,
			  r == -EACCES && !check->is_root ? "ask again as root" : "replace it", "%s", e.text);
	} else {
		if (fresh) {
			check_days(check, subject, &chain);
			check_names(check, subject, named->value, chain.cert[0]);
			check_key(check, named->value, path.text, chain.cert[0]);
		}
		check_chain(check, role, subject, &chain, stores);
	}
}

/* ---- all of them ----------------------------------------------------------------------------- */

/* Number 0 is the one by default, which no answer has where the bare section names another. */
static bool is_used(const struct policy *policy, enum policy_role role, size_t number)
{
	struct policy_connection usual;
	struct error e;
	int r;

	if (number)
		return true;
	r = role == POLICY_CLIENT ? policy_client_connection(policy, "", NULL, &usual, &e) :
				    policy_server_connection(policy, NULL, NULL, &usual, &e);
	return r || !usual.certificate.number;
}

static bool is_named_before(const struct policy *policy, enum policy_role role, size_t number)
{
	const char *name = policy_certificate(policy, role, number)->value;

	for (enum policy_role other = POLICY_CLIENT; other <= role; other++) {
		size_t end = other == role ? number : policy_certificate_count(policy, other);

		for (size_t i = 0; i < end; i++)
			if (is_used(policy, other, i) && !strcmp(policy_certificate(policy, other, i)->value, name))
				return true;
	}
	return false;
}

static void check_role(struct check *check, enum policy_role role)
{
	struct stores stores = { 0 };

	read_stores(check, role, &stores);
	for (size_t i = 0; i < policy_certificate_count(check->policy, role); i++)
		if (is_used(check->policy, role, i))
			check_certificate(check, role, policy_certificate(check->policy, role, i),
					  !is_named_before(check->policy, role, i), &stores);
	free_stores(&stores);
}

void check_certificates(struct check *check)
{
	if (check_lacks_policy(check, "certificates"))
		return;
	check_role(check, POLICY_CLIENT);
	check_role(check, POLICY_SERVER);
}
