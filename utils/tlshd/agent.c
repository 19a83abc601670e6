/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/tlshd/agent_private.h"
#include "utils/tlshd/line.h"
#include "utils/tlshd/volumes.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <utlist.h>

#include "support/keys/keys.h"
#include "support/nfsd/nfsd.h"
#include "support/rival/rival.h"
#include "support/transport/transport.h"
#include "utils/tlshd/filter.h"
#include "utils/tlshd/ktls.h"
#include "utils/tlshd/proving.h"
#include "utils/tlshd/worker.h"

/* Requests taken from the kernel before they are looked at: the most that it lets wait. */
#define ACCEPT_BATCH 50u
/* No handshake is reported as failed sooner after its begin: see settle(). */
#define SETTLE_MS 20
/* How often, at most, the record is looked through for connections that are no more. */
#define PRUNE_MS 60000
/* How often changed files are looked for when no handshake comes. */
#define WATCH_SECONDS 5
/* How often nfsd's threads are counted. */
#define COUNT_THREADS_MS 1000

/* ---- the end of a handshake -------------------------------------------- */

static enum admission_end admission_end_of(const struct outcome *outcome)
{
	static const enum admission_end ends[] = {
		[REASON_PEER] = ADMISSION_FAILED,
		[REASON_SILENT_PEER] = ADMISSION_STALLED,
		[REASON_HOST] = ADMISSION_EXCUSED,
	};

	if (outcome->why == REASON_OK)
		return outcome->mutual ? ADMISSION_VERIFIED : ADMISSION_ANONYMOUS;
	return ends[reason_row(outcome->why)->blame];
}

static void log_handshake(const struct pending *pending, const struct record_handshake *handshake)
{
	enum log_level level = handshake->outcome->why == REASON_OK ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING;
	AUTO_STRBUF line = { 0 };

	if (!log_wants(level))
		return;
	line_of_handshake(handshake, clock_ms() - pending->started_ms, &line);
	log_line(level, "%s", line.failed ? "a handshake has ended, and there is no memory to tell of it" : line.text);
}

/*
 * A mount that lives has to outlast a server's restart, so what may pass by itself is a time-out for it.  A mount that
 * is just being made has nobody who waits for ever: with a time-out the kernel would try again without a
 * pause and without an end (net/sunrpc/sched.c, __rpc_execute), deaf to signals; mount.nfs tries again better.
 */
static int errno_for_kernel(const struct pending *pending)
{
	int code = reason_errno(pending->outcome.why);

	if (code == ETIMEDOUT && pending->role == ROLE_CLIENT && !volumes_mounted(&pending->remote))
		return EACCES;
	return code;
}

/* The record forgets the oldest when it is full, which may be one that lives. */
static void make_room(struct agent *agent)
{
	if (!record_is_full(agent->record) || clock_ms() < agent->prune_record_ms)
		return;
	agent->prune_record_ms = clock_ms() + PRUNE_MS;
	report_prune(agent);
}

static void pending_free(struct pending *pending)
{
	close(pending->fd);
	strbuf_free(&pending->names);
	bytes_free(&pending->chain);
	free(pending);
}

/* Tells the kernel, the log and the record; frees pending, which no worker and no list has any more. */
static void tell(struct agent *agent, struct pending *pending)
{
	struct outcome *outcome = &pending->outcome;
	struct record_handshake finished = {
		.id = pending->id,
		.role = pending->role,
		.peer = pending->peer,
		.lineage = pending->lineage,
		.local = pending->local,
		.remote = pending->remote,
		.outcome = outcome,
		.chain = &pending->chain,
		.when_ms = clock_day_ms(),
	};
	struct error e;
	int r = handshake_done(agent->handshake, pending->fd, errno_for_kernel(pending),
			       outcome->mutual && outcome->why == REASON_OK, &e);

	/* Success that the kernel did not hear of is none. */
	if (r && outcome->why == REASON_OK) {
		outcome->why = REASON_TIMEOUT;
		snprintf(outcome->cause, sizeof(outcome->cause), "the kernel had given up before: %.300s", e.text);
	}
	log_handshake(pending, &finished);
	make_room(agent);
	record_add(agent->record, &finished);
	if (pending->role == ROLE_CLIENT && outcome->why == REASON_OK)
		proving_note(agent, pending);
	if (pending->role == ROLE_SERVER)
		admission_end(agent->admission, &pending->visit, admission_end_of(outcome), clock_ms());
	agent->under_way--;
	pending_free(pending);
}

