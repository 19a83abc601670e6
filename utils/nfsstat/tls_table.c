/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of transports: the short one, which fits 80 columns, and the wide ones. */
#include <stdio.h>
#include <string.h>

#include "utils/nfsstat/tls.h"

#define CELL_MAX 4096u /* of a cell in the wide table: the mounts that share a transport */

/* ---- cells: what a column shows of a transport ---------------------------------------------- */

struct table {
	const struct verdict_report *report;
	const struct tls_style *style;
	bool wide;
	size_t room; /* for the last column of a table that is not wide */
};

typedef void cell(const struct table *table, const struct verdict_row *row, struct strbuf *out);

/* Escaped, and without blanks in a wide table, so that its columns can be told apart; "-" for nothing. */
static void add_text(const struct table *table, const char *text, struct strbuf *out)
{
	size_t size = strlen(text);

	if (!size)
		strbuf_addf(out, "-");
	for (size_t part; size; text += part, size -= part) {
		part = table->wide ? strcspn(text, " ") : size;
		strbuf_add_escaped(out, text, part);
		if (part < size) {
			strbuf_addf(out, "\\x20");
			part++;
		}
	}
}

static void side_cell(const struct table *table, const struct verdict_row *row, struct strbuf *out)
{
	(void)table;
	strbuf_addf(out, "%s", verdict_side(row));
}

static void state_cell(const struct table *table, const struct verdict_row *row, struct strbuf *out)
{
	(void)table;
	strbuf_addf(out, "%s", verdict_state_word(row->state));
}

static void local_cell(const struct table *table, const struct verdict_row *row, struct strbuf *out)
{
	char end[TRANSPORT_END_MAX];

	(void)table;
	transport_end_text(&row->transport->local, end);
	strbuf_addf(out, "%s", end);
}

static void peer_cell(const struct table *table, const struct verdict_row *row, struct strbuf *out)
{
	char end[TRANSPORT_END_MAX];

	(void)table;
	transport_end_text(&row->transport->remote, end);
	strbuf_addf(out, "%s", end);
}

/* What the mounts or the policy want; "-" where nobody wants anything. */
static void wanted_cell(const struct table *table, const struct verdict_row *row, struct strbuf *out)
{
	enum xprtsec wanted = verdict_wanted(row);

	(void)table;
	if (wanted == XPRTSEC_NONE && row->asked_unknown)
		strbuf_addf(out, "unknown");
	else
		strbuf_addf(out, "%s",
			    row->transport->is_server && wanted == XPRTSEC_NONE ? "-" : xprtsec_word(wanted));
}

/* Of a transport without mounts there is nobody who asks. */
static void asked_cell(const struct table *table, const struct verdict_row *row, struct strbuf *out)
{
	(void)table;
	if (row->transport->is_stray)
		strbuf_addf(out, "-");
	else if (row->asked_unknown && row->asked != XPRTSEC_MTLS)
		strbuf_addf(out, "unknown");
	else
		strbuf_addf(out, "%s", xprtsec_word(row->asked));
}

static void policy_cell(const struct table *table, const struct verdict_row *row, struct strbuf *out)
{
	(void)table;
	if (row->minimum_unknown && row->minimum != XPRTSEC_MTLS)
		strbuf_addf(out, "unknown");
	else
		strbuf_addf(out, "%s", row->minimum_line[0] ? xprtsec_word(row->minimum) : "-");
}

static void configured_cell(const struct table *table, const struct verdict_row *row, struct strbuf *out)
{
	(void)table;
	strbuf_addf(out, "%s", verdict_configured(row));
}

static void effect_cell(const struct table *table, const struct verdict_row *row, struct strbuf *out)
{
	char effect[48];

	(void)table;
	tls_effect(row, effect, sizeof(effect));
	strbuf_addf(out, "%s", effect);
}

static void proof_cell(const struct table *table, const struct verdict_row *row, struct strbuf *out)
{
	(void)table;
	strbuf_addf(out, "%s", transport_proof_word(row->transport->proof));
}

/* What the socket tells; where it could not be seen, it is unknown. */
static void add_proven(const struct table *table, const struct verdict_row *row, const char *text, struct strbuf *out)
{
	add_text(table, row->transport->proof == TRANSPORT_UNPROVEN ? "unknown" : text, out);
}

static void version_cell(const struct table *table, const struct verdict_row *row, struct strbuf *out)
{
	add_proven(table, row, verdict_version_name(row->transport->socket.tls_version), out);
}

