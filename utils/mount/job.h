/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * job: one mount, from the command line to the kernel, and the steps it takes.
 * Private to mount.c and the files of the steps: job.c (what is known before anything is sent),
 * server.c (addresses and policy), attempt.c (one mount(2) and what is made sure of), less.c (auto), explain.c (why it
 * failed).
 */
#ifndef NFSTLS_MOUNT_JOB_H
#define NFSTLS_MOUNT_JOB_H

#include <time.h>

#include "support/conf/conf.h"
#include "support/mounts/mounts.h"
#include "support/policy/policy.h"
#include "support/reason/reason.h"
#include "utils/mount/certificate.h"
#include "utils/mount/cli.h"
#include "utils/mount/messages.h"
#include "utils/mount/negotiate.h"
#include "utils/mount/protection.h"
#include "utils/mount/retry.h"
#include "utils/mount/table.h"

/* What was asked for, by the command line or fstab and by nfsmount.conf: made by job_prepare(). */
struct job_asked {
	struct table_entry entry; /* of fstab, when a user asks; owned */
	const char *source;
	char *target; /* resolved; owned */
	unsigned long flags;
	struct mount_options given; /* as the user or fstab gave them, with the file's defaults behind; owned */
	size_t given_count;	    /* without those */
	struct mount_asked words;   /* what they mean */
	struct mount_device device; /* of source; a remount does not look at it */
};

/*
 * What was decided, by the policy and the server: made by job_find_server().  Until then the mode, the certificate and
 * the versions are those that were asked for.
 */
struct job_decided {
	bool done;
	struct protection protection; /* its mode is the one that the kernel must give; its strings are the policy's */
	struct mount_certificate certificate; /* that is shown: the mount's own, or nfsmount.conf's */
	struct mount_versions versions;	      /* that are tried */
	struct mount_options options;	      /* for the kernel; owned */
	struct address *addresses;	      /* owned */
	size_t address_count;
	struct address *mount_hosts; /* addresses of mounthost= or for mountproto=; owned */
	size_t mount_host_count;
};

/* What came of it so far: made by job_try(). */
struct job_made {
	struct retry_state tries;
	int64_t began_day_ms; /* clock_day_ms() */
	int64_t began_ms;     /* clock_ms() */
	bool hopeless;	      /* somebody has to act on a host before a next try can succeed */
	bool said_waiting;
	struct mount_options *tried; /* the options of the last attempt; owned */
	struct error shared;	     /* which mount's connection was in the way of the last attempt; code 0: none was */
	bool shared_made;	     /* and that was seen of the mount itself */
};

struct job {
	const char *program;
	const struct cli *cli;
	const char *type;
	bool restricted;       /* the real user is not root: fstab decides */
	bool in_background;    /* nobody is there to read */
	struct conf *defaults; /* nfsmount.conf; owned */
	struct policy *policy; /* owned */
	struct retry retry;
	struct job_asked asked;
	struct job_decided decided;
	struct job_made made;
};

void job_free(struct job *job);

/* What went wrong: an errno of the kernel or of the mount's own making, with the words for it. */
struct trouble {
	struct kernel_failure failure; /* code EALREADY: it has been said */
	struct error e;		       /* text is the whole sentence, when there is one */
	bool not_allowed;	       /* the sentence begins "S is not mounted" */
};

/* ---- job.c ------------------------------------------------------------------ */

/*
 * All that can be known without a server. 0, or -errno with *e; an empty text stands for the errno's usual
 * sentence.
 */
int job_prepare(struct job *job, struct error *e);

/*
 * An ordinary user may not be allowed to read the files that decide.  So he learns that one has decided, and nothing of
 * what stands in it: in place of *e he gets this sentence, and the system's log has it all.  Returns -e->code.
 */
int job_keep_to_root(const struct job *job, struct error *e, const char *instead);

/* Whether the mount has that option from nfsmount.conf. */
bool job_has_default(const struct job *job, const char *key);

/* ---- server.c ----------------------------------------------------------------- */

/* Addresses and decision, as far as they are not known yet.  -EAGAIN while the resolver does not answer. */
int job_find_server(struct job *job, struct trouble *trouble);

/* For a mount that was xprtsec=auto, after it has failed with more: decides again.  Errors of protection_of_auto(). */
int job_decide_for_less(struct job *job, enum protection_auto why, struct error *e);

/* The policy's word on a remount, which changes no connection. */
int job_decide_remount(struct job *job, struct error *e);

/* What the policy would give this mount if it were new; for a remount that names a certificate. */
int job_ask_policy(struct job *job, struct protection *decision, struct error *e);

/* The port of NFS itself that the options name; 2049 without. */
unsigned int job_port(const struct job *job);

/* ---- attempt.c ------------------------------------------------------------------ */

/* Tries all versions and addresses once. */
int job_try(struct job *job, struct trouble *trouble);
int job_remount(struct job *job, struct trouble *trouble);

/* ---- less.c -------------------------------------------------------------------- */

/*
 * After a mount that has failed: true where it was xprtsec=auto, and the server has said that it does less than was
 * tried, so that the options ask for that now.  Where the policy forbids it that is the trouble.
 */
bool job_settle_for_less(struct job *job, struct trouble *trouble);

/* ---- explain.c ---------------------------------------------------------------- */

/* Says why the mount failed, for good. */
void job_say_failure(struct job *job, const struct trouble *trouble);

/* Was it a handshake that may succeed later?  Sets job->made.hopeless, and appends the cause. */
bool job_is_transient(struct job *job, const struct trouble *trouble, struct strbuf *cause);

/* The handshake that the agent of this host knows to have failed for this mount; NULL: none. */
const struct reason_row *job_handshake_failure(const struct job *job, const struct kernel_failure *failure);

/* What a mount that has not ended yet waits for; *hopeless as diagnosis_waiting(). */
void job_say_waiting(struct job *job, bool connected, bool *hopeless);

/* The words for a failure, without asking anybody: for the log. */
void job_describe(const struct job *job, const struct trouble *trouble, struct strbuf *sentence);

#endif
