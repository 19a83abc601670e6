/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/peer/peer.h"

#define PAUSE_MS 50
#define SETTLE_MS 1000 /* for the kernel to take over a connection whose handshake has ended */

/* The connections that are up at one moment. */
struct connections {
	struct ends {
		char local[ADDRESS_END_MAX], remote[ADDRESS_END_MAX];
		struct sockaddr_storage local_socket, remote_socket;
	} * at;
	size_t count;
	bool is_connecting; /* one at least */
	bool failed;
};

static void take(const struct transport_link *link, void *context)
{
	struct connections *all = context;
	struct ends *more;

	all->is_connecting |= link->connecting;
	if (!link->connected || !link->has_ports)
		return;
	more = reallocarray(all->at, all->count + 1, sizeof(*more));
	if (!more) {
		all->failed = true;
		return;
	}
	all->at = more;
	more += all->count++;
	*more = (struct ends){ .local_socket = link->local, .remote_socket = link->remote };
	address_end_text(&link->local, more->local);
	address_end_text(&link->remote, more->remote);
}

static void free_connections(struct connections *all)
{
	free(all->at);
}
#define AUTO_CONNECTIONS __attribute__((cleanup(free_connections))) struct connections

static int look(const struct peer_question *question, struct connections *all, struct error *e)
{
	int r = transport_of_mount("", question->major, question->minor, take, all, e);

	return !r && all->failed ? error_set(e, ENOMEM, "out of memory") : r;
}

/* The kernel tells them in an order of its own, which stays as it is. */
static bool are_same(const struct connections *a, const struct connections *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->at[i].local, b->at[i].local) || strcmp(a->at[i].remote, b->at[i].remote))
			return false;
	return true;
}

/* Nothing tells when the kernel has connected again. */
static void pause_shortly(void)
{
	static const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000 };

	(void)nanosleep(&pause, NULL);
}

/* Of all of them, or the first that is not proven. */
static int ask(const struct peer_question *question, const struct connections *all, struct agent_proof *proof,
	       struct error *e)
{
	int r = 0;

	for (size_t i = 0; !r && i < all->count && (!i || proof->verdict == AGENT_PROVEN); i++) {
		const struct agent_proof_question one = {
			.name = question->host,
			.local = &all->at[i].local_socket,
			.remote = &all->at[i].remote_socket,
			.hold = question->hold,
			.major = question->major,
			.minor = question->minor,
			.any_address = question->any_address,
		};

		r = agent_prove(&one, question->limit_ms, proof, e);
	}
	return r;
}

/*
 * Whether they are still all that there are: one that the kernel was making meanwhile has proven what it had to at its
 * begin.
 */
static int have_stayed(const struct peer_question *question, const struct connections *all, bool *stayed,
		       struct error *e)
{
	int64_t deadline = clock_ms() + SETTLE_MS;
	int r;

	for (;;) {
		AUTO_CONNECTIONS now = { 0 };

		r = look(question, &now, e);
		*stayed = !r && are_same(all, &now);
		if (r || !*stayed || !now.is_connecting || clock_ms() >= deadline)
			return r;
		pause_shortly();
	}
}

/* -EAGAIN: what was found holds no longer. */
static int prove_once(const struct peer_question *question, struct peer_finding *finding, struct error *e)
{
	AUTO_CONNECTIONS all = { 0 };
	struct agent_proof proof = { .again = true };
	bool stayed = false;
	int r = look(question, &all, e);

	if (!r)
		r = ask(question, &all, &proof, e);
	if (!r && all.count)
		r = have_stayed(question, &all, &stayed, e);
	if (r)
		return r;
	*finding = (struct peer_finding){ .verdict = proof.verdict };
	text_copy(finding->why, sizeof(finding->why), proof.reason);
	return stayed && !proof.again ? 0 : -EAGAIN;
}

int peer_prove(const struct peer_question *question, struct peer_finding *finding, struct error *e)
{
	int64_t deadline = clock_ms() + question->limit_ms;
	int r;

	*finding = (struct peer_finding){ .verdict = AGENT_UNKNOWN };
	do {
		r = prove_once(question, finding, e);
		if (r != -EAGAIN)
			return r;
		pause_shortly();
	} while (clock_ms() < deadline);
	return error_set(e, ETIMEDOUT, "%s", *finding->why ? finding->why : "none of its connections stays up");
}
