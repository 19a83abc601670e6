/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/tlshd/proving.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "support/json/json.h"
#include "support/mounts/mounts.h"
#include "utils/tlshd/agent_private.h"

/* How long a proof counts without a second look, while the credentials are the same: dates go by. */
#define FRESH_MS 60000

struct question {
	uint64_t id; /* of the task */
	struct agent *agent;
	struct worker_process *worker;
	bool hold, any;
	unsigned int major, minor;
	char name[256];
	char local[ADDRESS_END_MAX], remote[ADDRESS_END_MAX];
	uint64_t session; /* its number, since the ends may be another's by now */
	proving_answer *answer;
	void *context;
	struct question *prev, *next; /* in the worker's list */
};

/* ---- answers ----------------------------------------------------------------- */

static void say(const struct question *question, struct json_object *text)
{
	question->answer(text, question->context);
}

/* again: what is in the way passes by itself. */
static void answer_unknown(const struct question *question, bool again, const char *reason)
{
	struct json_object *text = json_object_new_object();

	json_put_bool(text, "known", false);
	json_put_bool(text, "again", again);
	json_put_bool(text, "proven", false);
	json_put_text(text, "name", question->name);
	json_put_text(text, "reason", reason);
	say(question, text);
}

static void answer_known(const struct question *question, const struct tls_session *session, enum reason why,
			 const char *cause)
{
	struct json_object *text = json_object_new_object();

	json_put_bool(text, "known", true);
	json_put_bool(text, "proven", why == REASON_OK);
	json_put_text(text, "name", question->name);
	json_put_text(text, "peer", record_session_lineage(session)->peer);
	record_put_reason(text, ROLE_CLIENT, why, cause);
	say(question, text);
}

/* ---- what is to be proven ---------------------------------------------------------- */

static int hold(const struct question *question, const struct tls_session *session, struct error *e)
{
	struct shared_name shared = { .lineage = *record_session_lineage(session) };
	AUTO_STRBUF volumes = { 0 };

	text_copy(shared.name, sizeof(shared.name), question->name);
	text_copy(shared.remote, sizeof(shared.remote), question->any ? SHARED_ANY : question->remote);
	if (volumes_read(&volumes) || !volumes_home(volumes.text, question->major, question->minor, shared.home))
		return error_set(e, ENOENT, "the kernel has no file system with the number %u:%u", question->major,
				 question->minor);
	return shared_keep(question->agent->shared, &shared, e);
}

/* The kernel itself has the name proven for which it makes the connection. */
static bool is_own_name(const struct question *question, const struct tls_session *session)
{
	return mount_same_host(record_session_lineage(session)->peer, question->name);
}

/* One that was begun before the name was held does not have to prove it. */
static bool is_among(const struct pending *first, const struct question *question, const struct lineage *lineage)
{
	char remote[ADDRESS_END_MAX];

	for (const struct pending *pending = first; pending; pending = pending->next) {
		address_end_text(&pending->remote, remote);
		if (pending->role == ROLE_CLIENT && lineage_equal(&pending->lineage, lineage) &&
		    (question->any || !strcmp(remote, question->remote)))
			return true;
	}
	return false;
}

static bool is_under_way(const struct generation *first, const struct question *question, const struct lineage *lineage)
{
	for (const struct generation *generation = first; generation; generation = generation->next)
		for (unsigned int i = 0; i < generation->worker_count; i++)
			if (is_among(generation->worker[i].pending, question, lineage))
				return true;
	return false;
}

static void conclude_hold(const struct question *question, const struct tls_session *session,
			  const struct record_proof *proof)
{
	const struct lineage *lineage = record_session_lineage(session);
	struct error e;

	if (hold(question, session, &e))
		answer_known(question, session, REASON_AGENT_ERROR, e.text);
	else if (is_under_way(question->agent->current, question, lineage) ||
		 is_under_way(question->agent->retired, question, lineage))
		answer_unknown(question, true, "a handshake for this connection is under way");
	else
		answer_known(question, session, proof->why, proof->cause);
}

static void conclude(const struct question *question, const struct tls_session *session,
		     const struct record_proof *proof)
{
	if (proof->why == REASON_OK && question->hold && !is_own_name(question, session))
		conclude_hold(question, session, proof);
	else
		answer_known(question, session, proof->why, proof->cause);
}

/* ---- questions ---------------------------------------------------------------------- */

static bool is_fresh(const struct agent *agent, const struct record_proof *proof)
{
	return proof && proof->generation == agent->current->number && clock_ms() < proof->when_ms + FRESH_MS;
}

