/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/mounts/mounts.h"

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

static bool parse_number(const char *at, size_t size, int *id)
{
	char text[16];
	long long number;

	if (size >= sizeof(text))
		return false;
	memcpy(text, at, size);
	text[size] = '\0';
	if (text_number(text, 0, INT_MAX, &number))
		return false;
	*id = (int)number;
	return true;
}

static bool parse_device(const struct mountinfo_field *field, struct mountinfo_entry *entry)
{
	const char *colon = memchr(field->text, ':', field->size);
	int major, minor;

	if (!colon || !parse_number(field->text, (size_t)(colon - field->text), &major) ||
	    !parse_number(colon + 1, (size_t)(field->text + field->size - colon - 1), &minor))
		return false;
	entry->major = (unsigned int)major;
	entry->minor = (unsigned int)minor;
	return true;
}

static bool parse_line(const char *at, const char *end, struct mountinfo_entry *entry)
{
	struct mountinfo_field field;
	bool dash = false;

	if (!take_field(&at, end, &field) || !parse_number(field.text, field.size, &entry->id))
		return false;
	if (!take_field(&at, end, &field) || !parse_number(field.text, field.size, &entry->parent) ||
	    !take_field(&at, end, &field) || !parse_device(&field, entry) || !take_field(&at, end, &entry->root))
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

char *mountinfo_unescape(const struct mountinfo_field *field)
{
	char *plain = strndup(field->text, field->size);

	if (plain)
		text_unescape_octal(plain);
	return plain;
}

bool mount_is_nfs(const char *type)
{
	return type && (!strcmp(type, "nfs") || !strcmp(type, "nfs4"));
}

/* Of many lines in a row, so nothing is copied. */
bool mountinfo_is_nfs(const struct mountinfo_entry *entry)
{
	char type[sizeof("nfs4")];

	if (entry->type.size >= sizeof(type))
		return false;
	memcpy(type, entry->type.text, entry->type.size);
	type[entry->type.size] = '\0';
	return mount_is_nfs(type);
}

bool mountinfo_equal(const struct mountinfo_field *field, const char *text)
{
	AUTO_FREE char *plain = mountinfo_unescape(field);

	return plain && !strcmp(plain, text);
}

int mountinfo_find(const char *text, size_t size, int id, struct mountinfo_entry *entry)
{
	const char *end = text + size;
	int r;

	while ((r = mountinfo_next(&text, end, entry)))
		if (r > 0 && entry->id == id)
			return 0; /* a line that is not understood is somebody else's */
	return -ENOENT;
}

/* ---- /proc/mounts --------------------------------------------------------- */

static bool take_line(char *line, struct proc_mount *mount)
{
	static const char blanks[] = " \t";
	char *rest;

	mount->source = strtok_r(line, blanks, &rest);
	mount->path = mount->source ? strtok_r(NULL, blanks, &rest) : NULL;
	mount->type = mount->path ? strtok_r(NULL, blanks, &rest) : NULL;
	if (!mount_is_nfs(mount->type) || mount->source[0] == '#')
		return false;
	mount->options = strtok_r(NULL, blanks, &rest);
	return mount->options;
}

bool proc_mounts_next(char **text, struct proc_mount *mount)
{
	char *line;

	while ((line = strsep(text, "\n")))
		if (take_line(line, mount))
			return true;
	return false;
}
