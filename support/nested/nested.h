/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nested: exports that lie in others.  What is exported strictly, and lies in something that is exported laxly, is
 * served as laxly: the kernel's server asks nobody when a client walks from one directory into the next of the same
 * file system. It knows no policy; what that makes of exports is for floor.h.
 */
#ifndef NFSTLS_NESTED_H
#define NFSTLS_NESTED_H

#include "support/export/export.h"
#include "support/tree/tree.h"

/* In what an export is stricter than the one that it lies in. */
enum nested_aspect {
	NESTED_XPRTSEC = 1,
	NESTED_SEC = 2,
	NESTED_READ_ONLY = 4,
	NESTED_CLIENTS = 8, /* it is not for all that the other one is for */
};

/* Two paths, and of each an export that shows it. */
struct nested_pair {
	const struct export *inner, *outer;
	unsigned int aspects; /* set of enum nested_aspect */
};

typedef void nested_visitor(const struct nested_pair *pair, void *context);

/*
 * Visits each pair of paths of which the inner one is stricter.  tree may be NULL: then nothing is known of mounts and
 * links.  1 when there are so many clients that not all could be compared; -ENOMEM.
 */
int nested_find(const struct export_table *table, const struct tree *tree, nested_visitor *visit, void *context,
		struct error *e);

/* Appends which export is stricter than which, and in what; then, after ": ", what to do. */
void nested_format(const struct nested_pair *pair, struct strbuf *text);
void nested_format_remedy(const struct nested_pair *pair, struct strbuf *text);

#endif
