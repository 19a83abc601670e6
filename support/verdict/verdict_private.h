/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files that fill and judge a report share. */
#ifndef NFSTLS_VERDICT_PRIVATE_H
#define NFSTLS_VERDICT_PRIVATE_H

#include "support/verdict/verdict.h"

/* ---- what is demanded of a client's transport (demand.c) -------------------------- */

/* The row is to be as strong as this, unless something stronger is demanded of it already. */
void verdict_demand(struct verdict_row *row, const struct policy_mode *minimum);

/* Once for each mount, however many transports it has; policy NULL for one that cannot be read. */
void verdict_mount_demand_of(const struct policy *policy, const struct transport_mount *mount, bool records_unknown,
			     struct verdict_mount_demand *demand);

/* The same of a server at one end, of which no mount tells: its names and its address are all that is known. */
void verdict_server_demand_of(const struct policy *policy, const struct transport_server *server,
			      struct verdict_mount_demand *demand);

/* The strongest of all its mounts, whose demands are in the order of the list. */
void verdict_demand_of_mounts(const struct verdict_mount_demand *demands, struct verdict_row *row);

/* Of a transport without mounts: what the kernel was told is what was asked of it. */
void verdict_demand_of_stray(const struct verdict_mount_demand *server, struct verdict_row *row);

/* ---- what the agent knows (agent.c) ---------------------------------------------------- */

/* Of all rows: the sessions of the agent, and its handshakes; each answer within limit_ms.  0: it may not be asked. */
void verdict_ask_agent(struct verdict_report *report, int limit_ms);

/* Pure: what an answer to "status" says of handshakes. */
void verdict_take_status(struct json_object *status, struct verdict_report *report);

/* Pure: what the agent knows of the row's connection. */
void verdict_take_session(const struct agent_sessions *sessions, struct verdict_row *row);

/* ---- who the servers are (peer.c) ---------------------------------------------- */

/* Of all rows, before they are judged; sessions may be NULL. */
void verdict_take_peers(const struct agent_sessions *sessions, int limit_ms, struct verdict_report *report);

/* ---- the server (served.c, exports.c, server.c) ----------------------------------- */

/* Each kind of connection, from the weakest; the modes of exports are exact. */
enum verdict_kind { VERDICT_KIND_CLEAR, VERDICT_KIND_TLS, VERDICT_KIND_MTLS, VERDICT_KINDS };

/* What the exports for a client take, and what the policy demands of them. */
struct verdict_served {
	bool known;
	size_t count, takes[VERDICT_KINDS];   /* exports that take a kind */
	size_t surely_takes[VERDICT_KINDS];   /* of those that are for it, and not only may be */
	size_t takes_stronger[VERDICT_KINDS]; /* exports that take a stronger kind, and not this one */
	size_t differ;			      /* exports that take one of tls and mtls and not the other */
	bool has_minimum;
	struct policy_mode minimum; /* the weakest of all: a connection serves them all */
	bool has_sure_minimum;
	struct policy_mode sure_minimum; /* the weakest of those that are for it */
	struct policy_mode strictest;	 /* of those that only may be */
	bool has_breach[VERDICT_KINDS];
	struct policy_mode breach[VERDICT_KINDS]; /* the minimum of an export that takes a kind below it */
};

/* Adds an export that takes a set of enum xprtsec; minimum NULL without a policy. */
void verdict_serve(struct verdict_served *served, unsigned int set, const struct policy_mode *minimum);

/* The same of one that may be for the client, or not. */
void verdict_may_serve(struct verdict_served *served, unsigned int set, const struct policy_mode *minimum);

/* What the exports make of the row's connection. */
void verdict_compare_exports(const struct verdict_served *served, struct verdict_row *row);

/* The exports below root, prepared for questions; what is not known is told in the notes.  NULL without memory. */
struct verdict_exports;
struct verdict_exports *verdict_exports_read(const char *root, const struct policy *policy,
					     struct verdict_report *report);
void verdict_exports_free(struct verdict_exports *exports);

/* What those demand that are, or may be, for this peer; borrowed.  Nothing is known for NULL. */
const struct verdict_served *verdict_exports_for(struct verdict_exports *exports, const struct sockaddr_storage *peer);

/* Of all rows of the server: names of clients, and what the exports demand. */
void verdict_fill_server(const struct verdict_wishes *wishes, struct verdict_report *report,
			 const struct policy *policy);

/* ---- the moment before a handshake (moment.c) ------------------------------------------ */

/* The ends of connections, sorted. */
struct verdict_seen {
	struct verdict_seen_one *at;
	size_t count;
};

/* What is in clear text in a report, sorted or not.  -ENOMEM.  The caller frees seen->at, also after an error. */
int verdict_remember_clear(const struct verdict_report *report, struct verdict_seen *seen, struct error *e);

/* Whether a second look may find something else. */
bool verdict_may_change(const struct verdict_report *report, bool sees_sockets);

/*
 * Of a report whose rows are judged, and still in the order of its list: what would be a violation, is nobody's yet,
 * and was not there before, is judged as new.
 */
void verdict_give_time(struct verdict_report *report, const struct verdict_seen *before);

/* verdict_read(), given what was there before; NULL: nothing is known of that (read.c). */
int verdict_look(const struct verdict_wishes *wishes, const struct verdict_seen *before, struct verdict_report *report,
		 struct error *e);

/* ---- notes (notes.c) ------------------------------------------------------------------ */

/* Adds a line to the notes. */
void verdict_note(struct verdict_report *report, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* NFSv4.0 calls back over connections of their own, in clear text: a note where a mount has that beside TLS. */
void verdict_note_callbacks(struct verdict_report *report);

#endif
