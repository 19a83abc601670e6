/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "support/transport/transport_private.h"

#define FILE_ROOM 1024u /* no file of sysfs that is read here is longer */
#define TRIES 3u	/* to read a transport that changes meanwhile */

/* ---- reading ---------------------------------------------------------- */

/*
 * sysfs says that its files are a page long, so there is no size to ask for; but it gives all of one at once, and so
 * one read is enough.  Who parses it sees what is cut off.
 */
static int read_small(int folder, const char *path, char text[FILE_ROOM])
{
	AUTO_FD fd = openat(folder, path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, text, FILE_ROOM - 1);

	if (got < 0)
		return -errno;
	text[got] = '\0';
	return 0;
}

static int no_file(const char *path, int r, struct error *e)
{
	return error_set(e, -r,
			 "the kernel does not tell which connections a mount uses: %s:"
			 " %s%s",
			 path, strerror(-r),
			 r == -ENOENT ? ": see that /sys is mounted in this mount and network namespace" : "");
}

/* The last name of what the link at path points to. */
static int link_name(const char *path, char name[NAME_MAX + 1], struct error *e)
{
	char target[PATH_MAX];
	ssize_t size = readlink(path, target, sizeof(target) - 1);
	const char *slash;

	if (size < 0)
		return no_file(path, -errno, e);
	target[size] = '\0';
	slash = strrchr(target, '/');
	if (!text_copy(name, NAME_MAX + 1, slash ? slash + 1 : target))
		return error_set(e, EBADMSG, "%s points to an odd place", path);
	return 0;
}

/* ---- one transport ---------------------------------------------------- */

/* The folder of a switch of transports, which is open. */
struct folder {
	const char *path;
	int fd;
};

static int read_part(const struct folder *in, const char *name, const char *file, char text[FILE_ROOM], struct error *e)
{
	char path[PATH_MAX];
	int r;

	if (snprintf(path, sizeof(path), "%s/%s", name, file) >= (int)sizeof(path))
		return error_set(e, ENAMETOOLONG, "%s: the path is too long", in->path);
	r = read_small(in->fd, path, text);
	if (!r)
		return 0;
	if (snprintf(path, sizeof(path), "%s/%s/%s", in->path, name, file) >= (int)sizeof(path))
		return error_set(e, ENAMETOOLONG, "%s: the path is too long", in->path);
	return no_file(path, r, e);
}

static int read_once(const struct folder *in, struct transport_link *transport, struct error *e)
{
	char state[FILE_ROOM], info[FILE_ROOM], local[FILE_ROOM], remote[FILE_ROOM], security[FILE_ROOM];
	struct transport_texts texts = { state, info, local, remote, security };
	char path[PATH_MAX];
	int r = read_part(in, transport->name, "xprt_state", state, e);

	if (!r)
		r = read_part(in, transport->name, "xprt_info", info, e);
	if (!r)
		r = read_part(in, transport->name, "srcaddr", local, e);
	if (!r)
		r = read_part(in, transport->name, "dstaddr", remote, e);
	if (r)
		return r;
	r = read_part(in, transport->name, "xprtsec", security, e);
	if (r == -ENOENT)
		texts.security = NULL; /* 6.12 does not have it */
	else if (r)
		return r;
	if (snprintf(path, sizeof(path), "%s/%s", in->path, transport->name) >= (int)sizeof(path))
		return error_set(e, ENAMETOOLONG, "%s: the path is too long", in->path);
	return transport_link_parse(path, &texts, transport, e);
}

/* The files are not of one moment: one that is just connected, or cut, is half of each in them. */
static bool is_torn(const struct transport_link *transport)
{
	return !strcmp(transport->protocol, "tcp") && transport->connected && !transport->has_ports;
}

static int read_transport(const struct folder *in, struct transport_link *transport, struct error *e)
{
	int r;

	for (unsigned int tries = 0; tries < TRIES; tries++) {
		r = read_once(in, transport, e);
		if (r || !is_torn(transport))
			break;
	}
	return r;
}

