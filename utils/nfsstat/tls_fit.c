/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of a report fits a terminal: without that the worst, which comes first, would be the first to scroll away. */
#include <string.h>

#include "utils/nfsstat/tls.h"

/* How many lines of the terminal one of the text takes: colours take none of it. */
static size_t lines_of(const char *text, size_t size, size_t columns)
{
	size_t shown = 0;

	for (size_t i = 0; i < size; i++) {
		if (text[i] == '\033')
			i += strcspn(text + i, "m");
		else
			shown++;
	}
	return shown <= columns || !columns ? 1 : (shown + columns - 1) / columns;
}

static size_t need_of(const struct tls_part *part, const struct tls_style *style)
{
	const char *text = part->text.text ? part->text.text : "";
	size_t lines = 0;

	for (size_t size; *text; text += size + 1) {
		size = strcspn(text, "\n");
		lines += lines_of(text, size, style->columns);
	}
	return lines;
}

static size_t count_lines(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += *text == '\n';
	return count;
}

/* The lines that fit, and how many of the list do not. */
static void add_cut(const struct tls_part *part, size_t room, const struct tls_style *style, struct strbuf *out)
{
	const char *text = part->text.text;
	size_t headings = part->headings;

	room -= part->more ? 1 : 0;
	while (*text) {
		size_t size = strcspn(text, "\n"), lines = lines_of(text, size, style->columns);

		if (lines > room)
			break;
		room -= lines;
		strbuf_add(out, text, size + 1);
		text += size + 1;
		headings -= headings ? 1 : 0;
	}
	if (part->more)
		strbuf_addf(out, "+%zu more%s\n", count_lines(text) - headings, part->more);
}

/* At first to each the least that it is shown with, then a line to each, as long as there are some. */
static void share(const struct tls_part *parts, const size_t *need, size_t count, size_t room, size_t *got)
{
	for (size_t i = 0; i < count; i++) {
		size_t least = need[i] < parts[i].least ? need[i] : parts[i].least;

		got[i] = least < room ? least : room;
		room -= got[i];
	}
	for (bool any = true; any && room;) {
		any = false;
		for (size_t i = 0; i < count && room; i++) {
			if (got[i] == need[i])
				continue;
			got[i]++;
			room--;
			any = true;
		}
	}
}

void tls_fit(const struct tls_part *parts, size_t count, const struct tls_style *style, struct strbuf *out)
{
	size_t need[TLS_PARTS_MAX], got[TLS_PARTS_MAX];

	for (size_t i = 0; i < count; i++)
		need[i] = got[i] = need_of(&parts[i], style);
	if (style->lines)
		share(parts, need, count, style->lines, got);
	for (size_t i = 0; i < count; i++) {
		out->failed = out->failed || parts[i].text.failed;
		if (got[i] == need[i] && need[i])
			strbuf_add(out, parts[i].text.text, parts[i].text.size);
		else if (got[i])
			add_cut(&parts[i], got[i], style, out);
	}
}
