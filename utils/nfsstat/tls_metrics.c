/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A text that readers of OpenMetrics 1.0 and of Prometheus' older format take alike: a family begins with its TYPE and
 * HELP, units are base units, and the last line is "# EOF".  The older format wants a family to be named as its samples
 * are, with the _total of counters: else they have neither type nor help.  Prometheus takes that as OpenMetrics, too.
 * A unit has to be the end of the name, so that counters have no UNIT.
 */
#include <string.h>

#include "utils/nfsstat/tls.h"

static void begin(const char *name, const char *type, const char *unit, const char *help, struct strbuf *out)
{
	strbuf_addf(out, "# TYPE %s %s\n", name, type);
	if (unit)
		strbuf_addf(out, "# UNIT %s %s\n", name, unit);
	strbuf_addf(out, "# HELP %s %s\n", name, help);
}

/* Escaped text has no quotes and no newlines, so that only its backslashes have to be doubled. */
static void add_label(const char *key, const char *value, struct strbuf *out)
{
	AUTO_STRBUF escaped = { 0 };

	strbuf_add_escaped(&escaped, value, strlen(value));
	out->failed = out->failed || escaped.failed;
	strbuf_addf(out, "%s=\"", key);
	for (size_t i = 0; i < escaped.size; i++)
		strbuf_addf(out, escaped.text[i] == '\\' ? "\\%c" : "%c", escaped.text[i]);
	strbuf_addf(out, "\"");
}

static void add_transports(const char *side, const struct verdict_totals *totals, struct strbuf *out)
{
	strbuf_addf(out, "nfs_tls_transports{side=\"%s\",protection=\"encrypted\"} %zu\n", side, totals->encrypted);
	strbuf_addf(out, "nfs_tls_transports{side=\"%s\",protection=\"clear\"} %zu\n", side, totals->clear);
	strbuf_addf(out, "nfs_tls_transports{side=\"%s\",protection=\"unknown\"} %zu\n", side, totals->unknown);
	strbuf_addf(out, "nfs_tls_transports{side=\"%s\",protection=\"idle\"} %zu\n", side, totals->idle);
	strbuf_addf(out, "nfs_tls_transports{side=\"%s\",protection=\"starting\"} %zu\n", side, totals->starting);
}

static void add_ends(const struct verdict_row *row, struct strbuf *out)
{
	char end[ADDRESS_END_MAX];

	strbuf_addf(out, "{side=\"%s\",", verdict_side(row));
	address_end_text(&row->transport->local, end);
	add_label("local", end, out);
	strbuf_addf(out, ",");
	address_end_text(&row->transport->remote, end);
	add_label("peer", end, out);
}

/* Nothing where the value is not known. */
static void add_sample(const struct tls_field *field, const struct tls_view *view, struct strbuf *out)
{
	char room[TLS_ROOM], names[256];
	const struct tls_value value = field->get(view, room);

	if (value.kind != TLS_NUMBER && value.kind != TLS_SECONDS && value.kind != TLS_TIME)
		return;
	strbuf_addf(out, "%s", field->metric);
	add_ends(view->row, out);
	if (field->names_peer) {
		strbuf_addf(out, ",");
		text_list_show(view->row->names ? view->row->names : "", view->row->names_left_out, names,
			       sizeof(names));
		add_label("identity", names, out);
	}
	strbuf_addf(out, "} %llu\n", (unsigned long long)value.number);
}

static void add_fields(const struct verdict_report *report, struct strbuf *out)
{
	for (size_t i = 0; i < tls_field_count; i++) {
		const struct tls_field *field = &tls_fields[i];

		if (!field->metric)
			continue;
		begin(field->metric, field->type, field->unit, field->help, out);
		for (size_t k = 0; k < report->list.count; k++)
			if (tls_field_is_of(field, report->rows[k].transport->is_server))
				add_sample(field, &(struct tls_view){ .report = report, .row = &report->rows[k] }, out);
	}
}

