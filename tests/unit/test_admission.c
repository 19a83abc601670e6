/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utils/tlshd/admission.h"

/* Host number of network number; networks below 256 are of one /56, below 65536 of one /48. */
static struct in6_addr address6(unsigned int network, unsigned int host)
{
	struct in6_addr a = { .s6_addr = { 0x20, 0x01, 0x0d, 0xb8 } };

	a.s6_addr[4] = (uint8_t)(network >> 24);
	a.s6_addr[5] = (uint8_t)(network >> 16);
	a.s6_addr[6] = (uint8_t)(network >> 8);
	a.s6_addr[7] = (uint8_t)network;
	a.s6_addr[13] = (uint8_t)(host >> 16);
	a.s6_addr[14] = (uint8_t)(host >> 8);
	a.s6_addr[15] = (uint8_t)host;
	return a;
}

/* network.host as 10.N.N.H */
static struct in6_addr address4(unsigned int network, unsigned int host)
{
	struct in6_addr a = { .s6_addr = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10 } };

	a.s6_addr[13] = (uint8_t)(network >> 8);
	a.s6_addr[14] = (uint8_t)network;
	a.s6_addr[15] = (uint8_t)host;
	return a;
}

static struct admission_visit visit_of(struct in6_addr address, bool privileged)
{
	return (struct admission_visit){ .address = address, .privileged = privileged };
}

/* A handshake that ends took_ms later; returns the patience that it got. */
static uint32_t one(struct admission *admission, struct in6_addr address, bool privileged, enum admission_end end,
		    int64_t now, int64_t took_ms)
{
	struct admission_visit visit = visit_of(address, privileged);
	uint32_t patience = admission_begin(admission, &visit, 8, now);

	admission_end(admission, &visit, end, now + took_ms);
	return patience;
}

/* One that does not end. */
static uint32_t begin(struct admission *admission, struct in6_addr address, bool privileged, int64_t now)
{
	struct admission_visit visit = visit_of(address, privileged);

	return admission_begin(admission, &visit, 8, now);
}

/* ---- shares ------------------------------------------------------------------ */

static void test_share_of_a_host(void **state)
{
	struct admission *admission = admission_new();

	(void)state;
	assert_int_equal(begin(admission, address6(1, 1), true, 0), ADMISSION_PATIENCE_MS);
	assert_int_equal(begin(admission, address6(1, 1), true, 0), ADMISSION_PATIENCE_MS);
	assert_int_equal(begin(admission, address6(1, 1), true, 0), ADMISSION_CROWDED_MS);
	/* Another network does not pay for it, nor do other ports of the same host. */
	assert_int_equal(begin(admission, address6(0x10000, 1), true, 0), ADMISSION_PATIENCE_MS);
	assert_int_equal(begin(admission, address6(1, 1), false, 0), ADMISSION_PATIENCE_MS);
	admission_free(admission);
}

/* How many of distinct addresses at once get full patience. */
static unsigned int full(struct in6_addr (*make)(unsigned int network, unsigned int host), unsigned int step,
			 bool privileged, unsigned int threads)
{
	struct admission *admission = admission_new();
	unsigned int count = 0;

	for (unsigned int i = 0; i < 200; i++) {
		struct admission_visit visit = visit_of(step ? make(i * step, 1) : make(0, i), privileged);

		count += admission_begin(admission, &visit, threads, 0) == ADMISSION_PATIENCE_MS;
	}
	admission_free(admission);
	return count;
}

