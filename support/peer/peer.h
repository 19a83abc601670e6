/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * peer: whether the server at the other end of a mount's connections is the one that the mount names.  The kernel puts
 * mounts of one address on one connection, whatever their servers are called, and has the first name alone proven; what
 * else has been proven rpc.tlshd knows, and what it does not know is not proven.  mount.nfs, nfsstat and nfstls judge
 * by this.
 */
#ifndef NFSTLS_PEER_H
#define NFSTLS_PEER_H

#include "support/agent/agent.h"
#include "support/mounts/mounts.h"
#include "support/transport/transport.h"

/* ---- what is mounted -------------------------------------------------------- */

/*
 * What the agent knows of connections, by its answer to "sessions", and by asking it for names that it was not asked
 * for yet.  NULL for sessions: it knows nothing.  Nobody is asked any more limit_ms after the begin.  NULL without
 * memory; the caller frees, and keeps sessions until then.
 */
struct peer_book;
struct peer_book *peer_book_new(const struct agent_sessions *sessions, int limit_ms);
void peer_book_free(struct peer_book *book);

struct peer_answer {
	enum agent_verdict verdict;
	char host[MOUNT_HOST_MAX + 1]; /* that it has to be */
	const char *why;	       /* it is not proven, or not known; belongs to the book; "" for AGENT_PROVEN */
};

/*
 * Is the server at the end of this connection the one that the mount names: as the kernel has it, and as the mount
 * command has recorded it?
 */
void peer_judge(struct peer_book *book, const struct sockaddr_storage *local, const struct sockaddr_storage *remote,
		const struct transport_mount *mount, struct peer_answer *answer);

/* ---- what is being mounted ------------------------------------------------------ */

struct peer_question {
	unsigned int major, minor; /* of the file system */
	const char *host;
	bool hold;	  /* also every connection that the kernel makes in place of one has to prove it ... */
	bool any_address; /* ... at whatever address of the server */
	int limit_ms;	  /* for a connection that is being made anew just now */
};

struct peer_finding {
	enum agent_verdict verdict;
	char why[512]; /* it is not proven, or not known */
};

/*
 * Have the servers at all connections of the file system proven to be host?  Errors when the connections cannot be seen
 * (support/transport), the agent not be asked (support/agent), and -ETIMEDOUT when none stays up.
 */
int peer_prove(const struct peer_question *question, struct peer_finding *finding, struct error *e);

#endif
