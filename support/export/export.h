/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * export: what exports(5) means.  Text in, entries and the table of exports out, and back to text.
 * It resolves no name, asks no policy and knows no kernel: who exports (exportfs) and who answers
 * (nfsv4.exportd) bring those together.
 *
 *   text -> export_parse() -> export_list -> export_table_add() -> export_table -> export_etab_format()
 *                                               ^ names, resolved by the caller
 *
 * Everything a list or a table returns belongs to it and lives until it is freed.  Equal option texts
 * share one struct export_options, equal clients one struct export_client, so that what is done once for
 * each of those is done rarely.
 */
#ifndef NFSTLS_EXPORT_H
#define NFSTLS_EXPORT_H

#include <stdint.h>

#include "support/address/address.h"
#include "support/base/base.h"
#include "support/tree/tree.h"
#include "support/uapi/nfsd_export.h"
#include "support/xprtsec/xprtsec.h"

/* ---- options --------------------------------------------------------------- */

/* May a flag differ between the flavours of sec=? */
enum export_flavored {
	EXPORT_SPREAD,	 /* no: what is set holds for every flavour */
	EXPORT_VARIES,	 /* yes */
	EXPORT_MAY_VARY, /* where the kernel says so (/proc/fs/nfsd/export_features) */
};

/* When exportfs -v and -s show a flag. */
enum export_listed {
	EXPORT_BOTH,	    /* set or clear */
	EXPORT_IF_SET,	    /* only when it is set */
	EXPORT_IF_SET_LATE, /* likewise, behind all others */
	EXPORT_IN_GROUPS,   /* with the flavours of sec= only */
};

/* An option that is one of the kernel's flags (NFSEXP_*), which etab and the kernel share. */
struct export_flag {
	uint32_t flag;
	const char *set, *clear; /* what sets it, what clears it; clear NULL: nothing does, and etab is silent of it */
	enum export_flavored flavored;
	enum export_listed listed;
};

extern const struct export_flag export_flags[]; /* flags.c */
extern const size_t export_flag_count;

/* The flags that may differ between flavours where no kernel says, and those that may with any kernel. */
extern const uint32_t export_sec_flags, export_sec_flags_most;

#define EXPORT_SEC_MAX 5u /* krb5, krb5i, krb5p, sys and none: a synonym is no second flavour */
#define EXPORT_NOBODY 65534

/* One flavour of sec= and the flags that hold for it. */
struct export_sec {
	const char *word; /* as it was first written: sys or unix, none or null */
	uint32_t flavor;  /* RFC 5531 and RFC 2623 pseudoflavor: 0, 1, 390003, 390004, 390005 */
	uint32_t flags;
};

enum export_location { EXPORT_HERE, EXPORT_REFER, EXPORT_REPLICAS };
enum export_reexport { EXPORT_REEXPORT_NONE, EXPORT_REEXPORT_AUTO, EXPORT_REEXPORT_PREDEFINED };

/* Immutable once returned. Strings are unescaped. */
struct export_options {
	uint32_t flags;	  /* NFSEXP_* */
	uint32_t fsid;	  /* with NFSEXP_FSID */
	const char *uuid; /* fsid=UUID as written, or NULL */
	int32_t anonuid, anongid;
	const char *mountpoint; /* NULL: not given; "": the export itself */
	enum export_location location;
	const char *locations; /* PATH@HOST[+HOST][:...] as written, with EXPORT_REFER and EXPORT_REPLICAS */
	enum export_reexport reexport;
	unsigned int sec_count; /* 0: no sec= was given, which means sys */
	struct export_sec sec[EXPORT_SEC_MAX];
	unsigned int xprtsec; /* set of enum xprtsec; 0: no xprtsec=, which means all */
};

/* exports(5)'s defaults. */
extern const struct export_options export_options_default;

/*
 * The option list between the parentheses of etab, with its fixed order (compat B5): every default spelled
 * out, a sec= group always, xprtsec= last and in the order none:tls:mtls.  sec_flags are the flags that
 * are spelled out in each sec= group.
 */
void export_options_format_etab(const struct export_options *options, uint32_t sec_flags, struct strbuf *out);

/*
 * The option list as exportfs -v and -s show it: what differs from the default, then sec= groups, then
 * xprtsec=. Paths and locations are escaped as in etab, so that -s is valid exports(5).
 */
void export_options_format_list(const struct export_options *options, uint32_t sec_flags, struct strbuf *out);

/* Appends a path or word of exports(5): blanks, controls, quotes, backslash and '#' as \ooo. */
void export_add_escaped(struct strbuf *out, const char *text);

/* ---- what is wrong with a file ------------------------------------------------ */

/* The worst last.  What could not be read is a fault as an error is; but what it says is not known. */
enum export_severity { EXPORT_REMARK, EXPORT_WARNING, EXPORT_ERROR, EXPORT_UNREADABLE };

