/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * peer-server: an RPC-with-TLS server that is not ours, for the kernel's client
 * and its agent to talk to: answers the AUTH_TLS probe, performs a TLS 1.3
 * handshake with OpenSSL, answers NULL calls.  It serves no files: any other
 * call is answered "no such version", so that a mount fails, but only after
 * it spoke through TLS.  By option it misbehaves.
 *
 * Every step is one line on standard output, also for a test to wait for.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* POLLRDHUP */
#endif
#include "tests/peer/peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PROGRAM "peer-server"
#define CALL_MAX 65536u

enum stage { STAGE_NONE, STAGE_ACCEPT, STAGE_STARTTLS, STAGE_HANDSHAKE };

struct plan {
	const char *address, *port;
	const char *certificate, *key, *authorities, *tls_max;
	const char *only_version;
	bool require_client, no_starttls, refuse_probe, no_program, no_alpn, no_request;
	const char *alpn; /* NULL: the right one */
	enum stage silent_after, close_after;
	uint32_t version; /* 0: any */
	SSL_CTX *context;
};

/* Reading and writing are the same for a clear and an encrypted connection. */
struct connection {
	int socket;
	SSL *ssl; /* NULL: clear */
	unsigned char message[CALL_MAX];
	size_t size;
};

/* ---- records --------------------------------------------------------- */

static bool read_all(struct connection *c, unsigned char *to, size_t size)
{
	while (size) {
		int n = c->ssl ? SSL_read(c->ssl, to, (int)size) : (int)recv(c->socket, to, size, 0);

		if (n <= 0)
			return false;
		to += n;
		size -= (size_t)n;
	}
	return true;
}

static bool write_all(struct connection *c, const unsigned char *from, size_t size)
{
	int n = c->ssl ? SSL_write(c->ssl, from, (int)size) : (int)send(c->socket, from, size, MSG_NOSIGNAL);

	return n == (int)size;
}

/* False at the end of the connection, and for what is no RPC call, after saying which. */
static bool read_call(struct connection *c, struct peer_call *call)
{
	unsigned char mark[4];

	if (!read_all(c, mark, sizeof(mark))) {
		printf("closed by the client\n");
		return false;
	}
	c->size = peer_record_size(mark, sizeof(c->message));
	if (!c->size || !read_all(c, c->message, c->size) || !peer_read_call(c->message, c->size, call)) {
		printf("not an RPC call\n");
		return false;
	}
	return true;
}

/* There are no versions but one, or, for a call that is not NULL, none that NFS has. */
static bool answer(const struct plan *plan, struct connection *c, const struct peer_call *call, bool starttls)
{
	unsigned char reply[PEER_REPLY_MAX];
	enum peer_answer what = PEER_SUCCESS;

	if (plan->refuse_probe && call->flavor == PEER_AUTH_TLS)
		what = PEER_AUTH_ERROR;
	else if (plan->no_program)
		what = PEER_PROG_UNAVAIL;
	else if (call->procedure || (plan->version && call->version != plan->version))
		what = PEER_PROG_MISMATCH;
	return write_all(c, reply,
			 peer_put_reply(reply, call->xid, what, starttls,
					plan->version && !call->procedure ? plan->version : 1));
}

/* ---- steps ----------------------------------------------------------- */

/* Waits for the client to go away, deaf to what it says. */
static void be_silent(const struct connection *c)
{
	struct pollfd fd = { .fd = c->socket, .events = POLLRDHUP };

	printf("silent\n");
	poll(&fd, 1, -1);
	printf("closed by the client\n");
}

/* True when the plan ends the connection at this stage. */
static bool misbehave(const struct plan *plan, enum stage stage, const struct connection *c)
{
	if (plan->silent_after == stage) {
		be_silent(c);
		return true;
	}
	if (plan->close_after == stage) {
		printf("closed\n");
		return true;
	}
	return false;
}

/* Answers calls until the probe was answered with STARTTLS; false when the connection is to end. */
static bool answer_probe(const struct plan *plan, struct connection *c)
{
	struct peer_call call;
	bool starttls;

	do {
		if (!read_call(c, &call))
			return false;
		starttls = call.flavor == PEER_AUTH_TLS && !call.procedure && !plan->no_starttls && !plan->refuse_probe;
		printf("%s call %u %u %u\n", call.flavor == PEER_AUTH_TLS ? "probe" : "clear", call.program,
		       call.version, call.procedure);
		if (!answer(plan, c, &call, starttls))
			return false;
	} while (!starttls);
	printf("starttls sent\n");
	return true;
}

