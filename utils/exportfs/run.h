/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: one run of exportfs: what it was told, what it has read, and whether something has gone wrong so far.  All other
 * files of this program work on it.
 */
#ifndef NFSTLS_EXPORTFS_RUN_H
#define NFSTLS_EXPORTFS_RUN_H

#include "support/export/export.h"
#include "support/nfsd/nfsd.h"
#include "support/policy/policy.h"
#include "utils/exportfs/cli.h"

#define EXPORTS_FILE SYSCONF_DIR "/exports"
#define EXPORTS_FOLDER SYSCONF_DIR "/exports.d"
#define EXPORT_LOCK EXPORT_STATE_FOLDER "/export-lock" /* of nfs-utils; it stays there wherever the state folder is */

/* From nfs.conf(5). */
struct settings {
	char *state_folder;
	char *root; /* put before every path that is looked at; "" for none */
	bool no_netlink;
};

struct policy_sections;
struct hosts; /* support/names */
struct paths; /* paths.h */
struct tree;  /* support/tree */

struct run {
	const struct cli *cli;
	struct settings settings;
	struct export_list *list;   /* what the files say, and the options of the command line */
	struct export_list *old;    /* what etab says */
	struct export_table *table; /* what etab shall say */
	struct policy *policy;
	struct tree *tree; /* NULL until it is needed */
	bool is_blind;	   /* what is mounted could not be seen */
	struct error why_blind;
	struct policy_sections *sections;
	struct nfsd *nfsd;
	struct hosts *hosts;
	struct paths *paths;
	bool failed; /* the exit status */
};

/* "exportfs: " and a line on standard error; the exit status becomes 1. */
void complain(struct run *run, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The same, and the exit status stays. */
void warn(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* With the place in front, where there is one. */
void complain_at(struct run *run, const struct export_place *place, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* warn() with the place in front, for run_find_nested(). */
void warn_nested(const struct export_place *place, const char *text, void *context);

/* Appends "FILE:LINE:COLUMN: ", or nothing where there is no line. */
void add_place(struct strbuf *out, const struct export_place *place);

/* Says all problems of a list; errors count for the exit status. */
void say_problems(struct run *run, const struct export_list *list);

/* nfs.conf.  Errors with the text. */
int settings_read(struct settings *settings, struct error *e);
void settings_free(struct settings *settings);

/*
 * Refuses what the policy does not allow, as things are mounted now, by marking it as dropped, and has the others offer
 * what it leaves.  refused and chosen are told why.  Errors with the text.
 */
typedef void judged(const struct export *export, const char *why, void *context);
int run_apply_policy(struct run *run, judged *refused, judged *chosen, void *context, struct error *e);

/* Visits what is exported more laxly than what lies in it (export_nested_find()), of what is not dropped.  -ENOMEM. */
typedef void nested_told(const struct export_place *place, const char *text, void *context);
int run_find_nested(struct run *run, nested_told *tell, void *context, struct error *e);

/* Appends what /etc/exports and /etc/exports.d say. Files that cannot be read become problems of the list. */
int read_files(struct export_list *list, struct error *e);

/* ---- the jobs: each returns the exit status ---- */
int run_change(struct run *run); /* -a, -r, -u, -i, -o, operands, -f */
int run_list(struct run *run);
int run_check(struct run *run);

#endif
