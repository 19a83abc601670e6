/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of this folder share, and the seam of its tests. */
#ifndef NFSTLS_JUNCTION_PRIVATE_H
#define NFSTLS_JUNCTION_PRIVATE_H

#include <libxml/tree.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "support/junction/junction.h"

#define JUNCTION_ATTRIBUTE "trusted.junction.nfs"

/* Above what nfsref and any server with a use for it writes; the kernel takes as many locations (MAX_FS_LOCATIONS). */
#define JUNCTION_LOCATIONS_MAX 128u
#define JUNCTION_ELEMENTS_MAX 8192u
#define JUNCTION_DEPTH_MAX 16u /* the format needs 5 */

/* The system calls of junction_read(), as lstat(2) and lgetxattr(2) have them. */
struct junction_calls {
	int (*lstat)(const char *path, struct stat *st);
	ssize_t (*lgetxattr)(const char *path, const char *name, void *value, size_t size);
};

int junction_read_with(const struct junction_calls *calls, const char *path, struct junction *junction,
		       struct error *e);

/*
 * Reads XML in UTF-8 within the limits above.  A document type declaration is refused, so there is no entity but the
 * five of XML itself.  *document is the caller's, to be freed with xmlFreeDoc().  -EINVAL, -EFBIG or -ENOMEM.
 */
int junction_document(const char *xml, size_t size, xmlDocPtr *document, struct error *e);

#endif
