/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What handshakes have to prove, and have proven. */
#include "utils/tlshd/proving.h"

#include <string.h>

#include "support/transport/transport.h"
#include "utils/tlshd/agent_private.h"
#include "utils/tlshd/volumes.h"

static void put_line(char to[256], const struct policy_source *source)
{
	AUTO_STRBUF line = { 0 };

	if (source->file)
		policy_source_format(source, &line);
	text_copy(to, 256, line.text && !line.failed ? line.text : "");
}

static void put_text(char to[256], const struct policy_text *text)
{
	text_copy(to, 256, text->value ? text->value : "");
}

struct record_proof proof_of(const struct generation *by, const char *name, const struct sockaddr_storage *remote)
{
	struct ip_address address = address_of(remote);
	struct record_proof proof = { .generation = by->number, .when_ms = clock_ms() };
	struct policy_connection connection;
	struct error e;

	text_copy(proof.name, sizeof(proof.name), name);
	if (policy_client_connection(by->credentials->policy, name, &address, &connection, &e))
		return proof;
	put_text(proof.truststore, &connection.truststore);
	put_text(proof.crl, &connection.crl);
	put_line(proof.peers, &connection.peers.source);
	return proof;
}

void proving_note(struct agent *agent, const struct pending *pending)
{
	char local[ADDRESS_END_MAX], remote[ADDRESS_END_MAX];
	struct tls_session *session;
	struct record_proof proof;

	address_end_text(&pending->local, local);
	address_end_text(&pending->remote, remote);
	session = record_session(agent->record, local, remote);
	if (!session || record_session_id(session) != pending->id)
		return;
	proof = proof_of(pending->worker->generation, pending->reference, &pending->remote);
	(void)record_session_prove(session, &proof);
	for (size_t at = 0; at < pending->names.size; at += strlen(pending->names.text + at) + 1) {
		proof = proof_of(pending->worker->generation, pending->names.text + at, &pending->remote);
		(void)record_session_prove(session, &proof);
	}
}

static void find_names(struct agent *agent, struct pending *pending, const char *remote)
{
	strbuf_free(&pending->names);
	shared_names(agent->shared, &pending->lineage, remote, &pending->names);
}

bool proving_names(struct agent *agent, struct pending *pending)
{
	char remote[ADDRESS_END_MAX];
	AUTO_STRBUF volumes = { 0 };

	if (pending->role != ROLE_CLIENT)
		return true;
	address_end_text(&pending->remote, remote);
	find_names(agent, pending, remote);
	if (pending->names.size && !volumes_read(&volumes)) {
		shared_forget(agent->shared, volumes.text);
		find_names(agent, pending, remote);
	}
	return !pending->names.failed && pending->names.size <= MORE_NAMES_MAX;
}
