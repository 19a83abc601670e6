/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel's NFS client knows: servers, and file systems that are mounted somewhere.  /proc tells those of the
 * network namespace of whoever reads (net/nfsfs), while /sys is of the network namespace of whoever has mounted it.
 * The number of a file system's device is its own in the whole kernel, and /sys/fs/nfs has those of one network
 * namespace: so a file system of ours that is there proves that it is our /sys, and one that is not, that something
 * cannot be seen.  Names, numbers and addresses of network devices prove nothing: they may be the same in both.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/transport/list_private.h"

static struct transport_ends ends_at(const struct sockaddr_storage *end)
{
	static const struct sockaddr_storage nowhere;

	return transport_ends_of(&nowhere, end);
}

static struct transport_ends host_at(const struct sockaddr_storage *end)
{
	struct transport_ends ends = ends_at(end);

	ends.remote_port = 0;
	return ends;
}

/* ---- servers ------------------------------------------------------------------- */

struct server_entry *transport_join_server_at(const struct joining *j, const struct sockaddr_storage *end)
{
	struct transport_ends ends = ends_at(end);
	struct server_entry *entry;

	HASH_FIND(hh, j->servers, &ends, sizeof(ends), entry);
	return entry;
}

static struct server_entry *add_server(struct joining *j, const struct sockaddr_storage *end)
{
	struct transport_list *list = j->list;
	struct server_entry *entry = calloc(1, sizeof(*entry));
	const struct transport_server server = { .end = *end };

	if (!entry)
		return NULL;
	entry->ends = ends_at(end);
	entry->number = list->server_count;
	HASH_ADD(hh, j->servers, ends, sizeof(entry->ends), entry);
	if (entry->hh.tbl && ARRAY_APPEND(list->servers, list->server_count, server))
		return entry;
	if (entry->hh.tbl)
		HASH_DEL(j->servers, entry);
	free(entry);
	return NULL;
}

static bool add_name(struct transport_server *server, const char *name)
{
	size_t count = server->name_count;
	char *copy;

	/* The versions of one server have a line each. */
	if (count && !strcmp(server->names[count - 1], name))
		return true;
	copy = strdup(name);
	if (copy && ARRAY_APPEND(server->names, server->name_count, copy))
		return true; /* cppcheck-suppress memleak ; the list has it */
	free(copy);
	return false;
}

struct knowing {
	struct joining *j;
	bool failed; /* no memory */
};

static void take_server(const struct sockaddr_storage *end, const char *name, void *context)
{
	struct knowing *knowing = context;
	struct joining *j = knowing->j;
	struct server_entry *entry = transport_join_server_at(j, end);

	if (!entry)
		entry = add_server(j, end);
	if (!entry || !add_name(&j->list->servers[entry->number], name))
		knowing->failed = true;
}

int transport_join_need_server(struct joining *j, const struct sockaddr_storage *end, size_t *number)
{
	struct server_entry *entry = transport_join_server_at(j, end);
	struct sockaddr_storage host = *end;
	char name[ADDRESS_END_MAX];

	if (!entry) {
		entry = add_server(j, end);
		address_set_port(&host, 0);
		address_end_text(&host, name);
		if (!entry || !add_name(&j->list->servers[entry->number], name))
			return -ENOMEM;
	}
	*number = entry->number;
	return 0;
}

/* ---- file systems ---------------------------------------------------------------- */

struct volume_entry *transport_join_volume_of(const struct joining *j, unsigned int major, unsigned int minor)
{
	const struct device device = { major, minor };
	struct volume_entry *entry;

	HASH_FIND(hh, j->volumes, &device, sizeof(device), entry);
	return entry;
}

/* While it is just being mounted it has no device, and its server leads to it. */
static bool is_unfinished(const struct transport_volume *volume)
{
	return !volume->major && !volume->minor;
}

