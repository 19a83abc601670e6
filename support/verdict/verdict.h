/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * verdict: the one judge of NFS' connections: what was asked of each, what the policy and the exports demand, what its
 * socket proves and whom its peer has proven to be make it good, or not, and why.  verdict_read() asks the system;
 * everything else is a function of what it found.  nfsstat --tls shows it, and nfstls check counts it.
 */
#ifndef NFSTLS_VERDICT_H
#define NFSTLS_VERDICT_H

#include <time.h>

#include "support/agent/agent.h"
#include "support/finding/finding.h"
#include "support/policy/policy.h"
#include "support/snapshot/snapshot.h"
#include "support/transport/transport.h"

/* ---- what was found ------------------------------------------------------- */

enum verdict_state {
	VERDICT_OK,	 /* protected, and at least as well as is demanded */
	VERDICT_PLAIN,	 /* clear text, and nobody demands more */
	VERDICT_CLEAR,	 /* clear text, or half of it, where more is demanded, or where the kernel was told otherwise */
	VERDICT_WEAK,	 /* encrypted, but mutual authentication is demanded and did not take place */
	VERDICT_UNKNOWN, /* more is demanded, and it cannot be seen whether it is so */
	VERDICT_IDLE,	 /* not connected now: nothing flows */
	VERDICT_STARTING, /* its TLS handshake has not ended: nothing of NFS flows yet */
	VERDICT_STATE_COUNT,
};

/* "ok", "plain", "CLEAR", "WEAK", "unknown", "idle", "starting"; stable. */
const char *verdict_state_word(enum verdict_state state);

/* Why it is not known who is at the other end, where it is not. */
enum verdict_agent {
	VERDICT_AGENT_ANSWERS, /* but does not know the connection */
	VERDICT_AGENT_NOT_ASKED,
	VERDICT_AGENT_NOT_RUNNING,
	VERDICT_AGENT_FORBIDDEN,
	VERDICT_AGENT_ELSEWHERE, /* the one that answers is of another network namespace */
	VERDICT_AGENT_FAILED,
	VERDICT_AGENT_COUNT,
};

struct verdict_row {
	const struct transport_entry *transport;

	/* What is demanded. */
	enum xprtsec asked;	/* client: the strongest xprtsec= of its mounts; of a stray: what the kernel was told */
	bool asked_unknown;	/* or more than that */
	const char *asked_by;	/* the folder of the mount that asks for it; NULL: none does */
	enum xprtsec options;	/* client: the strongest that the kernel shows of its mounts */
	enum xprtsec minimum;	/* of the policy */
	bool minimum_unknown;	/* the policy, or what it is asked about, cannot be read */
	char minimum_line[256]; /* what said so; "" for nothing */

	/* What the agent knows. */
	enum verdict_agent agent;
	bool has_session;
	enum agent_mutual mutual;
	char *names;	       /* in the other side's certificate, a list of texts (text_list_add()); NULL: not known */
	size_t names_left_out; /* and how many more */
	char serial[64], certificate[64];
	time_t established, expires; /* 0: unknown */

	/* Of a client's encrypted transport whose mounts are to be protected: is the server the one that they name? */
	bool is_to_be_named;
	enum agent_verdict named; /* the worst of its mounts */
	const char *named_by;	  /* the folder of that one */
	char named_host[256], named_why[400];

	bool has_age;
	uint64_t age; /* of the connection, in seconds */

	/* Of a server's transport. */
	char client_id[24], client_name[128];
	size_t exports, exports_met; /* how many are for it, and how many of them take this transport */
	bool exports_known;
	bool exports_refuse;	  /* none takes it, and some take a stronger one */
	bool exports_need_mutual; /* none takes one without a client's certificate, some take one with it */
	bool exports_doubtful;	  /* what makes it good enough are exports that may be for others only */

	bool is_new; /* it was not there a moment ago */

	enum verdict_state state;
	char why[400]; /* one sentence; "" for ok and plain */
};

/* What a mount asks for, and what the policy, which must outlive it, demands of it. */
struct verdict_mount_demand {
	const char *point;    /* where it is mounted, borrowed */
	enum xprtsec asked;   /* the stronger of what the kernel and the mount command say */
	enum xprtsec options; /* what the kernel says */
	bool asked_unknown;   /* the mount command may know of more */
	bool has_minimum;     /* false without a policy */
	struct policy_mode minimum;
	bool is_refused;      /* the policy has no answer: nothing is good enough but the strongest */
	bool minimum_unknown; /* it could not be asked */
	char why[256];	      /* one of both is so */
};

struct verdict_handshakes {
	const char *side; /* "client", "server" */
	uint64_t ok;
	struct verdict_failed {
		char why[32];
		uint64_t count;
	} * failed;
	size_t failed_count;
};

