/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/tlshd/worker.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "utils/tlshd/filter.h"
#include "utils/tlshd/judge.h"
#include "utils/tlshd/session.h"

#define LOOK_AGAIN_MS 250

/* Under load, what was begun is finished before more is begun: else all would end too late together. */
enum { PRIORITY_GO_ON, PRIORITY_BEGIN, PRIORITY_COUNT };

struct worker {
	const struct worker_orders *orders;
	struct event_base *loop;
	struct event *tasks;
	struct session_kit kit;
	unsigned int busy;
	bool leaving; /* no more tasks will come */
};

/* One handshake and its place in the event loop. */
struct slot {
	struct worker *worker;
	struct session *session;
	uint64_t id; /* of the task */
	struct event *ready;
	enum session_need waits_for;
	int fd;
	uint32_t patience_ms;
	int64_t ends_at;   /* whatever happens */
	int64_t stalls_at; /* unless a message arrives */
};

static void __attribute__((noreturn)) give_up(const char *what)
{
	log_line(LOG_LEVEL_ERROR, "worker %d ends: %s", (int)getpid(), what);
	_exit(1);
}

static void report(struct worker *worker, const struct outcome *outcome, const struct bytes *chain)
{
	struct outcome told = *outcome;

	told.chain_size = (uint32_t)chain->size;
	if (message_send_parts(worker->orders->kernel_role, &told, sizeof(told), chain->data, chain->size, -1))
		give_up("the kernel role does not take an outcome");
}

static void slot_end(struct slot *slot)
{
	struct worker *worker = slot->worker;

	event_free(slot->ready);
	report(worker, session_outcome(slot->session), session_chain(slot->session));
	session_free(slot->session);
	close(slot->fd);
	free(slot);
	worker->busy--;
	if (worker->leaving && !worker->busy)
		event_base_loopbreak(worker->loop);
}

/*
 * Waits for the socket, but no longer than the peer may take, and never for long: the kernel's RPC code has its own
 * callbacks on the socket, and the one for a closed connection does not wake us (net/sunrpc/xprtsock.c,
 * xs_tcp_state_change).
 */
static void slot_wait(struct slot *slot)
{
	int64_t until = slot->stalls_at < slot->ends_at ? slot->stalls_at : slot->ends_at;
	int64_t left = until - clock_ms();
	struct timeval limit;

	if (left < 0)
		left = 0;
	if (left > LOOK_AGAIN_MS)
		left = LOOK_AGAIN_MS;
	limit.tv_sec = left / 1000;
	limit.tv_usec = left % 1000 * 1000;
	if (event_add(slot->ready, &limit) < 0)
		give_up("out of memory");
}

static void on_ready(evutil_socket_t fd, short what, void *context);

static int slot_watch(struct slot *slot, enum session_need need)
{
	short what = need == SESSION_WRITE ? EV_WRITE : EV_READ;

	if (slot->ready && slot->waits_for == need)
		return 0;
	if (slot->ready)
		event_free(slot->ready);
	slot->waits_for = need;
	slot->ready = event_new(slot->worker->loop, slot->fd, what, on_ready, slot);
	return slot->ready && event_priority_set(slot->ready, PRIORITY_GO_ON) == 0 ? 0 : -ENOMEM;
}

/* Goes on with the handshake; true when it still waits for the peer. */
static bool slot_advance(struct slot *slot)
{
	struct pulse *pulse = slot->worker->orders->pulse;
	enum session_need need;

	pulse_turn(pulse, slot->id);
	need = session_step(slot->session);
	pulse_turn(pulse, 0);
	if (session_progressed(slot->session))
		slot->stalls_at = clock_ms() + slot->patience_ms;
	if (slot_watch(slot, need == SESSION_ENDED ? slot->waits_for : need))
		give_up("out of memory");
	if (need != SESSION_ENDED)
		return true;
	slot_end(slot);
	return false;
}

static void slot_abort(struct slot *slot, enum reason why, const char *cause)
{
	session_abort(slot->session, why, cause);
	slot_end(slot);
}

static void on_ready(evutil_socket_t fd, short what, void *context)
{
	struct slot *slot = context;

	(void)fd;
	(void)what;
	/* The kernel is about to give up, or has: what the others need is not spent on this one. */
	if (clock_ms() >= slot->ends_at) {
		slot_abort(slot, REASON_TIMEOUT, "it had not ended in time");
		return;
	}
	/*
	 * Goes on before it looks at the time: when this host itself was held up, what the peer sent in time
	 * lies there although the timer has fired.
	 */
	if (!slot_advance(slot))
		return;
	if (clock_ms() < slot->stalls_at)
		slot_wait(slot);
	else
		slot_abort(slot, REASON_STALLED, "the peer sent nothing for too long");
}

/* What was received, with what follows the task. */
struct received {
	struct task task;
	char more[PEER_CHAIN_MAX];
};

