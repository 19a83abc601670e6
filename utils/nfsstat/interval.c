/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/nfsstat/interval.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

static void interrupts(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
}

/* A shell starts what runs in the background with SIGINT ignored; one that is blocked comes all the same. */
int interval_hold_interrupts(struct error *e)
{
	sigset_t set;

	interrupts(&set);
	return sigprocmask(SIG_BLOCK, &set, NULL) < 0 ? error_set(e, errno, "cannot wait: %s", strerror(errno)) : 0;
}

int interval_until_interrupted(struct error *e)
{
	sigset_t set;
	int number;

	interrupts(&set);
	do
		number = sigwaitinfo(&set, NULL);
	while (number < 0 && errno == EINTR);
	return number < 0 ? error_set(e, errno, "cannot wait: %s", strerror(errno)) : number;
}

int interval_timer(unsigned int seconds, struct error *e)
{
	const struct itimerspec times = { .it_interval.tv_sec = seconds, .it_value.tv_sec = seconds };
	int fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC);

	if (fd < 0 || timerfd_settime(fd, 0, &times, NULL) < 0) {
		int r = error_set(e, errno, "cannot make a timer: %s", strerror(errno));

		close_fd(&fd);
		return r;
	}
	return fd;
}

int interval_tick(int timer, struct error *e)
{
	uint64_t ticks;
	ssize_t got;

	do
		got = read(timer, &ticks, sizeof(ticks));
	while (got < 0 && errno == EINTR);
	return got == (ssize_t)sizeof(ticks) ? 0 : error_set(e, EIO, "cannot wait for a timer");
}
