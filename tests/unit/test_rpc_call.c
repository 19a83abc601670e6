/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Remote calls against servers of our own on the loopback: each answers in its way, or not at all. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/rpc/call.h"
#include "tests/unit/unit.h"

/* How a server answers: words of RFC 5531 section 9, behind the record mark. */
enum manner {
	ANSWER_PORT,	 /* SUCCESS and 2050 as a number */
	ANSWER_ADDRESS,	 /* SUCCESS and the address ::1.8.2 */
	ANSWER_NO_PORT,	 /* SUCCESS and 0 */
	ANSWER_NOTHING,	 /* SUCCESS */
	ANSWER_MISMATCH, /* PROG_MISMATCH */
	ANSWER_UNAVAIL,	 /* PROG_UNAVAIL */
	ANSWER_DENIED,	 /* AUTH_ERROR */
	ANSWER_GARBAGE,
	SILENCE,
	HANG_UP,
};

static size_t put(unsigned char *to, const uint32_t *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t word = htonl(words[i]);

		memcpy(to + 4 * i, &word, 4);
	}
	return 4 * count;
}

static size_t make_answer(enum manner manner, const unsigned char *call, unsigned char *to)
{
	static const uint32_t port[] = { 1, 0, 0, 0, 0, 2050 },
			      address[] = { 1, 0, 0, 0, 0, 7, 0x3a3a312e, 0x382e3200 },
			      none[] = { 1, 0, 0, 0, 0, 0 }, nothing[] = { 1, 0, 0, 0, 0 },
			      mismatch[] = { 1, 0, 0, 0, 2, 9, 9 }, unavail[] = { 1, 0, 0, 0, 1 },
			      denied[] = { 1, 1, 1, 1 }, garbage[] = { 7, 7, 7 };
	static const struct {
		const uint32_t *words;
		size_t count;
	} answers[] = {
		[ANSWER_PORT] = { port, ARRAY_SIZE(port) },
		[ANSWER_ADDRESS] = { address, ARRAY_SIZE(address) },
		[ANSWER_NO_PORT] = { none, ARRAY_SIZE(none) },
		[ANSWER_NOTHING] = { nothing, ARRAY_SIZE(nothing) },
		[ANSWER_MISMATCH] = { mismatch, ARRAY_SIZE(mismatch) },
		[ANSWER_UNAVAIL] = { unavail, ARRAY_SIZE(unavail) },
		[ANSWER_DENIED] = { denied, ARRAY_SIZE(denied) },
		[ANSWER_GARBAGE] = { garbage, ARRAY_SIZE(garbage) },
	};

	memcpy(to, call, 4); /* xid */
	return 4 + put(to + 4, answers[manner].words, answers[manner].count);
}

/* One call is answered; what was asked goes to the pipe. */
static void serve(int listener, enum rpc_transport transport, enum manner manner, int report)
{
	unsigned char call[1024], answer[128];
	struct sockaddr_storage peer;
	socklen_t size = sizeof(peer);
	int fd = transport == RPC_TCP ? accept(listener, NULL, NULL) : listener;
	size_t skip = transport == RPC_TCP ? 4 : 0, length;
	ssize_t got = recvfrom(fd, call, sizeof(call), 0, (struct sockaddr *)&peer, &size);

	if (got > 0 && write(report, call + skip, (size_t)got - skip) < 0)
		_exit(1);
	if (manner == HANG_UP)
		_exit(0);
	if (manner != SILENCE && got > (ssize_t)skip) {
		length = make_answer(manner, call + skip, answer + 4);
		put(answer, (uint32_t[]){ 0x80000000u | (uint32_t)length }, 1);
		if (transport == RPC_TCP)
			(void)!write(fd, answer, length + 4);
		else
			(void)!sendto(fd, answer + 4, length, 0, (struct sockaddr *)&peer, size);
	}
	pause(); /* until the test kills us */
}

struct server {
	struct sockaddr_storage address;
	socklen_t size;
	uint16_t port;
	pid_t pid;
	int report;
};

static void start(struct server *server, int family, enum rpc_transport transport, enum manner manner)
{
	int listener = socket(family, transport == RPC_TCP ? SOCK_STREAM : SOCK_DGRAM, 0), ends[2];
	struct sockaddr_in *v4 = (struct sockaddr_in *)&server->address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&server->address;

	memset(server, 0, sizeof(*server));
	server->address.ss_family = (sa_family_t)family;
	server->size = family == AF_INET ? sizeof(*v4) : sizeof(*v6);
	if (family == AF_INET)
		v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else
		v6->sin6_addr = in6addr_loopback;
	assert_int_equal(bind(listener, (struct sockaddr *)&server->address, server->size), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&server->address, &server->size), 0);
	server->port = ntohs(v4->sin_port); /* in the same place for both */
	if (transport == RPC_TCP)
		assert_int_equal(listen(listener, 4), 0);
	assert_int_equal(pipe(ends), 0);
	server->pid = fork();
	if (!server->pid)
		serve(listener, transport, manner, ends[1]);
	close(ends[1]);
	close(listener);
	server->report = ends[0];
}

static void stop(struct server *server)
{
	kill(server->pid, SIGKILL);
	waitpid(server->pid, NULL, 0);
	close(server->report);
}

static bool has_ipv6(void)
{
	struct sockaddr_in6 here = { .sin6_family = AF_INET6, .sin6_addr = in6addr_loopback };
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);
	bool has = fd >= 0 && !bind(fd, (struct sockaddr *)&here, sizeof(here));

	close(fd);
	return has;
}

#define LIMIT_MS 3000
#define SHORT_MS 200

