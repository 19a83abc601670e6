/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record: what the agent remembers of its handshakes, in bounded memory and
 * without secrets: counters, the last failure of each peer, the sessions it
 * has set up.  Kept by the kernel role, shown by the control socket.
 */
#ifndef NFSTLS_TLSHD_RECORD_H
#define NFSTLS_TLSHD_RECORD_H

#include <sys/socket.h>
#include <time.h>

#include "support/reason/reason.h"
#include "utils/tlshd/message.h"
#include "utils/tlshd/shared.h"

#define RECORD_FAILURES_MAX 512u
#define RECORD_SESSIONS_MAX 16384u
#define RECORD_CHAINS_MAX (64u << 20) /* bytes of all chains; more are not kept */
#define RECORD_PROOFS_MAX 32u	      /* for one session; the oldest makes way */

/* A finished handshake, as the kernel role knows it. */
struct record_handshake {
	uint64_t id; /* no other has it */
	enum role role;
	const char *peer;	/* the name that was mounted; empty on a server */
	struct lineage lineage; /* of a client */
	struct sockaddr_storage local, remote;
	const struct outcome *outcome;
	const struct bytes *chain; /* of a server, opaque here; empty or NULL: not known */
	int64_t when_ms;	   /* clock_day_ms() */
};

/* What became of it when the server at the other end of a connection had to be the one of a name. */
struct record_proof {
	char name[256];
	enum reason why; /* REASON_OK: it is */
	char cause[CAUSE_MAX];
	unsigned int generation; /* the number of the credentials by which it was judged ... */
	int64_t when_ms;	 /* ... and the time, clock_ms() */
	/* What they were for this name; "" where the policy sets nothing. */
	char truststore[256], crl[256], peers[256];
};

struct record;

struct record *record_new(void); /* NULL without memory */
void record_free(struct record *record);

/* Remembers; a lack of memory only costs the memory of it. */
void record_add(struct record *record, const struct record_handshake *handshake);

/* ---- sessions -------------------------------------------------------------- */

struct tls_session;

/* The session between two ends, as address_end_text() writes them; NULL where there is none. */
struct tls_session *record_session(const struct record *record, const char *local, const char *remote);

uint64_t record_session_id(const struct tls_session *session);
enum role record_session_role(const struct tls_session *session);
const struct lineage *record_session_lineage(const struct tls_session *session);
const struct sockaddr_storage *record_session_remote(const struct tls_session *session);
const struct bytes *record_session_chain(const struct tls_session *session);

/* The last proof for that name, however it is spelled; NULL where there is none. */
const struct record_proof *record_session_proof(const struct tls_session *session, const char *name);
/* Copies it, in place of one for the same name.  False without memory. */
bool record_session_prove(struct tls_session *session, const struct record_proof *proof);

struct json_object;

/* Adds "why" and "reason" of a handshake in which this host is role. */
void record_put_reason(struct json_object *to, enum role role, enum reason why, const char *cause);

/* New JSON objects in the form that rpc.tlshd(8) documents; NULL without memory.  The caller puts them. */
struct json_object *record_counters(const struct record *record);
struct json_object *record_failures(const struct record *record);

/* Whether the next session makes the oldest be forgotten. */
bool record_is_full(const struct record *record);

/* Of the sessions only those for which is_live says so, and forgets the others. */
typedef bool record_is_live(const struct sockaddr_storage *local, const struct sockaddr_storage *remote, void *context);
struct json_object *record_sessions(struct record *record, record_is_live *is_live, void *context);
/* The others are forgotten, and that is all. */
void record_prune(struct record *record, record_is_live *is_live, void *context);

#endif
