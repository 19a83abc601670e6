/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * agent: the client side of rpc.tlshd's control socket, for every program that
 * wants to know what the handshake agent knows.  One request, a line; one
 * answer, JSON as documented in rpc.tlshd(8); then the connection ends.
 */
#ifndef NFSTLS_AGENT_H
#define NFSTLS_AGENT_H

#include "support/base/base.h"

#define AGENT_SOCKET RUN_DIR "/nfs-tls/agent.sock"
#define AGENT_REQUEST_MAX 64u
#define AGENT_ANSWER_MAX (64u << 20)
#define AGENT_LIMIT_MS 30000 /* a reload reads every certificate */

/*
 * Sends request ("status", "failures", "sessions", "reload") to the agent at
 * path and puts its answer into *answer, which the caller frees.  Errors:
 * -ENOENT or -ECONNREFUSED when no agent runs, -EACCES when not root,
 * -ETIMEDOUT, -EPROTO for an answer that is cut short; each with its sentence.
 */
int agent_ask(const char *path, const char *request, struct strbuf *answer, struct error *e);

/* The same within limit_ms, for those who cannot wait. */
int agent_ask_within(const char *path, const char *request, int limit_ms, struct strbuf *answer, struct error *e);

#endif
