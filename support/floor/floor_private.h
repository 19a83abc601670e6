/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of this folder share: the index over sections. */
#ifndef NFSTLS_FLOOR_PRIVATE_H
#define NFSTLS_FLOOR_PRIVATE_H

#include "support/floor/floor.h"

/* A section for a path, where that leads, and what the policy says of it. */
struct section {
	char *path; /* as the policy has it */
	struct tree_place place;
	struct policy_export answer;
	char *contradiction; /* not NULL: the policy has no answer */
};

struct floor {
	const struct policy *policy;
	const struct tree *tree;
	struct tree *nothing;	  /* a tree of our own, where none was given */
	struct section *sections; /* sorted by spot */
	size_t count;
	const char **spots; /* of the sections, in the same order */
	char *last_path;    /* the one that was asked for last, and the answer */
	struct floor_demand last;
};

/* A demand of the section for the path alone.  Errors as policy_export(). */
int floor_begin_demand(const struct policy *policy, const char *path, struct floor_demand *demand, struct error *e);

/* Adds to a demand what the policy says of a path that is served, too; it must live as long as the demand is used. */
void floor_add_demand(struct floor_demand *demand, const struct policy_export *answer, const char *path);

/* The same of all sections for what lies there, above it and below.  Errors as floor_demand(). */
int floor_add_sections(const struct floor *floor, const char *path, struct floor_demand *demand, struct error *e);

#endif