/* A place in a file; line and column count from 1, column in bytes. line 0: the command line. */
struct export_place {
	const char *file;
	unsigned int line, column;
};

struct export_problem {
	enum export_severity severity;
	struct export_place place;
	const char *text; /* what is wrong, what was expected; no place in it, no newline */
};

/* ---- lists: what files and command lines say ------------------------------------ */

/* One client of one line. */
struct export_entry {
	const char *path;   /* unescaped, not resolved by realpath(3) */
	const char *client; /* unescaped; "*" where the file names nobody */
	const struct export_options *options;
	struct export_place place; /* of the client; of the path where no client is written */
};

/*
 * A line, or part of one, that could not be read.  What stood there is unknown, so an export of it that is
 * already in the table must not be dropped for its absence.
 */
struct export_gap {
	const char *path; /* NULL: not even the path could be read, or the file could not */
	struct export_place place;
};

struct export_list;

struct export_list *export_list_new(void); /* NULL without memory */
void export_list_free(struct export_list *list);
void export_list_free_pointer(struct export_list **list);
#define AUTO_EXPORT_LIST __attribute__((cleanup(export_list_free_pointer))) struct export_list

/*
 * Appends what a text in the grammar of exports(5) says; name is for places and copied.  Pure, and linear
 * in size.  A bad entry becomes a problem and a gap, and reading goes on behind it: with the next client
 * of the line where the parentheses end, else with the next line.  -ENOMEM only.
 */
int export_parse(struct export_list *list, const char *name, const char *text, size_t size, struct error *e);

/*
 * Appends the problem and the gap for a file that could not be read; e says why.
 */
int export_list_unreadable(struct export_list *list, const char *name, const struct error *why);

/*
 * Appends a gap, for an entry that was read and turns out to be of no use.  path and place->file (which may be
 * NULL) must
 * live as long as the list.  -ENOMEM.
 */
int export_list_add_gap(struct export_list *list, const char *path, const struct export_place *place);

/*
 * The options of -o on top of those of an entry (or of export_options_default).  The result belongs to the
 * list. -EINVAL with what is wrong; the place in the text is "command line:0:".
 */
int export_options_parse(struct export_list *list, const struct export_options *base, const char *text,
			 const struct export_options **options, struct error *e);

/* options with another set of transport modes; shared like the others; belongs to the list. NULL without memory. */
const struct export_options *export_options_with_xprtsec(struct export_list *list, const struct export_options *options,
							 unsigned int modes);

size_t export_list_count(const struct export_list *list);
const struct export_entry *export_list_at(const struct export_list *list, size_t i);
size_t export_list_gap_count(const struct export_list *list);
const struct export_gap *export_list_gap(const struct export_list *list, size_t i);
size_t export_list_problem_count(const struct export_list *list);
const struct export_problem *export_list_problem(const struct export_list *list, size_t i);

/* ---- clients --------------------------------------------------------------------- */

/* In the order in which etab lists them and in which they are matched. */
enum export_client_type {
	EXPORT_HOST, /* a name or an address */
	EXPORT_SUBNET,
	EXPORT_WILDCARD,
	EXPORT_NETGROUP,
	EXPORT_WORLD, /* "*" or "" */
	EXPORT_GSS,   /* gss/FLAVOUR */
	EXPORT_CLIENT_TYPES,
};

/* Of a client's text alone: no name is looked up. */
struct export_client_form {
	enum export_client_type type;
	struct ip_address
		address;     /* of a host that is a number (size 0: it is a name), of a subnet; as it is written */
	unsigned int prefix; /* bits of a subnet */
};

/* -EINVAL with what is wrong with an address, prefix or netmask. */
int export_client_form(const char *text, struct export_client_form *form, struct error *e);

/* What a host's name stands for. */
struct export_host {
	const char *canonical;
	const struct ip_address *addresses;
	size_t address_count;
};

struct export_client {
	const char *name; /* as etab has it: canonical for a host */
	struct export_client_form form;
	const struct ip_address *addresses; /* of a host; none when it came from etab by name */
	size_t address_count;
};

/*
 * Is every host that is the narrow one surely the wide one, too?  By what is known of them: of a host its addresses and
 * its name count, a pattern and a netgroup have only themselves in them, as far as can be told.
 */
bool export_client_covers(const struct export_client *wide, const struct export_client *narrow);

/* ---- the table ----------------------------------------------------------------------- */

/* One line of etab. */
struct export
{
	const char *path;
	const struct export_client *client;
	const struct export_options *options;
	const char *typed;	   /* the client as it was written */
	struct export_place place; /* file NULL: from etab */
	bool dropped;		   /* not written, not shown */
	bool marked;		   /* for the caller: touched in this run */
};

struct export_table;

