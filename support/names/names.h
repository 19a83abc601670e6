/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * names: many host names looked up at once, each once, within a bound.  A name server that is silent costs
 * the names it serves, and some seconds in all, never seconds for each.  It looks up and decides nothing.
 */
#ifndef NFSTLS_NAMES_H
#define NFSTLS_NAMES_H

#include <sys/socket.h>

#include "support/base/base.h"

#define NAMES_AT_ONCE_MAX 512u
#define NAMES_DEADLINE_MS 15000 /* for all of them */

struct names_answer {
	int status;	 /* 0, or EAI_* of getaddrinfo(3); EAI_AGAIN also when the deadline passed */
	char *canonical; /* as getaddrinfo(3) with AI_CANONNAME gives it */
	struct sockaddr_storage *addresses; /* each once, in the order of the resolver */
	size_t address_count;
};

struct names_limits {
	unsigned int at_once;	  /* 0: NAMES_AT_ONCE_MAX */
	unsigned int deadline_ms; /* 0: NAMES_DEADLINE_MS */
};

/* The look-up of one name; a seam for tests. Called in several threads at once. */
typedef int names_lookup(const char *name, struct names_answer *answer);

/* By getaddrinfo(3). */
int names_lookup_system(const char *name, struct names_answer *answer);

/*
 * Fills answers[0..count), one for each name; the names must be distinct for each to be looked up once.  A
 * look-up that has not ended at the deadline is left behind: its thread touches only memory of its own.
 * -ENOMEM, or -EAGAIN when no thread can be started.  Free with names_answers_free().
 */
int names_resolve(const char *const *names, size_t count, const struct names_limits *limits, names_lookup *lookup,
		  struct names_answer *answers, struct error *e);
void names_answers_free(struct names_answer *answers, size_t count);

#endif
