/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of this folder share. */
#ifndef NFSTLS_TRANSPORT_PRIVATE_H
#define NFSTLS_TRANSPORT_PRIVATE_H

#include <netinet/in.h>

#include "support/transport/transport.h"

/* Both ends of a connection, in a form that can be hashed and compared by bytes; IPv4 within IPv6 is IPv4. */
struct transport_ends {
	unsigned char local[16], remote[16];
	in_port_t local_port, remote_port;
	uint8_t local_size, remote_size; /* of the addresses; 0: none */
};

struct transport_ends transport_ends_of(const struct sockaddr_storage *local, const struct sockaddr_storage *remote);

/*
 * Adds the NFS mounts in the text of /proc/self/mountinfo (proc_pid_mountinfo(5)), which is changed, to list->mounts.
 * name is what errors call it.  -EBADMSG with name and line.
 */
int transport_mounts_parse(const char *name, char *text, struct transport_list *list, struct error *e);

/* One "xprt:" line of a mount (net/sunrpc/xprtsock.c, xs_tcp_print_stats). */
struct transport_stats {
	const char *point; /* without escapes */
	bool is_tcp;
	unsigned int port; /* of tcp: ours; 0 with TLS, and while it is not connected */
	uint64_t connects; /* of tcp: begun connections, and those that were then there */
};

typedef void transport_stats_visitor(const struct transport_stats *stats, void *context);

/* Visits them in the text of /proc/self/mountstats, which is changed.  -EBADMSG with name and line. */
int transport_stats_parse(const char *name, char *text, transport_stats_visitor *visit, void *context,
			  struct error *e);

#endif
