/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of the daemon that reload.c and replies.c both need: whether it is out of date, and what comes later. */
#include "utils/exportd/daemon_private.h"

#define UNRESOLVED_AGAIN_S 60

bool daemon_is_stale(const struct daemon *daemon)
{
	return (daemon->build && !daemon->build_only_names) || daemon->stale_exports || daemon->stale_policy ||
	       daemon->stale_mounts;
}

void daemon_await_names(struct daemon *daemon)
{
	static const struct timeval tick = { 0, 250000 };

	if (!event_pending(daemon->tick, EV_TIMEOUT, NULL))
		event_add(daemon->tick, &tick);
}

void daemon_resolve_later(struct daemon *daemon)
{
	static const struct timeval later = { UNRESOLVED_AGAIN_S, 0 };

	event_add(daemon->unresolved, &later);
}

void daemon_look_at_policy_in(struct daemon *daemon, int ms)
{
	const struct timeval later = { ms / 1000, ms % 1000 * 1000 };

	event_add(daemon->policy_look, &later);
}
