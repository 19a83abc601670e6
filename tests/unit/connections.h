/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Made-up TCP connections, for tests of what is said of them. */
#ifndef NFSTLS_TESTS_UNIT_CONNECTIONS_H
#define NFSTLS_TESTS_UNIT_CONNECTIONS_H

#include <arpa/inet.h>
#include <netinet/in.h>

#include "support/transport/transport.h"
#include "tests/unit/unit.h"

static inline struct sockaddr_storage end(const char *address, unsigned int port)
{
	struct sockaddr_storage socket = { .ss_family = AF_INET };
	struct sockaddr_in *v4 = (struct sockaddr_in *)&socket;

	assert_int_equal(inet_pton(AF_INET, address, &v4->sin_addr), 1);
	v4->sin_port = htons((uint16_t)port);
	return socket;
}

static inline struct transport_socket connection(const char *local, unsigned int local_port, const char *remote,
						 unsigned int remote_port, bool tls)
{
	struct transport_socket socket = { .local = end(local, local_port),
					   .remote = end(remote, remote_port),
					   .all_told = true };

	if (!tls)
		return socket;
	socket.tls_version = 0x0304;
	socket.tls_cipher = 52;
	socket.tls_sends = socket.tls_receives = true;
	return socket;
}

#endif