static void tell_settled(struct agent *agent, struct pending *pending)
{
	DL_DELETE(agent->settling, pending);
	event_free(pending->settled);
	tell(agent, pending);
}

static void on_settled(evutil_socket_t fd, short what, void *context)
{
	struct pending *pending = context;

	(void)fd;
	(void)what;
	tell_settled(pending->agent, pending);
}

/*
 * The kernel takes its reference on the socket only after it has announced the request, and drops it when it hears of
 * the end (net/handshake/request.c, handshake_req_submit() and handshake_complete()):
 *
 *   nfsd thread                        agent
 *   announce, preempted by the agent
 *                                      accept, refuse at once: done -> sock_put()
 *   sock_hold()                        (too late: the socket may be freed already)
 *
 * A handshake that works waits for its peer in between; one that is refused out of hand must be made to wait.
 */
static bool settle(struct agent *agent, struct pending *pending)
{
	int64_t left = pending->started_ms + SETTLE_MS - clock_ms();
	struct timeval wait = { .tv_usec = SETTLE_MS * 1000 };

	if (pending->outcome.why == REASON_OK || left <= 0)
		return false;
	pending->agent = agent;
	pending->settled = event_new(agent->loop, -1, 0, on_settled, pending);
	if (!pending->settled || event_add(pending->settled, &wait) < 0)
		return false;
	DL_APPEND(agent->settling, pending);
	return true;
}

/* Takes pending from its worker and reports its end, now or soon. */
void agent_conclude(struct agent *agent, struct pending *pending, const struct outcome *outcome)
{
	pending->outcome = *outcome;
	if (pending->worker) {
		DL_DELETE(pending->worker->pending, pending);
		generation_forget(pending->worker, pending->task.slot);
		pending->worker->busy--;
	}
	if (!settle(agent, pending))
		tell(agent, pending);
}

void agent_conclude_failed(struct agent *agent, struct pending *pending, enum reason why, const char *cause)
{
	struct outcome outcome = { .why = why };

	text_copy(outcome.cause, sizeof(outcome.cause), cause);
	agent_conclude(agent, pending, &outcome);
}

/* ---- requests of the kernel -------------------------------------------- */

static struct admission_visit visit_from(const struct sockaddr_storage *remote)
{
	struct admission_visit visit = { 0 };
	in_port_t port = 0;

	if (remote->ss_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)remote;

		visit.address = in6->sin6_addr;
		port = in6->sin6_port;
	} else if (remote->ss_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)remote;

		visit.address.s6_addr[10] = visit.address.s6_addr[11] = 0xff;
		memcpy(&visit.address.s6_addr[12], &in->sin_addr, 4);
		port = in->sin_port;
	}
	visit.privileged = port && ntohs(port) < IPPORT_RESERVED;
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
	task->end = policy_address_of(pending->role == ROLE_SERVER ? &pending->local : &pending->remote);
}

