/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <json-c/printbuf.h>
#include <stdlib.h>
#include <string.h>

#include "support/json/json.h"
#include "utils/nfsstat/tls.h"

/* null for what is not known. */
static void put_known(struct json_object *to, const char *key, bool known, uint64_t value)
{
	json_object_object_add(to, key, known ? json_object_new_int64((int64_t)value) : NULL);
}

static struct json_object *socket_json(const struct transport_entry *t)
{
	struct json_object *to = json_object_new_object();

	json_put_text(to, "proof", transport_proof_word(t->proof));
	if (t->proof == TRANSPORT_ENCRYPTED) {
		json_put_text(to, "version", verdict_version_name(t->socket.tls_version));
		json_put_text(to, "cipher", tls_cipher_name(t->socket.tls_cipher));
		json_put_text(to, "layer", transport_layer_word(&t->socket));
	}
	return to;
}

/* Nobody can have asked for, or demand, more than the strongest. */
static const char *asked_word(enum xprtsec asked, bool maybe_more)
{
	return maybe_more && asked != XPRTSEC_MTLS ? NULL : xprtsec_word(asked);
}

static struct json_object *mount_json(const struct verdict_report *report, size_t number)
{
	const struct transport_mount *mount = &report->list.mounts[number];
	const struct verdict_mount_demand *demand = &report->demands[number];
	struct json_object *to = json_object_new_object();

	json_put_bytes(to, "source", mount->source);
	json_put_bytes(to, "path", mount->point);
	json_put_text(to, "asked", asked_word(demand->asked, demand->asked_unknown));
	return to;
}

/* Mounts whose transports are not known, and why. */
static struct json_object *lost_mounts_json(const struct verdict_report *report)
{
	struct json_object *array = json_object_new_array(), *one;

	for (size_t i = 0; i < report->list.mount_count; i++) {
		if (!report->list.mounts[i].why[0])
			continue;
		one = mount_json(report, i);
		json_put_text(one, "why", report->list.mounts[i].why);
		json_object_array_add(array, one);
	}
	return array;
}

static struct json_object *mounts_json(const struct verdict_report *report, const struct transport_entry *t)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < t->mount_count; i++)
		json_object_array_add(array, mount_json(report, t->mounts[i]));
	return array;
}

/* Nobody is at the other end of what is not encrypted, as far as can be proven. */
static void put_session(struct json_object *to, const struct verdict_row *row)
{
	static const struct verdict_row nobody;
	const struct verdict_row *of = row->transport->proof == TRANSPORT_ENCRYPTED ? row : &nobody;

	json_object_object_add(to, "mutual",
			       of->mutual == AGENT_MUTUAL_UNKNOWN ?
				       NULL :
				       json_object_new_boolean(of->mutual == AGENT_MUTUAL_YES));
	if (of->names)
		json_put_list(to, "identity", of->names);
	else
		json_object_object_add(to, "identity", NULL);
	put_known(to, "identity_left_out", of->names, of->names_left_out);
	json_put_text(to, "serial", of->serial);
	json_put_text(to, "certificate", of->certificate);
	json_put_time(to, "established", of->established);
	json_put_time(to, "expires", of->expires);
}

static void put_bytes(struct json_object *to, const struct transport_entry *t)
{
	put_known(to, "bytes_sent", t->socket.counted, t->socket.bytes_sent);
	put_known(to, "bytes_received", t->socket.counted, t->socket.bytes_received);
}

static void put_server_name(struct json_object *to, const struct verdict_report *report, const struct verdict_row *row)
{
	char name[TLS_SERVER_NAME_MAX];

	tls_server_name(report, row, name);
	json_put_text(to, "server", name);
}

