/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Joins what different files of the kernel say about one transport; see transport.h. */
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/transport/transport_private.h"

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#define TABLE_MAX (256u << 20)
#define PORTS_MAX 16u
#define PORT_USUAL 2049u
#define PORTLIST_MAX 65536u

static const char *const proof_words[] = { "unknown", "clear", "half", "encrypted" };

const char *transport_proof_word(enum transport_proof proof)
{
	return (size_t)proof < ARRAY_SIZE(proof_words) ? proof_words[proof] : proof_words[0];
}

static int out_of_memory(struct error *e)
{
	return error_set(e, ENOMEM, "out of memory");
}

/* ---- what is found by a key ------------------------------------------------- */

struct socket_entry {
	struct transport_ends ends;
	const struct transport_socket *socket;
	UT_hash_handle hh;
};

/* A switch of the kernel is a group of transports; most mounts of one server have the same. */
struct switch_entry {
	char name[TRANSPORT_SWITCH_MAX];
	size_t *numbers; /* of its transports */
	size_t count;
	int error;	/* 0, or what kept it from being read to its end */
	char why[TRANSPORT_WHY_MAX];
	bool has_stats; /* lines of mountstats that cannot be told apart */
	uint64_t fewest, most; /* reconnects in them */
	UT_hash_handle hh;
};

struct named_entry {
	char name[64];
	size_t number;
	UT_hash_handle hh;
};

struct mount_entry {
	const char *point;
	size_t number;
	UT_hash_handle hh;
};

struct joining {
	const struct transport_sources *sources;
	struct transport_list *list;
	struct socket_entry *sockets, *socket_room;
	struct switch_entry *switches, **of_mount; /* of each mount; NULL where it is not, or not wholly, known */
	struct named_entry *named;
	struct mount_entry *points, *point_room;
	struct error *e;
};

