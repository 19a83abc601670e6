/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/tlshd/generation.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "utils/tlshd/keyholder.h"
#include "utils/tlshd/keyreader.h"
#include "utils/tlshd/signer.h"
#include "utils/tlshd/worker.h"

#define EMPTY_ROOT RUN_DIR "/nfs-tls/empty"

/* A worker that is held up at the very end of a handshake may still have it signed, and is told that it is too late. */
#define GRANT_GRACE_MS 1000

/* At least two, so that one that dies does not interrupt the service. */
static unsigned int choose_worker_count(unsigned int configured)
{
	cpu_set_t set;
	int cpus = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;

	if (configured)
		return configured;
	if (cpus < 2)
		return 2;
	return cpus > (int)POLICY_WORKERS_MAX ? POLICY_WORKERS_MAX : (unsigned int)cpus;
}

static int make_empty_root(struct error *e)
{
	if ((mkdir(RUN_DIR "/nfs-tls", 0755) < 0 && errno != EEXIST) ||
	    (mkdir(EMPTY_ROOT, 0555) < 0 && errno != EEXIST))
		return error_set(e, errno, "cannot make the folder %s: %s", EMPTY_ROOT, strerror(errno));
	return 0;
}

static void forget_process(struct worker_process *worker)
{
	pulse_free(worker->pulse);
	worker->pulse = NULL;
	worker->pid = 0;
	worker->channel = worker->grants = -1;
}

/* The pairs of a worker and its signer. */
enum { TASKS, KEYS, GRANTS, PAIR_COUNT };

/* [0] is the end of who is stronger: TASKS and GRANTS stay here, KEYS goes to the signer. */
static int make_pairs(int pair[PAIR_COUNT][2], struct error *e)
{
	int r = 0;

	memset(pair, -1, PAIR_COUNT * sizeof(pair[0]));
	for (size_t i = 0; !r && i < PAIR_COUNT; i++)
		r = message_pair(pair[i]);
	if (!r)
		r = signer_channels(pair[KEYS][1], pair[GRANTS][1]);
	return r ? error_set(e, -r, "cannot make a socket pair: %s", strerror(-r)) : 0;
}

static void close_pairs(int pair[PAIR_COUNT][2])
{
	for (size_t i = 0; i < PAIR_COUNT; i++) {
		close_fd(&pair[i][0]);
		close_fd(&pair[i][1]);
	}
}

static int fork_worker(struct worker_process *worker, int pair[PAIR_COUNT][2], struct error *e)
{
	struct generation *generation = worker->generation;
	struct worker_orders orders = {
		.credentials = generation->credentials,
		.user = &generation->user,
		.empty_root = EMPTY_ROOT,
		.parent = getpid(),
		.kernel_role = pair[TASKS][1],
		.signer = pair[KEYS][1],
		.pulse = worker->pulse,
	};
	int r = keyholder_add_signer(&generation->holder, pair[KEYS][0], pair[GRANTS][1]);

	if (r)
		return error_set(e, -r, "the key holder is gone: %s", strerror(-r));
	worker->pid = fork();
	if (worker->pid == 0)
		worker_run(&orders);
	if (worker->pid < 0)
		return error_set(e, errno, "cannot start a worker: %s", strerror(errno));
	return 0;
}

