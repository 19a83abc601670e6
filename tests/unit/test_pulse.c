/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the kernel role sees that a worker stands still, and what of its handshakes can begin anew. */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "utils/tlshd/position.h"
#include "utils/tlshd/pulse.h"

/* ---- turns ------------------------------------------------------------------- */

static void test_turns_are_shared(void **state)
{
	struct pulse *pulse = pulse_new();
	int status;
	pid_t pid;

	(void)state;
	assert_non_null(pulse);
	assert_int_equal(pulse_turns(pulse), 0);
	pid = fork();
	if (!pid) {
		pulse_turn(pulse, 7);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(pulse_turns(pulse), 1);
	assert_int_equal(pulse_task(pulse), 7);
	pulse_turn(pulse, 0);
	assert_int_equal(pulse_task(pulse), 0);
	pulse_free(pulse);
	pulse_free(NULL);
}

static enum pulse_state look_at(struct pulse_watch *watch, uint32_t turns, int64_t cpu_ms)
{
	const struct pulse_process process = { .cpu_ms = cpu_ms };

	return pulse_look(watch, turns, &process);
}

/* One that goes on, however slowly, is left alone. */
static void test_one_that_goes_on(void **state)
{
	struct pulse_watch watch = { 0 };

	(void)state;
	for (uint32_t look = 0; look < 1000; look++)
		assert_int_equal(look_at(&watch, look / PULSE_LOOKS_SLOW, look * 250), PULSE_BEATS);
}

/* One that is stopped is replaced early; one that gets no processor, since the machine is busy, late. */
static void test_one_that_waits(void **state)
{
	static const struct {
		bool stopped;
		unsigned int looks;
	} rows[] = { { true, PULSE_LOOKS_STOPPED }, { false, PULSE_LOOKS_STUCK } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct pulse_process process = { .cpu_ms = 100, .stopped = rows[i].stopped };
		struct pulse_watch watch = { 0 };

		for (unsigned int look = 0; look < PULSE_LOOKS_SLOW; look++)
			assert_int_equal(pulse_look(&watch, 5, &process), PULSE_BEATS);
		for (unsigned int look = PULSE_LOOKS_SLOW; look < rows[i].looks; look++)
			assert_int_equal(pulse_look(&watch, 5, &process), PULSE_SLOW);
		assert_int_equal(pulse_look(&watch, 5, &process), PULSE_STUCK);
	}
}

/* What it used before it stood still does not count. */
static void test_one_that_works(void **state)
{
	struct pulse_watch watch = { 0 };

	(void)state;
	for (int look = 0; look < 6; look++)
		assert_int_equal(look_at(&watch, 5, 50000 + look * 250), look < 4 ? PULSE_BEATS : PULSE_SLOW);
	assert_int_equal(look_at(&watch, 5, 50000 + 6 * 250), PULSE_STUCK);
	/* It went on at last. */
	watch = (struct pulse_watch){ 0 };
	for (int look = 0; look < 5; look++)
		(void)look_at(&watch, 5, look * 250);
	assert_int_equal(look_at(&watch, 6, 1250), PULSE_BEATS);
	assert_int_equal(look_at(&watch, 6, 1500), PULSE_BEATS);
}

static void test_processes(void **state)
{
	struct pulse_process running, stopped;
	pid_t pid = fork();

	(void)state;
	if (!pid)
		for (;;)
			;
	do {
		running = pulse_process_of(pid);
		assert_false(running.stopped);
	} while (running.cpu_ms < 20);
	assert_int_equal(kill(pid, SIGSTOP), 0);
	do {
		stopped = pulse_process_of(pid);
	} while (!stopped.stopped);
	(void)poll(NULL, 0, 20);
	assert_true(pulse_process_of(pid).stopped); /* to look at it does not change it */
	assert_int_equal(pulse_process_of(pid).cpu_ms, stopped.cpu_ms);
	assert_int_equal(kill(pid, SIGCONT), 0);
	do {
		running = pulse_process_of(pid);
	} while (running.stopped || running.cpu_ms == stopped.cpu_ms);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(pulse_process_of(pid).cpu_ms, 0);
	assert_false(pulse_process_of(pid).stopped);
}

/* ---- positions ----------------------------------------------------------------- */

static void connect_pair(int fd[2])
{
	struct sockaddr_in self = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t size = sizeof(self);

	assert_int_equal(bind(listener, (struct sockaddr *)&self, sizeof(self)), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&self, &size), 0);
	fd[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd[0], (struct sockaddr *)&self, sizeof(self)), 0);
	fd[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(fd[1] >= 0);
	close(listener);
}

static bool has_moved(int fd, const struct position *from)
{
	struct position now = position_of(fd);

	assert_true(now.known);
	return !position_equal(from, &now);
}

static void test_positions(void **state)
{
	static const struct position unknown;
	char bytes[100] = { 0 };
	struct position at, now;
	int fd[2];

	(void)state;
	connect_pair(fd);
	/* Some has been said before, and some of that is not read yet, like the first request of a client. */
	assert_int_equal(send(fd[0], bytes, 100, 0), 100);
	assert_int_equal(recv(fd[1], bytes, 40, MSG_WAITALL), 40);
	assert_int_equal(send(fd[1], bytes, 10, 0), 10);
	at = position_of(fd[1]);
	assert_true(at.known);
	assert_false(has_moved(fd[1], &at));
	/* What the peer sends, acknowledges or takes is no step of ours. */
	assert_int_equal(send(fd[0], bytes, 100, 0), 100);
	assert_int_equal(recv(fd[0], bytes, 10, MSG_WAITALL), 10);
	assert_int_equal(recv(fd[1], bytes, 100, MSG_WAITALL | MSG_PEEK), 100);
	assert_false(has_moved(fd[1], &at));
	/* One byte is. */
	assert_int_equal(recv(fd[1], bytes, 1, 0), 1);
	assert_true(has_moved(fd[1], &at));
	at = position_of(fd[1]);
	assert_int_equal(send(fd[1], bytes, 1, 0), 1);
	assert_true(has_moved(fd[1], &at));
	now = position_of(fd[1]);
	assert_true(position_read_equal(&at, &now));
	assert_int_equal(recv(fd[1], bytes, 1, 0), 1);
	now = position_of(fd[1]);
	assert_false(position_read_equal(&at, &now));
	/* What is not known is equal to nothing. */
	assert_false(position_equal(&unknown, &unknown));
	assert_false(position_read_equal(&unknown, &unknown));
	close(fd[0]);
	close(fd[1]);
	at = position_of(-1);
	assert_false(at.known);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_turns_are_shared), cmocka_unit_test(test_one_that_goes_on),
		cmocka_unit_test(test_one_that_waits),	 cmocka_unit_test(test_one_that_works),
		cmocka_unit_test(test_processes),	 cmocka_unit_test(test_positions),
	};

	return cmocka_run_group_tests_name("pulse", tests, NULL, NULL);
}
