/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * generation: one complete set of credentials and the processes that use it.
 * A reload builds a new generation beside the old one; when that worked, new
 * handshakes go to the new one, and the old one leaves when its last handshake
 * has ended.  When it did not work, nothing has changed.
 */
#ifndef NFSTLS_TLSHD_GENERATION_H
#define NFSTLS_TLSHD_GENERATION_H

#include "utils/tlshd/credentials.h"
#include "utils/tlshd/process.h"
#include "utils/tlshd/pulse.h"
#include "utils/tlshd/sandbox.h"

struct agent;
struct pending;
struct question;
struct event;

/* A worker as the kernel role sees it. */
struct worker_process {
	struct generation *generation;
	pid_t pid;   /* 0: not running */
	int channel; /* non-blocking; -1: not running */
	int grants;  /* to its signer, likewise */
	bool slot_taken[WORKER_SLOTS];
	struct agent *agent;	    /* whose events these are; set by workers.c */
	struct event *readable;	    /* owned by workers.c */
	struct event *again;	    /* a delayed restart, owned by workers.c */
	struct pending *pending;    /* handshakes it has, a utlist; owned by workers.c */
	struct question *questions; /* chains that it judges, a utlist; owned by proving.c */
	unsigned int busy;
	int64_t started_ms;
	uint64_t handshakes;
	struct pulse *pulse; /* NULL: not running */
	struct pulse_watch seen;
	enum pulse_state state;
};

struct generation {
	unsigned int number;
	bool retiring;
	struct credentials *credentials;
	struct sandbox_user user;     /* of the workers */
	struct sandbox_user key_user; /* of those who have keys */
	struct process holder;	      /* keyholder.h */
	struct process reader;	      /* keyreader.h */
	struct worker_process worker[POLICY_WORKERS_MAX];
	unsigned int worker_count;
	struct generation *next;
};

/*
 * Loads the configuration at conf_path and starts the processes.  before is the one in use, or NULL.  *watch is
 * replaced also on failure (credentials_load()).  The caller frees with generation_free().  -EBUSY while somebody is at
 * work on the files, or has just been (support/still), and -ENOENT also where a policy would be lost
 * (policy_may_follow()).
 */
int generation_new(const char *conf_path, const struct generation *before, unsigned int number,
		   struct generation **generation, struct watch *watch, struct error *e);

/* Starts a worker that does not run, with a signer. */
int generation_start_worker(struct worker_process *worker, struct error *e);

/*
 * Gives the worker a handshake, and its signer the right to sign it where it is one that is signed.  The task's slot is
 * set; generation_forget() frees it.  order is used where the mount names a certificate; more are the bytes that follow
 * the task; fd is borrowed.  Negative errno; -EAGAIN when one of the processes does not keep up.
 */
int generation_assign(struct worker_process *worker, struct task *task, const struct key_order *order, const void *more,
		      int fd);
void generation_forget(struct worker_process *worker, uint32_t slot);

/* Closes the channel of a worker that has ended or must end now, and reaps it. */
void generation_end_worker(struct worker_process *worker);

/* Tells workers and key holder to leave when they have nothing left to do. */
void generation_retire(struct generation *generation);

/* True when no worker runs any more. */
bool generation_is_empty(const struct generation *generation);

/* Ends all processes at once and frees; takes NULL. */
void generation_free(struct generation *generation);

#endif
