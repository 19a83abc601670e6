/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/mount/encryption.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/rpc/rpc.h"
#include "support/transport/transport.h"

#define TLS_1_3 0x0304
#define PAUSE_MS 50

/* What is known of one transport of the mount. */
struct checked {
	struct transport_link transport;
	bool seen;	/* its socket */
	bool encrypted; /* and that one is */
};

struct list {
	struct checked *at;
	size_t count;
	bool failed;
};

static void take_transport(const struct transport_link *transport, void *context)
{
	struct list *list = context;
	struct checked *more = reallocarray(list->at, list->count + 1, sizeof(*more));

	if (!more) {
		list->failed = true;
		return;
	}
	list->at = more;
	more[list->count++] = (struct checked){ .transport = *transport };
}

static void take_socket(const struct transport_socket *socket, void *context)
{
	struct list *list = context;

	for (size_t i = 0; i < list->count; i++) {
		struct checked *one = &list->at[i];

		if (!transport_has_socket(&one->transport, socket))
			continue;
		one->seen = true;
		one->encrypted = socket->tls_version == TLS_1_3 && socket->tls_cipher && socket->tls_sends &&
				 socket->tls_receives;
	}
}

static int look(unsigned int major, unsigned int minor, struct list *list, struct error *e)
{
	int r = transport_of_mount("", major, minor, take_transport, list, e);

	if (!r)
		r = transport_sockets(take_socket, list, e);
	return !r && list->failed ? error_set(e, ENOMEM, "out of memory") : r;
}

static int in_clear(const struct checked *one, struct error *e)
{
	const struct sockaddr_storage *remote = &one->transport.remote;
	char where[RPC_ADDRESS_TEXT_MAX];

	if (!one->transport.has_ports)
		return error_set(e, EPERM, "one of its connections (%s) can carry no TLS", one->transport.protocol);
	rpc_address_text((const struct sockaddr *)remote, sizeof(*remote), where);
	return error_set(e, EPERM,
			 "its connection with %s is not encrypted, whatever the handshake agent said:"
			 " see that"
			 " rpc.tlshd is the only agent here (nfstls check)",
			 where);
}

/* -EAGAIN: a connection is just being made, or closed; look again. */
static int check_connections(const struct list *list, struct error *e)
{
	size_t proven = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct checked *one = &list->at[i];

		if (!one->transport.connected)
			continue; /* carries nothing */
		if (one->encrypted)
			proven++;
		else if (one->seen || !one->transport.has_ports)
			return in_clear(one, e);
		else
			return -EAGAIN;
	}
	return proven ? 0 : -EAGAIN;
}

/* Nothing tells when the kernel has connected again. */
static void pause_shortly(void)
{
	static const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000 };

	(void)nanosleep(&pause, NULL);
}

int encryption_prove(unsigned int major, unsigned int minor, struct error *e)
{
	int64_t deadline = clock_ms() + ENCRYPTION_LIMIT_MS;
	int r;

	do {
		struct list list = { 0 };

		r = look(major, minor, &list, e);
		if (!r)
			r = check_connections(&list, e);
		free(list.at);
		if (r != -EAGAIN)
			return r;
		pause_shortly();
	} while (clock_ms() < deadline);
	return error_set(e, ETIMEDOUT, "none of its connections stays up, so that it cannot be seen to be encrypted");
}
