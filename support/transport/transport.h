/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * transport: the connections that carry RPC, as the kernel tells of them: which
 * ones a mount uses (sysfs), and the TCP sockets with their TLS record layer, the
 * only proof of encryption there is.
 */
#ifndef NFSTLS_TRANSPORT_H
#define NFSTLS_TRANSPORT_H

#include <sys/socket.h>

#include "support/base/base.h"

/* ---- sockets ---------------------------------------------------------- */

/* Format: linux/sock_diag.h, linux/inet_diag.h; the TLS attributes are INET_ULP_INFO_TLS of net/tls/tls_main.c. */
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

/* ---- the transports of a mount ---------------------------------------- */

/* Format: net/sunrpc/sysfs.c and fs/nfs/sysfs.c of the kernel. */
struct transport_link {
	char protocol[16]; /* "tcp" also with TLS */
	bool connected;
	bool has_ports;
	struct sockaddr_storage local, remote; /* with ports; only for connected TCP */
};

typedef void transport_mount_visitor(const struct transport_link *transport, void *context);

/*
 * Visits the transports that carry the mount whose file system has this device number; several mounts may
 * share them.  root is put before every path ("" for the live system).  -ENOENT when the kernel does not tell,
 * with what is missing; -EBADMSG for a file that is not understood.
 */
int transport_of_mount(const char *root, unsigned int major, unsigned int minor, transport_mount_visitor *visit,
		       void *context, struct error *e);

/* Whether the socket is the transport's: both ends are equal, IPv4 in IPv6 being IPv4. */
bool transport_has_socket(const struct transport_link *transport, const struct transport_socket *socket);

#endif