static void cipher_cell(const struct table *table, const struct verdict_row *row, struct strbuf *out)
{
	add_proven(table, row, tls_cipher_name(row->transport->socket.tls_cipher), out);
}

static void layer_cell(const struct table *table, const struct verdict_row *row, struct strbuf *out)
{
	add_proven(table, row, transport_layer_word(&row->transport->socket), out);
}

/* Only the agent knows it, and of what is in clear text there is nothing to know. */
static void add_known(const struct table *table, const struct verdict_row *row, const char *text, struct strbuf *out)
{
	bool encrypted = row->transport->proof == TRANSPORT_ENCRYPTED;

	add_proven(table, row, !encrypted ? "" : row->has_session ? text : "unknown", out);
}

static void mutual_cell(const struct table *table, const struct verdict_row *row, struct strbuf *out)
{
	static const char *const words[] = { "unknown", "no", "yes" };

	add_known(table, row, words[row->mutual], out);
}

static void identity_cell(const struct table *table, const struct verdict_row *row, struct strbuf *out)
{
	char names[256];

	text_list_show(row->names ? row->names : "", row->names_left_out, names, sizeof(names));
	add_known(table, row, names, out);
}

static void serial_cell(const struct table *table, const struct verdict_row *row, struct strbuf *out)
{
	add_known(table, row, row->serial, out);
}

static void expires_cell(const struct table *table, const struct verdict_row *row, struct strbuf *out)
{
	char text[48] = "";
	struct tm broken;

	if (row->expires > 0 && gmtime_r(&row->expires, &broken))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &broken);
	add_known(table, row, text, out);
}

/* Of what is not connected there is none of what a connection has. */
static const char *word_for_unknown(const struct verdict_row *row)
{
	return row->transport->connected ? "unknown" : "-";
}

/* In the largest unit, as a person would say it. */
static void age_cell(const struct table *table, const struct verdict_row *row, struct strbuf *out)
{
	static const struct {
		uint64_t seconds;
		char unit;
	} units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
	size_t i = 0;

	(void)table;
	if (!row->has_age) {
		strbuf_addf(out, "%s", word_for_unknown(row));
		return;
	}
	while (i + 1 < ARRAY_SIZE(units) && row->age < units[i].seconds)
		i++;
	strbuf_addf(out, "%llu%c", (unsigned long long)(row->age / units[i].seconds), units[i].unit);
}

static void reconnects_cell(const struct table *table, const struct verdict_row *row, struct strbuf *out)
{
	const struct transport_entry *t = row->transport;

	(void)table;
	if (t->has_reconnects)
		strbuf_addf(out, "%llu", (unsigned long long)t->reconnects);
	else
		strbuf_addf(out, "unknown");
}

static void add_bytes(const struct verdict_row *row, uint64_t bytes, struct strbuf *out)
{
	if (row->transport->socket.counted)
		strbuf_addf(out, "%llu", (unsigned long long)bytes);
	else
		strbuf_addf(out, "%s", word_for_unknown(row));
}

static void sent_cell(const struct table *table, const struct verdict_row *row, struct strbuf *out)
{
	(void)table;
	add_bytes(row, row->transport->socket.bytes_sent, out);
}

static void received_cell(const struct table *table, const struct verdict_row *row, struct strbuf *out)
{
	(void)table;
	add_bytes(row, row->transport->socket.bytes_received, out);
}

static const struct transport_mount *mount_of(const struct table *table, const struct verdict_row *row, size_t number)
{
	return &table->report->list.mounts[row->transport->mounts[number]];
}

static void server_cell(const struct table *table, const struct verdict_row *row, struct strbuf *out)
{
	char name[TLS_SERVER_NAME_MAX];

	tls_server_name(table->report, row, name);
	add_text(table, name, out);
}

static void mounts_cell(const struct table *table, const struct verdict_row *row, struct strbuf *out)
{
	size_t begin = out->size;

	if (!row->transport->mount_count)
		strbuf_addf(out, "-");
	for (size_t i = 0; i < row->transport->mount_count; i++) {
		if (out->size - begin > CELL_MAX) {
			strbuf_addf(out, ",+%zu", row->transport->mount_count - i);
			return;
		}
		strbuf_addf(out, "%s", i ? "," : "");
		add_text(table, mount_of(table, row, i)->point, out);
	}
}

static void client_cell(const struct table *table, const struct verdict_row *row, struct strbuf *out)
{
	add_text(table, *row->client_id ? row->client_name : "unknown", out);
}

