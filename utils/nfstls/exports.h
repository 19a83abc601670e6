/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exports: what this host exports: the table that exportfs has made, and the files that it makes it of.  Private to
 * this folder.
 */
#ifndef NFSTLS_NFSTLS_EXPORTS_H
#define NFSTLS_NFSTLS_EXPORTS_H

#include "support/export/export.h"
#include "support/tree/tree.h"

struct exports {
	struct export_list *list;   /* what is written, in its order; never NULL after reading, unless without memory */
	struct export_table *table; /* the same as a table; hosts are names, none is looked up */
	const char *file;	    /* where it comes from, for people; NULL: there is no such file */
	char etab[4096];	    /* where exportfs keeps its table */
	bool unread;
	bool unreadable; /* then: a file could not be read, rather than be understood */
	char why[256];	 /* which line of which file was not understood */
};

/* Read below root ("" for the live system).  What cannot be read is said within; free in any case. */
void exports_read_table(const char *root, struct exports *to);
void exports_read_files(const char *root, struct exports *to);
/* The table, or, where there is none, the files. */
void exports_read(const char *root, struct exports *to);
void exports_free(struct exports *exports);

/*
 * What is mounted, as far as it can be seen below root: for the live system as this process sees it, else as a
 * mountinfo below root says; rootdir= of nfs.conf is put before paths.  Free with exports_mounts_free().
 */
struct exports_mounts {
	struct tree *tree;
	char *points, *files; /* the tree's roots */
	bool unread;	      /* nothing is known to be mounted: why says why */
	char why[256];
};
/* -ENOMEM. */
int exports_mounts_read(const char *root, struct exports_mounts *mounts, struct error *e);
void exports_mounts_free(struct exports_mounts *mounts);

#endif
