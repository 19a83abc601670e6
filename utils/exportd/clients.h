/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * clients: the names of the addresses that clients come from, and the netgroups they are in.  Looked up in threads,
 * remembered for a while, also when there is nothing to be found, so that a name server that is dead costs each
 * address one wait.  A name counts only when it leads back to the address; and what is known stays so for as long as
 * nobody can say otherwise.  What this host knows by itself is looked up at once, all else in turns (turns.h).
 */
#ifndef NFSTLS_EXPORTD_CLIENTS_H
#define NFSTLS_EXPORTD_CLIENTS_H

#include "support/access/access.h"
#include "support/upcall/upcall.h"
#include "utils/exportd/pool.h"

#define CLIENTS_KNOWN_MS 600000	 /* how long names are remembered */
#define CLIENTS_NONE_MS 60000	 /* and that an address has none */
#define CLIENTS_FAILED_MS 30000	 /* and that nobody could say */
#define CLIENTS_PATIENCE_MS 5000 /* for a look-up; then the address counts as one that nobody could say */
#define CLIENTS_MAX 65536u	 /* addresses remembered */

struct clients;

/* What is found out about one address; a seam for tests.  Called in threads. */
struct client_names {
	bool failed;  /* nobody could say */
	char **names; /* the canonical one first */
	size_t count;
};
struct client_calls {
	void (*names)(const struct ip_address *address, struct client_names *names);
	bool (*is_member)(const char *netgroup, const char *name);
};
extern const struct client_calls client_calls_system;

struct clients_options {
	const struct client_calls *calls;
	const char *hosts; /* the file of hosts(5) */
	unsigned int at_once;
};

/*
 * Borrows the options' texts. NULL without memory or descriptors. Look-ups under way must have ended, or the process
 * ends, before it is freed.
 */
struct clients *clients_new(const struct clients_options *options);
void clients_free(struct clients *clients);

/* Where look-ups run: to be collected when readable. */
#define CLIENTS_POOLS 2
struct pool *clients_pool(const struct clients *clients, unsigned int i);

/* The netgroups that memberships are asked for; what was known of memberships in others is asked for anew.  -ENOMEM. */
int clients_set_netgroups(struct clients *clients, const char *const *netgroups, size_t count);

enum clients_answer {
	CLIENTS_KNOWN,
	CLIENTS_FAILED, /* nobody could say: with the names that were known before, if any, and not for long */
	CLIENTS_WAIT,	/* a look-up is under way: until then those that were known before */
};

/*
 * What is known of an address.  client borrows from clients until the next call of any function.  When the answer is
 * CLIENTS_WAIT a look-up is under way, and clients_wait() makes known when it has ended.
 */
enum clients_answer clients_find(struct clients *clients, const struct ip_address *address, int64_t now_ms,
				 struct access_client *client);

/*
 * Keeps a request until the address is known, at most for patience_ms; then ready is called with it, and late
 * tells that
 * it was patience that ended.  False when too many wait already, or so many in vain that nobody
 * seems to answer: the request stays the caller's.
 */
typedef void clients_ready(struct upcall_request *request, bool late, void *context);
bool clients_wait(struct clients *clients, const struct ip_address *address, struct upcall_request *request,
		  int64_t now_ms, int64_t patience_ms);
void clients_on_ready(struct clients *clients, clients_ready *ready, void *context);

/* Ends the patience of those whose time has come, and begins what may be; to be called now and then while some wait. */
void clients_tick(struct clients *clients, int64_t now_ms);
bool clients_anybody_waits(const struct clients *clients);

#endif
