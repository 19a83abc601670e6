/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * watch: a call to the kernel that talks to a server, with a clock.  The kernel tries again without end where a
 * handshake is cut off, and may be deaf to signals meanwhile.  So the call is made in a child, which can be killed, or
 * left to itself.
 */
#ifndef NFSTLS_MOUNT_WATCH_H
#define NFSTLS_MOUNT_WATCH_H

#include <stdbool.h>
#include <stdint.h>

struct watch {
	int64_t notice_at;				    /* clock_ms(); when notice() is called, once */
	int64_t give_up_at;				    /* clock_ms(); 0: never */
	void (*notice)(void *context, int64_t *give_up_at); /* may shorten or extend; NULL: nobody cares */
	void *context;
};

/* What the child does, without standard streams; returns 0 or a positive errno. */
typedef int watched_call(const void *what);

/*
 * Returns what the call did, or a positive errno.  *gave_up is set, and ETIMEDOUT returned, when the watch ended it;
 * EINTR when it ended otherwise.  may_leave: a child that does not die of the signal is left behind, so nothing that
 * the call does may stay when it dies later.
 */
int watch_call(watched_call *call, const void *what, const struct watch *watch, bool may_leave, bool *gave_up);

#endif
