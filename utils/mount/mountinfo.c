/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/mount/mountinfo.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Takes the word up to the next blank; false at the end of the line. */
static bool take_field(const char **at, const char *end, struct mountinfo_field *field)
{
	const char *blank;

	if (*at >= end)
		return false;
	blank = memchr(*at, ' ', (size_t)(end - *at));
	field->text = *at;
	field->size = (size_t)((blank ? blank : end) - *at);
	*at = blank ? blank + 1 : end;
	return true;
}

static bool parse_id(const struct mountinfo_field *field, int *id)
{
	char text[16];
	long long number;

	if (field->size >= sizeof(text))
		return false;
	memcpy(text, field->text, field->size);
	text[field->size] = '\0';
	if (text_number(text, 0, INT_MAX, &number))
		return false;
	*id = (int)number;
	return true;
}

static bool parse_line(const char *at, const char *end, struct mountinfo_entry *entry)
{
	struct mountinfo_field field;
	bool dash = false;

	if (!take_field(&at, end, &field) || !parse_id(&field, &entry->id))
		return false;
	for (int i = 0; i < 3; i++) /* parent, device, root */
		if (!take_field(&at, end, &field))
			return false;
	if (!take_field(&at, end, &entry->point) || !take_field(&at, end, &field))
		return false;
	while (!dash && take_field(&at, end, &field)) /* tags */
		dash = field.size == 1 && *field.text == '-';
	return dash && take_field(&at, end, &entry->type) && take_field(&at, end, &entry->source) &&
	       take_field(&at, end, &entry->options);
}

int mountinfo_next(const char **text, const char *end, struct mountinfo_entry *entry)
{
	const char *line = *text, *newline;
	struct mountinfo_entry found;

	if (line >= end)
		return 0;
	newline = memchr(line, '\n', (size_t)(end - line));
	*text = newline ? newline + 1 : end;
	if (!parse_line(line, newline ? newline : end, &found))
		return -EBADMSG;
	*entry = found;
	return 1;
}

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

char *mountinfo_unescape(const struct mountinfo_field *field)
{
	char *plain = malloc(field->size + 1), *out = plain;

	if (!plain)
		return NULL;
	for (size_t i = 0; i < field->size; i++) {
		const char *c = field->text + i;

		if (*c == '\\' && field->size - i > 3 && is_octal(c[1]) && is_octal(c[2]) && is_octal(c[3])) {
			*out++ = (char)((c[1] - '0') * 64 + (c[2] - '0') * 8 + (c[3] - '0'));
			i += 3;
		} else {
			*out++ = *c;
		}
	}
	*out = '\0';
	return plain;
}

bool mountinfo_equal(const struct mountinfo_field *field, const char *text)
{
	AUTO_FREE char *plain = mountinfo_unescape(field);

	return plain && !strcmp(plain, text);
}
