/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * names: many host names looked up at once, each once, within a bound.  A name server that is silent costs
 * the names it serves, and some seconds in all, never seconds for each.  It looks up and decides nothing.
 */
#ifndef NFSTLS_NAMES_H
#define NFSTLS_NAMES_H

#include <sys/socket.h>

#include "support/base/base.h"
#include "support/export/export.h"

#define NAMES_AT_ONCE_MAX 512u
#define NAMES_DEADLINE_MS 15000 /* for all of them */

struct names_answer {
	int status;			    /* 0, or EAI_* of getaddrinfo(3); EAI_AGAIN also when the deadline passed */
	char *canonical;		    /* as getaddrinfo(3) with AI_CANONNAME gives it */
	struct sockaddr_storage *addresses; /* each once, in the order of the resolver */
	size_t address_count;
};

struct names_limits {
	unsigned int at_once;	  /* 0: NAMES_AT_ONCE_MAX */
	unsigned int deadline_ms; /* 0: NAMES_DEADLINE_MS */
};

/* The look-up of one name; a seam for tests. Called in several threads at once. */
typedef int names_lookup(const char *name, struct names_answer *answer);

/*
 * The resolver's own patience is up to 20 seconds a name; from here on it is a few, in this process.  An
 * administrator's RES_OPTIONS is left as it is.  To be called before there are threads.
 */
void names_shorten_patience(void);

/* By getaddrinfo(3). */
int names_lookup_system(const char *name, struct names_answer *answer);

/*
 * Fills answers[0..count), one for each name; the names must be distinct for each to be looked up once.  Those that
 * this host knows by itself are looked up before those for which others are asked, who may be silent.  A
 * look-up that has not ended at the deadline is left behind: its thread touches only memory of its own.
 * -ENOMEM, or -EAGAIN when no thread can be started.  Free with names_answers_free().
 */
int names_resolve(const char *const *names, size_t count, const struct names_limits *limits, names_lookup *lookup,
		  struct names_answer *answers, struct error *e);
void names_answers_free(struct names_answer *answers, size_t count);

/* ---- what this host knows by itself (local.c) ---------------------------------- */

#define NAMES_LOCAL_FILE SYSCONF_DIR "/hosts"

/*
 * Which names and addresses stand in the file of hosts(5): what is asked about them is answered at once.  It only tells
 * what to ask first; the answer is the resolver's.
 */
struct names_local;

/* Pure: lines that are none do not count.  NULL without memory. */
struct names_local *names_local_parse(const char *text, size_t size);
/* Of the file at path; one that cannot be read has nothing.  NULL without memory.  Free with names_local_free(). */
struct names_local *names_local_read(const char *path);
void names_local_free(struct names_local *local);

bool names_local_has_name(const struct names_local *local, const char *name);
/* size is 4 or 16; in network order. */
bool names_local_has_address(const struct names_local *local, const unsigned char *bytes, size_t size);

/* ---- the hosts of a table of exports (hosts.c) --------------------------------------- */

/* What the hosts in exports(5) stand for, each looked up once in a run. */
struct hosts;

enum host_state {
	HOST_NONE, /* no host: nothing to be looked up */
	HOST_KNOWN,
	HOST_GONE,	/* the name servers say that there is no such name */
	HOST_UNANSWERED /* nobody could say */
};

struct hosts *hosts_new(void); /* NULL without memory */
void hosts_free(struct hosts *hosts);

/* Wants a client looked up, if it is a host; an address is known at once.  -ENOMEM. */
int hosts_want(struct hosts *hosts, const char *client);

/* Looks up all that were wanted since the last time, at once.  -ENOMEM, or -EAGAIN without threads. */
int hosts_resolve(struct hosts *hosts, struct error *e);

/* The same, within limit_ms: for those for whom others wait. */
int hosts_resolve_within(struct hosts *hosts, unsigned int limit_ms, struct error *e);

/*
 * Those that nobody could say anything about stand for what they stood for in an earlier run.  *count is how many.
 * -ENOMEM.
 */
int hosts_remember(struct hosts *hosts, const struct hosts *before, size_t *count);

/*
 * What is known of a client; *host (which belongs to hosts) only for HOST_KNOWN.  One that was not wanted, or not
 * resolved yet, is HOST_UNANSWERED.
 */
enum host_state hosts_find(const struct hosts *hosts, const char *client, const struct export_host **host);

#endif
