/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rpc: as much of ONC RPC (RFC 5531) over TCP as is needed to find out what a
 * server speaks: NULL calls, record marks, replies, and the AUTH_TLS probe of
 * RPC-with-TLS (RFC 9289 section 4.1); and the few procedures that NFS version 3
 * needs beside NFS itself.  The first part is pure: values and bytes; the others
 * use a socket within a time limit.  It performs no handshake.
 */
#ifndef NFSTLS_RPC_H
#define NFSTLS_RPC_H

#include <sys/socket.h>

#include "support/base/base.h"

#define RPC_NFS_PROGRAM 100003u
#define RPC_NFS_PORT 2049u

/* ---- sockets ----------------------------------------------------------- */

#define RPC_ADDRESS_TEXT_MAX 96u

/* How messages name a server: "192.0.2.1:2049", "[2001:db8::1]:2049"; "?" for what is neither. */
void rpc_address_text(const struct sockaddr *address, socklen_t size, char text[RPC_ADDRESS_TEXT_MAX]);

/* A number for the next call; not secret, only different from the last. */
uint32_t rpc_new_xid(void);

/* Waits for events of poll(2).  0: the next read or write tells more; -ETIMEDOUT, at once when deadline has passed. */
int rpc_wait(int fd, short events, int64_t deadline);

/* ---- calls ------------------------------------------------------------ */

/* RFC 5531 section 8.2 (AUTH_NONE), RFC 9289 section 4.1 (AUTH_TLS); numbers of the wire. */
enum rpc_credential { RPC_AUTH_NONE = 0, RPC_AUTH_TLS = 7 };

/* A record mark and a call whose credential and verifier are empty. */
#define RPC_NULL_CALL_SIZE 44u

void rpc_put_null_call(unsigned char call[RPC_NULL_CALL_SIZE], uint32_t xid, uint32_t program, uint32_t version,
		       enum rpc_credential credential);

/* ---- records ---------------------------------------------------------- */

/* No reply to NULL is larger: its one part of variable size, the verifier, has at most 400 bytes. */
#define RPC_REPLY_MAX 512u

/*
 * One record (RFC 5531 section 11) as it arrives, in fragments and pieces.  Begin
 * with a zeroed one.  It never asks for a byte past its end: what follows on
 * the connection may be TLS.
 */
struct rpc_record {
	unsigned char data[RPC_REPLY_MAX];
	size_t size; /* of data */
	unsigned char mark[4];
	size_t mark_size; /* of mark, what has arrived */
	size_t left;	  /* of the fragment */
	bool last;	  /* fragment */
};

/* Where the next bytes go, and how many: 0 when the record is complete. */
size_t rpc_record_room(struct rpc_record *record, unsigned char **to);

/* size bytes, at most that many, were put there.  -EPROTO for what is no record of a reply to NULL. */
int rpc_record_advance(struct rpc_record *record, size_t size, struct error *e);

/* ---- replies ---------------------------------------------------------- */

enum rpc_status {
	RPC_ACCEPTED,
	RPC_PROG_UNAVAIL,
	RPC_PROG_MISMATCH, /* low and high are set */
	RPC_PROC_UNAVAIL,
	RPC_GARBAGE_ARGS,
	RPC_SYSTEM_ERR,
	RPC_DENIED_VERSION, /* low and high are versions of RPC itself */
	RPC_DENIED_AUTH,    /* auth_reason is set */
};

struct rpc_reply {
	enum rpc_status status;
	bool starttls; /* an AUTH_NONE verifier with the eight bytes STARTTLS; a server may send it with any status */
	uint32_t low, high;
	uint32_t auth_reason; /* enum auth_stat of RFC 5531 section 9 */
};

/*
 * Pure: the reply to the NULL call xid, without its record mark.  -EPROTO, with what is wrong, for
 * anything that is not exactly one, also for bytes left over.
 */
int rpc_decode_reply(const void *message, size_t size, uint32_t xid, struct rpc_reply *reply, struct error *e);

/* For people: "SUCCESS", "PROG_MISMATCH" and so on, as RFC 5531 writes them. */
const char *rpc_status_word(enum rpc_status status);

/* ---- connections ------------------------------------------------------- */

/*
 * Connects by TCP, from any port.  deadline is a time of clock_ms().  *fd is non-blocking, close-on-exec, and the
 * caller's.  Negative errno of connect(2), -ETIMEDOUT when the deadline has passed; the text says
 * what that means and what to do.
 */
int rpc_connect(const struct sockaddr *server, socklen_t size, int64_t deadline, int *fd, struct error *e);

/*
 * A NULL call and its reply on a connection made by rpc_connect(); reads no byte past the
 * reply.  0 for any well-formed reply, also a refusal.  -ETIMEDOUT, -ECONNRESET when the server closed instead of
 * answering, -EPROTO (not an RPC reply to this call).  After an error the connection is
 * of no further use.
 */
int rpc_null(int fd, uint32_t program, uint32_t version, enum rpc_credential credential, int64_t deadline,
	     struct rpc_reply *reply, struct error *e);

/* ---- the AUTH_TLS probe ------------------------------------------------ */

enum rpc_tls_answer { RPC_TLS_OFFERED, RPC_TLS_NOT_OFFERED };

/*
 * Pure: what a reply to a NULL call with AUTH_TLS says.  Offered is only success with STARTTLS; not offered is success
 * without it, and a refusal of the credential.  -EPROTONOSUPPORT when the server has not this program, version or
 * RPC version; -EPROTO for a reply that answers neither yes nor no.
 */
int rpc_tls_answer_of(const struct rpc_reply *reply, enum rpc_tls_answer *answer, struct error *e);

/*
 * Asks server whether it offers RPC-with-TLS for this program and version, within limit_ms in all.
 * Errors: those of rpc_connect(), rpc_null() and rpc_tls_answer_of(), with one sentence; *answer
 * is written only on success: no answer is never "not offered".
 */
int rpc_probe_tls(const struct sockaddr *server, socklen_t size, uint32_t program, uint32_t version, int limit_ms,
		  enum rpc_tls_answer *answer, struct error *e);

/* ---- procedures beside NFS (call.c) ------------------------------------- */

/*
 * Where a service is (rpcbind, RFC 1833), whether it answers (NULL), and that a mount has ended (MOUNT, RFC 1813
 * appendix I).  libtirpc writes and reads the messages; the sockets are ours, so that a call ends at its deadline, a
 * time of clock_ms(), and takes no more memory than an honest answer needs, whatever a server sends.
 *
 * Errors of all of them, with a sentence: -EOPNOTSUPP the program is not registered there, -EPROTONOSUPPORT it
 * is, but not in this version, -ECONNREFUSED nothing listens, -ETIMEDOUT, -EACCES the call was refused, -EPROTO the
 * answer makes no sense, -EINVAL the arguments are too long, and other errnos of the socket.
 */
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
