/* SPDX-License-Identifier: GPL-2.0-or-later */
/* show: what nfsstat does: reads, compares, waits, prints, and says in one sentence why it cannot. */
#ifndef NFSTLS_NFSSTAT_SHOW_H
#define NFSTLS_NFSSTAT_SHOW_H

#include "utils/nfsstat/cli.h"

/* All return the exit status. */
int show_counters(const struct cli *cli);
int show_mounts(const struct cli *cli);
int show_transports(const struct cli *cli);

#endif
