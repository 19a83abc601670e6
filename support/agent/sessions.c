/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The agent's answer to "sessions" (rpc.tlshd(8)), with an index of the connections' ends. */
#include "support/agent/agent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/json/json.h"
#include "support/mounts/mounts.h"
#include "support/transport/transport.h"

#include <uthash.h>

struct entry {
	struct entry_key {
		char local[ADDRESS_END_MAX], remote[ADDRESS_END_MAX]; /* zero behind the text */
	} key;
	struct json_object *session;
	UT_hash_handle hh;
};

struct agent_sessions {
	struct json_object *answer;
	struct entry *entries, *under_way;
};

/* Of two sessions with the same ends the younger one counts, and the agent lists the oldest first. */
static bool add(struct entry **entries, struct json_object *session)
{
	struct entry *entry = calloc(1, sizeof(*entry)), *old;

	if (!entry)
		return false;
	text_copy(entry->key.local, sizeof(entry->key.local), json_text_in(session, "local"));
	text_copy(entry->key.remote, sizeof(entry->key.remote), json_text_in(session, "address"));
	entry->session = session;
	HASH_REPLACE(hh, *entries, key, sizeof(entry->key), entry, old);
	free(old);
	if (entry->hh.tbl)
		return true;
	free(entry);
	return false;
}

static bool add_all(struct json_object *answer, const char *key, struct entry **entries)
{
	size_t count;
	struct json_object *list = json_array_in(answer, key, &count);
	bool complete = true;

	for (size_t i = 0; complete && i < count; i++)
		complete = add(entries, json_object_array_get_idx(list, i));
	return complete;
}

struct agent_sessions *agent_sessions_new(struct json_object *answer)
{
	struct agent_sessions *sessions = calloc(1, sizeof(*sessions));

	if (!sessions) {
		json_object_put(answer);
		return NULL;
	}
	sessions->answer = answer;
	if (add_all(answer, "sessions", &sessions->entries) && add_all(answer, "under_way", &sessions->under_way))
		return sessions;
	agent_sessions_free(sessions);
	return NULL;
}

static void free_entries(struct entry *entries)
{
	struct entry *entry, *next;

	HASH_ITER(hh, entries, entry, next) {
		HASH_DEL(entries, entry);
		free(entry);
	}
}

void agent_sessions_free(struct agent_sessions *sessions)
{
	if (!sessions)
		return;
	free_entries(sessions->entries);
	free_entries(sessions->under_way);
	json_object_put(sessions->answer);
	free(sessions);
}

static struct agent_session session_of(struct json_object *session)
{
	struct json_object *mutual, *left_out;
	size_t count;
	struct agent_session as = {
		.role = json_text_in(session, "role"),
		.names = json_array_in(session, "identity", &count),
		.serial = json_text_in(session, "serial"),
		.certificate = json_text_in(session, "certificate"),
		.established = json_time_in(session, "established"),
		.expires = json_time_in(session, "expires"),
	};

	if (json_object_object_get_ex(session, "mutual", &mutual) && json_object_is_type(mutual, json_type_boolean))
		as.mutual = json_object_get_boolean(mutual) ? AGENT_MUTUAL_YES : AGENT_MUTUAL_NO;
	if (json_object_object_get_ex(session, "identity_left_out", &left_out) && json_object_get_int64(left_out) > 0)
		as.names_left_out = (size_t)json_object_get_int64(left_out);
	return as;
}

static const struct entry *find(const struct entry *entries, const struct sockaddr_storage *local,
				const struct sockaddr_storage *remote)
{
	const struct entry *entry;
	struct entry_key key = { 0 };

	address_end_text(local, key.local);
	address_end_text(remote, key.remote);
	HASH_FIND(hh, entries, &key, sizeof(key), entry);
	return entry;
}

bool agent_sessions_find(const struct agent_sessions *sessions, const struct sockaddr_storage *local,
			 const struct sockaddr_storage *remote, struct agent_session *session)
{
	const struct entry *entry = sessions ? find(sessions->entries, local, remote) : NULL;

	if (entry)
		*session = session_of(entry->session);
	return entry != NULL;
}

/* One of the "proofs" of a session. */
static void take_proof(struct json_object *proof, struct agent_proof *to)
{
	struct json_object *proven;

	to->verdict = AGENT_NOT_PROVEN;
	if (json_object_object_get_ex(proof, "proven", &proven) && json_object_is_type(proven, json_type_boolean) &&
	    json_object_get_boolean(proven))
		to->verdict = AGENT_PROVEN;
	text_copy(to->reason, sizeof(to->reason), json_text_in(proof, "reason"));
}

bool agent_sessions_proof(const struct agent_sessions *sessions, const struct sockaddr_storage *local,
			  const struct sockaddr_storage *remote, const char *name, struct agent_proof *proof)
{
	const struct entry *entry = sessions ? find(sessions->entries, local, remote) : NULL;
	struct json_object *list;
	size_t count;

	*proof = (struct agent_proof){ .verdict = AGENT_UNKNOWN };
	if (!entry) {
		text_copy(proof->reason, sizeof(proof->reason),
			  "rpc.tlshd does not know this connection, as when it"
			  " was started later");
		return true;
	}
	text_copy(proof->peer, sizeof(proof->peer), json_text_in(entry->session, "peer"));
	list = json_array_in(entry->session, "proofs", &count);
	for (size_t i = 0; i < count; i++) {
		struct json_object *one = json_object_array_get_idx(list, i);

		if (!mount_same_host(json_text_in(one, "name"), name))
			continue;
		take_proof(one, proof);
		return true;
	}
	return false;
}

size_t agent_session_names(const struct agent_session *session, char *list, size_t room)
{
	size_t count = session->names ? json_object_array_length(session->names) : 0,
	       left_out = session->names_left_out;

	memset(list, 0, room);
	for (size_t i = 0; i < count; i++) {
		struct json_object *name = json_object_array_get_idx(session->names, i);

		if (json_object_is_type(name, json_type_string) && *json_object_get_string(name))
			left_out += !text_list_add(list, room, json_object_get_string(name));
	}
	return left_out;
}

bool agent_sessions_starting(const struct agent_sessions *sessions, const struct sockaddr_storage *local,
			     const struct sockaddr_storage *remote)
{
	return sessions && find(sessions->under_way, local, remote);
}

void agent_sessions_visit(const struct agent_sessions *sessions, agent_session_visitor *visit, void *context)
{
	if (!sessions)
		return;
	for (const struct entry *entry = sessions->entries; entry; entry = entry->hh.next) {
		struct agent_session session = session_of(entry->session);

		visit(&session, context);
	}
}
