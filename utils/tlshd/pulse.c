/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/tlshd/pulse.h"

#include <stdatomic.h>
#include <sys/mman.h>
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

enum pulse_state pulse_look(struct pulse_watch *watch, uint32_t turns, int64_t cpu_ms)
{
	if (!watch->looked || watch->turns != turns) {
		*watch = (struct pulse_watch){ .looked = true, .turns = turns, .cpu_ms = cpu_ms };
		return PULSE_BEATS;
	}
	if (++watch->looks < PULSE_LOOKS_SLOW)
		return PULSE_BEATS;
	return watch->looks >= PULSE_LOOKS_STUCK || cpu_ms - watch->cpu_ms >= PULSE_CPU_STUCK_MS ? PULSE_STUCK :
												   PULSE_SLOW;
}

int64_t pulse_cpu_ms(pid_t pid)
{
	struct timespec t;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &t) < 0)
		return 0;
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
