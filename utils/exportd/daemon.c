/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/exportd/daemon_private.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "support/names/names.h"
#include "support/rival/rival.h"
#include "utils/exportd/privileges.h"

#define GROUPS_THREADS 8u
#define QUESTIONS_WAITING_MAX 4096u
#define COMPLAIN_AGAIN_MS 60000
/* For 30 s the kernel takes a channel that was closed for one that will be opened again. */
#define LISTENERS_FORGOTTEN_S 31

/* ---- events ------------------------------------------------------------------------------------ */

static void on_upcall(int descriptor, short what, void *context)
{
	struct daemon *daemon = context;
	struct error e;

	(void)what;
	daemon_look_for_changes(daemon);
	if (!upcall_take(daemon->upcall, descriptor, daemon_on_request, daemon, &e) ||
	    (daemon->complained_ms && clock_ms() - daemon->complained_ms < COMPLAIN_AGAIN_MS))
		return;
	daemon->complained_ms = clock_ms();
	log_line(LOG_LEVEL_WARNING, "cannot read the kernel's questions: %s", e.text);
}

static void on_pool(int descriptor, short what, void *context)
{
	(void)descriptor;
	(void)what;
	pool_collect(context);
}

static void on_visitor(int descriptor, short what, void *context)
{
	struct daemon *daemon = context;

	(void)descriptor;
	(void)what;
	visitors_take(daemon->visitors);
}

static void say_visitor(const struct visitor_info *info, bool attached, void *context)
{
	(void)context;
	log_line(LOG_LEVEL_NOTICE, "v4.%u client %s: %s from %s", info->minor, attached ? "attached" : "detached",
		 info->id, info->address);
}

/* nfsd's file system may be mounted, or mounted anew, while we run. */
static void watch_visitors(struct daemon *daemon)
{
	if (daemon->visitors || visitors_new(VISITORS_FOLDER, say_visitor, daemon, &daemon->visitors, NULL))
		return;
	daemon->visitor_came = event_new(daemon->loop, visitors_descriptor(daemon->visitors), EV_READ | EV_PERSIST,
					 on_visitor, daemon);
	if (daemon->visitor_came)
		event_add(daemon->visitor_came, NULL);
}

static void on_mounts(int descriptor, short what, void *context)
{
	(void)descriptor;
	(void)what;
	watch_visitors(context);
	daemon_look_for_changes(context);
}

static void on_tick(int descriptor, short what, void *context)
{
	static const struct timeval tick = { 0, 250000 };
	struct daemon *daemon = context;

	(void)descriptor;
	(void)what;
	clients_tick(daemon->clients, clock_ms());
	if (clients_anybody_waits(daemon->clients))
		event_add(daemon->tick, &tick);
}

static void on_unresolved(int descriptor, short what, void *context)
{
	struct daemon *daemon = context;

	(void)descriptor;
	(void)what;
	daemon->stale_names = true;
	daemon_rebuild(daemon);
}

/*
 * Without manage-gids the kernel asks nobody for groups, but for those it has asked another daemon for, until just
 * now.  These questions have no "no" among the channel files, so they are ended by having the kernel forget them.
 */
static void on_forgotten(int descriptor, short what, void *context)
{
	struct daemon *daemon = context;
	struct error e;
	bool told;

	(void)descriptor;
	(void)what;
	if (nfsd_flush(daemon->nfsd, &told, &e))
		log_line(LOG_LEVEL_WARNING, "questions about groups may be left unanswered: %s", e.text);
}

static void watch_policy_folder(struct daemon *daemon)
{
	(void)inotify_add_watch(daemon->inotify, POLICY_FILE ".d",
				IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE);
}

/* What has changed in these folders is looked for; this only has it be found soon. */
static void on_inotify(int descriptor, short what, void *context)
{
	_Alignas(struct inotify_event) char buffer[8192];
	struct daemon *daemon = context;

	(void)what;
	while (read(descriptor, buffer, sizeof(buffer)) > 0)
		;
	watch_policy_folder(daemon); /* which may be new */
	daemon_look_at_policy(daemon, false);
	daemon_look_for_changes(daemon);
}

static void on_policy_look(int descriptor, short what, void *context)
{
	(void)descriptor;
	(void)what;
	daemon_look_at_policy(context, false);
}

