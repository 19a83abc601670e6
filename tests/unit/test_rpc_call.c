/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Remote calls against servers of our own on the loopback: each answers in its way, or not at all. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/rpc/rpc.h"
#include "tests/unit/unit.h"

#define LIMIT_MS 10000
#define SHORT_MS 200
#define ENDLESS_S 20

/* How a server answers: words of RFC 5531 section 9, behind the record mark. */
enum manner {
	ANSWER_PORT,	  /* SUCCESS and 2050 as a number */
	ANSWER_ADDRESS,	  /* SUCCESS and the address ::1.8.2 */
	ANSWER_NO_PORT,	  /* SUCCESS and 0 */
	ANSWER_HIGH_PORT, /* SUCCESS and 65536 */
	ANSWER_NOTHING,	  /* SUCCESS */
	ANSWER_MISMATCH,  /* PROG_MISMATCH */
	ANSWER_ONLY_3,	  /* ANSWER_ADDRESS for version 3 of the program, and ANSWER_MISMATCH for others */
	ANSWER_UNAVAIL,	  /* PROG_UNAVAIL */
	ANSWER_DENIED,	  /* AUTH_ERROR */
	ANSWER_GARBAGE,
	ANSWER_LONG,	    /* SUCCESS and a string of almost 4 GiB, or a port as large */
	ANSWER_LONG_PROOF,  /* a verifier of almost 4 GiB */
	ANSWER_LONG_RECORD, /* of 2 GiB */
	ANSWER_PIECES,	    /* ANSWER_PORT, each word a fragment of its own */
	SILENCE,
	LOSE_FIRST, /* SILENCE, then ANSWER_PORT */
	HANG_UP,
	DRIP,	 /* a byte now and then */
	STRANGE, /* answers to other calls, without end */
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
			      address[] = { 1, 0, 0, 0, 0, 7, 0x3a3a312e, 0x382e3200 }, none[] = { 1, 0, 0, 0, 0, 0 },
			      high[] = { 1, 0, 0, 0, 0, 65536 }, nothing[] = { 1, 0, 0, 0, 0 },
			      mismatch[] = { 1, 0, 0, 0, 2, 9, 9 }, unavail[] = { 1, 0, 0, 0, 1 },
			      denied[] = { 1, 1, 1, 1 }, garbage[] = { 7, 7, 7 },
			      string[] = { 1, 0, 0, 0, 0, 0xfffffff0, 0x3a3a312e },
			      proof[] = { 1, 0, 0, 0xfffffff0, 0, 0 };
	static const struct {
		const uint32_t *words;
		size_t count;
	} answers[] = {
		[ANSWER_PORT] = { port, ARRAY_SIZE(port) },
		[ANSWER_ADDRESS] = { address, ARRAY_SIZE(address) },
		[ANSWER_NO_PORT] = { none, ARRAY_SIZE(none) },
		[ANSWER_HIGH_PORT] = { high, ARRAY_SIZE(high) },
		[ANSWER_NOTHING] = { nothing, ARRAY_SIZE(nothing) },
		[ANSWER_MISMATCH] = { mismatch, ARRAY_SIZE(mismatch) },
		[ANSWER_UNAVAIL] = { unavail, ARRAY_SIZE(unavail) },
		[ANSWER_DENIED] = { denied, ARRAY_SIZE(denied) },
		[ANSWER_GARBAGE] = { garbage, ARRAY_SIZE(garbage) },
		[ANSWER_LONG] = { string, ARRAY_SIZE(string) },
		[ANSWER_LONG_PROOF] = { proof, ARRAY_SIZE(proof) },
		[ANSWER_LONG_RECORD] = { nothing, ARRAY_SIZE(nothing) },
	};

	if (manner == ANSWER_ONLY_3)
		manner = call[19] == 3 ? ANSWER_ADDRESS : ANSWER_MISMATCH;
	memcpy(to, call, 4); /* xid */
	return 4 + put(to + 4, answers[manner].words, answers[manner].count);
}

static void pause_ms(int ms)
{
	(void)poll(NULL, 0, ms);
}

