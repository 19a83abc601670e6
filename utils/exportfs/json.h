/* SPDX-License-Identifier: GPL-2.0-or-later */
/* json: the list that exportfs prints for programs; exportfs(8) documents it, and it stays as it is. */
#ifndef NFSTLS_EXPORTFS_JSON_H
#define NFSTLS_EXPORTFS_JSON_H

#include "support/export/export.h"

/* Appends the table as a JSON array, an object for each export. out->failed without memory. */
void json_exports(const struct export_table *table, struct strbuf *out);

#endif
