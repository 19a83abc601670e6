/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/mount/watch.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/base/base.h"

#define KILL_MS 2000

static int pidfd_of(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

/* Until the child has ended (0), or the clock says so (-ETIMEDOUT). */
static int wait_until(int pidfd, int64_t when, const sigset_t *signals)
{
	struct pollfd ended = { .fd = pidfd, .events = POLLIN };

	for (;;) {
		int64_t left = when ? when - clock_ms() : INT32_MAX;
		struct timespec limit = { left / 1000, left % 1000 * 1000000 };
		int r;

		if (left <= 0)
			return -ETIMEDOUT;
		r = ppoll(&ended, 1, &limit, signals);
		if (r > 0)
			return 0;
		if (r < 0 && errno != EINTR)
			return -errno;
	}
}

/* Signals come through while we wait; one that ends us ends the child, too. */
static int wait_with_watch(int pidfd, const struct watch *watch, const sigset_t *signals)
{
	int64_t give_up_at = watch->give_up_at, first = watch->notice_at;
	int r;

	if (!watch->notice || (give_up_at && give_up_at < first))
		return wait_until(pidfd, give_up_at, signals);
	r = wait_until(pidfd, first, signals);
	if (r != -ETIMEDOUT)
		return r;
	watch->notice(watch->context, &give_up_at);
	return wait_until(pidfd, give_up_at, signals);
}

static pid_t start_child(watched_call *call, const void *what)
{
	pid_t parent = getpid(), child = fork();
	sigset_t none;

	if (child)
		return child;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
		_exit(EINTR);
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		close(fd); /* whoever reads our output must not wait for a child that was left */
	_exit(call(what)); /* errno fits an exit status */
}

/* A kernel that tries a connection again and again without a pause does not hear signals. */
static void leave(pid_t child, int pidfd, bool may_leave, int *status)
{
	static const sigset_t none;
	int r = may_leave ? wait_until(pidfd, clock_ms() + KILL_MS, &none) : 0;

	while (!r && waitpid(child, status, 0) < 0 && errno == EINTR)
		continue;
}

int watch_call(watched_call *call, const void *what, const struct watch *watch, bool may_leave, bool *gave_up)
{
	sigset_t all, old;
	int status = SIGKILL, r; /* of a child that is not seen to end */
	pid_t child;

	*gave_up = false;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	child = start_child(call, what);
	if (child < 0) {
		r = errno;
	} else {
		AUTO_FD pidfd = pidfd_of(child);

		r = pidfd < 0 ? 0 : wait_with_watch(pidfd, watch, &old);
		if (r)
			kill(child, SIGKILL);
		leave(child, pidfd, r && may_leave, &status);
		*gave_up = r == -ETIMEDOUT && WIFSIGNALED(status);
		r = WIFEXITED(status) ? WEXITSTATUS(status) : *gave_up ? ETIMEDOUT : EINTR;
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	return r;
}
