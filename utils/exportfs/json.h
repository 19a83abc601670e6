/* SPDX-License-Identifier: GPL-2.0-or-later */
/* json: what exportfs says to programs; exportfs(8) documents it, and it stays as it is. */
#ifndef NFSTLS_EXPORTFS_JSON_H
#define NFSTLS_EXPORTFS_JSON_H

#include "support/export/export.h"

/* Appends the table as a JSON array, an object for each export. out->failed without memory. */
void json_exports(const struct export_table *table, struct strbuf *out);

/* One finding of --check. */
struct finding {
	enum export_severity severity;
	struct export_place place;
	char *text;
};

/* Appends the findings as a JSON array. */
void json_findings(const struct finding *findings, size_t count, struct strbuf *out);

const char *json_severity_word(enum export_severity severity);

#endif
