/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/nfscert/examine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *role_words(unsigned int roles)
{
	static const char *const words[] = { "nothing", "client", "server", "client and server" };

	return words[roles & ROLE_BOTH];
}

int role_parse(const char *word, unsigned int *roles, struct error *e)
{
	if (!strcmp(word, "client"))
		*roles = ROLE_CLIENT;
	else if (!strcmp(word, "server"))
		*roles = ROLE_SERVER;
	else
		return error_set(e, EINVAL, "--role is client or server");
	return 0;
}

/* ---- authorities --------------------------------------------------------------- */

struct authorities {
	struct x509_trust **store;
	size_t count;
	struct error trouble; /* of the first that could not be read; code 0: none */
};

static int add_store(struct authorities *all, const struct policy_text *ca, const struct policy_text *crl,
		     struct error *e)
{
	AUTO_BYTES ca_file = { 0 };
	AUTO_BYTES crl_file = { 0 };
	int r = ca->value ? file_read(ca->value, X509_TRUST_FILE_MAX, FILE_TRUSTED, &ca_file, e) : 0;

	if (!r && crl->value)
		r = file_read(crl->value, X509_TRUST_FILE_MAX, FILE_TRUSTED, &crl_file, e);
	if (!r)
		r = x509_trust_new(ca->value ? ca->value : "the system's trust store", ca->value ? &ca_file : NULL,
				   crl->value ? crl->value : "", crl->value ? &crl_file : NULL, &all->store[all->count],
				   e);
	if (!r)
		all->count++;
	return r;
}

static const enum policy_role policy_roles[] = { POLICY_CLIENT, POLICY_SERVER };

static void note_trouble(struct authorities *all, const struct policy_source *source, const struct error *e)
{
	AUTO_STRBUF line = { 0 };

	policy_source_format(source, &line);
	error_set(&all->trouble, e->code ? e->code : EIO, "%s: %s", line.failed ? "" : line.text, e->text);
}

static void add_stores_of_policy(struct authorities *all, const struct policy *policy)
{
	struct error e;

	for (size_t role = 0; role < ARRAY_SIZE(policy_roles); role++)
		for (size_t i = 0; i < policy_trust_count(policy, policy_roles[role]); i++) {
			const struct policy_trust *trust = policy_trust(policy, policy_roles[role], i);

			if (trust->truststore.value && add_store(all, &trust->truststore, &trust->crl, &e) &&
			    !all->trouble.code)
				note_trouble(all, &trust->truststore.source, &e);
		}
}

static size_t most_stores(const struct policy *policy)
{
	size_t count = 1; /* the system's, or the only one */

	for (size_t role = 0; policy && role < ARRAY_SIZE(policy_roles); role++)
		count += policy_trust_count(policy, policy_roles[role]);
	return count;
}

int authorities_read(const struct policy *policy, const char *only_file, struct authorities **all, struct error *e)
{
	const struct policy_text none = { 0 }, only = { .value = only_file };
	struct authorities *new = calloc(1, sizeof(*new));
	int r;

	if (new)
		new->store = calloc(most_stores(policy), sizeof(struct x509_trust *));
	if (!new || !new->store) {
		free(new);
		return error_set(e, ENOMEM, "out of memory");
	}
	if (!only_file && policy)
		add_stores_of_policy(new, policy);
	r = add_store(new, &only, &none, e);
	if (r)
		authorities_free(new);
	else
		*all = new;
	return r;
}

const char *authorities_trouble(const struct authorities *all)
{
	return all->trouble.code ? all->trouble.text : NULL;
}

void authorities_free(struct authorities *all)
{
	if (!all)
		return;
	for (size_t i = 0; i < all->count; i++)
		x509_trust_free(all->store[i]);
	free(all->store);
	free(all);
}

/* ---- the chain -------------------------------------------------------------------- */

/* The one that has signed it; of several, as when one was renewed, the one that lasts.  NULL: none is in the chain. */
static gnutls_x509_crt_t find_issuer(const struct x509_chain *chain, gnutls_x509_crt_t cert)
{
	gnutls_x509_crt_t found = NULL;

	for (unsigned int i = 1; i < chain->count; i++)
		if (!gnutls_x509_crt_equals(chain->cert[i], cert) && x509_cert_is_signed_by(cert, chain->cert[i]) &&
		    (!found ||
		     gnutls_x509_crt_get_expiration_time(chain->cert[i]) > gnutls_x509_crt_get_expiration_time(found)))
			found = chain->cert[i];
	return found;
}

gnutls_x509_crt_t chain_first_to_expire(const struct x509_chain *chain)
{
	gnutls_x509_crt_t first = chain->cert[0], cert = first;

	/* What is in the file and not on the way up has no say; each step is one certificate, whatever they claim. */
	for (unsigned int i = 1; i < chain->count && (cert = find_issuer(chain, cert)); i++)
		if (gnutls_x509_crt_get_expiration_time(cert) < gnutls_x509_crt_get_expiration_time(first))
			first = cert;
	return first;
}

long chain_days_left(const struct x509_chain *chain, time_t now)
{
	long long seconds = (long long)gnutls_x509_crt_get_expiration_time(chain_first_to_expire(chain)) - now;

	/* A part of a day that has passed is a day that is over. */
	return (long)(seconds < 0 ? (seconds - 86399) / 86400 : seconds / 86400);
}

/* What one look at the chain found. */
struct verdict {
	enum reason word;
	char why[512];
};

/* Who knows the authority knows best what is wrong. */
static bool is_better(enum reason new, enum reason old)
{
	return new == REASON_OK || old == REASON_UNKNOWN_CA;
}

