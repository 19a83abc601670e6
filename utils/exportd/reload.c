/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From one generation to the next.  exportfs replaces etab and then has the kernel forget its answers, so a question
 * that comes after that must find the new one: questions are kept back while the next generation is being built.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "utils/exportd/daemon_private.h"

struct build {
	struct pool_job job;
	struct daemon *daemon;
	struct generation_source source;
	struct exports *same; /* NULL: read etab and policy, too */
	bool policy; /* the policy may have changed */
	struct generation *built;
	struct error error;
	int result;
};

/* Something was mounted or unmounted since the last time (proc(5), /proc/[pid]/mounts). */
static bool mounts_changed(const struct daemon *daemon)
{
	struct pollfd check = { .fd = daemon->mounts_check, .events = POLLPRI };

	return poll(&check, 1, 0) > 0 && check.revents & (POLLPRI | POLLERR);
}

static bool etab_changed(const struct daemon *daemon)
{
	struct file_stamp now;

	generation_stamp(&daemon->source, &now);
	return !file_stamp_equal(&now, &daemon->current->exports->etab) && !file_stamp_equal(&now,
		&daemon->refused_etab);
}

bool daemon_is_stale(const struct daemon *daemon)
{
	return daemon->build || daemon->stale_exports || daemon->stale_policy || daemon->stale_mounts;
}

void daemon_look_for_changes(struct daemon *daemon)
{
	if (!daemon->build && etab_changed(daemon))
		daemon->stale_exports = true;
	if (mounts_changed(daemon))
		daemon->stale_mounts = true;
	daemon_rebuild(daemon);
}

/* ---- the next generation ------------------------------------------------------------------------ */

static void run_build(struct pool_job *job)
{
	struct build *build = (struct build *)job;

	build->result = generation_build(&build->source, build->same, &build->built, &build->error);
}

/*
 * exportfs has the kernel forget all answers after it has replaced etab.  One that was made from the old etab
 * may reach the
 * kernel after that, and must be forgotten, too; so must all where something else than etab has changed.
 */
static bool must_flush(const struct daemon *daemon, const struct build *build)
{
	const struct exports *old = daemon->current->exports, *new = build->built->exports;

	if (build->policy || old->unresolved != new->unresolved)
		return true;
	return !file_stamp_equal(&old->etab, &new->etab) && daemon->last_answer_ns >= new->etab.changed_ns;
}

static void flush(struct daemon *daemon)
{
	struct error e;
	bool told;

	if (nfsd_flush(daemon->nfsd, &told, &e))
		log_line(LOG_LEVEL_WARNING, "the kernel may go on with old answers: %s", e.text);
}

static void refuse(struct daemon *daemon, const struct build *build)
{
	generation_stamp(&daemon->source, &daemon->refused_etab);
	log_line(LOG_LEVEL_ERROR, "%s: what was exported before stays in force", build->error.text);
}

static void swap(struct daemon *daemon, struct build *build)
{
	bool new_exports = build->built->exports != daemon->current->exports;
	bool flushes = daemon->told_unmounted || (new_exports && must_flush(daemon, build));
	bool was_per_address = daemon->per_address;

	generation_free(daemon->current);
	daemon->current = build->built;
	daemon->told_unmounted = false;
	if (new_exports)
		daemon_use(daemon);
	if (flushes || was_per_address != daemon->per_address)
		flush(daemon);
}

static void build_done(struct pool_job *job)
{
	struct build *build = (struct build *)job;
	struct daemon *daemon = build->daemon;

	daemon->build = NULL;
	if (build->result)
		refuse(daemon, build);
	else
		swap(daemon, build);
	free(build);
	daemon_look_for_changes(daemon);
	daemon_answer_parked(daemon);
}

void daemon_rebuild(struct daemon *daemon)
{
	struct build *build;

	if (daemon->build || !daemon_is_stale(daemon))
		return;
	build = calloc(1, sizeof(*build));
	if (!build)
		return; /* the next event tries again */
	build->job.run = run_build;
	build->job.done = build_done;
	build->daemon = daemon;
	build->source = daemon->source;
	build->policy = daemon->stale_policy;
	if (!daemon->stale_exports && !daemon->stale_policy)
		build->same = daemon->current->exports;
	if (pool_submit(daemon->builds, &build->job)) {
		free(build);
		return;
	}
	daemon->build = build;
	daemon->stale_exports = daemon->stale_policy = daemon->stale_mounts = false;
}

/* ---- what follows ---------------------------------------------------------------------------------- */

void daemon_use(struct daemon *daemon)
{
	const struct exports *exports = daemon->current->exports;
	const char *const *netgroups;
	size_t count = access_netgroups(exports->access, &netgroups);

	if (clients_set_netgroups(daemon->clients, netgroups, count))
		log_line(LOG_LEVEL_WARNING, "out of memory: members of new netgroups are not known");
	daemon->per_address = daemon->settings->per_address || access_wants_own_domains(exports->access);
	daemon_forget_said(daemon);
	daemon->refused_etab = (struct file_stamp){ 0 };
	log_line(LOG_LEVEL_DEBUG, "new exports: %zu in etab", export_table_count(exports->table));
	if (exports->unresolved) {
		log_line(LOG_LEVEL_WARNING, "%zu exports in etab are for hosts that no name server knows: "
			"nobody gets them; "
			 "asking again in a minute", exports->unresolved);
		daemon_resolve_later(daemon);
	}
}
