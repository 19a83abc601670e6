/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proving: whether the server at the other end of a connection is the one of a name.  The handshake has shown that for
 * one name; mount.nfs(8) and others ask for more, since the kernel lets mounts of other names share the connection.
 * The chain that the server has shown is then judged anew, by a worker, since it is a peer's bytes, and by the policy
 * as it is now.
 *
 *   prove NAME LOCAL REMOTE                      is it?
 *   hold NAME LOCAL REMOTE MAJOR:MINOR [any]     and every handshake in place of this one's is to prove it, too, while
 *                                                the server of that file system has one mounted; any: at whatever
 *                                                address, as connections are added to those of the mount
 */
#ifndef NFSTLS_TLSHD_PROVING_H
#define NFSTLS_TLSHD_PROVING_H

#include <json-c/json.h>

#include "utils/tlshd/message.h"
#include "utils/tlshd/record.h"

struct agent;
struct generation;
struct pending;
struct question;
struct worker_process;

/* Takes the answer, in the form that rpc.tlshd(8) documents. */
typedef void proving_answer(struct json_object *answer, void *context);

/* Answers at once, and returns NULL, or later: then the question is cancelled by who no longer wants to know. */
struct question *proving_ask(struct agent *agent, bool hold, const char *arguments, proving_answer *answer,
			     void *context);
void proving_cancel(struct question *question);

/* The end of a question that the worker has been given; false when there is none. */
bool proving_outcome(struct agent *agent, struct worker_process *worker, const struct outcome *outcome);
void proving_worker_ended(struct worker_process *worker);

/* ---- proven.c ---- */

/* What was proven of a server by these credentials for that name, as far as it is known without a judge. */
struct record_proof proof_of(const struct generation *by, const char *name, const struct sockaddr_storage *remote);

/* Fills the names that the handshake has to prove besides its own.  False when it cannot be known. */
bool proving_names(struct agent *agent, struct pending *pending);

/* Remembers what a client's handshake, which has succeeded, has proven. */
void proving_note(struct agent *agent, const struct pending *pending);

#endif
