/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines, words and numbers of a text that counters are read from. */
#include <errno.h>
#include <string.h>

#include "support/counters/counters_private.h"

bool counters_line_next(const char **text, size_t *size, struct counters_line *line)
{
	const char *end;

	if (!*size)
		return false;
	end = memchr(*text, '\n', *size);
	line->text = *text;
	line->size = end ? (size_t)(end - *text) : *size;
	line->ended = end;
	line->number++;
	*size -= line->size + (end ? 1 : 0);
	*text += line->size + (end ? 1 : 0);
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

bool counters_word_next(struct counters_line *line, const char **word, size_t *size)
{
	while (line->size && is_blank(*line->text)) {
		line->text++;
		line->size--;
	}
	*word = line->text;
	while (line->size && !is_blank(*line->text)) {
		line->text++;
		line->size--;
	}
	*size = (size_t)(line->text - *word);
	return *size;
}

bool counters_word_is(const char *word, size_t size, const char *other)
{
	return strlen(other) == size && !memcmp(word, other, size);
}

int counters_number(const char *text, size_t size, uint64_t *value)
{
	uint64_t sum = 0;

	if (!size)
		return -EINVAL;
	for (size_t i = 0; i < size; i++) {
		if (text[i] < '0' || text[i] > '9' || __builtin_mul_overflow(sum, 10u, &sum) ||
		    __builtin_add_overflow(sum, (uint64_t)(text[i] - '0'), &sum))
			return -EINVAL;
	}
	*value = sum;
	return 0;
}
