/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel role's view of the workers: who gets what, what comes back, who stands still, who died. */
#include "utils/tlshd/agent_private.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "utils/tlshd/proving.h"

/* How long a worker must live for its successor to start at once. */
#define WORKER_LIFE_MS 1000
/* How long past the longest limit a worker may keep a handshake before it counts as stuck, not as overloaded. */
#define STUCK_MS 20000

/* ---- beginning and ending ----------------------------------------------- */

static void free_events(struct worker_process *worker)
{
	if (worker->readable)
		event_free(worker->readable);
	if (worker->again)
		event_free(worker->again);
	worker->readable = NULL;
	worker->again = NULL;
}

void workers_free_generation(struct generation *generation)
{
	for (unsigned int i = 0; i < generation->worker_count; i++)
		free_events(&generation->worker[i]);
	generation_free(generation);
}

void workers_drop_empty(struct agent *agent)
{
	struct generation *generation, *next;

	LL_FOREACH_SAFE(agent->retired, generation, next) {
		if (!generation_is_empty(generation))
			continue;
		LL_DELETE(agent->retired, generation);
		workers_free_generation(generation);
	}
}

static void restart_later(struct agent *agent, struct worker_process *worker);

static void restart_worker(struct agent *agent, struct worker_process *worker)
{
	struct error e;

	if (generation_start_worker(worker, &e) == 0) {
		workers_watch(agent, worker);
		agent->events.slots_are_free(agent);
		return;
	}
	log_line(LOG_LEVEL_ERROR, "%s: starting anew with all credentials", e.text);
	if (agent->events.load_anew(agent, &e) == 0)
		return; /* the worker may be gone with its generation */
	restart_later(agent, worker);
}

static void on_again(evutil_socket_t fd, short what, void *context)
{
	struct worker_process *worker = context;

	(void)fd;
	(void)what;
	free_events(worker);
	/* A generation that retired meanwhile needs no successor. */
	if (!worker->generation->retiring)
		restart_worker(worker->agent, worker);
}

/* A worker that dies as soon as it starts must not become a fork bomb. */
static void restart_later(struct agent *agent, struct worker_process *worker)
{
	struct timeval second = { .tv_sec = 1 };

	worker->again = event_new(agent->loop, -1, 0, on_again, worker);
	if (!worker->again || event_add(worker->again, &second) < 0)
		log_line(LOG_LEVEL_ERROR, "out of memory: a worker is not replaced");
}

/* ---- the handshakes of one that is gone ---------------------------------- */

/* A worker has died, or was too long at one thing: what of its handshakes is nobody's fault goes on elsewhere. */
static bool may_begin_anew(const struct pending *pending)
{
	struct position now = position_of(pending->fd);
	bool (*equal)(const struct position *a, const struct position *b) =
		pending->role == ROLE_SERVER ? position_read_equal : position_equal;

	return !pending->begun_anew && equal(&pending->position, &now);
}

static void begin_anew(struct agent *agent, struct pending *pending)
{
	int64_t spent = clock_ms() - pending->started_ms;

	pending->begun_anew = true;
	if (spent >= pending->task.limit_ms) {
		agent_conclude_failed(agent, pending, REASON_TIMEOUT,
				      "its worker process was gone, and there is no time left");
		return;
	}
	pending->task.limit_ms -= (uint32_t)spent;
	agent_assign(agent, pending);
}

/* guilty is the one that the worker was at. */
static void fail_orphan(struct agent *agent, struct pending *pending, bool guilty, bool stood_still)
{
	static const struct {
		enum reason why;
		const char *cause;
	} ends[2][2] = {
		/* [stood still][guilty] */
		{ { REASON_WORKER_DIED, "its worker process died" },
		  { REASON_WORKER_DIED, "the worker process died over it" } },
		{ { REASON_WORKER_DIED, "its worker process stood still for too long and was ended" },
		  { REASON_PROTOCOL, "what the peer sent takes too long to read, which is a defect" } },
	};

	agent_conclude_failed(agent, pending, ends[stood_still][guilty].why, ends[stood_still][guilty].cause);
}

/* Those that can begin anew are returned, and are in no list of a worker any more. */
static struct pending *sort_orphans(struct agent *agent, struct worker_process *worker, uint64_t guilty)
{
	bool stood_still = worker->state == PULSE_STUCK;
	struct pending *pending, *next, *anew = NULL;

	DL_FOREACH_SAFE(worker->pending, pending, next) {
		if (pending->id == guilty || !may_begin_anew(pending)) {
			fail_orphan(agent, pending, pending->id == guilty, stood_still);
			continue;
		}
		DL_DELETE(worker->pending, pending);
		worker->busy--;
		generation_forget(worker, pending->task.slot);
		pending->worker = NULL;
		DL_APPEND(anew, pending);
	}
	return anew;
}

static void log_end_of_worker(const struct worker_process *worker)
{
	const char *how = worker->state == PULSE_STUCK ? "stood still for too long and was ended" : "died";

	if (!worker->generation->retiring || worker->pending)
		log_line(LOG_LEVEL_ERROR, "worker %d %s with %u handshakes under way", (int)worker->pid, how,
			 worker->busy);
}

