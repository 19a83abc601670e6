/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/tlshd/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "support/json/json.h"
#include "support/mounts/mounts.h"
#include "support/transport/transport.h"

/* The last failure of one peer: a role, a name and an address without port. */
struct failure {
	char key[384];
	enum role role;
	enum reason why;
	char peer[256];
	char address[ADDRESS_END_MAX];
	char cause[CAUSE_MAX];
	int64_t when_ms;
	uint64_t count;
	UT_hash_handle hh;
};

struct tls_session {
	struct {
		char local[ADDRESS_END_MAX];
		char remote[ADDRESS_END_MAX];
	} key;
	struct sockaddr_storage local, remote;
	uint64_t id;
	enum role role;
	char peer[256];
	struct lineage lineage;
	char tls[8], cipher[32], alpn[8], serial[SERIAL_MAX], certificate[CERTIFICATE_NAME_MAX];
	bool mutual;
	int64_t expires;
	char *names; /* a list of texts */
	uint32_t names_left_out;
	struct bytes chain;
	struct record_proof *proofs; /* oldest first */
	size_t proof_count;
	time_t when;
	UT_hash_handle hh;
};

struct record {
	uint64_t counts[ROLE_COUNT][REASON_COUNT];
	struct failure *failures;     /* oldest first */
	struct tls_session *sessions; /* oldest first */
	size_t chains;		      /* bytes of all of them */
};

struct record *record_new(void)
{
	return calloc(1, sizeof(struct record));
}

static void drop_failure(struct record *record, struct failure *failure)
{
	HASH_DEL(record->failures, failure);
	free(failure);
}

static void drop_session(struct record *record, struct tls_session *session)
{
	HASH_DEL(record->sessions, session);
	record->chains -= session->chain.size;
	bytes_free(&session->chain);
	free(session->names);
	free(session->proofs);
	free(session);
}

void record_free(struct record *record)
{
	struct failure *failure, *next_failure;
	struct tls_session *session, *next_session;

	if (!record)
		return;
	HASH_ITER(hh, record->failures, failure, next_failure)
		drop_failure(record, failure);
	HASH_ITER(hh, record->sessions, session, next_session)
		drop_session(record, session);
	free(record);
}

/* The address alone: a peer's next connection comes from another port. */
static void host_text(const struct sockaddr_storage *end, char text[ADDRESS_END_MAX])
{
	struct sockaddr_storage host = *end;

	address_set_port(&host, 0);
	address_end_text(&host, text);
}

/* Moves the peer's entry to the young end, with what happened now. */
static void remember_failure(struct record *record, const struct record_handshake *handshake)
{
	char host[ADDRESS_END_MAX], key[384];
	struct failure *failure;

	host_text(&handshake->remote, host);
	snprintf(key, sizeof(key), "%d %s %s", (int)handshake->role, host, handshake->peer);
	HASH_FIND_STR(record->failures, key, failure);
	if (failure)
		HASH_DEL(record->failures, failure);
	else
		failure = calloc(1, sizeof(*failure));
	if (!failure)
		return;
	text_copy(failure->key, sizeof(failure->key), key);
	text_copy(failure->peer, sizeof(failure->peer), handshake->peer);
	text_copy(failure->address, sizeof(failure->address), host);
	text_copy(failure->cause, sizeof(failure->cause), handshake->outcome->cause);
	failure->role = handshake->role;
	failure->why = handshake->outcome->why;
	failure->when_ms = handshake->when_ms;
	failure->count++;
	HASH_ADD_STR(record->failures, key, failure);
	if (HASH_COUNT(record->failures) > RECORD_FAILURES_MAX)
		drop_failure(record, record->failures);
}

/* Without its chain a server can be proven to be nobody else. */
static void keep_chain(struct record *record, struct tls_session *session, const struct bytes *chain)
{
	if (chain && chain->size && record->chains + chain->size <= RECORD_CHAINS_MAX &&
	    !bytes_copy(&session->chain, chain->data, chain->size))
		record->chains += chain->size;
}