static void add_handshakes_of(const struct verdict_handshakes *all, struct strbuf *out)
{
	strbuf_addf(out, "nfs_tls_handshakes_total{side=\"%s\",why=\"ok\"} %llu\n", all->side,
		    (unsigned long long)all->ok);
	for (size_t i = 0; i < all->failed_count; i++) {
		strbuf_addf(out, "nfs_tls_handshakes_total{side=\"%s\",", all->side);
		add_label("why", all->failed[i].why, out);
		strbuf_addf(out, "} %llu\n", (unsigned long long)all->failed[i].count);
	}
}

static void add_handshakes(const struct verdict_report *report, struct strbuf *out)
{
	if (!report->agent_known)
		return;
	begin("nfs_tls_handshakes_total", "counter", NULL, "Handshakes of rpc.tlshd since it was started.", out);
	if (report->wants_client)
		add_handshakes_of(&report->handshakes[0], out);
	if (report->wants_server)
		add_handshakes_of(&report->handshakes[1], out);
}

static void add_counter(const char *name, const char *help, uint64_t value, struct strbuf *out)
{
	begin(name, "counter", NULL, help, out);
	strbuf_addf(out, "%s %llu\n", name, (unsigned long long)value);
}

static void add_record_layer(const struct transport_tls_counters *counters, struct strbuf *out)
{
	if (!counters->known)
		return;
	add_counter("nfs_tls_decrypt_errors_total", "Records of any TLS socket that could not be decrypted.",
		    counters->decrypt_errors, out);
	if (!counters->has_rekeys)
		return;
	add_counter("nfs_tls_rekeys_total", "Keys of any TLS socket that were changed.", counters->rekeys, out);
	add_counter("nfs_tls_rekey_errors_total", "Changes of keys of any TLS socket that failed.",
		    counters->rekey_errors, out);
}

/* ---- each side --------------------------------------------------------------------- */

/* A number of one side; nothing for one that was not asked for, or not looked at. */
static void add_number(const struct verdict_report *report, const char *name, bool is_server, size_t number,
		       struct strbuf *out)
{
	if (verdict_sees(report, is_server))
		strbuf_addf(out, "%s{side=\"%s\"} %zu\n", name, is_server ? "server" : "client", number);
}

static void add_both(const struct verdict_report *report, const char *name, const char *help, size_t client,
		     size_t server, struct strbuf *out)
{
	begin(name, "gauge", NULL, help, out);
	add_number(report, name, false, client, out);
	add_number(report, name, true, server, out);
}

static void add_sides(const struct verdict_report *report, struct strbuf *out)
{
	begin("nfs_tls_transports", "gauge", NULL, "Transports of NFS by what their sockets prove.", out);
	if (verdict_sees(report, false))
		add_transports("client", &report->client, out);
	if (verdict_sees(report, true))
		add_transports("server", &report->server, out);
	add_both(report, "nfs_tls_violations", "Transports that are weaker than is demanded of them.",
		 report->client.violations, report->server.violations, out);
	add_both(report, "nfs_tls_undecided", "Transports whose compliance could not be determined.",
		 report->client.undecided, report->server.undecided, out);
	/* Also of a side that cannot be seen at all. */
	begin("nfs_tls_incomplete", "gauge", NULL, "Whether there may be transports that are not among these.", out);
	if (report->wants_client)
		strbuf_addf(out, "nfs_tls_incomplete{side=\"client\"} %d\n", verdict_is_incomplete(report, false));
	if (report->wants_server)
		strbuf_addf(out, "nfs_tls_incomplete{side=\"server\"} %d\n", verdict_is_incomplete(report, true));
	if (!report->wants_client)
		return;
	begin("nfs_tls_lost_mounts", "gauge", NULL, "Mounts whose transports are not, or not all, known.", out);
	strbuf_addf(out, "nfs_tls_lost_mounts %zu\n", report->lost_mounts);
}

void tls_openmetrics(const struct verdict_report *report, struct strbuf *out)
{
	add_sides(report, out);
	add_fields(report, out);
	add_handshakes(report, out);
	add_record_layer(&report->counters, out);
	strbuf_addf(out, "# EOF\n");
}
