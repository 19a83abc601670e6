/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tls: "nfsstat --tls": each live transport of NFS, what was asked of it and what is in effect, as the kernel's
 * sockets prove it.  tls_read() asks the system; everything else is a function of what it found.
 */
#ifndef NFSTLS_NFSSTAT_TLS_H
#define NFSTLS_NFSSTAT_TLS_H

#include <json-c/json.h>
#include <time.h>

#include "support/agent/agent.h"
#include "support/policy/policy.h"
#include "support/transport/transport.h"
#include "utils/nfsstat/snapshot.h"

/* ---- what was found ------------------------------------------------------- */

enum tls_state {
	TLS_OK,	      /* protected, and at least as well as is demanded */
	TLS_PLAIN,    /* clear text, and nobody demands more */
	TLS_CLEAR,    /* clear text, or half of it, where more is demanded, or where the kernel was told otherwise */
	TLS_WEAK,     /* encrypted, but mutual authentication is demanded and did not take place */
	TLS_UNKNOWN,  /* more is demanded, and it cannot be seen whether it is so */
	TLS_IDLE,     /* not connected now: nothing flows */
	TLS_STARTING, /* its TLS handshake has not ended: nothing of NFS flows yet */
	TLS_STATE_COUNT,
};

/* "ok", "plain", "CLEAR", "WEAK", "unknown", "idle", "starting"; stable. */
const char *tls_state_word(enum tls_state state);

/* Why it is not known who is at the other end, where it is not. */
enum tls_agent {
	TLS_AGENT_ANSWERS, /* but does not know the connection */
	TLS_AGENT_NOT_ASKED,
	TLS_AGENT_NOT_RUNNING,
	TLS_AGENT_FORBIDDEN,
	TLS_AGENT_ELSEWHERE, /* the one that answers is of another network namespace */
	TLS_AGENT_FAILED,
	TLS_AGENT_COUNT,
};

struct tls_row {
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
	enum tls_agent agent;
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

	enum tls_state state;
	char why[400]; /* one sentence; "" for ok and plain */
};

/* What a mount asks for, and what the policy, which must outlive it, demands of it. */
struct tls_mount_demand {
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

struct tls_handshakes {
	const char *side; /* "client", "server" */
	uint64_t ok;
	struct tls_failed {
		char why[32];
		uint64_t count;
	} * failed;
	size_t failed_count;
};

struct tls_totals {
	size_t transports, encrypted, clear, unknown, idle, starting; /* by proof; half counts as clear */
	size_t violations;					      /* CLEAR and WEAK */
	size_t undecided;					      /* state unknown */
};

struct tls_report {
	struct snapshot snapshot;
	struct transport_list list;
	struct transport_socket *sockets;
	struct tls_row *rows;		  /* one for each of list.at; in the order of tls_sort() */
	struct tls_mount_demand *demands; /* one for each of list.mounts */
	struct tls_totals client, server;
	size_t lost_mounts; /* whose transports are not known */
	struct transport_tls_counters counters;
	bool agent_known; /* it answers, for this network namespace */
	time_t agent_started;
	struct tls_handshakes handshakes[2]; /* client, server */
	struct strbuf notes;		     /* lines: which source is missing, and what is used instead */
	bool wants_client, wants_server;
};

struct tls_wishes {
	const char *root;   /* "" for the live system */
	const char *config; /* the policy */
	bool client, server;
	int agent_limit_ms; /* for each of two answers of the agent; it is not asked below another root */
};

/* Fills *report; the caller frees with tls_free() in any case. */
int tls_read(const struct tls_wishes *wishes, struct tls_report *report, struct error *e);

/*
 * The same, with a second look after a moment where the first finds what may only be so for a moment, since a
 * connection is in clear text before its handshake: the report is of the second look then, and of a connection in clear
 * text that was not there before it is not known what it is, unless nothing has gone over it yet (tls_moment.c).
 */
int tls_read_calmly(const struct tls_wishes *wishes, struct tls_report *report, struct error *e);
void tls_free(struct tls_report *report);

/* ---- judgement (pure) ----------------------------------------------------------- */

/* Sentences hold names from elsewhere: what is not printable becomes '?'. */
void tls_clean(char *text);

/* Sets state and why of a row whose other members are there. */
void tls_judge(struct tls_row *row);

/* The stronger one of what is asked and what is demanded. */
enum xprtsec tls_wanted(const struct tls_row *row);

/* Counts the rows of report. */
void tls_count(struct tls_report *report);

/* The client's first, then the worst, then by peers and mounts: so that a table does not jump while it is watched. */
void tls_sort(struct tls_report *report);

/* Whether both lead to one server, or come from one client, from whatever port. */
bool tls_same_peer(const struct tls_row *a, const struct tls_row *b);

/* Whether the transports of a side were asked for, and looked for. */
bool tls_sees(const struct tls_report *report, bool is_server);
/* Whether there may be more than those that are there. */
bool tls_is_incomplete(const struct tls_report *report, bool is_server);

/* 0: all is well; 2: something is not protected that has to be; 3: it cannot be seen. */
int tls_check_status(const struct tls_report *report);

/* ---- showing (pure) ---------------------------------------------------------------- */

struct tls_style {
	bool wide;
	bool colour;
	bool notes;	       /* -v */
	size_t lines, columns; /* of the terminal that it has to fit, but for its last line; 0: any number */
};

/* "client", "server". */
const char *tls_side(const struct tls_row *row);
/* "1.3 AES-256-GCM", "clear", "unknown". */
void tls_effect(const struct tls_row *row, char *out, size_t room);
/* What the kernel says it does: "none", "tls", "mtls"; where it does not (6.12), the mount's option; "unknown". */
const char *tls_configured(const struct tls_row *row);
/* Of a client's row: the server as the mount, or the kernel, names it; "" for nothing. */
#define TLS_SERVER_NAME_MAX 300u
void tls_server_name(const struct tls_report *report, const struct tls_row *row, char name[TLS_SERVER_NAME_MAX]);
/* "1.3"; "" for none. */
const char *tls_version_name(unsigned int version);
/* The name of a TLS_CIPHER_ number (linux/tls.h); "" for none. */
const char *tls_cipher_name(unsigned int cipher);

void tls_text(const struct tls_report *report, const struct tls_style *style, struct strbuf *out);
/* Adds its members to the one object of --json; the report must outlive it. */
void tls_json(const struct tls_report *report, struct json_object *to);
/* The text format of OpenMetrics 1.0, with its end. */
void tls_openmetrics(const struct tls_report *report, struct strbuf *out);

#endif
