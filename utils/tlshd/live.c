/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sessions that the kernel still has, and the handshakes that are under way. */
#include "utils/tlshd/agent_private.h"

#include <stdlib.h>
#include <string.h>

#include "support/json/json.h"
#include "support/transport/transport.h"

#include <uthash.h>

/* The connections that the kernel still has, by their two ends. */
struct live {
	struct {
		char local[ADDRESS_END_MAX];
		char remote[ADDRESS_END_MAX];
	} key;
	UT_hash_handle hh;
};

static void live_key(struct live *live, const struct sockaddr_storage *local, const struct sockaddr_storage *remote)
{
	memset(&live->key, 0, sizeof(live->key));
	address_end_text(local, live->key.local);
	address_end_text(remote, live->key.remote);
}

static void remember_live(const struct transport_socket *socket, void *context)
{
	struct live **all = context, *live, *old;

	if (!socket->tls_version)
		return;
	live = calloc(1, sizeof(*live));
	if (!live)
		return;
	live_key(live, &socket->local, &socket->remote);
	HASH_FIND(hh, *all, &live->key, sizeof(live->key), old);
	if (old)
		free(live);
	else
		HASH_ADD(hh, *all, key, sizeof(live->key), live);
}

static bool is_live(const struct sockaddr_storage *local, const struct sockaddr_storage *remote, void *context)
{
	struct live **all = context, wanted, *found;

	live_key(&wanted, local, remote);
	HASH_FIND(hh, *all, &wanted.key, sizeof(wanted.key), found);
	return found != NULL;
}

/* Those whose handshake has not ended: the kernel sends and takes nothing else on them. */
static struct json_object *pending_json(const struct pending *pending)
{
	struct json_object *one = json_object_new_object();
	char end[ADDRESS_END_MAX];

	json_put_text(one, "role", role_word(pending->role));
	json_put_text(one, "peer", pending->peer);
	address_end_text(&pending->remote, end);
	json_put_text(one, "address", end);
	address_end_text(&pending->local, end);
	json_put_text(one, "local", end);
	return one;
}

static void add_pending(struct json_object *all, const struct pending *first)
{
	for (const struct pending *pending = first; pending; pending = pending->next)
		json_object_array_add(all, pending_json(pending));
}

static void add_pending_of(struct json_object *all, const struct generation *first)
{
	for (const struct generation *generation = first; generation; generation = generation->next)
		for (unsigned int i = 0; i < generation->worker_count; i++)
			add_pending(all, generation->worker[i].pending);
}

static struct json_object *under_way_json(const struct agent *agent)
{
	struct json_object *all = json_object_new_array();

	add_pending_of(all, agent->current);
	add_pending_of(all, agent->retired);
	add_pending(all, agent->settling);
	return all;
}

static void free_live(struct live *all)
{
	struct live *live, *next;

	HASH_ITER(hh, all, live, next) {
		HASH_DEL(all, live);
		free(live);
	}
}

struct json_object *report_sessions(struct agent *agent)
{
	struct json_object *answer = json_object_new_object();
	struct live *all = NULL;
	struct error e;

	if (transport_sockets(remember_live, &all, &e)) {
		json_object_put(answer);
		answer = report_error(e.text);
	} else {
		json_object_object_add(answer, "sessions", record_sessions(agent->record, is_live, &all));
		json_object_object_add(answer, "under_way", under_way_json(agent));
	}
	free_live(all);
	return answer;
}

void report_prune(struct agent *agent)
{
	struct live *all = NULL;
	struct error e;

	if (!transport_sockets(remember_live, &all, &e))
		record_prune(agent->record, is_live, &all);
	free_live(all);
}
