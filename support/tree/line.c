/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "support/mounts/mounts.h"
#include "support/tree/tree.h"

/* Without escapes; false for what does not fit, or has a NUL in it. */
static bool take_text(const struct mountinfo_field *field, char text[TREE_PATH_MAX])
{
	size_t from = 0, to = 0;

	while (from < field->size && to < TREE_PATH_MAX - 1) {
		int escape = text_octal_escape(field->text + from, field->size - from);

		text[to] = escape < 0 ? field->text[from] : (char)escape;
		from += escape < 0 ? 1 : OCTAL_ESCAPE_SIZE;
		if (!text[to++])
			return false;
	}
	text[to] = '\0';
	return from == field->size;
}

/* Which types matter is asked by their beginnings, so that one is cut does no harm. */
static void copy_type(const struct mountinfo_field *field, char type[TREE_TYPE_MAX])
{
	size_t size = field->size < TREE_TYPE_MAX ? field->size : TREE_TYPE_MAX - 1;

	memcpy(type, field->text, size);
	type[size] = '\0';
}

int tree_line_next(const char **text, const char *end, struct tree_line *line)
{
	struct mountinfo_entry entry;
	int r = mountinfo_next(text, end, &entry);

	if (r <= 0)
		return r;
	if (!take_text(&entry.root, line->root) || !take_text(&entry.point, line->point) || line->point[0] != '/')
		return -EBADMSG;
	line->id = (uint32_t)entry.id;
	line->parent = (uint32_t)entry.parent;
	line->major = entry.major;
	line->minor = entry.minor;
	copy_type(&entry.type, line->type);
	return 1;
}
