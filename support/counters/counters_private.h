/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of this folder. */
#ifndef NFSTLS_COUNTERS_PRIVATE_H
#define NFSTLS_COUNTERS_PRIVATE_H

#include "support/counters/counters.h"

/* A line without its end. */
struct counters_line {
	const char *text;
	size_t size;
	unsigned int number;
	bool ended; /* by a newline */
};

/* Takes the next line of what is left; false at the end.  number counts from 1, and has to begin as 0. */
bool counters_line_next(const char **text, size_t *size, struct counters_line *line);

/* A word of a line: takes it away from the line; false when there is none. */
bool counters_word_next(struct counters_line *line, const char **word, size_t *size);

/* -EINVAL when it is no decimal number of 64 bits. */
int counters_number(const char *text, size_t size, uint64_t *value);

bool counters_word_is(const char *word, size_t size, const char *other);

/* The operation that the kernel counts in a slot of a line with count slots. */
size_t counters_operation_of_slot(enum counters_side side, enum counters_table table, size_t slot, size_t count);

/* -ENOENT when the table has no such name. */
int counters_operation_find(const struct counters_table_form *form, const char *name, size_t size, size_t *operation);

#endif