/* The name to verify is the mounted one; an address only where the kernel gave no name, and never reverse DNS. */
static void set_reference(struct pending *pending)
{
	char address[INET6_ADDRSTRLEN] = "";

	if (pending->role != ROLE_CLIENT)
		return;
	if (*pending->peer) {
		text_copy(pending->reference, sizeof(pending->reference), pending->peer);
		return;
	}
	if (IN6_IS_ADDR_V4MAPPED(&pending->visit.address))
		inet_ntop(AF_INET, &pending->visit.address.s6_addr[12], address, sizeof(address));
	else
		inet_ntop(AF_INET6, &pending->visit.address, address, sizeof(address));
	text_copy(pending->reference, sizeof(pending->reference), address);
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

static void log_task(const struct pending *pending, const struct task *task, const struct worker_process *worker)
{
	char address[TRANSPORT_END_MAX];

	if (!log_wants(LOG_LEVEL_DEBUG))
		return;
	transport_end_text(&pending->remote, address);
	log_line(LOG_LEVEL_DEBUG, "task %llu: role=%s addr=%s goes to worker %d, which has %u; patience %u ms",
		 (unsigned long long)task->id, role_word(task->role), address, (int)worker->pid, worker->busy,
		 task->patience_ms);
}

void agent_assign(struct agent *agent, struct pending *pending)
{
	struct worker_process *worker = workers_choose(agent);
	struct task *task = &pending->task;
	int r = -EAGAIN;

	task->more_size = (uint32_t)pending->names.size;
	if (worker)
		r = generation_assign(worker, task, &pending->order, pending->names.text, pending->fd);
	if (r) {
		agent_conclude_failed(agent, pending, REASON_AGENT_ERROR, "no worker takes the handshake");
		return;
	}
	log_task(pending, task, worker);
	pending->worker = worker;
	worker->busy++;
	worker->handshakes++;
	DL_APPEND(worker->pending, pending);
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

static void on_announced(evutil_socket_t fd, short what, void *context)
{
	struct agent *agent = context;

	(void)fd;
	(void)what;
	handshake_clear(agent->handshake);
	agent_accept_all(agent);
}

/* ---- generations -------------------------------------------------------- */

static void install(struct agent *agent, struct generation *generation)
{
	struct generation *old = agent->current;

	agent->current = generation;
	for (unsigned int i = 0; i < generation->worker_count; i++)
		workers_watch(agent, &generation->worker[i]);
	if (!old)
		return;
	LL_PREPEND(agent->retired, old);
	generation_retire(old);
	workers_drop_empty(agent);
}

static size_t count_certificates(const struct credentials *credentials, enum role role)
{
	size_t count = 0;

	for (size_t i = 0; i < credentials->role[role].certificate_count; i++)
		if (credentials_listed(credentials, role, i))
			count++;
	return count;
}

/* The usual certificate and trust, and how many others there are. */
static void describe_role(const struct credentials *credentials, enum role role, struct strbuf *text)
{
	const struct role_credentials *own = &credentials->role[role];
	const struct certificate *usual = credentials_certificate(credentials, role, &own->usual.certificate);
	size_t others = count_certificates(credentials, role);
	char names[IDENTITY_MAX] = "none";

	if (usual && usual->exists) {
		x509_cert_names(usual->own.chain.cert[0], names, sizeof(names));
		others--;
	}
	strbuf_addf(text, "; %s certificate %s", role_word(role), names);
	if (others)
		strbuf_addf(text, " and %zu other%s", others, others == 1 ? "" : "s");
	strbuf_addf(text, ", %u authorities", x509_trust_count(credentials_trust(credentials, role, &own->usual)));
	if (own->store_count > 1)
		strbuf_addf(text, " and %zu other trust store%s", own->store_count - 1,
			    own->store_count == 2 ? "" : "s");
}

void agent_describe(const struct generation *generation, struct strbuf *text)
{
	strbuf_addf(text, "%u workers as %s", generation->worker_count, generation->user.name);
	for (enum role role = 0; role < ROLE_COUNT; role++)
		describe_role(generation->credentials, role, text);
}

static void warn_of_public_trust(const struct credentials *credentials)
{
	if (count_certificates(credentials, ROLE_SERVER) && !credentials->role[ROLE_SERVER].usual.truststore.value)
		log_line(LOG_LEVEL_WARNING,
			 "[server] has no truststore=: a client certificate of any public"
			 " authority "
			 "counts as mutual authentication: name the authority that signs your clients");
}

static void warn_of_unloaded_files(const struct credentials *credentials)
{
	for (size_t i = 0; i < credentials->certificate_count; i++) {
		const struct certificate *certificate = &credentials->certificate[i];

		if (certificate->exists && owncert_file_differs(&certificate->own))
			log_line(LOG_LEVEL_WARNING,
				 "%s holds something else than what is loaded as %s, and is not "
				 "used: load it with \"nfscert load %s\"",
				 certificate->own.path, certificate->name, certificate->name);
	}
}

static void warn_of_what_was_unloaded(const struct credentials *credentials)
{
	for (size_t i = 0; i < credentials->certificate_count; i++)
		if (credentials->certificate[i].was_unloaded)
			log_line(LOG_LEVEL_WARNING,
				 "the certificate %s was unloaded, and handshakes that need it fail:"
				 " load it with \"nfscert load %s\", or take it out of the policy",
				 credentials->certificate[i].name, credentials->certificate[i].name);
}

/* Both roles may name the same file: what is said of it is said once. */
struct told {
	const char *text[16];
	size_t count;
};

static bool is_told(struct told *told, const char *text)
{
	for (size_t i = 0; i < told->count; i++)
		if (!strcmp(told->text[i], text))
			return true;
	if (told->count < ARRAY_SIZE(told->text))
		told->text[told->count++] = text;
	return false;
}

static void warn_of_lists_in(const struct x509_trust *trust, struct told *told)
{
	const struct x509_remark *remark;

	for (unsigned int i = 0; (remark = x509_trust_remark(trust, i)) && told->count < ARRAY_SIZE(told->text); i++)
		if (!is_told(told, remark->text))
			log_line(LOG_LEVEL_WARNING, "%s", remark->text);
}

static void warn_of_lists(const struct credentials *credentials)
{
	struct told told = { .count = 0 };

	for (enum role role = 0; role < ROLE_COUNT; role++)
		for (size_t i = 0; i < credentials->role[role].store_count; i++)
			warn_of_lists_in(credentials->role[role].store[i].trust, &told);
	if (told.count == ARRAY_SIZE(told.text))
		log_line(LOG_LEVEL_WARNING, "there may be more to say of the revocation lists: see nfstls check");
}

/* NULL: none is in use any more.  An agent that is only being started may be one too many, and says nothing. */
static void tell_policy(const struct agent *agent, const struct policy *policy)
{
	struct error e;

	if (agent->handshake && policy_keep(policy, &e))
		log_line(LOG_LEVEL_WARNING, "other programs may take a policy whose file is gone for none: %s", e.text);
}

int agent_build(struct agent *agent, struct error *e)
{
	struct generation *new;
	int r = generation_new(agent->options->conf_path, agent->current, agent->generations + 1, &new, &agent->watch,
			       e);

	if (r)
		return r;
	agent->generations++;
	install(agent, new);
	tell_policy(agent, new->credentials->policy);
	warn_of_public_trust(new->credentials);
	warn_of_unloaded_files(new->credentials);
	warn_of_what_was_unloaded(new->credentials);
	warn_of_lists(new->credentials);
	return 0;
}

static void on_watch_timer(evutil_socket_t fd, short what, void *context)
{
	struct agent *agent = context;

	(void)fd;
	(void)what;
	agent_reload_if_changed(agent);
	agent_reload_again(agent);
}

/* ---- life ---------------------------------------------------------------- */

static void on_signal(evutil_socket_t number, short what, void *context)
{
	struct agent *agent = context;
	struct error e;

	(void)what;

	if (number == SIGHUP)
		(void)agent_reload(agent, &e);
	else
		event_base_loopbreak(agent->loop);
}

static int watch_signals(struct agent *agent, struct error *e)
{
	static const int numbers[] = { SIGHUP, SIGTERM, SIGINT };

	(void)signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		agent->signals[i] = evsignal_new(agent->loop, numbers[i], on_signal, agent);
		if (!agent->signals[i] || event_add(agent->signals[i], NULL) < 0)
			return error_set(e, ENOMEM, "cannot watch for signals");
	}
	return 0;
}

static int watch_kernel(struct agent *agent, struct error *e)
{
	struct timeval interval = { .tv_sec = WATCH_SECONDS };

	agent->announced =
		event_new(agent->loop, handshake_fd(agent->handshake), EV_READ | EV_PERSIST, on_announced, agent);
	agent->watch_timer = event_new(agent->loop, -1, EV_PERSIST, on_watch_timer, agent);
	if (!agent->announced || event_add(agent->announced, NULL) < 0 || !agent->watch_timer ||
	    event_add(agent->watch_timer, &interval) < 0)
		return error_set(e, ENOMEM, "cannot watch the kernel");
	return 0;
}

static int check_rivals(struct error *e)
{
	struct handshake *probe;
	uint32_t group;
	int r = handshake_open(&probe, e);

	if (r)
		return r;
	/* Left again at once, so that our own membership is not taken for a rival's. */
	group = handshake_group(probe);
	handshake_close(probe);
	r = rival_check(group, getpid(), e);
	/* What this kernel cannot tell of anybody is no reason to do without an agent. */
	if (r > 0 || r == -EOPNOTSUPP)
		log_line(LOG_LEVEL_WARNING, "%s", e->text);
	return r < 0 && r != -EOPNOTSUPP ? r : 0;
}

/* One descriptor per handshake; the usual 1024 would be few in a storm. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

/*
 * On a busy machine the kernel's few places for waiting requests are full before an ordinary process runs at all.  The
 * kernel role does little at a time; its children are ordinary again.
 */
static void raise_priority(void)
{
	struct sched_param lowest = { .sched_priority = 1 };

	if (sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &lowest) < 0)
		log_line(LOG_LEVEL_NOTICE, "runs without real-time priority, and may lose handshakes in a storm: %s",
			 strerror(errno));
}

