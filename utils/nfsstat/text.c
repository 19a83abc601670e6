/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The layout of nfs-utils' nfsstat, blank by blank: scripts cut it by columns. Numbers have 32 bits there. */
#include "utils/nfsstat/report.h"

#define COLUMN "%-8u"
#define BETWEEN "   "
#define CELLS_PER_ROW 5u

/* ---- blocks ---------------------------------------------------------------------------- */

static void add_block(const struct counters_block_form *form, const uint64_t *values, struct strbuf *text)
{
	strbuf_addf(text, "%s:\n", form->label);
	for (size_t i = 0; i < form->count; i++)
		strbuf_addf(text, i + 1 < form->count ? "%-9s  " : "%s", form->value[i].name);
	strbuf_addf(text, "\n");
	for (size_t i = 0; i < form->count; i++)
		strbuf_addf(text, i + 1 < form->count ? COLUMN BETWEEN : COLUMN, (uint32_t)values[i]);
	strbuf_addf(text, "\n\n");
}

/* ---- tables ---------------------------------------------------------------------------- */

static void add_row(const struct counters_table_form *form, const struct counters_calls *calls, size_t begin,
		    size_t end, uint64_t total, struct strbuf *text)
{
	char room[COUNTERS_NAME_ROOM];

	for (size_t i = begin; i < end; i++)
		strbuf_addf(text, "%-17s", counters_operation_name(form, i, room));
	strbuf_addf(text, "\n");
	for (size_t i = begin; i < end; i++) {
		uint32_t count = (uint32_t)calls->at[i];

		strbuf_addf(text, COLUMN "%3llu%%     ", count, total ? (unsigned long long)count * 100 / total : 0ull);
	}
	strbuf_addf(text, "\n");
}

static void add_table(const struct counters_table_form *form, const struct counters_calls *calls, struct strbuf *text)
{
	size_t count = form->classic;
	uint64_t total = 0;

	for (size_t i = 0; i < count; i++)
		total += (uint32_t)calls->at[i];
	strbuf_addf(text, "%s:\n", form->label);
	for (size_t i = 0; i < count; i += CELLS_PER_ROW)
		add_row(form, calls, i, i + CELLS_PER_ROW < count ? i + CELLS_PER_ROW : count, total, text);
	strbuf_addf(text, "\n");
}

void report_text(const struct report *report, struct strbuf *text)
{
	for (unsigned int side = 0; side < COUNTERS_SIDES; side++) {
		for (unsigned int block = 0; block < COUNTERS_BLOCKS; block++)
			if (report_shows_block(report, side, block))
				add_block(counters_block_form(side, block), report->side[side].value[block], text);
		for (unsigned int table = 0; table < COUNTERS_TABLES; table++)
			if (report_shows_table(report, side, table))
				add_table(counters_table_form(side, table), &report->side[side].calls[table], text);
	}
}
