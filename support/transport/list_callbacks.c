/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What mounts of NFSv4.0 bring along: their server calls this host back over connections of its own, which are never
 * encrypted, and of which the kernel's client tells nothing.  Such a one comes from a server's address and, as calls of
 * the kernel do, from one of its reserved ports.  That is no proof, but where a mount asked for TLS it may not pass for
 * nothing either.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "support/mounts/mounts.h"
#include "support/transport/list_private.h"

/* sunrpc.min_resvport and max_resvport, as kernels have them (net/sunrpc/xprtsock.c). */
#define RESERVED_PORT_MIN 665u
#define RESERVED_PORT_MAX 1023u

static struct transport_ends host_at(const struct sockaddr_storage *end)
{
	static const struct sockaddr_storage nowhere;
	struct transport_ends ends = transport_ends_of(&nowhere, end);

	ends.remote_port = 0;
	return ends;
}

static bool asks_for_tls(const struct transport_mount *mount)
{
	return mount_security_promised(mount->options) != XPRTSEC_NONE ||
	       mount_security_promised(mount->recorded) != XPRTSEC_NONE;
}

static bool is_option(const struct transport_mount *mount, const char *key, const char *wanted)
{
	char value[INET6_ADDRSTRLEN + 1];

	return mount_option_in(mount->options, key, value, sizeof(value)) && !strcmp(value, wanted);
}

static bool may_be_called_back(const struct transport_mount *mount)
{
	return is_option(mount, "vers", "4.0") && asks_for_tls(mount) && !is_option(mount, "clientaddr", "0.0.0.0") &&
	       !is_option(mount, "clientaddr", "::");
}

/* The addr= that the kernel tells of it, without a port; false without one. */
static bool find_address(const struct transport_mount *mount, struct sockaddr_storage *address)
{
	char text[INET6_ADDRSTRLEN + 1];

	return mount_option_in(mount->options, "addr", text, sizeof(text)) && transport_address_parse(text, 0, address);
}

static int add_host(struct host_entry **hosts, const struct transport_mount *mount)
{
	struct sockaddr_storage address;
	struct host_entry *entry;
	struct transport_ends ends;

	if (!find_address(mount, &address))
		return 0;
	ends = host_at(&address);
	HASH_FIND(hh, *hosts, &ends, sizeof(ends), entry);
	if (entry)
		return 0;
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return -ENOMEM;
	entry->ends = ends;
	HASH_ADD(hh, *hosts, ends, sizeof(entry->ends), entry);
	if (entry->hh.tbl)
		return 0;
	free(entry);
	return -ENOMEM;
}

static bool is_callback(struct host_entry *hosts, const struct socket_entry *socket)
{
	const struct transport_ends host = host_at(&socket->socket->remote);
	const unsigned int port = ntohs(socket->ends.remote_port);
	const struct host_entry *entry;

	HASH_FIND(hh, hosts, &host, sizeof(host), entry);
	return entry && port >= RESERVED_PORT_MIN && port <= RESERVED_PORT_MAX &&
	       transport_join_proof_of(socket->socket) != TRANSPORT_ENCRYPTED;
}

static void look_for(struct joining *j, struct host_entry *hosts)
{
	const struct socket_entry *first = hosts ? j->sockets : NULL;

	for (const struct socket_entry *socket = first; socket; socket = socket->hh.next) {
		char text[ADDRESS_END_MAX];

		if (!is_callback(hosts, socket))
			continue;
		address_end_text(&socket->socket->remote, text);
		transport_join_note(j,
				    "a server seems to call a mount of NFSv4.0 back in clear text, from %s: "
				    "vers=4.1 or later has no connections for that",
				    text);
		j->list->client_incomplete = true;
	}
}

int transport_join_callbacks(struct joining *j)
{
	struct host_entry *hosts = NULL, *entry, *next;
	int r = 0;

	for (size_t i = 0; !r && i < j->list->mount_count; i++)
		if (may_be_called_back(&j->list->mounts[i]))
			r = add_host(&hosts, &j->list->mounts[i]);
	if (!r)
		look_for(j, hosts);
	HASH_ITER(hh, hosts, entry, next) {
		HASH_DEL(hosts, entry);
		free(entry);
	}
	return r ? transport_join_out_of_memory(j) : 0;
}
