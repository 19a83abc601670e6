/* SPDX-License-Identifier: GPL-2.0-or-later */
/* interval: waiting for the end of one. */
#ifndef NFSTLS_NFSSTAT_INTERVAL_H
#define NFSTLS_NFSSTAT_INTERVAL_H

#include "support/base/base.h"

/* From here on Ctrl-C (SIGINT) ends the next interval_until_interrupted(), and not the program. */
int interval_hold_interrupts(struct error *e);

/* Waits for SIGINT, and returns its number. */
int interval_until_interrupted(struct error *e);

/* A descriptor that ticks every so many seconds, the first time after as many; close(2) it. */
int interval_timer(unsigned int seconds, struct error *e);

/* Waits for the next tick. */
int interval_tick(int timer, struct error *e);

#endif
