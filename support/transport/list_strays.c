/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the mounts that can be seen do not account for: transports of NFS whose mounts are detached but busy, or in
 * other mount namespaces; and what mounts asked for before the kernel put them on another one's connection.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/transport/list_private.h"

/* ---- servers, by their ends ------------------------------------------------------- */

struct server_entry {
	struct transport_ends ends; /* local is nothing */
	size_t number;
	UT_hash_handle hh;
};

/*
 * Where transports with TLS are being connected to: the kernel connects each by a helper without TLS, a transport of
 * its own (net/sunrpc/xprtsock.c, xs_tcp_tls_setup_socket), which is gone when the handshake has ended.
 */
struct connecting_entry {
	struct transport_ends ends; /* local is nothing, and there is no port: it is not known before */
	size_t count;
	UT_hash_handle hh;
};

struct straying {
	struct joining *j;
	struct server_entry *servers;
	struct connecting_entry *connecting;
	bool servers_unknown;
	bool failed;	 /* no memory */
	size_t doubtful; /* transports that may be of NFS */
};

static struct transport_ends ends_at(const struct sockaddr_storage *end)
{
	static const struct sockaddr_storage nowhere;

	return transport_ends_of(&nowhere, end);
}

static struct server_entry *find_server(const struct straying *s, const struct sockaddr_storage *end)
{
	struct transport_ends ends = ends_at(end);
	struct server_entry *entry;

	HASH_FIND(hh, s->servers, &ends, sizeof(ends), entry);
	return entry;
}

static struct server_entry *add_server(struct straying *s, const struct sockaddr_storage *end)
{
	struct transport_list *list = s->j->list;
	struct server_entry *entry = calloc(1, sizeof(*entry));

	if (entry && !(list->server_count & (list->server_count - 1))) {
		size_t room = list->server_count ? list->server_count * 2 : 1;
		struct transport_server *more = reallocarray(list->servers, room, sizeof(*more));

		if (!more) {
			free(entry);
			return NULL;
		}
		list->servers = more;
	}
	if (!entry)
		return NULL;
	entry->ends = ends_at(end);
	entry->number = list->server_count;
	HASH_ADD(hh, s->servers, ends, sizeof(entry->ends), entry);
	if (!entry->hh.tbl) {
		free(entry);
		return NULL;
	}
	list->servers[list->server_count++] = (struct transport_server){ .end = *end };
	return entry;
}

static bool add_name(struct transport_server *server, const char *name)
{
	size_t count = server->name_count;

	/* The versions of one server have a line each. */
	if (count && !strcmp(server->names[count - 1], name))
		return true;
	if (!(count & (count - 1))) {
		char **more = reallocarray(server->names, count ? count * 2 : 1, sizeof(*more));

		if (!more)
			return false;
		server->names = more;
	}
	server->names[count] = strdup(name);
	server->name_count += server->names[count] != NULL;
	return server->names[count];
}

static void take_server(const struct sockaddr_storage *end, const char *name, void *context)
{
	struct straying *s = context;
	struct server_entry *entry = find_server(s, end);

	if (!entry)
		entry = add_server(s, end);
	if (!entry || !add_name(&s->j->list->servers[entry->number], name))
		s->failed = true;
}

/* Without the file the kernel has no NFS client. */
static int read_servers(struct straying *s)
{
	AUTO_STRBUF text = { 0 };
	char path[PATH_MAX];
	struct error why;
	int r = transport_join_read(s->j, "/proc/fs/nfsfs/servers", path, sizeof(path), &text, &why);

	if (!r)
		r = transport_servers_parse(path, text.text, take_server, s, s->j->e);
	else if (r == -EBADMSG)
		r = error_set(s->j->e, EBADMSG, "%s", why.text);
	else if (r == -ENOENT)
		r = 0;
	else {
		transport_join_note(s->j, "servers of mounts in other mount namespaces are not known: %s", why.text);
		s->servers_unknown = true;
		r = 0;
	}
	return !r && s->failed ? transport_join_out_of_memory(s->j) : r;
}

