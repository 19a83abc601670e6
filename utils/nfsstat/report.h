/* SPDX-License-Identifier: GPL-2.0-or-later */
/* report: what is shown at one time, and the three forms of it.  Forms append to a text. */
#ifndef NFSTLS_NFSSTAT_REPORT_H
#define NFSTLS_NFSSTAT_REPORT_H

#include "support/counters/counters.h"
#include "support/snapshot/snapshot.h"
#include "utils/nfsstat/cli.h"

struct report {
	const struct cli *cli;
	struct snapshot snapshot;
	bool has[COUNTERS_SIDES];
	struct counters side[COUNTERS_SIDES]; /* differences, where something is compared */
	bool is_interval;		      /* what has not changed is not shown */
	unsigned int seconds;		      /* is_interval: so long it was */
};

/* Whether the options, and what was counted, ask for it. */
bool report_shows_block(const struct report *report, enum counters_side side, enum counters_block block);
bool report_shows_table(const struct report *report, enum counters_side side, enum counters_table table);

void report_text(const struct report *report, struct strbuf *text); /* the layout of old */
void report_list(const struct report *report, struct strbuf *text); /* -l */
void report_json(const struct report *report, struct strbuf *text);

#endif
