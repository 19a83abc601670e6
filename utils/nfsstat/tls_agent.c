/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What rpc.tlshd knows: who is at the other end of a connection, and how many handshakes failed. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/agent/agent.h"
#include "utils/nfsstat/tls_private.h"

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#define AGENT_WAIT_MS 5000

/* ---- what the agent knows --------------------------------------------------------------------- */

struct session_entry {
	char key[160]; /* "LOCAL REMOTE" */
	struct json_object *session;
	UT_hash_handle hh;
};

static const char *text_in(struct json_object *object, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(object, key, &value) && json_object_is_type(value, json_type_string) ?
		       json_object_get_string(value) : "";
}

static time_t time_in(struct json_object *object, const char *key)
{
	struct tm broken = { 0 };
	const char *text = text_in(object, key);

	return *text && strptime(text, "%Y-%m-%dT%H:%M:%SZ", &broken) ? timegm(&broken) : 0;
}

static void index_session(struct json_object *session, struct session_entry **table)
{
	struct session_entry *entry = calloc(1, sizeof(*entry)), *old;

	if (!entry)
		return;
	snprintf(entry->key, sizeof(entry->key), "%s %s", text_in(session, "local"), text_in(session, "address"));
	entry->session = session;
	HASH_FIND_STR(*table, entry->key, old);
	if (old)
		old->session = session;
	else
		HASH_ADD_STR(*table, key, entry);
	if (old || !entry->hh.tbl)
		free(entry);
}

static void take_session(const struct session_entry *table, struct tls_row *row)
{
	const struct session_entry *entry;
	char local[80], remote[80], key[160];
	struct json_object *mutual;

	tls_end(&row->transport->local, local, sizeof(local));
	tls_end(&row->transport->remote, remote, sizeof(remote));
	snprintf(key, sizeof(key), "%s %s", local, remote);
	HASH_FIND_STR(table, key, entry);
	if (!entry)
		return;
	row->has_session = true;
	if (json_object_object_get_ex(entry->session, "mutual", &mutual))
		row->mutual = json_object_get_boolean(mutual) ? TLS_MUTUAL_YES : TLS_MUTUAL_NO;
	text_copy(row->identity, sizeof(row->identity), text_in(entry->session, "identity"));
	text_copy(row->serial, sizeof(row->serial), text_in(entry->session, "serial"));
	text_copy(row->certificate, sizeof(row->certificate), text_in(entry->session, "certificate"));
	row->established = time_in(entry->session, "established");
	row->expires = time_in(entry->session, "expires");
}

/* An object; NULL with *why when the agent does not answer, or answers with an error. */
static struct json_object *ask_agent(const char *request, struct error *why)
{
	struct json_object *answer, *problem;
	AUTO_STRBUF text = { 0 };

	if (agent_ask_within(AGENT_SOCKET, request, AGENT_WAIT_MS, &text, why))
		return NULL;
	answer = json_tokener_parse(text.text);
	if (!answer || !json_object_is_type(answer, json_type_object))
		error_set(why, EPROTO, "rpc.tlshd's answer is not JSON");
	else if (json_object_object_get_ex(answer, "error", &problem))
		error_set(why, EPROTO, "rpc.tlshd says: %s", json_object_get_string(problem));
	else
		return answer;
	json_object_put(answer);
	return NULL;
}

static void read_sessions(struct json_object *answer, struct tls_report *report)
{
	struct json_object *sessions = NULL;
	struct session_entry *table = NULL, *entry, *next;
	size_t count = 0;

	if (json_object_object_get_ex(answer, "sessions", &sessions) && json_object_is_type(sessions, json_type_array))
		count = json_object_array_length(sessions);
	for (size_t i = 0; i < count; i++)
		index_session(json_object_array_get_idx(sessions, i), &table);
	for (size_t i = 0; i < report->list.count; i++)
		take_session(table, &report->rows[i]);
	HASH_ITER(hh, table, entry, next) {
		HASH_DEL(table, entry);
		free(entry);
	}
}

static void take_failed(struct json_object *failed, struct tls_handshakes *to)
{
	json_object_object_foreach(failed, why, count)
	{
		struct tls_failed *more = reallocarray(to->failed, to->failed_count + 1, sizeof(*more));

		if (!more)
			return;
		to->failed = more;
		more = &more[to->failed_count++];
		text_copy(more->why, sizeof(more->why), why);
		more->count = (uint64_t)json_object_get_int64(count);
	}
}

static void read_handshakes(struct json_object *answer, struct tls_report *report)
{
	struct json_object *all = NULL, *side, *value;

	report->agent_known = json_object_object_get_ex(answer, "handshakes", &all);
	if (report->agent_known)
		report->agent_started = time_in(answer, "started");
	for (size_t i = 0; report->agent_known && i < ARRAY_SIZE(report->handshakes); i++) {
		struct tls_handshakes *to = &report->handshakes[i];

		if (!json_object_object_get_ex(all, to->side, &side))
			continue;
		if (json_object_object_get_ex(side, "ok", &value))
			to->ok = (uint64_t)json_object_get_int64(value);
		if (json_object_object_get_ex(side, "failed", &value) && json_object_is_type(value, json_type_object))
			take_failed(value, to);
	}
}

/* Addresses may be the same in another network namespace, whose agent may be the one that answers. */
static bool is_from_elsewhere(struct json_object *status, const struct tls_report *report)
{
	const char *namespace = text_in(status, "namespace");

	return *namespace && strcmp(namespace, report->namespace) != 0;
}

void tls_ask_agent(struct tls_report *report)
{
	struct error why = { 0 };
	struct json_object *status = ask_agent("status", &why), *sessions = NULL;

	if (status && is_from_elsewhere(status, report))
		error_set(&why, ENONET, "the rpc.tlshd that answers is of another network namespace, %s",
			  text_in(status, "namespace"));
	else if (status)
		sessions = ask_agent("sessions", &why);
	if (sessions) {
		read_handshakes(status, report);
		read_sessions(sessions, report);
	} else {
		tls_note(report, "identities and handshakes are not known: %s", why.text);
	}
	json_object_put(sessions);
	json_object_put(status);
}
