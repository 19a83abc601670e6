/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of -l: one operation on a line, those that were called. */
#include "utils/nfsstat/report.h"

static void add_list(const struct counters_table_form *form, const struct counters_calls *calls, struct strbuf *text)
{
	char room[COUNTERS_NAME_ROOM];
	uint64_t total = 0;

	for (size_t i = 0; i < form->classic; i++)
		total += (uint32_t)calls->at[i];
	strbuf_addf(text, "%13s %13s %8llu \n", form->title, "total:", (unsigned long long)total);
	strbuf_addf(text, "------------- ------------- --------\n");
	for (size_t i = 0; i < form->classic; i++)
		if ((uint32_t)calls->at[i])
			strbuf_addf(text, "%13s %12s: %8u \n", form->title, counters_operation_name(form, i, room),
				    (uint32_t)calls->at[i]);
	strbuf_addf(text, "\n");
}

void report_list(const struct report *report, struct strbuf *text)
{
	for (unsigned int side = 0; side < COUNTERS_SIDES; side++)
		for (unsigned int table = 0; table < COUNTERS_TABLES; table++)
			if (report_shows_table(report, side, table) &&
			    !counters_table_is_zero(&report->side[side], table))
				add_list(counters_table_form(side, table), &report->side[side].calls[table], text);
}
