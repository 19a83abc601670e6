/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pool, clients and groups, with real threads and made-up name servers. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/unit.h"
#include "utils/exportd/clients.h"
#include "utils/exportd/groups.h"
#include "utils/exportd/turns.h"

static void wait_for_pool(struct pool *pool)
{
	struct pollfd wait = { .fd = pool_descriptor(pool), .events = POLLIN };

	assert_int_equal(poll(&wait, 1, 10000), 1);
	pool_collect(pool);
}

/* ---- pool ------------------------------------------------------------------------------ */

/* Threads stop at the gate until it is opened. */
static pthread_mutex_t gate_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gate_opened = PTHREAD_COND_INITIALIZER;
static bool gate_open = true;

static void set_gate(bool open)
{
	pthread_mutex_lock(&gate_lock);
	gate_open = open;
	pthread_cond_broadcast(&gate_opened);
	pthread_mutex_unlock(&gate_lock);
}

static void pass_gate(void)
{
	pthread_mutex_lock(&gate_lock);
	while (!gate_open)
		pthread_cond_wait(&gate_opened, &gate_lock);
	pthread_mutex_unlock(&gate_lock);
}

struct sum {
	struct pool_job job;
	unsigned int value;
};

static unsigned int total, ended;

static void run(struct pool_job *job)
{
	pass_gate();
	((struct sum *)job)->value *= 2;
}

static void done(struct pool_job *job)
{
	total += ((struct sum *)job)->value;
	ended++;
}

static void jobs(void **state)
{
	struct sum sums[100];
	struct pool *pool = pool_new(4, 200);

	(void)state;
	total = ended = 0;
	for (unsigned int i = 0; i < ARRAY_SIZE(sums); i++) {
		sums[i] = (struct sum){ { .run = run, .done = done }, i };
		assert_int_equal(pool_submit(pool, &sums[i].job), 0);
	}
	while (ended < ARRAY_SIZE(sums))
		wait_for_pool(pool);
	assert_int_equal(total, 99 * 100);
	pool_free(pool);
	pool_free(NULL);
}

static void a_full_pool(void **state)
{
	struct sum sums[8];
	struct pool *pool = pool_new(1, 2);
	unsigned int taken = 0;

	(void)state;
	total = ended = 0;
	set_gate(false);
	for (unsigned int i = 0; i < ARRAY_SIZE(sums); i++) {
		sums[i] = (struct sum){ { .run = run, .done = done }, 1 };
		taken += pool_submit(pool, &sums[i].job) == 0;
	}
	/* One at work, if the thread was quick, and two that wait. */
	assert_in_range(taken, 2, 3);
	set_gate(true);
	while (ended < taken)
		wait_for_pool(pool);
	assert_int_equal(total, 2 * taken);
	pool_free(pool);
}

/* ---- clients ----------------------------------------------------------------------------- */

static unsigned int lookup_count; /* under gate_lock */
static const char *answer;	  /* NULL: nobody can say; "": none */
static bool answers_partly;

/* Whether somebody answers for an address: nobody does for those in 10.0.0.0/8 and 2001:db8:bad::/48. */
static bool is_silent(const struct ip_address *address)
{
	static const unsigned char bad[6] = { 0x20, 1, 0xd, 0xb8, 0xb, 0xad };

	return address->size == 4 ? address->bytes[0] == 10 : !memcmp(address->bytes, bad, sizeof(bad));
}

static void fake_names(const struct ip_address *address, struct client_names *names)
{
	if (is_silent(address))
		pass_gate();
	pthread_mutex_lock(&gate_lock);
	lookup_count++;
	pthread_mutex_unlock(&gate_lock);
	names->failed = !answer || answers_partly;
	if (!answer || !*answer)
		return;
	names->names = calloc(1, sizeof(*names->names));
	names->names[0] = strdup(answer);
	names->count = 1;
}

static unsigned int lookups(void)
{
	unsigned int count;

	pthread_mutex_lock(&gate_lock);
	count = lookup_count;
	pthread_mutex_unlock(&gate_lock);
	return count;
}

static bool fake_is_member(const char *netgroup, const char *name)
{
	return !strcmp(netgroup, "group") && !strcmp(name, "host");
}

