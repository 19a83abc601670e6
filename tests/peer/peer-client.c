/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * peer-client: an RPC-with-TLS client that is not ours: the AUTH_TLS probe, a
 * TLS 1.3 handshake with OpenSSL, one encrypted NULL call, close.  Once, many
 * times at once, or stopping half way to see what that costs others.
 *
 * With --jobs K there are K processes, each with one session after the other:
 * what is measured is then the server, not the cleverness of this loop.
 */
#include "tests/peer/peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROGRAM "peer-client"
#define FAILURES_SHOWN 3
#define ECHO_LINE "encrypted\n"

enum stage { STAGE_NONE, STAGE_CONNECT, STAGE_STARTTLS, STAGE_CLIENTHELLO };

struct plan {
	const char *host, *port;
	struct sockaddr_storage address, source;
	socklen_t address_size, source_size; /* source_size 0: the kernel chooses */
	const char *name;
	const char *alpn; /* NULL: none */
	const char *certificate, *key, *authorities, *tls_max;
	bool plain_tls, echo, close_at_certificate;
	enum stage stop_after;
	bool persist, low_ports;
	long hold, count, jobs, seconds, timeout, spread, spread_bits;
	SSL_CTX *context;
};

/* What a session found, for the line that a single one prints. */
struct session {
	int socket;
	SSL *ssl;
	bool certificate_requested;
	int tickets;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- one session ----------------------------------------------------- */

/* With --spread, of the addresses that begin with the one to bind the next; they differ in the last of spread_bits. */
static void spread_source(const struct plan *plan, struct sockaddr_storage *source)
{
	static unsigned long opened;
	unsigned char *bytes = ((struct sockaddr_in6 *)source)->sin6_addr.s6_addr;
	unsigned long number = opened++ % (unsigned long)plan->spread;

	if (source->ss_family != AF_INET6)
		return;
	for (long at = plan->spread_bits / 8 - 1; number && at >= 0; at--, number >>= 8)
		bytes[at] = (unsigned char)(bytes[at] + (number & 0xff));
}

/* Below 1024, as the kernel's are; the next when one is taken. */
static int bind_low_port(int fd, struct sockaddr_storage *source, socklen_t size)
{
	static in_port_t next = 1023;

	for (int tries = 0; tries < 512; tries++) {
		/* In the same place for both families. */
		((struct sockaddr_in *)source)->sin_port = htons(next);
		next = next > 512 ? (in_port_t)(next - 1) : 1023;
		if (!bind(fd, (const struct sockaddr *)source, size))
			return 0;
		if (errno != EADDRINUSE)
			return -1;
	}
	return -1;
}

static int bind_socket(const struct plan *plan, int fd)
{
	struct sockaddr_storage source = plan->source;
	int on = 1;

	if (plan->spread) {
		/* A network can be this host's as a whole, by a route. */
		setsockopt(fd, IPPROTO_IPV6, IPV6_FREEBIND, &on, sizeof(on));
		spread_source(plan, &source);
	}
	return plan->low_ports ? bind_low_port(fd, &source, plan->source_size) :
				 bind(fd, (const struct sockaddr *)&source, plan->source_size);
}

static int open_socket(const struct plan *plan, int flags)
{
	int on = 1, fd = socket(plan->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
	struct timeval limit = { .tv_sec = plan->timeout };

	if (fd < 0)
		return -1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (plan->source_size && bind_socket(plan, fd)) {
		close(fd);
		return -1;
	}
	return fd;
}

static int begin_connect(const struct plan *plan, int fd)
{
	return connect(fd, (const struct sockaddr *)&plan->address, plan->address_size);
}

static int connect_socket(const struct plan *plan, struct session *session, struct peer_failure *failure)
{
	session->socket = open_socket(plan, 0);
	if (session->socket < 0 || begin_connect(plan, session->socket))
		return peer_fail(failure, "connect: %s", strerror(errno));
	return 0;
}

static int receive_all(int fd, unsigned char *to, size_t size, struct peer_failure *failure)
{
	while (size) {
		ssize_t n = recv(fd, to, size, 0);

		if (n <= 0)
			return peer_fail(failure, "probe: %s", n ? strerror(errno) : "closed by the peer");
		to += n;
		size -= (size_t)n;
	}
	return 0;
}

static int probe(struct session *session, struct peer_failure *failure)
{
	unsigned char call[PEER_CALL_SIZE], reply[PEER_REPLY_MAX];
	const uint32_t xid = 0x12345678;
	size_t size;

	peer_put_null_call(call, xid, PEER_AUTH_TLS);
	if (send(session->socket, call, sizeof(call), MSG_NOSIGNAL) != sizeof(call))
		return peer_fail(failure, "probe: %s", strerror(errno));
	if (receive_all(session->socket, reply, 4, failure))
		return -1;
	size = peer_record_size(reply, sizeof(reply));
	if (!size)
		return peer_fail(failure, "probe: the answer is not an RPC record");
	if (receive_all(session->socket, reply, size, failure))
		return -1;
	return peer_check_reply(reply, size, xid, true, failure);
}

static int set_name(SSL *ssl, const char *name)
{
	unsigned char binary[16];

	if (inet_pton(AF_INET, name, binary) == 1 || inet_pton(AF_INET6, name, binary) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name);
	return SSL_set_tlsext_host_name(ssl, name) && SSL_set1_host(ssl, name);
}

static int set_alpn(SSL *ssl, const char *alpn)
{
	unsigned char wire[256];
	size_t size = strlen(alpn);

	if (size > sizeof(wire) - 1)
		return 0;
	wire[0] = (unsigned char)size;
	memcpy(wire + 1, alpn, size);
	/* Unlike its neighbours this function returns 0 when all is well. */
	return !SSL_set_alpn_protos(ssl, wire, (unsigned int)size + 1);
}

static int prepare_tls(const struct plan *plan, struct session *session, struct peer_failure *failure)
{
	session->ssl = SSL_new(plan->context);
	if (!session->ssl || !SSL_set_app_data(session->ssl, session) || !SSL_set_fd(session->ssl, session->socket) ||
	    !set_name(session->ssl, plan->name) || (plan->alpn && !set_alpn(session->ssl, plan->alpn)))
		return peer_fail(failure, "cannot prepare a TLS session");
	SSL_set_connect_state(session->ssl);
	return 0;
}

static int check_alpn(const struct plan *plan, SSL *ssl, struct peer_failure *failure)
{
	const unsigned char *chosen;
	unsigned int size;

	if (!plan->alpn || plan->plain_tls)
		return 0;
	SSL_get0_alpn_selected(ssl, &chosen, &size);
	if (size != strlen(plan->alpn) || memcmp(chosen, plan->alpn, size))
		return peer_fail(failure, "handshake: the server did not choose ALPN %s", plan->alpn);
	return 0;
}

static int handshake(const struct plan *plan, struct session *session, struct peer_failure *failure)
{
	int r;

	if (prepare_tls(plan, session, failure))
		return -1;
	errno = 0;
	r = SSL_connect(session->ssl);
	if (r != 1)
		return peer_fail_tls(failure, session->ssl, r, "handshake");
	return check_alpn(plan, session->ssl, failure);
}

static int exchange(SSL *ssl, const void *call, size_t call_size, unsigned char *reply, size_t reply_size,
		    const char *what, struct peer_failure *failure)
{
	int r;

	errno = 0;
	/* A peer that refused us has closed the connection; why it did so is still to be read, so read on. */
	if (call_size && SSL_write(ssl, call, (int)call_size) <= 0)
		ERR_clear_error();
	while (reply_size) {
		r = SSL_read(ssl, reply, (int)reply_size);
		if (r <= 0)
			return peer_fail_tls(failure, ssl, r, what);
		reply += r;
		reply_size -= (size_t)r;
	}
	return 0;
}

static int encrypted_null(SSL *ssl, struct peer_failure *failure)
{
	static const char what[] = "encrypted call";
	unsigned char call[PEER_CALL_SIZE], reply[PEER_REPLY_MAX];
	const uint32_t xid = 0x23456789;
	size_t size;

	peer_put_null_call(call, xid, 0);
	if (exchange(ssl, call, sizeof(call), reply, 4, what, failure))
		return -1;
	size = peer_record_size(reply, sizeof(reply));
	if (!size)
		return peer_fail(failure, "%s: the answer is not an RPC record", what);
	if (exchange(ssl, NULL, 0, reply, size, what, failure))
		return -1;
	return peer_check_reply(reply, size, xid, false, failure);
}

static int encrypted_echo(SSL *ssl, struct peer_failure *failure)
{
	unsigned char reply[sizeof(ECHO_LINE) - 1];

	if (exchange(ssl, ECHO_LINE, sizeof(reply), reply, sizeof(reply), "echo", failure))
		return -1;
	if (memcmp(reply, ECHO_LINE, sizeof(reply)))
		return peer_fail(failure, "echo: other bytes came back");
	return 0;
}

static int talk(const struct plan *plan, struct session *session, struct peer_failure *failure)
{
	int r;

	if (connect_socket(plan, session, failure))
		return -1;
	if (!plan->plain_tls && probe(session, failure))
		return -1;
	if (handshake(plan, session, failure))
		return -1;
	r = !plan->plain_tls ? encrypted_null(session->ssl, failure) :
	    plan->echo	     ? encrypted_echo(session->ssl, failure) :
			       0;
	if (!r)
		SSL_shutdown(session->ssl); /* says close_notify and does not wait for the peer's */
	return r;
}

static void session_end(struct session *session)
{
	SSL_free(session->ssl);
	if (session->socket >= 0)
		close(session->socket);
}

static void describe(const struct plan *plan, const struct session *session)
{
	const unsigned char *alpn;
	unsigned int size;

	SSL_get0_alpn_selected(session->ssl, &alpn, &size);
	printf("session tls=%s cipher=%s alpn=%.*s certificate-requested=%s certificate-sent=%s tickets=%d\n",
	       SSL_get_version(session->ssl), SSL_get_cipher_name(session->ssl), size ? (int)size : 1,
	       size ? (const char *)alpn : "-", session->certificate_requested ? "yes" : "no",
	       session->certificate_requested && plan->certificate ? "yes" : "no", session->tickets);
}

static int run_session(const struct plan *plan, bool tell, struct peer_failure *failure)
{
	struct session session = { .socket = -1 };
	int r = talk(plan, &session, failure);

	if (!r && tell)
		describe(plan, &session);
	session_end(&session);
	return r;
}

/* ---- many sessions --------------------------------------------------- */

struct tally {
	long sessions, failed;
};

static struct tally run_job(const struct plan *plan, long count)
{
	const double end = plan->seconds ? now() + (double)plan->seconds : 0;
	struct tally tally = { 0 };

	while (end > 0 ? now() < end : tally.sessions < count) {
		struct peer_failure failure;

		tally.sessions++;
		if (run_session(plan, plan->count == 1 && !plan->seconds, &failure) && tally.failed++ < FAILURES_SHOWN)
			fprintf(stderr, PROGRAM ": %s port %s: %s\n", plan->host, plan->port, failure.reason);
	}
	return tally;
}

/* All jobs begin when the gate, which all of them read, is closed by their parent. */
static pid_t start_job(const struct plan *plan, long count, const int gate[2], const int results[2])
{
	pid_t pid = fork();
	struct tally tally;
	char byte;

	if (pid)
		return pid;
	close(gate[1]);
	if (read(gate[0], &byte, 1) != 0)
		_exit(1);
	tally = run_job(plan, count);
	fflush(stdout);
	_exit(write(results[1], &tally, sizeof(tally)) != sizeof(tally));
}

static int run_jobs(const struct plan *plan)
{
	int gate[2], results[2], status;
	struct tally tally = { 0 }, one;
	long reported = 0;
	double begin, took;

	if (pipe(gate) || pipe(results)) {
		perror(PROGRAM ": pipe");
		return 1;
	}
	for (long i = 0; i < plan->jobs; i++) {
		long share = plan->count / plan->jobs + (i < plan->count % plan->jobs);

		if (start_job(plan, share, gate, results) < 0) {
			perror(PROGRAM ": fork");
			return 1;
		}
	}
	close(results[1]);
	begin = now();
	close(gate[1]);
	while (read(results[0], &one, sizeof(one)) == sizeof(one)) {
		tally.sessions += one.sessions;
		tally.failed += one.failed;
		reported++;
	}
	took = now() - begin;
	while (wait(&status) > 0)
		;
	printf("sessions=%ld failed=%ld seconds=%.3f per_second=%.1f\n", tally.sessions, tally.failed, took,
	       took > 0 ? (double)(tally.sessions - tally.failed) / took : 0.0);
	if (reported != plan->jobs)
		fprintf(stderr, PROGRAM ": %ld of %ld jobs did not report\n", plan->jobs - reported, plan->jobs);
	return tally.failed || reported != plan->jobs || !tally.sessions;
}

/* ---- connections that stop half way ---------------------------------- */

/*
 * Each connection goes connecting -> (probe sent) asking -> stopped.  What the
 * server thinks of it is counted; with --persist a connection that the server
 * ended is replaced at once, as somebody who means harm would do.  A connection
 * that cannot even be made ends the program: then it holds nothing.
 */
enum held_state { HELD_UNUSED, HELD_CONNECTING, HELD_ASKING, HELD_STOPPED, HELD_GONE, HELD_REFUSED };

struct held {
	enum held_state state;
	struct session session;
};

struct hold_count {
	long answered, ended, reopened;
};

static volatile sig_atomic_t told_to_end;

static void on_signal(int number)
{
	(void)number;
	told_to_end = 1;
}

static void held_begin(const struct plan *plan, struct held *held)
{
	session_end(&held->session);
	*held = (struct held){ .state = HELD_CONNECTING };
	held->session.socket = open_socket(plan, SOCK_NONBLOCK);
	if (held->session.socket >= 0 && (!begin_connect(plan, held->session.socket) || errno == EINPROGRESS))
		return;
	perror(PROGRAM ": connect");
	held->state = HELD_REFUSED;
}

static void held_connected(const struct plan *plan, struct held *held)
{
	unsigned char call[PEER_CALL_SIZE];
	int problem = 0;
	socklen_t size = sizeof(problem);

	getsockopt(held->session.socket, SOL_SOCKET, SO_ERROR, &problem, &size);
	if (problem) {
		fprintf(stderr, PROGRAM ": %s port %s: %s\n", plan->host, plan->port, strerror(problem));
		held->state = HELD_REFUSED;
		return;
	}
	held->state = HELD_STOPPED;
	if (plan->stop_after == STAGE_CONNECT)
		return;
	peer_put_null_call(call, 1, PEER_AUTH_TLS);
	held->state = HELD_ASKING;
	if (send(held->session.socket, call, sizeof(call), MSG_NOSIGNAL) < 0)
		held->state = HELD_GONE;
}

static void held_readable(const struct plan *plan, struct held *held, struct hold_count *count)
{
	unsigned char bytes[512];
	struct peer_failure failure;
	ssize_t n = recv(held->session.socket, bytes, sizeof(bytes), 0);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		held->state = HELD_GONE;
		return;
	}
	if (held->state != HELD_ASKING)
		return;
	count->answered++;
	held->state = HELD_STOPPED;
	/* One step of a handshake on a socket that does not wait is the ClientHello. */
	if (plan->stop_after == STAGE_CLIENTHELLO && !prepare_tls(plan, &held->session, &failure))
		SSL_do_handshake(held->session.ssl);
}

static void held_step(const struct plan *plan, struct held *held, struct hold_count *count)
{
	if (held->state == HELD_CONNECTING)
		held_connected(plan, held);
	else
		held_readable(plan, held, count);
	if (held->state != HELD_GONE)
		return;
	count->ended++;
	session_end(&held->session);
	held->session = (struct session){ .socket = -1 };
	if (plan->persist && !told_to_end) {
		count->reopened++;
		held_begin(plan, held);
	}
}

static bool any_in(enum held_state state, const struct held *held, long number)
{
	for (long i = 0; i < number; i++)
		if (held[i].state == state)
			return true;
	return false;
}

/* In place: it sent its probe (or connected, to stop there).  The server may not have answered yet. */
static bool all_in_place(const struct held *held, long number)
{
	return !any_in(HELD_CONNECTING, held, number) && !any_in(HELD_REFUSED, held, number);
}

static bool input_is_a_pipe(void)
{
	struct stat st;

	return !fstat(STDIN_FILENO, &st) && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

static void poll_held(const struct plan *plan, struct held *held, struct pollfd *fds, struct hold_count *count)
{
	for (long i = 0; i < plan->hold; i++)
		fds[i] = (struct pollfd){ .fd = held[i].session.socket,
					  .events = held[i].state == HELD_CONNECTING ? POLLOUT : POLLIN };
	if (poll(fds, (nfds_t)plan->hold + 1, -1) < 0)
		return;
	for (long i = 0; i < plan->hold; i++)
		if (fds[i].revents)
			held_step(plan, &held[i], count);
	if (fds[plan->hold].revents)
		told_to_end = 1;
}

static int hold_connections(const struct plan *plan)
{
	struct held *held = calloc((size_t)plan->hold, sizeof(*held));
	struct pollfd *fds = calloc((size_t)plan->hold + 1, sizeof(*fds));
	struct hold_count count = { 0 };
	bool told = false;

	if (!held || !fds)
		return 1;
	fds[plan->hold] = (struct pollfd){ .fd = input_is_a_pipe() ? STDIN_FILENO : -1, .events = POLLIN };
	for (long i = 0; i < plan->hold; i++) {
		held[i].session.socket = -1;
		held_begin(plan, &held[i]);
	}
	while (!told_to_end && !any_in(HELD_REFUSED, held, plan->hold)) {
		poll_held(plan, held, fds, &count);
		if (!told && all_in_place(held, plan->hold)) {
			printf("holding %ld ended=%ld\n", plan->hold, count.ended);
			fflush(stdout);
			told = true;
		}
	}
	printf("held %ld answered=%ld ended=%ld reopened=%ld\n", plan->hold, count.answered, count.ended,
	       count.reopened);
	for (long i = 0; i < plan->hold; i++)
		session_end(&held[i].session);
	free(held);
	free(fds);
	return !told_to_end;
}

/* ---- options --------------------------------------------------------- */

/* One row per option: its help, and where its value goes. */
enum { OPTION_TEXT, OPTION_FLAG, OPTION_NUMBER, OPTION_STAGE, OPTION_BIND };

static const struct option_row {
	const char *name;
	const char *value;
	const char *help;
	int kind;
	size_t offset;
} rows[] = {
	{ "cert", "FILE", "client certificate, with its intermediates", OPTION_TEXT,
	  offsetof(struct plan, certificate) },
	{ "key", "FILE", "its key", OPTION_TEXT, offsetof(struct plan, key) },
	{ "ca", "FILE", "authorities that may have signed the server's certificate (default: the system's)",
	  OPTION_TEXT, offsetof(struct plan, authorities) },
	{ "name", "NAME", "name or address the server's certificate must have (default: HOST)", OPTION_TEXT,
	  offsetof(struct plan, name) },
	{ "alpn", "TEXT|none", "protocol to offer (default: sunrpc)", OPTION_TEXT, offsetof(struct plan, alpn) },
	{ "tls-max", "1.2|1.3", "the version of TLS, and no other (default: 1.3)", OPTION_TEXT,
	  offsetof(struct plan, tls_max) },
	{ "close-at-certificate", NULL, "end without an alert when the server has shown its certificate", OPTION_FLAG,
	  offsetof(struct plan, close_at_certificate) },
	{ "plain-tls", NULL, "TLS at once: no probe, no RPC", OPTION_FLAG, offsetof(struct plan, plain_tls) },
	{ "echo", NULL, "with --plain-tls: send a line and want it back", OPTION_FLAG, offsetof(struct plan, echo) },
	{ "count", "N", "sessions (default: 1)", OPTION_NUMBER, offsetof(struct plan, count) },
	{ "jobs", "K", "at once (default: 1)", OPTION_NUMBER, offsetof(struct plan, jobs) },
	{ "seconds", "S", "as many sessions as S seconds allow, instead of --count", OPTION_NUMBER,
	  offsetof(struct plan, seconds) },
	{ "timeout", "S", "longest wait for one answer (default: 30)", OPTION_NUMBER, offsetof(struct plan, timeout) },
	{ "stop-after", "connect|starttls|clienthello",
	  "go so far, say \"holding\", and wait for SIGTERM or, if it is a pipe, the end of standard input",
	  OPTION_STAGE, offsetof(struct plan, stop_after) },
	{ "hold", "N", "with --stop-after: connections (default: 1)", OPTION_NUMBER, offsetof(struct plan, hold) },
	{ "persist", NULL, "with --stop-after: replace those that the server ends", OPTION_FLAG,
	  offsetof(struct plan, persist) },
	{ "bind", "ADDRESS", "connect from this address", OPTION_BIND, 0 },
	{ "spread", "N", "with --bind: from so many IPv6 addresses in turn, of which this is the first", OPTION_NUMBER,
	  offsetof(struct plan, spread) },
	{ "spread-bits", "B", "with --spread: they differ in their first B bits, a multiple of 8 (default: 128)",
	  OPTION_NUMBER, offsetof(struct plan, spread_bits) },
	{ "low-ports", NULL, "with --bind: from ports below 1024", OPTION_FLAG, offsetof(struct plan, low_ports) },
};

static void __attribute__((noreturn)) usage(void)
{
	fprintf(stderr, "usage: " PROGRAM " [OPTION]... HOST PORT\n");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		fprintf(stderr, "  --%s%s%s\n        %s\n", rows[i].name, rows[i].value ? " " : "",
			rows[i].value ? rows[i].value : "", rows[i].help);
	exit(2);
}

static enum stage stage_named(const char *word)
{
	static const char *const words[] = { "none", "connect", "starttls", "clienthello" };

	for (size_t i = STAGE_CONNECT; i < ARRAY_SIZE(words); i++)
		if (!strcmp(words[i], word))
			return (enum stage)i;
	fprintf(stderr, PROGRAM ": --stop-after takes connect, starttls or clienthello, not \"%s\"\n", word);
	exit(2);
}

static void find_address(const char *host, const char *port, struct sockaddr_storage *address, socklen_t *size)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = port ? 0 : AI_NUMERICHOST };
	struct addrinfo *found;
	int problem = getaddrinfo(host, port, &hints, &found);

