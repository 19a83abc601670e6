/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * askers: the threads of nfsd, which ask the agent for a server's handshakes, and when each was last seen asleep.  One
 * that has slept after its request was announced has done all that it had to do for it, and waits.
 */
#ifndef NFSTLS_TLSHD_ASKERS_H
#define NFSTLS_TLSHD_ASKERS_H

#include "support/base/base.h"

struct askers;

/* kthreads: the ids of the kernel's threads, in a file as proc(5) has it; threads: the folder of their folders. */
struct askers *askers_new(const char *kthreads, const char *threads);
void askers_free(struct askers *askers);

#define ASKERS_KTHREADS "/proc/2/task/2/children"
#define ASKERS_THREADS "/proc"

/*
 * Whether each of them has been seen asleep since then (as clock_ms(), like now_ms).  Looks, unless it just has.  True
 * where none can be seen, as in a container.
 */
bool askers_have_slept(struct askers *askers, int64_t since_ms, int64_t now_ms);

#endif
