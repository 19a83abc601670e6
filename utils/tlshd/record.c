/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/tlshd/record.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "utils/tlshd/json.h"

#define ADDRESS_TEXT_MAX 64u

/* The last failure of one peer: a role, a name and an address without port. */
struct failure {
	char key[384];
	enum role role;
	enum why why;
	char peer[256];
	char address[ADDRESS_TEXT_MAX];
	char reason[REASON_MAX];
	int64_t when_ms;
	uint64_t count;
	UT_hash_handle hh;
};

struct tls_session {
	struct {
		char local[ADDRESS_TEXT_MAX];
		char remote[ADDRESS_TEXT_MAX];
	} key;
	struct sockaddr_storage local, remote;
	enum role role;
	char peer[256];
	struct outcome outcome;
	time_t when;
	UT_hash_handle hh;
};

struct record {
	uint64_t counts[ROLE_COUNT][WHY_COUNT];
	struct failure *failures;	/* oldest first */
	struct tls_session *sessions; /* oldest first */
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

static void host_and_port(const struct sockaddr_storage *address, char *host, size_t room, unsigned int *port)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
	char text[INET6_ADDRSTRLEN];

	*port = 0;
	snprintf(host, room, "-");
	if (address->ss_family == AF_INET && inet_ntop(AF_INET, &v4->sin_addr, text, sizeof(text))) {
		snprintf(host, room, "%s", text);
		*port = ntohs(v4->sin_port);
	} else if (address->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr) &&
		   inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], text, sizeof(text))) {
		snprintf(host, room, "%s", text);
		*port = ntohs(v6->sin6_port);
	} else if (address->ss_family == AF_INET6 && inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof(text))) {
		snprintf(host, room, "[%s]", text);
		*port = ntohs(v6->sin6_port);
	}
}

void record_address(const struct sockaddr_storage *address, char *out, size_t room)
{
	char host[INET6_ADDRSTRLEN + 2];
	unsigned int port;

	host_and_port(address, host, sizeof(host), &port);
	if (port)
		snprintf(out, room, "%s:%u", host, port);
	else
		snprintf(out, room, "%s", host);
}

/* Moves the peer's entry to the young end, with what happened now. */
static void remember_failure(struct record *record, const struct record_handshake *handshake)
{
	char host[INET6_ADDRSTRLEN + 2], key[384];
	struct failure *failure;
	unsigned int port;

	host_and_port(&handshake->remote, host, sizeof(host), &port);
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
	text_copy(failure->reason, sizeof(failure->reason), handshake->outcome->reason);
	failure->role = handshake->role;
	failure->why = handshake->outcome->why;
	failure->when_ms = handshake->when_ms;
	failure->count++;
	HASH_ADD_STR(record->failures, key, failure);
	if (HASH_COUNT(record->failures) > RECORD_FAILURES_MAX)
		drop_failure(record, record->failures);
}

static void remember_session(struct record *record, const struct record_handshake *handshake)
{
	struct tls_session *session = calloc(1, sizeof(*session)), *old;

	if (!session)
		return;
	record_address(&handshake->local, session->key.local, sizeof(session->key.local));
	record_address(&handshake->remote, session->key.remote, sizeof(session->key.remote));
	HASH_FIND(hh, record->sessions, &session->key, sizeof(session->key), old);
	if (old)
		drop_session(record, old);
	session->local = handshake->local;
	session->remote = handshake->remote;
	session->role = handshake->role;
	session->outcome = *handshake->outcome;
	session->when = (time_t)(handshake->when_ms / 1000);
	text_copy(session->peer, sizeof(session->peer), handshake->peer);
	HASH_ADD(hh, record->sessions, key, sizeof(session->key), session);
	if (HASH_COUNT(record->sessions) > RECORD_SESSIONS_MAX)
		drop_session(record, record->sessions);
}

void record_add(struct record *record, const struct record_handshake *handshake)
{
	record->counts[handshake->role][handshake->outcome->why]++;
	if (handshake->outcome->why == WHY_OK)
		remember_session(record, handshake);
	else
		remember_failure(record, handshake);
}

/* ---- JSON -------------------------------------------------------------- */

static struct json_object *counters_of(const uint64_t counts[WHY_COUNT])
{
	struct json_object *all = json_object_new_object(), *failed = json_object_new_object();

	for (enum why why = WHY_OK + 1; why < WHY_COUNT; why++)
		if (counts[why])
			json_add_number(failed, why_word(why), (int64_t)counts[why]);
	json_add_number(all, "ok", (int64_t)counts[WHY_OK]);
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

	json_add_moment(one, "time", failure->when_ms);
	json_add_text(one, "role", role_word(failure->role));
	json_add_text(one, "peer", failure->peer);
	json_add_text(one, "address", failure->address);
	json_add_text(one, "why", why_word(failure->why));
	json_add_text(one, "reason", failure->reason);
	json_add_number(one, "count", (int64_t)failure->count);
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

static struct json_object *session_json(const struct tls_session *session)
{
	struct json_object *one = json_object_new_object();

	json_add_time(one, "established", session->when);
	json_add_text(one, "role", role_word(session->role));
	json_add_text(one, "peer", session->peer);
	json_add_text(one, "address", session->key.remote);
	json_add_text(one, "local", session->key.local);
	json_add_text(one, "tls", session->outcome.tls);
	json_add_text(one, "cipher", session->outcome.cipher);
	json_object_object_add(one, "mutual", json_object_new_boolean(session->outcome.mutual));
	json_add_text(one, "identity", session->outcome.identity);
	json_add_text(one, "serial", session->outcome.serial);
	json_add_time(one, "expires", session->outcome.expires);
	json_add_text(one, "certificate", session->outcome.certificate);
	return one;
}

struct json_object *record_sessions(struct record *record, record_is_live *is_live, void *context)
{
	struct json_object *all = json_object_new_array();
	struct tls_session *session, *next;

	HASH_ITER(hh, record->sessions, session, next) {
		if (is_live(&session->local, &session->remote, context))
			json_object_array_add(all, session_json(session));
		else
			drop_session(record, session);
	}
	return all;
}