static const struct client_calls fake_calls = { fake_names, fake_is_member };
/* The gate is for the first one; the file of hosts has the last. */
static const struct ip_address address = { { 10, 0, 2, 1 }, 4 }, other = { { 10, 0, 2, 2 }, 4 },
			       friend = { { 198, 51, 100, 1 }, 4 }, listed = { { 10, 0, 2, 9 }, 4 };

static struct pool *pool;
static char hosts[] = "/tmp/lookups.XXXXXX";
static struct clients *clients;
static unsigned int ready_count, late_count;

static void on_ready(struct upcall_request *request, bool late, void *context)
{
	(void)context;
	assert_string_equal(request->address, "10.0.2.1");
	ready_count++;
	late_count += late;
}

static int begin(void **state)
{
	const struct clients_options options = { .calls = &fake_calls, .hosts = hosts, .at_once = 2 };

	(void)state;
	set_gate(true);
	lookup_count = ready_count = late_count = 0;
	answer = "host.example.com";
	answers_partly = false;
	clients = clients_new(&options);
	pool = clients_pool(clients, 0);
	clients_on_ready(clients, on_ready, NULL);
	return !clients;
}

/* A pool leaves behind what is at work when it is freed, since the process ends then (utils/exportd/pool.h). */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:lookup_new\nleak:run_lookup\n";
}

static int end(void **state)
{
	(void)state;
	set_gate(true);
	clients_free(clients);
	return 0;
}

static enum clients_answer find(int64_t now, struct access_client *client)
{
	return clients_find(clients, &address, now, client);
}

static void names_are_known(void **state)
{
	struct access_client client;
	int64_t now = clock_ms();

	(void)state;
	assert_int_equal(find(now, &client), CLIENTS_WAIT);
	assert_int_equal(client.name_count, 0);
	wait_for_pool(pool);
	assert_int_equal(find(clock_ms(), &client), CLIENTS_KNOWN);
	assert_int_equal(client.name_count, 1);
	assert_string_equal(client.names[0], "host.example.com");
	assert_int_equal(find(now + CLIENTS_KNOWN_MS - 1000, &client), CLIENTS_KNOWN);
	assert_int_equal(lookups(), 1);
	assert_int_equal(find(clock_ms() + CLIENTS_KNOWN_MS + 1, &client), CLIENTS_WAIT); /* out of date */
	wait_for_pool(pool);
	assert_int_equal(lookups(), 2);
}

static void no_names_and_nobody_who_knows(void **state)
{
	struct access_client client;

	(void)state;
	answer = "";
	find(clock_ms(), &client);
	wait_for_pool(pool);
	assert_int_equal(find(clock_ms() + CLIENTS_NONE_MS - 1000, &client), CLIENTS_KNOWN);
	assert_int_equal(client.name_count, 0);
	answer = NULL;
	assert_int_equal(clients_find(clients, &other, clock_ms(), &client), CLIENTS_WAIT);
	wait_for_pool(pool);
	assert_int_equal(clients_find(clients, &other, clock_ms() + CLIENTS_FAILED_MS - 1000, &client), CLIENTS_FAILED);
	assert_int_equal(lookups(), 2);
}

static void patience_ends(void **state)
{
	struct access_client client;
	int64_t now = clock_ms();

	(void)state;
	set_gate(false);
	assert_int_equal(find(now, &client), CLIENTS_WAIT);
	assert_int_equal(find(now + CLIENTS_PATIENCE_MS - 1, &client), CLIENTS_WAIT);
	assert_int_equal(find(now + CLIENTS_PATIENCE_MS, &client), CLIENTS_FAILED); /* nobody waits for it again */
	set_gate(true);
	wait_for_pool(pool);
	assert_int_equal(find(clock_ms(), &client), CLIENTS_KNOWN);
	assert_int_equal(lookups(), 1);
}

static void wait_until(int64_t now, int64_t patience)
{
	struct upcall_request request = { .cache = UPCALL_CLIENT, .address = "10.0.2.1" };

	assert_true(clients_wait(clients, &address, &request, now, patience));
}

