/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * transport: what the kernel's sockets say of the connections that carry RPC.
 * So far: a dump of TCP sockets with their TLS record layer, the only proof of
 * encryption there is.
 *
 * Format: linux/sock_diag.h, linux/inet_diag.h; the TLS attributes are
 * INET_ULP_INFO_TLS of net/tls/tls_main.c.
 */
#ifndef NFSTLS_TRANSPORT_H
#define NFSTLS_TRANSPORT_H

#include <sys/socket.h>

#include "support/base/base.h"

struct transport_socket {
	struct sockaddr_storage local, remote;
	uint16_t tls_version; /* 0x0304; 0 without record layer */
	uint16_t tls_cipher;  /* TLS_CIPHER_* of linux/tls.h */
	bool tls_sends, tls_receives; /* the record layer is active in this direction */
};

/* Decodes one message of a dump.  -EBADMSG when it is malformed. */
int transport_socket_decode(const void *message, size_t size, struct transport_socket *socket);

typedef void transport_visitor(const struct transport_socket *socket, void *context);

/*
 * Visits every established TCP socket of this network namespace.  Without
 * CAP_NET_ADMIN some kernels leave the TLS part out.  Negative errno on failure.
 */
int transport_sockets(transport_visitor *visit, void *context, struct error *e);

#endif
