/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pulse: how the kernel role sees that a worker goes on.  A worker that has
 * something to do takes a turn at least four times a second, since it looks
 * at each of its handshakes so often (worker.c).  It counts its turns in memory
 * that it shares with the kernel role, and says there what it works on.  One
 * whose number stays the same is in one call, or does not run at all.
 *
 * The kernel role trusts nothing in it: a worker that was taken over and lies
 * can only have itself ended, or keep its handshakes until their time is up.
 */
#ifndef NFSTLS_TLSHD_PULSE_H
#define NFSTLS_TLSHD_PULSE_H

#include <sys/types.h>

#include "support/base/base.h"

struct pulse;

/* Shared with the processes that are forked afterwards; NULL without memory. */
struct pulse *pulse_new(void);
void pulse_free(struct pulse *pulse); /* takes NULL */

/* Of a worker: it takes a turn, for that task; 0 for none, when it is done. */
void pulse_turn(struct pulse *pulse, uint64_t task);

/* What it last said. */
uint32_t pulse_turns(const struct pulse *pulse);
uint64_t pulse_task(const struct pulse *pulse);

#define PULSE_LOOK_MS 250
#define PULSE_LOOKS_SLOW 4u	/* for a second no turn: it gets nothing new to do */
#define PULSE_CPU_STUCK_MS 1500 /* so much processor time in one turn: it is replaced */
#define PULSE_LOOKS_STOPPED 12u /* so is one that was stopped, after three seconds */
#define PULSE_LOOKS_STUCK 60u	/* and one that waits, for its signer or for a processor, after fifteen */

enum pulse_state { PULSE_BEATS, PULSE_SLOW, PULSE_STUCK };

/* What was seen of a worker so far; zero before the first look. */
struct pulse_watch {
	bool looked;
	uint32_t turns;
	unsigned int looks; /* in which it was the same */
	int64_t cpu_ms;	    /* at the first of them */
};

/* How a process is at the moment. */
struct pulse_process {
	int64_t cpu_ms; /* the processor time that it has used; 0 when it cannot be told */
	bool stopped;	/* by a signal */
};

/*
 * One look, PULSE_LOOK_MS after the last, at a worker that has something to do.  Looks count and not the clock: what
 * held up the kernel role has held up its workers.  A busy machine is no fault of a worker's: one that gets no
 * processor is waited for.
 */
enum pulse_state pulse_look(struct pulse_watch *watch, uint32_t turns, const struct pulse_process *process);

/* Of a child. */
struct pulse_process pulse_process_of(pid_t pid);

#endif
