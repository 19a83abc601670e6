/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The requests of the kernel: taken as they come, and made tasks of workers. */
#include "utils/tlshd/agent_private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/nfsd/nfsd.h"
#include "utils/tlshd/proving.h"

/* Requests taken from the kernel before they are looked at: the most that it lets wait. */
#define ACCEPT_BATCH 50u
/* How often nfsd's threads are counted. */
#define COUNT_THREADS_MS 1000
static struct admission_visit visit_from(const struct sockaddr_storage *remote)
{
	struct admission_visit visit = { 0 };
	const unsigned int port = address_port(remote);

	if (remote->ss_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)remote;

		visit.address = in6->sin6_addr;
	} else if (remote->ss_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)remote;

		visit.address.s6_addr[10] = visit.address.s6_addr[11] = 0xff;
		memcpy(&visit.address.s6_addr[12], &in->sin_addr, 4);
	}
	visit.privileged = port && port < IPPORT_RESERVED;
	return visit;
}

/* NULL when the request is one that this agent performs, else why not. */
static const char *unsupported(const struct handshake_request *request)
{
	int protocol = 0;
	socklen_t size = sizeof(protocol);

	if (request->auth == HANDSHAKE_AUTH_PSK)
		return "handshakes with pre-shared keys (NVMe/TCP) are not supported";
	if (request->role != HANDSHAKE_MSG_TYPE_CLIENTHELLO && request->role != HANDSHAKE_MSG_TYPE_SERVERHELLO)
		return "the kernel asks for an unknown kind of handshake";
	if (request->auth != HANDSHAKE_AUTH_X509 && request->auth != HANDSHAKE_AUTH_UNAUTH)
		return "the kernel asks for an unknown kind of authentication";
	if (getsockopt(request->fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) < 0 || protocol != IPPROTO_TCP)
		return "the socket is not one of TCP";
	return NULL;
}

static struct pending *pending_new(struct agent *agent, const struct handshake_request *request)
{
	struct pending *pending = calloc(1, sizeof(*pending));
	socklen_t size = sizeof(pending->remote);

	if (!pending)
		return NULL;
	pending->id = ++agent->next_id;
	pending->fd = request->fd;
	pending->role = request->role == HANDSHAKE_MSG_TYPE_SERVERHELLO ? ROLE_SERVER : ROLE_CLIENT;
	pending->started_ms = clock_ms();
	text_copy(pending->peer, sizeof(pending->peer), request->peername);
	if (pending->role == ROLE_CLIENT)
		pending->lineage = lineage_of(request);
	/* A peer that has gone already has no address; its handshake fails by itself. */
	(void)getpeername(request->fd, (struct sockaddr *)&pending->remote, &size);
	size = sizeof(pending->local);
	(void)getsockname(request->fd, (struct sockaddr *)&pending->local, &size);
	pending->visit = visit_from(&pending->remote);
	pending->position = position_of(pending->fd);
	return pending;
}

/* Where the policy looks for sections of an address.  A peer that has gone has none; its handshake fails by itself. */
static void set_end(struct task *task, const struct pending *pending)
{
	task->end = address_of(pending->role == ROLE_SERVER ? &pending->local : &pending->remote);
}

/* The name to verify is the mounted one; an address only where the kernel gave no name, and never reverse DNS. */
static void set_reference(struct pending *pending)
{
	const struct ip_address remote = address_of(&pending->remote);
	char address[ADDRESS_TEXT_MAX];

	if (pending->role != ROLE_CLIENT)
		return;
	if (*pending->peer) {
		text_copy(pending->reference, sizeof(pending->reference), pending->peer);
		return;
	}
	address_text(&remote, address);
	text_copy(pending->reference, sizeof(pending->reference), *address ? address : "::");
}

/* They may be as many as they like at any time, but not every handshake need look. */
static unsigned int nfsd_threads(struct agent *agent)
{
	int64_t now = clock_ms();

	if (agent->nfsd_threads_ms && now - agent->nfsd_threads_ms < COUNT_THREADS_MS)
		return agent->nfsd_threads;
	agent->nfsd_threads_ms = now;
	agent->nfsd_threads = nfsd_thread_count("");
	return agent->nfsd_threads;
}

