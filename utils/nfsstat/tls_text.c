/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What people read: the tables, why each state is so, and the numbers. */
#include <stdio.h>
#include <string.h>

#include "utils/nfsstat/tls.h"

/* ---- why each state is so --------------------------------------------------------------- */

static void add_reason(const struct verdict_report *report, const struct verdict_reason *reason, void *context)
{
	const struct verdict_row *row = reason->row;
	struct strbuf *out = context;
	char peer[ADDRESS_END_MAX];

	address_end_text(&row->transport->remote, peer);
	strbuf_addf(out, "%s %s: %s: %s", verdict_side(row), peer, verdict_state_word(row->state), row->why);
	verdict_reason_about(report, reason, out);
	strbuf_addf(out, "\n");
}

/* ---- numbers ------------------------------------------------------------------------------- */

static void add_totals(const struct verdict_report *report, bool is_server, struct strbuf *out)
{
	const struct verdict_totals *totals = is_server ? &report->server : &report->client;
	const char *side = is_server ? "server" : "client";

	if (!verdict_sees(report, is_server)) {
		strbuf_addf(out,
			    "%s: unknown: its transports are sockets, which are not looked at below another root\n",
			    side);
		return;
	}
	strbuf_addf(out, "%s: %zu transport%s, %zu encrypted, %zu clear, %zu unknown, %zu idle", side,
		    totals->transports, totals->transports == 1 ? "" : "s", totals->encrypted, totals->clear,
		    totals->unknown, totals->idle);
	if (totals->starting)
		strbuf_addf(out, ", %zu starting", totals->starting);
	if (totals->violations)
		strbuf_addf(out, "; %zu not as demanded", totals->violations);
	if (totals->undecided)
		strbuf_addf(out, "; %zu undecided", totals->undecided);
	if (!is_server && report->lost_mounts)
		strbuf_addf(out, "; %zu mount%s without known transports", report->lost_mounts,
			    report->lost_mounts == 1 ? "" : "s");
	if (is_server && report->list.server_guessed)
		strbuf_addf(out, "; its ports are not known, 2049 is a guess");
	if (verdict_is_incomplete(report, is_server))
		strbuf_addf(out, "; there may be more: -v tells why");
	strbuf_addf(out, "\n");
}

static void add_counters(const struct transport_tls_counters *counters, struct strbuf *out)
{
	if (!counters->known) {
		strbuf_addf(out, "record layer: not loaded\n");
		return;
	}
	strbuf_addf(out, "record layer: %llu decrypt errors", (unsigned long long)counters->decrypt_errors);
	if (counters->has_rekeys)
		strbuf_addf(out, ", %llu rekeys, %llu failed", (unsigned long long)counters->rekeys,
			    (unsigned long long)counters->rekey_errors);
	else
		strbuf_addf(out, ", rekeys unknown");
	strbuf_addf(out, "\n");
}

static void add_handshakes(const struct verdict_report *report, const struct verdict_handshakes *all,
			   struct strbuf *out)
{
	uint64_t failed = 0;

	for (size_t i = 0; i < all->failed_count; i++)
		failed += all->failed[i].count;
	strbuf_addf(out, "handshakes as %s: ", all->side);
	if (!report->agent_known) {
		strbuf_addf(out, "unknown\n");
		return;
	}
	strbuf_addf(out, "%llu done, %llu failed", (unsigned long long)all->ok, (unsigned long long)failed);
	for (size_t i = 0; i < all->failed_count; i++)
		strbuf_addf(out, "%s%llu %s", i ? ", " : " (", (unsigned long long)all->failed[i].count,
			    all->failed[i].why);
	strbuf_addf(out, "%s\n", all->failed_count ? ")" : "");
}

/* ---- all -------------------------------------------------------------------------------------- */

static void add_lost_mounts(const struct verdict_report *report, struct strbuf *out)
{
	for (size_t i = 0; i < report->list.mount_count; i++) {
		const struct transport_mount *mount = &report->list.mounts[i];

		if (!mount->why[0])
			continue;
		strbuf_addf(out, "client ");
		strbuf_add_escaped(out, mount->point, strlen(mount->point));
		strbuf_addf(out, ": unknown: %s: %s\n", verdict_lost(mount), mount->why);
	}
}

static void add_heading(const struct verdict_report *report, struct strbuf *out)
{
	if (report->snapshot.namespace[0])
		strbuf_addf(out, "NFS in this network namespace (%s)\n", report->snapshot.namespace);
	else
		strbuf_addf(out, "NFS as files tell of it\n");
	if (report->list.sys_elsewhere)
		strbuf_addf(out, "client: /sys is of another network namespace: these transports are of there\n");
}

static void add_all_counters(const struct verdict_report *report, struct strbuf *out)
{
	add_counters(&report->counters, out);
	if (report->wants_client)
		add_handshakes(report, &report->handshakes[0], out);
	if (report->wants_server)
		add_handshakes(report, &report->handshakes[1], out);
}

#define ALL SIZE_MAX
#define TABLE_LEAST 3u /* its heading, the worst one, and how many more there are */

void tls_text(const struct verdict_report *report, const struct tls_style *style, struct strbuf *out)
{
	enum { HEADING, TABLES, REASONS = TABLES + TLS_TABLES, TOTALS, COUNTERS, NOTES, PARTS };
	struct tls_part part[PARTS] = {
		[HEADING] = { .least = ALL },
		[TABLES] = { .least = TABLE_LEAST, .headings = 1, .more = "" },
		[TABLES + 1] = { .least = TABLE_LEAST, .headings = 1, .more = "" },
		[REASONS] = { .more = " sentences" },
		[TOTALS] = { .least = ALL },
	};
	struct strbuf *const tables[TLS_TABLES] = { &part[TABLES].text, &part[TABLES + 1].text };

	_Static_assert(PARTS <= TLS_PARTS_MAX, "room");
	add_heading(report, &part[HEADING].text);
	tls_tables(report, style, tables);
	verdict_reasons(report, add_reason, &part[REASONS].text);
	add_lost_mounts(report, &part[REASONS].text);
	if (report->wants_client)
		add_totals(report, false, &part[TOTALS].text);
	if (report->wants_server)
		add_totals(report, true, &part[TOTALS].text);
	add_all_counters(report, &part[COUNTERS].text);
	if (style->notes && report->notes.text)
		strbuf_addf(&part[NOTES].text, "%s", report->notes.text);
	tls_fit(part, PARTS, style, out);
	for (size_t i = 0; i < PARTS; i++)
		strbuf_free(&part[i].text);
}
