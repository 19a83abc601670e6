/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What rpc.tlshd knows: who is at the other end of a connection, and how many handshakes failed. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "support/agent/agent.h"
#include "support/json/json.h"
#include "support/verdict/verdict_private.h"

/* ---- sessions ---------------------------------------------------------------------------------- */

void verdict_take_session(const struct agent_sessions *sessions, struct verdict_row *row)
{
	struct agent_session session;
	char names[AGENT_NAMES_MAX];

	if (!agent_sessions_find(sessions, &row->transport->local, &row->transport->remote, &session))
		return;
	row->has_session = true;
	row->mutual = session.mutual;
	row->names_left_out = agent_session_names(&session, names, sizeof(names));
	free(row->names);
	row->names = text_list_copy(names);
	text_copy(row->serial, sizeof(row->serial), session.serial);
	text_copy(row->certificate, sizeof(row->certificate), session.certificate);
	row->established = session.established;
	row->expires = session.expires;
}

/* What the socket is already does not count before the kernel was told that the handshake has ended. */
static void take_under_way(const struct agent_sessions *sessions, struct transport_entry *t)
{
	if (t->has_ends && agent_sessions_starting(sessions, &t->local, &t->remote))
		t->proof = TRANSPORT_STARTING;
}

static bool read_sessions(struct verdict_report *report, int limit_ms, struct error *why)
{
	struct json_object *answer = agent_ask_here("sessions", limit_ms, why);
	struct agent_sessions *sessions = answer ? agent_sessions_new(answer) : NULL;

	if (answer && !sessions)
		error_set(why, ENOMEM, "out of memory");
	for (size_t i = 0; sessions && i < report->list.count; i++) {
		verdict_take_session(sessions, &report->rows[i]);
		take_under_way(sessions, &report->list.at[i]);
	}
	if (sessions)
		verdict_take_peers(sessions, limit_ms, report);
	agent_sessions_free(sessions);
	return sessions != NULL;
}

/* ---- handshakes ------------------------------------------------------------------------------ */

static uint64_t count_of(struct json_object *value)
{
	int64_t count = json_object_get_int64(value);

	return count > 0 ? (uint64_t)count : 0;
}

static void take_failed(struct json_object *failed, struct verdict_handshakes *to)
{
	json_object_object_foreach(failed, why, count)
	{
		struct verdict_failed *more = reallocarray(to->failed, to->failed_count + 1, sizeof(*more));

		if (!more)
			return;
		to->failed = more;
		more = &more[to->failed_count++];
		text_copy(more->why, sizeof(more->why), why);
		verdict_clean(more->why);
		more->count = count_of(count);
	}
}

void verdict_take_status(struct json_object *status, struct verdict_report *report)
{
	struct json_object *all = NULL, *side, *value;

	report->agent_known = json_object_object_get_ex(status, "handshakes", &all) &&
			      json_object_is_type(all, json_type_object);
	if (report->agent_known)
		report->agent_started = json_time_in(status, "started");
	for (size_t i = 0; report->agent_known && i < ARRAY_SIZE(report->handshakes); i++) {
		struct verdict_handshakes *to = &report->handshakes[i];

		if (!json_object_object_get_ex(all, to->side, &side) || !json_object_is_type(side, json_type_object))
			continue;
		if (json_object_object_get_ex(side, "ok", &value))
			to->ok = count_of(value);
		if (json_object_object_get_ex(side, "failed", &value) && json_object_is_type(value, json_type_object))
			take_failed(value, to);
	}
}

/* ---- both --------------------------------------------------------------------------------------- */

static enum verdict_agent meaning_of(int code)
{
	switch (code) {
	case 0:
		return VERDICT_AGENT_ANSWERS;
	case ENOENT:
	case ECONNREFUSED:
		return VERDICT_AGENT_NOT_RUNNING;
	case EACCES:
	case EPERM:
		return VERDICT_AGENT_FORBIDDEN;
	case ENONET:
		return VERDICT_AGENT_ELSEWHERE;
	default:
		return VERDICT_AGENT_FAILED;
	}
}

static void ask(struct verdict_report *report, int limit_ms, struct error *why)
{
	struct json_object *status = agent_ask_here("status", limit_ms, why);

	if (status && !agent_is_of_here(status))
		error_set(why, ENONET, "the rpc.tlshd that answers does not say that it is of this network namespace");
	else if (status && read_sessions(report, limit_ms, why))
		verdict_take_status(status, report);
	json_object_put(status);
}

void verdict_ask_agent(struct verdict_report *report, int limit_ms)
{
	struct error why = { 0 };
	enum verdict_agent agent;

	if (limit_ms)
		ask(report, limit_ms, &why);
	agent = limit_ms ? meaning_of(why.code) : VERDICT_AGENT_NOT_ASKED;
	if (agent != VERDICT_AGENT_ANSWERS)
		verdict_take_peers(NULL, 0, report);
	if (why.code)
		verdict_note(report, "identities and handshakes are not known: %s", why.text);
	for (size_t i = 0; i < report->list.count; i++)
		report->rows[i].agent = agent;
}