static int start(struct agent *agent, struct error *e)
{
	int r;

	raise_descriptor_limit();
	raise_priority();
	agent->loop = event_base_new();
	agent->look_timer = agent->loop ? evtimer_new(agent->loop, workers_on_look, agent) : NULL;
	agent->admission = admission_new();
	agent->record = record_new();
	if (snprintf(agent->shared_path, sizeof(agent->shared_path), "%s.names", agent->options->control_path) >=
	    (int)sizeof(agent->shared_path))
		return error_set(e, ENAMETOOLONG, "the socket name %s is too long", agent->options->control_path);
	if (!agent->loop || !agent->look_timer || !agent->admission || !agent->record)
		return error_set(e, ENOMEM, "out of memory");
	r = shared_load(agent->shared_path, &agent->shared, e);
	if (r)
		return r;
	/* Else workers would reach whatever the session of root reaches who started us by hand. */
	r = keys_own_session(e);
	if (!r)
		r = check_rivals(e);
	if (!r)
		r = ktls_prepare(e);
	/* What begins from here on, children and all, has no more power than it needs. */
	if (!r)
		r = sandbox_limit_capabilities(e);
	if (!r)
		r = filter_install(FILTER_KERNEL_ROLE, e);
	if (!r)
		r = agent_build_first(agent, e);
	if (!r)
		r = watch_signals(agent, e);
	if (!r)
		r = control_new(agent, agent->options->control_path, &agent->control, e);
	/* Joined last: from here on the kernel counts on us. */
	if (!r)
		r = handshake_open(&agent->handshake, e);
	return r ? r : watch_kernel(agent, e);
}

