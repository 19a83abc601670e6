/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every NFS connection of this host: is it encrypted as the policy demands?  Those of the kernel are found as
 * "nfsstat --tls" finds them; other programs' by NFS' port.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/agent/agent.h"
#include "support/transport/transport.h"
#include "utils/nfstls/check_demands.h"

#include <uthash.h>

#define NFS_PORT 2049u

static const char subject[] = "connections";

/* An address, with the port where it matters; compared by its bytes. */
struct end {
	unsigned char bytes[16];
	uint16_t size, port;
	uint16_t is_server; /* we are, and that is a client */
};
_Static_assert(sizeof(struct end) == 16 + 3 * 2, "nothing lies between the members");

/* A server at one port, or a client: one line tells of its connections, and it tells the worst. */
struct peer {
	struct end at; /* of a client without port */
	struct policy_address address;
	unsigned int connections;
	struct check_judgement worst;
	UT_hash_handle hh;
};

/* The ends of a socket that the list of transports has. */
struct listed {
	struct sockaddr_storage local, remote;
};

struct peers {
	struct check *check;
	struct peer *all;
	unsigned int connections;
	bool failed;
	struct agent_sessions *sessions; /* NULL: the agent did not tell */
	struct policy_mode served;	 /* the weakest minimum of all exports */
	struct transport_socket *sockets;
	size_t socket_count;
	struct transport_list list;
	struct listed *listed; /* sorted */
	size_t listed_count;
	char note[256]; /* the first, of what could not be seen */
};

/* ---- the ends of a connection -------------------------------------------------- */

static unsigned int port_of(const struct sockaddr_storage *socket)
{
	if (socket->ss_family == AF_INET6)
		return ntohs(((const struct sockaddr_in6 *)socket)->sin6_port);
	return socket->ss_family == AF_INET ? ntohs(((const struct sockaddr_in *)socket)->sin_port) : 0;
}

/* ---- what the agent knows ---------------------------------------------------------- */

/* Without an answer it stays unknown who showed a certificate; check_agent() says what is wrong with the agent. */
static struct agent_sessions *ask_sessions(void)
{
	struct error e;
	struct json_object *answer = agent_ask_here("sessions", AGENT_LIMIT_MS, &e);

	return answer ? agent_sessions_new(answer) : NULL;
}

static void ask_agent(const struct peers *peers, const struct sockaddr_storage *local,
		      const struct sockaddr_storage *remote, struct check_connection *connection)
{
	struct agent_session session;

	connection->starting |= agent_sessions_starting(peers->sessions, local, remote);
	connection->mutual = agent_sessions_find(peers->sessions, local, remote, &session) ? session.mutual :
											     AGENT_MUTUAL_UNKNOWN;
}

/* ---- the list of peers ------------------------------------------------------------------ */

static struct end end_of(const struct policy_address *address, unsigned int port, bool is_server)
{
	struct end end = { .size = (uint16_t)address->size, .port = (uint16_t)port, .is_server = is_server };

	memcpy(end.bytes, address->bytes, address->size);
	return end;
}

/* The peer of that end, which may be new; NULL without memory. */
static struct peer *need_peer(struct peers *peers, const struct end *at, const struct policy_address *address)
{
	struct peer *peer;

	HASH_FIND(hh, peers->all, at, sizeof(*at), peer);
	if (peer)
		return peer;
	peer = calloc(1, sizeof(*peer));
	if (peer) {
		peer->at = *at;
		peer->address = *address;
		HASH_ADD(hh, peers->all, at, sizeof(peer->at), peer);
		if (peer->hh.tbl)
			return peer;
		free(peer);
	}
	peers->failed = true;
	return NULL;
}

/* ---- connections ------------------------------------------------------------------------ */

static void take_connection(struct peers *peers, const struct sockaddr_storage *remote,
			    const struct check_connection *connection)
{
	struct policy_address address = policy_address_of(remote);
	struct end at = end_of(&address, connection->is_server ? 0 : port_of(remote), connection->is_server);
	struct peer *peer = need_peer(peers, &at, &address);
	struct check_judgement judged;

	if (!peer)
		return;
	check_judge_connection(connection, &judged);
	if (!peer->connections++ || judged.level > peer->worst.level)
		peer->worst = judged;
	peers->connections++;
}

static void take_transport(struct peers *peers, const struct transport_entry *t)
{
	struct check_connection connection = {
		.sends = t->proof == TRANSPORT_ENCRYPTED || t->socket.tls_sends,
		.receives = t->proof == TRANSPORT_ENCRYPTED || t->socket.tls_receives,
		.visible = t->proof != TRANSPORT_UNPROVEN,
		.starting = t->proof == TRANSPORT_STARTING,
		.is_server = t->is_server,
		.is_callback = t->is_callback,
		.certain = true,
		.minimum = peers->served,
	};

	if (!t->connected)
		return;
	if (!t->is_server) {
		connection.minimum = connection.most = (struct policy_mode){ .mode = XPRTSEC_NONE };
		check_demand_of_transport(peers->check, &peers->list, t, &connection);
	}
	ask_agent(peers, &t->local, &t->remote, &connection);
	take_connection(peers, &t->remote, &connection);
}

static int compare_listed(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct listed));
}

static void remember_listed(struct peers *peers)
{
	peers->listed = calloc(peers->list.count + 1, sizeof(*peers->listed));
	peers->failed |= !peers->listed;
	for (size_t i = 0; peers->listed && i < peers->list.count; i++) {
		const struct transport_socket *socket = &peers->list.at[i].socket;

		if (socket->local.ss_family)
			peers->listed[peers->listed_count++] = (struct listed){ socket->local, socket->remote };
	}
	if (peers->listed)
		qsort(peers->listed, peers->listed_count, sizeof(*peers->listed), compare_listed);
}

