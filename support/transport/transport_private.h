/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of this folder share. */
#ifndef NFSTLS_TRANSPORT_PRIVATE_H
#define NFSTLS_TRANSPORT_PRIVATE_H

#include "support/transport/transport.h"

/*
 * Adds the NFS mounts in the text of /proc/self/mountinfo (proc_pid_mountinfo(5)), which is changed, to list->mounts.
 * name is what errors call it.  -EBADMSG with name and line.
 */
int transport_mounts_parse(const char *name, char *text, struct transport_list *list, struct error *e);

/* One "xprt:" line of a mount (net/sunrpc/xprtsock.c, xs_tcp_print_stats). */
struct transport_stats {
	const char *point; /* without escapes */
	size_t place;	   /* it is the mount's first, second ... transport */
	bool is_tcp;
	uint64_t connects; /* of tcp: begun connections, and those that were then there */
};

typedef void transport_stats_visitor(const struct transport_stats *stats, void *context);

/* Visits them in the text of /proc/self/mountstats, which is changed.  -EBADMSG with name and line. */
int transport_stats_parse(const char *name, char *text, transport_stats_visitor *visit, void *context,
			  struct error *e);

#endif
