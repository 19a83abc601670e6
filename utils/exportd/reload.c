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

/* What is read of the policy, beside the rest. */
struct build_policy {
	bool wanted;
	struct still files; /* of the last attempt, then of this one */
	struct rules *read; /* NULL: the ones that are in use go on */
	struct error error;
	int result;
};

struct build {
	struct pool_job job;
	struct daemon *daemon;
	struct generation_source source;
	struct exports *same; /* NULL: read etab, too */
	struct build_policy policy;
	struct generation *built;
	struct error error;
	int result;
};

#define POLICY_LOOK_MS 5000	 /* how often its files are looked at */
#define POLICY_LOOK_AGAIN_MS 100 /* and those that are not still, at most */

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
	return !file_stamp_equal(&now, &daemon->current->exports->etab) &&
	       !file_stamp_equal(&now, &daemon->refused_etab);
}

void daemon_look_for_changes(struct daemon *daemon)
{
	if (!daemon->build && etab_changed(daemon))
		daemon->stale_exports = true;
	if (mounts_changed(daemon))
		daemon->stale_mounts = true;
	daemon_rebuild(daemon);
}

/* ---- the policy ----------------------------------------------------------------------------------- */

static void policy_is_due(struct daemon *daemon)
{
	if (daemon->policy_due_ms)
		return;
	daemon->policy_due_ms = clock_ms();
	daemon->told_busy = false;
}

void daemon_look_at_policy(struct daemon *daemon, bool asked)
{
	bool reading = daemon->build && daemon->build->policy.wanted;
	int left = POLICY_LOOK_MS;

	if (asked || (!reading && still_changed(&daemon->policy_files)))
		policy_is_due(daemon);
	if (daemon->policy_due_ms && !reading) {
		still_look(&daemon->policy_files);
		left = still_left_ms(&daemon->policy_files);
		daemon->stale_policy |= !left;
		daemon_rebuild(daemon);
	}
	daemon_look_at_policy_in(daemon, left > POLICY_LOOK_AGAIN_MS ? left : POLICY_LOOK_AGAIN_MS);
}

static void policy_is_busy(struct daemon *daemon, const struct error *busy)
{
	policy_is_due(daemon);
	if (daemon->told_busy || clock_ms() - daemon->policy_due_ms < STILL_MOST_MS)
		return;
	daemon->told_busy = true;
	log_line(LOG_LEVEL_WARNING, "the policy is not read for %d seconds: %s (until then the old one stays in force)",
		 STILL_MOST_MS / 1000, busy->text);
}

static void take_policy(struct daemon *daemon, struct build_policy *policy)
{
	still_free(&daemon->policy_files);
	daemon->policy_files = policy->files;
	if (policy->result == -EBUSY) {
		policy_is_busy(daemon, &policy->error);
		return;
	}
	daemon->policy_due_ms = 0;
	if (policy->result) {
		log_line(LOG_LEVEL_ERROR, "%s: the policy that was read before stays in force", policy->error.text);
		return;
	}
	rules_release(daemon->source.rules);
	daemon->source.rules = policy->read;
}

/* ---- the next generation ------------------------------------------------------------------------ */

static void run_build(struct pool_job *job)
{
	struct build *build = (struct build *)job;
	struct build_policy *policy = &build->policy;

	if (policy->wanted)
		policy->result =
			rules_read(POLICY_FILE, build->source.rules, &policy->files, &policy->read, &policy->error);
	if (policy->read) {
		build->source.rules = policy->read;
		build->same = NULL;
	}
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

	if (old->rules != new->rules || old->unresolved != new->unresolved || old->remembered != new->remembered)
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
	/* What was mounted over a directory that is for few covers it no longer, or does so now. */
	bool demands_change = !generation_demands_as(daemon->current, build->built);
	bool flushes = daemon->told_unmounted || demands_change || (new_exports && must_flush(daemon, build));
	bool was_per_address = daemon->per_address;

	generation_free(daemon->current);
	daemon->current = build->built;
	daemon->told_unmounted = false;
	if (demands_change)
		daemon_forget_said(daemon);
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
	if (build->policy.wanted)
		take_policy(daemon, &build->policy);
	if (build->result)
		refuse(daemon, build);
	else
		swap(daemon, build);
	free(build);
	daemon_look_at_policy(daemon, false);
	daemon_look_for_changes(daemon);
	daemon_answer_parked(daemon);
}

void daemon_rebuild(struct daemon *daemon)
{
	struct build *build;

	if (daemon->build || !(daemon_is_stale(daemon) || daemon->stale_names))
		return;
	build = calloc(1, sizeof(*build));
	if (!build)
		return; /* the next event tries again */
	build->job.run = run_build;
	build->job.done = build_done;
	build->daemon = daemon;
	build->source = daemon->source;
	build->source.before = daemon->current->exports;
	daemon->build_only_names = !daemon_is_stale(daemon);
	if (!daemon->stale_exports && !daemon->stale_names)
		build->same = daemon->current->exports;
	if (daemon->stale_policy) {
		build->policy.wanted = true;
		build->policy.files = daemon->policy_files;
		daemon->policy_files = (struct still){ 0 };
	}
	if (pool_submit(daemon->builds, &build->job)) {
		if (build->policy.wanted)
			daemon->policy_files = build->policy.files;
		free(build);
		return;
	}
	daemon->build = build;
	daemon->stale_exports = daemon->stale_policy = daemon->stale_mounts = daemon->stale_names = false;
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
		log_line(LOG_LEVEL_WARNING,
			 "%zu exports in etab are for hosts that no name server knows: "
			 "nobody gets them; "
			 "asking again in a minute",
			 exports->unresolved);
	}
	if (exports->remembered)
		log_line(LOG_LEVEL_WARNING,
			 "no name server says anything about %zu hosts in etab: "
			 "they are taken for what they were before; asking again in a minute",
			 exports->remembered);
	if (exports->unresolved || exports->remembered)
		daemon_resolve_later(daemon);
}
