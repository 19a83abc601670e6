/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A set of counters: differences, and what is all zero. */
#include <string.h>

#include "support/counters/counters_private.h"

/* ---- arithmetic ------------------------------------------------------------------------ */

static uint64_t since(uint64_t now, uint64_t then, bool narrow)
{
	return narrow || now < then ? (uint32_t)(now - then) : now - then;
}

/* After its last number a counter of 32 bits is as far from there as was counted; half of them is not, in one step. */
static bool has_gone_back(uint64_t now, uint64_t then)
{
	return now < then && (then > UINT32_MAX || (uint32_t)(now - then) > INT32_MAX);
}

/* Each side begins again with its module.  The cache of read-ahead has a size, which is no counter. */
static bool was_reset(const struct counters *now, const struct counters *then)
{
	bool any = false;

	for (size_t block = 0; block < COUNTERS_BLOCKS; block++)
		for (size_t i = 0; i < COUNTERS_VALUES_MAX && block != COUNTERS_READ_AHEAD; i++)
			any |= has_gone_back(now->value[block][i], then->value[block][i]);
	for (size_t table = 0; table < COUNTERS_TABLES; table++)
		for (size_t i = 0; i < now->calls[table].count; i++)
			any |= has_gone_back(now->calls[table].at[i], then->calls[table].at[i]);
	return any;
}

static void subtract_calls(struct counters_calls *calls, const struct counters_calls *then, bool narrow)
{
	for (size_t i = 0; i < COUNTERS_OPERATIONS_MAX; i++)
		calls->at[i] = i < calls->count ? since(calls->at[i], then->at[i], narrow) : 0;
}

/* To call what was counted since the system started what was counted since then would be wrong. */
static bool is_known(const struct counters *counters, enum counters_table table)
{
	const struct counters_table_form *form = counters_table_form(counters->side, table);

	return !counters->is_proc || !form || form->line;
}

void counters_subtract(struct counters *counters, const struct counters *then)
{
	const bool narrow = counters->narrow || then->narrow;

	counters->was_reset = was_reset(counters, then);
	for (size_t block = 0; block < COUNTERS_BLOCKS; block++)
		for (size_t i = 0; i < COUNTERS_VALUES_MAX; i++)
			counters->value[block][i] = since(counters->value[block][i], then->value[block][i], narrow);
	for (unsigned int table = 0; table < COUNTERS_TABLES; table++)
		if (is_known(then, table))
			subtract_calls(&counters->calls[table], &then->calls[table], narrow);
		else
			memset(&counters->calls[table], 0, sizeof(counters->calls[table]));
	counters->narrow = narrow;
}

bool counters_block_is_zero(const struct counters *counters, enum counters_block block)
{
	for (size_t i = 0; i < COUNTERS_VALUES_MAX; i++)
		if ((uint32_t)counters->value[block][i])
			return false;
	return true;
}

bool counters_table_is_zero(const struct counters *counters, enum counters_table table)
{
	const struct counters_table_form *form = counters_table_form(counters->side, table);

	for (size_t i = 0; form && i < form->classic; i++)
		if ((uint32_t)counters->calls[table].at[i])
			return false;
	return true;
}
