/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files that fill a report, and show it, share. */
#ifndef NFSTLS_NFSSTAT_TLS_PRIVATE_H
#define NFSTLS_NFSSTAT_TLS_PRIVATE_H

#include "utils/nfsstat/tls.h"

/* ---- what is demanded of a client's transport (tls_demand.c) ------------------- */

/* The row is to be as strong as this, unless something stronger is demanded of it already. */
void tls_demand(struct tls_row *row, const struct policy_mode *minimum);

/* Once for each mount, however many transports it has; policy NULL for one that cannot be read. */
void tls_mount_demand_of(const struct policy *policy, const struct transport_mount *mount, bool records_unknown,
			 struct tls_mount_demand *demand);

/* The same of a server at one end, of which no mount tells: its names and its address are all that is known. */
void tls_server_demand_of(const struct policy *policy, const struct transport_server *server,
			  struct tls_mount_demand *demand);

/* The strongest of all its mounts, whose demands are in the order of the list. */
void tls_demand_of_mounts(const struct tls_mount_demand *demands, struct tls_row *row);

/* Of a transport without mounts: what the kernel was told is what was asked of it. */
void tls_demand_of_stray(const struct tls_mount_demand *server, struct tls_row *row);

/* ---- what the agent knows (tls_agent.c) -------------------------------------------- */

/* Of all rows: the sessions of the agent, and its handshakes; each answer within limit_ms.  0: it may not be asked. */
void tls_ask_agent(struct tls_report *report, int limit_ms);

/* Pure: what an answer to "status" says of handshakes. */
void tls_take_status(struct json_object *status, struct tls_report *report);

/* Pure: what the agent knows of the row's connection. */
void tls_take_session(const struct agent_sessions *sessions, struct tls_row *row);

/* ---- who the servers are (tls_peer.c) ---------------------------------------------- */

/* Of all rows, before they are judged; sessions may be NULL. */
void tls_take_peers(const struct agent_sessions *sessions, int limit_ms, struct tls_report *report);

/* ---- the server (tls_server.c) -------------------------------------------------------- */

/* Each kind of connection, from the weakest; the modes of exports are exact. */
enum tls_kind { TLS_KIND_CLEAR, TLS_KIND_TLS, TLS_KIND_MTLS, TLS_KINDS };

/* What the exports for a client take, and what the policy demands of them. */
struct tls_served {
	bool known;
	size_t count, takes[TLS_KINDS];	  /* exports that take a kind */
	size_t surely_takes[TLS_KINDS];	  /* of those that are for it, and not only may be */
	size_t takes_stronger[TLS_KINDS]; /* exports that take a stronger kind, and not this one */
	size_t differ;			  /* exports that take one of tls and mtls and not the other */
	bool has_minimum;
	struct policy_mode minimum; /* the weakest of all: a connection serves them all */
	bool has_sure_minimum;
	struct policy_mode sure_minimum; /* the weakest of those that are for it */
	struct policy_mode strictest;	 /* of those that only may be */
	bool has_breach[TLS_KINDS];
	struct policy_mode breach[TLS_KINDS]; /* the minimum of an export that takes a kind below it */
};

/* Adds an export that takes a set of enum xprtsec; minimum NULL without a policy. */
void tls_serve(struct tls_served *served, unsigned int set, const struct policy_mode *minimum);

/* The same of one that may be for the client, or not. */
void tls_may_serve(struct tls_served *served, unsigned int set, const struct policy_mode *minimum);

/* What the exports make of the row's connection. */
void tls_compare_exports(const struct tls_served *served, struct tls_row *row);

/* The exports below root, prepared for questions; what is not known is told in the notes.  NULL without memory. */
struct tls_exports;
struct tls_exports *tls_exports_read(const char *root, const struct policy *policy, struct tls_report *report);
void tls_exports_free(struct tls_exports *exports);

/* What those demand that are, or may be, for this peer; borrowed.  Nothing is known for NULL. */
const struct tls_served *tls_exports_for(struct tls_exports *exports, const struct sockaddr_storage *peer);

/* Of all rows of the server: names of clients, and what the exports demand. */
void tls_fill_server(const struct tls_wishes *wishes, struct tls_report *report, const struct policy *policy);

/* ---- the moment before a handshake (tls_moment.c) ------------------------------------------ */

/* The ends of connections, sorted. */
struct tls_seen {
	struct tls_seen_one *at;
	size_t count;
};

/* What is in clear text in a report, sorted or not.  -ENOMEM.  The caller frees seen->at, also after an error. */
int tls_remember_clear(const struct tls_report *report, struct tls_seen *seen, struct error *e);

/* Whether a second look may find something else. */
bool tls_may_change(const struct tls_report *report, bool sees_sockets);

/*
 * Of a report whose rows are judged, and still in the order of its list: what would be a violation, is nobody's yet,
 * and was not there before, is judged as new.
 */
void tls_give_time(struct tls_report *report, const struct tls_seen *before);

/* tls_read(), given what was there before; NULL: nothing is known of that. */
int tls_look(const struct tls_wishes *wishes, const struct tls_seen *before, struct tls_report *report,
	     struct error *e);

/* ---- showing (tls_table.c) --------------------------------------------------------------- */

/* Appends the short table to the first; of the wide ones that of the client, and that of the server to the second. */
#define TLS_TABLES 2u
void tls_tables(const struct tls_report *report, const struct tls_style *style,
		struct strbuf *const tables[static TLS_TABLES]);

/* ---- fitting a terminal (tls_fit.c) ------------------------------------------------------- */

/* Lines that belong together; the text is the caller's. */
struct tls_part {
	struct strbuf text;
	size_t least;	  /* so many lines of the terminal, where it has them, come before more of another part */
	size_t headings;  /* so many of its lines are no entries of a list */
	const char *more; /* behind "+N more", which stands for the rest of a list that is cut; NULL: nothing does */
};

#define TLS_PARTS_MAX 8u

/* Pure: appends what fits, in the order of the parts. */
void tls_fit(const struct tls_part *parts, size_t count, const struct tls_style *style, struct strbuf *out);

/* ---- notes (tls_notes.c) ------------------------------------------------------------------ */

/* Adds a line to the notes. */
void tls_note(struct tls_report *report, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* NFSv4.0 calls back over connections of their own, in clear text: a note where a mount has that beside TLS. */
void tls_note_callbacks(struct tls_report *report);

#endif
