/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hostile-peer: all that hostile.h can do to the agent of a kernel's server, as a client, or to the agent of a kernel's
 * client, as a server: the AUTH_TLS probe, as it has to be, and then the attack.  One line for each.
 */
#include "tests/peer/hostile.h"
#include "tests/peer/peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PROGRAM "hostile-peer"
#define LIMIT_MS 15000

static void __attribute__((noreturn)) usage(void)
{
	fprintf(stderr,
		"usage: " PROGRAM " client HOST PORT FIRST-SOURCE ATTACK...\n"
		"         each from another IPv6 address: FIRST-SOURCE with another third word, so of another /48\n"
		"       " PROGRAM " server ADDRESS PORT ATTACK\n"
		"       " PROGRAM " list client|server\n");
	exit(2);
}

static void __attribute__((noreturn)) give_up(const char *what)
{
	fprintf(stderr, PROGRAM ": %s: %s\n", what, strerror(errno));
	exit(1);
}

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static const struct hostile_attack *attack_named(const char *name, unsigned int role)
{
	const struct hostile_attack *attack = hostile_find(name);

	if (attack && attack->roles & role)
		return attack;
	fprintf(stderr, PROGRAM ": there is no attack %s\n", name);
	exit(2);
}

static int receive_all(int fd, unsigned char *to, size_t size)
{
	while (size) {
		ssize_t n = recv(fd, to, size, 0);

		if (n <= 0)
			return -1;
		to += n;
		size -= (size_t)n;
	}
	return 0;
}

/* One record; its size, or 0 when there is none. */
static size_t receive_record(int fd, unsigned char record[PEER_REPLY_MAX])
{
	size_t size;

	if (receive_all(fd, record, 4))
		return 0;
	size = peer_record_size(record, PEER_REPLY_MAX);
	return size && !receive_all(fd, record, size) ? size : 0;
}

/* ---- as a client ------------------------------------------------------------ */

static void find(const char *host, const char *port, struct sockaddr_storage *address, socklen_t *size)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *found;

	if (getaddrinfo(host, port, &hints, &found)) {
		fprintf(stderr, PROGRAM ": no address for %s\n", host);
		exit(2);
	}
	memcpy(address, found->ai_addr, found->ai_addrlen);
	*size = found->ai_addrlen;
	freeaddrinfo(found);
}

static int open_connection(char **arguments, unsigned int number)
{
	struct sockaddr_storage to, from;
	socklen_t to_size, from_size;
	struct timeval limit = { .tv_sec = 30 };
	int fd, on = 1;

	find(arguments[0], arguments[1], &to, &to_size);
	find(arguments[2], NULL, &from, &from_size);
	if (from.ss_family == AF_INET6)
		((struct sockaddr_in6 *)&from)->sin6_addr.s6_addr[5] = (unsigned char)number;
	fd = socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, IPPROTO_IPV6, IPV6_FREEBIND, &on, sizeof(on)); /* a network can be this host's, by a route */
	if (bind(fd, (struct sockaddr *)&from, from_size) || connect(fd, (struct sockaddr *)&to, to_size))
		give_up("connect");
	return fd;
}

static void probe(int fd)
{
	unsigned char call[PEER_CALL_SIZE], reply[PEER_REPLY_MAX];
	struct peer_failure failure;
	size_t size;

	peer_put_null_call(call, 1, PEER_AUTH_TLS);
	if (send(fd, call, sizeof(call), MSG_NOSIGNAL) != sizeof(call))
		give_up("probe");
	size = receive_record(fd, reply);
	if (!size || peer_check_reply(reply, size, 1, true, &failure))
		give_up("the server does not answer STARTTLS");
}

static int run_client(char **arguments, char **attacks)
{
	int left = 0;

	for (unsigned int i = 0; attacks[i]; i++) {
		const struct hostile_attack *attack = attack_named(attacks[i], HOSTILE_AS_CLIENT);
		int fd = open_connection(arguments, i), r;
		long long begin;

		probe(fd);
		begin = now_ms();
		r = hostile_run(attack, HOSTILE_AS_CLIENT, fd, LIMIT_MS);
		printf("%s %s after %lld ms\n", attack->name, r ? "is still there" : "ended", now_ms() - begin);
		fflush(stdout);
		left += r < 0;
		close(fd);
	}
	return left > 0;
}

/* ---- as a server ------------------------------------------------------------ */

/* NULL calls, until one of them is the probe. */
static int answer_probe(int fd)
{
	unsigned char call[PEER_REPLY_MAX], reply[PEER_REPLY_MAX];
	struct peer_call read = { 0 };

	while (read.flavor != PEER_AUTH_TLS) {
		size_t size = receive_record(fd, call);

		if (!size || !peer_read_call(call, size, &read))
			return -1;
		size = peer_put_reply(reply, read.xid, PEER_SUCCESS, read.flavor == PEER_AUTH_TLS, 4);
		if (send(fd, reply, size, MSG_NOSIGNAL) != (ssize_t)size)
			return -1;
	}
	return 0;
}

static void __attribute__((noreturn)) serve(const struct hostile_attack *attack, int fd)
{
	int r = answer_probe(fd);

	if (!r)
		r = hostile_run(attack, HOSTILE_AS_SERVER, fd, LIMIT_MS);
	printf("%s %s\n", attack->name, r ? "is still there" : "ended");
	exit(0);
}

static int run_server(char **arguments)
{
	const struct hostile_attack *attack = attack_named(arguments[2], HOSTILE_AS_SERVER);
	struct sockaddr_storage address;
	int one = 1, listener, fd;
	socklen_t size;

	find(arguments[0], arguments[1], &address, &size);
	listener = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 16) ||
	    getsockname(listener, (struct sockaddr *)&address, &size))
		give_up("listen");
	signal(SIGCHLD, SIG_IGN);
	/* In the same place for both families. */
	printf("listening %u\n", ntohs(((struct sockaddr_in *)&address)->sin_port));
	fflush(stdout);
	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		if (!fork())
			serve(attack, fd);
		close(fd);
	}
	give_up("accept");
}

static int list(const char *role)
{
	unsigned int roles = !strcmp(role, "server") ? HOSTILE_AS_SERVER : HOSTILE_AS_CLIENT;

	for (size_t i = 0; i < hostile_attack_count; i++)
		if (hostile_attacks[i].roles & roles)
			printf("%s\n", hostile_attacks[i].name);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc >= 6 && !strcmp(argv[1], "client"))
		return run_client(argv + 2, argv + 5);
	if (argc == 5 && !strcmp(argv[1], "server"))
		return run_server(argv + 2);
	if (argc == 3 && !strcmp(argv[1], "list"))
		return list(argv[2]);
	usage();
}
