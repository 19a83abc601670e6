/* SPDX-License-Identifier: GPL-2.0-or-later */
// fuzz-sources: utils/nfsstat/report.c utils/nfsstat/text.c
/* The text of /proc/net/rpc/nfs or nfsd, as the first byte says. What was read is printed, and read again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "utils/nfsstat/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct counters_saved again;

/* Operations beyond those have no place in the text. */
static size_t shown(const struct report *report, enum counters_side side, enum counters_table table)
{
	return report_shows_table(report, side, table) ? counters_table_form(side, table)->classic : 0;
}

static void compare(const struct report *report, const struct counters *counters)
{
	for (size_t block = 0; block < COUNTERS_BLOCKS; block++)
		for (size_t i = 0; i < COUNTERS_VALUES_MAX; i++)
			if (again.side[counters->side].value[block][i] != (uint32_t)counters->value[block][i])
				abort();
	for (unsigned int table = 0; table < COUNTERS_TABLES; table++)
		for (size_t i = 0; i < shown(report, counters->side, table); i++)
			if (again.side[counters->side].calls[table].at[i] != (uint32_t)counters->calls[table].at[i])
				abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct cli cli = { .tables = true,
				 .automatic = true,
				 .version = { true, true, true, true, true },
				 .block = { true, true, true, true, true, true } };
	static struct report report;
	AUTO_STRBUF text = { 0 };
	enum counters_side side;

	if (!size)
		return 0;
	side = data[0] % COUNTERS_SIDES;
	memset(&report, 0, sizeof(report));
	report.cli = &cli;
	report.has[side] = true;
	if (counters_parse_proc(side, "fuzz", (const char *)data + 1, size - 1, &report.side[side], NULL))
		return 0;
	report_text(&report, &text);
	if (text.failed || counters_parse_saved("again", text.text, text.size, &again, NULL))
		abort();
	compare(&report, &report.side[side]);
	return 0;
}