static bool task_is_sane(const struct received *received, size_t size, int fd)
{
	const struct task *task = &received->task;
	size_t more = size - sizeof(*task);

	if (size < sizeof(*task) || task->more_size != more || task->role >= ROLE_COUNT ||
	    !memchr(task->reference, '\0', sizeof(task->reference)))
		return false;
	if (task->judge)
		return fd < 0;
	return fd >= 0 && (!more || received->more[more - 1] == '\0');
}

static void start(struct worker *worker, const struct task *task, const char *names, int fd)
{
	struct slot *slot = calloc(1, sizeof(*slot));

	if (!slot)
		give_up("out of memory");
	slot->worker = worker;
	slot->id = task->id;
	slot->fd = fd;
	slot->patience_ms = task->patience_ms;
	slot->ends_at = clock_ms() + task->limit_ms;
	slot->stalls_at = clock_ms() + task->patience_ms;
	slot->waits_for = SESSION_READ;
	slot->session = session_new(&worker->kit, task, names, fd);
	if (!slot->session)
		give_up("out of memory");
	worker->busy++;
	if (slot_advance(slot))
		slot_wait(slot);
}

/* A chain that was verified when it was shown, for another name, or by what the policy says now. */
static void judge(struct worker *worker, const struct task *task, const char *der)
{
	static const struct bytes no_chain = { 0 };
	struct outcome outcome = { .id = task->id, .why = REASON_BAD_CERTIFICATE };
	struct judgement judged;
	AUTO_CHAIN chain = { 0 };
	struct error e;

	if (x509_chain_parse("the server's chain", der, task->more_size, &chain, &e)) {
		text_copy(outcome.cause, sizeof(outcome.cause), e.text);
	} else {
		judge_server(worker->orders->credentials, task->reference, &task->end, &chain, &judged);
		outcome.why = judged.why;
		text_copy(outcome.cause, sizeof(outcome.cause), judged.cause);
	}
	report(worker, &outcome, &no_chain);
}

static void leave(struct worker *worker)
{
	worker->leaving = true;
	event_del(worker->tasks);
	if (!worker->busy)
		event_base_loopbreak(worker->loop);
}

static void on_task(evutil_socket_t channel, short what, void *context)
{
	struct worker *worker = context;
	struct received received;
	ssize_t got;
	int fd;

	(void)what;
	pulse_turn(worker->orders->pulse, 0);
	got = message_receive(channel, &received, sizeof(received), &fd);
	if (got == -EAGAIN)
		return;
	if (got == 0)
		leave(worker);
	else if (got < 0 || !task_is_sane(&received, (size_t)got, fd))
		give_up("a task is malformed");
	else if (received.task.judge)
		judge(worker, &received.task, received.more);
	else
		start(worker, &received.task, received.more, fd);
}

/* Answers are read where the question is asked: what is readable here is the end, after which nothing can be signed. */
static void on_signer_gone(evutil_socket_t fd, short what, void *context)
{
	(void)fd;
	(void)what;
	(void)context;
	give_up("its signer is gone");
}

static struct event *watch_channel(struct worker *worker, int channel, int priority, event_callback_fn on_readable)
{
	struct event *event = event_new(worker->loop, channel, EV_READ | EV_PERSIST, on_readable, worker);

	if (!event || event_priority_set(event, priority) < 0 || event_add(event, NULL) < 0)
		give_up("out of memory");
	return event;
}

static int enter(const struct worker_orders *orders, struct error *e)
{
	int keep[] = { orders->kernel_role, orders->signer };
	int r = sandbox_start(keep, ARRAY_SIZE(keep), orders->parent);

	if (r)
		return error_set(e, -r, "cannot follow the kernel role: %s", strerror(-r));
	r = sandbox_become(orders->user, orders->empty_root, false, e);
	/* Changing the user id cleared the wish to die with the parent. */
	if (!r && sandbox_die_with(orders->parent))
		r = error_set(e, ESRCH, "the kernel role is gone");
	return r;
}

static int set_up(struct worker *worker, struct error *e)
{
	int r;

	worker->loop = event_base_new();
	if (!worker->loop || event_base_priority_init(worker->loop, PRIORITY_COUNT) < 0)
		return error_set(e, ENOMEM, "cannot make an event loop");
	worker->tasks = watch_channel(worker, worker->orders->kernel_role, PRIORITY_BEGIN, on_task);
	(void)watch_channel(worker, worker->orders->signer, PRIORITY_GO_ON, on_signer_gone);
	r = session_kit_init(&worker->kit, worker->orders->credentials, worker->orders->signer, e);
	return r ? r : filter_install(FILTER_WORKER, e);
}

void worker_run(const struct worker_orders *orders)
{
	struct worker worker = { .orders = orders };
	struct error e;

	if (enter(orders, &e) || set_up(&worker, &e))
		give_up(e.text);
	event_base_dispatch(worker.loop);
	_exit(0);
}
