/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every NFS connection of this host: is it encrypted as the policy demands? */
#include <arpa/inet.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/agent/agent.h"
#include "support/transport/transport.h"
#include "utils/nfstls/check.h"

#define NFS_PORT 2049u
#define END_ROOM (INET6_ADDRSTRLEN + 10)

/* The connections with one peer: one line tells of them, and it tells the worst. */
struct peer {
	bool is_server; /* we are */
	struct policy_address address;
	unsigned int connections;
	struct check_judgement worst;
};

struct peers {
	struct check *check;
	struct peer *at;
	size_t count;
	bool failed;
	struct json_object *sessions; /* of the agent; NULL: it did not tell */
	struct policy_mode served;    /* the weakest minimum of all exports */
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

/* As the agent writes it. */
static void end_text(const struct sockaddr_storage *socket, char text[END_ROOM])
{
	struct policy_address address = policy_address_of(socket);
	char host[INET6_ADDRSTRLEN];

	address_text(&address, host);
	snprintf(text, END_ROOM, address.size == 16 ? "[%s]:%u" : "%s:%u", host, port_of(socket));
}

static bool same_address(const struct policy_address *a, const struct policy_address *b)
{
	return a->size == b->size && !memcmp(a->bytes, b->bytes, a->size);
}

/* ---- what the agent knows ---------------------------------------------------------- */

/* Without an answer it stays unknown who showed a certificate; check_agent() says what is wrong with the agent. */
static struct json_object *ask_sessions(void)
{
	struct json_object *answer, *sessions = NULL;
	AUTO_STRBUF text = { 0 };
	struct error e;