static void rpcbind_tells_ports(void **state)
{
	static const struct {
		int family;
		enum manner manner;
		int result;
		uint16_t port;
		int limit_ms;
	} cases[] = {
		{ AF_INET, ANSWER_PORT, 0, 2050, LIMIT_MS },
		{ AF_INET, ANSWER_NO_PORT, -EOPNOTSUPP, 0, LIMIT_MS },
		{ AF_INET, ANSWER_UNAVAIL, -EOPNOTSUPP, 0, LIMIT_MS },
		{ AF_INET, ANSWER_MISMATCH, -EPROTONOSUPPORT, 0, LIMIT_MS },
		{ AF_INET, ANSWER_DENIED, -EACCES, 0, LIMIT_MS },
		{ AF_INET, ANSWER_NOTHING, -EPROTO, 0, LIMIT_MS },
		{ AF_INET, SILENCE, -ETIMEDOUT, 0, SHORT_MS },
		{ AF_INET6, ANSWER_ADDRESS, 0, 2050, LIMIT_MS },
		{ AF_INET6, ANSWER_NO_PORT, -EOPNOTSUPP, 0, LIMIT_MS },
		{ AF_INET6, SILENCE, -ETIMEDOUT, 0, SHORT_MS },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		for (enum rpc_transport transport = RPC_TCP; transport <= RPC_UDP; transport++) {
			struct server server;
			uint16_t port = 0;
			struct error e = { 0 };

			if (cases[i].family == AF_INET6 && !has_ipv6())
				continue;
			start(&server, cases[i].family, transport, cases[i].manner);
			assert_int_equal(rpc_find_port((struct sockaddr *)&server.address, server.size, server.port,
						       transport, 100003, 3, clock_ms() + cases[i].limit_ms, &port, &e),
					 cases[i].result);
			assert_int_equal(port, cases[i].port);
			if (cases[i].result)
				assert_non_null(strstr(e.text, "RPC program 100"));
			stop(&server);
		}
}

static void a_closed_port_refuses(void **state)
{
	(void)state;
	for (enum rpc_transport transport = RPC_TCP; transport <= RPC_UDP; transport++) {
		struct server server;
		struct rpc_endpoint to = { (struct sockaddr *)&server.address, 0, transport };
		struct error e;

		start(&server, AF_INET, transport, SILENCE);
		stop(&server); /* its port is free now */
		to.size = server.size;
		assert_int_equal(rpc_ping(&to, 100003, 3, clock_ms() + LIMIT_MS, &e), -ECONNREFUSED);
	}
}

static void a_server_that_hangs_up_is_an_error(void **state)
{
	struct server server;
	struct rpc_endpoint to = { (struct sockaddr *)&server.address, 0, RPC_TCP };
	struct error e;

	(void)state;
	start(&server, AF_INET, RPC_TCP, HANG_UP);
	to.size = server.size;
	assert_int_not_equal(rpc_ping(&to, 100003, 3, clock_ms() + LIMIT_MS, &e), 0);
	stop(&server);
	start(&server, AF_INET, RPC_TCP, ANSWER_GARBAGE);
	assert_int_not_equal(rpc_ping(&to, 100003, 3, clock_ms() + SHORT_MS, &e), 0);
	stop(&server);
	start(&server, AF_INET, RPC_TCP, ANSWER_NOTHING);
	assert_int_equal(rpc_ping(&to, 100003, 3, clock_ms() + LIMIT_MS, &e), 0);
	stop(&server);
}

static void unmount_names_the_path_as_root(void **state)
{
	static const unsigned char program[] = { 0, 1, 0x86, 0xa5, 0, 0, 0, 3, 0, 0, 0, 3 };
	struct server server;
	struct rpc_endpoint to = { (struct sockaddr *)&server.address, 0, RPC_TCP };
	unsigned char call[1024];
	ssize_t size;
	struct error e;

	(void)state;
	start(&server, AF_INET, RPC_TCP, ANSWER_NOTHING);
	to.size = server.size;
	assert_int_equal(rpc_unmount(&to, 3, "/srv/a b", clock_ms() + LIMIT_MS, &e), 0);
	size = read(server.report, call, sizeof(call));
	stop(&server);
	assert_true(size > 40);
	/* xid, CALL, RPC version, then program, version and procedure; the credential is AUTH_SYS; the path ends it */
	assert_memory_equal(call + 12, program, sizeof(program));
	assert_int_equal(call[27], 1);
	assert_memory_equal(call + size - 12, "\0\0\0\10/srv/a b", 12);
}

static void universal_addresses_are_read_strictly(void **state)
{
	static const struct {
		const char *text;
		int result;
		uint16_t port;
	} cases[] = {
		{ "192.0.2.1.8.1", 0, 2049 }, { "::1.8.1", 0, 2049 },	    { "0.0.0.0.0.0", 0, 0 },
		{ "::.255.255", 0, 65535 },   { "", -EPROTO, 0 },	    { ".8.1", -EPROTO, 0 },
		{ "8.1", -EPROTO, 0 },	      { "::1.8.256", -EPROTO, 0 },  { "::1.8.", -EPROTO, 0 },
		{ "::1.8.1 ", -EPROTO, 0 },   { "::1.08.1", -EPROTO, 0 },   { "::1.-8.1", -EPROTO, 0 },
		{ "::1.8.0x1", -EPROTO, 0 },  { "::1..1", -EPROTO, 0 },	    { "2049", -EPROTO, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint16_t port = 0;

		assert_int_equal(rpc_universal_port(cases[i].text, &port), cases[i].result);
		assert_int_equal(port, cases[i].port);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rpcbind_tells_ports),
		cmocka_unit_test(a_closed_port_refuses),
		cmocka_unit_test(a_server_that_hangs_up_is_an_error),
		cmocka_unit_test(unmount_names_the_path_as_root),
		cmocka_unit_test(universal_addresses_are_read_strictly),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