static void verify_under(const struct x509_trust *trust, const struct x509_chain *chain, enum x509_purpose purpose,
			 time_t now, struct verdict *best)
{
	struct verdict one;

	one.word = x509_verify(trust, chain, purpose, NULL, now, one.why, sizeof(one.why));
	if (!best->why[0] || is_better(one.word, best->word))
		*best = one;
}

/* A chain that ends in a self-signed certificate brings its own authority: whether to believe it is up to the peers. */
static void verify_by_itself(const struct x509_chain *chain, enum x509_purpose purpose, time_t now,
			     struct verdict *best)
{
	gnutls_x509_crt_t top = chain->cert[chain->count - 1];
	struct x509_trust *trust = NULL;
	struct strbuf pem = { 0 };
	struct bytes bytes;
	struct error e;

	if (!gnutls_x509_crt_check_issuer(top, top) || x509_cert_to_pem(top, &pem, &e)) {
		strbuf_free(&pem);
		return;
	}
	bytes = (struct bytes){ .data = (unsigned char *)pem.text, .size = pem.size };
	if (!x509_trust_new("the chain itself", &bytes, "", NULL, &trust, &e))
		verify_under(trust, chain, purpose, now, best);
	x509_trust_free(trust);
	strbuf_free(&pem);
}

static void verify_for(const struct x509_chain *chain, const struct authorities *all, enum x509_purpose purpose,
		       time_t now, struct verdict *best)
{
	*best = (struct verdict){ .word = REASON_UNKNOWN_CA };
	for (size_t i = 0; best->word != REASON_OK && i < all->count; i++)
		verify_under(all->store[i], chain, purpose, now, best);
	if (best->word != REASON_OK)
		verify_by_itself(chain, purpose, now, best);
}

static enum status tell(const struct verdict *verdict, struct error *e)
{
	char sentence[430]; /* its remedy is not to be cut by struct error */

	reason_sentence(verdict->word, verdict->why, "host", sentence, sizeof(sentence));
	if (verdict->word == REASON_UNKNOWN_CA)
		error_set(e, ENOKEY, "%s; where only the other side knows its authority, name it with --truststore",
			  sentence);
	else
		error_set(e, EINVAL, "%s", sentence);
	return (enum status)reason_row(verdict->word)->exit;
}

/*
 * The key of an authority belongs into no kernel.  Many tools make what is self-signed an authority, too, and mean a
 * host.
 */
static enum status refuse_authority(gnutls_x509_crt_t cert, struct error *e)
{
	unsigned int critical;
	char names[128];

	if (gnutls_x509_crt_get_ca_status(cert, &critical) <= 0 || gnutls_x509_crt_check_issuer(cert, cert))
		return STATUS_DONE;
	x509_cert_names(cert, names, sizeof(names));
	error_set(e, EINVAL, "the certificate of %s is an authority's, and no host's: have it issue one for this host",
		  names);
	return STATUS_PURPOSE;
}

/* RFC 9525 section 6.1 */
static void demand_name(gnutls_x509_crt_t cert, struct verdict *server)
{
	char names[128];

	if (server->word != REASON_OK || x509_cert_names_server(cert))
		return;
	x509_cert_names(cert, names, sizeof(names));
	server->word = REASON_WRONG_PURPOSE;
	snprintf(server->why, sizeof(server->why),
		 "the certificate of %s has no DNS name and no address in subjectAltName, and no client looks for the "
		 "server's name elsewhere",
		 names);
}

enum status examine_chain(const struct x509_chain *chain, const struct authorities *all, unsigned int wanted,
			  time_t now, unsigned int *roles, struct error *e)
{
	struct verdict client, server;
	const struct verdict *worse;

	verify_for(chain, all, X509_FOR_CLIENT, now, &client);
	verify_for(chain, all, X509_FOR_SERVER, now, &server);
	demand_name(chain->cert[0], &server);
	*roles = (client.word == REASON_OK ? ROLE_CLIENT : 0) | (server.word == REASON_OK ? ROLE_SERVER : 0);
	if (wanted ? (*roles & wanted) == wanted : *roles != 0) {
		*roles = wanted ? wanted : *roles;
		return refuse_authority(chain->cert[0], e);
	}
	/* Of both, the one that is not about the purpose says more. */
	worse = client.word == REASON_WRONG_PURPOSE || wanted == ROLE_SERVER ? &server : &client;
	if (wanted == ROLE_CLIENT)
		worse = &client;
	return tell(worse, e);
}

/* The commonest mistake has a sentence of its own. */
static enum status not_a_pair(const struct material *material, struct error *e)
{
	struct error other;

	for (unsigned int i = 1; i < material->chain.count; i++)
		if (!x509_key_matches("", material->key, "", material->chain.cert[i], &other)) {
			error_set(e, EINVAL,
				  "%s belongs to certificate %u of %s: put the host's own first, then those "
				  "above it",
				  material->key_name, i + 1, material->certificate_name);
			break;
		}
	return STATUS_NOT_A_PAIR;
}

enum status examine_material(const struct material *material, const struct authorities *all, unsigned int wanted,
			     time_t now, unsigned int *roles, struct error *e)
{
	if (x509_key_check_strength(material->key_name, material->key, e))
		return STATUS_WEAK;
	if (x509_key_matches(material->key_name, material->key, material->certificate_name, material->chain.cert[0], e))
		return not_a_pair(material, e);
	return examine_chain(&material->chain, all, wanted, now, roles, e);
}
