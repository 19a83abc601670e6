/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * caller: a program that is installed set-uid takes over from its caller what a process has beside its memory: limits,
 * timers, signals, priority, descriptors, environment.  Each of them is a way to end or to hold it between two steps
 * that belong together, so all of it is put right before anything else is done.
 *
 * What a caller can do all the same, such as to kill a control group, can happen between any two steps: they are in an
 * order in which each end leaves a state that is safe.
 */
#ifndef NFSTLS_MOUNT_CALLER_H
#define NFSTLS_MOUNT_CALLER_H

#include "support/base/base.h"

/*
 * First thing in main().  For root it lifts limits only; for who has no rights to lift it does nothing.  Negative errno
 * with the sentence: then nothing may be done.
 */
int caller_disarm(struct error *e);

/*
 * Leaves the control group, whose owner could stop this process between two steps, for the root one.  Only for what
 * ends soon: outside, the caller's quotas do not count.  Where it cannot be done there is no such owner, either.
 */
void caller_leave_group(void);

#endif
