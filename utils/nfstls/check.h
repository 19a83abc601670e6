/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check: what "nfstls check" looks at on this host, and what it found: a list
 * of findings, each with its level and remedy.  Private to this folder.
 *
 * What is examined comes from files below a root folder, or from the kernel;
 * how it is judged (check_judge.c) is a function of values.  A check that
 * cannot be done says so: unknown is not ok.
 */
#ifndef NFSTLS_NFSTLS_CHECK_H
#define NFSTLS_NFSTLS_CHECK_H

#include <time.h>

#include "support/base/base.h"
#include "support/finding/finding.h"
#include "support/keys/keys.h"
#include "support/option/option.h"
#include "support/policy/policy.h"
#include "support/x509/x509.h"
#include "utils/nfstls/exports.h"

/* ---- the host ---------------------------------------------------------------- */

/* A line of fstab or of mountinfo that is about NFS; the texts are without escapes. */
struct check_mount {
	char *type, *source, *point, *options;
};

struct check_mounts {
	struct check_mount *at;
	size_t count;
	bool unread;	 /* the file is there, or must be, and could not be read: why says it */
	bool unreadable; /* then: not even one line of it is known */
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
	const char *source;  /* what it looks at now: a file, a socket; NULL: nothing that has a name */
	struct findings findings;
};

/* Adds a finding of the running check; remedy may be NULL. */
void check_say(struct check *check, enum finding_level level, const char *subject, const char *remedy, const char *fmt,
	       ...) PRINTF_LIKE(5, 6);
/* The same, with the file or line that made it so, which may be "" or NULL. */
void check_say_from(struct check *check, enum finding_level level, const char *subject, const char *remedy,
		    const char *source, const char *fmt, ...) PRINTF_LIKE(6, 7);

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
/* Pure: a part of it. */
struct verdict_report; /* support/verdict */
void check_say_transports(struct check *check, const struct verdict_report *report);

/* ---- judgement (pure) ---------------------------------------------------------- */

struct check_judgement {
	enum finding_level level;
	char finding[768];
	char remedy[384]; /* empty: none */
	char source[256]; /* the line of the policy that decided; empty: none did */
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

/* How long the certificate is still good, and what that means. */
void check_judge_dates(gnutls_x509_crt_t cert, time_t now, struct check_judgement *to);

#endif
