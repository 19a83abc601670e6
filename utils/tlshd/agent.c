/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/tlshd/agent_private.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <utlist.h>

#include "support/keys/keys.h"
#include "support/rival/rival.h"
#include "utils/tlshd/askers.h"
#include "utils/tlshd/filter.h"
#include "utils/tlshd/ktls.h"
#include "utils/tlshd/proving.h"

/* How often changed files are looked for when no handshake comes. */
#define WATCH_SECONDS 5

/* ---- what happens ---------------------------------------------------------- */

static void on_reloaded(struct agent *agent, const struct error *why_not)
{
	control_reloaded(agent->control, why_not);
}

static void on_watch_timer(evutil_socket_t fd, short what, void *context)
{
	struct agent *agent = context;

	(void)fd;
	(void)what;
	agent_reload_if_changed(agent);
	agent_reload_again(agent);
}

static void on_signal(evutil_socket_t number, short what, void *context)
{
	struct agent *agent = context;
	struct error e;

	(void)what;

	if (number == SIGHUP)
		(void)agent_reload(agent, &e);
	else
		event_base_loopbreak(agent->loop);
}

/* ---- life ---------------------------------------------------------------- */

static int watch_signals(struct agent *agent, struct error *e)
{
	static const int numbers[] = { SIGHUP, SIGTERM, SIGINT };

	(void)signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		agent->signals[i] = evsignal_new(agent->loop, numbers[i], on_signal, agent);
		if (!agent->signals[i] || event_add(agent->signals[i], NULL) < 0)
			return error_set(e, ENOMEM, "cannot watch for signals");
	}
	return 0;
}

static int watch_kernel(struct agent *agent, struct error *e)
{
	struct timeval interval = { .tv_sec = WATCH_SECONDS };

	agent->announced =
		event_new(agent->loop, handshake_fd(agent->handshake), EV_READ | EV_PERSIST, agent_on_announced, agent);
	agent->watch_timer = event_new(agent->loop, -1, EV_PERSIST, on_watch_timer, agent);
	if (!agent->announced || event_add(agent->announced, NULL) < 0 || !agent->watch_timer ||
	    event_add(agent->watch_timer, &interval) < 0)
		return error_set(e, ENOMEM, "cannot watch the kernel");
	return 0;
}

static int check_rivals(struct error *e)
{
	struct handshake *probe;
	uint32_t group;
	int r = handshake_open(&probe, e);

	if (r)
		return r;
	/* Left again at once, so that our own membership is not taken for a rival's. */
	group = handshake_group(probe);
	handshake_close(probe);
	r = rival_check(group, getpid(), e);
	/* What this kernel cannot tell of anybody is no reason to do without an agent. */
	if (r > 0 || r == -EOPNOTSUPP)
		log_line(LOG_LEVEL_WARNING, "%s", e->text);
	return r < 0 && r != -EOPNOTSUPP ? r : 0;
}

/* One descriptor per handshake; the usual 1024 would be few in a storm. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

/*
 * On a busy machine the kernel's few places for waiting requests are full before an ordinary process runs at all.  The
 * kernel role does little at a time; its children are ordinary again.
 */
static void raise_priority(void)
{
	struct sched_param lowest = { .sched_priority = 1 };

	if (sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &lowest) < 0)
		log_line(LOG_LEVEL_NOTICE, "runs without real-time priority, and may lose handshakes in a storm: %s",
			 strerror(errno));
}

static int start(struct agent *agent, struct error *e)
{
	int r;

	raise_descriptor_limit();
	raise_priority();
	agent->loop = event_base_new();
	agent->look_timer = agent->loop ? evtimer_new(agent->loop, workers_on_look, agent) : NULL;
	agent->admission = admission_new();
	agent->askers = askers_new(ASKERS_KTHREADS, ASKERS_THREADS);
	agent->record = record_new();
	if (snprintf(agent->shared_path, sizeof(agent->shared_path), "%s.names", agent->options->control_path) >=
	    (int)sizeof(agent->shared_path))
		return error_set(e, ENAMETOOLONG, "the socket name %s is too long", agent->options->control_path);
	if (!agent->loop || !agent->look_timer || !agent->askers || !agent->admission || !agent->record)
		return error_set(e, ENOMEM, "out of memory");
	r = shared_load(agent->shared_path, &agent->shared, e);
	if (r)
		return r;
	/* Else workers would reach whatever the session of root reaches who started us by hand. */
	r = keys_own_session(e);
	if (!r)
		r = check_rivals(e);
	if (!r)
		r = ktls_prepare(e);
	/* What begins from here on, children and all, has no more power than it needs. */
	if (!r)
		r = sandbox_limit_capabilities(e);
	if (!r)
		r = filter_install(FILTER_KERNEL_ROLE, e);
	if (!r)
		r = agent_build_first(agent, e);
	if (!r)
		r = watch_signals(agent, e);
	if (!r)
		r = control_new(agent, agent->options->control_path, &agent->control, e);
	/* Joined last: from here on the kernel counts on us. */
	if (!r)
		r = handshake_open(&agent->handshake, e);
	return r ? r : watch_kernel(agent, e);
}

static void fail_all(struct agent *agent, struct generation *generation)
{
	struct pending *pending, *next;

	for (unsigned int i = 0; i < generation->worker_count; i++) {
		struct worker_process *worker = &generation->worker[i];

		DL_FOREACH_SAFE(worker->pending, pending, next)
			agent_conclude_failed(agent, pending, REASON_TIMEOUT, "the agent was stopped");
		proving_worker_ended(worker);
	}
	workers_free_generation(generation);
}

static void stop(struct agent *agent)
{
	struct generation *generation, *next;

	agent_tell_policy(agent, NULL);
	control_free(agent->control);
	LL_FOREACH_SAFE(agent->retired, generation, next)
		fail_all(agent, generation);
	if (agent->current)
		fail_all(agent, agent->current);
	agent_tell_settled(agent);
	askers_free(agent->askers);
	for (size_t i = 0; i < ARRAY_SIZE(agent->signals); i++)
		if (agent->signals[i])
			event_free(agent->signals[i]);
	if (agent->announced)
		event_free(agent->announced);
	if (agent->watch_timer)
		event_free(agent->watch_timer);
	if (agent->look_timer)
		event_free(agent->look_timer);
	if (agent->files_still)
		event_free(agent->files_still);
	handshake_close(agent->handshake);
	watch_free(&agent->watch);
	admission_free(agent->admission);
	record_free(agent->record);
	shared_free(agent->shared);
	if (agent->loop)
		event_base_free(agent->loop);
}

static void announce_ready(struct agent *agent)
{
	AUTO_STRBUF text = { 0 };

	agent_describe(agent->current, &text);
	log_line(LOG_LEVEL_NOTICE, "ready: %s", text.failed ? "" : text.text);
	(void)service_notify("READY=1");
}

int agent_run(const struct agent_options *options, struct error *e)
{
	struct agent agent = {
		.options = options,
		.started = time(NULL),
		.events = { agent_accept_all, agent_reload, on_reloaded },
	};
	int r = start(&agent, e);

	if (!r) {
		agent_tell_policy(&agent, agent.current->credentials->policy);
		announce_ready(&agent);
		agent_accept_all(&agent); /* requests may have waited for an agent */
		event_base_dispatch(agent.loop);
		(void)service_notify("STOPPING=1");
	}
	stop(&agent);
	return r;
}
