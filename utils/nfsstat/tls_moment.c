/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The moment before a handshake.  A connection begins in clear text: the client asks for TLS (RFC 9289 section 4.1),
 * and both kernels ask their agents.  Ours tells what is under way; but it may not have been asked yet, another agent
 * tells nothing, and the socket may be looked at before the agent is.  So what is not as it should be, and nobody's
 * yet, is looked at again.  What was not there before has proven nothing by being there for a moment: unless nothing of
 * NFS has gone over it yet, it is not known what it is.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "utils/nfsstat/tls_private.h"

#define MOMENT_MS 400

struct tls_seen_one {
	struct sockaddr_storage local, remote;
};

static bool is_clear(const struct transport_entry *t)
{
	return t->connected && (t->proof == TRANSPORT_CLEAR || t->proof == TRANSPORT_HALF);
}

/* Over what is a client's, a mount's, or of a file system that is mounted elsewhere, NFS has flowed. */
static bool is_nobodys(const struct tls_row *row)
{
	const struct transport_entry *t = row->transport;

	return t->is_server ? !t->is_callback && !*row->client_id : t->is_stray && !t->has_file_system;
}

static bool may_be_starting(const struct tls_row *row)
{
	return row->state == TLS_CLEAR && is_clear(row->transport) && is_nobodys(row);
}

/* It may be about to be the connection of a transport of which more is known. */
static bool may_have_ended(const struct tls_row *row)
{
	return (row->state == TLS_WEAK || row->state == TLS_UNKNOWN) && row->transport->is_stray &&
	       row->transport->proof == TRANSPORT_ENCRYPTED && is_nobodys(row);
}

/* It was connected after the sockets were looked at. */
static bool came_late(const struct tls_row *row)
{
	const struct transport_entry *t = row->transport;

	return row->state == TLS_UNKNOWN && t->connected && t->proof == TRANSPORT_UNPROVEN &&
	       !t->socket.local.ss_family;
}

bool tls_may_change(const struct tls_report *report, bool sees_sockets)
{
	for (size_t i = 0; sees_sockets && i < report->list.count; i++)
		if (may_be_starting(&report->rows[i]) || may_have_ended(&report->rows[i]) ||
		    came_late(&report->rows[i]))
			return true;
	return sees_sockets && report->list.client_missed;
}

static int compare_seen(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct tls_seen_one));
}

int tls_remember_clear(const struct tls_report *report, struct tls_seen *seen, struct error *e)
{
	*seen = (struct tls_seen){ calloc(report->list.count + 1, sizeof(*seen->at)), 0 };
	if (!seen->at)
		return error_set(e, ENOMEM, "out of memory");
	for (size_t i = 0; i < report->list.count; i++) {
		const struct transport_entry *t = &report->list.at[i];

		if (is_clear(t))
			seen->at[seen->count++] = (struct tls_seen_one){ t->local, t->remote };
	}
	qsort(seen->at, seen->count, sizeof(*seen->at), compare_seen);
	return 0;
}

static bool was_there(const struct tls_seen *before, const struct transport_entry *t)
{
	const struct tls_seen_one one = { t->local, t->remote };

	return bsearch(&one, before->at, before->count, sizeof(one), compare_seen);
}

void tls_give_time(struct tls_report *report, const struct tls_seen *before)
{
	for (size_t i = 0; i < report->list.count; i++) {
		struct tls_row *row = &report->rows[i];

		if (!may_be_starting(row) || was_there(before, row->transport))
			continue;
		row->is_new = true;
		if (transport_is_unused(&row->transport->socket))
			report->list.at[i].proof = TRANSPORT_STARTING;
		tls_judge(row);
	}
}

/* A signal that shortens it does no harm. */
static void wait_a_moment(void)
{
	const struct timespec moment = { .tv_nsec = MOMENT_MS * 1000000L };

	(void)nanosleep(&moment, NULL);
}

int tls_read_calmly(const struct tls_wishes *wishes, struct tls_report *report, struct error *e)
{
	struct tls_seen seen = { 0 };
	int r = tls_read(wishes, report, e);

	if (r || !tls_may_change(report, !*wishes->root))
		return r;
	r = tls_remember_clear(report, &seen, e);
	if (!r) {
		tls_free(report);
		wait_a_moment();
		r = tls_look(wishes, &seen, report, e);
	}
	free(seen.at);
	return r;
}