static void requests_wait(void **state)
{
	struct access_client client;
	int64_t now = clock_ms();

	(void)state;
	set_gate(false);
	find(now, &client);
	wait_until(now, 1000);
	wait_until(now, 2000);
	wait_until(now, 3000);
	assert_true(clients_anybody_waits(clients));
	clients_tick(clients, now + 999);
	assert_int_equal(ready_count, 0);
	clients_tick(clients, now + 2000);
	assert_int_equal(ready_count, 2);
	assert_int_equal(late_count, 2);
	set_gate(true);
	wait_for_pool(pool);
	assert_int_equal(ready_count, 3);
	assert_int_equal(late_count, 2);
	assert_false(clients_anybody_waits(clients));
	wait_until(now, 1000); /* is freed with the rest */
}

static void netgroups(void **state)
{
	static const char *const groups[] = { "group", "strangers" };
	struct access_client client;

	(void)state;
	answer = "host.example.com"; /* also by the name without its domain */
	assert_int_equal(clients_set_netgroups(clients, groups, 2), 0);
	find(clock_ms(), &client);
	wait_for_pool(pool);
	assert_int_equal(find(clock_ms(), &client), CLIENTS_KNOWN);
	assert_int_equal(client.netgroup_count, 1);
	assert_string_equal(client.netgroups[0], "group");
	assert_int_equal(clients_set_netgroups(clients, groups, 2), 0);
	assert_int_equal(find(clock_ms(), &client), CLIENTS_KNOWN);
	assert_int_equal(clients_set_netgroups(clients, groups, 1), 0); /* others are asked for: ask anew */
	assert_int_equal(find(clock_ms(), &client), CLIENTS_WAIT);
	assert_int_equal(clients_set_netgroups(clients, groups + 1, 1), 0); /* while a look-up is under way */
	wait_for_pool(pool);
	assert_int_equal(find(clock_ms(), &client), CLIENTS_WAIT);
	wait_for_pool(pool);
	assert_int_equal(find(clock_ms(), &client), CLIENTS_KNOWN);
	assert_int_equal(client.netgroup_count, 0);
}

/* ---- a name server that is silent -------------------------------------------------------------- */

/* Until the look-up has ended; what stands at the gate has not. */
static enum clients_answer answer_after_all(const struct ip_address *of, int64_t now, struct access_client *client)
{
	struct pollfd wait[CLIENTS_POOLS];
	enum clients_answer got = CLIENTS_WAIT;

	for (unsigned int again = 0; got == CLIENTS_WAIT && again < 200; again++) {
		for (unsigned int i = 0; i < CLIENTS_POOLS; i++) {
			wait[i] = (struct pollfd){ .fd = pool_descriptor(clients_pool(clients, i)), .events = POLLIN };
			pool_collect(clients_pool(clients, i));
		}
		got = clients_find(clients, of, now, client);
		if (got == CLIENTS_WAIT)
			(void)poll(wait, CLIENTS_POOLS, 50);
	}
	return got;
}

/* count addresses that nobody answers for: of one network, or each of another one. */
static void crowd(unsigned int count, bool one_network, int64_t now)
{
	struct access_client client;

	set_gate(false);
	for (unsigned int i = 0; i < count; i++) {
		struct ip_address one = { { 10, 0, 0, 0 }, 4 };

		one.bytes[1] = (unsigned char)(i >> 8);
		one.bytes[2] = (unsigned char)(one_network ? 0 : i);
		one.bytes[3] = (unsigned char)(one_network ? i : 7);
		(void)clients_find(clients, &one, now, &client);
	}
}

static void is_answered(const struct ip_address *of, int64_t now)
{
	struct access_client client;

	assert_int_equal(answer_after_all(of, now, &client), CLIENTS_KNOWN);
	assert_int_equal(client.name_count, 1);
}

static void a_crowd_of_one_network(void **state)
{
	const int64_t now = clock_ms();

	(void)state;
	crowd(256, true, now);
	/* Another network's does not wait for any of them. */
	is_answered(&friend, now + TURNS_SLOW_MS + 1);
}

