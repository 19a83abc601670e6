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

#include "support/verdict/verdict_private.h"

struct verdict_seen_one {
	struct sockaddr_storage local, remote;
};

static bool is_clear(const struct transport_entry *t)
{
	return t->connected && (t->proof == TRANSPORT_CLEAR || t->proof == TRANSPORT_HALF);
}

/* Over what is a client's, a mount's, or of a file system that is mounted elsewhere, NFS has flowed. */
static bool is_nobodys(const struct verdict_row *row)
{
	const struct transport_entry *t = row->transport;

	return t->is_server ? !t->is_callback && !*row->client_id : t->is_stray && !t->has_file_system;
}

static bool may_be_starting(const struct verdict_row *row)
{
	return row->state == VERDICT_CLEAR && is_clear(row->transport) && is_nobodys(row);
}

/* It may be about to be the connection of a transport of which more is known. */
static bool may_have_ended(const struct verdict_row *row)
{
	return (row->state == VERDICT_WEAK || row->state == VERDICT_UNKNOWN) && row->transport->is_stray &&
	       row->transport->proof == TRANSPORT_ENCRYPTED && is_nobodys(row);
}

/* It was connected after the sockets were looked at. */
static bool came_late(const struct verdict_row *row)
{
	const struct transport_entry *t = row->transport;

	return row->state == VERDICT_UNKNOWN && t->connected && t->proof == TRANSPORT_UNPROVEN &&
	       !t->socket.local.ss_family;
}

bool verdict_may_change(const struct verdict_report *report, bool sees_sockets)
{
	for (size_t i = 0; sees_sockets && i < report->list.count; i++)
		if (may_be_starting(&report->rows[i]) || may_have_ended(&report->rows[i]) ||
		    came_late(&report->rows[i]))
			return true;
	return sees_sockets && report->list.client_missed;
}

static int compare_seen(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct verdict_seen_one));
}

int verdict_remember_clear(const struct verdict_report *report, struct verdict_seen *seen, struct error *e)
{
	*seen = (struct verdict_seen){ calloc(report->list.count + 1, sizeof(*seen->at)), 0 };
	if (!seen->at)
		return error_set(e, ENOMEM, "out of memory");
	for (size_t i = 0; i < report->list.count; i++) {
		const struct transport_entry *t = &report->list.at[i];

		if (is_clear(t))
			seen->at[seen->count++] = (struct verdict_seen_one){ t->local, t->remote };
	}
	qsort(seen->at, seen->count, sizeof(*seen->at), compare_seen);
	return 0;
}

static bool was_there(const struct verdict_seen *before, const struct transport_entry *t)
{
	const struct verdict_seen_one one = { t->local, t->remote };

	return bsearch(&one, before->at, before->count, sizeof(one), compare_seen);
}

void verdict_give_time(struct verdict_report *report, const struct verdict_seen *before)
{
	for (size_t i = 0; i < report->list.count; i++) {
		struct verdict_row *row = &report->rows[i];

		if (!may_be_starting(row) || was_there(before, row->transport))
			continue;
		row->is_new = true;
		if (transport_is_unused(&row->transport->socket))
			report->list.at[i].proof = TRANSPORT_STARTING;
		verdict_judge(row);
	}
}
