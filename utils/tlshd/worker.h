/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * worker: an unprivileged process that performs many handshakes at once in one
 * event loop.
 */
#ifndef NFSTLS_TLSHD_WORKER_H
#define NFSTLS_TLSHD_WORKER_H

#include <sys/types.h>

#include "utils/tlshd/credentials.h"
#include "utils/tlshd/pulse.h"
#include "utils/tlshd/sandbox.h"

struct worker_orders {
	const struct credentials *credentials; /* inherited, read only */
	const struct sandbox_user *user;
	const char *empty_root;
	pid_t parent;
	int kernel_role; /* channel: tasks in, outcomes out */
	int signer;	 /* channel to its signer */
	struct pulse *pulse;
};

/* Runs in a freshly forked process until the channel of tasks ends and no handshake is left.  Never returns. */
void worker_run(const struct worker_orders *orders) __attribute__((noreturn));

#endif