/* Both keep a client busy that waits for each piece anew; until the test kills us. */
static void drip(int fd)
{
	static const unsigned char mark[] = { 0x80, 0, 3, 0xe8 };

	(void)!send(fd, mark, sizeof(mark), MSG_NOSIGNAL);
	for (;;) {
		pause_ms(SHORT_MS / 4);
		(void)!send(fd, "", 1, MSG_NOSIGNAL);
	}
}

static void answer_others(int fd, const unsigned char *answer, size_t size, const struct sockaddr_storage *to,
			  socklen_t to_size)
{
	for (;;) {
		(void)!sendto(fd, answer, size, MSG_NOSIGNAL, to_size ? (const struct sockaddr *)to : NULL, to_size);
		pause_ms(SHORT_MS / 4);
	}
}

static size_t make_record(enum manner manner, const unsigned char *call, unsigned char *to)
{
	size_t size = make_answer(manner == STRANGE ? ANSWER_NOTHING : manner, call, to + 4);
	uint32_t mark = 0x80000000u | (manner == ANSWER_LONG_RECORD ? 0x7fffffffu : (uint32_t)size);

	to[4] ^= manner == STRANGE;
	return put(to, &mark, 1) + size;
}

/* The same record in fragments of a word. */
static size_t cut(const unsigned char *record, size_t size, unsigned char *to)
{
	unsigned char *at = to;

	for (size_t i = 4; i < size; i += 4, at += 8) {
		put(at, (uint32_t[]){ i + 4 < size ? 4 : 0x80000004u }, 1);
		memcpy(at + 4, record + i, 4);
	}
	return (size_t)(at - to);
}

/* A call is answered in the manner; what was asked goes to the pipe. */
static void answer_one(int listener, enum rpc_transport transport, enum manner manner, int report)
{
	unsigned char call[2048], answer[128], pieces[256], *begin = answer;
	struct sockaddr_storage peer = { 0 };
	socklen_t size = sizeof(peer);
	int fd = transport == RPC_TCP ? accept(listener, NULL, NULL) : listener;
	size_t mark = transport == RPC_TCP ? 4 : 0, length;
	ssize_t got = recvfrom(fd, call, sizeof(call), 0, (struct sockaddr *)&peer, &size);

	if (got <= (ssize_t)mark || write(report, call + mark, (size_t)got - mark) < 0)
		_exit(1);
	if (transport == RPC_TCP)
		size = 0;
	if (manner == HANG_UP)
		_exit(0);
	if (manner == DRIP)
		drip(fd);
	if (manner == SILENCE)
		return;
	length = make_record(manner == ANSWER_PIECES ? ANSWER_PORT : manner, call + mark, answer);
	if (transport == RPC_UDP) {
		begin += 4;
		length -= 4;
	} else if (manner == ANSWER_PIECES) {
		length = cut(answer, length, pieces);
		begin = pieces;
	}
	if (manner == STRANGE)
		answer_others(fd, begin, length, &peer, size);
	(void)!sendto(fd, begin, length, MSG_NOSIGNAL, size ? (struct sockaddr *)&peer : NULL, size);
}