static int take_volume(const struct transport_volume *volume, void *context)
{
	struct joining *j = context;
	struct volume_entry *entry;

	if (is_unfinished(volume) || transport_join_volume_of(j, volume->major, volume->minor))
		return 0;
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return -ENOMEM;
	entry->device = (struct device){ volume->major, volume->minor };
	entry->end = volume->end;
	HASH_ADD(hh, j->volumes, device, sizeof(entry->device), entry);
	if (entry->hh.tbl)
		return 0;
	free(entry);
	return -ENOMEM;
}

/* ---- whose /sys ------------------------------------------------------------------- */

static bool has_folder(const struct joining *j, const struct volume_entry *volume)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/sys/fs/nfs/%u:%u", j->sources->root, volume->device.major,
		 volume->device.minor);
	return access(path, F_OK) == 0;
}

/* Where there is no such folder of any it is not this /sys that is another one's: there is none. */
static bool shows_others_only(const struct joining *j)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/sys/fs/nfs", j->sources->root);
	if (!j->volumes || access(path, F_OK))
		return false;
	for (const struct volume_entry *volume = j->volumes; volume; volume = volume->hh.next)
		if (has_folder(j, volume))
			return false;
	return true;
}

/* ---- reading ------------------------------------------------------------------------ */

#define FOLDER "nfsfs/"

/*
 * -ENOENT where the kernel has no NFS client.  A /proc that shows processes alone (subset=pid) has no fs, and a folder
 * net all the same.
 */
static int read_known(const struct joining *j, const char *name, char path[PATH_MAX], struct strbuf *text,
		      struct error *why)
{
	char place[64];
	int r;

	snprintf(place, sizeof(place), "/proc/fs/" FOLDER "%s", name);
	r = transport_join_read(j, place, path, PATH_MAX, text, why);
	if (r != -ENOENT || *j->sources->root)
		return r;
	snprintf(place, sizeof(place), "/proc/self/net/" FOLDER "%s", name);
	r = transport_join_read(j, place, path, PATH_MAX, text, why);
	return r == -ENOENT && access("/proc/self/net", F_OK) ? error_set(why, ESRCH, "/proc shows no network") : r;
}

static int read_servers(struct joining *j, transport_server_visitor *visit, void *context)
{
	AUTO_STRBUF text = { 0 };
	char path[PATH_MAX];
	struct error why;
	int r = read_known(j, "servers", path, &text, &why);

	if (!r)
		return transport_servers_parse(path, text.text, visit, context, j->e);
	if (r == -EBADMSG)
		return error_set(j->e, EBADMSG, "%s", why.text);
	if (r == -ENOENT)
		return 0;
	transport_join_note(j, "servers of mounts in other mount namespaces are not known: %s", why.text);
	j->known_unknown = true;
	return 0;
}

/* What no kernel lacks, a copy of another system's files may; where there is no network at all, servers tell. */
static int read_volumes(struct joining *j, transport_volume_visitor *visit, void *context)
{
	AUTO_STRBUF text = { 0 };
	char path[PATH_MAX];
	struct error why;
	int r = read_known(j, "volumes", path, &text, &why);

	if (!r)
		return transport_volumes_parse(path, text.text, visit, context, j->e);
	if (r == -EBADMSG)
		return error_set(j->e, EBADMSG, "%s", why.text);
	if (r == -ENOENT || r == -ESRCH)
		return 0;
	transport_join_note(j, "file systems in other mount namespaces are not known: %s", why.text);
	j->known_unknown = true;
	return 0;
}

/* File systems first: the servers of those that are mounted meanwhile are there then. */
int transport_join_known(struct joining *j)
{
	struct knowing knowing = { .j = j };
	int r = read_volumes(j, take_volume, j);

	if (!r)
		r = read_servers(j, take_server, &knowing);
	if (!r && knowing.failed)
		r = transport_join_out_of_memory(j);
	j->list->sys_elsewhere = j->sources->sys_elsewhere || shows_others_only(j);
	return r;
}

/* ---- what transports lead to ------------------------------------------------------------ */