static void test_shares_of_networks(void **state)
{
	static const struct {
		unsigned int step, eighths, eighths_unprivileged;
		struct in6_addr (*make)(unsigned int network, unsigned int host);
	} rows[] = {
		{ 0, 2, 1, address6 }, { 1, 3, 2, address6 }, { 0x100, 3, 2, address6 }, { 0x10000, 4, 2, address6 },
		{ 0, 2, 1, address4 }, { 1, 3, 2, address4 }, { 0x100, 4, 2, address4 },
	};
	static const unsigned int threads[] = { 8, 16, 64, 256 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (size_t t = 0; t < ARRAY_SIZE(threads); t++) {
			assert_int_equal(full(rows[i].make, rows[i].step, true, threads[t]),
					 rows[i].eighths * threads[t] / 8);
			assert_int_equal(full(rows[i].make, rows[i].step, false, threads[t]),
					 rows[i].eighths_unprivileged * threads[t] / 8);
		}
	/* One thread alone is everybody's, and an unknown number is taken for 8. */
	assert_int_equal(full(address6, 0, true, 1), 1);
	assert_int_equal(full(address6, 0x10000, true, 0), 4);
}

/* ---- stalls ------------------------------------------------------------------ */

static void test_stalls_halve_and_success_forgives(void **state)
{
	struct admission *admission = admission_new();
	struct in6_addr a = address6(1, 1);

	(void)state;
	for (uint32_t patience = ADMISSION_PATIENCE_MS; patience > ADMISSION_LEAST_MS; patience /= 2)
		assert_int_equal(one(admission, a, false, ADMISSION_STALLED, 1000, 0), patience);
	assert_int_equal(one(admission, a, false, ADMISSION_STALLED, 1000, 0), ADMISSION_LEAST_MS);
	for (unsigned int i = 0; i < 100; i++)
		one(admission, a, false, ADMISSION_STALLED, 1000, 0);
	/* Beyond the share there is none at all. */
	assert_int_equal(begin(admission, a, false, 1000), ADMISSION_LEAST_MS);
	assert_int_equal(begin(admission, a, false, 1000), 0);
	admission_free(admission);
	/* Of a host all is forgiven. */
	admission = admission_new();
	for (unsigned int i = 0; i < 4; i++)
		one(admission, a, false, ADMISSION_STALLED, 0, 0);
	one(admission, a, false, ADMISSION_ANONYMOUS, 0, 0);
	assert_int_equal(begin(admission, a, false, 0), ADMISSION_PATIENCE_MS);
	admission_free(admission);
}

static void test_a_stall_fades(void **state)
{
	struct admission *admission = admission_new();
	struct in6_addr a = address6(1, 1);

	(void)state;
	one(admission, a, true, ADMISSION_STALLED, 0, 1000);
	assert_int_equal(one(admission, a, true, ADMISSION_FAILED, 1001, 0), ADMISSION_PATIENCE_MS / 2);
	assert_int_equal(one(admission, a, true, ADMISSION_FAILED, 6000, 0), ADMISSION_PATIENCE_MS);
	assert_int_equal(admission_remembered(admission), 0);
	admission_free(admission);
}

/* A bad certificate costs no patience, unless nfsd's thread was held for long. */
static void test_failure_counts_when_it_costs(void **state)
{
	struct admission *admission = admission_new();
	struct in6_addr a = address6(1, 1);

	(void)state;
	one(admission, a, true, ADMISSION_FAILED, 0, ADMISSION_COSTLY_MS - 1);
	assert_int_equal(admission_remembered(admission), 0);
	one(admission, a, true, ADMISSION_FAILED, 100, ADMISSION_COSTLY_MS);
	assert_int_equal(begin(admission, a, true, 200), ADMISSION_PATIENCE_MS / 2);
	/* Three times as long counts three times. */
	one(admission, address6(2, 1), true, ADMISSION_FAILED, 0, 3 * ADMISSION_PATIENCE_MS);
	assert_int_equal(begin(admission, address6(2, 1), true, 3 * ADMISSION_PATIENCE_MS), ADMISSION_PATIENCE_MS / 8);
	admission_free(admission);
}

/* Misconfigured, it tries again every 3 s for an hour: its neighbours must not notice. */
static void test_one_that_fails_for_ever(void **state)
{
	struct admission *admission = admission_new();

	(void)state;
	for (int64_t now = 0; now < 3600 * 1000; now += 3000)
		one(admission, address4(1, 7), true, ADMISSION_FAILED, now, 250);
	assert_int_equal(begin(admission, address4(1, 8), true, 3600 * 1000), ADMISSION_PATIENCE_MS);
	admission_free(admission);
}

/* Each stall is of another host, and all are of one network: each costs the network. */
static void test_stalls_of_a_network(void **state)
{
	struct admission *admission = admission_new();

	(void)state;
	for (unsigned int i = 0; i < 60; i++)
		one(admission, address6(1, i), true, ADMISSION_STALLED, 0, 1000);
	assert_int_equal(begin(admission, address6(1, 1000), true, 1000), ADMISSION_LEAST_MS);
	begin(admission, address6(1, 1001), true, 1000);
	assert_int_equal(begin(admission, address6(1, 1002), true, 1000), 0);
	/* Other networks and other ports pay nothing for it. */
	assert_int_equal(begin(admission, address6(2, 1), true, 1000), ADMISSION_PATIENCE_MS);
	assert_int_equal(begin(admission, address6(1, 1003), false, 1000), ADMISSION_PATIENCE_MS);
	admission_free(admission);
	/* A few are lost by honest ones, too. */
	admission = admission_new();
	for (unsigned int i = 0; i < 4; i++)
		one(admission, address6(1, i), true, ADMISSION_STALLED, 0, 1000);
	assert_int_equal(begin(admission, address6(1, 1000), true, 1000), ADMISSION_PATIENCE_MS);
	admission_free(admission);
}

/* ---- who is known ------------------------------------------------------------- */

static void test_known_hosts_are_waited_for(void **state)
{
	struct admission *admission = admission_new();
	struct in6_addr known = address6(1, 1);

	(void)state;
	one(admission, known, true, ADMISSION_VERIFIED, 0, 20);
	/* Strangers of the same network, and of the same host by other ports, spend nothing of it. */
	for (unsigned int i = 0; i < 200; i++) {
		one(admission, address6(1, 100 + i), true, ADMISSION_STALLED, 1000, 1);
		one(admission, known, false, ADMISSION_STALLED, 1000, 1);
	}
	for (unsigned int i = 0; i < 50; i++)
		begin(admission, address6(1, 400 + i), true, 1000);
	assert_int_equal(begin(admission, known, true, 1000), ADMISSION_PATIENCE_MS);
	assert_int_equal(begin(admission, known, true, 1000), ADMISSION_PATIENCE_MS);
	assert_int_equal(begin(admission, address6(1, 900), true, 1000), 0);
	/* For a week. */
	assert_int_equal(begin(admission, known, true, ADMISSION_MEMORY_MS), ADMISSION_CROWDED_MS);
	admission_free(admission);
}

static void test_a_success_without_certificate_makes_nobody_known(void **state)
{
	struct admission *admission = admission_new();

	(void)state;
	one(admission, address6(1, 1), true, ADMISSION_ANONYMOUS, 0, 20);
	assert_int_equal(admission_remembered(admission), 0);
	/* Nor does it forgive its network anything. */
	for (unsigned int i = 0; i < 60; i++) {
		one(admission, address6(1, i), true, ADMISSION_STALLED, 0, 1000);
		one(admission, address6(1, i), true, ADMISSION_ANONYMOUS, 0, 1000);
	}
	assert_int_equal(begin(admission, address6(1, 1000), true, 1000), ADMISSION_LEAST_MS);
	admission_free(admission);
}

/* Beyond its share a host is waited for as long as eight times the slowest of the last handshakes. */
static void test_tempo(void **state)
{
	struct admission *admission = admission_new();
	struct in6_addr a = address6(9, 9);

	(void)state;
	begin(admission, a, false, 100);
	begin(admission, a, false, 100);
	one(admission, address6(1, 1), true, ADMISSION_VERIFIED, 0, 50);
	for (unsigned int i = 0; i < 7; i++) {
		/* A few tell nothing yet. */
		assert_int_equal(begin(admission, a, false, 100), i < 3 ? ADMISSION_CROWDED_MS : 400);
		one(admission, address6(1, 2), true, ADMISSION_VERIFIED, 0, 5);
	}
	assert_int_equal(begin(admission, a, false, 100), 400);
	one(admission, address6(1, 1), true, ADMISSION_VERIFIED, 0, 5);
	assert_int_equal(begin(admission, a, false, 100), ADMISSION_CROWDED_LEAST_MS);
	one(admission, address6(1, 1), true, ADMISSION_VERIFIED, 0, 2000);
	assert_int_equal(begin(admission, a, false, 100), ADMISSION_CROWDED_MS);
	admission_free(admission);
}

/* ---- memory -------------------------------------------------------------------- */

static void test_memory_is_bounded(void **state)
{
	struct admission *admission = admission_new();

	(void)state;
	for (unsigned int i = 0; i < 5 * ADMISSION_NODES_MAX; i++)
		begin(admission, address6(i % 7 * 0x10000 + i / 50000, i), i % 2, 0);
	assert_int_equal(admission_remembered(admission), ADMISSION_NODES_MAX);
	/* Who cannot be remembered shares with all others. */
	assert_int_equal(begin(admission, address6(0xff0000, 1), true, 0), ADMISSION_CROWDED_MS);
	admission_free(admission);
}

static void test_known_hosts_are_bounded(void **state)
{
	struct admission *admission = admission_new();

	(void)state;
	for (unsigned int i = 0; i < 2 * ADMISSION_KNOWN_MAX; i++)
		one(admission, address6(i, 1), true, ADMISSION_VERIFIED, i, 10);
	assert_int_equal(admission_remembered(admission), ADMISSION_KNOWN_MAX);
	/* Strangers do not push them out. */
	for (unsigned int i = 0; i < 2 * ADMISSION_NODES_MAX; i++)
		one(admission, address6(0x1000000 + i, 1), true, ADMISSION_STALLED, 10000, 1);
	assert_int_equal(admission_remembered(admission), ADMISSION_KNOWN_MAX + ADMISSION_NODES_MAX);
	assert_int_equal(begin(admission, address6(2 * ADMISSION_KNOWN_MAX - 1, 1), true, 10001),
			 ADMISSION_PATIENCE_MS);
	admission_free(admission);
}

/* All that has begun has ended: nothing is left but who is known. */
static void test_begins_and_ends_balance(void **state)
{
	struct admission *admission = admission_new();
	struct admission_visit visit[64];
	bool under_way[64] = { false };

	(void)state;
	srandom(4);
	for (int64_t now = 0; now < 200000; now++) {
		unsigned int i = (unsigned int)random() % 64;

		if (under_way[i]) {
			admission_end(admission, &visit[i], (enum admission_end)(random() % 4), now);
		} else {
			visit[i] = visit_of(address6((unsigned int)random() % 3 * 0x100, (unsigned int)random() % 5),
					    random() % 2);
			assert_true(admission_begin(admission, &visit[i], 8, now) <= ADMISSION_PATIENCE_MS);
		}
		under_way[i] = !under_way[i];
	}
	for (unsigned int i = 0; i < 64; i++)
		if (under_way[i])
			admission_end(admission, &visit[i], ADMISSION_FAILED, 200000);
	for (unsigned int network = 0; network < 3; network++)
		for (unsigned int host = 0; host < 5; host++)
			for (unsigned int p = 0; p < 2; p++)
				assert_int_equal(one(admission, address6(network * 0x100, host), p, ADMISSION_VERIFIED,
						     400000, 1),
						 ADMISSION_PATIENCE_MS);
	/* Networks are only looked at when a stranger comes. */
	for (unsigned int network = 0; network < 3; network++)
		for (unsigned int p = 0; p < 2; p++)
			one(admission, address6(network * 0x100, 77), p, ADMISSION_FAILED, 400001, 1);
	assert_int_equal(admission_remembered(admission), 30);
	admission_free(admission);
}

/* ---- nfsd under attack ---------------------------------------------------------- */

/*
 * A model of nfsd: so many threads, and connections that wait for one in a line.  A stranger who is let go comes again
 * at once.  Each 20 ms somebody wants a thread for a millisecond, for a mount that exists; now and then a good client
 * begins a handshake, of which each message takes its time.
 */
#define THREADS_MAX 64u
#define QUEUE_MAX 2048u
#define SETTLE 20 /* a refusal takes a thread for so long: see utils/tlshd/ending.c */
#define SPAN 20000

enum guest { STRANGER, WRITE, KNOWN, GOOD, GUESTS };

struct scene {
	unsigned int threads, strangers, per_network, network_step;
	bool four, strangers_privileged, same_host, good_privileged, good_elsewhere;
	int good_ms; /* what a message of a good client takes */
};

struct guest_here {
	enum guest kind;
	unsigned int number;
	int64_t since;
};

struct thread {
	bool busy;
	struct guest_here guest;
	struct admission_visit visit;
	int64_t until;
	enum admission_end end;
};

struct result {
	int64_t waits[SPAN / 20 + 1];
	unsigned int writes, tried[GUESTS], succeeded[GUESTS];
};

struct model {
	const struct scene *scene;
	struct admission *admission;
	struct thread thread[THREADS_MAX];
	struct guest_here line[QUEUE_MAX];
	unsigned int first, count;
	struct result result;
};

static void join(struct model *model, enum guest kind, unsigned int number, int64_t now)
{
	assert_true(model->count < QUEUE_MAX);
	model->line[(model->first + model->count++) % QUEUE_MAX] = (struct guest_here){ kind, number, now };
}

/* Where the good ones come from is network 0; the known one is its host 1. */
static struct admission_visit visitor(const struct scene *scene, const struct guest_here *guest)
{
	struct in6_addr (*make)(unsigned int, unsigned int) = scene->four ? address4 : address6;
	unsigned int network = 1 + guest->number / scene->per_network * scene->network_step;

	if (guest->kind == KNOWN)
		return visit_of(make(0, 1), scene->good_privileged);
	if (guest->kind == GOOD)
		return visit_of(scene->good_elsewhere ? make(0x330000 + guest->number, 1) :
							make(0, 2 + guest->number % 200),
				scene->good_privileged);
	if (scene->same_host)
		return visit_of(make(0, 1), scene->strangers_privileged);
	return visit_of(make(network, 1 + guest->number % scene->per_network), scene->strangers_privileged);
}

static void take(struct model *model, struct thread *thread, int64_t now)
{
	const struct scene *scene = model->scene;
	struct guest_here guest = model->line[model->first];
	uint32_t patience;

	model->first = (model->first + 1) % QUEUE_MAX;
	model->count--;
	thread->busy = true;
	thread->guest = guest;
	if (guest.kind == WRITE) {
		model->result.waits[model->result.writes++] = now - guest.since;
		thread->until = now + 1;
		return;
	}
	thread->visit = visitor(scene, &guest);
	patience = admission_begin(model->admission, &thread->visit, scene->threads, now);
	if (guest.kind != STRANGER && patience > (uint32_t)scene->good_ms) {
		thread->end = ADMISSION_VERIFIED;
		thread->until = now + 2 * scene->good_ms;
		return;
	}
	thread->end = ADMISSION_STALLED;
	thread->until = now + (patience > SETTLE ? (int64_t)patience : SETTLE);
}

static void let_go(struct model *model, struct thread *thread, int64_t now)
{
	enum guest kind = thread->guest.kind;

	thread->busy = false;
	if (kind == WRITE)
		return;
	admission_end(model->admission, &thread->visit, thread->end, now);
	if (kind == STRANGER)
		join(model, STRANGER, thread->guest.number, now);
	model->result.tried[kind]++;
	model->result.succeeded[kind] += thread->end == ADMISSION_VERIFIED;
}

static void step(struct model *model, int64_t now)
{
	if (now % 20 == 0)
		join(model, WRITE, 0, now);
	if (now % 500 == 250)
		join(model, KNOWN, 0, now);
	if (now % 500 == 0)
		join(model, GOOD, (unsigned int)(now / 500), now);
	for (unsigned int i = 0; i < model->scene->threads; i++)
		if (model->thread[i].busy && model->thread[i].until <= now)
			let_go(model, &model->thread[i], now);
	for (unsigned int i = 0; i < model->scene->threads; i++)
		if (!model->thread[i].busy && model->count)
			take(model, &model->thread[i], now);
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* The known client has mounted before the strangers come, more than once. */
static struct result run(const struct scene *scene)
{
	static struct model model;
	const struct guest_here known = { .kind = KNOWN };

	memset(&model, 0, sizeof(model));
	model.scene = scene;
	model.admission = admission_new();
	for (unsigned int i = 0; i < 4; i++)
		one(model.admission, visitor(scene, &known).address, scene->good_privileged, ADMISSION_VERIFIED, 0,
		    2 * scene->good_ms);
	for (unsigned int i = 0; i < scene->strangers; i++)
		join(&model, STRANGER, i, 1);
	for (int64_t now = 1; now < SPAN; now++)
		step(&model, now);
	admission_free(model.admission);
	qsort(model.result.waits, model.result.writes, sizeof(int64_t), compare);
	return model.result;
}

static void test_nfsd_under_attack(void **state)
{
	static const struct {
		const char *name;
		struct scene scene;
		int64_t median, worst; /* waits of a write, at most */
		unsigned int good;     /* of a hundred good handshakes, at least */
	} rows[] = {
		{ "nobody", { 8, 0, 1, 1, .good_ms = 5 }, 0, 0, 100 },
		{ "16 of a /64", { 8, 16, 16, 1, .good_ms = 5, .good_privileged = true }, 40, 250, 100 },
		{ "100 of a /64", { 8, 100, 100, 1, .good_ms = 5, .good_privileged = true }, 350, 600, 100 },
		{ "1000 of a /64", { 8, 1000, 1000, 1, .good_ms = 5, .good_privileged = true }, 3600, 4500, 100 },
		{ "16 of a /64, on a slow machine",
		  { 8, 16, 16, 1, .good_ms = 100, .good_privileged = true },
		  40,
		  1600,
		  100 },
		{ "16 of a /64 with low ports",
		  { 8, 16, 16, 1, .good_ms = 5, .good_privileged = true, .strangers_privileged = true,
		    .good_elsewhere = true },
		  40,
		  250,
		  100 },
		{ "100 of 10 /64", { 8, 100, 10, 1, .good_ms = 5, .good_privileged = true }, 400, 800, 100 },
		{ "100 of 100 /64", { 8, 100, 1, 1, .good_ms = 5, .good_privileged = true }, 400, 800, 100 },
		{ "1000 of 100 /48", { 8, 1000, 10, 0x10000, .good_ms = 5, .good_privileged = true }, 4000, 5000, 100 },
		{ "100 of a /24",
		  { 8, 100, 100, 1, .four = true, .good_ms = 5, .good_privileged = true },
		  350,
		  600,
		  100 },
		{ "100 of 100 /24",
		  { 8, 100, 1, 1, .four = true, .good_ms = 5, .good_privileged = true },
		  400,
		  800,
		  100 },
		{ "six of a client's own host",
		  { 8, 6, 1, 1, .same_host = true, .good_ms = 5, .good_privileged = true },
		  0,
		  50,
		  100 },
		{ "64 of a client's own host",
		  { 8, 64, 1, 1, .same_host = true, .good_ms = 5, .good_privileged = true },
		  250,
		  400,
		  100 },
		{ "16 of a /64, 64 threads", { 64, 16, 16, 1, .good_ms = 5, .good_privileged = true }, 0, 0, 100 },
		{ "1000 of a /64, 64 threads",
		  { 64, 1000, 1000, 1, .good_ms = 5, .good_privileged = true },
		  450,
		  600,
		  100 },
		{ "16 of a /64, 4 threads", { 4, 16, 16, 1, .good_ms = 5, .good_privileged = true }, 110, 400, 100 },
		{ "16 of a /64, 2 threads", { 2, 16, 16, 1, .good_ms = 5, .good_privileged = true }, 350, 800, 100 },
		{ "16 of a /64, 1 thread", { 1, 16, 16, 1, .good_ms = 5, .good_privileged = true }, 2200, 4200, 100 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct result result = run(&rows[i].scene);
		int64_t median = result.waits[result.writes / 2], worst = result.waits[result.writes - 1];

		printf("# %-36s %4lld %5lld ms of %u writes, %u of %u known, %u of %u good, %u turned away\n",
		       rows[i].name, (long long)median, (long long)worst, result.writes, result.succeeded[KNOWN],
		       result.tried[KNOWN], result.succeeded[GOOD], result.tried[GOOD], result.tried[STRANGER]);
		if (getenv("SHOW"))
			continue;
		assert_true(median <= rows[i].median);
		assert_true(worst <= rows[i].worst);
		assert_int_equal(result.succeeded[KNOWN], result.tried[KNOWN]);
		assert_true(result.succeeded[GOOD] * 100 >= result.tried[GOOD] * rows[i].good);
	}
}

/*
 * After a power cut, on a machine with one processor: 128 clients come at once, and each of their messages takes as
 * long as it takes to serve all that are under way.
 */
struct storm {
	const char *name;
	bool four, privileged;
	unsigned int per_network, per_host, network_step;
	int serve_ms;
};

#define STORM 128u

static unsigned int lost_in_storm(const struct storm *storm)
{
	struct admission *admission = admission_new();
	struct in6_addr (*make)(unsigned int, unsigned int) = storm->four ? address4 : address6;
	struct thread thread[8] = { { false } };
	unsigned int next = 0, lost = 0, busy = 0;

	for (int64_t now = 0; next < STORM || busy; now++)
		for (unsigned int i = 0; i < ARRAY_SIZE(thread); i++) {
			int wait = (int)busy * storm->serve_ms;

			if (thread[i].busy && thread[i].until <= now) {
				admission_end(admission, &thread[i].visit, thread[i].end, now);
				thread[i].busy = false;
				busy--;
			}
			if (thread[i].busy || next == STORM)
				continue;
			thread[i].visit = visit_of(make(next / storm->per_network * storm->network_step,
							next % storm->per_network / storm->per_host),
						   storm->privileged);
			next++;
			thread[i].end = admission_begin(admission, &thread[i].visit, 8, now) > (uint32_t)wait ?
						ADMISSION_VERIFIED :
						ADMISSION_STALLED;
			lost += thread[i].end == ADMISSION_STALLED;
			thread[i].until = now + wait;
			thread[i].busy = true;
			busy++;
		}
	admission_free(admission);
	return lost;
}

static void test_honest_storms(void **state)
{
	static const struct storm storms[] = {
		{ "of a /64", false, true, 128, 1, 1, 100 },
		{ "of a /64, from high ports", false, false, 128, 1, 1, 100 },
		{ "of a /24", true, true, 128, 1, 1, 100 },
		{ "of a /24, from high ports", true, false, 128, 1, 1, 100 },
		{ "of a /24, on a fast machine", true, false, 128, 1, 1, 1 },
		{ "behind one address", true, false, 128, 128, 1, 100 },
		{ "of 16 /24", true, true, 8, 1, 1, 100 },
		{ "of 128 /48", false, false, 1, 1, 0x10000, 100 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(storms); i++) {
		unsigned int lost = lost_in_storm(&storms[i]);

		if (lost)
			fail_msg("128 %s: %u lost", storms[i].name, lost);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_share_of_a_host),
		cmocka_unit_test(test_shares_of_networks),
		cmocka_unit_test(test_stalls_halve_and_success_forgives),
		cmocka_unit_test(test_a_stall_fades),
		cmocka_unit_test(test_failure_counts_when_it_costs),
		cmocka_unit_test(test_one_that_fails_for_ever),
		cmocka_unit_test(test_stalls_of_a_network),
		cmocka_unit_test(test_known_hosts_are_waited_for),
		cmocka_unit_test(test_a_success_without_certificate_makes_nobody_known),
		cmocka_unit_test(test_tempo),
		cmocka_unit_test(test_memory_is_bounded),
		cmocka_unit_test(test_known_hosts_are_bounded),
		cmocka_unit_test(test_begins_and_ends_balance),
		cmocka_unit_test(test_nfsd_under_attack),
		cmocka_unit_test(test_honest_storms),
	};

	return cmocka_run_group_tests_name("admission", tests, NULL, NULL);
}
