/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of transports: the short one, which fits 80 columns, and the wide ones. */
#include <stdio.h>
#include <string.h>

#include "utils/nfsstat/tls.h"

#define LINE_COLUMNS 80u
#define COLUMNS_MAX 40u

/* A column is of the short table, or a fact of the wide ones. */
struct column {
	const struct tls_short_field *brief;
	const struct tls_field *field;
	const char *heading;
	size_t width; /* as wide as the longest cell */
	bool is_state;
};

struct table {
	const struct verdict_report *report;
	const struct tls_style *style;
	struct column columns[COLUMNS_MAX];
	size_t count;
	size_t room; /* for the last column of the short table */
	struct strbuf cell;
};

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

/* The text of one cell, in table->cell; shortened at its beginning, since the end tells more. */
static const char *render(struct table *table, const struct column *column, const struct verdict_row *row)
{
	const struct tls_view view = { table->report, row, !column->brief };
	struct strbuf *cell = &table->cell;
	size_t most = 0;
	char *shown;

	cell->size = 0;
	if (column->brief) {
		column->brief->cell(&view, cell);
		most = column->brief->most == TLS_REST ? table->room : column->brief->most;
	} else {
		tls_field_cell(column->field, &view, cell);
	}
	if (cell->failed)
		return "";
	if (!most || cell->size <= most)
		return cell->text;
	shown = cell->text + cell->size - most;
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

static void add_row(struct table *table, const struct verdict_row *row, struct strbuf *out)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct column *column = &table->columns[i];
		const char *text = render(table, column, row);
		const char *colour = table->style->colour && column->is_state ? colour_of(row->state) : "";

		strbuf_addf(out, "%s%s%s%*s", colour, text, *colour ? "\033[0m" : "",
			    i + 1 < table->count ? (int)(column->width - strlen(text)) + 1 : 0, "");
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

/* Returns the number of rows. */
static size_t measure(struct table *table, row_choice *choose)
{
	size_t rows = 0;

	for (size_t i = 0; i < table->count; i++)
		table->columns[i].width = strlen(table->columns[i].heading);
	for (size_t k = 0; k < table->report->list.count; k++) {
		if (!choose(&table->report->rows[k]))
			continue;
		rows++;
		for (size_t i = 0; i < table->count; i++) {
			struct column *column = &table->columns[i];
			size_t size = strlen(render(table, column, &table->report->rows[k]));

			column->width = size > column->width ? size : column->width;
		}
	}
	return rows;
}

/* What the columns before the last one leave of a line. */
static size_t room_for_last(const struct table *table)
{
	size_t used = 0;

	for (size_t i = 0; i + 1 < table->count; i++)
		used += table->columns[i].width + 1;
	return LINE_COLUMNS - used;
}

static void add_table(struct table *table, row_choice *choose, struct strbuf *out)
{
	if (measure(table, choose)) {
		table->room = room_for_last(table);
		for (size_t i = 0; i < table->count; i++)
			strbuf_addf(out, "%-*s ", (int)table->columns[i].width, table->columns[i].heading);
		end_line(out);
		for (size_t k = 0; k < table->report->list.count; k++)
			if (choose(&table->report->rows[k]))
				add_row(table, &table->report->rows[k], out);
	}
	out->failed = out->failed || table->cell.failed;
	strbuf_free(&table->cell);
}

static void add_column(struct table *table, struct column column)
{
	if (table->count < COLUMNS_MAX)
		table->columns[table->count++] = column;
}

static void add_short(struct table table, struct strbuf *out)
{
	for (size_t i = 0; i < tls_short_field_count; i++) {
		const struct tls_short_field *field = &tls_short_fields[i];

		add_column(&table,
			   (struct column){ .brief = field, .heading = field->heading, .is_state = field->is_state });
	}
	add_table(&table, any_row, out);
}

static void add_wide(struct table table, bool is_server, struct strbuf *out)
{
	for (size_t i = 0; i < tls_field_count; i++) {
		const struct tls_field *field = &tls_fields[i];

		if (field->heading && tls_field_is_of(field, is_server))
			add_column(&table, (struct column){ .field = field,
							    .heading = field->heading,
							    .is_state = !strcmp(field->heading, "STATE") });
	}
	add_table(&table, is_server ? server_row : client_row, out);
}

void tls_tables(const struct verdict_report *report, const struct tls_style *style,
		struct strbuf *const tables[static TLS_TABLES])
{
	const struct table table = { .report = report, .style = style };

	if (!style->wide) {
		add_short(table, tables[0]);
		return;
	}
	add_wide(table, false, tables[0]);
	add_wide(table, true, tables[1]);
}