static void note(const struct joining *j, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void note(const struct joining *j, const char *fmt, ...)
{
	char text[512];
	va_list args;

	if (!j->sources->note)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	j->sources->note(text, j->sources->context);
}

static int index_sockets(struct joining *j)
{
	const struct transport_sources *from = j->sources;

	j->socket_room = calloc(from->socket_count + 1, sizeof(*j->socket_room));
	if (!j->socket_room)
		return out_of_memory(j->e);
	for (size_t i = 0; i < from->socket_count; i++) {
		struct socket_entry *entry = &j->socket_room[i];

		entry->ends = transport_ends_of(&from->sockets[i].local, &from->sockets[i].remote);
		entry->socket = &from->sockets[i];
		HASH_ADD(hh, j->sockets, ends, sizeof(entry->ends), entry);
		if (!entry->hh.tbl)
			return out_of_memory(j->e);
	}
	return 0;
}

/* ---- one transport -------------------------------------------------------------- */

static enum transport_proof proof_of(const struct transport_socket *socket)
{
	if (socket->tls_version && socket->tls_cipher && socket->tls_sends && socket->tls_receives)
		return TRANSPORT_ENCRYPTED;
	if (socket->tls_sends != socket->tls_receives)
		return TRANSPORT_HALF;
	if (socket->tls_sends)
		return TRANSPORT_UNPROVEN; /* a record layer that does not say what it does */
	return socket->all_told ? TRANSPORT_CLEAR : TRANSPORT_UNPROVEN;
}

static void prove(const struct joining *j, const char *name, struct transport_entry *t)
{
	struct transport_ends ends = transport_ends_of(&t->local, &t->remote);
	struct socket_entry *entry = NULL;

	/* TLS is for TCP. */
	if (strcmp(t->protocol, "tcp")) {
		t->proof = TRANSPORT_CLEAR;
		return;
	}
	if (t->has_ends)
		HASH_FIND(hh, j->sockets, &ends, sizeof(ends), entry);
	if (entry) {
		t->socket = *entry->socket;
		t->proof = proof_of(entry->socket);
	} else if (t->connected && j->sources->sockets) {
		note(j, "%s: there is no socket with its addresses and ports", name);
	}
}

static struct transport_entry *add_transport(struct joining *j)
{
	struct transport_list *list = j->list;

	/* By powers of two. */
	if (!(list->count & (list->count - 1))) {
		size_t room = list->count ? list->count * 2 : 1;
		struct transport_entry *more = reallocarray(list->at, room, sizeof(*more));

		if (!more)
			return NULL;
		list->at = more;
	}
	list->at[list->count] = (struct transport_entry){ .is_server = false };
	return &list->at[list->count++];
}

static int add_number(size_t **numbers, size_t *count, size_t number)
{
	if (!(*count & (*count - 1))) {
		size_t room = *count ? *count * 2 : 1;
		size_t *more = reallocarray(*numbers, room, sizeof(*more));

		if (!more)
			return -ENOMEM;
		*numbers = more;
	}
	(*numbers)[(*count)++] = number;
	return 0;
}

/* ---- the client's ------------------------------------------------------------------ */

struct gathering {
	struct joining *j;
	struct switch_entry *entry;
	bool failed;
};

static int name_transport(struct joining *j, const char *name, size_t number)
{
	struct named_entry *entry = calloc(1, sizeof(*entry));

	if (!entry)
		return -ENOMEM;
	text_copy(entry->name, sizeof(entry->name), name);
	entry->number = number;
	HASH_ADD_STR(j->named, name, entry);
	if (entry->hh.tbl)
		return 0;
	free(entry);
	return -ENOMEM;
}

static struct transport_entry *transport_named(struct joining *j, const struct transport_link *link, size_t *number)
{
	struct named_entry *known;
	struct transport_entry *t;

	HASH_FIND_STR(j->named, link->name, known);
	if (known) {
		*number = known->number;
		return &j->list->at[known->number];
	}
	t = add_transport(j);
	if (!t)
		return NULL;
	*number = j->list->count - 1;
	text_copy(t->protocol, sizeof(t->protocol), link->protocol);
	text_copy(t->security, sizeof(t->security), link->security);
	t->tells_security = link->tells_security;
	t->connected = link->connected;
	t->has_ends = link->has_ports;
	t->local = link->local;
	t->remote = link->remote;
	prove(j, link->name, t);
	return name_transport(j, link->name, *number) ? NULL : t;
}

static void take_link(const struct transport_link *link, void *context)
{
	struct gathering *to = context;
	size_t number;

	if (!transport_named(to->j, link, &number) || add_number(&to->entry->numbers, &to->entry->count, number))
		to->failed = true;
}

static struct switch_entry *add_switch(struct joining *j, const char *name)
{
	struct switch_entry *entry = calloc(1, sizeof(*entry));

	if (!entry)
		return NULL;
	text_copy(entry->name, sizeof(entry->name), name);
	HASH_ADD_STR(j->switches, name, entry);
	if (entry->hh.tbl)
		return entry;
	free(entry);
	return NULL;
}

/* What keeps a switch from being read is kept with it: it is so for all its mounts. */
static int read_switch(struct joining *j, struct switch_entry *entry)
{
	struct gathering to = { .j = j, .entry = entry };
	struct error why;

	entry->error = transport_of_switch(j->sources->root, entry->name, take_link, &to, &why);
	if (!entry->error && !entry->count)
		entry->error = error_set(&why, ENOENT, "%s of the kernel has no transport", entry->name);
	if (entry->error)
		text_copy(entry->why, sizeof(entry->why), why.text);
	return to.failed || entry->error == -ENOMEM ? out_of_memory(j->e) : 0;
}

/* Reads it when it is new. */
static int find_switch(struct joining *j, const char *name, struct switch_entry **found)
{
	HASH_FIND_STR(j->switches, name, *found);
	if (*found)
		return 0;
	*found = add_switch(j, name);
	return *found ? read_switch(j, *found) : out_of_memory(j->e);
}

static void lose_mount(struct joining *j, struct transport_mount *mount, const char *why)
{
	text_copy(mount->why, sizeof(mount->why), why);
	note(j, "%s: %s", mount->point, why);
}

/* Also those of a switch that could not be read to its end: what is there is the mount's. */
static int join_mount(struct joining *j, size_t number)
{
	struct transport_mount *mount = &j->list->mounts[number];
	char name[TRANSPORT_SWITCH_MAX];
	struct switch_entry *entry;
	struct error why;
	int r = transport_switch_of_mount(j->sources->root, mount->major, mount->minor, name, &why);

	if (r) {
		lose_mount(j, mount, why.text);
		return r == -ENOMEM ? out_of_memory(j->e) : 0;
	}
	r = find_switch(j, name, &entry);
	if (r)
		return r;
	if (entry->error)
		lose_mount(j, mount, entry->why);
	else
		j->of_mount[number] = entry;
	for (size_t i = 0; i < entry->count; i++) {
		struct transport_entry *t = &j->list->at[entry->numbers[i]];

		if (add_number(&t->mounts, &t->mount_count, number))
			return out_of_memory(j->e);
	}
	return 0;
}

/* ---- mounts ----------------------------------------------------------------------------- */

static int read_mounts(struct joining *j)
{
	AUTO_STRBUF text = { 0 };
	char path[PATH_MAX];
	int r;

	snprintf(path, sizeof(path), "%s/proc/self/mountinfo", j->sources->root);
	r = file_read_unsized(path, TABLE_MAX, &text, j->e);
	return r ? r : transport_mounts_parse(path, text.text, j->list, j->e);
}

/* ---- mountstats: how often each transport was connected ------------------------------------ */

static int index_points(struct joining *j)
{
	struct transport_list *list = j->list;

	j->point_room = calloc(list->mount_count + 1, sizeof(*j->point_room));
	if (!j->point_room)
		return out_of_memory(j->e);
	for (size_t i = 0; i < list->mount_count; i++) {
		struct mount_entry *entry = &j->point_room[i], *old;

		entry->point = list->mounts[i].point;
		entry->number = i;
		HASH_FIND_STR(j->points, entry->point, old);
		/* Of two on one folder the last is the one that can be seen. */
		if (old)
			HASH_DEL(j->points, old);
		HASH_ADD_KEYPTR(hh, j->points, entry->point, strlen(entry->point), entry);
		if (!entry->hh.tbl)
			return out_of_memory(j->e);
	}
	return 0;
}

/* The kernel counts a connection when it is begun, and once more when it is there (xs_stream_start_connect). */
static uint64_t reconnects_in(const struct transport_stats *stats)
{
	return stats->connects < 2 ? 0 : stats->connects / 2 - 1;
}

static struct transport_entry *transport_at_port(const struct joining *j, const struct switch_entry *entry,
						 unsigned int port)
{
	for (size_t i = 0; i < entry->count; i++) {
		struct transport_entry *t = &j->list->at[entry->numbers[i]];

		if (t->has_ends && ntohs(transport_ends_of(&t->local, &t->remote).local_port) == port)
			return t;
	}
	return NULL;
}

static void count_reconnects(struct transport_entry *t, uint64_t reconnects)
{
	t->has_reconnects = true;
	t->reconnects = reconnects;
}

/* With TLS the kernel names no port (0), and the order of its lines is not that of its numbers. */
static void take_stats(const struct transport_stats *stats, void *context)
{
	struct joining *j = context;
	uint64_t reconnects = reconnects_in(stats);
	struct switch_entry *entry;
	struct transport_entry *t;
	struct mount_entry *mount;

	HASH_FIND_STR(j->points, stats->point, mount);
	entry = mount && stats->is_tcp ? j->of_mount[mount->number] : NULL;
	if (!entry)
		return;
	t = stats->port ? transport_at_port(j, entry, stats->port) : NULL;
	if (t) {
		count_reconnects(t, reconnects);
	} else if (!stats->port) {
		entry->fewest = entry->has_stats && entry->fewest < reconnects ? entry->fewest : reconnects;
		entry->most = entry->has_stats && entry->most > reconnects ? entry->most : reconnects;
		entry->has_stats = true;
	}
}

/* Where all lines say the same it does not matter whose they are. */
static void spread_stats(struct joining *j)
{
	for (struct switch_entry *entry = j->switches; entry; entry = entry->hh.next)
		for (size_t i = 0; i < entry->count && entry->has_stats && entry->fewest == entry->most; i++) {
			struct transport_entry *t = &j->list->at[entry->numbers[i]];

			if (!t->has_reconnects)
				count_reconnects(t, entry->most);
		}
}

static int read_stats(struct joining *j)
{
	AUTO_STRBUF text = { 0 };
	char path[PATH_MAX];
	struct error why;
	int r = index_points(j);

	if (r)
		return r;
	snprintf(path, sizeof(path), "%s/proc/self/mountstats", j->sources->root);
	r = file_read_unsized(path, TABLE_MAX, &text, &why);
	if (r) {
		note(j, "reconnects are not known: %s", why.text);
		return 0;
	}
	r = transport_stats_parse(path, text.text, take_stats, j, j->e);
	spread_stats(j);
	return r;
}

static int read_client(struct joining *j)
{
	int r = read_mounts(j);

	if (!r) {
		j->of_mount = calloc(j->list->mount_count + 1, sizeof(struct switch_entry *));
		r = j->of_mount ? 0 : out_of_memory(j->e);
	}
	for (size_t i = 0; !r && i < j->list->mount_count; i++)
		r = join_mount(j, i);
	return r || !j->list->mount_count ? r : read_stats(j);
}

/* ---- the server's --------------------------------------------------------------------------- */

struct ports {
	in_port_t at[PORTS_MAX];
	size_t count;
	bool incomplete; /* there may be more, or clients that no TCP socket tells of */
};

static bool is_one_of(const struct ports *ports, in_port_t port)
{
	for (size_t i = 0; i < ports->count; i++)
		if (ports->at[i] == port)
			return true;
	return false;
}

static void add_port(struct ports *ports, in_port_t port)
{
	if (is_one_of(ports, port))
		return; /* IPv4 and IPv6 have a line each */
	if (ports->count < PORTS_MAX)
		ports->at[ports->count++] = port;
	else
		ports->incomplete = true;
}

/* "tcp 2049" in each line (fs/nfsd/nfsctl.c) */
static void parse_ports(const struct joining *j, const char *text, struct ports *ports)
{
	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		unsigned int port;

		if (sscanf(line, "tcp %u", &port) == 1 && port <= UINT16_MAX) {
			add_port(ports, htons((uint16_t)port));
		} else {
			note(j, "clients of the server's listener \"%.*s\" cannot be seen", (int)strcspn(line, "\n"),
			     line);
			ports->incomplete = true;
		}
	}
}

