/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The connections of the kernel's NFS server: the sockets at its ports. */
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/transport/list_private.h"

#define PORTS_MAX 16u
#define PORT_USUAL 2049u

struct ports {
	const struct joining *j;
	in_port_t at[PORTS_MAX];
	size_t count;
	bool told;	 /* of any listener */
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
	if (ports->count < PORTS_MAX) {
		ports->at[ports->count++] = port;
		return;
	}
	ports->incomplete = true;
	transport_join_note(ports->j, "the server has more than %u ports: those above are not looked at", PORTS_MAX);
}

static void take_listener(const char *protocol, in_port_t port, void *context)
{
	struct ports *ports = context;

	ports->told = true;
	if (!strcmp(protocol, "tcp")) {
		add_port(ports, port);
		return;
	}
	ports->incomplete = true;
	transport_join_note(ports->j, "clients of the server's listener \"%s %u\" cannot be seen", protocol,
			    ntohs(port));
}

static bool is_there(const struct joining *j, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s%s", j->sources->root, name);
	return access(path, F_OK) == 0;
}

/*
 * The file is there when the server's module is, whether the server runs or not.  A /proc that shows processes alone
 * (subset=pid) has it with each of them; where it has no network at all, nobody knows.
 */
static bool may_have_server(const struct joining *j)
{
	if (is_there(j, "/proc/net/rpc/nfsd") || is_there(j, "/proc/self/net/rpc/nfsd"))
		return true;
	return !*j->sources->root && !is_there(j, "/proc/net") && !is_there(j, "/proc/self/net");
}

/*
 * A host without a server can have its module, and a server can do without the file: where its file system is not
 * mounted for this process.  Then a port that nobody tells of may be its port.
 */
static void guess_port(const struct joining *j, const struct error *why, struct ports *ports)
{
	if (why->code == ENOENT && !may_have_server(j)) {
		transport_join_note(j, "there is no NFS server (%s)", why->text);
		return;
	}
	transport_join_note(j, "the server's ports are not known (%s): %u is taken for one", why->text, PORT_USUAL);
	add_port(ports, htons(PORT_USUAL));
	ports->incomplete = j->list->server_guessed = true;
}

/* -ENOENT where netlink has no say: of another root, or without a server's module. */
static int ask_listeners(const struct joining *j, struct ports *ports)
{
	struct error why;
	int r;

	if (*j->sources->root || !may_have_server(j))
		return -ENOENT;
	r = transport_listeners_ask(take_listener, ports, &why);
	if (r && r != -ENOENT && r != -EOPNOTSUPP)
		transport_join_note(j, "the server's listeners by netlink: %s", why.text);
	return r;
}

/*
 * The file is of the network namespace of who mounted it, netlink of ours: where netlink tells of listeners, these are
 * ours.  Where it tells of none, and there is no file, there is no server.
 */
static int read_ports(const struct joining *j, struct ports *ports)
{
	AUTO_STRBUF text = { 0 };
	char path[PATH_MAX];
	struct error why;
	int asked = ask_listeners(j, ports), r;

	if (!asked && ports->told)
		return 0;
	r = transport_join_read(j, "/proc/fs/nfsd/portlist", path, sizeof(path), &text, &why);
	if (!r && asked && asked != -ENOENT)
		ports->incomplete = true; /* whose file it is nobody knows */
	if (!r)
		return transport_listeners_parse(path, text.text, take_listener, ports, j->e);
	if (r == -EBADMSG)
		return error_set(j->e, EBADMSG, "%s", why.text);
	if (asked)
		guess_port(j, &why, ports);
	return 0;
}

/* ---- clients ------------------------------------------------------------------------ */

struct callback_entry {
	const char *end; /* as the kernel writes it */
	UT_hash_handle hh;
};

struct clients {
	struct transport_list *list;
	struct callback_entry *callbacks, *room; /* of NFSv4.0 */
	bool failed;				 /* no memory */
};

static void take_client(const struct transport_client *client, void *context)
{
	struct clients *clients = context;
	struct transport_list *list = clients->list;

	if (!ARRAY_APPEND(list->clients, list->client_count, *client))
		clients->failed = true;
}

static int index_callbacks(struct joining *j, struct clients *clients)
{
	const struct transport_list *list = j->list;

	clients->room = calloc(list->client_count + 1, sizeof(*clients->room));
	if (!clients->room)
		return transport_join_out_of_memory(j);
	for (size_t i = 0; i < list->client_count; i++) {
		struct callback_entry *entry = &clients->room[i], *old;

		entry->end = list->clients[i].callback;
		if (list->clients[i].minor != 0 || !*entry->end)
			continue;
		HASH_FIND_STR(clients->callbacks, entry->end, old);
		if (old)
			continue;
		HASH_ADD_KEYPTR(hh, clients->callbacks, entry->end, strlen(entry->end), entry);
		if (!entry->hh.tbl)
			return transport_join_out_of_memory(j);
	}
	return 0;
}

/* Without them it is not known which connections are callbacks. */
static int read_clients(struct joining *j, struct clients *clients)
{
	struct error why;

	if (!j->list->has_server || j->list->server_unseen)
		return 0;
	if (transport_clients(j->sources->root, take_client, clients, &why)) {
		transport_join_note(j, "the server's clients, and where it calls them back, are not all known: %s",
				    why.text);
		j->list->server_incomplete = true;
	}
	return clients->failed ? transport_join_out_of_memory(j) : index_callbacks(j, clients);
}

static bool is_callback(const struct clients *clients, const struct transport_socket *socket)
{
	const struct callback_entry *entry = NULL;
	char end[ADDRESS_END_MAX];

	if (!clients->callbacks)
		return false;
	address_end_text(&socket->remote, end);
	HASH_FIND_STR(clients->callbacks, end, entry);
	return entry;
}

/* ---- all ------------------------------------------------------------------------------ */

static int add_socket(struct joining *j, const struct transport_socket *socket, bool callback)
{
	struct transport_entry *t = transport_join_add(j);

	if (!t)
		return transport_join_out_of_memory(j);
	t->is_server = t->connected = t->has_ends = true;
	t->is_callback = callback;
	text_copy(t->protocol, sizeof(t->protocol), "tcp");
	t->local = socket->local;
	t->remote = socket->remote;
	t->socket = *socket;
	t->proof = transport_join_proof_of(socket);
	if (!callback && transport_join_is_promised(t))
		t->proof = TRANSPORT_STARTING;
	return 0;
}

int transport_join_server(struct joining *j)
{
	struct ports ports = { .j = j };
	struct clients clients = { .list = j->list };
	int r = read_ports(j, &ports);

	if (r)
		return r;
	j->list->has_server = ports.count > 0;
	j->list->server_unseen = ports.count && !j->sources->has_sockets;
	j->list->server_incomplete = ports.incomplete || j->list->server_unseen;
	r = read_clients(j, &clients);
	for (const struct socket_entry *entry = j->sockets; !r && entry; entry = entry->hh.next) {
		bool at_port = is_one_of(&ports, entry->ends.local_port);

		if (at_port || is_callback(&clients, entry->socket))
			r = add_socket(j, entry->socket, !at_port);
	}
	HASH_CLEAR(hh, clients.callbacks);
	free(clients.room);
	return r;
}
