/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pool: threads for what may have to wait for others (name servers, directories, file systems), so that whoever
 * answers the
 * kernel never does.  A job runs in a thread and is then handed back to the thread that owns the pool; nothing else
 * is shared.
 */
#ifndef NFSTLS_EXPORTD_POOL_H
#define NFSTLS_EXPORTD_POOL_H

#include "support/base/base.h"

struct pool;

struct pool_job {
	void (*run)(struct pool_job *job);  /* in a thread of the pool */
	void (*done)(struct pool_job *job); /* afterwards, in the thread of the owner; the job is its own again */
	struct pool_job *prev, *next;	    /* of the pool */
};

/* Threads are started as they are needed.  NULL without memory. */
struct pool *pool_new(unsigned int threads, unsigned int waiting_max);

/* Leaves threads that are still at work behind, and what they work on: to be called when the process ends. */
void pool_free(struct pool *pool);

/* Readable when jobs have ended. */
int pool_descriptor(const struct pool *pool);

/* -EAGAIN when as many wait as may, or no thread can be started: the job stays the caller's. */
int pool_submit(struct pool *pool, struct pool_job *job);

/* Hands back all jobs that have ended. */
void pool_collect(struct pool *pool);

#endif
