/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * groups: which groups a user is in, for manage-gids: asked in threads, since a directory service may be slow.
 * The kernel
 * remembers the answers.
 */
#ifndef NFSTLS_EXPORTD_GROUPS_H
#define NFSTLS_EXPORTD_GROUPS_H

#include "utils/exportd/pool.h"

struct groups;

struct groups_answer {
	bool failed;   /* nobody could say: no answer is better than a wrong one */
	uint32_t *ids; /* none for a user that is not known */
	size_t count;
};

/* What is found out about one user; a seam for tests.  Called in threads. */
typedef void groups_lookup(uint32_t uid, struct groups_answer *answer);
void groups_lookup_system(uint32_t uid, struct groups_answer *answer);

/* The answer for each user asked about, in the owner's thread; ids belong to the caller. */
typedef void groups_ready(uint32_t uid, const struct groups_answer *answer, void *context);

/* Borrows the pool.  NULL without memory. */
struct groups *groups_new(struct pool *pool, groups_lookup *lookup, groups_ready *ready, void *context);
void groups_free(struct groups *groups);

/* A user who is being asked about already is not asked about again.  -EAGAIN when too many are. */
int groups_ask(struct groups *groups, uint32_t uid);

#endif
