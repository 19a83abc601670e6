/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which worker gets a handshake. */
#include "utils/tlshd/agent_private.h"

#include <string.h>
#include <utlist.h>

#include "support/transport/transport.h"

/* One that has been at the same for a second is only better than none. */
static bool is_better(const struct worker_process *worker, const struct worker_process *than)
{
	bool slow = worker->state != PULSE_BEATS, than_slow = than->state != PULSE_BEATS;

	return slow == than_slow ? worker->busy < than->busy : than_slow;
}

struct worker_process *workers_choose(struct agent *agent)
{
	static const struct timeval soon = { .tv_usec = PULSE_LOOK_MS * 1000 };
	struct worker_process *best = NULL;

	for (unsigned int i = 0; i < agent->current->worker_count; i++) {
		struct worker_process *worker = &agent->current->worker[i];

		if (worker->channel >= 0 && worker->busy < WORKER_SLOTS && (!best || is_better(worker, best)))
			best = worker;
	}
	/* From now on it has something to do. */
	if (best && !evtimer_pending(agent->look_timer, NULL))
		(void)evtimer_add(agent->look_timer, &soon);
	return best;
}

static void log_task(const struct pending *pending, const struct task *task, const struct worker_process *worker)
{
	char address[ADDRESS_END_MAX];

	if (!log_wants(LOG_LEVEL_DEBUG))
		return;
	address_end_text(&pending->remote, address);
	log_line(LOG_LEVEL_DEBUG, "task %llu: role=%s addr=%s goes to worker %d, which has %u; patience %u ms",
		 (unsigned long long)task->id, role_word(task->role), address, (int)worker->pid, worker->busy,
		 task->patience_ms);
}

void agent_assign(struct agent *agent, struct pending *pending)
{
	struct worker_process *worker = workers_choose(agent);
	struct task *task = &pending->task;
	int r = -EAGAIN;

	task->more_size = (uint32_t)pending->names.size;
	if (worker)
		r = generation_assign(worker, task, &pending->order, pending->names.text, pending->fd);
	if (r) {
		agent_conclude_failed(agent, pending, REASON_AGENT_ERROR, "no worker takes the handshake");
		return;
	}
	log_task(pending, task, worker);
	pending->worker = worker;
	worker->busy++;
	worker->handshakes++;
	DL_APPEND(worker->pending, pending);
}