static void on_signal(int number, short what, void *context)
{
	struct daemon *daemon = context;

	(void)what;
	switch (number) {
	case SIGHUP:
		log_line(LOG_LEVEL_NOTICE, "Caught signal %d: reading etab and the policy again", number);
		daemon->stale_exports = true;
		daemon_look_at_policy(daemon, true);
		daemon_rebuild(daemon);
		break;
	case SIGUSR1:
		log_most(LOG_LEVEL_DEBUG);
		break;
	case SIGUSR2:
		log_most(LOG_LEVEL_INFO);
		break;
	default:
		log_line(LOG_LEVEL_NOTICE, "Caught signal %d, exiting.", number);
		event_base_loopbreak(daemon->loop);
	}
}

/* ---- start and end -------------------------------------------------------------------------------- */

static bool add_event(struct daemon *daemon, int descriptor, short what, event_callback_fn callback, void *context)
{
	struct event *event = event_new(daemon->loop, descriptor, (short)(what | EV_PERSIST), callback, context);

	if (!event || event_add(event, NULL) < 0 || daemon->event_count == ARRAY_SIZE(daemon->events)) {
		if (event)
			event_free(event);
		return false;
	}
	daemon->events[daemon->event_count++] = event;
	return true;
}

static bool add_events(struct daemon *daemon)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2 };
	int descriptors[UPCALL_CACHES];
	size_t count = upcall_descriptors(daemon->upcall, descriptors);
	bool good = add_event(daemon, pool_descriptor(daemon->builds), EV_READ, on_pool, daemon->builds) &&
		    add_event(daemon, pool_descriptor(daemon->directory), EV_READ, on_pool, daemon->directory) &&
		    add_event(daemon, daemon->inotify, EV_READ, on_inotify, daemon) &&
		    /* This file is always readable; a change is an edge. */
		    add_event(daemon, daemon->mounts_event, EV_READ | EV_ET, on_mounts, daemon);

	for (unsigned int i = 0; good && i < CLIENTS_POOLS; i++) {
		struct pool *pool = clients_pool(daemon->clients, i);

		good = add_event(daemon, pool_descriptor(pool), EV_READ, on_pool, pool);
	}
	for (size_t i = 0; good && i < count; i++)
		good = add_event(daemon, descriptors[i], EV_READ, on_upcall, daemon);
	for (size_t i = 0; good && i < ARRAY_SIZE(signals); i++)
		good = add_event(daemon, signals[i], EV_SIGNAL, on_signal, daemon);
	if (good && upcall_way(daemon->upcall) == UPCALL_WAY_TEXT && !daemon->settings->manage_gids) {
		static const struct timeval then = { LISTENERS_FORGOTTEN_S, 0 };

		good = !event_base_once(daemon->loop, -1, EV_TIMEOUT, on_forgotten, daemon, &then);
	}
	daemon->tick = event_new(daemon->loop, -1, 0, on_tick, daemon);
	daemon->unresolved = event_new(daemon->loop, -1, 0, on_unresolved, daemon);
	daemon->policy_look = event_new(daemon->loop, -1, 0, on_policy_look, daemon);
	return good && daemon->tick && daemon->unresolved && daemon->policy_look;
}

static int open_watches(struct daemon *daemon, struct error *e)
{
	daemon->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	daemon->mounts_event = open(TREE_MOUNTINFO, O_RDONLY | O_CLOEXEC);
	daemon->mounts_check = open(TREE_MOUNTINFO, O_RDONLY | O_CLOEXEC);
	if (daemon->inotify < 0 || daemon->mounts_event < 0 || daemon->mounts_check < 0)
		return error_set(e, errno, "cannot watch files and mounts: %s", strerror(errno));
	/* Without this one every question still looks at etab; it only comes a little later. */
	(void)inotify_add_watch(daemon->inotify, daemon->settings->state_folder,
				IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE);
	(void)inotify_add_watch(daemon->inotify, SYSCONF_DIR,
				IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CREATE);
	watch_policy_folder(daemon);
	return 0;
}

/* A stranger, who may listen, must not keep the daemon from starting. */
static int check_listeners(struct error *e)
{
	uint32_t groups[UPCALL_NETLINK_GROUPS];
	int r = rival_check_listeners(groups, upcall_netlink_groups(groups), e);

	if (r > 0)
		log_line(LOG_LEVEL_WARNING, "%s", e->text);
	return r < 0 ? r : 0;
}

