/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the policy demands of a connection: by the server's exports, the client's mounts, or who the server is. */
#include <arpa/inet.h>
#include <string.h>

#include "utils/nfstls/check_demands.h"

void check_address_text(const struct policy_address *address, char text[INET6_ADDRSTRLEN])
{
	if (!address->size ||
	    !inet_ntop(address->size == 4 ? AF_INET : AF_INET6, address->bytes, text, INET6_ADDRSTRLEN))
		text_copy(text, INET6_ADDRSTRLEN, "?");
}

/* A connection serves all exports, so only the weakest minimum can be demanded of it. */
static void keep_weaker(struct policy_mode *weakest, bool first, const struct policy_mode *other)
{
	if (first || !xprtsec_at_least(other->mode, weakest->mode))
		*weakest = *other;
}

void check_demand_of_exports(const struct check *check, struct policy_mode *weakest)
{
	const struct export_table *table = check->host.exports.table;
	struct policy_export answer;
	bool first = true;
	struct error e;

	/* Exports that the policy cannot judge are failures of check_exports(). */
	for (const struct export *export = table ? export_table_first(table) : NULL; export;
	     export = export_table_next(table, export)) {
		struct policy_demand demand;

		if (policy_demand(check->sections, export->path, &demand, &e))
			continue;
		keep_weaker(weakest, first, &demand.minimum);
		first = false;
	}
	if (first && !policy_export(check->policy, "/", &answer, &e))
		*weakest = answer.minimum;
}

/* Sections that disagree refuse every mount: then nothing weaker than the strongest can be called good. */
static struct policy_mode minimum_of_server(const struct check *check, const struct policy_server *server)
{
	const struct policy_mount_question question = { .server = *server };
	struct policy_mount answer;
	struct error e;

	if (policy_mount(check->policy, &question, &answer, &e))
		return (struct policy_mode){ .mode = XPRTSEC_MTLS };
	return answer.minimum;
}

/* Of two that are equal one has a line to show. */
static void demand(struct policy_mode *minimum, const struct policy_mode *other)
{
	if (!xprtsec_at_least(minimum->mode, other->mode) || (minimum->mode == other->mode && !minimum->source.file))
		*minimum = *other;
}

/* Of a server of which nothing is mounted that can be seen, by one of its names. */
static void demand_of_server(const struct check *check, const char *name, const struct policy_address *address,
			     struct check_connection *connection)
{
	const struct policy_server server = { name, address, 1 };
	const struct policy_mode minimum = minimum_of_server(check, &server);
	const struct policy_mode most = policy_mount_at_most(check->policy, &server);

	demand(&connection->minimum, &minimum);
	demand(&connection->most, &most);
}

static enum xprtsec stronger(enum xprtsec a, enum xprtsec b)
{
	return xprtsec_at_least(a, b) ? a : b;
}

/* False where the policy cannot be asked about it. */
static bool demand_of_mount(const struct check *check, const struct transport_mount *mount,
			    struct check_connection *connection)
{
	struct policy_subject question;
	struct policy_mount answer;
	struct error e;

	connection->told = stronger(connection->told, stronger(mount_security_promised(mount->options),
							       mount_security_promised(mount->recorded)));
	if (policy_subject_of_mount(mount->source, mount->point, mount->options, &question, &e) ||
	    policy_subject_ask(check->policy, &question, &answer, &e))
		return false;
	demand(&connection->minimum, &answer.minimum);
	return true;
}

/* The words of the kernel are those of its source (net/sunrpc/sysfs.c). */
static enum xprtsec told_to(const struct transport_entry *t)
{
	if (!strcmp(t->security, "tls-x509"))
		return XPRTSEC_MTLS;
	return !strncmp(t->security, "tls", 3) ? XPRTSEC_TLS : XPRTSEC_NONE;
}

void check_demand_of_address(const struct check *check, const struct policy_address *address,
			     struct check_connection *connection)
{
	char host[INET6_ADDRSTRLEN];

	check_address_text(address, host);
	demand_of_server(check, host, address, connection);
}

void check_demand_of_transport(const struct check *check, const struct transport_list *list,
			       const struct transport_entry *t, struct check_connection *connection)
{
	const struct policy_address address = policy_address_of(&t->remote);
	const struct transport_server *server;

	connection->certain = true;
	connection->told = told_to(t);
	for (size_t i = 0; i < t->mount_count; i++)
		connection->certain &= demand_of_mount(check, &list->mounts[t->mounts[i]], connection);
	if (!connection->certain)
		check_demand_of_address(check, &address, connection);
	if (!t->is_stray)
		return;
	server = &list->servers[t->server];
	for (size_t i = 0; i < server->name_count; i++)
		demand_of_server(check, server->names[i], &address, connection);
}