/* It is there when the server's module is, whether the server runs or not. */
static bool may_have_server(const struct joining *j)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/proc/net/rpc/nfsd", j->sources->root);
	return access(path, F_OK) == 0;
}

static void read_ports(struct joining *j, struct ports *ports)
{
	AUTO_STRBUF text = { 0 };
	char path[PATH_MAX];
	struct error why;
	int r;

	snprintf(path, sizeof(path), "%s/proc/fs/nfsd/portlist", j->sources->root);
	r = file_read_unsized(path, PORTLIST_MAX, &text, &why);
	if (!r) {
		parse_ports(j, text.text, ports);
	} else if (r == -ENOENT && !may_have_server(j)) {
		note(j, "there is no NFS server (%s)", why.text);
	} else {
		note(j, "the server's ports are not known (%s): %u is taken for one", why.text, PORT_USUAL);
		add_port(ports, htons(PORT_USUAL));
		/* A server can do without the file, and a host without a server can have its module. */
		ports->incomplete = r != -ENOENT;
	}
}

static int read_server(struct joining *j)
{
	struct ports ports = { .count = 0, .incomplete = false };

	read_ports(j, &ports);
	j->list->has_server = ports.count > 0;
	j->list->server_incomplete = ports.incomplete;
	for (struct socket_entry *entry = j->sockets; entry; entry = entry->hh.next) {
		struct transport_entry *t;

		if (!is_one_of(&ports, entry->ends.local_port))
			continue;
		t = add_transport(j);
		if (!t)
			return out_of_memory(j->e);
		t->is_server = t->connected = t->has_ends = true;
		text_copy(t->protocol, sizeof(t->protocol), "tcp");
		t->local = entry->socket->local;
		t->remote = entry->socket->remote;
		t->socket = *entry->socket;
		t->proof = proof_of(entry->socket);
	}
	return 0;
}

