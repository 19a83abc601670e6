/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * access: who may reach what.  An index over a table of exports: from the address of a client to the domain that
 * the kernel knows it by, and from domain and path to the export that counts, the nodes of the NFSv4 pseudo root among
 * them.  Look-ups are by hash and do not depend on the number of exports.  It looks up no name, asks no file system
 * and no policy; what those say is given to it.
 *
 * An index never changes.  It borrows the table, which must stay as it is and outlive it.
 */
#ifndef NFSTLS_ACCESS_H
#define NFSTLS_ACCESS_H

#include "support/base/base.h"
#include "support/export/export.h"

struct access;

/*
 * The transport modes that an export gives, a set of enum xprtsec; 0 when it must not be given at all.  Asked
 * once for each
 * export, while the index is made.
 */
typedef unsigned int access_modes(const struct export *export, void *context);

/* All modes of an export, as exports(5) says it, without any policy. */
unsigned int access_modes_as_written(const struct export *export, void *context);

/* -ENOMEM.  Free with access_free(), which takes NULL. */
int access_new(const struct export_table *table, access_modes *modes, void *context, struct access **access,
	       struct error *e);
void access_free(struct access *access);

/* ---- clients ------------------------------------------------------------------ */

/* What is known of a client.  Borrowed. */
struct access_client {
	struct ip_address address;
	const char *const *names; /* the canonical one first, then aliases; each resolves to the address */
	size_t name_count;
	const char *const *netgroups; /* of those in access_netgroups(), the ones it is a member of */
	size_t netgroup_count;
};

/* Is there a client that is matched by name (a wildcard, a netgroup)?  Without any, names need not be known. */
bool access_needs_names(const struct access *access);

/* The netgroups that are clients; each once. */
size_t access_netgroups(const struct access *access, const char *const **netgroups);

/* Netgroup names are too long together for a domain (over 512 bytes, as nfs-utils has it): use access_own_domain(). */
bool access_wants_own_domains(const struct access *access);

/* A set of clients; free with access_scope_free(), which takes an empty one. */
struct access_scope {
	unsigned int *clients; /* sorted by type, then as they came */
	size_t count;
};
void access_scope_free(struct access_scope *scope);
#define AUTO_ACCESS_SCOPE __attribute__((cleanup(access_scope_free))) struct access_scope

/* All clients that an address is.  -ENOMEM. */
int access_scope_of(const struct access *access, const struct access_client *client, struct access_scope *scope);

/*
 * Those whose names make up a domain: the inverse of access_domain_format(), for a domain that the kernel asks
 * about.  Names that
 * are no client any more are left out.  -ENOMEM.
 */
int access_scope_parse(const struct access *access, const char *domain, struct access_scope *scope);

/*
 * The domain: the names of a scope sorted by bytes, commas between ("DEFAULT" where they are all empty).
 * Appends nothing for an
 * empty scope: such a client is nobody.
 */
void access_domain_format(const struct access *access, const struct access_scope *scope, struct strbuf *domain);

/* The client with a number of a scope. */
const struct export_client *access_client_at(const struct access *access, unsigned int number);

/* ---- exports --------------------------------------------------------------------- */

/* What the kernel is to be told of a path. */
struct access_answer {
	const struct export *export; /* NULL: a node of the pseudo root */
	const struct export *rival;  /* another of the same type for the same path, or NULL; the first one counts */
	bool inherited;		     /* by crossmnt, from an export above the path */
	uint32_t flags;		     /* NFSEXP_*; without NFSEXP_FSID when inherited */
	unsigned int sec_count;
	struct export_sec sec[EXPORT_SEC_MAX];
	unsigned int modes; /* set of enum xprtsec; 0: refused */
};

/*
 * The export that counts for a path: the one of the path itself, else that of the nearest folder above with
 * crossmnt; of several clients the first by type, then by the order of the table; else a node of the pseudo root, with
 * all that any client of the scope may find below it.  path is absolute, without "." and "..".
 * True when there is one.
 */
bool access_find(const struct access *access, const struct access_scope *scope, const char *path,
		 struct access_answer *answer);

/*
 * The export of the nearest folder above a path, with crossmnt or without, or NULL: whose options a junction
 * has that lies
 * in it.
 */
bool access_find_above(const struct access *access, const struct access_scope *scope, const char *path,
		       struct access_answer *answer);

/*
 * The path of the export with this number (fsid=), or of the pseudo root's "/" (0), that the scope may reach;
 * NULL: none.
 */
const char *access_find_fsid(const struct access *access, const struct access_scope *scope, uint32_t fsid);

/* Every distinct path, the nodes of the pseudo root among them; for making an index of file handles. */
struct access_path {
	const char *path;
	bool crossmnt;		  /* an export of it has it: what is mounted below counts, too */
	bool pseudo;		  /* no export, only a node of the pseudo root */
	const char *const *uuids; /* fsid=UUID of its exports, as written */
	size_t uuid_count;
};
size_t access_path_count(const struct access *access);
void access_path_at(const struct access *access, size_t i, struct access_path *path);

#endif