	if (problem) {
		fprintf(stderr, PROGRAM ": no address for %s: %s\n", host, gai_strerror(problem));
		exit(2);
	}
	memcpy(address, found->ai_addr, found->ai_addrlen);
	*size = found->ai_addrlen;
	freeaddrinfo(found);
}

static void take_option(struct plan *plan, const struct option_row *row, const char *value)
{
	void *to = (char *)plan + row->offset;

	switch (row->kind) {
	case OPTION_TEXT:
		*(const char **)to = value;
		break;
	case OPTION_FLAG:
		*(bool *)to = true;
		break;
	case OPTION_NUMBER:
		*(long *)to = peer_number(PROGRAM, row->name, value, 1);
		break;
	case OPTION_STAGE:
		*(enum stage *)to = stage_named(value);
		break;
	case OPTION_BIND:
		find_address(value, NULL, &plan->source, &plan->source_size);
		break;
	}
}

static void read_options(struct plan *plan, int argc, char **argv)
{
	struct option options[ARRAY_SIZE(rows) + 1] = { 0 };
	int found;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		options[i] = (struct option){
			.name = rows[i].name,
			.has_arg = rows[i].value ? required_argument : no_argument,
			.val = (int)i,
		};
	while ((found = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (found == '?')
			usage();
		take_option(plan, &rows[found], optarg);
	}
	if (argc - optind != 2)
		usage();
	plan->host = argv[optind];
	plan->port = argv[optind + 1];
	find_address(plan->host, plan->port, &plan->address, &plan->address_size);
	if (!plan->name)
		plan->name = plan->host;
	if (!strcmp(plan->alpn, "none"))
		plan->alpn = NULL;
}

static int on_certificate_request(SSL *ssl, void *unused)
{
	struct session *session = SSL_get_app_data(ssl);

	(void)unused;
	session->certificate_requested = true;
	return 1;
}

static int on_ticket(SSL *ssl, SSL_SESSION *ticket)
{
	struct session *session = SSL_get_app_data(ssl);

	(void)ticket;
	session->tickets++;
	return 0;
}

static int close_now(int preverified, X509_STORE_CTX *store)
{
	(void)preverified;
	(void)store;
	_exit(1);
}

static SSL_CTX *make_context(const struct plan *plan)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());

	if (!context)
		exit(2);
	peer_set_version(PROGRAM, context, plan->tls_max);
	peer_load(PROGRAM, context, plan->certificate, plan->key, plan->authorities);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, plan->close_at_certificate ? close_now : NULL);
	SSL_CTX_set_cert_cb(context, on_certificate_request, NULL);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(context, on_ticket);
	return context;
}

int main(int argc, char **argv)
{
	struct plan plan = { .alpn = PEER_ALPN, .count = 1, .jobs = 1, .hold = 1, .timeout = 30, .spread_bits = 128 };
	int status;

	read_options(&plan, argc, argv);
	plan.context = make_context(&plan);
	signal(SIGPIPE, SIG_IGN);
	if (plan.stop_after != STAGE_NONE) {
		/* no SA_RESTART: poll must return */
		const struct sigaction action = { .sa_handler = on_signal };

		sigaction(SIGTERM, &action, NULL);
		sigaction(SIGINT, &action, NULL);
		status = hold_connections(&plan);
	} else {
		status = run_jobs(&plan);
	}
	SSL_CTX_free(plan.context);
	return status;
}