static void client_id_cell(const struct table *table, const struct verdict_row *row, struct strbuf *out)
{
	add_text(table, *row->client_id ? row->client_id : "unknown", out);
}

static void callback_cell(const struct table *table, const struct verdict_row *row, struct strbuf *out)
{
	(void)table;
	strbuf_addf(out, "%s", row->transport->is_callback ? "yes" : "no");
}

static void exports_cell(const struct table *table, const struct verdict_row *row, struct strbuf *out)
{
	(void)table;
	if (row->exports_known)
		strbuf_addf(out, "%zu/%zu", row->exports_met, row->exports);
	else
		strbuf_addf(out, "unknown");
}

/* The first of the names in its certificate. */
static void add_identity(const struct table *table, const struct verdict_row *row, struct strbuf *out)
{
	const char *first = row->names ? text_list_next(row->names, NULL) : NULL;

	add_text(table, first ? first : "", out);
}

/* The first mount, and how many more share the transport; of a server, who the client is, or says it is. */
static void for_cell(const struct table *table, const struct verdict_row *row, struct strbuf *out)
{
	const struct transport_entry *t = row->transport;

	if (t->is_callback)
		strbuf_addf(out, "callback");
	else if (t->is_server && t->proof == TRANSPORT_ENCRYPTED && row->mutual == AGENT_MUTUAL_YES)
		add_identity(table, row, out);
	else if (t->is_server)
		add_text(table, row->client_name, out);
	else
		add_text(table, t->mount_count ? mount_of(table, row, 0)->point : "", out);
	if (t->mount_count > 1)
		strbuf_addf(out, " +%zu", t->mount_count - 1);
}

/* ---- columns ---------------------------------------------------------------------------------- */

struct column {
	const char *heading;
	cell *cell;
	size_t most; /* shortened to so many columns; 0: as long as it is */
};

#define LINE_COLUMNS 80u
#define REST SIZE_MAX	   /* what is left of the line */
#define EFFECT_COLUMNS 25u /* "unknown CHACHA20-POLY1305": no version and cipher is cut at its front */

static const struct column narrow[] = {
	{ "SIDE", side_cell, 6 },    { "PEER", peer_cell, 24 },
	{ "ASKED", wanted_cell, 7 }, { "IN EFFECT", effect_cell, EFFECT_COLUMNS },
	{ "STATE", state_cell, 8 },  { "FOR", for_cell, REST },
};

static const struct column client_columns[] = {
	{ "STATE", state_cell, 0 },
	{ "LOCAL", local_cell, 0 },
	{ "PEER", peer_cell, 0 },
	{ "SERVER", server_cell, 0 },
	{ "ASKED", asked_cell, 0 },
	{ "POLICY", policy_cell, 0 },
	{ "CONFIGURED", configured_cell, 0 },
	{ "PROOF", proof_cell, 0 },
	{ "VERSION", version_cell, 0 },
	{ "CIPHER", cipher_cell, 0 },
	{ "LAYER", layer_cell, 0 },
	{ "MUTUAL", mutual_cell, 0 },
	{ "IDENTITY", identity_cell, 0 },
	{ "SERIAL", serial_cell, 0 },
	{ "EXPIRES", expires_cell, 0 },
	{ "AGE", age_cell, 0 },
	{ "RECONNECTS", reconnects_cell, 0 },
	{ "SENT", sent_cell, 0 },
	{ "RECEIVED", received_cell, 0 },
	{ "MOUNTS", mounts_cell, 0 },
};

static const struct column server_columns[] = {
	{ "STATE", state_cell, 0 },	  { "LOCAL", local_cell, 0 },	      { "PEER", peer_cell, 0 },
	{ "CLIENT", client_cell, 0 },	  { "CLIENT-ID", client_id_cell, 0 }, { "POLICY", policy_cell, 0 },
	{ "PROOF", proof_cell, 0 },	  { "VERSION", version_cell, 0 },     { "CIPHER", cipher_cell, 0 },
	{ "LAYER", layer_cell, 0 },	  { "MUTUAL", mutual_cell, 0 },	      { "IDENTITY", identity_cell, 0 },
	{ "SERIAL", serial_cell, 0 },	  { "EXPIRES", expires_cell, 0 },     { "AGE", age_cell, 0 },
	{ "EXPORTS", exports_cell, 0 },	  { "SENT", sent_cell, 0 },	      { "RECEIVED", received_cell, 0 },
	{ "CALLBACK", callback_cell, 0 },
};