/* All that needs what root has, in one place; after it the capabilities are given up. */
static int open_kernel(struct daemon *daemon, struct error *e)
{
	const struct upcall_options options = { .root = "",
						.text_only = daemon->settings->no_netlink,
						.groups = daemon->settings->manage_gids };
	int r = rival_check_daemons("/proc", e);

	if (!r)
		r = check_listeners(e);
	if (!r)
		r = upcall_open(&options, &daemon->upcall, e);
	if (!r)
		r = nfsd_open("", upcall_way(daemon->upcall) == UPCALL_WAY_TEXT, &daemon->nfsd, e);
	if (!r)
		r = open_watches(daemon, e);
	return r ? r : privileges_drop(e);
}

static int start(struct daemon *daemon, struct error *e)
{
	const struct clients_options clients = { .calls = &client_calls_system,
						 .hosts = NAMES_LOCAL_FILE,
						 .at_once = daemon->settings->threads };
	bool told;
	int r;

	names_shorten_patience();
	r = open_kernel(daemon, e);
	if (r)
		return r;
	daemon->loop = event_base_new();
	daemon->directory = pool_new(GROUPS_THREADS, QUESTIONS_WAITING_MAX);
	daemon->builds = pool_new(1, 1);
	daemon->clients = clients_new(&clients);
	if (daemon->directory)
		daemon->groups = groups_new(daemon->directory, groups_lookup_system, daemon_on_groups, daemon);
	if (!daemon->loop || !daemon->builds || !daemon->clients || !daemon->groups)
		return error_set(e, ENOMEM, "out of memory");
	clients_on_ready(daemon->clients, daemon_on_client_ready, daemon);
	r = rules_read_first(POLICY_FILE, &daemon->policy_files, &daemon->source.rules, e);
	if (!r)
		r = generation_build(&daemon->source, NULL, &daemon->current, e);
	if (r)
		return r;
	if (!add_events(daemon))
		return error_set(e, ENOMEM, "cannot wait for events: out of memory");
	watch_visitors(daemon);
	daemon_use(daemon);
	daemon_look_at_policy(daemon, false);
	/* What another daemon, or an earlier life, has answered is not to be believed. */
	return nfsd_flush(daemon->nfsd, &told, e);
}

static void end(struct daemon *daemon)
{
	for (size_t i = 0; i < daemon->event_count; i++)
		event_free(daemon->events[i]);
	if (daemon->visitor_came)
		event_free(daemon->visitor_came);
	visitors_free(daemon->visitors);
	if (daemon->tick)
		event_free(daemon->tick);
	if (daemon->unresolved)
		event_free(daemon->unresolved);
	if (daemon->policy_look)
		event_free(daemon->policy_look);
	daemon_forget_requests(daemon);
	upcall_close(daemon->upcall);
	nfsd_close(daemon->nfsd);
	pool_free(daemon->directory);
	pool_free(daemon->builds);
	clients_free(daemon->clients);
	groups_free(daemon->groups);
	if (!daemon->build) { /* else a thread may be looking at it */
		generation_free(daemon->current);
		rules_release(daemon->source.rules);
	}
	still_free(&daemon->policy_files);
	if (daemon->loop)
		event_base_free(daemon->loop);
	close_fd(&daemon->inotify);
	close_fd(&daemon->mounts_event);
	close_fd(&daemon->mounts_check);
}

static void say_ready(const struct daemon *daemon)
{
	const struct exports *exports = daemon->current->exports;

	log_line(LOG_LEVEL_NOTICE, "ready: answers by %s, %zu exports in etab",
		 upcall_way(daemon->upcall) == UPCALL_WAY_NETLINK ? "netlink" : "the channel files in /proc/net/rpc",
		 export_table_count(exports->table));
}

int daemon_run(const struct settings *settings, void (*ready)(void *context), void *context, struct error *e)
{
	struct daemon daemon = {
		.settings = settings,
		.source = { .state_folder = settings->state_folder, .volume_calls = &volume_calls_system },
		.inotify = -1,
		.mounts_event = -1,
		.mounts_check = -1,
	};
	int r = start(&daemon, e);

	if (!r) {
		say_ready(&daemon);
		ready(context);
		event_base_dispatch(daemon.loop);
	}
	end(&daemon);
	return r;
}