/* xprt-NUMBER-PROTOCOL */
static const char *protocol_of(const char *name)
{
	static const char prefix[] = "xprt-";
	const char *dash;

	if (strncmp(name, prefix, sizeof(prefix) - 1))
		return NULL;
	dash = strchr(name + sizeof(prefix) - 1, '-');
	return dash && dash[1] ? dash + 1 : NULL;
}

/* ---- all of a mount ----------------------------------------------------- */

static int visit_entry(const struct folder *in, const char *name, transport_mount_visitor *visit, void *context,
		       struct error *e)
{
	const char *protocol = protocol_of(name);
	struct transport_link transport = { 0 };
	int r;

	if (!protocol)
		return 0;
	if (!text_copy(transport.protocol, sizeof(transport.protocol), protocol) ||
	    !text_copy(transport.name, sizeof(transport.name), name))
		return error_set(e, EBADMSG, "%s holds the odd name %s", in->path, name);
	r = read_transport(in, &transport, e);
	if (r == -ENOENT || r == -ENODEV)
		return 0; /* it went away while we looked */
	if (!r)
		visit(&transport, context);
	return r;
}

/* One that is not understood does not hide the others; the first mistake is told. */
static int visit_switch(const char *path, transport_mount_visitor *visit, void *context, struct error *e)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	struct folder in;
	struct error next;
	int r = 0;

	if (!dir)
		return no_file(path, -errno, e);
	in = (struct folder){ path, dirfd(dir) };
	while ((entry = readdir(dir))) {
		int one = visit_entry(&in, entry->d_name, visit, context, r ? &next : e);

		r = r ? r : one;
	}
	closedir(dir);
	return r;
}

static const char sunrpc[] = "/sys/kernel/sunrpc";

int transport_switch_of_mount(const char *root, unsigned int major, unsigned int minor, char name[TRANSPORT_SWITCH_MAX],
			      struct error *e)
{
	char path[PATH_MAX], client[NAME_MAX + 1], transports[NAME_MAX + 1];
	int r;

	if (snprintf(path, sizeof(path), "%s/sys/fs/nfs/%u:%u/nfs_client", root, major, minor) >= (int)sizeof(path))
		return error_set(e, ENAMETOOLONG, "%s: the path is too long", root);
	r = link_name(path, client, e);
	if (r)
		return r;
	if (snprintf(path, sizeof(path), "%s%s/rpc-clients/%s/switch", root, sunrpc, client) >= (int)sizeof(path))
		return error_set(e, ENAMETOOLONG, "%s: the path is too long", root);
	r = link_name(path, transports, e);
	if (r)
		return r;
	return text_copy(name, TRANSPORT_SWITCH_MAX, transports) ?
		       0 :
		       error_set(e, EBADMSG, "%s points to an odd place", path);
}

int transport_of_switch(const char *root, const char *name, transport_mount_visitor *visit, void *context,
			struct error *e)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s%s/xprt-switches/%s", root, sunrpc, name) >= (int)sizeof(path))
		return error_set(e, ENAMETOOLONG, "%s: the path is too long", root);
	return visit_switch(path, visit, context, e);
}

int transport_of_mount(const char *root, unsigned int major, unsigned int minor, transport_mount_visitor *visit,
		       void *context, struct error *e)
{
	char name[TRANSPORT_SWITCH_MAX];
	int r = transport_switch_of_mount(root, major, minor, name, e);

	return r ? r : transport_of_switch(root, name, visit, context, e);
}

/* ---- comparing ---------------------------------------------------------- */

struct transport_ends transport_ends_of(const struct sockaddr_storage *local, const struct sockaddr_storage *remote)
{
	return (struct transport_ends){
		.local = address_of(local),
		.remote = address_of(remote),
		.local_port = htons((in_port_t)address_port(local)),
		.remote_port = htons((in_port_t)address_port(remote)),
	};
}

bool transport_has_socket(const struct transport_link *transport, const struct transport_socket *socket)
{
	struct transport_ends ours = transport_ends_of(&transport->local, &transport->remote);
	struct transport_ends its = transport_ends_of(&socket->local, &socket->remote);

	return transport->has_ports && !memcmp(&ours, &its, sizeof(ours));
}
