/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/exportd/pool.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <utlist.h>

#define STACK_BYTES ((size_t)512 * 1024) /* the resolver and the modules of NSS want room */

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t submitted;
	struct pool_job *waiting, *ended;
	unsigned int waiting_count, waiting_max;
	unsigned int threads, threads_max, idle;
	unsigned int users; /* threads and the owner; the last one frees */
	bool closed;
	int descriptor;
};

struct pool *pool_new(unsigned int threads, unsigned int waiting_max)
{
	struct pool *pool = calloc(1, sizeof(*pool));

	if (!pool)
		return NULL;
	pool->descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (pool->descriptor < 0) {
		free(pool);
		return NULL;
	}
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->submitted, NULL);
	pool->threads_max = threads;
	pool->waiting_max = waiting_max;
	pool->users = 1;
	return pool;
}

/* With the lock held; gives it up. */
static void leave(struct pool *pool)
{
	bool last = --pool->users == 0;

	pthread_mutex_unlock(&pool->lock);
	if (!last)
		return;
	close(pool->descriptor);
	pthread_cond_destroy(&pool->submitted);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}

void pool_free(struct pool *pool)
{
	if (!pool)
		return;
	pthread_mutex_lock(&pool->lock);
	pool->closed = true;
	pthread_cond_broadcast(&pool->submitted);
	leave(pool);
}

int pool_descriptor(const struct pool *pool)
{
	return pool->descriptor;
}

static void *work(void *context)
{
	const uint64_t one = 1;
	struct pool *pool = context;

	pthread_mutex_lock(&pool->lock);
	while (!pool->closed) {
		struct pool_job *job = pool->waiting;
		ssize_t put;

		if (!job) {
			pool->idle++;
			pthread_cond_wait(&pool->submitted, &pool->lock);
			pool->idle--;
			continue;
		}
		DL_DELETE(pool->waiting, job);
		pool->waiting_count--;
		pthread_mutex_unlock(&pool->lock);
		job->run(job);
		pthread_mutex_lock(&pool->lock);
		DL_APPEND(pool->ended, job);
		put = write(pool->descriptor, &one, sizeof(one));
		(void)put; /* a full counter is readable, too */
	}
	leave(pool);
	return NULL;
}

/* With the lock held.  Signals are the owner's business. */
static int start_thread(struct pool *pool)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	pthread_t thread;
	int r = pthread_attr_init(&attributes);

	if (r)
		return -r;
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes,
				  STACK_BYTES > (size_t)PTHREAD_STACK_MIN ? STACK_BYTES : (size_t)PTHREAD_STACK_MIN);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&thread, &attributes, work, pool);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	if (r)
		return -r;
	pool->threads++;
	pool->users++;
	return 0;
}

int pool_submit(struct pool *pool, struct pool_job *job)
{
	int r = -EAGAIN;

	pthread_mutex_lock(&pool->lock);
	if (pool->waiting_count < pool->waiting_max) {
		if (pool->idle <= pool->waiting_count && pool->threads < pool->threads_max)
			(void)start_thread(pool); /* else those there are will come to it */
		r = pool->threads ? 0 : -EAGAIN;
	}
	if (!r) {
		DL_APPEND(pool->waiting, job);
		pool->waiting_count++;
		pthread_cond_signal(&pool->submitted);
	}
	pthread_mutex_unlock(&pool->lock);
	return r;
}

void pool_collect(struct pool *pool)
{
	struct pool_job *ended, *job, *next;
	uint64_t count;
	ssize_t got = read(pool->descriptor, &count, sizeof(count));

	(void)got; /* nothing to read: nothing has ended */
	pthread_mutex_lock(&pool->lock);
	ended = pool->ended;
	pool->ended = NULL;
	pthread_mutex_unlock(&pool->lock);
	DL_FOREACH_SAFE(ended, job, next)
		job->done(job);
}
