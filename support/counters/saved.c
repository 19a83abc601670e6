/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that were saved: copies of /proc, and what nfsstat has printed. */
#include <errno.h>
#include <string.h>

#include "support/counters/counters_private.h"

#define PERCENT_WIDTH 3u /* right-aligned, and never more than 100 */

/* Reading what was printed: each label is followed by lines that belong to it. */
struct reader {
	const char *name;
	const char *text;
	size_t size;
	struct counters_line line; /* the last one */
	struct error *e;
};

static int bad(const struct reader *reader, const char *what)
{
	return error_set(reader->e, EBADMSG, "%s:%u: %s", reader->name, reader->line.number, what);
}

static bool next_line(struct reader *reader, struct counters_line *line)
{
	if (!counters_line_next(&reader->text, &reader->size, &reader->line))
		return false;
	*line = reader->line;
	return true;
}

static bool is_empty(struct counters_line line)
{
	const char *word;
	size_t size;

	return !counters_word_next(&line, &word, &size);
}

/* ---- blocks ---------------------------------------------------------------------------- */

static int read_block(struct reader *reader, const struct counters_block_form *form, uint64_t *values)
{
	struct counters_line line;
	const char *word;
	size_t size;

	if (!next_line(reader, &line) || is_empty(line))
		return bad(reader, "the names of the columns are missing");
	for (size_t i = 0; i < form->count; i++)
		if (!counters_word_next(&line, &word, &size) || !counters_word_is(word, size, form->value[i].name))
			return bad(reader, "these are not the names of the columns");
	if (!next_line(reader, &line))
		return bad(reader, "the numbers are missing");
	for (size_t i = 0; i < form->count; i++)
		if (!counters_word_next(&line, &word, &size) || counters_number(word, size, &values[i]))
			return bad(reader, "a number is missing");
	return 0;
}

/* ---- tables ---------------------------------------------------------------------------- */

/*
 * A number, a percentage that is aligned to the right in 3 columns, and a percent sign: a number of eight digits and
 * more has no blank between it and 100.
 */
static int read_cell(struct reader *reader, struct counters_line *line, uint64_t *value)
{
	const char *begin, *end;
	size_t size;

	while (line->size && *line->text == ' ') {
		line->text++;
		line->size--;
	}
	begin = line->text;
	end = line->size ? memchr(begin, '%', line->size) : NULL;
	if (!end || (size_t)(end - begin) <= PERCENT_WIDTH)
		return bad(reader, "a number with its percentage is missing");
	line->size -= (size_t)(end + 1 - begin);
	line->text = end + 1;
	size = (size_t)(end - begin) - PERCENT_WIDTH;
	while (size && begin[size - 1] == ' ')
		size--;
	return counters_number(begin, size, value) ? bad(reader, "what should be a number is none") : 0;
}

static int check_names(struct reader *reader, struct counters_line names, const struct counters_table_form *form)
{
	const char *word;
	size_t size, operation;

	while (counters_word_next(&names, &word, &size))
		if (counters_operation_find(form, word, size, &operation))
			return bad(reader, "there is an operation that is not known");
	return 0;
}

/* A line of names and the line of numbers below it. */
static int read_rows(struct reader *reader, struct counters_line names, const struct counters_table_form *form,
		     struct counters_calls *calls)
{
	struct counters_line numbers;
	const char *word;
	size_t size, operation;
	int r = check_names(reader, names, form);

	if (!r && !next_line(reader, &numbers))
		return bad(reader, "the numbers are missing");
	while (!r && counters_word_next(&names, &word, &size)) {
		(void)counters_operation_find(form, word, size, &operation);
		r = read_cell(reader, &numbers, &calls->at[operation]);
		if (operation >= calls->count)
			calls->count = operation + 1;
	}
	return r;
}

/* Up to the empty line that ends it. */
static int read_table(struct reader *reader, const struct counters_table_form *form, struct counters_calls *calls)
{
	struct counters_line line;
	bool any = false;
	int r;

	memset(calls, 0, sizeof(*calls));
	while (next_line(reader, &line) && !is_empty(line)) {
		r = read_rows(reader, line, form, calls);
		if (r)
			return r;
		any = true;
	}
	return any ? 0 : bad(reader, "the operations are missing");
}

/* ---- all of it -------------------------------------------------------------------------- */

static bool is_label(const struct counters_line *line, const char *label)
{
	size_t size = strlen(label);

	return line->size == size + 1 && line->text[size] == ':' && !memcmp(line->text, label, size);
}

/* What the line is the label of, if it is any. */
static int read_labelled(struct reader *reader, const struct counters_line *label, struct counters *counters,
			 bool *known)
{
	for (unsigned int i = 0; i < COUNTERS_BLOCKS; i++) {
		const struct counters_block_form *form = counters_block_form(counters->side, i);

		if (!form || !is_label(label, form->label))
			continue;
		*known = true;
		return read_block(reader, form, counters->value[i]);
	}
	for (unsigned int i = 0; i < COUNTERS_TABLES; i++) {
		const struct counters_table_form *form = counters_table_form(counters->side, i);

		if (!form || !is_label(label, form->label))
			continue;
		*known = true;
		return read_table(reader, form, &counters->calls[i]);
	}
	return 0;
}

/* *known tells whether there was anything of nfsstat in it. */
static int parse_pretty(const char *name, const char *text, size_t size, struct counters *sides, bool *known,
			struct error *e)
{
	struct reader reader = { .name = name, .text = text, .size = size, .e = e };
	struct counters_line line;
	int r = 0;

	*known = false;
	while (!r && next_line(&reader, &line))
		for (unsigned int i = 0; i < COUNTERS_SIDES && !r; i++)
			r = read_labelled(&reader, &line, &sides[i], known);
	return r;
}

static bool begins(const char *text, size_t size, const char *with)
{
	return size >= strlen(with) && !memcmp(text, with, strlen(with));
}

static int parse_raw(enum counters_side side, const char *name, const char *text, size_t size,
		     struct counters_saved *saved, struct error *e)
{
	int r = counters_parse_proc(side, name, text, size, &saved->side[side], e);

	saved->form = side == COUNTERS_SERVER ? COUNTERS_RAW_SERVER : COUNTERS_RAW_CLIENT;
	saved->side[side].source = COUNTERS_FROM_FILE;
	return r;
}

int counters_parse_saved(const char *name, const char *text, size_t size, struct counters_saved *saved, struct error *e)
{
	bool known;
	int r;

	memset(saved, 0, sizeof(*saved));
	for (unsigned int i = 0; i < COUNTERS_SIDES; i++) {
		saved->side[i].side = i;
		saved->side[i].source = COUNTERS_FROM_FILE;
	}
	if (!size)
		return error_set(e, ENODATA, "%s", name);
	if (begins(text, size, "net "))
		return parse_raw(COUNTERS_CLIENT, name, text, size, saved, e);
	if (begins(text, size, "rc "))
		return parse_raw(COUNTERS_SERVER, name, text, size, saved, e);
	saved->form = COUNTERS_PRETTY;
	for (unsigned int i = 0; i < COUNTERS_SIDES; i++)
		saved->side[i].narrow = true;
	r = parse_pretty(name, text, size, saved->side, &known, e);
	if (!r && !known)
		return error_set(e, EBADMSG,
				 "%s: this is no saved output of nfsstat, and no copy of a file in "
				 "/proc/net/rpc",
				 name);
	return r;
}
