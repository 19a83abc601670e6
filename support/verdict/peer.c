/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the server at the other end of a client's transport is the one that its mounts name. */
#include "support/peer/peer.h"
#include "support/verdict/verdict_private.h"

/* Nobody relies on who is at the other end of what may be in clear text. */
static bool is_to_be_protected(const struct verdict_mount_demand *demand)
{
	return demand->asked != XPRTSEC_NONE || demand->options != XPRTSEC_NONE || demand->is_refused ||
	       (demand->has_minimum && demand->minimum.mode != XPRTSEC_NONE);
}

static bool is_worse(enum agent_verdict a, enum agent_verdict b)
{
	return a != b && (a == AGENT_NOT_PROVEN || b == AGENT_PROVEN);
}

static void take(struct peer_book *book, const struct verdict_report *report, size_t number, struct verdict_row *row)
{
	const struct transport_mount *mount = &report->list.mounts[number];
	struct peer_answer answer = { .verdict = AGENT_UNKNOWN, .host = "?", .why = "there is no memory" };

	if (book)
		peer_judge(book, &row->transport->local, &row->transport->remote, mount, &answer);
	if (row->is_to_be_named && !is_worse(answer.verdict, row->named))
		return;
	row->is_to_be_named = true;
	row->named = answer.verdict;
	row->named_by = mount->point;
	text_copy(row->named_host, sizeof(row->named_host), answer.host);
	text_copy(row->named_why, sizeof(row->named_why), answer.why);
}

void verdict_take_peers(const struct agent_sessions *sessions, int limit_ms, struct verdict_report *report)
{
	struct peer_book *book = peer_book_new(sessions, limit_ms);

	for (size_t i = 0; i < report->list.count; i++) {
		struct verdict_row *row = &report->rows[i];
		const struct transport_entry *t = row->transport;

		if (t->is_server || t->is_callback || t->proof != TRANSPORT_ENCRYPTED)
			continue;
		for (size_t m = 0; m < t->mount_count; m++)
			if (is_to_be_protected(&report->demands[t->mounts[m]]))
				take(book, report, t->mounts[m], row);
	}
	peer_book_free(book);
}
