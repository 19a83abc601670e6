/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When a new generation is built.  Files are read when they have changed and have then been left alone for a moment
 * (support/still); what was good before stays in use until then, and when what is there is not good.
 */
#include <errno.h>
#include <string.h>

#include "utils/tlshd/agent_private.h"

/* How soon a reload that failed for want of memory, descriptors or the like is tried again, then half as often. */
#define RELOAD_AGAIN_MS 2500
#define RELOAD_AGAIN_MAX_MS 80000
/*
 * A look at so many files takes a small part of a millisecond; for each further lot it is taken a millisecond
 * later.
 */
#define LOOK_LOT 100
/* How soon files that are not still are looked at again, at the earliest. */
#define LOOK_AGAIN_MS 100

int agent_build_first(struct agent *agent, struct error *e)
{
	const int64_t until = clock_ms() + STILL_MOST_MS;
	int r = agent_build(agent, e);

	while (r == -EBUSY && clock_ms() < until) {
		still_wait(&agent->watch.files, until);
		r = agent_build(agent, e);
	}
	return r;
}

/* ---- what comes of it --------------------------------------------------------- */

/* What was lacking may be there the next time, though no file has changed. */
static bool may_pass(int code)
{
	switch (code) {
	case EAGAIN:
	case EDQUOT:
	case EIO:
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
	case ENOSPC:
		return true;
	default:
		return false;
	}
}

static int64_t next_pause(const struct agent *agent, bool asked)
{
	if (asked)
		return RELOAD_AGAIN_MS;
	return agent->reload_pause_ms * 2 < RELOAD_AGAIN_MAX_MS ? agent->reload_pause_ms * 2 : RELOAD_AGAIN_MAX_MS;
}

static void note_refusal(struct agent *agent, bool asked, const struct error *e)
{
	/* What nobody has asked for is told once. */
	if (asked || strcmp(e->text, agent->refused.text))
		log_line(LOG_LEVEL_ERROR, "reload refused: %s (the old configuration and certificates stay in use)",
			 e->text);
	agent->refused = *e;
	agent->reload_pause_ms = next_pause(agent, asked);
	agent->reload_again_ms = may_pass(e->code) ? clock_ms() + agent->reload_pause_ms : 0;
}

static void note_success(struct agent *agent)
{
	AUTO_STRBUF text = { 0 };

	agent->reload_again_ms = 0;
	agent_describe(agent->current, &text);
	log_line(LOG_LEVEL_NOTICE, "reloaded: %s", text.failed ? "" : text.text);
}

/* ---- files that are not still ---------------------------------------------------- */

static int reload(struct agent *agent, bool asked, struct error *e);

static void on_files_still(evutil_socket_t fd, short what, void *context)
{
	struct agent *agent = context;
	struct error e;

	(void)fd;
	(void)what;
	if (agent->due_since_ms)
		(void)reload(agent, true, &e);
}

/* Without the event it is done with the other things that are done every few seconds. */
static void look_later(struct agent *agent)
{
	const int left = still_left_ms(&agent->watch.files);
	const int pause = left < LOOK_AGAIN_MS ? LOOK_AGAIN_MS : left;
	const struct timeval later = { .tv_sec = pause / 1000, .tv_usec = pause % 1000 * 1000 };

	if (!agent->files_still)
		agent->files_still = event_new(agent->loop, -1, 0, on_files_still, agent);
	if (agent->files_still)
		(void)event_add(agent->files_still, &later);
}

static void become_due(struct agent *agent)
{
	if (agent->due_since_ms)
		return;
	agent->due_since_ms = clock_ms();
	agent->told_busy = false;
}

/* Which file is in the way is said when it has been for long. */
static int wait_until_still(struct agent *agent, struct error *e)
{
	error_set(e, EBUSY, "the files are being changed");
	become_due(agent);
	look_later(agent);
	if (clock_ms() - agent->due_since_ms < STILL_MOST_MS || !still_check(&agent->watch.files, clock_ms(), e))
		return -EBUSY;
	if (!agent->told_busy)
		log_line(LOG_LEVEL_WARNING,
			 "not reloaded for %d seconds: %s (until then the old configuration and "
			 "certificates stay in use)",
			 STILL_MOST_MS / 1000, e->text);
	agent->told_busy = true;
	agent->events.reloaded(agent, e);
	return -EBUSY;
}

/* ---- all of it ---------------------------------------------------------------------- */

static int note_end(struct agent *agent, bool asked, int r, const struct error *e)
{
	agent->due_since_ms = 0;
	if (r)
		note_refusal(agent, asked, e);
	else
		note_success(agent);
	agent->events.reloaded(agent, r ? e : NULL);
	return r;
}

/* Nothing is read before it may be still: there may be many thousands of files. */
static int reload(struct agent *agent, bool asked, struct error *e)
{
	int r;

	watch_look(&agent->watch);
	if (still_left_ms(&agent->watch.files))
		return wait_until_still(agent, e);
	(void)service_notify("RELOADING=1");
	r = agent_build(agent, e);
	(void)service_notify("READY=1");
	return r == -EBUSY ? wait_until_still(agent, e) : note_end(agent, asked, r, e);
}

int agent_reload(struct agent *agent, struct error *e)
{
	return reload(agent, true, e);
}

/*
 * A renewed certificate is used without anybody telling us.  Where there are many thousands of files, a look at all of
 * them takes so long that handshakes would wait: then not every one of them looks.
 */
void agent_reload_if_changed(struct agent *agent)
{
	int64_t now = clock_ms();
	struct error e;

	if (now < agent->look_at_files_ms)
		return;
	agent->look_at_files_ms = now + watch_count(&agent->watch) / LOOK_LOT;
	if (agent->due_since_ms || watch_changed(&agent->watch))
		(void)reload(agent, true, &e);
}

/* Not when a handshake comes: it would wait for what may fail again. */
void agent_reload_again(struct agent *agent)
{
	struct error e;

	if (agent->reload_again_ms && clock_ms() >= agent->reload_again_ms)
		(void)reload(agent, false, &e);
}