/* Takes over the kernel role's end, which nobody who does not read it may hold up. */
static int keep_end(int *end, int *kept, struct error *e)
{
	static const int room = WORKER_SLOTS * 1024; /* the kernel doubles this, and counts about 1 KiB for a message */

	*kept = *end;
	*end = -1;
	/* The default has room for 160 messages that were not yet read; where it may not grow, it stays. */
	(void)setsockopt(*kept, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	if (fcntl(*kept, F_SETFL, O_NONBLOCK) < 0)
		return error_set(e, errno, "cannot prepare a worker's channel: %s", strerror(errno));
	return 0;
}

int generation_start_worker(struct worker_process *worker, struct error *e)
{
	int pair[PAIR_COUNT][2];
	int r = make_pairs(pair, e);

	worker->pulse = pulse_new();
	worker->seen = (struct pulse_watch){ 0 };
	worker->state = PULSE_BEATS;
	if (!r)
		r = worker->pulse ? fork_worker(worker, pair, e) : error_set(e, ENOMEM, "out of memory");
	if (!r)
		r = keep_end(&pair[TASKS][0], &worker->channel, e);
	if (!r)
		r = keep_end(&pair[GRANTS][0], &worker->grants, e);
	close_pairs(pair);
	memset(worker->slot_taken, 0, sizeof(worker->slot_taken));
	worker->started_ms = clock_ms();
	worker->busy = 0;
	if (r)
		generation_end_worker(worker);
	return r;
}

/* ---- handshakes ------------------------------------------------------------ */

static int take_slot(struct worker_process *worker, uint32_t *slot)
{
	for (uint32_t i = 0; i < WORKER_SLOTS; i++)
		if (!worker->slot_taken[i]) {
			worker->slot_taken[i] = true;
			*slot = i;
			return 0;
		}
	return -EAGAIN;
}

void generation_forget(struct worker_process *worker, uint32_t slot)
{
	worker->slot_taken[slot] = false;
}

/* A reader that has gone is replaced. */
static int order_key(struct worker_process *worker, const struct key_order *order)
{
	struct process *reader = &worker->generation->reader;
	int r = keyreader_order(reader, order, worker->grants);
	struct error e;

	if (r != -EPIPE && r != -ECONNRESET && r != -ENOTCONN)
		return r;
	process_stop(reader);
	if (keyreader_start(EMPTY_ROOT, reader, &e)) {
		log_line(LOG_LEVEL_ERROR, "%s", e.text);
		return r;
	}
	return keyreader_order(reader, order, worker->grants);
}

/* The signer knows of the handshake before the worker does. */
static int grant(struct worker_process *worker, const struct task *task, const struct key_order *order)
{
	struct grant grant = {
		.news = SIGNER_GRANT,
		.slot = task->slot,
		.id = task->id,
		.role = task->role,
		.from_keyring = task->has_serials,
		.ends_ms = clock_ms() + task->limit_ms + GRANT_GRACE_MS,
		.end = task->end,
	};
	struct key_order full;
	int r;

	if (task->role == ROLE_CLIENT && !task->show_certificate)
		return 0; /* nothing to sign */
	text_copy(grant.reference, sizeof(grant.reference), task->reference);
	r = message_send(worker->grants, &grant, sizeof(grant), -1);
	if (r || !task->has_serials)
		return r;
	full = *order;
	full.id = task->id;
	full.slot = task->slot;
	return order_key(worker, &full);
}

int generation_assign(struct worker_process *worker, struct task *task, const struct key_order *order, const void *more,
		      int fd)
{
	int r = take_slot(worker, &task->slot);

	if (r)
		return r;
	r = grant(worker, task, order);
	if (!r)
		r = message_send_parts(worker->channel, task, sizeof(*task), more, task->more_size, fd);
	if (r)
		generation_forget(worker, task->slot);
	return r;
}

void generation_end_worker(struct worker_process *worker)
{
	close_fd(&worker->channel);
	close_fd(&worker->grants);
	if (worker->pid > 0) {
		(void)kill(worker->pid, SIGKILL);
		(void)waitpid(worker->pid, NULL, 0);
	}
	forget_process(worker);
}

static int start_processes(struct generation *new, struct error *e)
{
	int r = keyholder_start(new->credentials, &new->key_user, EMPTY_ROOT, &new->holder, e);

	if (!r)
		r = keyreader_start(EMPTY_ROOT, &new->reader, e);
	for (unsigned int i = 0; !r && i < new->worker_count; i++)
		r = generation_start_worker(&new->worker[i], e);
	return r;
}

/* What is wrong with files on which somebody is at work says nothing, and neither does what is right with them. */
static int load_still(const char *conf_path, const struct generation *before, struct credentials **credentials,
		      struct watch *watch, struct error *e)
{
	const int64_t begin = clock_ms();
	struct watch last = *watch;
	struct error busy;
	int r;

	*watch = (struct watch){ 0 };
	r = credentials_load(conf_path, before ? before->credentials : NULL, credentials, watch, e);
	still_inherit(&watch->files, &last.files);
	watch_free(&last);
	if (still_check(&watch->files, begin, &busy)) {
		*e = busy;
		return -EBUSY;
	}
	if (r)
		return r;
	return before ? policy_may_follow(before->credentials->policy, (*credentials)->policy, e) :
			policy_may_begin((*credentials)->policy, e);
}

int generation_new(const char *conf_path, const struct generation *before, unsigned int number,
		   struct generation **generation, struct watch *watch, struct error *e)
{
	struct generation *new = calloc(1, sizeof(*new));
	int r;

	if (!new)
		return error_set(e, ENOMEM, "out of memory");
	new->number = number;
	new->holder.channel = new->reader.channel = -1;
	for (unsigned int i = 0; i < POLICY_WORKERS_MAX; i++) {
		new->worker[i].generation = new;
		forget_process(&new->worker[i]);
	}
	r = load_still(conf_path, before, &new->credentials, watch, e);
	if (!r)
		r = sandbox_find_user(policy_user(new->credentials->policy), &new->user, e);
	if (!r)
		r = make_empty_root(e);
	if (!r) {
		sandbox_find_key_user(&new->user, &new->key_user);
		new->worker_count = choose_worker_count(policy_workers(new->credentials->policy));
		r = start_processes(new, e);
	}
	if (r) {
		generation_free(new);
		return r;
	}
	*generation = new;
	return 0;
}

void generation_retire(struct generation *generation)
{
	generation->retiring = true;
	for (unsigned int i = 0; i < generation->worker_count; i++)
		if (generation->worker[i].channel >= 0)
			(void)shutdown(generation->worker[i].channel, SHUT_WR);
}

bool generation_is_empty(const struct generation *generation)
{
	for (unsigned int i = 0; i < generation->worker_count; i++)
		if (generation->worker[i].pid > 0)
			return false;
	return true;
}

void generation_free(struct generation *generation)
{
	if (!generation)
		return;
	for (unsigned int i = 0; i < generation->worker_count; i++)
		generation_end_worker(&generation->worker[i]);
	process_stop(&generation->holder);
	process_stop(&generation->reader);
	credentials_free(generation->credentials);
	free(generation);
}