static bool is_listed(const struct peers *peers, const struct transport_socket *socket)
{
	const struct listed one = { socket->local, socket->remote };

	return peers->listed && bsearch(&one, peers->listed, peers->listed_count, sizeof(one), compare_listed);
}

/* At NFS' port, and none of the kernel's that is known: another program's, or one that has just been made. */
static void take_socket(struct peers *peers, const struct transport_socket *socket)
{
	const struct policy_address address = policy_address_of(&socket->remote);
	struct check_connection connection = {
		.sends = socket->tls_sends,
		.receives = socket->tls_receives,
		.visible = socket->all_told,
		.starting = transport_is_promised_tls(socket) && !socket->tls_sends && !socket->tls_receives,
		.is_server = port_of(&socket->local) == NFS_PORT,
		.minimum = peers->served,
	};

	if ((!connection.is_server && port_of(&socket->remote) != NFS_PORT) || is_listed(peers, socket))
		return;
	connection.certain = connection.is_server;
	if (!connection.is_server) {
		connection.minimum = connection.most = (struct policy_mode){ .mode = XPRTSEC_NONE };
		check_demand_of_address(peers->check, &address, &connection);
	}
	ask_agent(peers, &socket->local, &socket->remote, &connection);
	take_connection(peers, &socket->remote, &connection);
}

static void take_all(struct peers *peers)
{
	remember_listed(peers);
	for (size_t i = 0; i < peers->list.count; i++)
		take_transport(peers, &peers->list.at[i]);
	for (size_t i = 0; i < peers->socket_count; i++)
		take_socket(peers, &peers->sockets[i]);
}

/* ---- all of them ------------------------------------------------------------------------- */

static void say_peer(struct check *check, const struct peer *peer)
{
	char host[INET6_ADDRSTRLEN], who[INET6_ADDRSTRLEN + 32];

	check_address_text(&peer->address, host);
	if (peer->at.is_server || peer->at.port == NFS_PORT)
		snprintf(who, sizeof(who), "%s %s", peer->at.is_server ? "client" : "server", host);
	else
		snprintf(who, sizeof(who), "server %s port %u", host, peer->at.port);
	if (peer->connections == 1)
		check_say(check, peer->worst.level, who, peer->worst.remedy, "%s", peer->worst.finding);
	else
		check_say(check, peer->worst.level, who, peer->worst.remedy, "%u connections, %s %s", peer->connections,
			  peer->worst.level == CHECK_OK ? "the first:" : "one of them:", peer->worst.finding);
}

static void say_all(struct peers *peers)
{
	struct peer *peer, *next;

	HASH_ITER(hh, peers->all, peer, next) {
		if (peer->connections)
			say_peer(peers->check, peer);
		HASH_DEL(peers->all, peer);
		free(peer);
	}
}

static void on_note(const char *text, void *context)
{
	struct peers *peers = context;

	if (!*peers->note)
		text_copy(peers->note, sizeof(peers->note), text);
}

static int read_list(struct peers *peers, struct error *e)
{
	struct transport_sources sources = { .root = "",
					     .has_sockets = true,
					     .note = on_note,
					     .context = peers,
					     .sys_elsewhere = transport_sys_is_elsewhere() };
	int r = transport_sockets_all(&peers->sockets, &peers->socket_count, e);

	if (r)
		return r;
	sources.sockets = peers->sockets;
	sources.socket_count = peers->socket_count;
	return transport_list_read(&sources, true, true, &peers->list, e);
}

static bool has_lost_mounts(const struct transport_list *list)
{
	for (size_t i = 0; i < list->mount_count; i++)
		if (*list->mounts[i].why)
			return true;
	return false;
}

static void say_what_is_missing(struct peers *peers)
{
	const struct transport_list *list = &peers->list;

	if (peers->failed)
		check_say(peers->check, CHECK_WARNING, subject, NULL, "not all examined: out of memory");
	else if (list->sys_elsewhere)
		check_say(peers->check, CHECK_WARNING, subject, "have /sys mounted in this network namespace",
			  "/sys is of another network namespace: mounts' connections cannot be seen");
	else if (list->client_incomplete || list->server_incomplete || has_lost_mounts(list))
		check_say(peers->check, CHECK_WARNING, subject, "see nfsstat --tls -v",
			  "there may be more than those that can be seen: %s", peers->note);
	else if (!peers->connections)
		check_say(peers->check, CHECK_OK, subject, NULL, "there is none of NFS");
}

static void examine(struct peers *peers)
{
	struct error e;

	check_demand_of_exports(peers->check, &peers->served);
	peers->sessions = ask_sessions();
	if (read_list(peers, &e)) {
		check_say(peers->check, CHECK_WARNING, subject, "ask again as root", "cannot be examined: %s", e.text);
		return;
	}
	take_all(peers);
	say_what_is_missing(peers);
	say_all(peers);
	check_proven(peers->check, peers->sessions, &peers->list);
}

void check_transports(struct check *check)
{
	struct peers peers = { .check = check, .served = { .mode = XPRTSEC_NONE } };

	if (!check->live) {
		check_say(check, CHECK_WARNING, subject, "run nfstls check on the host itself",
			  "not looked at, since another root is examined");
		return;
	}
	if (check_lacks_policy(check, subject))
		return;
	examine(&peers);
	transport_list_free(&peers.list);
	free(peers.sockets);
	free(peers.listed);
	agent_sessions_free(peers.sessions);
}
