/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "utils/exportd/volumes_private.h"

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

/* All digits; the numbers of devices have no more than 32 bits. */
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

static bool parse_device(const struct field *field, struct volume_mount *mount)
{
	const char *end = field->text + field->size;
	const char *colon = memchr(field->text, ':', field->size);

	return colon && parse_number(field->text, colon, &mount->major) && parse_number(colon + 1, end, &mount->minor);
}

static bool is_escape(const char *at, const char *end)
{
	return end - at > 3 && at[0] == '\\' && at[1] >= '0' && at[1] <= '3' && at[2] >= '0' && at[2] <= '7' &&
	       at[3] >= '0' && at[3] <= '7';
}

/* False for what is no absolute path, does not fit, or has a NUL in it. */
static bool parse_path(const struct field *field, char path[VOLUME_PATH_MAX])
{
	const char *at = field->text, *end = at + field->size;
	size_t size = 0;

	while (at < end && size < VOLUME_PATH_MAX - 1) {
		bool escape = is_escape(at, end);

		path[size] = escape ? (char)((at[1] - '0') << 6 | (at[2] - '0') << 3 | (at[3] - '0')) : *at;
		if (!path[size++])
			return false;
		at += escape ? 4 : 1;
	}
	path[size] = '\0';
	return at == end && path[0] == '/';
}

/* Which types matter is asked by their beginnings, so that one is cut does no harm. */
static void copy_type(const struct field *field, char type[VOLUME_TYPE_MAX])
{
	size_t size = field->size < VOLUME_TYPE_MAX ? field->size : VOLUME_TYPE_MAX - 1;

	memcpy(type, field->text, size);
	type[size] = '\0';
}

/* 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue */
static bool parse_line(const char *at, const char *end, struct volume_mount *mount)
{
	struct field field;

	if (!take_field(&at, end, &field) /* id */ || !take_field(&at, end, &field) /* parent */)
		return false;
	if (!take_field(&at, end, &field) || !parse_device(&field, mount))
		return false;
	if (!take_field(&at, end, &field) /* root */)
		return false;
	mount->whole = is_field(&field, "/");
	if (!take_field(&at, end, &field) || !parse_path(&field, mount->point))
		return false;
	do { /* options and any number of tags */
		if (!take_field(&at, end, &field))
			return false;
	} while (!is_field(&field, "-"));
	if (!take_field(&at, end, &field))
		return false;
	copy_type(&field, mount->type);
	return true;
}

int volume_mount_next(const char **text, const char *end, struct volume_mount *mount)
{
	const char *line = *text, *newline;

	if (line >= end)
		return 0;
	newline = memchr(line, '\n', (size_t)(end - line));
	*text = newline ? newline + 1 : end;
	return parse_line(line, newline ? newline : end, mount) ? 1 : -EBADMSG;
}
