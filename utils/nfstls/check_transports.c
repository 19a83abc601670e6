/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every NFS connection of this host: is it encrypted as the policy demands? */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/agent/agent.h"
#include "support/transport/transport.h"
#include "utils/nfstls/check.h"

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#define NFS_PORT 2049u

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
	bool certain;		    /* of a server: the policy has answered for a mount of it */
	struct policy_mode minimum; /* then: the weakest of its mounts, since one connection may carry them all */
	unsigned int connections;
	struct check_judgement worst;
	UT_hash_handle hh;
};

struct peers {
	struct check *check;
	struct peer *all;
	unsigned int connections;
	bool failed;
	struct agent_sessions *sessions; /* NULL: the agent did not tell */
	struct policy_mode served;	 /* the weakest minimum of all exports */
};

/* ---- the ends of a connection -------------------------------------------------- */

static unsigned int port_of(const struct sockaddr_storage *socket)
{
	if (socket->ss_family == AF_INET6)
		return ntohs(((const struct sockaddr_in6 *)socket)->sin6_port);
	return socket->ss_family == AF_INET ? ntohs(((const struct sockaddr_in *)socket)->sin_port) : 0;
}

static void address_text(const struct policy_address *address, char text[INET6_ADDRSTRLEN])
{
	if (!address->size || !inet_ntop(address->size == 4 ? AF_INET : AF_INET6, address->bytes, text,
					 INET6_ADDRSTRLEN))
		text_copy(text, INET6_ADDRSTRLEN, "?");
}

/* ---- what the agent knows ---------------------------------------------------------- */

/* Without an answer it stays unknown who showed a certificate; check_agent() says what is wrong with the agent. */
static struct agent_sessions *ask_sessions(void)
{
	struct error e;
	struct json_object *answer = agent_ask_object("sessions", AGENT_LIMIT_MS, &e);

	return answer ? agent_sessions_new(answer) : NULL;
}

static enum agent_mutual mutual_of(const struct peers *peers, const struct transport_socket *socket)
{
	struct agent_session session;

	return agent_sessions_find(peers->sessions, &socket->local, &socket->remote, &session) ? session.mutual :
												 AGENT_MUTUAL_UNKNOWN;
}

/* ---- what the policy demands ---------------------------------------------------------- */

/* A connection serves all exports, so only the weakest minimum can be demanded of it. */
static void keep_weaker(struct policy_mode *weakest, bool first, const struct policy_mode *other)
{
	if (first || !xprtsec_at_least(other->mode, weakest->mode))
		*weakest = *other;
}

static void find_served(struct peers *peers)
{
	const struct check_exports *exports = &peers->check->host.exports;
	struct policy_export answer;
	bool first = true;
	struct error e;

	/* Exports that the policy cannot judge are failures of check_exports(). */
	for (size_t i = 0; i < exports->count; i++) {
		if (policy_export(peers->check->policy, exports->at[i].path, &answer, &e))
			continue;
		keep_weaker(&peers->served, first, &answer.minimum);
		first = false;
	}
	if (first && !policy_export(peers->check->policy, "/", &answer, &e))
		peers->served = answer.minimum;
}

/* The minimum of a server that no mount is known of: that of the address alone. */
static struct policy_mode minimum_of_address(const struct check *check, const struct policy_address *address)
{
	char host[INET6_ADDRSTRLEN];
	const struct policy_mount_question question = { .server = { host, address, 1 } };
	struct policy_mount answer;
	struct error e;

	address_text(address, host);
	/* Sections that disagree refuse every mount: then nothing weaker than the strongest can be called good. */
	if (policy_mount(check->policy, &question, &answer, &e))
		return (struct policy_mode){ .mode = XPRTSEC_MTLS };
	return answer.minimum;
}

/* ---- the list of peers ------------------------------------------------------------------ */

static struct peer *find_peer(const struct peers *peers, const struct end *at)
{
	struct peer *peer;

	HASH_FIND(hh, peers->all, at, sizeof(*at), peer);
	return peer;
}

static struct end end_of(const struct policy_address *address, unsigned int port, bool is_server)
{
	struct end end = { .size = (uint16_t)address->size, .port = (uint16_t)port, .is_server = is_server };

	memcpy(end.bytes, address->bytes, address->size);
	return end;
}