static void put_client(struct json_object *to, const struct verdict_report *report, const struct verdict_row *row)
{
	const struct transport_entry *t = row->transport;

	json_object_object_add(to, "mounts", mounts_json(report, t));
	put_server_name(to, report, row);
	json_put_text(to, "asked", t->is_stray ? NULL : asked_word(row->asked, row->asked_unknown));
	json_object_object_add(to, "server_proven",
			       !row->is_to_be_named || row->named == AGENT_UNKNOWN ?
				       NULL :
				       json_object_new_boolean(row->named == AGENT_PROVEN));
	json_put_text(to, "configured", t->is_stray && !t->security[0] ? NULL : verdict_configured(row));
	put_known(to, "reconnects", t->has_reconnects, t->reconnects);
}

static void put_server(struct json_object *to, const struct verdict_row *row)
{
	json_put_text(to, "client_name", row->client_name);
	json_put_text(to, "client_id", row->client_id);
	json_put_bool(to, "callback", row->transport->is_callback);
	put_known(to, "exports", row->exports_known, row->exports);
	put_known(to, "exports_met", row->exports_known, row->exports_met);
}

/* null for one that is not known. */
static void put_end(struct json_object *to, const char *key, const struct sockaddr_storage *end)
{
	char text[TRANSPORT_END_MAX];

	transport_end_text(end, text);
	json_put_text(to, key, end->ss_family ? text : NULL);
}

/* ---- transports: there may be very many ---------------------------------------------- */

static struct json_object *row_json(const struct verdict_report *report, const struct verdict_row *row)
{
	struct json_object *to = json_object_new_object();
	const struct transport_entry *t = row->transport;

	json_put_text(to, "side", verdict_side(row));
	json_put_text(to, "protocol", t->protocol);
	put_end(to, "local", &t->local);
	put_end(to, "peer", &t->remote);
	json_put_bool(to, "connected", t->connected);
	json_put_text(to, "state", verdict_state_word(row->state));
	json_put_text(to, "why", row->why);
	json_object_object_add(to, "in_effect", socket_json(t));
	json_put_text(to, "minimum", asked_word(row->minimum, row->minimum_unknown));
	json_put_text(to, "minimum_by", row->minimum_line);
	if (t->is_server)
		put_server(to, row);
	else
		put_client(to, report, row);
	put_session(to, row);
	put_known(to, "age", row->has_age, row->age);
	put_bytes(to, t);
	return to;
}

/* What stands for a row in the array until that is written. */
struct late_row {
	const struct verdict_report *report;
	const struct verdict_row *row;
};

/* Adds text whose lines, but for the first, are moved to their level. */
static void add_indented(struct printbuf *out, const char *text, int level)
{
	while (*text) {
		size_t size = strcspn(text, "\n") + 1;
		bool is_last = !text[size - 1];

		printbuf_memappend(out, text, (int)size - is_last);
		if (is_last)
			return;
		printbuf_memset(out, -1, ' ', level * 2);
		text += size;
	}
}

/* A row's object is made when it is written, and put away at once: all of them together would need much memory. */
static int write_row(struct json_object *place, struct printbuf *out, int level, int flags)
{
	const struct late_row *late = json_object_get_userdata(place);
	struct json_object *row = row_json(late->report, late->row);

	add_indented(out, json_object_to_json_string_ext(row, flags), flags & JSON_C_TO_STRING_PRETTY ? level : 0);
	json_object_put(row);
	return 0;
}

static void free_late_row(struct json_object *place, void *late)
{
	(void)place;
	free(late);
}

static struct json_object *late_row(const struct verdict_report *report, const struct verdict_row *row)
{
	struct late_row *late = malloc(sizeof(*late));
	struct json_object *place;

	if (!late)
		return NULL;
	*late = (struct late_row){ report, row };
	place = json_object_new_boolean(false);
	json_object_set_serializer(place, write_row, late, free_late_row);
	return place;
}

static struct json_object *rows_json(const struct verdict_report *report)
{
	struct json_object *rows = json_object_new_array_ext((int)report->list.count);

