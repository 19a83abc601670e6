/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of this folder share: the index over sections. */
#ifndef NFSTLS_POLICY_SECTIONS_PRIVATE_H
#define NFSTLS_POLICY_SECTIONS_PRIVATE_H

#include "support/policy/policy.h"

/* A section for a path, where that leads, and what the policy says of it. */
struct section {
	char *path; /* as the policy has it */
	struct tree_place place;
	struct policy_export answer;
	char *contradiction; /* not NULL: the policy has no answer */
};

struct policy_sections {
	const struct policy *policy;
	const struct tree *tree;
	struct tree *nothing; /* a tree of our own, where none was given */
	struct section *at;   /* sorted by spot */
	size_t count;
	const char **spots; /* of the sections, in the same order */
	char *last_path;    /* the one that was asked for last, and the answer */
	struct policy_demand last;
};

/* A demand of the section for the path alone.  Errors as policy_export(). */
int policy_begin_demand(const struct policy *policy, const char *path, struct policy_demand *demand, struct error *e);

/* Adds to a demand what the policy says of a path that is served, too; it must live as long as the demand is used. */
void policy_add_demand(struct policy_demand *demand, const struct policy_export *answer, const char *path);

/* The same of all sections for what lies there, above it and below.  Errors as policy_demand(). */
int policy_add_sections(const struct policy_sections *sections, const char *path, struct policy_demand *demand,
			struct error *e);

#endif