struct verdict_totals {
	size_t transports, encrypted, clear, unknown, idle, starting; /* by proof; half counts as clear */
	size_t violations;					      /* CLEAR and WEAK */
	size_t undecided;					      /* state unknown */
};

struct verdict_report {
	struct snapshot snapshot;
	struct transport_list list;
	struct transport_socket *sockets;
	struct verdict_row *rows;	      /* one for each of list.at; in the order of verdict_sort() */
	struct verdict_mount_demand *demands; /* one for each of list.mounts */
	struct verdict_totals client, server;
	size_t lost_mounts; /* whose transports are not known */
	struct transport_tls_counters counters;
	bool agent_known; /* it answers, for this network namespace */
	time_t agent_started;
	struct verdict_handshakes handshakes[2]; /* client, server */
	struct strbuf notes;			 /* lines: which source is missing, and what is used instead */
	bool wants_client, wants_server;
	const char *source; /* what was read last: when that has failed, the file at fault */
};

struct verdict_wishes {
	const char *root;   /* "" for the live system */
	const char *config; /* the policy */
	bool client, server;
	int agent_limit_ms; /* for each of two answers of the agent; it is not asked below another root */
};

/* Fills *report; the caller frees with verdict_free() in any case. */
int verdict_read(const struct verdict_wishes *wishes, struct verdict_report *report, struct error *e);

/*
 * The same, with a second look after a moment where the first finds what may only be so for a moment, since a
 * connection is in clear text before its handshake: the report is of the second look then, and of a connection in clear
 * text that was not there before it is not known what it is, unless nothing has gone over it yet: see moment.c.
 */
int verdict_read_calmly(const struct verdict_wishes *wishes, struct verdict_report *report, struct error *e);
void verdict_free(struct verdict_report *report);

/* ---- judgement (pure) ----------------------------------------------------------- */

/* Sentences hold names from elsewhere: what is not printable becomes '?'. */
void verdict_clean(char *text);

/* Sets state and why of a row whose other members are there. */
void verdict_judge(struct verdict_row *row);

/* The stronger one of what is asked and what is demanded. */
enum xprtsec verdict_wanted(const struct verdict_row *row);

/* Counts the rows of report. */
void verdict_count(struct verdict_report *report);

/* The client's first, then the worst, then by peers and mounts: so that a table does not jump while it is watched. */
void verdict_sort(struct verdict_report *report);

/* Whether both lead to one server, or come from one client, from whatever port. */
bool verdict_same_peer(const struct verdict_row *a, const struct verdict_row *b);

/* Whether the transports of a side were asked for, and looked for. */
bool verdict_sees(const struct verdict_report *report, bool is_server);
/* Whether there may be more than those that are there. */
bool verdict_is_incomplete(const struct verdict_report *report, bool is_server);

/* "client", "server". */
const char *verdict_side(const struct verdict_row *row);
/* "1.3"; "" for none. */
const char *verdict_version_name(unsigned int version);
/* What the kernel says it does: "none", "tls", "mtls"; where it does not (6.12), the mount's option; "unknown". */
const char *verdict_configured(const struct verdict_row *row);

/* ---- findings (pure) --------------------------------------------------------------- */

/* CLEAR and WEAK are failures, and unknown is unknown. */
enum finding_level verdict_level(enum verdict_state state);

/*
 * Why the state is so, also of those that are good; and what to do, or NULL; and the line, or the table of mounts, that
 * demands it, or NULL.
 */
void verdict_sentence(const struct verdict_row *row, struct strbuf *out);
const char *verdict_remedy(const struct verdict_row *row);
const char *verdict_source(const struct verdict_row *row);

/* What is said of several transports is said once: they stand one after the other. */
struct verdict_reason {
	const struct verdict_row *row; /* the first of them */
	size_t transports, mounts;
};
typedef void verdict_reason_told(const struct verdict_report *report, const struct verdict_reason *reason,
				 void *context);

/* Visits what is not good. */
void verdict_reasons(const struct verdict_report *report, verdict_reason_told *tell, void *context);

/* Appends " (/mnt/a +1, 4 transports)", or nothing. */
void verdict_reason_about(const struct verdict_report *report, const struct verdict_reason *reason, struct strbuf *out);

/* What is so of a mount whose transports are not, or not all, known. */
const char *verdict_lost(const struct transport_mount *mount);

/* Adds a finding for each reason, and for what may be missing; or the latter only. */
void verdict_findings(const struct verdict_report *report, struct findings *to);
void verdict_find_missing(const struct verdict_report *report, struct findings *to);

/* The worst of them: the exit status. */
enum finding_level verdict_worst(const struct verdict_report *report);

#endif
