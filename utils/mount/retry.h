/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * retry: for how long a mount is tried, and how long to wait between two tries: nfs(5), bg, fg and retry=.
 * Clocks and waiting are the caller's, so that two minutes can be tested at once.
 */
#ifndef NFSTLS_MOUNT_RETRY_H
#define NFSTLS_MOUNT_RETRY_H

#include "support/mounts/mounts.h"

struct retry {
	bool background;      /* bg: of bg and fg the last counts */
	bool given;	      /* retry= is a number */
	unsigned int minutes; /* 2 in the foreground, 10000 in the background, where nothing is said */
};

/* Reads bg, fg and retry=; *bad (may be NULL) is set to a retry= that is no number and is not used. */
void retry_of(const struct mount_options *options, struct retry *retry, const char **bad);

/* The state of one series of tries.  All times are those of clock_ms(). */
struct retry_state {
	int64_t deadline;
	bool child;	       /* the background's own waits are longer */
	unsigned int waits;    /* so far */
	unsigned int in_a_row; /* of errors that are only forgiven twice */
};

/*
 * began is when the waiting began; see retry_began().
 */
void retry_start(const struct retry *retry, int64_t began, bool child, struct retry_state *state);

/* Whether the error may go away: EAGAIN, a server that does not answer.  Counts those in a row. */
bool retry_is_temporary(struct retry_state *state, int code);

/* Milliseconds to wait before the next try; -1 when the time is over.  After a time-out nothing is waited for. */
int64_t retry_pause(struct retry_state *state, int code, int64_t now);

/*
 * When the waiting of this foreground mount began.  "mount -a" makes one mount after the
 * other, and twenty dead servers with two minutes each would hold up a boot for forty: where
 * retry= is not given, all mounts of one "mount -a" share their two minutes, which begin when it began.
 * stat and command_line are the texts of /proc/PPID/stat (proc_pid_stat(5)) and /proc/PPID/cmdline; uptime_ms is
 * now by CLOCK_BOOTTIME, ticks the unit of stat in 1/s.  Returns now (clock_ms()) for any other parent.  Pure.
 */
int64_t retry_began(const char *stat, const char *command_line, size_t command_line_size, int64_t uptime_ms, long ticks,
		    int64_t now);

#endif