	if (agent_ask(AGENT_SOCKET, "sessions", &text, &e) || text.failed)
		return NULL;
	answer = json_tokener_parse(text.text);
	if (json_object_object_get_ex(answer, "sessions", &sessions) &&
	    json_object_is_type(sessions, json_type_array))
		json_object_get(sessions);
	else
		sessions = NULL;
	json_object_put(answer);
	return sessions;
}

static bool has_text(struct json_object *object, const char *key, const char *text)
{
	struct json_object *value = NULL;

	return json_object_object_get_ex(object, key, &value) && json_object_is_type(value, json_type_string) &&
	       !strcmp(json_object_get_string(value), text);
}

static void find_mutual(const struct peers *peers, const struct transport_socket *socket, struct check_connection *to)
{
	size_t count = peers->sessions ? json_object_array_length(peers->sessions) : 0;
	char local[END_ROOM], remote[END_ROOM];
	struct json_object *mutual;

	end_text(&socket->local, local);
	end_text(&socket->remote, remote);
	for (size_t i = 0; i < count; i++) {
		struct json_object *one = json_object_array_get_idx(peers->sessions, i);

		if (has_text(one, "local", local) && has_text(one, "address", remote) &&
		    json_object_object_get_ex(one, "mutual", &mutual))
			to->mutual = json_object_get_boolean(mutual) ? MUTUAL_YES : MUTUAL_NO;
	}
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

static bool is_from(const struct check_mount *mount, const struct sockaddr_storage *remote,
		    struct mount_question *question)
{
	struct policy_address address, server = policy_address_of(remote);
	struct check_options options;
	struct error e;

	check_options_parse(mount->options, &options);
	return policy_address_parse(options.addr, &address) && same_address(&address, &server) &&
	       port_of(remote) == (options.port ? options.port : NFS_PORT) &&
	       !mount_question_parse(mount->source, mount->point, question, &e) &&
	       !mount_question_add_address(question, options.addr, &e);
}

/* Mounts with port= are at another one. */
static bool is_to_server(const struct check *check, const struct sockaddr_storage *remote)
{
	struct mount_question question;

	for (size_t i = 0; i < check->host.mounts.count; i++)
		if (is_from(&check->host.mounts.at[i], remote, &question))
			return true;
	return port_of(remote) == NFS_PORT;
}

/* The weakest minimum of the mounts from there; where none is, that of the address alone. */
static void find_mounted(const struct check *check, const struct sockaddr_storage *remote, struct check_connection *to)
{
	const struct check_mounts *mounts = &check->host.mounts;
	struct policy_address address = policy_address_of(remote);
	char host[INET6_ADDRSTRLEN];
	const struct policy_mount_question unknown = { .server = { host, &address, 1 } };
	struct mount_question question;
	struct policy_mount answer;
	struct error e;

	for (size_t i = 0; i < mounts->count; i++) {
		if (!is_from(&mounts->at[i], remote, &question) ||
		    mount_question_ask(check->policy, &question, &answer, &e))
			continue;
		keep_weaker(&to->minimum, !to->certain, &answer.minimum);
		to->certain = true;
	}
	if (to->certain)
		return;
	address_text(&address, host);
	/* Sections that disagree refuse every mount: then nothing weaker than the strongest can be called good. */
	if (policy_mount(check->policy, &unknown, &answer, &e))
		to->minimum = (struct policy_mode){ .mode = XPRTSEC_MTLS };
	else
		to->minimum = answer.minimum;
}

/* ---- the list of peers ------------------------------------------------------------------ */

static struct peer *find_peer(struct peers *peers, bool is_server, const struct policy_address *address)
{
	struct peer *more;

	for (size_t i = 0; i < peers->count; i++)
		if (peers->at[i].is_server == is_server && same_address(&peers->at[i].address, address))
			return &peers->at[i];
	more = reallocarray(peers->at, peers->count + 1, sizeof(*more));
	if (!more)
		return NULL;
	peers->at = more;
	more[peers->count] = (struct peer){ .is_server = is_server, .address = *address };
	return &more[peers->count++];
}

static void take_socket(const struct transport_socket *socket, void *context)
{
	struct peers *peers = context;
	bool is_server = port_of(&socket->local) == NFS_PORT;
	struct policy_address remote = policy_address_of(&socket->remote);
	struct check_connection connection = {
		.sends = socket->tls_sends, .receives = socket->tls_receives, .visible = peers->check->is_root,
		.is_server = is_server, .certain = is_server, .minimum = peers->served,
	};
	struct check_judgement judged;
	struct peer *peer;

	if (!is_server && !is_to_server(peers->check, &socket->remote))
		return;
	peer = find_peer(peers, is_server, &remote);
	if (!peer) {
		peers->failed = true;
		return;
	}
	if (!is_server)
		find_mounted(peers->check, &socket->remote, &connection);
	find_mutual(peers, socket, &connection);
	check_judge_connection(&connection, &judged);
	if (!peer->connections++ || judged.level > peer->worst.level)
		peer->worst = judged;
}

static void say_peer(struct check *check, const struct peer *peer)
{
	char host[INET6_ADDRSTRLEN], subject[INET6_ADDRSTRLEN + 16];

	address_text(&peer->address, host);
	snprintf(subject, sizeof(subject), "%s %s", peer->is_server ? "client" : "server", host);
	if (peer->connections == 1)
		check_say(check, peer->worst.level, subject, peer->worst.remedy, "%s", peer->worst.finding);
	else
		check_say(check, peer->worst.level, subject, peer->worst.remedy, "%u connections, %s %s",
			  peer->connections, peer->worst.level == CHECK_OK ? "the first:" : "one of them:",
			  peer->worst.finding);
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
	peers.sessions = ask_sessions();
	if (transport_sockets(take_socket, &peers, &e))
		check_say(check, CHECK_WARNING, subject, "ask again as root", "cannot be examined: %s", e.text);
	else if (peers.failed)
		check_say(check, CHECK_WARNING, subject, NULL, "not all examined: out of memory");
	else if (!peers.count)
		check_say(check, CHECK_OK, subject, NULL, "there is none of NFS");
	for (size_t i = 0; i < peers.count; i++)
		say_peer(check, &peers.at[i]);
	json_object_put(peers.sessions);
	free(peers.at);
}
