/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every protected mount of this host: is the server at the other end of its connections the one that it names? */
#include <stdlib.h>
#include <string.h>

#include "support/peer/peer.h"
#include "utils/nfstls/check.h"

struct peers {
	struct check *check;
	struct peer_book *book;
	const struct transport_list *list;
};

static bool is_protected(const struct peers *peers, const struct transport_mount *mount)
{
	struct policy_subject question;
	struct policy_mount answer;
	struct error e;
	char word[64];

	if (mount_option_in(mount->options, "xprtsec", word, sizeof(word)))
		return mount_security_promised(mount->options) != XPRTSEC_NONE;
	return !policy_subject_of_mount(mount->source, mount->point, mount->options, &question, &e) &&
	       !policy_subject_ask(peers->check->policy, &question, &answer, &e) && answer.minimum.mode != XPRTSEC_NONE;
}

/* The worst of the connections of each mount counts; one that is not there now has nothing to prove. */
static void judge_connection(const struct peers *peers, const struct transport_entry *entry, struct peer_answer *worst)
{
	for (size_t i = 0; i < entry->mount_count; i++) {
		size_t number = entry->mounts[i];
		struct peer_answer answer;

		if (!is_protected(peers, &peers->list->mounts[number]))
			continue;
		peer_judge(peers->book, &entry->local, &entry->remote, &peers->list->mounts[number], &answer);
		if (!worst[number].why || worst[number].verdict == AGENT_PROVEN || answer.verdict == AGENT_NOT_PROVEN)
			worst[number] = answer;
	}
}

static void say_mount(struct check *check, const struct transport_mount *mount, const struct peer_answer *answer)
{
	if (answer->verdict == AGENT_NOT_PROVEN)
		check_say(check, CHECK_FAILURE, mount->point, "unmount it, and mount it again with mount.nfs",
			  "the server has not proven to be %s: %s", answer->host, answer->why);
	else if (answer->verdict == AGENT_UNKNOWN)
		check_say(check, CHECK_WARNING, mount->point,
			  "as root, with rpc.tlshd running, unmount all of this server and mount it again",
			  "whether the server is %s is not known, since %s", answer->host, answer->why);
}

static void check_all(struct peers *peers)
{
	AUTO_FREE struct peer_answer *worst = calloc(peers->list->mount_count + 1, sizeof(*worst));
	size_t judged = 0, proven = 0;

	for (size_t i = 0; worst && i < peers->list->count; i++) {
		const struct transport_entry *t = &peers->list->at[i];

		if (!t->is_server && t->connected && t->has_ends)
			judge_connection(peers, t, worst);
	}
	for (size_t i = 0; worst && i < peers->list->mount_count; i++) {
		if (!worst[i].why)
			continue;
		judged++;
		proven += worst[i].verdict == AGENT_PROVEN;
		say_mount(peers->check, &peers->list->mounts[i], &worst[i]);
	}
	if (!worst)
		check_say(peers->check, CHECK_WARNING, "servers", NULL, "not examined: out of memory");
	else if (judged && proven == judged)
		check_say(peers->check, CHECK_OK, "servers", NULL,
			  "all have proven the names that they are mounted by");
}

void check_proven(struct check *check, const struct agent_sessions *sessions, const struct transport_list *list)
{
	struct peers peers = { .check = check, .book = peer_book_new(sessions, AGENT_LIMIT_MS), .list = list };

	if (peers.book)
		check_all(&peers);
	else
		check_say(check, CHECK_WARNING, "servers", NULL, "not examined: out of memory");
	peer_book_free(peers.book);
}
