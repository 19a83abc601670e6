/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/json/json.h"
#include "support/transport/transport.h"
#include "utils/tlshd/agent_private.h"

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

struct json_object *report_error(const char *sentence)
{
	struct json_object *answer = json_object_new_object();

	json_put_text(answer, "error", sentence);
	return answer;
}

/* ---- status -------------------------------------------------------------- */

static struct json_object *workers_json(const struct generation *generation)
{
	struct json_object *all = json_object_new_array();

	for (unsigned int i = 0; i < generation->worker_count; i++) {
		struct json_object *one = json_object_new_object();

		json_put_number(one, "pid", generation->worker[i].pid);
		json_put_number(one, "handshakes", (int64_t)generation->worker[i].handshakes);
		json_object_array_add(all, one);
	}
	return all;
}

static struct json_object *certificate_json(enum role role, const struct certificate *certificate)
{
	struct json_object *one = json_object_new_object();
	gnutls_x509_crt_t leaf = certificate->own.chain.cert[0];
	char names[NAMES_MAX], serial[SERIAL_MAX];
	size_t left_out = x509_cert_list_names(leaf, names, sizeof(names));

	x509_cert_serial(leaf, serial, sizeof(serial));
	json_put_text(one, "role", role_word(role));
	json_put_text(one, "name", certificate->name);
	json_put_list(one, "names", names);
	json_put_number(one, "names_left_out", (int64_t)left_out);
	json_put_text(one, "serial", serial);
	json_put_time(one, "expires", gnutls_x509_crt_get_expiration_time(leaf));
	return one;
}

static struct json_object *certificates_json(const struct credentials *credentials)
{
	struct json_object *all = json_object_new_array();

	for (enum role role = 0; role < ROLE_COUNT; role++) {
		const struct role_credentials *own = &credentials->role[role];

		for (size_t i = 0; i < own->certificate_count; i++) {
			const struct certificate *certificate = credentials_listed(credentials, role, i);

			if (certificate)
				json_object_array_add(all, certificate_json(role, certificate));
		}
	}
	return all;
}

/* "net:[4026531833]": each network namespace has an agent of its own, and some share the folder of the socket. */
void report_add_namespace(struct json_object *answer)
{
	char name[64];
	ssize_t size = readlink("/proc/self/ns/net", name, sizeof(name) - 1);

	name[size > 0 ? size : 0] = '\0';
	json_put_text(answer, "namespace", name);
}

struct json_object *report_status(struct agent *agent)
{
	struct json_object *answer = json_object_new_object();

	json_put_text(answer, "agent", "rpc.tlshd");
	json_put_text(answer, "version", PACKAGE_VERSION);
	json_put_number(answer, "pid", getpid());
	json_put_time(answer, "started", agent->started);
	json_put_number(answer, "generation", agent->current->number);
	json_object_object_add(answer, "workers", workers_json(agent->current));
	json_object_object_add(answer, "handshakes", record_counters(agent->record));
	json_put_number(answer, "in_progress", agent->under_way);
	json_object_object_add(answer, "certificates", certificates_json(agent->current->credentials));
	return answer;
}

struct json_object *report_failures(struct agent *agent)
{
	struct json_object *answer = json_object_new_object();

	json_object_object_add(answer, "failures", record_failures(agent->record));
	return answer;
}

/* ---- sessions ------------------------------------------------------------ */

/* The connections that the kernel still has, by their two ends. */
struct live {
	struct {
		char local[TRANSPORT_END_MAX];
		char remote[TRANSPORT_END_MAX];
	} key;
	UT_hash_handle hh;
};

static void live_key(struct live *live, const struct sockaddr_storage *local, const struct sockaddr_storage *remote)
{
	memset(&live->key, 0, sizeof(live->key));
	transport_end_text(local, live->key.local);
	transport_end_text(remote, live->key.remote);
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
	char end[TRANSPORT_END_MAX];

	json_put_text(one, "role", role_word(pending->role));
	json_put_text(one, "peer", pending->peer);
	transport_end_text(&pending->remote, end);
	json_put_text(one, "address", end);
	transport_end_text(&pending->local, end);
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

struct json_object *report_reloaded(void)
{
	struct json_object *answer = json_object_new_object();

	json_object_object_add(answer, "reloaded", json_object_new_boolean(1));
	return answer;
}

struct json_object *report_reload(struct agent *agent)
{
	struct error e;

	switch (agent_reload(agent, &e)) {
	case 0:
		return report_reloaded();
	case -EBUSY:
		return NULL;
	default:
		return report_error(e.text);
	}
}

struct json_object *report_forget(struct agent *agent, const char *name)
{
	return credentials_forget(agent->current->credentials, name) ? report_reload(agent) : report_reloaded();
}
