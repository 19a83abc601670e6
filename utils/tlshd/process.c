/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/tlshd/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What is silent for so long while it starts is stuck; how often it says that it is not. */
#define SILENCE_LIMIT_MS 5000
#define GOES_ON_MS 1000

/* ---- in the process ------------------------------------------------------ */

void process_report(int channel, int status, const struct error *e)
{
	struct start_report report = { .status = status };

	if (status)
		text_copy(report.text, sizeof(report.text), e->text);
	if (message_send(channel, &report, sizeof(report), -1) || status)
		_exit(1);
}

int process_goes_on(int channel, int64_t *said_ms, struct error *e)
{
	struct start_report report = { .status = START_GOES_ON };
	int64_t now = clock_ms();
	int r;

	if (!*said_ms)
		*said_ms = now;
	if (now - *said_ms < GOES_ON_MS)
		return 0;
	*said_ms = now;
	r = message_send(channel, &report, sizeof(report), -1);
	return r ? error_set(e, -r, "the kernel role is gone: %s", strerror(-r)) : 0;
}

/* ---- in the kernel role -------------------------------------------------- */

static int wait_for_one(const char *name, int channel, struct start_report *report, struct error *e)
{
	struct pollfd ready = { .fd = channel, .events = POLLIN };
	int r;

	do {
		r = poll(&ready, 1, SILENCE_LIMIT_MS);
	} while (r < 0 && errno == EINTR);
	if (r != 1)
		return error_set(e, ETIMEDOUT, "%s did not start in time", name);
	if (message_receive(channel, report, sizeof(*report), NULL) != (ssize_t)sizeof(*report))
		return error_set(e, EIO, "%s died while it started: see the lines before this one", name);
	return 0;
}

static int wait_for_report(const char *name, int channel, struct error *e)
{
	struct start_report report;
	int r;

	do {
		r = wait_for_one(name, channel, &report, e);
	} while (!r && report.status == START_GOES_ON);
	if (r)
		return r;
	report.text[sizeof(report.text) - 1] = '\0';
	return report.status ? error_set(e, -report.status, "%s", report.text) : 0;
}

int process_start(const char *name, process_main *main, const struct sandbox_user *user, const char *empty_root,
		  const void *with, struct process *process, struct error *e)
{
	struct process_orders orders = {
		.parent = getpid(),
		.user = user,
		.empty_root = empty_root,
		.with = with,
	};
	int pair[2];
	int r = message_pair(pair);

	if (r)
		return error_set(e, -r, "cannot make a socket pair: %s", strerror(-r));
	orders.channel = pair[1];
	process->pid = fork();
	if (process->pid == 0) {
		main(&orders);
		_exit(1);
	}
	close(pair[1]);
	process->channel = pair[0];
	/* One that is stuck must not hold us up. */
	if (process->pid < 0 || fcntl(pair[0], F_SETFL, O_NONBLOCK) < 0)
		r = error_set(e, errno, "cannot start %s: %s", name, strerror(errno));
	else
		r = wait_for_report(name, process->channel, e);
	if (r)
		process_stop(process);
	return r;
}

void process_stop(struct process *process)
{
	if (process->channel >= 0)
		close(process->channel);
	/* It may be stuck in reading a file, and must not hold us up as well. */
	if (process->pid > 0) {
		(void)kill(process->pid, SIGKILL);
		(void)waitpid(process->pid, NULL, 0);
	}
	process->channel = -1;
	process->pid = 0;
}
