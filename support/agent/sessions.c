/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The agent's answer to "sessions" (rpc.tlshd(8)), with an index of the connections' ends. */
#include "support/agent/agent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/json/json.h"
#include "support/transport/transport.h"

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

struct entry {
	struct entry_key {
		char local[TRANSPORT_END_MAX], remote[TRANSPORT_END_MAX]; /* zero behind the text */
	} key;
	struct json_object *session;
	UT_hash_handle hh;
};

struct agent_sessions {
	struct json_object *answer;
	struct entry *entries;
};

/* Of two sessions with the same ends the younger one counts, and the agent lists the oldest first. */
static bool add(struct agent_sessions *sessions, struct json_object *session)
{
	struct entry *entry = calloc(1, sizeof(*entry)), *old;

	if (!entry)
		return false;
	text_copy(entry->key.local, sizeof(entry->key.local), json_text_in(session, "local"));
	text_copy(entry->key.remote, sizeof(entry->key.remote), json_text_in(session, "address"));
	entry->session = session;
	HASH_REPLACE(hh, sessions->entries, key, sizeof(entry->key), entry, old);
	free(old);
	if (entry->hh.tbl)
		return true;
	free(entry);
	return false;
}

struct agent_sessions *agent_sessions_new(struct json_object *answer)
{
	struct agent_sessions *sessions = calloc(1, sizeof(*sessions));
	size_t count;
	struct json_object *list = json_array_in(answer, "sessions", &count);
	bool complete = sessions != NULL;

	if (!sessions) {
		json_object_put(answer);
		return NULL;
	}
	sessions->answer = answer;
	for (size_t i = 0; complete && i < count; i++)
		complete = add(sessions, json_object_array_get_idx(list, i));
	if (complete)
		return sessions;
	agent_sessions_free(sessions);
	return NULL;
}

void agent_sessions_free(struct agent_sessions *sessions)
{
	struct entry *entry, *next;

	if (!sessions)
		return;
	HASH_ITER(hh, sessions->entries, entry, next) {
		HASH_DEL(sessions->entries, entry);
		free(entry);
	}
	json_object_put(sessions->answer);
	free(sessions);
}

static struct agent_session session_of(struct json_object *session)
{
	struct json_object *mutual;
	struct agent_session as = {
		.role = json_text_in(session, "role"),
		.identity = json_text_in(session, "identity"),
		.serial = json_text_in(session, "serial"),
		.certificate = json_text_in(session, "certificate"),
		.established = json_time_in(session, "established"),
		.expires = json_time_in(session, "expires"),
	};

	if (json_object_object_get_ex(session, "mutual", &mutual) && json_object_is_type(mutual, json_type_boolean))
		as.mutual = json_object_get_boolean(mutual) ? AGENT_MUTUAL_YES : AGENT_MUTUAL_NO;
	return as;
}

bool agent_sessions_find(const struct agent_sessions *sessions, const struct sockaddr_storage *local,
			 const struct sockaddr_storage *remote, struct agent_session *session)
{
	const struct entry *entry = NULL;
	struct entry_key key = { 0 };

	transport_end_text(local, key.local);
	transport_end_text(remote, key.remote);
	if (sessions)
		HASH_FIND(hh, sessions->entries, &key, sizeof(key), entry);
	if (entry)
		*session = session_of(entry->session);
	return entry != NULL;
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