static void a_crowd_of_many_networks(void **state)
{
	const struct ip_address late = { { 198, 51, 100, 7 }, 4 };
	int64_t now = clock_ms();

	(void)state;
	crowd(4096, false, now);
	for (unsigned int i = 1; i < TURNS_SLOW_SHARE; i++)
		clients_tick(clients, now += TURNS_SLOW_MS);
	is_answered(&friend, now += TURNS_SLOW_MS);
	/* When every thread is taken, who comes next is the next. */
	clients_tick(clients, now + TURNS_SLOW_MS);
	set_gate(true);
	is_answered(&late, now + TURNS_SLOW_MS);
}

static void what_this_host_knows(void **state)
{
	const struct ip_address v6 = { { 0x20, 1, 0xd, 0xb8, [15] = 1 }, 16 };
	const int64_t now = clock_ms();
	FILE *file = fopen(hosts, "w");

	(void)state;
	assert_non_null(file);
	fputs("10.0.2.9 listed\n2001:db8::1 six\n", file);
	fclose(file);
	crowd(4096, false, now);
	is_answered(&v6, now);
	/* One that is listed, and that nobody answers for all the same, is in nobody's way. */
	(void)clients_find(clients, &listed, now, &(struct access_client){ 0 });
	is_answered(&v6, now);
	assert_int_equal(truncate(hosts, 0), 0);
}

static bool may_wait(const struct ip_address *of, int64_t now)
{
	struct upcall_request request = { .cache = UPCALL_CLIENT, .address = "10.0.2.1" };
	struct access_client client;

	(void)clients_find(clients, of, now, &client);
	return clients_wait(clients, of, &request, now, CLIENTS_PATIENCE_MS);
}

/* Each that waits holds a thread of the server: when nobody is answered, no more of them do. */
static void a_crowd_does_not_wait(void **state)
{
	const struct ip_address v6 = { { 0x20, 1, 0xd, 0xb8, [15] = 1 }, 16 };
	struct ip_address one = { { 10, 1, 0, 0 }, 4 };
	const int64_t now = clock_ms();
	FILE *file = fopen(hosts, "w");

	(void)state;
	assert_non_null(file);
	fputs("2001:db8::1 six\n", file);
	fclose(file);
	is_answered(&friend, now);
	set_gate(false);
	for (unsigned int i = 0; i < 30; i++) {
		one.bytes[2] = (unsigned char)i;
		assert_true(may_wait(&one, now));
	}
	clients_tick(clients, now + 999);
	one.bytes[2]++;
	assert_true(may_wait(&one, now + 999));
	clients_tick(clients, now + 1000);
	one.bytes[2]++;
	assert_false(may_wait(&one, now + 1000));
	assert_true(may_wait(&v6, now + 1000));
	/* Of a network about which somebody has answered just now. */
	one = friend;
	one.bytes[3]++;
	assert_true(may_wait(&one, now + 1000));
	assert_int_equal(truncate(hosts, 0), 0);
	clients_tick(clients, now + CLIENTS_PATIENCE_MS);
	clients_tick(clients, now + CLIENTS_PATIENCE_MS);
	one = (struct ip_address){ { 10, 2 }, 4 };
	assert_true(may_wait(&one, now + CLIENTS_PATIENCE_MS));
}

/* What is known stays so as long as nobody can say otherwise. */
static void an_outage(void **state)
{
	static const char *const groups[] = { "group" };
	struct access_client client;
	int64_t now = clock_ms();

	(void)state;
	assert_int_equal(clients_set_netgroups(clients, groups, 1), 0);
	is_answered(&friend, now);
	answer = NULL;
	for (unsigned int i = 0; i < 3; i++) {
		now = clock_ms() + CLIENTS_KNOWN_MS + 1;
		/* Also while nobody has answered yet. */
		assert_int_equal(clients_find(clients, &friend, now, &client), CLIENTS_WAIT);
		assert_int_equal(client.name_count, 1);
		wait_for_pool(pool);
		assert_int_equal(clients_find(clients, &friend, clock_ms(), &client), CLIENTS_FAILED);
		assert_int_equal(client.name_count, 1);
		assert_string_equal(client.names[0], "host.example.com");
		assert_int_equal(client.netgroup_count, 1);
	}
	/* One more name, and about the first nobody could say. */
	answer = "another.example.com";
	answers_partly = true;
	now = clock_ms() + CLIENTS_KNOWN_MS + 1;
	assert_int_equal(clients_find(clients, &friend, now, &client), CLIENTS_WAIT);
	wait_for_pool(pool);
	assert_int_equal(clients_find(clients, &friend, clock_ms(), &client), CLIENTS_FAILED);
	assert_int_equal(client.name_count, 2);
	/* An answer is one. */
	answer = "";
	answers_partly = false;
	now = clock_ms() + CLIENTS_KNOWN_MS + 1;
	assert_int_equal(clients_find(clients, &friend, now, &client), CLIENTS_WAIT);
	wait_for_pool(pool);
	assert_int_equal(clients_find(clients, &friend, clock_ms(), &client), CLIENTS_KNOWN);
	assert_int_equal(client.name_count, 0);
	assert_int_equal(client.netgroup_count, 0);
}

