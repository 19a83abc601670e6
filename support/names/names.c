/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A look-up can only be waited for, never ended: getaddrinfo(3) sleeps in the resolver.  So each is made in a
 * thread, and a
 * thread that is late is left alone.  What the threads share is therefore not the caller's memory but a batch with a
 * count of its users; the last one frees it.
 */
#include "support/names/names.h"

#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STACK_BYTES ((size_t)256 * 1024)
#define FIRST_THREADS 16u
/* For this long nothing came: the threads may all be stuck, and the next name may be a quick one. */
#define PATIENCE_MS 20u

struct batch {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	names_lookup *lookup;
	char **names;
	struct names_answer *answers;
	bool *done;
	size_t *order; /* which name comes when */
	size_t count, next, finished;
	unsigned int users; /* threads and the caller */
	unsigned int idle;
	bool closed; /* the caller has gone */
};

static void free_answer(struct names_answer *answer)
{
	free(answer->canonical);
	free(answer->addresses);
	*answer = (struct names_answer){ 0 };
}

void names_answers_free(struct names_answer *answers, size_t count)
{
	for (size_t i = 0; answers && i < count; i++)
		free_answer(&answers[i]);
}

/* ---- one name ------------------------------------------------------------------------------ */

static int copy_addresses(const struct addrinfo *list, struct names_answer *answer)
{
	size_t count = 0;

	for (const struct addrinfo *at = list; at; at = at->ai_next)
		count++;
	answer->addresses = calloc(count, sizeof(*answer->addresses));
	answer->canonical = strdup(list->ai_canonname ? list->ai_canonname : "");
	if (!answer->addresses || !answer->canonical)
		return EAI_MEMORY;
	for (const struct addrinfo *at = list; at; at = at->ai_next) {
		struct sockaddr_storage address;
		size_t same = 0;

		memset(&address, 0, sizeof(address));
		memcpy(&address, at->ai_addr, at->ai_addrlen);
		while (same < answer->address_count && memcmp(&answer->addresses[same], &address, sizeof(address)) != 0)
			same++;
		if (same == answer->address_count)
			answer->addresses[answer->address_count++] = address;
	}
	return 0;
}

int names_lookup_system(const char *name, struct names_answer *answer)
{
	const struct addrinfo hints = { .ai_flags = AI_CANONNAME, .ai_socktype = SOCK_DGRAM };
	struct addrinfo *list = NULL;
	int status = getaddrinfo(name, NULL, &hints, &list);

	if (!status)
		status = copy_addresses(list, answer);
	if (list)
		freeaddrinfo(list);
	return status;
}

/* ---- threads --------------------------------------------------------------------------------- */

static void free_batch(struct batch *batch)
{
	names_answers_free(batch->answers, batch->count);
	for (size_t i = 0; batch->names && i < batch->count; i++)
		free(batch->names[i]);
	free(batch->names);
	free(batch->answers);
	free(batch->done);
	free(batch->order);
	pthread_cond_destroy(&batch->changed);
	pthread_mutex_destroy(&batch->lock);
	free(batch);
}

/* With the lock held; gives it up. */
static void leave(struct batch *batch)
{
	bool last = --batch->users == 0;

	pthread_mutex_unlock(&batch->lock);
	if (last)
		free_batch(batch);
}

static void *work(void *context)
{
	struct batch *batch = context;

	pthread_mutex_lock(&batch->lock);
	while (!batch->closed && batch->next < batch->count) {
		size_t i = batch->order[batch->next++];
		struct names_answer answer = { 0 };

		batch->idle--;
		pthread_mutex_unlock(&batch->lock);
		answer.status = batch->lookup(batch->names[i], &answer);
		pthread_mutex_lock(&batch->lock);
		batch->idle++;
		batch->answers[i] = answer;
		batch->done[i] = true;
		batch->finished++;
		pthread_cond_signal(&batch->changed);
	}
	batch->idle--;
	leave(batch);
	return NULL;
}

/* With the lock held. */
static int start_thread(struct batch *batch)
{
	pthread_attr_t attributes;
	pthread_t thread;
	int r = pthread_attr_init(&attributes);

	if (r)
		return -r;
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes,
				  STACK_BYTES > (size_t)PTHREAD_STACK_MIN ? STACK_BYTES : PTHREAD_STACK_MIN);
	batch->users++;
	batch->idle++;
	r = pthread_create(&thread, &attributes, work, batch);
	if (r) {
		batch->users--;
		batch->idle--;
	}
	pthread_attr_destroy(&attributes);
	return -r;
}

