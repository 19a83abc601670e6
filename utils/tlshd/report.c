/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <unistd.h>

#include "support/json/json.h"
#include "utils/tlshd/agent_private.h"

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
