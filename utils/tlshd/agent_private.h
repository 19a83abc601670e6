/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the kernel role share: its state, and what each does for the others. */
#ifndef NFSTLS_TLSHD_AGENT_PRIVATE_H
#define NFSTLS_TLSHD_AGENT_PRIVATE_H

#include <event2/event.h>
#include <limits.h>
#include <time.h>

#include "support/handshake/handshake.h"
#include "utils/tlshd/admission.h"
#include "utils/tlshd/agent.h"
#include "utils/tlshd/generation.h"
#include "utils/tlshd/position.h"
#include "utils/tlshd/record.h"
#include "utils/tlshd/shared.h"

/*
 * The kernel's own limits are 10 s for its client and 5 s for nfsd (net/sunrpc/xprtsock.c and net/sunrpc/svcsock.c);
 * ours are shorter, so that it hears the reason.
 */
#define CLIENT_LIMIT_MS 9000u
#define SERVER_LIMIT_MS 4500u

/* A handshake that a worker has. */
struct pending {
	uint64_t id;
	int fd; /* our own copy */
	enum role role;
	char peer[HANDSHAKE_PEERNAME_MAX]; /* the mounted name; empty on a server */
	struct sockaddr_storage local, remote;
	struct admission_visit visit; /* of a server's handshake */
	int64_t started_ms;
	struct worker_process *worker; /* NULL before it has one */
	struct task task;	       /* what it was told to do */
	struct key_order order;	       /* and with which certificate, where the mount names one */
	struct position position;      /* of the connection before that */
	bool begun_anew;	       /* in the place of a worker that is gone */
	struct lineage lineage;	       /* of a client */
	char reference[256];	       /* of a client: the name that the server has to prove ... */
	struct strbuf names;	       /* ... and others, each with its NUL */
	struct bytes chain;	       /* of a server, once it has proven them */
	struct outcome outcome;	       /* once it has ended */
	struct agent *agent;	       /* for the callback of settled */
	struct event *settled;	       /* runs while it is in the list settling */
	struct pending *prev, *next;   /* in the worker's list, or in settling */
};

struct control;
struct agent;

/* What lower files tell higher ones. */
struct agent_events {
	void (*slots_are_free)(struct agent *agent);		/* workers can take more */
	int (*load_anew)(struct agent *agent, struct error *e); /* a worker cannot be started with what there is */
	void (*reloaded)(struct agent *agent, const struct error *why_not);
};

struct agent {
	struct agent_events events;
	const struct agent_options *options;
	struct event_base *loop;
	struct handshake *handshake;
	struct event *announced;
	struct event *signals[3];
	struct event *watch_timer;
	struct event *look_timer; /* at the workers, as long as they have something to do */
	struct generation *current;
	struct generation *retired; /* list */
	struct pending *settling;   /* ended, the kernel not told yet */
	struct askers *askers;
	struct watch watch;
	int64_t look_at_files_ms;  /* not before */
	int64_t due_since_ms;	   /* files were to be read, and were not, since they were not still; 0: none are */
	struct event *files_still; /* runs when they may be; of reload.c */
	bool told_busy;		   /* the log was told that they are not for long */
	int64_t reload_again_ms;   /* not before; 0: the last reload did not fail for want of something */
	int64_t reload_pause_ms;   /* between the last two */
	struct error refused;	   /* why the last reload that failed did so */
	struct admission *admission;
	unsigned int nfsd_threads; /* 0: not known */
	int64_t nfsd_threads_ms;   /* when they were counted */
	struct record *record;
	int64_t prune_record_ms; /* not before */
	char shared_path[PATH_MAX];
	struct shared *shared;
	struct control *control;
	unsigned int generations;
	uint64_t next_id;
	unsigned int under_way;
	time_t started;
};

/*
 * From the lowest file up; each uses those before it only.  What a lower one has to tell a higher one goes by
 * agent.events.
 */

/* ---- answer.c: the answers of the control socket, as new JSON objects ---- */

/* Why there is no answer, in one sentence. */
struct json_object *report_error(const char *sentence);
struct json_object *report_reloaded(void);
/* Each answer tells of which network namespace it is. */
void report_add_namespace(struct json_object *answer);

/* ---- live.c ---- */

struct json_object *report_sessions(struct agent *agent);
/* Forgets the sessions whose connections are no more. */
void report_prune(struct agent *agent);

/* ---- ending.c ---- */

/* How a handshake ends; pending is taken, and is in no list any more. */
void agent_conclude(struct agent *agent, struct pending *pending, const struct outcome *outcome);
void agent_conclude_failed(struct agent *agent, struct pending *pending, enum reason why, const char *cause);
/* Waits until the kernel can be told of those that have ended too soon, and tells it. */
void agent_tell_settled(struct agent *agent);

/* ---- assign.c ---- */

/* The worker with the least to do, or NULL when all slots are taken. */
struct worker_process *workers_choose(struct agent *agent);
/* Gives a handshake that no worker has to one of them; without one it ends. */
void agent_assign(struct agent *agent, struct pending *pending);

/* ---- workers.c ---- */

/* Listens to a worker that was started; one that cannot be heard is ended. */
void workers_watch(struct agent *agent, struct worker_process *worker);

/* Frees a generation with its events, or all retired ones that no worker runs of any more. */
void workers_free_generation(struct generation *generation);
void workers_drop_empty(struct agent *agent);

/* Callback of agent.look_timer: looks at those that have something to do, and ends those that stand still. */
void workers_on_look(evutil_socket_t fd, short what, void *context);

/* ---- build.c ---- */

/* Builds a new generation and swaps.  Errors as generation_new(): then the old one stays. */
int agent_build(struct agent *agent, struct error *e);
/* What it has, for the log. */
void agent_describe(const struct generation *generation, struct strbuf *text);
/*
 * Other programs take a policy that is in use and whose file is gone for an error, not for none.  NULL: none is in use
 * any more.  An agent that is only being started may be one too many, and says nothing.
 */
void agent_tell_policy(const struct agent *agent, const struct policy *policy);

/* ---- reload.c: when a new generation is built ---- */

/* The first one: waits until the files are still.  -EBUSY when they never are. */
int agent_build_first(struct agent *agent, struct error *e);

/*
 * On demand; on failure the old one stays and *e says why.  Both go to the log.  -EBUSY: it has to wait until the files
 * are still, and events.reloaded() tells its end.
 */
int agent_reload(struct agent *agent, struct error *e);

/* Because something has changed; or because what was lacking may be there. */
void agent_reload_if_changed(struct agent *agent);
void agent_reload_again(struct agent *agent);

/* ---- requests.c ---- */

/* Takes the requests that wait, as far as there are slots. */
void agent_accept_all(struct agent *agent);
/* Callback of agent.announced: there are some. */
void agent_on_announced(evutil_socket_t fd, short what, void *context);

/* ---- report.c: more answers; NULL: that of report_reloaded() follows ---- */

struct json_object *report_status(struct agent *agent);
struct json_object *report_failures(struct agent *agent);
struct json_object *report_reload(struct agent *agent);
struct json_object *report_forget(struct agent *agent, const char *name);

/* ---- control.c ---- */

/* Listens at path, for root only.  Free with control_free(), which takes NULL and removes the socket. */
int control_new(struct agent *agent, const char *path, struct control **control, struct error *e);
void control_free(struct control *control);
/* Answers all who wait for a reload: that it was made, or why not.  Takes NULL. */
void control_reloaded(struct control *control, const struct error *why_not);

#endif
