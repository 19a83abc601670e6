/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/mount/caller.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

/* ---- limits --------------------------------------------------------------- */

/*
 * With that much of each no step fails or dies for lack of it.  What is larger stays: an endless stack would change
 * where the memory of children lies, and many descriptors slow down the daemons that they are.
 */
static const struct {
	int resource;
	rlim_t enough;
	const char *name;
} limits[] = {
	{ RLIMIT_STACK, 8u << 20, "stack" },
	{ RLIMIT_NOFILE, 1024, "nofile" },
	{ RLIMIT_FSIZE, RLIM_INFINITY, "fsize" },
	{ RLIMIT_CPU, RLIM_INFINITY, "cpu" },
	{ RLIMIT_AS, RLIM_INFINITY, "as" },
	{ RLIMIT_DATA, RLIM_INFINITY, "data" },
	{ RLIMIT_RSS, RLIM_INFINITY, "rss" },
	{ RLIMIT_NPROC, RLIM_INFINITY, "nproc" },
	{ RLIMIT_LOCKS, RLIM_INFINITY, "locks" },
	{ RLIMIT_MEMLOCK, RLIM_INFINITY, "memlock" },
	{ RLIMIT_SIGPENDING, RLIM_INFINITY, "sigpending" },
	{ RLIMIT_RTTIME, RLIM_INFINITY, "rttime" },
};

static bool is_less(rlim_t a, rlim_t b)
{
	return a != RLIM_INFINITY && (b == RLIM_INFINITY || a < b);
}

static int lift_limit(size_t i, struct error *e)
{
	rlim_t enough = limits[i].enough;
	struct rlimit limit;

	if (getrlimit((__rlimit_resource_t)limits[i].resource, &limit))
		return error_set(e, errno, "cannot read the limit %s: %s", limits[i].name, strerror(errno));
	if (!is_less(limit.rlim_cur, enough))
		return 0;
	limit.rlim_cur = enough;
	if (is_less(limit.rlim_max, enough))
		limit.rlim_max = enough;
	if (setrlimit((__rlimit_resource_t)limits[i].resource, &limit))
		return error_set(e, errno, "cannot lift the limit %s (see prlimit(1)): %s", limits[i].name,
				 strerror(errno));
	return 0;
}

/* Root may have set limits on purpose, and where it cannot lift them it lives with them. */
static int lift_limits(bool all_or_nothing, struct error *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		int r = lift_limit(i, e);

		if (r && all_or_nothing)
			return r;
	}
	return 0;
}

/* ---- signals and timers ------------------------------------------------------ */

/* A key at the terminal, or writing to one from the background, would stop the process. */
static const int stops[] = { SIGTSTP, SIGTTIN, SIGTTOU };

static int reset_signals(void)
{
	static const struct itimerval never;
	static const int timers[] = { ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF };
	sigset_t none;

	for (int number = 1; number <= SIGRTMAX; number++)
		if (number != SIGKILL && number != SIGSTOP)
			(void)signal(number, SIG_DFL); /* those of the C library's own cannot be set */
	for (size_t i = 0; i < ARRAY_SIZE(stops); i++)
		if (signal(stops[i], SIG_IGN) == SIG_ERR)
			return -errno;
	for (size_t i = 0; i < ARRAY_SIZE(timers); i++)
		if (setitimer((__itimer_which_t)timers[i], &never, NULL))
			return -errno;
	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL) ? -errno : 0;
}

/* ---- standing --------------------------------------------------------------- */

static void write_file(const char *path, const char *text)
{
	AUTO_FD fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd >= 0)
		(void)!write(fd, text, strlen(text));
}

/* So that it is neither the first to be killed nor the last to run; where it cannot be, it is only late. */
static void reset_priority(void)
{
	static const struct sched_param usual;

	write_file("/proc/self/oom_score_adj", "0");
	(void)sched_setscheduler(0, SCHED_OTHER, &usual);
	errno = 0;
	if (getpriority(PRIO_PROCESS, 0) > 0 || errno)
		(void)setpriority(PRIO_PROCESS, 0, 0);
}

/* Nothing of an ordinary user's environment may reach libraries or programs that we start. */
static int forget_environment(void)
{
	umask(022);
	return clearenv() || setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1) ? -ENOMEM : 0;
}

/* Those that it has opened are of no use here, and their number could be all there may be. */
static void close_others(void)
{
	(void)syscall(SYS_close_range, STDERR_FILENO + 1, ~0u, 0);
}

/* ---- all of it ---------------------------------------------------------------- */

static int disarm_user(struct error *e)
{
	int r = forget_environment();

	if (!r)
		r = reset_signals();
	if (r)
		return error_set(e, -r, "cannot get rid of what the caller has set: %s", strerror(-r));
	reset_priority();
	return 0;
}

int caller_disarm(struct error *e)
{
	bool is_user = getuid() && !geteuid();
	int r = geteuid() ? 0 : lift_limits(is_user, e);

	if (is_user)
		close_others();
	/* whatever is opened later must not be taken for the standard error that messages are written to */
	if (!standard_descriptors_fill())
		return error_set(e, EBADF, "cannot open /dev/null");
	return r || !is_user ? r : disarm_user(e);
}

void caller_leave_group(void)
{
	write_file("/sys/fs/cgroup/cgroup.procs", "0");
	write_file("/sys/fs/cgroup/unified/cgroup.procs", "0");
}
