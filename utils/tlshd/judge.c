/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/tlshd/judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Names of one certificate that the policy is asked about; a list of peers is of no use to one with more. */
#define IDENTITIES_MAX 256u

/* Bytes of a deciding line that a reason has room for; what it says besides is told first. */
#define LINE_MAX_SHOWN 240u

void judge_show_line(const struct policy_source *source, struct strbuf *out)
{
	policy_source_format(source, out);
	if (out->failed || out->size <= LINE_MAX_SHOWN || !source->file)
		return;
	strbuf_free(out);
	strbuf_addf(out, "%s= in %s (%s:%u)", source->key, source->section, source->file, source->line);
}

/* An identity of size 0 is nobody's, but tells that there was a certificate. */
static size_t list_identities(gnutls_x509_crt_t cert, struct x509_reference *from, struct policy_identity *to)
{
	size_t count = x509_cert_identities(cert, from, IDENTITIES_MAX);

	for (size_t i = 0; i < count; i++) {
		to[i].name = from[i].is_address ? NULL : from[i].name;
		to[i].address = from[i].address;
	}
	return count ? count : 1;
}

/* Is a peer with this verified certificate one of those who may?  *source is the line that says so. */
static bool is_permitted(const struct judge_question *question, gnutls_x509_crt_t cert, struct policy_source *source)
{
	AUTO_FREE struct x509_reference *names = malloc(IDENTITIES_MAX * sizeof(*names));
	AUTO_FREE struct policy_identity *identities = calloc(IDENTITIES_MAX, sizeof(*identities));
	size_t count;

	*source = question->connection->peers.source;
	if (!names || !identities)
		return false;
	count = list_identities(cert, names, identities);
	if (question->role == ROLE_CLIENT)
		return policy_peers_have(question->connection->peer_list, identities, count);
	return policy_client_may_connect(question->policy, identities, count, source);
}

static void judge_permitted(const struct judge_question *question, gnutls_x509_crt_t cert, struct judgement *to)
{
	char names[IDENTITY_MAX];
	AUTO_STRBUF line = { 0 };
	struct policy_source source;

	if (is_permitted(question, cert, &source))
		return;
	judge_show_line(&source, &line);
	x509_cert_names(cert, names, sizeof(names));
	to->why = REASON_NOT_PERMITTED;
	snprintf(to->cause, sizeof(to->cause), "%.120s is not among %s", names,
		 line.failed ? "the permitted peers" : line.text);
}

void judge_chain(const struct judge_question *question, const struct x509_chain *chain, struct judgement *to)
{
	bool client = question->role == ROLE_CLIENT;
	const struct x509_demands demands = {
		.purpose = client ? X509_FOR_SERVER : X509_FOR_CLIENT,
		.reference = client ? question->reference : NULL,
		.lists_required = question->connection->crl_required.number,
		.now = time(NULL),
	};
	to->why = x509_verify_with(question->trust, chain, &demands, to->cause, sizeof(to->cause));
	to->verified = to->why == REASON_OK;
	if (to->verified)
		judge_permitted(question, chain->cert[0], to);
}

void judge_server(const struct credentials *credentials, const char *name, const struct ip_address *address,
		  const struct x509_chain *chain, struct judgement *to)
{
	struct policy_connection connection;
	struct x509_reference reference;
	struct judge_question question = {
		.role = ROLE_CLIENT, .policy = credentials->policy, &connection, .reference = &reference
	};
	struct error e = { .text = "the policy's answer was not loaded: this is a defect, please report it" };

	*to = (struct judgement){ .why = REASON_NO_CREDENTIALS };
	x509_reference_parse(name, &reference);
	if (!policy_client_connection(credentials->policy, name, address, &connection, &e))
		question.trust = credentials_trust(credentials, ROLE_CLIENT, &connection);
	if (question.trust)
		judge_chain(&question, chain, to);
	else
		text_copy(to->cause, sizeof(to->cause), e.text);
}
