/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "support/tree/tree.h"

struct field {
	const char *text;
	size_t size;
};

/* Takes the word up to the next blank; false at the end of the line or for an empty one. */
static bool take_field(const char **at, const char *end, struct field *field)
{
	const char *blank = memchr(*at, ' ', (size_t)(end - *at));

	field->text = *at;
	field->size = (size_t)((blank ? blank : end) - *at);
	*at = blank ? blank + 1 : end;
	return field->size > 0;
}

static bool is_field(const struct field *field, const char *text)
{
	return field->size == strlen(text) && !memcmp(field->text, text, field->size);
}

/* All digits; the numbers of mounts and devices have no more than 32 bits. */
static bool parse_number(const char *at, const char *end, uint32_t *number)
{
	uint64_t value = 0;

	if (at == end)
		return false;
	for (; at < end; at++) {
		if (*at < '0' || *at > '9')
			return false;
		value = value * 10 + (uint64_t)(*at - '0');
		if (value > UINT32_MAX)
			return false;
	}
	*number = (uint32_t)value;
	return true;
}

static bool take_number(const char **at, const char *end, uint32_t *number)
{
	struct field field;

	return take_field(at, end, &field) && parse_number(field.text, field.text + field.size, number);
}

static bool take_device(const char **at, const char *end, struct tree_line *line)
{
	struct field field;
	const char *colon;

	if (!take_field(at, end, &field))
		return false;
	colon = memchr(field.text, ':', field.size);
	return colon && parse_number(field.text, colon, &line->major) &&
	       parse_number(colon + 1, field.text + field.size, &line->minor);
}

/* False for what does not fit, or has a NUL in it. */
static bool take_text(const char **at, const char *end, char text[TREE_PATH_MAX])
{
	struct field field;
	size_t from = 0, to = 0;

	if (!take_field(at, end, &field))
		return false;
	while (from < field.size && to < TREE_PATH_MAX - 1) {
		int escape = text_octal_escape(field.text + from, field.size - from);

		text[to] = escape < 0 ? field.text[from] : (char)escape;
		from += escape < 0 ? 1 : OCTAL_ESCAPE_SIZE;
		if (!text[to++])
			return false;
	}
	text[to] = '\0';
	return from == field.size;
}

/* Which types matter is asked by their beginnings, so that one is cut does no harm. */
static void copy_type(const struct field *field, char type[TREE_TYPE_MAX])
{
	size_t size = field->size < TREE_TYPE_MAX ? field->size : TREE_TYPE_MAX - 1;

	memcpy(type, field->text, size);
	type[size] = '\0';
}

/* 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue */
static bool parse_line(const char *at, const char *end, struct tree_line *line)
{
	struct field field;

	if (!take_number(&at, end, &line->id) || !take_number(&at, end, &line->parent) ||
	    !take_device(&at, end, line) || !take_text(&at, end, line->root) || !take_text(&at, end, line->point) ||
	    line->point[0] != '/')
		return false;
	do { /* options and any number of tags */
		if (!take_field(&at, end, &field))
			return false;
	} while (!is_field(&field, "-"));
	if (!take_field(&at, end, &field))
		return false;
	copy_type(&field, line->type);
	return true;
}

int tree_line_next(const char **text, const char *end, struct tree_line *line)
{
	const char *at = *text, *newline;

	if (at >= end)
		return 0;
	newline = memchr(at, '\n', (size_t)(end - at));
	*text = newline ? newline + 1 : end;
	return parse_line(at, newline ? newline : end, line) ? 1 : -EBADMSG;
}
