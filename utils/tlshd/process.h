/* SPDX-License-Identifier: GPL-2.0-or-later */
/* process: a helper of the kernel role, forked and asked over one channel, that says when it is ready. */
#ifndef NFSTLS_TLSHD_PROCESS_H
#define NFSTLS_TLSHD_PROCESS_H

#include <sys/types.h>

#include "utils/tlshd/message.h"
#include "utils/tlshd/sandbox.h"

struct process {
	pid_t pid;   /* 0: it does not run */
	int channel; /* -1: it does not run */
};

/* What it needs to know of where it is. */
struct process_orders {
	int channel;
	pid_t parent;
	const struct sandbox_user *user; /* to become */
	const char *empty_root;
	const void *with; /* what process_start() was given */
};

/* Its whole life; it reports (process_report()) when it is ready, or that it cannot be, and never returns. */
typedef void process_main(const struct process_orders *orders);

/*
 * Forks name, as "the key holder", and waits for its report.  user, empty_root and with are borrowed, and inherited by
 * the process.  On failure it is gone, and *e is what it has reported.
 */
int process_start(const char *name, process_main *main, const struct sandbox_user *user, const char *empty_root,
		  const void *with, struct process *process, struct error *e);

/* In the process: says how its start went, as status and e have it; ends it when it went wrong. */
void process_report(int channel, int status, const struct error *e);

/* In the process: asks for more patience, but not more often than is of use; said_ms is 0 at first. */
int process_goes_on(int channel, int64_t *said_ms, struct error *e);

/* Ends it at once, and reaps it.  Does nothing when it does not run. */
void process_stop(struct process *process);

#endif