static void free_servers(struct server_entry *servers)
{
	struct server_entry *entry, *next;

	HASH_ITER(hh, servers, entry, next) {
		HASH_DEL(servers, entry);
		free(entry);
	}
}

/* ---- helpers of transports that are being connected ----------------------------------- */

static struct connecting_entry *find_connecting(const struct straying *s, const struct transport_ends *ends)
{
	struct connecting_entry *entry;

	HASH_FIND(hh, s->connecting, ends, sizeof(*ends), entry);
	return entry;
}

static struct transport_ends host_at(const struct sockaddr_storage *end)
{
	struct transport_ends ends = ends_at(end);

	ends.remote_port = 0;
	return ends;
}

static void count_connecting(struct straying *s, const struct sockaddr_storage *remote)
{
	const struct transport_ends ends = host_at(remote);
	struct connecting_entry *entry = find_connecting(s, &ends);

	if (entry) {
		entry->count++;
		return;
	}
	entry = calloc(1, sizeof(*entry));
	if (entry) {
		entry->ends = ends;
		entry->count = 1;
		HASH_ADD(hh, s->connecting, ends, sizeof(entry->ends), entry);
	}
	if (entry && entry->hh.tbl)
		return;
	free(entry);
	s->failed = true;
}

/* Older kernels tell it of mounts only, and there nothing of those without TLS. */
static bool is_for_tls(const struct transport_list *list, const struct transport_entry *t)
{
	for (size_t i = 0; !t->tells_security && i < t->mount_count; i++)
		if (strstr(list->mounts[t->mounts[i]].options, "xprtsec="))
			return true;
	return !strncmp(t->security, "tls", 3);
}

static void count_connecting_mounts(struct straying *s)
{
	const struct transport_list *list = s->j->list;

	for (size_t i = 0; i < list->count; i++)
		if (list->at[i].connecting && !list->at[i].connected && is_for_tls(list, &list->at[i]))
			count_connecting(s, &list->at[i].remote);
}

/* One that is just being mounted has no mount yet, and an older kernel does not say what it was told. */
static bool may_be_for_tls(const struct transport_link *link)
{
	return !link->tells_security || !strncmp(link->security, "tls", 3);
}

static bool is_helper(struct straying *s, const struct transport_entry *t, bool encrypted)
{
	const struct transport_ends ends = host_at(&t->remote);
	struct connecting_entry *entry = find_connecting(s, &ends);

	if (!entry || !entry->count || !strncmp(t->security, "tls", 3) ||
	    (t->proof == TRANSPORT_ENCRYPTED) != encrypted)
		return false;
	entry->count--;
	return true;
}

/* As many as there are connected; the strays are the last of the list. */
static void drop_helpers(struct straying *s, size_t first, bool encrypted)
{
	struct transport_list *list = s->j->list;
	size_t kept = first;

	for (size_t i = first; i < list->count; i++)
		if (!is_helper(s, &list->at[i], encrypted))
			list->at[kept++] = list->at[i];
	list->count = kept;
}

static void free_connecting(struct connecting_entry *connecting)
{
	struct connecting_entry *entry, *next;

	HASH_ITER(hh, connecting, entry, next) {
		HASH_DEL(connecting, entry);
		free(entry);
	}
}

/* ---- switches that no mount has ------------------------------------------------------ */

/*
 * What leads to where an NFS server is, is NFS: not the server's calls back to its clients, and not what goes to the
 * ports of NFSv3's other protocols.
 */
static void take_stray(const struct transport_link *link, void *context)
{
	struct straying *s = context;
	const struct server_entry *entry;
	struct named_entry *known;
	struct transport_entry *t;

	HASH_FIND_STR(s->j->named, link->name, known);
	if (!known && link->connecting && !link->connected && may_be_for_tls(link))
		count_connecting(s, &link->remote);
	if (known || strcmp(link->protocol, "tcp") != 0 || !link->connected || !link->has_ports)
		return;
	entry = find_server(s, &link->remote);
	s->doubtful += s->servers_unknown;
	if (!entry)
		return;
	t = transport_join_add_link(s->j, link);
	if (!t) {
		s->failed = true;
		return;
	}
	t->is_stray = true;
	t->server = entry->number;
}

