/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The connections that exist: only their sockets prove what is encrypted. */
#include <arpa/inet.h>
#include <errno.h>
#include <json-c/json.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "support/agent/agent.h"
#include "support/rpc/rpc.h"
#include "support/transport/transport.h"
#include "utils/nfstls/check.h"

static const char subject[] = "connections";

struct visit {
	struct check *check;
	struct json_object *sessions; /* of the agent; NULL: not known */
	size_t seen;
};

/* ---- the two ends -------------------------------------------------------------------- */

static unsigned int port_of(const struct sockaddr_storage *socket)
{
	if (socket->ss_family == AF_INET)
		return ntohs(((const struct sockaddr_in *)socket)->sin_port);
	return socket->ss_family == AF_INET6 ? ntohs(((const struct sockaddr_in6 *)socket)->sin6_port) : 0;
}

static void address_text(const struct sockaddr_storage *socket, char text[RPC_ADDRESS_TEXT_MAX])
{
	rpc_address_text((const struct sockaddr *)socket,
			 socket->ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6), text);
}

static bool same_address(const struct policy_address *a, const struct policy_address *b)
{
	return a->size && a->size == b->size && !memcmp(a->bytes, b->bytes, a->size);
}

/* ---- the least that the policy lets it be ------------------------------------------------- */

/* Keeps the weakest: a connection may belong to any of them. */
static void keep_weakest(struct check_connection *to, const struct policy_mode *minimum)
{
	if (!to->certain || !xprtsec_at_least(minimum->mode, to->minimum.mode))
		to->minimum = *minimum;
	to->certain = true;
}

static void ask_for_mounts(const struct check *check, const struct policy_address *server, struct check_connection *to)
{
	for (size_t i = 0; i < check->host.mounts.count; i++) {
		const struct check_mount *mount = &check->host.mounts.at[i];
		struct mount_question question;
		struct policy_address address;
		struct check_options options;
		struct policy_mount answer;
		struct error e;

		check_options_parse(mount->options, &options);
		if (!policy_address_parse(options.addr, &address) || !same_address(&address, server) ||
		    mount_question_parse(mount->source, mount->point, &question, &e) ||
		    mount_question_add_address(&question, options.addr, &e) ||
		    mount_question_ask(check->policy, &question, &answer, &e))
			continue;
		keep_weakest(to, &answer.minimum);
	}
}

/* A server of which no mount is seen, as in another mount namespace. */
static bool ask_for_address(const struct check *check, const struct policy_address *server,
			    struct check_connection *to, struct error *e)
{
	char text[INET6_ADDRSTRLEN];
	const struct policy_mount_question question = { .server = { text, server, 1 } };
	struct policy_mount answer;

	if (!inet_ntop(server->size == 4 ? AF_INET : AF_INET6, server->bytes, text, sizeof(text))) {
		error_set(e, EINVAL, "its address is not understood");
		return false;
	}
	if (policy_mount(check->policy, &question, &answer, e))
		return false;
	to->minimum = answer.minimum;
	return true;
}

static bool ask_for_exports(const struct check *check, struct check_connection *to, struct error *e)
{
	struct policy_export answer;

	for (size_t i = 0; i < check->host.exports.count; i++)
		if (policy_export(check->policy, check->host.exports.at[i].path, &answer, e) == 0)
			keep_weakest(to, &answer.minimum);
	if (to->certain)
		return true;
	if (policy_export(check->policy, "/", &answer, e))
		return false;
	to->minimum = answer.minimum;
	return true;
}

static bool find_minimum(const struct check *check, const struct transport_socket *socket,
			 struct check_connection *to, struct error *e)
{
	struct policy_address server = policy_address_of(&socket->remote);

	if (to->is_server)
		return ask_for_exports(check, to, e);
	ask_for_mounts(check, &server, to);
	return to->certain || ask_for_address(check, &server, to, e);
}

/* ---- what the agent knows of it --------------------------------------------------------------- */

static bool has_text(struct json_object *session, const char *key, const char *text)
{
	struct json_object *value = NULL;

	return json_object_object_get_ex(session, key, &value) && value &&
	       !strcmp(json_object_get_string(value), text);
}

static void find_session(struct json_object *sessions, const struct transport_socket *socket,
			 struct check_connection *to)
{
	char local[RPC_ADDRESS_TEXT_MAX], remote[RPC_ADDRESS_TEXT_MAX];

	address_text(&socket->local, local);
	address_text(&socket->remote, remote);
	for (size_t i = 0; sessions && i < json_object_array_length(sessions); i++) {
		struct json_object *session = json_object_array_get_idx(sessions, i), *mutual = NULL;

		if (has_text(session, "local", local) && has_text(session, "address", remote) &&
		    json_object_object_get_ex(session, "mutual", &mutual))
			to->mutual = json_object_get_boolean(mutual) ? MUTUAL_YES : MUTUAL_NO;
	}
}

/* The caller puts the result; NULL when the agent does not tell. */
static struct json_object *ask_agent(void)
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

/* ---- each connection ------------------------------------------------------------------------------ */

static void judge_socket(struct visit *visit, const struct transport_socket *socket, bool is_server)
{
	struct check_connection connection = {
		.sends = socket->tls_sends,
		.receives = socket->tls_receives,
		.visible = visit->check->is_root,
		.is_server = is_server,
	};
	char remote[RPC_ADDRESS_TEXT_MAX], name[RPC_ADDRESS_TEXT_MAX + 32];
	struct check_judgement judged;
	struct error e;

	address_text(&socket->remote, remote);
	snprintf(name, sizeof(name), "connection %s %s", is_server ? "from" : "to", remote);
	visit->seen++;
	if (!find_minimum(visit->check, socket, &connection, &e)) {
		check_say(visit->check, CHECK_FAILURE, name, "correct the policy", "%s", e.text);
		return;
	}
	find_session(visit->sessions, socket, &connection);
	check_judge_connection(&connection, &judged);
	check_say(visit->check, judged.level, name, judged.remedy, "%s", judged.finding);
}

static void take_socket(const struct transport_socket *socket, void *context)
{
	if (port_of(&socket->remote) == RPC_NFS_PORT)
		judge_socket(context, socket, false);
	if (port_of(&socket->local) == RPC_NFS_PORT)
		judge_socket(context, socket, true);
}

void check_transports(struct check *check)
{
	struct visit visit = { .check = check };
	struct error e;
	int r;

	if (!check->live) {
		check_say(check, CHECK_WARNING, subject, "run nfstls check on the host itself",
			  "not looked for, since another root is examined");
		return;
	}
	if (check_lacks_policy(check, subject))
		return;
	visit.sessions = ask_agent();
	r = transport_sockets(take_socket, &visit, &e);
	json_object_put(visit.sessions);
	if (r)
		check_say(check, CHECK_WARNING, subject, "see what NFS is doing by other means", "%s", e.text);
	else if (!visit.seen)
		check_say(check, CHECK_OK, subject, NULL, "none from or to port %u", RPC_NFS_PORT);
}