static void fail_all(struct agent *agent, struct generation *generation)
{
	struct pending *pending, *next;

	for (unsigned int i = 0; i < generation->worker_count; i++) {
		struct worker_process *worker = &generation->worker[i];

		DL_FOREACH_SAFE(worker->pending, pending, next)
			agent_conclude_failed(agent, pending, REASON_TIMEOUT, "the agent was stopped");
		proving_worker_ended(worker);
	}
	workers_free_generation(generation);
}

static void tell_all_settled(struct agent *agent)
{
	struct pending *pending, *next;

	if (agent->settling)
		(void)poll(NULL, 0, SETTLE_MS);
	DL_FOREACH_SAFE(agent->settling, pending, next)
		tell_settled(agent, pending);
}

static void stop(struct agent *agent)
{
	struct generation *generation, *next;

	tell_policy(agent, NULL);
	control_free(agent->control);
	LL_FOREACH_SAFE(agent->retired, generation, next)
		fail_all(agent, generation);
	if (agent->current)
		fail_all(agent, agent->current);
	tell_all_settled(agent);
	for (size_t i = 0; i < ARRAY_SIZE(agent->signals); i++)
		if (agent->signals[i])
			event_free(agent->signals[i]);
	if (agent->announced)
		event_free(agent->announced);
	if (agent->watch_timer)
		event_free(agent->watch_timer);
	if (agent->look_timer)
		event_free(agent->look_timer);
	if (agent->files_still)
		event_free(agent->files_still);
	handshake_close(agent->handshake);
	watch_free(&agent->watch);
	admission_free(agent->admission);
	record_free(agent->record);
	shared_free(agent->shared);
	if (agent->loop)
		event_base_free(agent->loop);
}

static void announce_ready(struct agent *agent)
{
	AUTO_STRBUF text = { 0 };

	agent_describe(agent->current, &text);
	log_line(LOG_LEVEL_NOTICE, "ready: %s", text.failed ? "" : text.text);
	(void)service_notify("READY=1");
}

int agent_run(const struct agent_options *options, struct error *e)
{
	struct agent agent = { .options = options, .started = time(NULL) };
	int r = start(&agent, e);

	if (!r) {
		tell_policy(&agent, agent.current->credentials->policy);
		announce_ready(&agent);
		agent_accept_all(&agent); /* requests may have waited for an agent */
		event_base_dispatch(agent.loop);
		(void)service_notify("STOPPING=1");
	}
	stop(&agent);
	return r;
}
