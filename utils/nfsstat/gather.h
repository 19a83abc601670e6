/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gather: the counters that are asked for, of the sides that can be had. */
#ifndef NFSTLS_NFSSTAT_GATHER_H
#define NFSTLS_NFSSTAT_GATHER_H

#include "support/counters/counters.h"
#include "support/snapshot/snapshot.h"
#include "utils/nfsstat/cli.h"

struct gather {
	const struct cli *cli;
	const char *root;	  /* "" is the live system */
	bool has[COUNTERS_SIDES]; /* what is wanted, but for what cannot be had */
	struct snapshot snapshot; /* of now */
	struct counters now[COUNTERS_SIDES];
	struct counters since[COUNTERS_SIDES]; /* what now is compared with, when it is */
};

/*
 * Reads the file of -S into since.  A side that cannot be had is left out when there is another; the last one is an
 * error, of which *side is told.  Says on standard error when a raw file lacks a side.
 */
int gather_saved(struct gather *gather, enum counters_side *side, struct error *e);

/* The same for now, from the kernel. */
int gather_now(struct gather *gather, enum counters_side *side, struct error *e);

#endif