/* ---- turns -------------------------------------------------------------------------------------- */

static struct ip_address of_network(unsigned int network, unsigned int host)
{
	return (struct ip_address){ { 10, (unsigned char)(network >> 8), (unsigned char)network, (unsigned char)host },
				    4 };
}

static void wait_for_turn(struct turns *turns, struct turn *turn, unsigned int network, int64_t now)
{
	struct ip_address of = of_network(network, 1);
	struct turn *dropped;

	assert_true(turns_wait(turns, turn, &of, now, &dropped));
	assert_null(dropped);
}

static void turns_are_fair(void **state)
{
	struct turns *turns = turns_new(2);
	struct turn first[8], second[2], third;

	(void)state;
	assert_int_equal(turns_threads(turns), 8);
	for (unsigned int i = 0; i < ARRAY_SIZE(first); i++)
		wait_for_turn(turns, &first[i], 1, i);
	wait_for_turn(turns, &second[0], 2, 10);
	wait_for_turn(turns, &second[1], 2, 11);
	/* The newest of each network, and one of each. */
	assert_ptr_equal(turns_next(turns, 20), &second[1]);
	assert_ptr_equal(turns_next(turns, 20), &first[7]);
	assert_null(turns_next(turns, 20));
	/* Nobody has answered for a second: others may begin, though no more of one network than may be at once. */
	assert_ptr_equal(turns_next(turns, 20 + TURNS_SLOW_MS), &second[0]);
	assert_ptr_equal(turns_next(turns, 20 + TURNS_SLOW_MS), &first[6]);
	assert_null(turns_next(turns, 20 + 2 * TURNS_SLOW_MS));
	turns_end(turns, &second[0], true, 3000);
	turns_end(turns, &second[1], true, 3000);
	turns_end(turns, &first[6], false, 3000);
	turns_end(turns, &first[7], false, 3000);
	/* Where nobody answered, it is after those that nobody has asked for yet. */
	wait_for_turn(turns, &third, 3, 0);
	assert_ptr_equal(turns_next(turns, 3000), &third);
	turns_ask_again(&first[0], 2999);
	assert_ptr_equal(turns_next(turns, 3000), &first[0]);
	turns_end(turns, &third, true, 3001);
	turns_end(turns, &first[0], true, 3001);
	/* Whom nobody has asked for again is not wanted. */
	for (unsigned int i = 1; i < 6; i++)
		assert_ptr_equal(turns_expired(turns, TURNS_WAIT_MS + 5), &first[i]);
	assert_null(turns_expired(turns, TURNS_WAIT_MS + 5));
	assert_null(turns_next(turns, TURNS_WAIT_MS + 5));
	turns_free(turns);
	turns_free(NULL);
}

static void a_crowd_is_dropped_first(void **state)
{
	static struct turn many[TURNS_WAITING_MAX];
	struct turns *turns = turns_new(1);
	struct ip_address of = of_network(1, 1);
	struct turn one, two, *dropped;

	(void)state;
	wait_for_turn(turns, &one, 2, 0);
	for (unsigned int i = 0; i < TURNS_WAITING_MAX; i++) {
		assert_true(turns_wait(turns, &many[i], &of, 1 + i, &dropped));
		assert_ptr_equal(dropped, i + 1 < TURNS_WAITING_MAX ? NULL : &many[0]);
	}
	of = of_network(3, 1);
	assert_true(turns_wait(turns, &two, &of, 9999, &dropped));
	assert_ptr_equal(dropped, &many[1]);
	assert_ptr_equal(turns_next(turns, 10000), &two);
	turns_end(turns, &two, true, 10000);
	turns_end(turns, &one, true, 10000);
	while (turns_expired(turns, INT64_MAX))
		;
	turns_free(turns);
}