/* Options stay with the list they come from, which must outlive the table. */
struct export_table *export_table_new(void);
void export_table_free(struct export_table *table);
void export_table_free_pointer(struct export_table **table);
#define AUTO_EXPORT_TABLE __attribute__((cleanup(export_table_free_pointer))) struct export_table

/*
 * Adds an entry, in constant time.  host is what its client's name stands for; NULL for every other type
 * of client, and for an entry of etab.  A host whose address a known one has is the same client and takes
 * its name. 1 and the older one in *export when path and client are there already: nothing is changed.  0
 * and the new one. -EINVAL for a bad client; -ENOMEM.
 */
int export_table_add(struct export_table *table, const struct export_entry *entry, const struct export_host *host,
		     struct export **export, struct error *e);

/*
 * The one with this path and client, or NULL: a host by any of its addresses or names, others by their
 * text (letters without case).
 */
struct export *export_table_find(const struct export_table *table, const char *path, const char *client,
				 const struct export_host *host);

/*
 * In the order of etab (compat B5): by type of client; within a type new paths to the front, and next to
 * those of one of 1021 buckets.  Dropped ones are in it.  Valid until the next add.
 */
struct export *export_table_first(const struct export_table *table);
struct export *export_table_next(const struct export_table *table, const struct export *export);
size_t export_table_count(const struct export_table *table);

/*
 * At a point that is mounted below an export with crossmnt a client is asked about anew, and the nearest export counts:
 * is there one, other than this, for all of its clients?
 */
bool export_table_takes_over(const struct export_table *table, const struct export *export, const char *point);

/* One export of this path, as it is written in the table, and another one of the path of an export; NULL: no more. */
struct export *export_table_of_path(const struct export_table *table, const char *path);
struct export *export_table_same_path(const struct export *export);

/* ---- etab ------------------------------------------------------------------------------ */

/* The bytes of etab for what is not dropped. Linear; the text of shared options is made once. */
int export_etab_format(const struct export_table *table, uint32_t sec_flags, struct strbuf *out);

#define EXPORT_STATE_FOLDER "/var/lib/nfs" /* unless /etc/nfs.conf names another */
#define EXPORT_ETAB_NAME "etab"
#define EXPORT_ETAB_MAX (256u << 20) /* bytes of a state file that are read */

/* Where the state lives; see export_state_open(). */
struct export_state {
	char *folder;
	int lock; /* descriptor of .etab.lock, or -1 */
};

/*
 * Opens and locks FOLDER/.etab.lock: shared for reading, else exclusively; waits for others.  Errors name
 * the file.  A reader who may not open the lock file (not root) goes without: etab is replaced in one
 * step, so what it reads is whole. Close with export_state_close(), which also takes one that failed to
 * open.
 */
int export_state_open(struct export_state *state, const char *folder, bool to_write, struct error *e);
void export_state_close(struct export_state *state);
#define AUTO_EXPORT_STATE __attribute__((cleanup(export_state_close))) struct export_state

/* Reads and parses etab into the list; -ENOENT when it is missing, with the list unchanged. */
int export_state_read(const struct export_state *state, struct export_list *list, struct error *e);

/*
 * Replaces etab when its bytes would differ: written to etab.tmp, synced, renamed, the folder synced; mode
 * 0644. *changed tells which it was.  At any instant etab is the old or the new.
 */
int export_state_replace(const struct export_state *state, const char *text, size_t size, bool *changed,
			 struct error *e);

/* ---- exports in other exports (nested.c) --------------------------------------------- */

/*
 * What is exported strictly, and lies in something that is exported laxly, is served as laxly: the kernel's server asks
 * nobody when a client walks from one directory into the next of the same file system.
 */

/* In what an export is stricter than the one that it lies in. */
enum export_nested_aspect {
	EXPORT_NESTED_XPRTSEC = 1,
	EXPORT_NESTED_SEC = 2,
	EXPORT_NESTED_READ_ONLY = 4,
	EXPORT_NESTED_CLIENTS = 8, /* it is not for all that the other one is for */
};

/* Two paths, and of each an export that shows it. */
struct export_nested_pair {
	const struct export *inner, *outer;
	unsigned int aspects; /* set of enum export_nested_aspect */
};

typedef void export_nested_visitor(const struct export_nested_pair *pair, void *context);

/*
 * Visits each pair of paths of which the inner one is stricter.  tree may be NULL: then nothing is known of mounts and
 * links.  1 when there are so many clients that not all could be compared; -ENOMEM.
 */
int export_nested_find(const struct export_table *table, const struct tree *tree, export_nested_visitor *visit,
		       void *context, struct error *e);

/* Appends which export is stricter than which, and in what; then, after ": ", what to do. */
void export_nested_format(const struct export_nested_pair *pair, struct strbuf *text);
void export_nested_format_remedy(const struct export_nested_pair *pair, struct strbuf *text);

#endif
