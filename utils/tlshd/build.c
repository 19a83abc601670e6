/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A new generation takes over, and what an administrator should know of it is said. */
#include "utils/tlshd/agent_private.h"

#include <string.h>
#include <utlist.h>

static void install(struct agent *agent, struct generation *generation)
{
	struct generation *old = agent->current;

	agent->current = generation;
	for (unsigned int i = 0; i < generation->worker_count; i++)
		workers_watch(agent, &generation->worker[i]);
	if (!old)
		return;
	LL_PREPEND(agent->retired, old);
	generation_retire(old);
	workers_drop_empty(agent);
}

static size_t count_certificates(const struct credentials *credentials, enum role role)
{
	size_t count = 0;

	for (size_t i = 0; i < credentials->role[role].certificate_count; i++)
		if (credentials_listed(credentials, role, i))
			count++;
	return count;
}

/* The usual certificate and trust, and how many others there are. */
static void describe_role(const struct credentials *credentials, enum role role, struct strbuf *text)
{
	const struct role_credentials *own = &credentials->role[role];
	const struct certificate *usual = credentials_certificate(credentials, role, &own->usual.certificate);
	size_t others = count_certificates(credentials, role);
	char names[IDENTITY_MAX] = "none";

	if (usual && usual->exists) {
		x509_cert_names(usual->own.chain.cert[0], names, sizeof(names));
		others--;
	}
	strbuf_addf(text, "; %s certificate %s", role_word(role), names);
	if (others)
		strbuf_addf(text, " and %zu other%s", others, others == 1 ? "" : "s");
	strbuf_addf(text, ", %u authorities", x509_trust_count(credentials_trust(credentials, role, &own->usual)));
	if (own->store_count > 1)
		strbuf_addf(text, " and %zu other trust store%s", own->store_count - 1,
			    own->store_count == 2 ? "" : "s");
}

void agent_describe(const struct generation *generation, struct strbuf *text)
{
	strbuf_addf(text, "%u workers as %s", generation->worker_count, generation->user.name);
	for (enum role role = 0; role < ROLE_COUNT; role++)
		describe_role(generation->credentials, role, text);
}

static void warn_of_public_trust(const struct credentials *credentials)
{
	if (count_certificates(credentials, ROLE_SERVER) && !credentials->role[ROLE_SERVER].usual.truststore.value)
		log_line(LOG_LEVEL_WARNING,
			 "[server] has no truststore=: a client certificate of any public"
			 " authority "
			 "counts as mutual authentication: name the authority that signs your clients");
}

static void warn_of_unloaded_files(const struct credentials *credentials)
{
	for (size_t i = 0; i < credentials->certificate_count; i++) {
		const struct certificate *certificate = &credentials->certificate[i];

		if (certificate->exists && owncert_file_differs(&certificate->own))
			log_line(LOG_LEVEL_WARNING,
				 "%s holds something else than what is loaded as %s, and is not "
				 "used: load it with \"nfscert load %s\"",
				 certificate->own.path, certificate->name, certificate->name);
	}
}

static void warn_of_what_was_unloaded(const struct credentials *credentials)
{
	for (size_t i = 0; i < credentials->certificate_count; i++)
		if (credentials->certificate[i].was_unloaded)
			log_line(LOG_LEVEL_WARNING,
				 "the certificate %s was unloaded, and handshakes that need it fail:"
				 " load it with \"nfscert load %s\", or take it out of the policy",
				 credentials->certificate[i].name, credentials->certificate[i].name);
}

/* Both roles may name the same file: what is said of it is said once. */
struct told {
	const char *text[16];
	size_t count;
};

static bool is_told(struct told *told, const char *text)
{
	for (size_t i = 0; i < told->count; i++)
		if (!strcmp(told->text[i], text))
			return true;
	if (told->count < ARRAY_SIZE(told->text))
		told->text[told->count++] = text;
	return false;
}

static void warn_of_lists_in(const struct x509_trust *trust, struct told *told)
{
	const struct x509_remark *remark;

	for (unsigned int i = 0; (remark = x509_trust_remark(trust, i)) && told->count < ARRAY_SIZE(told->text); i++)
		if (!is_told(told, remark->text))
			log_line(LOG_LEVEL_WARNING, "%s", remark->text);
}

static void warn_of_lists(const struct credentials *credentials)
{
	struct told told = { .count = 0 };

	for (enum role role = 0; role < ROLE_COUNT; role++)
		for (size_t i = 0; i < credentials->role[role].store_count; i++)
			warn_of_lists_in(credentials->role[role].store[i].trust, &told);
	if (told.count == ARRAY_SIZE(told.text))
		log_line(LOG_LEVEL_WARNING, "there may be more to say of the revocation lists: see nfstls check");
}

void agent_tell_policy(const struct agent *agent, const struct policy *policy)
{
	struct error e;

	if (agent->handshake && policy_keep(policy, &e))
		log_line(LOG_LEVEL_WARNING, "other programs may take a policy whose file is gone for none: %s", e.text);
}

int agent_build(struct agent *agent, struct error *e)
{
	struct generation *new;
	int r = generation_new(agent->options->conf_path, agent->current, agent->generations + 1, &new, &agent->watch,
			       e);

	if (r)
		return r;
	agent->generations++;
	install(agent, new);
	agent_tell_policy(agent, new->credentials->policy);
	warn_of_public_trust(new->credentials);
	warn_of_unloaded_files(new->credentials);
	warn_of_what_was_unloaded(new->credentials);
	warn_of_lists(new->credentials);
	return 0;
}
