/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/nfsstat/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define BLANKS " \t"

static bool is_nfs(const char *type)
{
	return !strcmp(type, "nfs") || !strcmp(type, "nfs4");
}

static void visit_line(char *line, mounts_visitor *visit, void *context)
{
	struct mounts_entry entry;
	char *rest;

	entry.source = strtok_r(line, BLANKS, &rest);
	entry.path = entry.source ? strtok_r(NULL, BLANKS, &rest) : NULL;
	entry.type = entry.path ? strtok_r(NULL, BLANKS, &rest) : NULL;
	if (!entry.type || !is_nfs(entry.type) || entry.source[0] == '#')
		return;
	entry.options = strtok_r(NULL, BLANKS, &rest);
	if (!entry.options)
		entry.options = "";
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
	AUTO_FD fd = -1;
	char part[4096];
	ssize_t got = 1;

	strbuf_addf(&path, "%s/proc/mounts", root);
	if (path.failed)
		return error_set(e, ENOMEM, "out of memory");
	fd = open(path.text, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && got) {
		got = read(fd, part, sizeof(part));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			break;
		strbuf_add(text, part, (size_t)got);
	}
	if (fd < 0 || got < 0)
		return error_set(e, errno, "%s: %s", path.text, strerror(errno));
	strbuf_add(text, "", 0); /* there is a text, if only an empty one */
	return text->failed ? error_set(e, ENOMEM, "%s: out of memory", path.text) : 0;
}
