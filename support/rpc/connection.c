/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/rpc/rpc.h"

#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

/* ---- words --------------------------------------------------------------- */

void rpc_address_text(const struct sockaddr *address, socklen_t size, char text[RPC_ADDRESS_TEXT_MAX])
{
	char host[64], port[8];

	if (getnameinfo(address, size, host, sizeof(host), port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV))
		text_copy(text, RPC_ADDRESS_TEXT_MAX, "?");
	else
		snprintf(text, RPC_ADDRESS_TEXT_MAX, address->sa_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
}

static const char *connect_advice(int code)
{
	static const struct {
		int code;
		const char *advice;
	} rows[] = {
		{ ECONNREFUSED, "nothing listens there: start the NFS server, or name its port" },
		{ ETIMEDOUT, "no answer: see that the host is up and that no firewall drops its port" },
		{ EHOSTUNREACH, "see that the host is up, and the way to it" },
		{ ENETUNREACH, "this host has no route to it" },
		{ EACCES, "this host forbids the connection: see its firewall" },
		{ EPERM, "this host forbids the connection: see its firewall" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].code == code)
			return rows[i].advice;
	return "see the network of this host";
}

static int cannot_connect(const struct sockaddr *server, socklen_t size, int code, struct error *e)
{
	char where[RPC_ADDRESS_TEXT_MAX];

	rpc_address_text(server, size, where);
	return error_set(e, code, "cannot connect to %s: %s: %s", where, strerror(code), connect_advice(code));
}

/* Puts the peer's address in front of the text; returns code, for there may be no text. */
static int name_peer(int fd, int code, struct error *e)
{
	struct sockaddr_storage peer;
	socklen_t size = sizeof(peer);
	char where[RPC_ADDRESS_TEXT_MAX] = "the server";

	if (!getpeername(fd, (struct sockaddr *)&peer, &size))
		rpc_address_text((struct sockaddr *)&peer, size, where);
	error_prefix(e, "%s", where);
	return code;
}

/* ---- waiting --------------------------------------------------------------- */

int rpc_wait(int fd, short events, int64_t deadline)
{
	struct pollfd poller = { .fd = fd, .events = events };

	for (;;) {
		int64_t left = deadline - clock_ms();
		int r;

		if (left <= 0)
			return -ETIMEDOUT;
		r = poll(&poller, 1, left > INT_MAX ? INT_MAX : (int)left);
		if (r > 0)
			return 0;
		if (r < 0 && errno != EINTR)
			return -errno;
	}
}

static int finish_connect(int fd, int64_t deadline)
{
	int code = 0, r = rpc_wait(fd, POLLOUT, deadline);
	socklen_t size = sizeof(code);

	if (r)
		return r;
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size) ? -errno : -code;
}

int rpc_connect(const struct sockaddr *server, socklen_t size, int64_t deadline, int *fd, struct error *e)
{
	AUTO_FD new = socket(server->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int r = 0;

	if (new < 0)
		return cannot_connect(server, size, errno, e);
	if (connect(new, server, size))
		r = errno == EINPROGRESS || errno == EINTR ? finish_connect(new, deadline) : -errno;
	if (r)
		return cannot_connect(server, size, -r, e);
	*fd = new;
	new = -1;
	return 0;
}

/* ---- calls ----------------------------------------------------------------- */

uint32_t rpc_new_xid(void)
{
	uint32_t xid = (uint32_t)clock_ms();

	/* What the clock gives is good enough where there is no randomness. */
	(void)!getrandom(&xid, sizeof(xid), GRND_NONBLOCK);
	return xid;
}

static int closed(struct error *e)
{
	return error_set(e, ECONNRESET, "it closed the connection instead of answering");
}

static int io_failed(int code, int64_t began, struct error *e)
{
	if (code == ECONNRESET || code == EPIPE)
		return closed(e);
	if (code == ETIMEDOUT)
		return error_set(e, ETIMEDOUT, "it takes connections, but did not answer within %lld ms",
				 (long long)(clock_ms() - began));
	return error_set(e, code, "the connection failed: %s", strerror(code));
}

static int send_all(int fd, const unsigned char *data, size_t size, int64_t deadline, int64_t began, struct error *e)
{
	while (size) {
		ssize_t n = send(fd, data, size, MSG_NOSIGNAL);
		int r;

		if (n > 0) {
			data += n;
			size -= (size_t)n;
			continue;
		}
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return io_failed(errno, began, e);
		r = rpc_wait(fd, POLLOUT, deadline);
		if (r)
			return io_failed(-r, began, e);
	}
	return 0;
}

/* One step: what is there, or a wait for more. */
static int receive_some(int fd, struct rpc_record *record, unsigned char *to, size_t room, int64_t deadline,
			int64_t began, struct error *e)
{
	ssize_t n = recv(fd, to, room, 0);
	int r;

	if (n > 0)
		return rpc_record_advance(record, (size_t)n, e);
	if (!n)
		return closed(e);
	if (errno != EAGAIN && errno != EINTR)
		return io_failed(errno, began, e);
	r = rpc_wait(fd, POLLIN, deadline);
	return r ? io_failed(-r, began, e) : 0;
}

static int receive_record(int fd, struct rpc_record *record, int64_t deadline, int64_t began, struct error *e)
{
	unsigned char *to;
	size_t room;

	while ((room = rpc_record_room(record, &to))) {
		int r = receive_some(fd, record, to, room, deadline, began, e);

		if (r)
			return r;
	}
	return 0;
}

int rpc_null(int fd, uint32_t program, uint32_t version, enum rpc_credential credential, int64_t deadline,
	     struct rpc_reply *reply, struct error *e)
{
	unsigned char call[RPC_NULL_CALL_SIZE];
	struct rpc_record record = { 0 };
	uint32_t xid = rpc_new_xid();
	int64_t began = clock_ms();
	int r;

	rpc_put_null_call(call, xid, program, version, credential);
	r = send_all(fd, call, sizeof(call), deadline, began, e);
	if (!r)
		r = receive_record(fd, &record, deadline, began, e);
	if (!r)
		r = rpc_decode_reply(record.data, record.size, xid, reply, e);
	return r ? name_peer(fd, r, e) : 0;
}

int rpc_probe_tls(const struct sockaddr *server, socklen_t size, uint32_t program, uint32_t version, int limit_ms,
		  enum rpc_tls_answer *answer, struct error *e)
{
	int64_t deadline = clock_ms() + limit_ms;
	struct rpc_reply reply;
	AUTO_FD fd = -1;
	int r;

	r = rpc_connect(server, size, deadline, &fd, e);
	if (!r)
		r = rpc_null(fd, program, version, RPC_AUTH_TLS, deadline, &reply, e);
	if (r)
		return r;
	r = rpc_tls_answer_of(&reply, answer, e);
	return r ? name_peer(fd, r, e) : 0;
}
