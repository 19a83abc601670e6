/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * call: the few remote procedures that NFS version 3 needs beside NFS itself: where a service is (rpcbind, RFC 1833),
 * whether it answers (NULL), and that a mount has ended (MOUNT, RFC 1813 appendix I).  libtirpc writes and reads
 * the messages; the sockets are ours, so that a call ends at its deadline, a time of clock_ms(), and takes no more
 * memory than an honest answer needs, whatever a server sends.
 *
 * Errors of all of them, with a sentence: -EOPNOTSUPP the program is not registered there, -EPROTONOSUPPORT it
 * is, but not in this version, -ECONNREFUSED nothing listens, -ETIMEDOUT, -EACCES the call was refused, -EPROTO the
 * answer makes no sense, -EINVAL the arguments are too long, and other errnos of the socket.
 */
#ifndef NFSTLS_RPC_CALL_H
#define NFSTLS_RPC_CALL_H

#include <sys/socket.h>

#include "support/base/base.h"

#define RPC_RPCBIND_PORT 111u
#define RPC_MOUNT_PROGRAM 100005u

enum rpc_transport { RPC_TCP, RPC_UDP };

struct rpc_endpoint {
	const struct sockaddr *address; /* with the port */
	socklen_t size;
	enum rpc_transport transport;
};

/* The NULL procedure, without credentials. */
int rpc_ping(const struct rpc_endpoint *to, uint32_t program, uint32_t version, int64_t deadline, struct error *e);

/*
 * Asks the rpcbind of host, at rpcbind_port and over the transport that is wanted, in the first version of it that
 * is spoken there: 2, 4, 3 for IPv4, and 4, 3 for IPv6.  The port in host does not matter.
 */
int rpc_find_port(const struct sockaddr *host, socklen_t size, uint16_t rpcbind_port, enum rpc_transport wanted,
		  uint32_t program, uint32_t version, int64_t deadline, uint16_t *port, struct error *e);

/*
 * Tells the server that path, of 1024 bytes at most, is no longer mounted: as root (AUTH_UNIX), and from a reserved
 * port where we may have one.
 */
int rpc_unmount(const struct rpc_endpoint *mountd, uint32_t version, const char *path, int64_t deadline,
		struct error *e);

/*
 * Pure: the port of a universal address (RFC 5665 section 5.2.3), "192.0.2.1.8.1" or "2001:db8::1.8.1"; -EPROTO
 * for what is none.  Port 0 is one.
 */
int rpc_universal_port(const char *text, uint16_t *port);

#endif
