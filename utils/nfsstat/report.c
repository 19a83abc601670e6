/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/nfsstat/report.h"

bool report_shows_block(const struct report *report, enum counters_side side, enum counters_block block)
{
	if (!report->has[side] || !report->cli->block[block] || !counters_block_form(side, block))
		return false;
	return !report->is_interval || !counters_block_is_zero(&report->side[side], block);
}

/* The server's operations stand below its procedures, and come and go with them. */
static enum counters_table deciding(enum counters_side side, enum counters_table table)
{
	return side == COUNTERS_SERVER && table == COUNTERS_V4_OPERATIONS ? COUNTERS_V4 : table;
}

bool report_shows_table(const struct report *report, enum counters_side side, enum counters_table table)
{
	const struct counters_table_form *form = counters_table_form(side, table);
	const struct counters *counters = &report->side[side];

	if (!report->has[side] || !report->cli->tables || !form)
		return false;
	if (!counters_table_is_zero(counters, deciding(side, table)))
		return report->cli->automatic || report->cli->version[form->version];
	/* Where no file of /proc has it, it is there or not. */
	return report->cli->version[form->version] && !report->is_interval &&
	       (form->line || counters->calls[table].count);
}
