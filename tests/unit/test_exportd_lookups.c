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
static const char *answer;   /* NULL: nobody can say; "": none */

static void fake_names(const struct export_address *address, struct client_names *names)
{
	(void)address;
	pass_gate();
	pthread_mutex_lock(&gate_lock);
	lookup_count++;
	pthread_mutex_unlock(&gate_lock);
	names->failed = !answer;
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
static const struct export_address address = { { 192, 0, 2, 1 }, 4 }, other = { { 192, 0, 2, 2 }, 4 };

static struct pool *pool;
static struct clients *clients;
static unsigned int ready_count, late_count;

static void on_ready(struct upcall_request *request, bool late, void *context)
{
	(void)context;
	assert_string_equal(request->address, "192.0.2.1");
	ready_count++;
	late_count += late;
}

static int begin(void **state)
{
	(void)state;
	set_gate(true);
	lookup_count = ready_count = late_count = 0;
	answer = "host.example.com";
	pool = pool_new(2, 100);
	clients = clients_new(pool, &fake_calls);
	clients_on_ready(clients, on_ready, NULL);
	return !clients;
}

static int end(void **state)
{
	(void)state;
	clients_free(clients);
	pool_free(pool);
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
	struct upcall_request request = { .cache = UPCALL_CLIENT, .address = "192.0.2.1" };

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

static void no_room_for_a_lookup(void **state)
{
	struct export_address many = address;
	struct access_client client;
	bool taken[200];
	unsigned int failed = 0;

	(void)state;
	set_gate(false);
	for (unsigned int i = 0; i < ARRAY_SIZE(taken); i++) {
		many.bytes[3] = (unsigned char)i;
		taken[i] = clients_find(clients, &many, clock_ms(), &client) == CLIENTS_WAIT;
		failed += !taken[i];
	}
	assert_in_range(failed, 98, 100); /* 100 wait, and up to two are at work */
	set_gate(true);
	for (unsigned int i = 0; i < ARRAY_SIZE(taken); i++) {
		many.bytes[3] = (unsigned char)i;
		while (taken[i] && clients_find(clients, &many, clock_ms(), &client) != CLIENTS_KNOWN)
			wait_for_pool(pool);
	}
	assert_int_equal(lookups(), ARRAY_SIZE(taken) - failed);
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
		TEST(no_room_for_a_lookup),
		cmocka_unit_test(groups),
		cmocka_unit_test(groups_of_this_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
