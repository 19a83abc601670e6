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

#include "utils/tlshd/message.h"
#include "utils/tlshd/why.h"

#define RECORD_FAILURES_MAX 512u
#define RECORD_SESSIONS_MAX 16384u

/* A finished handshake, as the kernel role knows it. */
struct record_handshake {
	enum role role;
	const char *peer; /* the name that was mounted; empty on a server */
	struct sockaddr_storage local, remote;
	const struct outcome *outcome;
	int64_t when_ms; /* clock_day_ms() */
};

struct record;

struct record *record_new(void); /* NULL without memory */
void record_free(struct record *record);

/* Remembers; a lack of memory only costs the memory of it. */
void record_add(struct record *record, const struct record_handshake *handshake);

struct json_object;

/* New JSON objects in the form that rpc.tlshd(8) documents; NULL without memory.  The caller puts them. */
struct json_object *record_counters(const struct record *record);
struct json_object *record_failures(const struct record *record);

/* Of the sessions only those for which is_live says so, and forgets the others. */
typedef bool record_is_live(const struct sockaddr_storage *local, const struct sockaddr_storage *remote, void *context);
struct json_object *record_sessions(struct record *record, record_is_live *is_live, void *context);

#endif