static void tell_handshake(SSL *ssl)
{
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	const unsigned char *alpn;
	unsigned int size;
	X509 *peer = SSL_get1_peer_certificate(ssl);

	SSL_get0_alpn_selected(ssl, &alpn, &size);
	printf("handshake ok tls=%s cipher=%s alpn=%.*s sni=%s client-certificate=%s\n", SSL_get_version(ssl),
	       SSL_get_cipher_name(ssl), size ? (int)size : 1, size ? (const char *)alpn : "-", name ? name : "-",
	       peer ? "yes" : "no");
	X509_free(peer);
}

static bool start_tls(const struct plan *plan, struct connection *c)
{
	struct peer_failure failure;
	int r;

	c->ssl = SSL_new(plan->context);
	if (!c->ssl || !SSL_set_fd(c->ssl, c->socket)) {
		printf("handshake failed: out of memory\n");
		return false;
	}
	errno = 0;
	r = SSL_accept(c->ssl);
	if (r == 1) {
		tell_handshake(c->ssl);
		return true;
	}
	peer_fail_tls(&failure, c->ssl, r, "handshake failed");
	printf("%s\n", failure.reason);
	return false;
}

static void answer_calls(const struct plan *plan, struct connection *c)
{
	struct peer_call call;

	while (read_call(c, &call)) {
		if (call.flavor == PEER_AUTH_TLS)
			printf("encrypted probe: the client asks for TLS within TLS\n");
		else if (!call.procedure)
			printf("encrypted null ok %u %u\n", call.program, call.version);
		else
			printf("encrypted call %u %u %u\n", call.program, call.version, call.procedure);
		if (!answer(plan, c, &call, false))
			return;
	}
}

static void serve(const struct plan *plan, int fd)
{
	static struct connection c;

	c.socket = fd;
	if (misbehave(plan, STAGE_ACCEPT, &c) || !answer_probe(plan, &c) || misbehave(plan, STAGE_STARTTLS, &c))
		return;
	if (start_tls(plan, &c) && !misbehave(plan, STAGE_HANDSHAKE, &c))
		answer_calls(plan, &c);
	SSL_free(c.ssl);
}

/* ---- listening ------------------------------------------------------- */

static void tell_peer(const struct sockaddr_storage *address, socklen_t size)
{
	char host[64], port[16];

	if (getnameinfo((const struct sockaddr *)address, size, host, sizeof(host), port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV))
		return;
	printf("accepted %s port %s\n", host, port);
}

/* Each connection has a process of its own, so that one that is silent holds up nobody. */
static void accept_loop(const struct plan *plan, int listener)
{
	for (;;) {
		struct sockaddr_storage address;
		socklen_t size = sizeof(address);
		int fd = accept(listener, (struct sockaddr *)&address, &size);

		if (fd >= 0 && !fork()) {
			close(listener);
			tell_peer(&address, size);
			serve(plan, fd);
			exit(0);
		}
		if (fd >= 0)
			close(fd);
	}
}

static int listen_on(const struct plan *plan)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
	struct addrinfo *found;
	int on = 1, fd, problem = getaddrinfo(plan->address, plan->port, &hints, &found);

	if (problem) {
		fprintf(stderr, PROGRAM ": %s port %s: %s\n", plan->address, plan->port, gai_strerror(problem));
		exit(2);
	}
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) || bind(fd, found->ai_addr, found->ai_addrlen) ||
	    listen(fd, 256)) {
		fprintf(stderr, PROGRAM ": cannot listen on %s port %s: %s\n", plan->address, plan->port,
			strerror(errno));
		exit(1);
	}
	freeaddrinfo(found);
	return fd;
}

static void tell_port(int listener)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);
	char port[16];

	getsockname(listener, (struct sockaddr *)&address, &size);
	getnameinfo((const struct sockaddr *)&address, size, NULL, 0, port, sizeof(port), NI_NUMERICSERV);
	printf("listening %s\n", port);
}

/* ---- options --------------------------------------------------------- */

enum { OPTION_TEXT, OPTION_FLAG, OPTION_STAGE };

