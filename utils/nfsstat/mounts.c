/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/nfsstat/mounts.h"

#include <errno.h>
#include <string.h>

#include "support/mounts/mounts.h"

#define BLANKS " \t"
#define MOUNTS_MAX (256u << 20)

static void visit_line(char *line, mounts_visitor *visit, void *context)
{
	struct mounts_entry entry;
	char *rest;

	entry.source = strtok_r(line, BLANKS, &rest);
	entry.path = entry.source ? strtok_r(NULL, BLANKS, &rest) : NULL;
	entry.type = entry.path ? strtok_r(NULL, BLANKS, &rest) : NULL;
	if (!entry.type || !mount_is_nfs(entry.type) || entry.source[0] == '#')
		return;
	entry.options = strtok_r(NULL, BLANKS, &rest);
	if (entry.options) /* a line that is cut off is no mount */
		visit(&entry, context);
}

void mounts_visit(char *text, mounts_visitor *visit, void *context)
{
	char *line, *rest = text;

	while ((line = strsep(&rest, "\n")))
		visit_line(line, visit, context);
}

static void add_entry(const struct mounts_entry *entry, void *context)
{
	strbuf_addf(context, "%s from %s\n Flags:\t%s\n\n", entry->path, entry->source, entry->options);
}

void mounts_text(char *mounts, struct strbuf *text)
{
	mounts_visit(mounts, add_entry, text);
}

int mounts_read(const char *root, struct strbuf *text, struct error *e)
{
	AUTO_STRBUF path = { 0 };

	strbuf_addf(&path, "%s/proc/mounts", root);
	return path.failed ? error_set(e, ENOMEM, "out of memory") : file_read_unsized(path.text, MOUNTS_MAX, text, e);
}
