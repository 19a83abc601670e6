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

#include "utils/tlshd/worker.h"

#define EMPTY_ROOT RUN_DIR "/nfs-tls/empty"

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
	worker->pid = 0;
	worker->channel = -1;
}

/* Both pairs: [0] stays here or goes to the signer, [1] is the worker's. */
static int make_pairs(int tasks[2], int keys[2], struct error *e)
{
	int r = message_pair(tasks);

	if (r)
		return error_set(e, -r, "cannot make a socket pair: %s", strerror(-r));
	r = message_pair(keys);
	if (!r)
		return 0;
	close(tasks[0]);
	close(tasks[1]);
	return error_set(e, -r, "cannot make a socket pair: %s", strerror(-r));
}

static void close_pair(int pair[2])
{
	close(pair[0]);
	close(pair[1]);
}

static int fork_worker(struct worker_process *worker, int tasks[2], int keys[2], struct error *e)
{
	struct generation *generation = worker->generation;
	struct worker_orders orders = {
		.credentials = generation->credentials,
		.user = &generation->user,
		.empty_root = EMPTY_ROOT,
		.parent = getpid(),
		.kernel_role = tasks[1],
		.signer = keys[1],
	};
	int r = keyholder_add_signer(&generation->holder, keys[0]);

	if (r)
		return error_set(e, -r, "the key holder is gone: %s", strerror(-r));
	worker->pid = fork();
	if (worker->pid == 0)
		worker_run(&orders);
	if (worker->pid < 0)
		return error_set(e, errno, "cannot start a worker: %s", strerror(errno));
	return 0;
}

int generation_start_worker(struct worker_process *worker, struct error *e)
{
	static const int room = WORKER_SLOTS * 1024; /* the kernel doubles this, and counts about 1 KiB for a task */
	int tasks[2], keys[2];
	int r = make_pairs(tasks, keys, e);

	if (r)
		return r;
	r = fork_worker(worker, tasks, keys, e);
	close_pair(keys);
	close(tasks[1]);
	/* The default has room for 160 tasks that the worker has not yet read; where it may not grow, it stays. */
	(void)setsockopt(tasks[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	if (!r && fcntl(tasks[0], F_SETFL, O_NONBLOCK) < 0)
		r = error_set(e, errno, "cannot prepare a worker's channel: %s", strerror(errno));
	worker->channel = tasks[0];
	worker->started_ms = clock_ms();
	worker->busy = 0;
	if (r)
		generation_end_worker(worker);
	return r;
}

void generation_end_worker(struct worker_process *worker)
{
	if (worker->channel >= 0)
		close(worker->channel);
	if (worker->pid > 0) {
		(void)kill(worker->pid, SIGKILL);
		(void)waitpid(worker->pid, NULL, 0);
	}
	forget_process(worker);
}

static int start_processes(struct generation *new, struct error *e)
{
	int r = keyholder_start(new->credentials, &new->holder, e);

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
	return !r && before ? policy_may_follow(before->credentials->policy, (*credentials)->policy, e) : r;
}

int generation_new(const char *conf_path, const struct generation *before, unsigned int number,
		   struct generation **generation, struct watch *watch, struct error *e)
{
	struct generation *new = calloc(1, sizeof(*new));
	int r;

	if (!new)
		return error_set(e, ENOMEM, "out of memory");
	new->number = number;
	new->holder.channel = -1;
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
	keyholder_stop(&generation->holder);
	credentials_free(generation->credentials);
	free(generation);
}