int transport_join_reach(struct joining *j, const struct sockaddr_storage *remote)
{
	const struct transport_ends ends = ends_at(remote);
	struct server_entry *server;
	struct host_entry *host;

	if (ends.remote_port) {
		server = transport_join_server_at(j, remote);
		if (server)
			server->is_reached = true;
		return 0;
	}
	HASH_FIND(hh, j->hosts, &ends, sizeof(ends), host);
	if (host || !ends.remote.size)
		return 0;
	host = calloc(1, sizeof(*host));
	if (!host)
		return -ENOMEM;
	host->ends = ends;
	HASH_ADD(hh, j->hosts, ends, sizeof(host->ends), host);
	if (host->hh.tbl)
		return 0;
	free(host);
	return -ENOMEM;
}

static bool is_reached(const struct joining *j, const struct server_entry *server)
{
	const struct transport_ends host = host_at(&j->list->servers[server->number].end);
	const struct host_entry *entry = NULL;

	if (!server->is_reached)
		HASH_FIND(hh, j->hosts, &host, sizeof(host), entry);
	return server->is_reached || entry;
}

/* ---- what none leads to ------------------------------------------------------------------- */

static bool misses_something(const struct joining *j)
{
	for (const struct server_entry *server = j->servers; server; server = server->hh.next)
		if (!is_reached(j, server))
			return true;
	for (const struct volume_entry *volume = j->volumes; volume; volume = volume->hh.next)
		if (volume->is_missed)
			return true;
	return false;
}

/* What is still there, and not only was when we began. */
struct missing {
	struct joining *j;
	size_t servers, volumes;
	char first[ADDRESS_END_MAX];
};

static void find_missing_server(const struct sockaddr_storage *end, const char *name, void *context)
{
	struct missing *missing = context;
	struct server_entry *server = transport_join_server_at(missing->j, end);

	(void)name;
	if (!server || server->is_told || is_reached(missing->j, server))
		return;
	server->is_told = true;
	if (!missing->servers++)
		address_end_text(end, missing->first);
}

static int find_missing_volume(const struct transport_volume *volume, void *context)
{
	struct missing *missing = context;
	const struct volume_entry *entry = transport_join_volume_of(missing->j, volume->major, volume->minor);

	missing->volumes += entry && entry->is_missed;
	return 0;
}

int transport_join_compare_known(struct joining *j)
{
	struct missing missing = { .j = j };
	int r = 0;

	j->list->client_incomplete |= j->known_unknown;
	if (j->list->sys_elsewhere || !misses_something(j))
		return 0;
	r = read_volumes(j, find_missing_volume, &missing);
	if (!r)
		r = read_servers(j, find_missing_server, &missing);
	if (r)
		return r;
	if (missing.servers)
		transport_join_note(j, "the kernel knows %zu server%s that no transport in /sys leads to, as %s",
				    missing.servers, missing.servers == 1 ? "" : "s", missing.first);
	if (missing.volumes)
		transport_join_note(j, "%zu file system%s of the kernel's NFS client %s no transport in /sys",
				    missing.volumes, missing.volumes == 1 ? "" : "s",
				    missing.volumes == 1 ? "has" : "have");
	j->list->client_missed = missing.servers || missing.volumes;
	j->list->client_incomplete |= j->list->client_missed;
	return 0;
}

void transport_join_known_free(struct joining *j)
{
	struct server_entry *server, *next_server;
	struct volume_entry *volume, *next_volume;
	struct host_entry *host, *next_host;

	HASH_ITER(hh, j->servers, server, next_server) {
		HASH_DEL(j->servers, server);
		free(server);
	}
	HASH_ITER(hh, j->volumes, volume, next_volume) {
		HASH_DEL(j->volumes, volume);
		free(volume);
	}
	HASH_ITER(hh, j->hosts, host, next_host) {
		HASH_DEL(j->hosts, host);
		free(host);
	}
}
