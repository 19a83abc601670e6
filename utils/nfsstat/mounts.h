/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mounts: the NFS mounts with their options, as -m shows them. */
#ifndef NFSTLS_NFSSTAT_MOUNTS_H
#define NFSTLS_NFSSTAT_MOUNTS_H

#include "support/base/base.h"
#include "support/snapshot/snapshot.h"

/* Appends what -m prints, and the same in JSON.  They cut up mounts, too. */
void mounts_text(char *mounts, struct strbuf *text);
void mounts_json(const struct snapshot *snapshot, char *mounts, struct strbuf *text);

/* Appends ROOT/proc/mounts.  Errors are those of the file, whose text is the path and why. */
int mounts_read(const char *root, struct strbuf *text, struct error *e);

#endif
