/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/tlshd/pulse.h"

#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

struct pulse {
	_Atomic uint32_t turns;
	_Atomic uint64_t task;
};

struct pulse *pulse_new(void)
{
	void *shared = mmap(NULL, sizeof(struct pulse), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return shared == MAP_FAILED ? NULL : shared;
}

void pulse_free(struct pulse *pulse)
{
	if (pulse)
		(void)munmap(pulse, sizeof(*pulse));
}

void pulse_turn(struct pulse *pulse, uint64_t task)
{
	atomic_store_explicit(&pulse->task, task, memory_order_relaxed);
	atomic_fetch_add_explicit(&pulse->turns, 1, memory_order_release);
}

uint32_t pulse_turns(const struct pulse *pulse)
{
	return atomic_load_explicit(&pulse->turns, memory_order_acquire);
}

uint64_t pulse_task(const struct pulse *pulse)
{
	return atomic_load_explicit(&pulse->task, memory_order_relaxed);
}

static bool is_stuck(const struct pulse_watch *watch, const struct pulse_process *process)
{
	return watch->looks >= (process->stopped ? PULSE_LOOKS_STOPPED : PULSE_LOOKS_STUCK) ||
	       process->cpu_ms - watch->cpu_ms >= PULSE_CPU_STUCK_MS;
}

enum pulse_state pulse_look(struct pulse_watch *watch, uint32_t turns, const struct pulse_process *process)
{
	if (!watch->looked || watch->turns != turns) {
		*watch = (struct pulse_watch){ .looked = true, .turns = turns, .cpu_ms = process->cpu_ms };
		return PULSE_BEATS;
	}
	if (++watch->looks < PULSE_LOOKS_SLOW)
		return PULSE_BEATS;
	return is_stuck(watch, process) ? PULSE_STUCK : PULSE_SLOW;
}

static int64_t cpu_ms_of(pid_t pid)
{
	struct timespec t;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &t) < 0)
		return 0;
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct pulse_process pulse_process_of(pid_t pid)
{
	siginfo_t stop = { .si_pid = 0 };

	return (struct pulse_process){
		.cpu_ms = cpu_ms_of(pid),
		.stopped = waitid(P_PID, (id_t)pid, &stop, WSTOPPED | WNOHANG | WNOWAIT) == 0 && stop.si_pid == pid,
	};
}