static bool take_outcome(struct tls_session *session, const struct outcome *outcome)
{
	text_copy(session->tls, sizeof(session->tls), outcome->tls);
	text_copy(session->cipher, sizeof(session->cipher), outcome->cipher);
	text_copy(session->alpn, sizeof(session->alpn), outcome->alpn);
	text_copy(session->serial, sizeof(session->serial), outcome->serial);
	text_copy(session->certificate, sizeof(session->certificate), outcome->certificate);
	session->mutual = outcome->mutual;
	session->expires = outcome->expires;
	session->names = text_list_copy(outcome->names);
	session->names_left_out = outcome->names_left_out;
	return session->names;
}

static void remember_session(struct record *record, const struct record_handshake *handshake)
{
	struct tls_session *session = calloc(1, sizeof(*session)), *old;

	if (!session || !take_outcome(session, handshake->outcome)) {
		free(session);
		return;
	}
	address_end_text(&handshake->local, session->key.local);
	address_end_text(&handshake->remote, session->key.remote);
	HASH_FIND(hh, record->sessions, &session->key, sizeof(session->key), old);
	if (old)
		drop_session(record, old);
	session->local = handshake->local;
	session->remote = handshake->remote;
	session->id = handshake->id;
	session->role = handshake->role;
	session->lineage = handshake->lineage;
	session->when = (time_t)(handshake->when_ms / 1000);
	text_copy(session->peer, sizeof(session->peer), handshake->peer);
	keep_chain(record, session, handshake->chain);
	HASH_ADD(hh, record->sessions, key, sizeof(session->key), session);
	if (HASH_COUNT(record->sessions) > RECORD_SESSIONS_MAX)
		drop_session(record, record->sessions);
}

bool record_is_full(const struct record *record)
{
	return HASH_COUNT(record->sessions) >= RECORD_SESSIONS_MAX;
}

void record_add(struct record *record, const struct record_handshake *handshake)
{
	record->counts[handshake->role][handshake->outcome->why]++;
	if (handshake->outcome->why == REASON_OK)
		remember_session(record, handshake);
	else
		remember_failure(record, handshake);
}

/* ---- sessions ----------------------------------------------------------- */

struct tls_session *record_session(const struct record *record, const char *local, const char *remote)
{
	struct tls_session wanted = { 0 }, *found;

	if (!text_copy(wanted.key.local, sizeof(wanted.key.local), local) ||
	    !text_copy(wanted.key.remote, sizeof(wanted.key.remote), remote))
		return NULL;
	HASH_FIND(hh, record->sessions, &wanted.key, sizeof(wanted.key), found);
	return found;
}

uint64_t record_session_id(const struct tls_session *session)
{
	return session->id;
}

enum role record_session_role(const struct tls_session *session)
{
	return session->role;
}

const struct lineage *record_session_lineage(const struct tls_session *session)
{
	return &session->lineage;
}

const struct sockaddr_storage *record_session_remote(const struct tls_session *session)
{
	return &session->remote;
}

const struct bytes *record_session_chain(const struct tls_session *session)
{
	return &session->chain;
}

static struct record_proof *find_proof(const struct tls_session *session, const char *name)
{
	for (size_t i = 0; i < session->proof_count; i++)
		if (mount_same_host(session->proofs[i].name, name))
			return &session->proofs[i];
	return NULL;
}

const struct record_proof *record_session_proof(const struct tls_session *session, const char *name)
{
	return find_proof(session, name);
}

/* Room for one more, at the end. */
static struct record_proof *new_proof(struct tls_session *session)
{
	struct record_proof *more = session->proofs;

	if (session->proof_count == RECORD_PROOFS_MAX) {
		memmove(more, more + 1, --session->proof_count * sizeof(*more));
		return &more[session->proof_count++];
	}
	more = reallocarray(session->proofs, session->proof_count + 1, sizeof(*more));
	if (!more)
		return NULL;
	session->proofs = more;
	return &more[session->proof_count++];
}

bool record_session_prove(struct tls_session *session, const struct record_proof *proof)
{
	struct record_proof *to = find_proof(session, proof->name);

	if (!to)
		to = new_proof(session);
	if (to)
		*to = *proof;
	return to != NULL;
}