static int read_unreached(struct straying *s, const char *name)
{
	struct switch_entry *reached;
	struct error why;
	int r;

	HASH_FIND_STR(s->j->switches, name, reached);
	if (reached || strncmp(name, "switch-", 7) != 0)
		return 0;
	r = transport_of_switch(s->j->sources->root, name, take_stray, s, &why);
	if (s->failed || r == -ENOMEM)
		return transport_join_out_of_memory(s->j);
	if (r && r != -ENOENT) {
		transport_join_note(s->j, "%s", why.text);
		s->doubtful++;
	}
	return 0;
}

static int read_switches(struct straying *s)
{
	char path[PATH_MAX];
	struct dirent *entry;
	int r = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/sys/kernel/sunrpc/xprt-switches", s->j->sources->root);
	dir = opendir(path);
	if (!dir && errno == ENOENT)
		return 0; /* no RPC, or no /sys, which those who have mounts are told */
	if (!dir) {
		transport_join_note(s->j, "transports without mounts are not known: cannot list %s: %s", path,
				    strerror(errno));
		s->doubtful++;
		return 0;
	}
	while (!r && (entry = readdir(dir)))
		r = read_unreached(s, entry->d_name);
	closedir(dir);
	return r;
}

int transport_join_strays(struct joining *j)
{
	struct straying s = { .j = j };
	size_t first = j->list->count;
	int r = read_servers(&s);

	count_connecting_mounts(&s);
	if (!r && (s.servers || s.servers_unknown))
		r = read_switches(&s);
	if (!r && s.failed)
		r = transport_join_out_of_memory(j);
	if (!r && s.connecting) {
		drop_helpers(&s, first, false);
		drop_helpers(&s, first, true); /* its keys are there, and the transport is not told yet */
	}
	if (s.doubtful)
		j->list->client_incomplete = true;
	free_servers(s.servers);
	free_connecting(s.connecting);
	return r;
}

/* ---- what mount commands have recorded -------------------------------------------------- */

struct recording {
	struct joining *j;
	bool failed;
};

/*
 * Of several records for one folder the last of its own is that of the mount that can be seen.  Others are of mounts in
 * other mount namespaces, which share /run but not their folders.
 */
static void take_record(const struct transport_record *record, void *context)
{
	struct recording *recording = context;
	struct transport_mount *mount;
	struct mount_entry *entry;

	HASH_FIND_STR(recording->j->points, record->target, entry);
	if (!entry)
		return;
	mount = &recording->j->list->mounts[entry->number];
	if (!transport_record_is_of(record, mount)) {
		mount->record_unknown = true;
		return;
	}
	free(mount->recorded);
	mount->recorded = strdup(record->options);
	recording->failed = recording->failed || !mount->recorded;
}

/* Another one's may have taken the place of its own. */
static void settle_records(const struct joining *j)
{
	for (size_t i = 0; i < j->list->mount_count; i++) {
		struct transport_mount *mount = &j->list->mounts[i];

		mount->record_unknown = mount->record_unknown && !mount->recorded;
		if (mount->record_unknown)
			transport_join_note(j, "%s: what it has asked for is not known: what mount commands have "
					       "recorded for this folder is another mount's", mount->point);
	}
}

int transport_join_records(struct joining *j)
{
	struct recording recording = { .j = j };
	AUTO_STRBUF text = { 0 };
	char path[PATH_MAX];
	struct error why;
	int r = transport_join_read(j, "/run/mount/utab", path, sizeof(path), &text, &why);

	if (!r)
		r = transport_records_parse(path, text.text, take_record, &recording, &why);
	if (recording.failed || r == -ENOMEM)
		return transport_join_out_of_memory(j);
	if (r && r != -ENOENT) {
		transport_join_note(j, "what mounts have asked for is not all known: %s", why.text);
		j->list->records_unknown = true;
	}
	settle_records(j);
	return 0;
}
