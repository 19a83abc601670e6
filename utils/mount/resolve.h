/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * resolve: from a server's name to its addresses, and the address that this
 * host would use to talk to one of them.  Asks the resolver and the routing
 * table; sends nothing to the server.
 */
#ifndef NFSTLS_MOUNT_RESOLVE_H
#define NFSTLS_MOUNT_RESOLVE_H

#include <netdb.h>
#include <sys/socket.h>

#include "support/base/base.h"

struct address {
	struct sockaddr_storage socket;
	socklen_t size;
	char text[NI_MAXHOST];	 /* numeric, with the scope of a link-local address */
	char client[NI_MAXHOST]; /* ours, as that server would see it; the ANY address without a route */
};

/*
 * All addresses of host in the resolver's order; family may be AF_UNSPEC.  The
 * caller frees *list.  -EAGAIN when the resolver may answer later (empty text), -ENXIO with
 * the sentence when it will not, -ENOMEM.
 */
int resolve_host(const char *host, int family, struct address **list, size_t *count, struct error *e);

/*
 * Whether text is a numeric address (-EINVAL if not) and *local whether this
 * host has it; the ANY addresses count as local.
 */
int resolve_is_local(const char *text, bool *local);

#endif
