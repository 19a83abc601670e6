/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of a handshake: who is told of it, and when. */
#include "utils/tlshd/agent_private.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utlist.h>

#include "utils/tlshd/askers.h"
#include "utils/tlshd/line.h"
#include "utils/tlshd/proving.h"
#include "utils/tlshd/volumes.h"

/* No handshake is reported as failed sooner after its begin: see settle(). */
#define SETTLE_MS 20
#define SETTLE_CLIENT_MS 50 /* which thread asked cannot be seen there */
#define SETTLE_BUSY_MS 2000 /* at the latest; a thread that works all the time is not the one that asked */
/* How often, at most, the record is looked through for connections that are no more. */
#define PRUNE_MS 60000

static enum admission_end admission_end_of(const struct outcome *outcome)
{
	static const enum admission_end ends[] = {
		[REASON_PEER] = ADMISSION_FAILED,
		[REASON_SILENT_PEER] = ADMISSION_STALLED,
		[REASON_HOST] = ADMISSION_EXCUSED,
	};

	if (outcome->why == REASON_OK)
		return outcome->mutual ? ADMISSION_VERIFIED : ADMISSION_ANONYMOUS;
	return ends[reason_row(outcome->why)->blame];
}

static void log_handshake(const struct pending *pending, const struct record_handshake *handshake)
{
	enum log_level level = handshake->outcome->why == REASON_OK ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING;
	AUTO_STRBUF line = { 0 };

	if (!log_wants(level))
		return;
	line_of_handshake(handshake, clock_ms() - pending->started_ms, &line);
	log_line(level, "%s", line.failed ? "a handshake has ended, and there is no memory to tell of it" : line.text);
}

/*
 * A mount that lives has to outlast a server's restart, so what may pass by itself is a time-out for it.  A mount that
 * is just being made has nobody who waits for ever: with a time-out the kernel would try again without a
 * pause and without an end (net/sunrpc/sched.c, __rpc_execute), deaf to signals; mount.nfs tries again better.
 */
static int errno_for_kernel(const struct pending *pending)
{
	int code = reason_errno(pending->outcome.why);

	if (code == ETIMEDOUT && pending->role == ROLE_CLIENT && !volumes_mounted(&pending->remote))
		return EACCES;
	return code;
}

/* The record forgets the oldest when it is full, which may be one that lives. */
static void make_room(struct agent *agent)
{
	if (!record_is_full(agent->record) || clock_ms() < agent->prune_record_ms)
		return;
	agent->prune_record_ms = clock_ms() + PRUNE_MS;
	report_prune(agent);
}

static void pending_free(struct pending *pending)
{
	close(pending->fd);
	strbuf_free(&pending->names);
	bytes_free(&pending->chain);
	free(pending);
}

/* Tells the kernel, the log and the record; frees pending, which no worker and no list has any more. */
static void tell(struct agent *agent, struct pending *pending)
{
	struct outcome *outcome = &pending->outcome;
	struct record_handshake finished = {
		.id = pending->id,
		.role = pending->role,
		.peer = pending->peer,
		.lineage = pending->lineage,
		.local = pending->local,
		.remote = pending->remote,
		.outcome = outcome,
		.chain = &pending->chain,
		.when_ms = clock_day_ms(),
	};
	struct error e;
	int r = handshake_done(agent->handshake, pending->fd, errno_for_kernel(pending),
			       outcome->mutual && outcome->why == REASON_OK, &e);

	/* Success that the kernel did not hear of is none. */
	if (r && outcome->why == REASON_OK) {
		outcome->why = REASON_TIMEOUT;
		snprintf(outcome->cause, sizeof(outcome->cause), "the kernel had given up before: %.300s", e.text);
	}
	log_handshake(pending, &finished);
	make_room(agent);
	record_add(agent->record, &finished);
	if (pending->role == ROLE_CLIENT && outcome->why == REASON_OK)
		proving_note(agent, pending);
	if (pending->role == ROLE_SERVER)
		admission_end(agent->admission, &pending->visit, admission_end_of(outcome), clock_ms());
	agent->under_way--;
	pending_free(pending);
}

static void tell_settled(struct agent *agent, struct pending *pending)
{
	DL_DELETE(agent->settling, pending);
	event_free(pending->settled);
	tell(agent, pending);
}

/* Milliseconds until the kernel may be told; 0: now. */
static int64_t left_to_settle(struct agent *agent, const struct pending *pending, int64_t now)
{
	bool client = pending->role == ROLE_CLIENT;
	int64_t left = pending->started_ms + (client ? SETTLE_CLIENT_MS : SETTLE_MS) - now;

	if (left > 0)
		return left;
	if (client || now >= pending->started_ms + SETTLE_BUSY_MS ||
	    askers_have_slept(agent->askers, pending->started_ms, now))
		return 0;
	return SETTLE_MS / 4;
}

static bool wait_to_settle(struct pending *pending, int64_t ms)
{
	struct timeval wait = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	return event_add(pending->settled, &wait) >= 0;
}

static void on_settled(evutil_socket_t fd, short what, void *context)
{
	struct pending *pending = context;
	int64_t left = left_to_settle(pending->agent, pending, clock_ms());

	(void)fd;
	(void)what;
	if (!left || !wait_to_settle(pending, left))
		tell_settled(pending->agent, pending);
}

/*
 * The kernel takes its reference on the socket only after it has announced the request, and drops it when it hears of
 * the end (net/handshake/request.c, handshake_req_submit() and handshake_complete()):
 *
 *   nfsd thread                        agent
 *   announce, preempted by the agent
 *                                      accept, refuse at once: done -> sock_put()
 *   sock_hold()                        (too late: the socket may be freed already)
 *
 * A handshake that works waits for its peer in between; one that is refused out of hand must be made to wait, on a busy
 * machine until that thread has run again.
 */
static bool settle(struct agent *agent, struct pending *pending)
{
	int64_t left = pending->outcome.why == REASON_OK ? 0 : left_to_settle(agent, pending, clock_ms());

	if (!left)
		return false;
	pending->agent = agent;
	pending->settled = event_new(agent->loop, -1, 0, on_settled, pending);
	if (!pending->settled || !wait_to_settle(pending, left))
		return false;
	DL_APPEND(agent->settling, pending);
	return true;
}

/* Takes pending from its worker and reports its end, now or soon. */
void agent_conclude(struct agent *agent, struct pending *pending, const struct outcome *outcome)
{
	pending->outcome = *outcome;
	if (pending->worker) {
		DL_DELETE(pending->worker->pending, pending);
		generation_forget(pending->worker, pending->task.slot);
		pending->worker->busy--;
	}
	if (!settle(agent, pending))
		tell(agent, pending);
}

void agent_conclude_failed(struct agent *agent, struct pending *pending, enum reason why, const char *cause)
{
	struct outcome outcome = { .why = why };

	text_copy(outcome.cause, sizeof(outcome.cause), cause);
	agent_conclude(agent, pending, &outcome);
}

void agent_tell_settled(struct agent *agent)
{
	struct pending *pending, *next;

	if (agent->settling)
		(void)poll(NULL, 0, SETTLE_CLIENT_MS);
	DL_FOREACH_SAFE(agent->settling, pending, next)
		tell_settled(agent, pending);
}
