/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel's NFS client knows: /proc/fs/nfsfs/servers and volumes (fs/nfs/client.c). */
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/transport/transport_private.h"

#define HEX "0123456789abcdefABCDEF"
#define V4_DIGITS 8u
#define V6_DIGITS 32u

/* Both files begin with the same words. */
#define VOLUMES_MAX (4u << 20) /* some 50,000 */

static const char heading[] = "NV SERVER ";

struct servers {
	transport_server_visitor *visit;
	void *context;
	bool has_heading;
};

static unsigned char nibble(char digit)
{
	return (unsigned char)(digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
}

static void read_hex(const char *digits, size_t count, void *bytes)
{
	unsigned char *to = bytes;

	for (size_t i = 0; i < count; i += 2)
		to[i / 2] = (unsigned char)(nibble(digits[i]) << 4 | nibble(digits[i + 1]));
}

static bool parse_end(const char *address, const char *port, struct sockaddr_storage *end)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)end;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)end;
	size_t size = strspn(address, HEX), port_size = strspn(port, HEX);
	in_port_t number;

	memset(end, 0, sizeof(*end));
	if (address[size] || !port_size || port_size > 4 || port[port_size])
		return false;
	number = htons((uint16_t)strtoul(port, NULL, 16));
	if (size == V4_DIGITS) {
		v4->sin_family = AF_INET;
		v4->sin_port = number;
		read_hex(address, size, &v4->sin_addr);
	} else if (size == V6_DIGITS) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = number;
		read_hex(address, size, &v6->sin6_addr);
	}
	return end->ss_family;
}

static bool is_number(const char *text)
{
	return *text && !text[strspn(text, "0123456789")];
}

static bool is_version(const char *text)
{
	return *text == 'v' && is_number(text + 1);
}

/* "v4 c0000202  801   1 server.example.com": version, address, port, how many use it, and the rest is the name */
static int take_server(char *line, const struct servers *servers)
{
	char *version = transport_next_word(&line), *address = version ? transport_next_word(&line) : NULL;
	char *port = address ? transport_next_word(&line) : NULL, *uses = port ? transport_next_word(&line) : NULL;
	struct sockaddr_storage end;

	if (!uses || !is_version(version) || !is_number(uses) || !*line || !parse_end(address, port, &end))
		return -EBADMSG;
	servers->visit(&end, line, servers->context);
	return 0;
}

static int take_line(char *line, void *context)
{
	struct servers *servers = context;

	if (servers->has_heading)
		return *line ? take_server(line, servers) : 0;
	servers->has_heading = true;
	return strncmp(line, heading, sizeof(heading) - 1) ? -EBADMSG : 0;
}

int transport_servers_parse(const char *name, char *text, transport_server_visitor *visit, void *context,
			    struct error *e)
{
	struct servers servers = { .visit = visit, .context = context };

	return transport_each_line(name, text, take_line, &servers, e);
}

/* ---- file systems ------------------------------------------------------------- */

struct volumes {
	transport_volume_visitor *visit;
	void *context;
	bool has_heading;
};

/* "v4 c0000202  801 0:68         0:0                               no ": version, address, port, device, and more */
static int take_volume(char *line, const struct volumes *volumes)
{
	char *version = transport_next_word(&line), *address = version ? transport_next_word(&line) : NULL;
	char *port = address ? transport_next_word(&line) : NULL, *device = port ? transport_next_word(&line) : NULL;
	struct transport_volume volume;
	char rest;

	if (!device || !is_version(version) || !parse_end(address, port, &volume.end) ||
	    sscanf(device, "%u:%u%c", &volume.major, &volume.minor, &rest) != 2)
		return -EBADMSG;
	return volumes->visit(&volume, volumes->context);
}

static int take_volume_line(char *line, void *context)
{
	struct volumes *volumes = context;

	if (volumes->has_heading)
		return *line ? take_volume(line, volumes) : 0;
	volumes->has_heading = true;
	return strncmp(line, heading, sizeof(heading) - 1) ? -EBADMSG : 0;
}

int transport_volumes(const char *root, transport_volume_visitor *visit, void *context, struct error *e)
{
	AUTO_STRBUF text = { 0 };
	char path[PATH_MAX];
	int r;

	snprintf(path, sizeof(path), "%s/proc/fs/nfsfs/volumes", root);
	r = file_read_unsized(path, VOLUMES_MAX, &text, e);
	return r ? r : transport_volumes_parse(path, text.text, visit, context, e);
}

int transport_volumes_parse(const char *name, char *text, transport_volume_visitor *visit, void *context,
			    struct error *e)
{
	struct volumes volumes = { .visit = visit, .context = context };

	return transport_each_line(name, text, take_volume_line, &volumes, e);
}
