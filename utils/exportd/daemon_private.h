/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the daemon share. */
#ifndef NFSTLS_EXPORTD_DAEMON_PRIVATE_H
#define NFSTLS_EXPORTD_DAEMON_PRIVATE_H

#include <event2/event.h>

#include "support/nfsd/nfsd.h"
#include "utils/exportd/answers.h"
#include "utils/exportd/clients.h"
#include "utils/exportd/daemon.h"
#include "utils/exportd/groups.h"
#include "utils/exportd/visitors.h"

struct build; /* reload.c */
struct said;  /* replies.c */
struct kept;

struct daemon {
	const struct settings *settings;
	struct generation_source source;
	struct event_base *loop;
	struct event *events[32];
	size_t event_count;
	struct event *tick, *unresolved, *policy_look;
	struct upcall *upcall;
	struct nfsd *nfsd;
	struct pool *directory, *builds;
	struct clients *clients;
	struct groups *groups;
	struct visitors *visitors;
	struct event *visitor_came;
	int inotify, mounts_event, mounts_check;

	struct generation *current;
	struct build *build;   /* under way */
	bool build_only_names; /* nothing has changed but what name servers may say: no question waits for it */
	bool stale_exports, stale_policy, stale_mounts;
	bool stale_names;		/* name servers are to be asked again */
	struct still policy_files;	/* as they were when it was read, or to be read; a build under way has them */
	int64_t policy_due_ms;		/* since then it is to be read, when they are still; 0: it is not */
	bool told_busy;			/* the log was told that they are not for long */
	struct file_stamp refused_etab; /* which could not be read: not to be tried again and again */
	bool per_address;
	bool told_unmounted;	/* the kernel holds an answer that a mount would make wrong */
	int64_t complained_ms;	/* when the log was last told that questions cannot be read */
	int64_t last_answer_ns; /* wall clock: when the kernel last took an answer that etab has a part in */

	struct kept *parked; /* requests that wait for the next generation */
	struct kept *held;   /* that wait for something to be mounted */
	unsigned int kept_count;
	struct said *said; /* what the log was told of this generation */
};

/* ---- reload.c: from one generation to the next ---- */

/* Starts building the next generation where something on the disk has changed. */
void daemon_look_for_changes(struct daemon *daemon);
/* The same for the files of the policy, which count when they are still; asked: also when they have not changed. */
void daemon_look_at_policy(struct daemon *daemon, bool asked);
void daemon_rebuild(struct daemon *daemon);
/* What follows from a new current generation. */
void daemon_use(struct daemon *daemon);

/* ---- replies.c: from a request to a reply ---- */

void daemon_on_request(struct upcall_request *request, void *daemon);
void daemon_on_client_ready(struct upcall_request *request, bool late, void *daemon);
void daemon_on_groups(uint32_t uid, const struct groups_answer *answer, void *daemon);
/* Answers all that were parked; and once more those that wait for a mount. */
void daemon_answer_parked(struct daemon *daemon);
void daemon_forget_requests(struct daemon *daemon);
void daemon_forget_said(struct daemon *daemon);

/* ---- daemon_state.c ---- */

/* True while answers of the current generation may be out of date. */
bool daemon_is_stale(const struct daemon *daemon);
void daemon_await_names(struct daemon *daemon);
void daemon_resolve_later(struct daemon *daemon);
void daemon_look_at_policy_in(struct daemon *daemon, int ms);

#endif