static struct timespec in_ms(int64_t ms)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += ms / 1000;
	at.tv_nsec += ms % 1000 * 1000000;
	if (at.tv_nsec >= 1000000000) {
		at.tv_nsec -= 1000000000;
		at.tv_sec++;
	}
	return at;
}

/* With the lock held: as many threads again as there are, within what is allowed and needed. */
static int start_more(struct batch *batch, unsigned int *threads, unsigned int *at_once)
{
	size_t waiting = batch->count - batch->next;
	unsigned int more = *threads ? *threads : FIRST_THREADS;
	int r = 0;

	if (more > *at_once - *threads)
		more = *at_once - *threads;
	if (more > waiting)
		more = (unsigned int)waiting;
	while (!r && more--) {
		r = start_thread(batch);
		*threads += !r;
	}
	if (r)
		*at_once = *threads; /* as many as this machine gives */
	return *threads ? 0 : r;
}

/* With the lock held: until all is known, or the deadline. */
static int await_all(struct batch *batch, unsigned int at_once, int64_t deadline)
{
	unsigned int threads = 0;
	bool stuck = true;

	while (batch->finished < batch->count) {
		int64_t left = deadline - clock_ms();
		struct timespec until;
		int r = 0;

		if (left <= 0)
			return 0;
		if (stuck && !batch->idle && batch->next < batch->count && threads < at_once)
			r = start_more(batch, &threads, &at_once);
		if (r)
			return r;
		until = in_ms(left > PATIENCE_MS && threads < at_once ? PATIENCE_MS : left);
		stuck = pthread_cond_timedwait(&batch->changed, &batch->lock, &until) == ETIMEDOUT;
	}
	return 0;
}

/*
 * What this host knows by itself first, else it would wait behind names for which nobody answers.  With few names each
 * has a thread at once.
 */
static void set_order(struct batch *batch)
{
	struct names_local *local = batch->count > FIRST_THREADS ? names_local_read(NAMES_LOCAL_FILE) : NULL;
	size_t next = 0;

	for (int first = 1; first >= 0; first--)
		for (size_t i = 0; i < batch->count; i++)
			if ((local && names_local_has_name(local, batch->names[i])) == first)
				batch->order[next++] = i;
	names_local_free(local);
}

static struct batch *new_batch(const char *const *names, size_t count, names_lookup *lookup)
{
	struct batch *batch = calloc(1, sizeof(*batch));
	pthread_condattr_t attributes;
	bool complete;

	if (!batch)
		return NULL;
	pthread_mutex_init(&batch->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&batch->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	batch->lookup = lookup;
	batch->users = 1;
	batch->count = count;
	batch->names = calloc(count, sizeof(*batch->names));
	batch->answers = calloc(count, sizeof(*batch->answers));
	batch->done = calloc(count, sizeof(*batch->done));
	batch->order = calloc(count, sizeof(*batch->order));
	complete = batch->names && batch->answers && batch->done && batch->order;
	for (size_t i = 0; complete && i < count; i++) {
		batch->names[i] = strdup(names[i]);
		complete = batch->names[i];
	}
	if (complete) {
		set_order(batch);
		return batch;
	}
	free_batch(batch);
	return NULL;
}

/* With the lock held: what is there goes to the caller, and nobody writes there any more. */
static void collect(struct batch *batch, struct names_answer *answers)
{
	for (size_t i = 0; i < batch->count; i++) {
		answers[i] = batch->done[i] ? batch->answers[i] : (struct names_answer){ .status = EAI_AGAIN };
		if (batch->done[i])
			batch->answers[i] = (struct names_answer){ 0 };
	}
	batch->closed = true;
}

void names_shorten_patience(void)
{
	setenv("RES_OPTIONS", "timeout:2 attempts:2", 0);
}

int names_resolve(const char *const *names, size_t count, const struct names_limits *limits, names_lookup *lookup,
		  struct names_answer *answers, struct error *e)
{
	unsigned int at_once = limits && limits->at_once ? limits->at_once : NAMES_AT_ONCE_MAX;
	int64_t deadline = clock_ms() + (limits && limits->deadline_ms ? limits->deadline_ms : NAMES_DEADLINE_MS);
	struct batch *batch;
	int r;

	if (!count)
		return 0;
	batch = new_batch(names, count, lookup);
	if (!batch)
		return error_set(e, ENOMEM, "out of memory");
	if (lookup == names_lookup_system)
		names_shorten_patience();
	pthread_mutex_lock(&batch->lock);
	r = await_all(batch, at_once, deadline);
	if (r)
		batch->closed = true;
	else
		collect(batch, answers);
	leave(batch);
	return r ? error_set(e, EAGAIN, "cannot start a thread to look up names: %s", strerror(-r)) : 0;
}
