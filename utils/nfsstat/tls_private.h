/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files that fill a report share. */
#ifndef NFSTLS_NFSSTAT_TLS_PRIVATE_H
#define NFSTLS_NFSSTAT_TLS_PRIVATE_H

#include "utils/nfsstat/tls.h"

/* Adds a line to the notes. */
void tls_note(struct tls_report *report, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* The row is to be as strong as this, unless something stronger is demanded of it already. */
void tls_demand(struct tls_row *row, const struct policy_mode *minimum);

/* What a mount asks for, and what the policy, which must outlive it, demands of it. */
struct tls_mount_demand {
	enum xprtsec asked;
	bool has_minimum; /* false without a policy */
	struct policy_mode minimum;
	bool is_refused; /* the policy has no answer: nothing is good enough but the strongest */
	char why[256];
};

/* Once for each mount, however many transports it has; policy NULL for one that cannot be read. */
void tls_mount_demand_of(const struct policy *policy, const struct transport_mount *mount,
			 struct tls_mount_demand *demand);

/* Of a client's row: the strongest of all its mounts, whose demands are in the order of the list. */
void tls_demand_of_mounts(const struct tls_mount_demand *demands, struct tls_row *row);

/* Of all rows: the sessions of the agent; and its handshakes. */
void tls_ask_agent(struct tls_report *report);

/* Of all rows of the server: names of clients, and what the exports demand. */
void tls_fill_server(const struct tls_wishes *wishes, struct tls_report *report, const struct policy *policy);

#endif