/* ---- JSON -------------------------------------------------------------- */

void record_put_reason(struct json_object *to, enum role role, enum reason why, const char *cause)
{
	char reason[REASON_SENTENCE_MAX];

	reason_sentence(why, cause, role_word(role_of_peer(role)), reason, sizeof(reason));
	json_put_text(to, "why", reason_row(why)->word);
	json_put_text(to, "reason", reason);
}

static struct json_object *counters_of(const uint64_t counts[REASON_COUNT])
{
	struct json_object *all = json_object_new_object(), *failed = json_object_new_object();

	for (enum reason why = REASON_OK + 1; why < REASON_COUNT; why++)
		if (counts[why])
			json_put_number(failed, reason_row(why)->word, (int64_t)counts[why]);
	json_put_number(all, "ok", (int64_t)counts[REASON_OK]);
	json_object_object_add(all, "failed", failed);
	return all;
}

struct json_object *record_counters(const struct record *record)
{
	struct json_object *all = json_object_new_object();

	for (enum role role = 0; role < ROLE_COUNT; role++)
		json_object_object_add(all, role_word(role), counters_of(record->counts[role]));
	return all;
}

static struct json_object *failure_json(const struct failure *failure)
{
	struct json_object *one = json_object_new_object();

	json_put_moment(one, "time", failure->when_ms);
	json_put_text(one, "role", role_word(failure->role));
	json_put_text(one, "peer", failure->peer);
	json_put_text(one, "address", failure->address);
	record_put_reason(one, failure->role, failure->why, failure->cause);
	json_put_number(one, "count", (int64_t)failure->count);
	return one;
}

struct json_object *record_failures(const struct record *record)
{
	struct json_object *all = json_object_new_array();
	struct failure *failure, *next;

	HASH_ITER(hh, record->failures, failure, next)
		json_object_array_add(all, failure_json(failure));
	return all;
}

static struct json_object *proof_json(const struct record_proof *proof)
{
	struct json_object *one = json_object_new_object();

	json_put_text(one, "name", proof->name);
	json_put_bool(one, "proven", proof->why == REASON_OK);
	record_put_reason(one, ROLE_CLIENT, proof->why, proof->cause);
	json_put_text(one, "truststore", proof->truststore);
	json_put_text(one, "crl", proof->crl);
	json_put_text(one, "peers", proof->peers);
	return one;
}

static struct json_object *proofs_json(const struct tls_session *session)
{
	struct json_object *all = json_object_new_array();

	for (size_t i = 0; i < session->proof_count; i++)
		json_object_array_add(all, proof_json(&session->proofs[i]));
	return all;
}

static struct json_object *session_json(const struct tls_session *session)
{
	struct json_object *one = json_object_new_object();

	json_put_time(one, "established", session->when);
	json_put_text(one, "role", role_word(session->role));
	json_put_text(one, "peer", session->peer);
	json_put_text(one, "address", session->key.remote);
	json_put_text(one, "local", session->key.local);
	json_put_text(one, "tls", session->tls);
	json_put_text(one, "cipher", session->cipher);
	json_put_text(one, "alpn", session->alpn);
	json_object_object_add(one, "mutual", json_object_new_boolean(session->mutual));
	json_put_list(one, "identity", session->names);
	json_put_number(one, "identity_left_out", session->names_left_out);
	json_put_text(one, "serial", session->serial);
	json_put_time(one, "expires", session->expires);
	json_put_text(one, "certificate", session->certificate);
	if (session->role == ROLE_CLIENT)
		json_object_object_add(one, "proofs", proofs_json(session));
	return one;
}

void record_prune(struct record *record, record_is_live *is_live, void *context)
{
	struct tls_session *session, *next;

	HASH_ITER(hh, record->sessions, session, next)
		if (!is_live(&session->local, &session->remote, context))
			drop_session(record, session);
}

struct json_object *record_sessions(struct record *record, record_is_live *is_live, void *context)
{
	struct json_object *all = json_object_new_array();

	record_prune(record, is_live, context);
	for (const struct tls_session *session = record->sessions; session; session = session->hh.next)
		json_object_array_add(all, session_json(session));
	return all;
}
