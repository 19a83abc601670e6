/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/mount/resolve.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/address/address.h"

/* linux/in6.h, which does not go together with netinet/in.h */
#define ADDR_PREFERENCES 72
#define PREFER_SRC_PUBLIC 0x0002

static int numeric(const struct sockaddr *socket, socklen_t size, char *text, size_t room)
{
	return getnameinfo(socket, size, text, (socklen_t)room, NULL, 0, NI_NUMERICHOST) ? -EINVAL : 0;
}

/*
 * The source address that the routing table chooses: connecting a UDP socket
 * sends nothing.  An address that changes every day would be a bad callback address.
 */
static int routed_source(const struct address *server, struct sockaddr_storage *source, socklen_t *size)
{
	AUTO_FD fd = socket(server->socket.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_storage peer = server->socket;
	int prefer = PREFER_SRC_PUBLIC;

	if (fd < 0)
		return -errno;
	address_set_port(&peer, 2049);
	if (peer.ss_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, ADDR_PREFERENCES, &prefer, sizeof(prefer));
	*size = sizeof(*source);
	if (connect(fd, (struct sockaddr *)&peer, server->size) < 0 ||
	    getsockname(fd, (struct sockaddr *)source, size) < 0)
		return -errno;
	if (source->ss_family == AF_INET6)
		((struct sockaddr_in6 *)source)->sin6_scope_id = 0; /* means nothing to the server */
	return 0;
}

static void find_client(struct address *server)
{
	struct sockaddr_storage source;
	socklen_t size;

	if (!routed_source(server, &source, &size) &&
	    !numeric((struct sockaddr *)&source, size, server->client, sizeof(server->client)))
		return;
	text_copy(server->client, sizeof(server->client), server->socket.ss_family == AF_INET6 ? "::" : "0.0.0.0");
}

static int add_address(const struct addrinfo *info, struct address *address)
{
	if (info->ai_addrlen > sizeof(address->socket))
		return -EINVAL;
	memcpy(&address->socket, info->ai_addr, info->ai_addrlen);
	address->size = info->ai_addrlen;
	if (numeric(info->ai_addr, info->ai_addrlen, address->text, sizeof(address->text)))
		return -EINVAL;
	find_client(address);
	return 0;
}

/* The kernel takes a zone (RFC 4007) of a link-local address only, and would blame addr=. */
static bool has_vain_zone(const struct addrinfo *info)
{
	const struct sockaddr_in6 *address = (const void *)info->ai_addr;

	return info->ai_family == AF_INET6 && address->sin6_scope_id && !IN6_IS_ADDR_LINKLOCAL(&address->sin6_addr);
}

static int look_up(const char *host, int family, struct addrinfo **answer, struct error *e)
{
	struct addrinfo hints = { .ai_family = family, .ai_socktype = SOCK_STREAM, .ai_protocol = IPPROTO_TCP };
	int r = getaddrinfo(host, NULL, &hints, answer);

	if (r == EAI_AGAIN)
		return error_set(e, EAGAIN, "%s", "");
	if (r == EAI_MEMORY)
		return error_set(e, ENOMEM, "out of memory");
	if (r)
		return error_set(e, ENXIO, "Failed to resolve server %s: %s", host,
				 r == EAI_SYSTEM ? strerror(errno) : gai_strerror(r));
	if (!has_vain_zone(*answer))
		return 0;
	freeaddrinfo(*answer);
	return error_set(e, EINVAL, "%s: only a link-local address (fe80::/10) has a zone. Leave out %s", host,
			 strchr(host, '%') ? strchr(host, '%') : "it");
}

int resolve_host(const char *host, int family, struct address **list, size_t *count, struct error *e)
{
	struct addrinfo *answer = NULL;
	struct address *found;
	size_t total = 0, used = 0;
	int r = look_up(host, family, &answer, e);

	if (r)
		return r;
	for (struct addrinfo *info = answer; info; info = info->ai_next)
		total++;
	found = calloc(total ? total : 1, sizeof(*found));
	for (struct addrinfo *info = answer; found && info; info = info->ai_next)
		if (!add_address(info, &found[used]))
			used++;
	freeaddrinfo(answer);
	if (!found)
		return error_set(e, ENOMEM, "out of memory");
	if (!used) {
		free(found);
		return error_set(e, ENXIO, "Failed to resolve server %s: no usable address", host);
	}
	*list = found;
	*count = used;
	return 0;
}

int resolve_is_local(const char *text, bool *local)
{
	struct addrinfo hints = { .ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICHOST }, *answer;

	if (getaddrinfo(text, NULL, &hints, &answer))
		return -EINVAL;
	AUTO_FD fd = socket(answer->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	*local = fd >= 0 && !bind(fd, answer->ai_addr, answer->ai_addrlen);
	freeaddrinfo(answer);
	return 0;
}