/* The peer of that end, which may be new; NULL without memory. */
static struct peer *need_peer(struct peers *peers, const struct end *at, const struct policy_address *address)
{
	struct peer *peer = find_peer(peers, at);

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

/* Each mount is asked about once, however many connections there are. */
static void take_mount(struct peers *peers, const struct check_mount *mount)
{
	struct mount_question question;
	struct check_options options;
	struct policy_address address;
	struct policy_mount answer;
	struct peer *peer;
	struct error e;
	struct end at;

	check_options_parse(mount->options, &options);
	if (!policy_address_parse(options.addr, &address) ||
	    mount_question_parse(mount->source, mount->point, &question, &e) ||
	    mount_question_add_address(&question, options.addr, &e))
		return;
	at = end_of(&address, options.port ? options.port : NFS_PORT, false);
	peer = need_peer(peers, &at, &address);
	if (!peer || mount_question_ask(peers->check->policy, &question, &answer, &e))
		return;
	keep_weaker(&peer->minimum, !peer->certain, &answer.minimum);
	peer->certain = true;
}

/* NULL for a connection that is none of NFS: a server is at NFS' port, or where a mount with port= says. */
static struct peer *peer_of(struct peers *peers, const struct transport_socket *socket, bool is_server)
{
	unsigned int port = port_of(&socket->remote);
	struct policy_address address = policy_address_of(&socket->remote);
	struct end at = end_of(&address, is_server ? 0 : port, is_server);

	return is_server || port == NFS_PORT ? need_peer(peers, &at, &address) : find_peer(peers, &at);
}

static void take_socket(const struct transport_socket *socket, void *context)
{
	struct peers *peers = context;
	bool is_server = port_of(&socket->local) == NFS_PORT;
	struct peer *peer = peer_of(peers, socket, is_server);
	struct check_judgement judged;
	struct check_connection connection = {
		.sends = socket->tls_sends,
		.receives = socket->tls_receives,
		.visible = socket->all_told,
		.is_server = is_server,
	};

	if (!peer)
		return;
	connection.certain = is_server || peer->certain;
	if (is_server)
		connection.minimum = peers->served;
	else
		connection.minimum = peer->certain ? peer->minimum : minimum_of_address(peers->check, &peer->address);
	connection.mutual = mutual_of(peers, socket);
	check_judge_connection(&connection, &judged);
	if (!peer->connections++ || judged.level > peer->worst.level)
		peer->worst = judged;
	peers->connections++;
}

static void say_peer(struct check *check, const struct peer *peer)
{
	char host[INET6_ADDRSTRLEN], subject[INET6_ADDRSTRLEN + 32];

	address_text(&peer->address, host);
	if (peer->at.is_server || peer->at.port == NFS_PORT)
		snprintf(subject, sizeof(subject), "%s %s", peer->at.is_server ? "client" : "server", host);
	else
		snprintf(subject, sizeof(subject), "server %s port %u", host, peer->at.port);
	if (peer->connections == 1)
		check_say(check, peer->worst.level, subject, peer->worst.remedy, "%s", peer->worst.finding);
	else
		check_say(check, peer->worst.level, subject, peer->worst.remedy, "%u connections, %s %s",
			  peer->connections, peer->worst.level == CHECK_OK ? "the first:" : "one of them:",
			  peer->worst.finding);
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

void check_transports(struct check *check)
{
	static const char subject[] = "connections";
	struct peers peers = { .check = check, .served = { .mode = XPRTSEC_NONE } };
	struct error e;

	if (!check->live) {
		check_say(check, CHECK_WARNING, subject, "run nfstls check on the host itself",
			  "not looked at, since another root is examined");
		return;
	}
	if (check_lacks_policy(check, subject))
		return;
	find_served(&peers);
	for (size_t i = 0; i < check->host.mounts.count; i++)
		take_mount(&peers, &check->host.mounts.at[i]);
	peers.sessions = ask_sessions();
	if (transport_sockets(take_socket, &peers, &e))
		check_say(check, CHECK_WARNING, subject, "ask again as root", "cannot be examined: %s", e.text);
	else if (peers.failed)
		check_say(check, CHECK_WARNING, subject, NULL, "not all examined: out of memory");
	else if (!peers.connections)
		check_say(check, CHECK_OK, subject, NULL, "there is none of NFS");
	say_all(&peers);
	agent_sessions_free(peers.sessions);
}
