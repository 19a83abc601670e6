/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "support/export/export.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Writes the entry as etab does, and reads it: must be one entry, without complaint. */
static struct export_list *write_and_read(const struct export_entry *entry, struct strbuf *line)
{
	struct export_list *copy = export_list_new();
	struct error e;

	export_add_escaped(line, entry->path);
	strbuf_addf(line, "\t*(");
	export_options_format_etab(entry->options, export_sec_flags, line);
	strbuf_addf(line, ")");
	if (!copy || export_parse(copy, "etab", line->text, line->size, &e) || export_list_count(copy) != 1 ||
	    export_list_problem_count(copy) || strcmp(export_list_at(copy, 0)->path, entry->path))
		abort();
	return copy;
}

static const char *groups(const struct strbuf *line)
{
	return strstr(strrchr(line->text, '\t'), ",sec=");
}

/* The flags of all may follow the last sec= group when they are read; what was read once stays. */
static void check_round_trip(const struct export_entry *entry)
{
	AUTO_STRBUF first = { 0 }, second = { 0 }, third = { 0 };
	AUTO_EXPORT_LIST *once = write_and_read(entry, &first);
	AUTO_EXPORT_LIST *twice = write_and_read(export_list_at(once, 0), &second);
	AUTO_EXPORT_LIST *again = write_and_read(export_list_at(twice, 0), &third);

	if (!again || strcmp(second.text, third.text) || strcmp(groups(&first), groups(&second)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_EXPORT_LIST *list = export_list_new();
	AUTO_STRBUF text = { 0 };
	struct error e;

	if (!list || export_parse(list, "exports", (const char *)data, size, &e))
		abort();
	for (size_t i = 0; i < export_list_count(list); i++) {
		check_round_trip(export_list_at(list, i));
		export_options_format_list(export_list_at(list, i)->options, ~0u, &text);
	}
	for (size_t i = 0; i < export_list_problem_count(list); i++)
		if (!*export_list_problem(list, i)->text || !export_list_problem(list, i)->place.column)
			abort();
	return 0;
}
