/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /proc/net/rpc/nfs and nfsd: a line for each block and table, of a word and numbers. */
#include <errno.h>
#include <string.h>

#include "support/counters/counters_private.h"

struct source {
	const char *name;
	struct error *e;
};

static int bad(const struct source *source, const struct counters_line *line, const char *what)
{
	return error_set(source->e, EBADMSG, "%s:%u: %s", source->name, line->number, what);
}

/* One more number: 1; 0 at the end of the line. */
static int next_number(const struct source *source, struct counters_line *line, uint64_t *value)
{
	const char *word;
	size_t size;

	if (!counters_word_next(line, &word, &size))
		return 0;
	return counters_number(word, size, value) ? bad(source, line, "what should be a number is none") : 1;
}

/* Which column has the value of this place?  None where the kernel has more than we know. */
static const struct counters_value_form *column_of(const struct counters_block_form *form, unsigned int place)
{
	for (size_t i = 0; i < form->count; i++)
		if (form->value[i].place == place)
			return &form->value[i];
	return NULL;
}

static int read_block(const struct source *source, struct counters_line *line, const struct counters_block_form *form,
		      uint64_t *values)
{
	uint64_t value;
	int r = 1;

	for (unsigned int place = 0; r > 0; place++) {
		const struct counters_value_form *column = column_of(form, place);

		r = next_number(source, line, &value);
		if (r > 0 && column)
			values[column - form->value] = value;
	}
	return r;
}

/* How many there are stands in front of them. */
static int read_table(const struct source *source, struct counters_line *line, enum counters_side side,
		      enum counters_table table, struct counters_calls *calls)
{
	uint64_t count, value;
	int r = next_number(source, line, &count);

	if (r <= 0)
		return r ? r : bad(source, line, "the line is cut short");
	if (count > COUNTERS_OPERATIONS_MAX)
		return bad(source, line, "there are more operations than can be");
	memset(calls, 0, sizeof(*calls));
	for (size_t slot = 0; slot < count; slot++) {
		r = next_number(source, line, &value);
		if (r <= 0)
			return r ? r : bad(source, line, "the line is cut short");
		calls->at[counters_operation_of_slot(side, table, slot, count)] = value;
	}
	calls->count = count;
	return 0;
}

static int read_line(const struct source *source, struct counters_line *line, struct counters *counters, bool *known)
{
	const char *word;
	size_t size;

	if (!counters_word_next(line, &word, &size))
		return 0;
	for (unsigned int i = 0; i < COUNTERS_BLOCKS; i++) {
		const struct counters_block_form *form = counters_block_form(counters->side, i);

		if (!form || !counters_word_is(word, size, form->line))
			continue;
		*known = true;
		return read_block(source, line, form, counters->value[i]);
	}
	for (unsigned int i = 0; i < COUNTERS_TABLES; i++) {
		const struct counters_table_form *form = counters_table_form(counters->side, i);

		if (!form || !form->line || !counters_word_is(word, size, form->line))
			continue;
		*known = true;
		return read_table(source, line, counters->side, i, &counters->calls[i]);
	}
	return 0; /* what newer kernels have */
}

int counters_parse_proc(enum counters_side side, const char *name, const char *text, size_t size,
			struct counters *counters, struct error *e)
{
	const struct source source = { name, e };
	struct counters_line line = { 0 };
	bool known = false;
	int r = 0;

	memset(counters, 0, sizeof(*counters));
	counters->side = side;
	counters->is_proc = true;
	if (!size)
		return error_set(e, ENODATA, "%s", name);
	while (!r && counters_line_next(&text, &size, &line))
		r = read_line(&source, &line, counters, &known);
	if (!r && !known)
		return error_set(e, EBADMSG, "%s: there are no counters of NFS in it", name);
	return r;
}