static void worker_ended(struct agent *agent, struct worker_process *worker)
{
	bool retiring = worker->generation->retiring;
	bool lived = clock_ms() - worker->started_ms >= WORKER_LIFE_MS;
	uint64_t guilty = pulse_task(worker->pulse);
	struct pending *anew, *pending, *next;

	log_end_of_worker(worker);
	free_events(worker);
	generation_end_worker(worker);
	anew = sort_orphans(agent, worker, guilty);
	proving_worker_ended(worker);
	if (retiring)
		workers_drop_empty(agent);
	else if (lived)
		restart_worker(agent, worker);
	else
		restart_later(agent, worker);
	DL_FOREACH_SAFE(anew, pending, next) {
		DL_DELETE(anew, pending);
		begin_anew(agent, pending);
	}
}

/* ---- outcomes ------------------------------------------------------------ */

static struct pending *find_pending(const struct worker_process *worker, uint64_t id)
{
	struct pending *pending;

	DL_SEARCH_SCALAR(worker->pending, pending, id, id);
	return pending;
}

/* What a worker sends: the end of a handshake, or of a question.  False for what is neither. */
struct received {
	struct outcome outcome;
	unsigned char chain[PEER_CHAIN_MAX];
};

static bool use_outcome(struct agent *agent, struct worker_process *worker, struct received *received)
{
	struct pending *pending = find_pending(worker, received->outcome.id);

	outcome_clean(&received->outcome);
	if (!pending)
		return proving_outcome(agent, worker, &received->outcome);
	/* Without memory the chain cannot be judged again, and that is all. */
	if (pending->role == ROLE_CLIENT)
		(void)bytes_copy(&pending->chain, received->chain, received->outcome.chain_size);
	agent_conclude(agent, pending, &received->outcome);
	return true;
}

/* One outcome; false when there is none now or the worker is gone. */
static bool take_outcome(struct agent *agent, struct worker_process *worker)
{
	struct received received;
	ssize_t got = message_receive(worker->channel, &received, sizeof(received), NULL);

	if (got == -EAGAIN)
		return false;
	if (got >= (ssize_t)sizeof(received.outcome) &&
	    (size_t)got - sizeof(received.outcome) == received.outcome.chain_size &&
	    use_outcome(agent, worker, &received))
		return true;
	worker_ended(agent, worker);
	return false;
}

static void on_outcome(evutil_socket_t fd, short what, void *context)
{
	struct worker_process *worker = context;
	struct agent *agent = worker->agent;

	(void)fd;
	(void)what;
	while (take_outcome(agent, worker))
		;
	agent->events.slots_are_free(agent); /* slots may have become free */
}

void workers_watch(struct agent *agent, struct worker_process *worker)
{
	worker->agent = agent;
	worker->readable = event_new(agent->loop, worker->channel, EV_READ | EV_PERSIST, on_outcome, worker);
	if (worker->readable && event_add(worker->readable, NULL) == 0)
		return;
	log_line(LOG_LEVEL_ERROR, "out of memory: a worker is not used");
	free_events(worker);
	generation_end_worker(worker); /* whom nobody hears must not be given a handshake */
	restart_later(agent, worker);
}

/* ---- pulse --------------------------------------------------------------- */

static bool has_something_to_do(const struct worker_process *worker)
{
	return worker->pid > 0 && (worker->pending || worker->questions);
}

/* A worker keeps its handshakes' time limits itself; one that does not holds slots that nobody gets back. */
static bool is_overdue(const struct worker_process *worker)
{
	return worker->pending && clock_ms() - worker->pending->started_ms >= CLIENT_LIMIT_MS + STUCK_MS;
}

/* One that is to be replaced is killed; its death is then noticed like any other. */
static void look_at_worker(struct worker_process *worker)
{
	struct pulse_process process = pulse_process_of(worker->pid);

	if (worker->state == PULSE_STUCK)
		return;
	worker->state = pulse_look(&worker->seen, pulse_turns(worker->pulse), &process);
	if (is_overdue(worker))
		worker->state = PULSE_STUCK;
	if (worker->state == PULSE_STUCK)
		(void)kill(worker->pid, SIGKILL);
}

/* Whether any has something to do. */
static bool look_at_workers(struct generation *generation)
{
	bool busy = false;

	for (unsigned int i = 0; i < generation->worker_count; i++) {
		struct worker_process *worker = &generation->worker[i];

		if (!has_something_to_do(worker)) {
			worker->seen = (struct pulse_watch){ 0 };
			worker->state = PULSE_BEATS;
			continue;
		}
		busy = true;
		look_at_worker(worker);
	}
	return busy;
}

void workers_on_look(evutil_socket_t fd, short what, void *context)
{
	static const struct timeval soon = { .tv_usec = PULSE_LOOK_MS * 1000 };
	struct agent *agent = context;
	struct generation *generation;
	bool busy;

	(void)fd;
	(void)what;
	busy = look_at_workers(agent->current);
	LL_FOREACH(agent->retired, generation)
		busy |= look_at_workers(generation);
	if (busy)
		(void)evtimer_add(agent->look_timer, &soon);
}
