/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "support/json/json.h"
#include "utils/nfsstat/tls.h"

/* null for what is not known. */
static void put_known(struct json_object *to, const char *key, bool known, uint64_t value)
{
	json_object_object_add(to, key, known ? json_object_new_int64((int64_t)value) : NULL);
}

/* Mounts whose transports are not known, and why. */
static struct json_object *lost_mounts_json(const struct verdict_report *report)
{
	struct json_object *array = json_object_new_array(), *one;

	for (size_t i = 0; i < report->list.mount_count; i++) {
		if (!report->list.mounts[i].why[0])
			continue;
		one = tls_mount_json(report, i);
		json_put_text(one, "why", report->list.mounts[i].why);
		json_object_array_add(array, one);
	}
	return array;
}

/* ---- transports: there may be very many ---------------------------------------------- */

/* The object for the member; it is made with its first one. */
static struct json_object *home_of(struct json_object *to, const char *inside)
{
	struct json_object *home;

	if (json_object_object_get_ex(to, inside, &home))
		return home;
	home = json_object_new_object();
	json_object_object_add(to, inside, home);
	return home;
}

static struct json_object *row_json(const void *context, size_t number)
{
	const struct verdict_report *report = context;
	const struct tls_view view = { .report = report, .row = &report->rows[number] };
	struct json_object *to = json_object_new_object(), *value;

	for (size_t i = 0; i < tls_field_count; i++) {
		const struct tls_field *field = &tls_fields[i];

		if (!field->member || !tls_field_is_of(field, view.row->transport->is_server))
			continue;
		value = tls_field_json(field, &view);
		if (!field->inside)
			json_object_object_add(to, field->member, value);
		else if (value)
			json_object_object_add(home_of(to, field->inside), field->member, value);
	}
	return to;
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

void tls_json(const struct verdict_report *report, struct strbuf *out)
{
	const struct json_rows rows = { "transports", report->list.count, row_json, report };
	struct json_object *to = json_object_new_object(), *totals = json_object_new_object();
	AUTO_FINDINGS findings = { 0 };

	json_object_object_add(totals, "client", totals_json(report, false));
	json_object_object_add(totals, "server", totals_json(report, true));
	snapshot_json(&report->snapshot, to);
	json_put_bool(to, "elsewhere", report->list.sys_elsewhere);
	json_object_object_add(to, rows.key, NULL);
	json_object_object_add(to, "totals", totals);
	json_object_object_add(to, "record_layer", record_layer_json(&report->counters));
	json_object_object_add(to, "handshakes", handshakes_json(report));
	json_object_object_add(to, "lost_mounts", report->wants_client ? lost_mounts_json(report) : NULL);
	json_object_object_add(to, "notes", notes_json(report));
	verdict_findings(report, &findings);
	findings_put_json(&findings, to);
	json_print_rows(to, &rows, out);
}