static void serve(int listener, enum rpc_transport transport, enum manner manner, int report)
{
	if (manner == LOSE_FIRST) {
		answer_one(listener, transport, SILENCE, report);
		manner = ANSWER_PORT;
	}
	for (;;) /* until the test kills us */
		answer_one(listener, transport, manner, report);
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
		{ AF_INET, ANSWER_PIECES, 0, 2050, LIMIT_MS },
		{ AF_INET, ANSWER_NO_PORT, -EOPNOTSUPP, 0, LIMIT_MS },
		{ AF_INET, ANSWER_UNAVAIL, -EOPNOTSUPP, 0, LIMIT_MS },
		{ AF_INET, ANSWER_MISMATCH, -EPROTONOSUPPORT, 0, LIMIT_MS },
		{ AF_INET, ANSWER_DENIED, -EACCES, 0, LIMIT_MS },
		{ AF_INET, ANSWER_NOTHING, -EPROTO, 0, LIMIT_MS },
		{ AF_INET, ANSWER_HIGH_PORT, -EPROTO, 0, LIMIT_MS },
		{ AF_INET, SILENCE, -ETIMEDOUT, 0, SHORT_MS },
		{ AF_INET, ANSWER_ONLY_3, 0, 2050, LIMIT_MS },
		{ AF_INET6, ANSWER_ADDRESS, 0, 2050, LIMIT_MS },
		{ AF_INET6, ANSWER_ONLY_3, 0, 2050, LIMIT_MS },
		{ AF_INET6, ANSWER_MISMATCH, -EPROTONOSUPPORT, 0, LIMIT_MS },
		{ AF_INET6, ANSWER_LONG, -EPROTO, 0, LIMIT_MS },
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
	assert_int_equal(rpc_ping(&to, 100003, 3, clock_ms() + LIMIT_MS, &e), -ECONNRESET);
	stop(&server);
	start(&server, AF_INET, RPC_TCP, ANSWER_GARBAGE);
	assert_int_equal(rpc_ping(&to, 100003, 3, clock_ms() + LIMIT_MS, &e), -EPROTO);
	stop(&server);
	start(&server, AF_INET, RPC_TCP, ANSWER_NOTHING);
	assert_int_equal(rpc_ping(&to, 100003, 3, clock_ms() + LIMIT_MS, &e), 0);
	stop(&server);
}

/* Whatever it sends, a call ends at its deadline or before. */
static void a_hostile_server_costs_no_more_than_the_deadline(void **state)
{
	static const struct {
		enum manner manner;
		enum rpc_transport transport;
		int result;
	} cases[] = {
		{ DRIP, RPC_TCP, -ETIMEDOUT },		 { STRANGE, RPC_TCP, -EPROTO },
		{ STRANGE, RPC_UDP, -ETIMEDOUT },	 { ANSWER_LONG, RPC_TCP, -EPROTO },
		{ ANSWER_LONG, RPC_UDP, -EPROTO },	 { ANSWER_LONG_PROOF, RPC_TCP, -EPROTO },
		{ ANSWER_LONG_PROOF, RPC_UDP, -EPROTO }, { ANSWER_LONG_RECORD, RPC_TCP, -EPROTO },
		{ ANSWER_GARBAGE, RPC_UDP, -EPROTO },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int limit_ms = cases[i].result == -ETIMEDOUT ? SHORT_MS : LIMIT_MS;
		struct server server;
		uint16_t port;
		struct error e;

		start(&server, AF_INET, cases[i].transport, cases[i].manner);
		alarm(ENDLESS_S);
		assert_int_equal(rpc_find_port((struct sockaddr *)&server.address, server.size, server.port,
					       cases[i].transport, 100003, 3, clock_ms() + limit_ms, &port, &e),
				 cases[i].result);
		alarm(0);
		stop(&server);
	}
}

static void a_lost_datagram_is_sent_again(void **state)
{
	struct server server;
	uint16_t port = 0;
	struct error e;

	(void)state;
	start(&server, AF_INET, RPC_UDP, LOSE_FIRST);
	assert_int_equal(rpc_find_port((struct sockaddr *)&server.address, server.size, server.port, RPC_UDP, 100003, 3,
				       clock_ms() + LIMIT_MS, &port, &e),
			 0);
	assert_int_equal(port, 2050);
	stop(&server);
}

static void unmount_names_the_path_as_root(void **state)
{
	static const unsigned char program[] = { 0, 1, 0x86, 0xa5, 0, 0, 0, 3, 0, 0, 0, 3 },
				   auth_unix[] = { 0, 0, 0, 1 },
				   /* uid, gid, no other groups; then the verifier AUTH_NONE, and the path */
		end[] = "\0\0\0\0"
			"\0\0\0\0"
			"\0\0\0\0"
			"\0\0\0\0\0\0\0\0"
			"\0\0\0\10/srv/a b";

	(void)state;
	for (enum rpc_transport transport = RPC_TCP; transport <= RPC_UDP; transport++) {
		struct server server;
		struct rpc_endpoint to = { (struct sockaddr *)&server.address, 0, transport };
		unsigned char call[2048];
		ssize_t size;
		struct error e;

		start(&server, AF_INET, transport, ANSWER_NOTHING);
		to.size = server.size;
		assert_int_equal(rpc_unmount(&to, 3, "/srv/a b", clock_ms() + LIMIT_MS, &e), 0);
		size = read(server.report, call, sizeof(call));
		stop(&server);
		assert_true(size > 28 + (ssize_t)sizeof(end));
		/* xid, CALL, RPC version, then program, version and procedure, and the credential */
		assert_memory_equal(call + 12, program, sizeof(program));
		assert_memory_equal(call + 24, auth_unix, sizeof(auth_unix));
		assert_memory_equal(call + size - (sizeof(end) - 1), end, sizeof(end) - 1);
	}
}

