/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/tlshd/volumes.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#define VOLUMES_FILE "/proc/net/nfsfs/volumes"
#define VOLUMES_MAX (4u << 20) /* some 50,000 volumes */

/* As the kernel writes a server: the address and the port. */
static void wanted_text(const struct sockaddr_storage *server, char text[48])
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)server;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)server;
	const unsigned char *bytes = (const unsigned char *)&v4->sin_addr;
	size_t size = 4, used = 0;
	unsigned int port = ntohs(v4->sin_port);

	if (server->ss_family == AF_INET6) {
		bool mapped = IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr);

		bytes = v6->sin6_addr.s6_addr + (mapped ? 12 : 0);
		size = mapped ? 4 : 16;
		port = ntohs(v6->sin6_port);
	}
	for (size_t i = 0; i < size; i++)
		used += (size_t)snprintf(text + used, 48 - used, "%02x", bytes[i]);
	snprintf(text + used, 48 - used, " %x", port);
}

bool volumes_have(const char *text, const struct sockaddr_storage *server)
{
	char wanted[48], address[40], port[8], found[48];

	wanted_text(server, wanted);
	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		if (sscanf(line, "%*7s %39[0-9a-f] %7[0-9a-f]", address, port) != 2)
			continue;
		snprintf(found, sizeof(found), "%s %s", address, port);
		if (!strcmp(found, wanted))
			return true;
	}
	return false;
}

bool volumes_mounted(const struct sockaddr_storage *server)
{
	AUTO_STRBUF text = { 0 };
	int r = file_read_unsized(VOLUMES_FILE, VOLUMES_MAX, &text, NULL);

	if (r)
		return r != -ENOENT; /* without the file there is no NFS client, and no mount */
	return volumes_have(text.text, server);
}
