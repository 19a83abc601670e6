/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hosts: the names of hosts in this run, each looked up once. */
#ifndef NFSTLS_HOSTS_H
#define NFSTLS_HOSTS_H

#include "support/export/export.h"

struct hosts;

enum host_state {
	HOST_NONE, /* no host: nothing to be looked up */
	HOST_KNOWN,
	HOST_GONE,	/* the name servers say that there is no such name */
	HOST_UNANSWERED /* nobody could say */
};

struct hosts *hosts_new(void); /* NULL without memory */
void hosts_free(struct hosts *hosts);

/* Wants a client looked up, if it is a host; an address is known at once.  -ENOMEM. */
int hosts_want(struct hosts *hosts, const char *client);

/* Looks up all that were wanted since the last time, at once.  -ENOMEM, or -EAGAIN without threads. */
int hosts_resolve(struct hosts *hosts, struct error *e);

/* The same, within limit_ms: for those for whom others wait. */
int hosts_resolve_within(struct hosts *hosts, unsigned int limit_ms, struct error *e);

/*
 * Those that nobody could say anything about stand for what they stood for in an earlier run.  *count is how many.
 * -ENOMEM.
 */
int hosts_remember(struct hosts *hosts, const struct hosts *before, size_t *count);

/*
 * What is known of a client; *host (which belongs to hosts) only for HOST_KNOWN.  One that was not wanted, or not
 * resolved yet, is HOST_UNANSWERED.
 */
enum host_state hosts_find(const struct hosts *hosts, const char *client, const struct export_host **host);

#endif