static const struct option_row {
	const char *name;
	const char *value;
	const char *help;
	int kind;
	size_t offset;
} rows[] = {
	{ "cert", "FILE", "certificate, with its intermediates", OPTION_TEXT, offsetof(struct plan, certificate) },
	{ "key", "FILE", "its key", OPTION_TEXT, offsetof(struct plan, key) },
	{ "ca", "FILE", "authorities that may have signed a client's certificate; without, none is asked for",
	  OPTION_TEXT, offsetof(struct plan, authorities) },
	{ "require-client", NULL, "refuse clients without a certificate", OPTION_FLAG,
	  offsetof(struct plan, require_client) },
	{ "tls-max", "1.2|1.3", "the version of TLS, and no other (default: 1.3)", OPTION_TEXT,
	  offsetof(struct plan, tls_max) },
	{ "no-starttls", NULL, "answer the probe as a server without TLS does", OPTION_FLAG,
	  offsetof(struct plan, no_starttls) },
	{ "refuse-probe", NULL, "refuse the probe, as a server does that does not know such a credential", OPTION_FLAG,
	  offsetof(struct plan, refuse_probe) },
	{ "no-program", NULL, "have no NFS", OPTION_FLAG, offsetof(struct plan, no_program) },
	{ "only-version", "N", "have this version of NFS only (default: any)", OPTION_TEXT,
	  offsetof(struct plan, only_version) },
	{ "no-alpn", NULL, "choose no protocol, as if ALPN were unknown", OPTION_FLAG, offsetof(struct plan, no_alpn) },
	{ "alpn", "TEXT", "choose this protocol, whatever is offered", OPTION_TEXT, offsetof(struct plan, alpn) },
	{ "no-request", NULL, "ask for no certificate", OPTION_FLAG, offsetof(struct plan, no_request) },
	{ "silent-after", "accept|starttls|handshake", "from there on say nothing", OPTION_STAGE,
	  offsetof(struct plan, silent_after) },
	{ "close-after", "accept|starttls|handshake", "there end the connection", OPTION_STAGE,
	  offsetof(struct plan, close_after) },
};

static void __attribute__((noreturn)) usage(void)
{
	fprintf(stderr, "usage: " PROGRAM " --cert FILE --key FILE [OPTION]... ADDRESS PORT\n"
			"  port 0: any that is free; the first line of the output names it\n");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		fprintf(stderr, "  --%s%s%s\n        %s\n", rows[i].name, rows[i].value ? " " : "",
			rows[i].value ? rows[i].value : "", rows[i].help);
	exit(2);
}

static enum stage stage_named(const char *option, const char *word)
{
	static const char *const words[] = { "none", "accept", "starttls", "handshake" };

	for (size_t i = STAGE_ACCEPT; i < ARRAY_SIZE(words); i++)
		if (!strcmp(words[i], word))
			return (enum stage)i;
	fprintf(stderr, PROGRAM ": --%s takes accept, starttls or handshake, not \"%s\"\n", option, word);
	exit(2);
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
	case OPTION_STAGE:
		*(enum stage *)to = stage_named(row->name, value);
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
	if (argc - optind != 2 || !plan->certificate)
		usage();
	plan->address = argv[optind];
	plan->port = argv[optind + 1];
}

static int choose_alpn(SSL *ssl, const unsigned char **chosen, unsigned char *chosen_size, const unsigned char *offered,
		       unsigned int offered_size, void *context)
{
	const struct plan *plan = context;
	static const unsigned char ours[] = "\6" PEER_ALPN;
	int r = SSL_select_next_proto((unsigned char **)chosen, chosen_size, ours, sizeof(ours) - 1, offered,
				      offered_size);

	(void)ssl;
	if (plan->alpn) {
		*chosen = (const unsigned char *)plan->alpn;
		*chosen_size = (unsigned char)strlen(plan->alpn);
		return SSL_TLSEXT_ERR_OK;
	}
	return r == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

static SSL_CTX *make_context(const struct plan *plan)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	int verify = plan->authorities && !plan->no_request ? SSL_VERIFY_PEER : SSL_VERIFY_NONE;

	if (!context)
		exit(2);
	peer_set_version(PROGRAM, context, plan->tls_max);
	peer_load(PROGRAM, context, plan->certificate, plan->key, plan->authorities);
	if (plan->require_client)
		verify |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
	SSL_CTX_set_verify(context, verify, NULL);
	SSL_CTX_set_num_tickets(context, 0); /* the kernel's client could not use one */
	if (!plan->no_alpn)
		SSL_CTX_set_alpn_select_cb(context, choose_alpn, (void *)(uintptr_t)plan);
	return context;
}

int main(int argc, char **argv)
{
	struct plan plan = { 0 };
	int listener;

	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGCHLD, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	read_options(&plan, argc, argv);
	if (plan.only_version)
		plan.version = (uint32_t)peer_number(PROGRAM, "only-version", plan.only_version, 1);
	plan.context = make_context(&plan);
	listener = listen_on(&plan);
	tell_port(listener);
	accept_loop(&plan, listener);
}