static void set_times(struct agent *agent, struct pending *pending, uint32_t kernel_limit_ms)
{
	struct task *task = &pending->task;

	if (pending->role == ROLE_SERVER) {
		task->patience_ms =
			admission_begin(agent->admission, &pending->visit, nfsd_threads(agent), pending->started_ms);
		task->limit_ms = SERVER_LIMIT_MS;
	} else {
		task->patience_ms = CLIENT_LIMIT_MS;
		task->limit_ms = CLIENT_LIMIT_MS;
	}
	if (kernel_limit_ms && kernel_limit_ms < task->limit_ms)
		task->limit_ms = kernel_limit_ms;
}

static void set_task(struct agent *agent, struct pending *pending, const struct handshake_request *request)
{
	struct task *task = &pending->task;

	task->id = pending->id;
	task->role = pending->role;
	task->show_certificate = request->auth == HANDSHAKE_AUTH_X509;
	task->has_serials = request->has_certificate && (request->certificate || request->private_key);
	task->certificate_serial = request->certificate;
	pending->order = (struct key_order){
		.certificate_serial = request->certificate,
		.key_serial = request->private_key,
	};
	set_end(task, pending);
	set_reference(pending);
	text_copy(task->reference, sizeof(task->reference), pending->reference);
	set_times(agent, pending, request->timeout_ms);
}

static void dispatch(struct agent *agent, const struct handshake_request *request)
{
	struct pending *pending = pending_new(agent, request);
	const char *refusal;

	if (!pending) {
		(void)handshake_done(agent->handshake, request->fd, ENOMEM, false, NULL);
		close(request->fd);
		return;
	}
	agent->under_way++;
	set_task(agent, pending, request);
	refusal = unsupported(request);
	if (refusal)
		agent_conclude_failed(agent, pending, REASON_UNSUPPORTED, refusal);
	else if (!pending->task.patience_ms)
		agent_conclude_failed(
			agent, pending, REASON_STALLED,
			"too many handshakes of this address or its network come to nothing for one more to be"
			" waited for");
	else if (!proving_names(agent, pending))
		agent_conclude_failed(
			agent, pending, REASON_AGENT_ERROR,
			"the names by which this connection is mounted are too many, or there is no memory");
	else
		agent_assign(agent, pending);
}

/* How many handshakes the workers could take on. */
static unsigned int free_slots(const struct agent *agent)
{
	unsigned int slots = 0;

	for (unsigned int i = 0; i < agent->current->worker_count; i++)
		if (agent->current->worker[i].channel >= 0)
			slots += WORKER_SLOTS - agent->current->worker[i].busy;
	return slots;
}

/* Takes requests until none waits, most are there or the kernel fails; returns how many. */
static unsigned int take_requests(struct agent *agent, struct handshake_request *request, unsigned int most)
{
	unsigned int count = 0;
	struct error e;

	while (count < most) {
		int r = handshake_accept(agent->handshake, &request[count], &e);

		if (r == 0)
			count++;
		else if (r == -EBADMSG)
			log_line(LOG_LEVEL_WARNING, "%s", e.text);
		else if (r == -EAGAIN)
			break;
		else {
			log_line(LOG_LEVEL_ERROR, "cannot take a handshake from the kernel: %s", e.text);
			break;
		}
	}
	return count;
}

/*
 * The kernel lets only a few requests wait (3 to 50, by its memory: net/handshake/netlink.c) and
 * refuses the rest, which ends those connections.  So all that wait are taken first, while there
 * are free slots, and looked at afterwards.
 */
void agent_accept_all(struct agent *agent)
{
	struct handshake_request request[ACCEPT_BATCH];
	unsigned int slots, count;

	do {
		slots = free_slots(agent);
		count = take_requests(agent, request, slots < ACCEPT_BATCH ? slots : ACCEPT_BATCH);
		if (count)
			agent_reload_if_changed(agent);
		for (unsigned int i = 0; i < count; i++)
			dispatch(agent, &request[i]);
	} while (count == ACCEPT_BATCH);
}

void agent_on_announced(evutil_socket_t fd, short what, void *context)
{
	struct agent *agent = context;

	(void)fd;
	(void)what;
	handshake_clear(agent->handshake);
	agent_accept_all(agent);
}
