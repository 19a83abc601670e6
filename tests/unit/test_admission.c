/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <arpa/inet.h>

#include "utils/tlshd/admission.h"

static struct in6_addr address(unsigned int number)
{
	struct in6_addr a = { 0 };

	a.s6_addr[0] = 0x20;
	a.s6_addr[14] = (uint8_t)(number >> 8);
	a.s6_addr[15] = (uint8_t)number;
	a.s6_addr[13] = (uint8_t)(number >> 16);
	return a;
}

static void test_share_and_crowd(void **state)
{
	struct admission *admission = admission_new();
	struct in6_addr a = address(1), b = address(2);

	(void)state;
	assert_int_equal(admission_begin(admission, &a, 0), ADMISSION_PATIENCE_MS);
	assert_int_equal(admission_begin(admission, &a, 0), ADMISSION_PATIENCE_MS);
	assert_int_equal(admission_begin(admission, &a, 0), ADMISSION_CROWDED_MS);
	/* Another address does not pay for it. */
	assert_int_equal(admission_begin(admission, &b, 0), ADMISSION_PATIENCE_MS);
	admission_free(admission);
}

static void test_stalls_halve_patience_and_success_restores_it(void **state)
{
	struct admission *admission = admission_new();
	struct in6_addr a = address(1);

	(void)state;
	for (uint32_t patience = ADMISSION_PATIENCE_MS; patience > ADMISSION_PATIENCE_LEAST_MS; patience /= 2) {
		assert_int_equal(admission_begin(admission, &a, 1000), patience);
		admission_end(admission, &a, ADMISSION_STALLED, 1000);
	}
	for (unsigned int i = 0; i < 100; i++) {
		assert_int_equal(admission_begin(admission, &a, 1000), ADMISSION_PATIENCE_LEAST_MS);
		admission_end(admission, &a, ADMISSION_STALLED, 1000);
	}
	(void)admission_begin(admission, &a, 1001);
	(void)admission_begin(admission, &a, 1001);
	assert_int_equal(admission_begin(admission, &a, 1001), ADMISSION_CROWDED_LEAST_MS);
	admission_end(admission, &a, ADMISSION_OK, 1002);
	assert_int_equal(admission_begin(admission, &a, 1003), ADMISSION_CROWDED_MS);
	admission_free(admission);
}

/* A machine that is slow for a moment must not make its whole storm fail. */
static void test_one_stall_among_successes(void **state)
{
	struct admission *admission = admission_new();
	struct in6_addr a = address(1);

	(void)state;
	for (unsigned int i = 0; i < 3; i++)
		(void)admission_begin(admission, &a, 0);
	admission_end(admission, &a, ADMISSION_STALLED, 500);
	assert_int_equal(admission_begin(admission, &a, 500), ADMISSION_CROWDED_MS / 2);
	admission_end(admission, &a, ADMISSION_OK, 510);
	assert_int_equal(admission_begin(admission, &a, 510), ADMISSION_CROWDED_MS);
	admission_free(admission);
}

static void test_stall_is_forgotten_with_time(void **state)
{
	struct admission *admission = admission_new();
	struct in6_addr a = address(1);

	(void)state;
	(void)admission_begin(admission, &a, 0);
	admission_end(admission, &a, ADMISSION_STALLED, 1000);
	assert_int_equal(admission_begin(admission, &a, 1000 + ADMISSION_MEMORY_MS), ADMISSION_PATIENCE_MS);
	admission_free(admission);
}

/* An ordinary failure, a bad certificate say, costs a peer no patience. */
static void test_failure_is_no_stall(void **state)
{
	struct admission *admission = admission_new();
	struct in6_addr a = address(1);

	(void)state;
	(void)admission_begin(admission, &a, 0);
	admission_end(admission, &a, ADMISSION_FAILED, 10);
	assert_int_equal(admission_addresses(admission), 0);
	assert_int_equal(admission_begin(admission, &a, 11), ADMISSION_PATIENCE_MS);
	admission_free(admission);
}

/* 64 silent connections and 8 nfsd threads: how long until another address is served? */
static void test_silent_storm_is_short(void **state)
{
	struct admission *admission = admission_new();
	struct in6_addr a = address(1);
	int64_t ends[8] = { 0 };
	int64_t now = 0;

	(void)state;
	for (unsigned int connection = 0; connection < 64; connection++) {
		unsigned int first = 0;

		for (unsigned int thread = 1; thread < 8; thread++)
			if (ends[thread] < ends[first])
				first = thread;
		now = ends[first];
		if (connection >= 8)
			admission_end(admission, &a, ADMISSION_STALLED, now);
		ends[first] = now + admission_begin(admission, &a, now);
	}
	assert_true(now < 1300);
	admission_free(admission);
}

static void test_memory_is_bounded(void **state)
{
	struct admission *admission = admission_new();

	(void)state;
	for (unsigned int i = 0; i < 2 * ADMISSION_ADDRESSES_MAX; i++) {
		struct in6_addr a = address(i);

		(void)admission_begin(admission, &a, 0);
	}
	assert_int_equal(admission_addresses(admission), ADMISSION_ADDRESSES_MAX);
	admission_free(admission);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_share_and_crowd),
		cmocka_unit_test(test_stalls_halve_patience_and_success_restores_it),
		cmocka_unit_test(test_one_stall_among_successes),
		cmocka_unit_test(test_stall_is_forgotten_with_time),
		cmocka_unit_test(test_failure_is_no_stall),
		cmocka_unit_test(test_silent_storm_is_short),
		cmocka_unit_test(test_memory_is_bounded),
	};

	return cmocka_run_group_tests_name("admission", tests, NULL, NULL);
}
