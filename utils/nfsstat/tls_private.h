/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files that fill a report share. */
#ifndef NFSTLS_NFSSTAT_TLS_PRIVATE_H
#define NFSTLS_NFSSTAT_TLS_PRIVATE_H

#include "utils/nfsstat/tls.h"

/* Adds a line to the notes. */
void tls_note(struct tls_report *report, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* The row is to be as strong as this, unless something stronger is demanded of it already. */
void tls_demand(struct tls_row *row, const struct policy_mode *minimum);

/* What a client's mounts asked for, and what the policy demands of them. */
void tls_demand_of_mounts(const struct tls_report *report, const struct policy *policy, struct tls_row *row);

/* Of all rows: the sessions of the agent; and its handshakes. */
void tls_ask_agent(struct tls_report *report);

/* Of all rows of the server: names of clients, and what the exports demand. */
void tls_fill_server(const struct tls_wishes *wishes, struct tls_report *report, const struct policy *policy);

#endif