#define COLUMNS_MAX 20u
_Static_assert(ARRAY_SIZE(client_columns) <= COLUMNS_MAX && ARRAY_SIZE(server_columns) <= COLUMNS_MAX, "room");

/* ---- colour: on a terminal, and only for what stands out --------------------------------------- */

static const char *colour_of(enum verdict_state state)
{
	switch (state) {
	case VERDICT_OK:
		return "\033[32m";
	case VERDICT_CLEAR:
	case VERDICT_WEAK:
		return "\033[1;31m";
	case VERDICT_UNKNOWN:
		return "\033[33m";
	default:
		return "";
	}
}

/* ---- the table ------------------------------------------------------------------------------------ */

/* The text of one cell, which the caller frees; shortened at its beginning, since the end tells more. */
static const char *render(const struct table *table, const struct column *column, const struct verdict_row *row,
			  struct strbuf *room)
{
	size_t most = column->most == REST ? table->room : column->most;
	char *shown;

	room->size = 0;
	column->cell(table, row, room);
	if (room->failed)
		return "";
	if (!most || room->size <= most)
		return room->text;
	shown = room->text + room->size - most;
	shown[0] = shown[1] = '.';
	return shown;
}

/* No blanks at the end of a line. */
static void end_line(struct strbuf *out)
{
	while (out->size && !out->failed && out->text[out->size - 1] == ' ')
		out->text[--out->size] = '\0';
	strbuf_addf(out, "\n");
}

static void add_row(const struct table *table, const struct column *columns, size_t count, const size_t *width,
		    const struct verdict_row *row, struct strbuf *room, struct strbuf *out)
{
	for (size_t i = 0; i < count; i++) {
		const char *text = render(table, &columns[i], row, room);
		const char *colour = table->style->colour && columns[i].cell == state_cell ? colour_of(row->state) : "";

		strbuf_addf(out, "%s%s%s%*s", colour, text, *colour ? "\033[0m" : "",
			    i + 1 < count ? (int)(width[i] - strlen(text)) + 1 : 0, "");
	}
	end_line(out);
}

typedef bool row_choice(const struct verdict_row *row);

static bool any_row(const struct verdict_row *row)
{
	(void)row;
	return true;
}

static bool client_row(const struct verdict_row *row)
{
	return !row->transport->is_server;
}

static bool server_row(const struct verdict_row *row)
{
	return row->transport->is_server;
}

/* As wide as the longest cell.  Returns the number of rows. */
static size_t measure(const struct table *table, const struct column *columns, size_t count, row_choice *choose,
		      size_t *width, struct strbuf *room)
{
	size_t rows = 0;

	for (size_t i = 0; i < count; i++)
		width[i] = strlen(columns[i].heading);
	for (size_t k = 0; k < table->report->list.count; k++) {
		if (!choose(&table->report->rows[k]))
			continue;
		rows++;
		for (size_t i = 0; i < count; i++) {
			size_t size = strlen(render(table, &columns[i], &table->report->rows[k], room));

			width[i] = size > width[i] ? size : width[i];
		}
	}
	return rows;
}

/* What the columns before the last one leave of a line. */
static size_t room_for_last(const size_t *width, size_t count)
{
	size_t used = 0;

	for (size_t i = 0; i + 1 < count; i++)
		used += width[i] + 1;
	return LINE_COLUMNS - used;
}

static void add_table(struct table *table, const struct column *columns, size_t count, row_choice *choose,
		      struct strbuf *out)
{
	size_t width[COLUMNS_MAX];
	AUTO_STRBUF room = { 0 };

	if (!measure(table, columns, count, choose, width, &room))
		return;
	table->room = room_for_last(width, count);
	for (size_t i = 0; i < count; i++)
		strbuf_addf(out, "%-*s ", (int)width[i], columns[i].heading);
	end_line(out);
	for (size_t k = 0; k < table->report->list.count; k++)
		if (choose(&table->report->rows[k]))
			add_row(table, columns, count, width, &table->report->rows[k], &room, out);
	out->failed = out->failed || room.failed;
}

void tls_tables(const struct verdict_report *report, const struct tls_style *style,
		struct strbuf *const tables[static TLS_TABLES])
{
	struct table table = { .report = report, .style = style, .wide = style->wide };

	if (!style->wide) {
		add_table(&table, narrow, ARRAY_SIZE(narrow), any_row, tables[0]);
		return;
	}
	add_table(&table, client_columns, ARRAY_SIZE(client_columns), client_row, tables[0]);
	add_table(&table, server_columns, ARRAY_SIZE(server_columns), server_row, tables[1]);
}