/* Who has a /64 has all of it. */
static void networks_of_ipv6(void **state)
{
	struct ip_address of = { { 0x20, 1, 0xd, 0xb8 }, 16 };
	struct turns *turns = turns_new(1);
	struct turn same[2], another, *dropped;

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		of.bytes[8] = of.bytes[15] = (unsigned char)(i + 1);
		assert_true(turns_wait(turns, &same[i], &of, 10 + i, &dropped));
	}
	of.bytes[7] = 1;
	assert_true(turns_wait(turns, &another, &of, 5, &dropped));
	assert_ptr_equal(turns_next(turns, 20), &same[1]);
	assert_ptr_equal(turns_next(turns, 20 + TURNS_SLOW_MS), &another);
	assert_null(turns_next(turns, 20 + 2 * TURNS_SLOW_MS));
	turns_end(turns, &same[0], true, 0);
	turns_end(turns, &same[1], true, 0);
	turns_end(turns, &another, true, 0);
	turns_free(turns);
}

/* ---- groups ----------------------------------------------------------------------------------- */

static unsigned int groups_lookups;

static void fake_groups(uint32_t uid, struct groups_answer *to)
{
	pass_gate();
	groups_lookups++; /* one thread */
	to->failed = uid == 3;
	if (uid != 1)
		return;
	to->ids = calloc(2, sizeof(*to->ids));
	to->ids[0] = 10;
	to->ids[1] = 20;
	to->count = 2;
}

static char told[128];

static void on_groups(uint32_t uid, const struct groups_answer *got, void *context)
{
	size_t size = strlen(told);

	(void)context;
	snprintf(told + size, sizeof(told) - size, "%u:%s%zu;", uid, got->failed ? "failed" : "", got->count);
}

static void groups(void **state)
{
	struct pool *own = pool_new(1, 3);
	struct groups *asked = groups_new(own, fake_groups, on_groups, NULL);

	(void)state;
	groups_lookups = 0;
	told[0] = '\0';
	set_gate(false);
	for (unsigned int i = 0; i < 10; i++)
		assert_int_equal(groups_ask(asked, 1), 0);
	set_gate(true);
	wait_for_pool(own);
	assert_string_equal(told, "1:2;");
	assert_int_equal(groups_lookups, 1);
	assert_int_equal(groups_ask(asked, 2), 0);
	wait_for_pool(own);
	assert_int_equal(groups_ask(asked, 3), 0);
	wait_for_pool(own);
	assert_string_equal(told, "1:2;2:0;3:failed0;");
	groups_free(asked);
	pool_free(own);
}

static void groups_of_this_machine(void **state)
{
	struct groups_answer got = { 0 };
	bool found = false;

	(void)state;
	groups_lookup_system(0, &got);
	assert_false(got.failed);
	for (size_t i = 0; i < got.count; i++)
		found |= got.ids[i] == 0;
	assert_true(found);
	free(got.ids);
	got = (struct groups_answer){ 0 };
	groups_lookup_system(4123456789u, &got);
	assert_int_equal(got.count, 0);
	free(got.ids);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(jobs),
		cmocka_unit_test(a_full_pool),
		TEST(names_are_known),
		TEST(no_names_and_nobody_who_knows),
		TEST(patience_ends),
		TEST(requests_wait),
		TEST(netgroups),
		TEST(a_crowd_of_one_network),
		TEST(a_crowd_of_many_networks),
		TEST(what_this_host_knows),
		TEST(a_crowd_does_not_wait),
		TEST(an_outage),
		cmocka_unit_test(turns_are_fair),
		cmocka_unit_test(a_crowd_is_dropped_first),
		cmocka_unit_test(networks_of_ipv6),
		cmocka_unit_test(groups),
		cmocka_unit_test(groups_of_this_machine),
	};

	int failed, fd = mkstemp(hosts);

	if (fd < 0)
		return 1;
	close(fd);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(hosts);
	return failed;
}
