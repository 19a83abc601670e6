/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_demands: what the policy demands of a connection, for check_transports.c. */
#ifndef NFSTLS_NFSTLS_CHECK_DEMANDS_H
#define NFSTLS_NFSTLS_CHECK_DEMANDS_H

#include <netinet/in.h>

#include "support/transport/transport.h"
#include "utils/nfstls/check.h"

/* "?" for what is none. */
void check_address_text(const struct policy_address *address, char text[INET6_ADDRSTRLEN]);

/* The weakest minimum of all exports: a connection serves them all.  *weakest stays as it is where nothing demands. */
void check_demand_of_exports(const struct check *check, struct policy_mode *weakest);

/* These add to minimum and most, which are none in the beginning.  Of a server that is known by its address alone. */
void check_demand_of_address(const struct check *check, const struct policy_address *address,
			     struct check_connection *connection);

/* Of a client's transport; also sets certain, and what the kernel was told. */
void check_demand_of_transport(const struct check *check, const struct transport_list *list,
			       const struct transport_entry *t, struct check_connection *connection);

#endif
