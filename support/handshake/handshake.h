/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * handshake: the kernel's "handshake" netlink family, through which it asks a
 * process to perform a TLS handshake on one of its sockets.  Announce, accept,
 * done; what happens in between is the agent's business.  Needs CAP_NET_ADMIN.
 *
 * Source: Documentation/netlink/specs/handshake.yaml and net/handshake/ in the
 * kernel; the numbers are in support/uapi/handshake.h.
 */
#ifndef NFSTLS_HANDSHAKE_H
#define NFSTLS_HANDSHAKE_H

#include "support/base/base.h"
#include "support/uapi/handshake.h"

#define HANDSHAKE_PEERNAME_MAX 256u

/* One request of the kernel. */
struct handshake_request {
	int fd;		      /* the socket, now open in this process; -1 when absent */
	uint32_t role;	      /* enum handshake_msg_type, or an unknown number */
	uint32_t auth;	      /* enum handshake_auth, or an unknown number */
	uint32_t timeout_ms;  /* 0 when the consumer set none */
	bool has_certificate; /* the consumer named keys; either may be 0 ("none") */
	int32_t certificate;  /* key serials */
	int32_t private_key;
	char peername[HANDSHAKE_PEERNAME_MAX]; /* empty when absent */
};

/*
 * Decodes the reply to ACCEPT.  -EBADMSG when it is malformed; then, too,
 * request->fd tells the descriptor if the message held one, so that it can be failed and closed.
 */
int handshake_decode(const void *message, size_t size, struct handshake_request *request);

struct handshake;

/*
 * The number of the agents' multicast group, without joining it; needs no privilege.  -ENOENT when the
 * kernel has no handshake family, or one without this group.
 */
int handshake_find_group(uint32_t *group, struct error *e);

/*
 * Joins the agents' group of this network namespace.  -ENOENT when the kernel
 * has no handshake family.  Free with handshake_close(), which takes NULL.
 */
int handshake_open(struct handshake **handshake, struct error *e);
void handshake_close(struct handshake *handshake);

/* Readable when the kernel announced requests; drain with handshake_clear(), then accept until -EAGAIN. */
int handshake_fd(const struct handshake *handshake);
void handshake_clear(struct handshake *handshake);

/* The number of the agents' multicast group. */
uint32_t handshake_group(const struct handshake *handshake);

/*
 * Takes the oldest waiting request.  0; -EAGAIN when nothing waits; other
 * negative errnos.  On success the caller owns request->fd.
 */
int handshake_accept(struct handshake *handshake, struct handshake_request *request, struct error *e);

/*
 * Reports the end of a handshake on fd.  status: 0 or a positive errno.  mutual: the peer proved
 * its identity; without it the kernel's server treats the session as plain tls.  The kernel keeps
 * its own reference; the caller still closes fd.  -EBUSY when the kernel has given up meanwhile.
 */
int handshake_done(struct handshake *handshake, int fd, int status, bool mutual, struct error *e);

#endif
