/* SPDX-License-Identifier: GPL-2.0-or-later */
/* agent: what nfscert says to rpc.tlshd. */
#ifndef NFSTLS_NFSCERT_AGENT_H
#define NFSTLS_NFSCERT_AGENT_H

#include <stdbool.h>

/*
 * Has rpc.tlshd read its certificates again, which it would do by itself at its next handshake; so what it does not
 * like is told now.  Says so on standard error; an agent that does not run is worth a word only with verbose.
 */
void agent_notify(const char *command, bool verbose);

/*
 * Has it give up the certificate that was unloaded, and its key, which it would else keep until there is another.
 * False, having said so, when it runs and does not.
 */
bool agent_forget(const char *name, bool verbose);

#endif