	for (size_t i = 0; i < report->list.count; i++)
		json_object_array_add(rows, late_row(report, &report->rows[i]));
	return rows;
}

/* ---- numbers ---------------------------------------------------------------------------- */

/* Of a side that was not asked for, or could not be looked at, nothing. */
static struct json_object *totals_json(const struct verdict_report *report, bool is_server)
{
	const struct verdict_totals *totals = is_server ? &report->server : &report->client;
	struct json_object *to;

	if (!verdict_sees(report, is_server))
		return NULL;
	to = json_object_new_object();
	json_put_number(to, "transports", (int64_t)totals->transports);
	json_put_number(to, "encrypted", (int64_t)totals->encrypted);
	json_put_number(to, "clear", (int64_t)totals->clear);
	json_put_number(to, "unknown", (int64_t)totals->unknown);
	json_put_number(to, "idle", (int64_t)totals->idle);
	json_put_number(to, "starting", (int64_t)totals->starting);
	json_put_number(to, "violations", (int64_t)totals->violations);
	json_put_number(to, "undecided", (int64_t)totals->undecided);
	json_put_bool(to, "complete", !verdict_is_incomplete(report, is_server));
	return to;
}

static struct json_object *record_layer_json(const struct transport_tls_counters *counters)
{
	struct json_object *to;

	if (!counters->known)
		return NULL;
	to = json_object_new_object();
	json_put_number(to, "decrypt_errors", (int64_t)counters->decrypt_errors);
	put_known(to, "rekeys", counters->has_rekeys, counters->rekeys);
	put_known(to, "rekey_errors", counters->has_rekeys, counters->rekey_errors);
	return to;
}

static struct json_object *side_handshakes_json(const struct verdict_handshakes *from)
{
	struct json_object *side = json_object_new_object(), *failed = json_object_new_object();

	for (size_t i = 0; i < from->failed_count; i++)
		json_put_number(failed, from->failed[i].why, (int64_t)from->failed[i].count);
	json_put_number(side, "done", (int64_t)from->ok);
	json_object_object_add(side, "failed", failed);
	return side;
}

static struct json_object *handshakes_json(const struct verdict_report *report)
{
	const bool wants[] = { report->wants_client, report->wants_server };
	struct json_object *all;

	if (!report->agent_known)
		return NULL;
	all = json_object_new_object();
	json_put_time(all, "since", report->agent_started);
	for (size_t i = 0; i < ARRAY_SIZE(report->handshakes); i++)
		json_object_object_add(all, report->handshakes[i].side,
				       wants[i] ? side_handshakes_json(&report->handshakes[i]) : NULL);
	return all;
}

static struct json_object *notes_json(const struct verdict_report *report)
{
	struct json_object *array = json_object_new_array();
	const char *line = report->notes.text ? report->notes.text : "";

	for (; *line; line += strcspn(line, "\n"), line += *line == '\n')
		json_object_array_add(array, json_object_new_string_len(line, (int)strcspn(line, "\n")));
	return array;
}

void tls_json(const struct verdict_report *report, struct json_object *to)
{
	struct json_object *totals = json_object_new_object();
	AUTO_FINDINGS findings = { 0 };

	json_object_object_add(totals, "client", totals_json(report, false));
	json_object_object_add(totals, "server", totals_json(report, true));
	snapshot_json(&report->snapshot, to);
	json_put_bool(to, "elsewhere", report->list.sys_elsewhere);
	json_object_object_add(to, "transports", rows_json(report));
	json_object_object_add(to, "totals", totals);
	json_object_object_add(to, "record_layer", record_layer_json(&report->counters));
	json_object_object_add(to, "handshakes", handshakes_json(report));
	json_object_object_add(to, "lost_mounts", report->wants_client ? lost_mounts_json(report) : NULL);
	json_object_object_add(to, "notes", notes_json(report));
	verdict_findings(report, &findings);
	findings_put_json(&findings, to);
}