static void a_path_has_a_longest(void **state)
{
	struct server server;
	struct rpc_endpoint to = { (struct sockaddr *)&server.address, 0, RPC_UDP };
	char path[1026];
	struct error e;

	(void)state;
	memset(path, '/', sizeof(path));
	path[1025] = '\0';
	start(&server, AF_INET, RPC_UDP, ANSWER_NOTHING);
	to.size = server.size;
	assert_int_equal(rpc_unmount(&to, 3, path, clock_ms() + LIMIT_MS, &e), -EINVAL);
	path[1024] = '\0';
	assert_int_equal(rpc_unmount(&to, 3, path, clock_ms() + LIMIT_MS, &e), 0);
	stop(&server);
}

/* The sentence of a failure is for people: whom we asked, for what, and what to do. */
static void a_failure_names_the_service_and_what_to_do(void **state)
{
	struct server server;
	struct rpc_endpoint to = { (struct sockaddr *)&server.address, 0, RPC_UDP };
	char where[64];
	struct error e;

	(void)state;
	start(&server, AF_INET, RPC_UDP, SILENCE);
	stop(&server);
	to.size = server.size;
	snprintf(where, sizeof(where), "at 127.0.0.1:%u by udp", server.port);
	assert_int_equal(rpc_unmount(&to, 3, "/srv", clock_ms() + LIMIT_MS, &e), -ECONNREFUSED);
	assert_non_null(strstr(e.text, "mountd (RPC program 100005 version 3)"));
	assert_non_null(strstr(e.text, where));
	assert_non_null(strstr(e.text, "start that service there"));
}

static void universal_addresses_are_read_strictly(void **state)
{
	static const struct {
		const char *text;
		int result;
		uint16_t port;
	} cases[] = {
		{ "192.0.2.1.8.1", 0, 2049 },
		{ "::1.8.1", 0, 2049 },
		{ "0.0.0.0.0.0", 0, 0 },
		{ "::.255.255", 0, 65535 },
		{ "", -EPROTO, 0 },
		{ ".8.1", -EPROTO, 0 },
		{ "8.1", -EPROTO, 0 },
		{ "::1.8.256", -EPROTO, 0 },
		{ "::1.8.", -EPROTO, 0 },
		{ "::1.8.1 ", -EPROTO, 0 },
		{ "::1.08.1", -EPROTO, 0 },
		{ "::1.-8.1", -EPROTO, 0 },
		{ "fe80::1%eth0.100.8.1", 0, 2049 },
		{ "::ffff:192.0.2.1.8.1", 0, 2049 },
		{ "fe80::1%.8.1", -EPROTO, 0 },
		{ "example.com.8.1", -EPROTO, 0 },
		{ "192.0.2.8.1", -EPROTO, 0 },
		{ "::1.8.0001", -EPROTO, 0 },
		{ "192.0.2.1.2049", -EPROTO, 0 },
		{ "::1.8.0x1", -EPROTO, 0 },
		{ "::1..1", -EPROTO, 0 },
		{ "2049", -EPROTO, 0 },
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
		cmocka_unit_test(a_hostile_server_costs_no_more_than_the_deadline),
		cmocka_unit_test(a_lost_datagram_is_sent_again),
		cmocka_unit_test(unmount_names_the_path_as_root),
		cmocka_unit_test(a_path_has_a_longest),
		cmocka_unit_test(a_failure_names_the_service_and_what_to_do),
		cmocka_unit_test(universal_addresses_are_read_strictly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
