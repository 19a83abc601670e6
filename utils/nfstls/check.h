/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check: what "nfstls check" looks at on this host, and what it found: a list
 * of findings, each with its level and remedy.  Private to this folder.
 *
 * What is examined comes from files below a root folder, or from the kernel;
 * how it is judged (check_judge.c) is a function of values.  A check that
 * cannot be done says so, as a warning at least.
 */
#ifndef NFSTLS_NFSTLS_CHECK_H
#define NFSTLS_NFSTLS_CHECK_H

#include <time.h>

#include "support/agent/agent.h"
#include "support/base/base.h"
#include "support/keys/keys.h"
#include "support/option/option.h"
#include "support/policy/policy.h"
#include "support/transport/transport.h"
#include "support/x509/x509.h"
#include "utils/nfstls/exports.h"

/* ---- findings ------------------------------------------------------------- */

enum check_level { CHECK_OK, CHECK_WARNING, CHECK_FAILURE };

/* "ok", "warning", "failure" */
const char *check_level_word(enum check_level level);

struct check_finding {
	enum check_level level;
	const char *check; /* the row of the table that found it */
	char *subject;
	char *finding;
	char *remedy; /* NULL: none is needed */
};

struct check_findings {
	struct check_finding *at;
	size_t count;
	bool failed; /* out of memory: nothing may be shown */
};

void check_findings_free(struct check_findings *findings);

/* Pure; -v adds a heading for each check.  The texts are escaped. */
void check_report_text(const struct check_findings *findings, bool verbose, struct strbuf *out);
void check_report_json(const struct check_findings *findings, struct strbuf *out);

/* What is examined, and where; for -v and the manual page.  "" for an unknown name. */
const char *check_purpose(const char *check);

/* ---- the host ---------------------------------------------------------------- */

/* A line of fstab or of mountinfo that is about NFS; the texts are without escapes. */
struct check_mount {
	char *type, *source, *point, *options;
};

struct check_mounts {
	struct check_mount *at;
	size_t count;
	bool unread; /* the file is there, or must be, and could not be read: why says it */
	char why[256];
};

struct check_host {
	struct check_mounts fstab, mounts;
	struct conf *nfsmount; /* nfsmount.conf; NULL: it cannot be read, nfsmount_why says why */
	struct error nfsmount_why;
	struct exports exports;
};

/* Reads below root ("" for the live system).  What cannot be read is said within. */
void check_host_read(const char *root, struct check_host *host);
void check_host_free(struct check_host *host);

/* ---- one run -------------------------------------------------------------------- */

struct check {
	const char *root;
	const char *config; /* the policy file, below root */
	bool live;	    /* root is "": the kernel, the agent and the resolver may be asked */
	bool is_root;
	time_t now;
	struct policy *policy; /* NULL: it cannot be read, policy_why says why */
	struct error policy_why;
	struct exports_mounts places;	  /* what is mounted where exports are */
	struct policy_sections *sections; /* NULL without a policy */
	struct check_host host;
	const char *current; /* name of the check that runs */
	struct check_findings findings;
};

/* Adds a finding of the running check; remedy may be NULL. */
void check_say(struct check *check, enum check_level level, const char *subject, const char *remedy, const char *fmt,
	       ...) PRINTF_LIKE(5, 6);

/* Says that the policy cannot be read and the subject is not judged; true then. */
bool check_lacks_policy(struct check *check, const char *subject);

bool check_is_client(const struct check *check);
bool check_is_server(const struct check *check);

/* The path below the root; the caller frees.  NULL without memory. */
char *check_path(const struct check *check, const char *path);

/* Files of /proc and /sys have no size, so file_read() cannot serve there.  -errno; the caller frees *text. */
int check_read(const struct check *check, const char *path, struct strbuf *text);

void check_kernel(struct check *check);
void check_agent(struct check *check);
void check_policy(struct check *check);
void check_certificates(struct check *check);
void check_fstab(struct check *check);
void check_exports(struct check *check);
void check_mounts(struct check *check);
void check_transports(struct check *check);
/* A part of it: what the agent knows of their servers; sessions may be NULL. */
void check_proven(struct check *check, const struct agent_sessions *sessions, const struct transport_list *list);

/* ---- judgement (pure) ---------------------------------------------------------- */

struct check_judgement {
	enum check_level level;
	char finding[768];
	char remedy[384]; /* empty: none */
};

/* A line of fstab.  *mode is what the mount would have, none where it would be refused. */
void check_judge_fstab(const struct policy *policy, const struct policy_subject *question,
		       const struct mount_asked *asked, struct check_judgement *to, enum xprtsec *mode);

/* A mount that exists, with the options of the kernel's table. */
void check_judge_mount(const struct policy *policy, const struct policy_subject *question, const char *options,
		       struct check_judgement *to);

/* One without xprtsec= offers all modes, for the kernel. */
void check_judge_export(struct policy_sections *sections, const char *path, const struct export_options *options,
			struct check_judgement *to);

/* A sentence of the policy, which ends in ": what to do". */
void check_judge_refused(const char *why, struct check_judgement *to);

/* One connection: what its sockets show, and the least that the policy lets it be. */
struct check_connection {
	bool sends, receives; /* encrypted in this direction */
	bool visible;	      /* the record layer could be seen */
	bool starting;	      /* its handshake is under way, or about to begin */
	enum agent_mutual mutual;
	bool is_server;
	bool is_callback; /* which the server has made */
	bool certain;	  /* the minimum is that of a known mount or export */
	struct policy_mode minimum;
	enum xprtsec told;	 /* what the kernel was told to do, or asked for; none where nobody knows */
	struct policy_mode most; /* what a line of the policy may demand of it, beyond the minimum */
};
void check_judge_connection(const struct check_connection *connection, struct check_judgement *to);

/* Days that are left, and what that means. */
void check_judge_days(long days, struct check_judgement *to);

#endif
