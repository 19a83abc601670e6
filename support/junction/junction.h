/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * junction: a folder that stands for a file system elsewhere.  Where it leads is kept in an extended
 * attribute of the folder, as XML (nfsref(5) of nfs-utils; the "NFS basic" type).  It reads junctions and
 * makes none.
 */
#ifndef NFSTLS_JUNCTION_H
#define NFSTLS_JUNCTION_H

#include "support/base/base.h"

#define JUNCTION_XML_MAX (64u << 10)

struct junction_location {
	char *host; /* a name or an address, with its port where it is not 2049 */
	char *path; /* absolute, on that host */
};

struct junction {
	struct junction_location *locations;
	size_t count;
};

/*
 * Pure: the content of the attribute.  -EINVAL with what is missing or wrong.  No entity is expanded and nothing is
 * fetched.  Free with junction_free(), which takes an empty one.
 */
int junction_parse(const char *xml, size_t size, struct junction *junction, struct error *e);
void junction_free(struct junction *junction);
#define AUTO_JUNCTION __attribute__((cleanup(junction_free))) struct junction

/*
 * Reads that of a folder.  1 when it is one, 0 when the path is no junction (also where the file system has no extended
 * attributes), else an error.  Follows no symbolic link at the end of the path.
 */
int junction_read(const char *path, struct junction *junction, struct error *e);

#endif
