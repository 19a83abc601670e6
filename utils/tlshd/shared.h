/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shared: the names by which mounts that share a connection know its server.  The kernel puts mounts of one address on
 * one connection, whatever their servers are called (fs/nfs/client.c, nfs_match_client); when it has to make that
 * connection anew, it has the name of the first mount proven, and no other.  So a name that was proven on another
 * mount's connection is kept here, and every later handshake for that connection has to prove it, too.
 *
 * They are kept in a file as well, since the mounts outlive this process.
 */
#ifndef NFSTLS_TLSHD_SHARED_H
#define NFSTLS_TLSHD_SHARED_H

#include "support/handshake/handshake.h"
#include "support/transport/transport.h"
#include "utils/tlshd/volumes.h"

#define SHARED_ENTRIES_MAX 4096u
#define SHARED_NAMES_MAX 16u /* for one lineage */
#define SHARED_NAME_MAX 256u /* bytes, with the NUL */
#define SHARED_ANY "*"

/* What a connection has in common with the one that the kernel makes in its place. */
struct lineage {
	char peer[HANDSHAKE_PEERNAME_MAX]; /* the name that is to be proven, as the kernel has it; "": the address */
	bool shows_certificate;
	int32_t certificate, private_key; /* serial numbers; 0: none */
};

struct lineage lineage_of(const struct handshake_request *request);
bool lineage_equal(const struct lineage *a, const struct lineage *b);

struct shared_name {
	struct lineage lineage;
	char remote[ADDRESS_END_MAX]; /* the server's end, as address_end_text() writes it; or SHARED_ANY */
	char home[VOLUMES_HOME_MAX];  /* while the server there has a volume, the name is kept */
	char name[SHARED_NAME_MAX];
};

struct shared;

/*
 * Reads what an earlier agent has left at path, which must outlive the result.  No file is none; -EINVAL with file and
 * line for one that is not understood, since then nobody knows what has to be proven.  Free with shared_free(), which
 * takes NULL.
 */
int shared_load(const char *path, struct shared **shared, struct error *e);
void shared_free(struct shared *shared);

/*
 * Keeps the name.  -EINVAL for a text that the file cannot hold, -ENOSPC for one too many, and what keeps the file from
 * being written; then nothing has changed.
 */
int shared_keep(struct shared *shared, const struct shared_name *name, struct error *e);

/* Appends the names that a handshake of that lineage with that end has to prove, each with its NUL. */
void shared_names(const struct shared *shared, const struct lineage *lineage, const char *remote, struct strbuf *names);

/* Forgets the names of servers that have no volume in the text of VOLUMES_FILE. */
void shared_forget(struct shared *shared, const char *volumes);

/* Pure: a line of the file, without its end.  -EINVAL for one that is not understood. */
int shared_parse(const char *line, size_t size, struct shared_name *name);

#endif
