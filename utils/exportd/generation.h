/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * generation: everything that answers are made of, read at one moment: etab, what is mounted, and the indexes over
 * them and the policy.  It never changes; when something on the disk does, a new one is built beside it, in a thread,
 * and takes its place.
 */
#ifndef NFSTLS_EXPORTD_GENERATION_H
#define NFSTLS_EXPORTD_GENERATION_H

#include "support/access/access.h"
#include "support/policy/policy.h"
#include "utils/exportd/handle.h"
#include "utils/exportd/rules.h"
#include "utils/exportd/volumes.h"

struct exports;

/*
 * What is read; borrowed.  The rules, which new exports get, and what was known before change; the others are the same
 * for the process's life.
 */
struct generation_source {
	const char *state_folder;
	const struct volume_calls *volume_calls;
	struct rules *rules;
	const struct exports *before; /* NULL: nothing is known yet */
};

/* etab, and the index over it and the policy.  Shared by the generations between which neither changed. */
struct exports {
	struct export_list *list;
	struct export_table *table;
	struct rules *rules;
	const struct policy *policy; /* of the rules */
	struct hosts *hosts;
	struct access *access;
	struct file_stamp etab;
	size_t unresolved;  /* exports for hosts that no name server knew: they reach nobody */
	size_t remembered;  /* hosts that nobody could say anything about, and that are what they were before */
	unsigned int users; /* generations; counted by the thread that owns them */
};

struct generation {
	struct exports *exports;
	struct volumes *volumes;
	struct policy_sections *sections; /* what the policy makes of exports, as long as this is mounted */
	struct handle_index *handles;
};

/* Under both the same policy demands the same of every path that leads where it did. */
bool generation_demands_as(const struct generation *a, const struct generation *b);

/*
 * Reads all, or what is mounted only: same is then the exports to go on with.  May wait: for the lock of etab, for name
 * servers. A missing etab is an empty one.  -EINVAL with FILE:LINE:COLUMN for an etab that cannot be read whole.
 * The new generation has one user of its exports more; free with generation_free().
 */
int generation_build(const struct generation_source *source, struct exports *same, struct generation **generation,
		     struct error *e);
void generation_free(struct generation *generation);

/* How etab looks now, to be compared with how it did when it was read. */
void generation_stamp(const struct generation_source *source, struct file_stamp *stamp);

#endif
