/* SPDX-License-Identifier: GPL-2.0-or-later */
/* agent: what nfscert says to rpc.tlshd, and asks it. */
#ifndef NFSTLS_NFSCERT_AGENT_H
#define NFSTLS_NFSCERT_AGENT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Has rpc.tlshd read its certificates again, which it would do by itself at its next handshake; so what it does not
 * like is told now.  Says so on standard error; an agent that does not run is worth a word only with verbose.
 */
void agent_notify(const char *command, bool verbose);

/* Connections that show the certificate of that name now, by what the agent knows; both 0 when it cannot be asked. */
struct agent_shown {
	size_t client, server;
};
struct agent_shown agent_count_shown(const char *name);

#endif