static int give_task(const struct question *question, const struct tls_session *session)
{
	const struct bytes *chain = record_session_chain(session);
	struct task task = { .id = question->id,
			     .role = ROLE_CLIENT,
			     .judge = true,
			     .end = address_of(record_session_remote(session)),
			     .more_size = (uint32_t)chain->size };

	text_copy(task.reference, sizeof(task.reference), question->name);
	return message_send_parts(question->worker->channel, &task, sizeof(task), chain->data, chain->size, -1);
}

/* NULL, and answered, when no worker takes it. */
static struct question *ask_worker(const struct question *asked, const struct tls_session *session)
{
	struct question *question = malloc(sizeof(*question));

	if (!question) {
		answer_unknown(asked, false, "rpc.tlshd has no memory");
		return NULL;
	}
	*question = *asked;
	question->id = ++asked->agent->next_id;
	question->session = record_session_id(session);
	question->worker = workers_choose(asked->agent);
	if (!question->worker || give_task(question, session)) {
		free(question);
		answer_unknown(asked, true, "all workers of rpc.tlshd are busy");
		return NULL;
	}
	DL_APPEND(question->worker->questions, question);
	return question;
}

static struct question *ask(const struct question *asked)
{
	const struct tls_session *session = record_session(asked->agent->record, asked->local, asked->remote);
	const struct record_proof *proof;

	/* Whoever asks may know the new policy already. */
	if (asked->agent->due_since_ms) {
		answer_unknown(asked, true, "the policy or the certificates are being changed");
		return NULL;
	}
	if (!session || record_session_role(session) != ROLE_CLIENT) {
		answer_unknown(asked, false, "rpc.tlshd does not know this connection, as when it was started later");
		return NULL;
	}
	proof = record_session_proof(session, asked->name);
	if (is_fresh(asked->agent, proof)) {
		conclude(asked, session, proof);
		return NULL;
	}
	if (record_session_chain(session)->size)
		return ask_worker(asked, session);
	answer_unknown(asked, false, "rpc.tlshd has not kept what the server has shown, which is too much");
	return NULL;
}

static bool is_name(const char *text)
{
	for (const char *at = text; *at; at++)
		if (*at <= ' ' || *at > '~')
			return false;
	return true;
}

/* The formats stay within struct question; the rest of the line is one word at most. */
static bool parse(const char *arguments, struct question *question)
{
	char any[8] = "";
	int end = 0, count;

	count = sscanf(arguments, "%255s %63s %63s%n %u:%u%n %7s%n", question->name, question->local, question->remote,
		       &end, &question->major, &question->minor, &end, any, &end);
	question->any = !strcmp(any, "any");
	return is_name(question->name) && !arguments[end] && (question->hold ? count >= 5 : count == 3) &&
	       (count < 6 || question->any);
}

struct question *proving_ask(struct agent *agent, bool hold, const char *arguments, proving_answer *answer,
			     void *context)
{
	struct question asked = { .agent = agent, .hold = hold, .answer = answer, .context = context };

	if (parse(arguments, &asked))
		return ask(&asked);
	answer(report_error("not understood: see \"prove and hold\" in rpc.tlshd(8)"), context);
	return NULL;
}

void proving_cancel(struct question *question)
{
	if (!question)
		return;
	DL_DELETE(question->worker->questions, question);
	free(question);
}

bool proving_outcome(struct agent *agent, struct worker_process *worker, const struct outcome *outcome)
{
	struct question *question;
	struct tls_session *session;
	struct record_proof proof;

	DL_SEARCH_SCALAR(worker->questions, question, id, outcome->id);
	if (!question)
		return false;
	DL_DELETE(worker->questions, question);
	session = record_session(agent->record, question->local, question->remote);
	if (session && record_session_id(session) == question->session) {
		proof = proof_of(worker->generation, question->name, record_session_remote(session));
		proof.why = outcome->why;
		text_copy(proof.cause, sizeof(proof.cause), outcome->cause);
		(void)record_session_prove(session, &proof);
		conclude(question, session, &proof);
	} else {
		answer_unknown(question, true, "the connection has ended");
	}
	free(question);
	return true;
}

void proving_worker_ended(struct worker_process *worker)
{
	struct question *question, *next;

	DL_FOREACH_SAFE(worker->questions, question, next) {
		DL_DELETE(worker->questions, question);
		answer_unknown(question, false, "the worker process of rpc.tlshd that judged it died");
		free(question);
	}
}