/* ---- all ---------------------------------------------------------------------------------------- */

static void free_indexes(struct joining *j)
{
	struct switch_entry *s, *next_switch;
	struct named_entry *n, *next_name;

	HASH_CLEAR(hh, j->sockets);
	free(j->socket_room);
	HASH_CLEAR(hh, j->points);
	free(j->point_room);
	free(j->of_mount);
	HASH_ITER(hh, j->switches, s, next_switch) {
		HASH_DEL(j->switches, s);
		free(s->numbers);
		free(s);
	}
	HASH_ITER(hh, j->named, n, next_name) {
		HASH_DEL(j->named, n);
		free(n);
	}
}

int transport_list_read(const struct transport_sources *sources, bool client, bool server, struct transport_list *list,
			struct error *e)
{
	struct joining j = { .sources = sources, .list = list, .e = e };
	int r = index_sockets(&j);

	*list = (struct transport_list){ .count = 0 };
	if (!r && client)
		r = read_client(&j);
	if (!r && server)
		r = read_server(&j);
	free_indexes(&j);
	if (r)
		transport_list_free(list);
	return r;
}

void transport_list_free(struct transport_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->at[i].mounts);
	free(list->at);
	for (size_t i = 0; i < list->mount_count; i++) {
		free(list->mounts[i].source);
		free(list->mounts[i].point);
		free(list->mounts[i].options);
	}
	free(list->mounts);
	*list = (struct transport_list){ .count = 0 };
}
