/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nfsd: the kernel's NFS server as those see it who tell it what is exported: is it there, what can it do,
 * forget what it knows.  Generic netlink where the kernel has it (7.2 and later), the files in /proc
 * elsewhere; which of the two is decided in nfsd_open() alone.
 */
#ifndef NFSTLS_NFSD_H
#define NFSTLS_NFSD_H

#include "support/base/base.h"

struct nfsd;

enum nfsd_way { NFSD_WAY_NONE, NFSD_WAY_PROC, NFSD_WAY_NETLINK };

/*
 * Looks which way there is: the genl families "nfsd" and "sunrpc" with their cache commands, unless
 * proc_only, else ROOT/proc/net/rpc.  root is "" for the live system; any other has no netlink.  Never
 * fails for want of a server: the way is then NFSD_WAY_NONE.  -ENOMEM.  Close with nfsd_close(), which
 * takes NULL.
 */
int nfsd_open(const char *root, bool proc_only, struct nfsd **nfsd, struct error *e);
void nfsd_close(struct nfsd *nfsd);
void nfsd_close_pointer(struct nfsd **nfsd);
#define AUTO_NFSD __attribute__((cleanup(nfsd_close_pointer))) struct nfsd

enum nfsd_way nfsd_way(const struct nfsd *nfsd);

/* Do server threads run (/proc/fs/nfsd/threads)?  False also where nothing can be read. */
bool nfsd_runs(const struct nfsd *nfsd);

/*
 * How many threads the server has, in all network namespaces (ROOT/proc/net/rpc/nfsd); 0 where it does not run or
 * nothing can be read.  Unlike /proc/fs/nfsd/threads this takes no lock that a server holds while it waits for its
 * threads.
 */
unsigned int nfsd_thread_count(const char *root);

/*
 * Flags that may differ between flavours, the second number of /proc/fs/nfsd/export_features; fallback
 * where it cannot be read.
 */
uint32_t nfsd_sec_flags(const struct nfsd *nfsd, uint32_t fallback);

/*
 * Has the kernel forget all answers about clients and exports.  Also over netlink the text file of
 * auth.unix.ip is written, where it is there: netlink's flush does not reach clients of live connections.
 * *told is false when there is no kernel server to tell.  Errors are those of the kernel, with the file or
 * the command.
 */
int nfsd_flush(struct nfsd *nfsd, bool *told, struct error *e);

/*
 * Revokes the NFSv4 state that clients have through an exported path (UNLOCK_EXPORT).  -EOPNOTSUPP where
 * the kernel has no such command.
 */
int nfsd_release_export(struct nfsd *nfsd, const char *path, struct error *e);

/*
 * Could the kernel export this path with these flags (NFSEXP_*)?  A trial entry that expires at
 * once, by /proc/net/rpc/nfsd.export/channel (kernel: fs/nfsd/export.c svc_export_parse).  0; -EINVAL when
 * the file system cannot be exported so; other errnos of the kernel; -EOPNOTSUPP where nobody can be
 * asked.
 */
int nfsd_try_export(struct nfsd *nfsd, const char *path, uint32_t flags, uint32_t fsid, struct error *e);

/* ---- what it was told ------------------------------------------------------------------- */

enum nfsd_told_state {
	NFSD_TOLD_YES,
	NFSD_TOLD_NO,  /* it was told that there is nothing */
	NFSD_TOLD_OLD, /* it was told something that does not count any longer: it will ask anew */
};

/* Who an address is, or what a client may do at a path. */
struct nfsd_told_entry {
	char *what;   /* the address, or the path as this process sees it */
	char *domain; /* of the clients */
	char *flags;  /* as the kernel prints them; transport security is not among them */
	enum nfsd_told_state state;
};

/* The contents of the kernel's caches auth.unix.ip and nfsd.export. */
struct nfsd_told {
	struct nfsd_told_entry *clients, *exports;
	size_t client_count, export_count;
};

/*
 * Reads ROOT/proc/net/rpc/{auth.unix.ip,nfsd.export}/content.  -ENOENT where no server is loaded, -EACCES for whoever
 * is not root, other errors with the text.  Free with nfsd_told_free(), which takes an empty one.
 */
int nfsd_told_read(const char *root, struct nfsd_told *told, struct error *e);
void nfsd_told_free(struct nfsd_told *told);

/* Pure: takes the text of one of the two files; lines that are not understood are passed over.  -ENOMEM. */
int nfsd_told_take_clients(struct nfsd_told *told, const char *text, size_t size);
int nfsd_told_take_exports(struct nfsd_told *told, const char *text, size_t size);

/* What counts of an address (numeric), and of a domain and path; NULL where it was told nothing. */
const struct nfsd_told_entry *nfsd_told_client(const struct nfsd_told *told, const char *address);
const struct nfsd_told_entry *nfsd_told_export(const struct nfsd_told *told, const char *domain, const char *path);

#endif
