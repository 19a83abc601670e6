/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * diagnosis: the cause of a mount's failure, in one sentence with its remedy.  The kernel has one errno for
 * a dozen causes; those who know are, in this order: the handshake agent of this host, its other daemons and devices,
 * the server itself (nfstls(8) probe, so that no TLS library runs in a setuid program), and the export, which takes one
 * xprtsec= or sec= and not another.  Asked only after a failure, and each within seconds.
 */
#ifndef NFSTLS_MOUNT_DIAGNOSIS_H
#define NFSTLS_MOUNT_DIAGNOSIS_H

#include <stdint.h>

#include "support/reason/reason.h"
#include "support/xprtsec/xprtsec.h"
#include "utils/mount/kernel.h"
#include "utils/mount/resolve.h"

/* Whom to ask.  Seams. */
struct diagnosis_calls {
	/* The agent's answer to "failures"; errors of agent_ask(). */
	int (*agent)(void *context, struct strbuf *answer, struct error *e);
	/* Who else holds the agents' group; as rival_check(). */
	int (*rival)(void *context, struct error *e);
	/* What nfstls probe --json says of the server; negative errno when it cannot be run. */
	int (*probe)(void *context, struct strbuf *answer);
	/* Would the same mount succeed in this mode, with this sec= (NULL: its own)?  0 or -errno. */
	int (*try_as)(void *context, enum xprtsec mode, const char *sec);
	/* Does rpc.gssd run here, and is there an RDMA device? */
	bool (*has_gssd)(void *context);
	bool (*has_rdma)(void *context);
	/* -v: one step of the reasoning. */
	void (*tell)(void *context, const char *step);
	void *context;
};

struct diagnosis_question {
	const char *host; /* as the user wrote it */
	const struct address *addresses;
	size_t address_count;
	enum xprtsec mode, minimum;
	const char *sec; /* of sec=; "sys" without */
	bool rdma;
	int64_t began_ms; /* the first attempt, clock_day_ms() */
	const struct kernel_failure *failure;
	const struct diagnosis_calls *calls;
	bool discreet; /* no reasons, which quote the policy: who reads the sentence may not be allowed to read that */
};

/*
 * Appends the cause and true, or nothing and false when nobody knows it.
 */
bool diagnosis_find(const struct diagnosis_question *question, struct strbuf *cause);

/*
 * The same while a mount is still waiting: what it waits for.  connected: the server has taken a connection, so that
 * it is the handshake that is waited for.  *hopeless is set when waiting longer cannot help unless somebody acts.
 */
bool diagnosis_waiting(const struct diagnosis_question *question, bool connected, struct strbuf *cause, bool *hopeless);

/*
 * Whether the failure was a handshake that may succeed by itself some time later, as when the server is just
 * starting; appends the cause.  *hopeless as above.  Asks the agent only.
 */
bool diagnosis_is_transient(const struct diagnosis_question *question, struct strbuf *cause, bool *hopeless);

/*
 * Pure: the youngest failure since question->began_ms of a handshake with one of the server's addresses in the
 * agent's JSON (rpc.tlshd(8)).  Appends its sentence; returns its row, which is never NULL then, or NULL without one.
 */
const struct reason_row *diagnosis_from_agent(const struct diagnosis_question *question, const char *json,
					      struct strbuf *cause);

#endif
