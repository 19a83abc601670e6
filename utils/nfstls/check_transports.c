/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every connection of the kernel's NFS, as support/verdict judges it: one line for each server or client. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/verdict/verdict.h"
#include "utils/nfstls/check.h"

#include <uthash.h>

#define NFS_PORT 2049u

static const char subject[] = "connections";

/* A server at one port, or a client at any. */
struct peer {
	char name[INET6_ADDRSTRLEN + 32]; /* "client 192.0.2.1", "server 192.0.2.2 port 20049" */
	unsigned int connections;
	const struct verdict_row *worst; /* it is the first of them: rows are in that order */
	UT_hash_handle hh;
};

static void name_peer(const struct transport_entry *t, struct peer *peer)
{
	const struct ip_address address = address_of(&t->remote);
	unsigned int port = t->is_server ? NFS_PORT : address_port(&t->remote);
	const char *side = t->is_server ? "client" : "server"; /* what it is to us */
	char host[ADDRESS_TEXT_MAX] = "?";

	if (address.size)
		address_text(&address, host);
	if (port == NFS_PORT)
		snprintf(peer->name, sizeof(peer->name), "%s %s", side, host);
	else
		snprintf(peer->name, sizeof(peer->name), "%s %s port %u", side, host, port);
}

/* False without memory. */
static bool count_row(struct peer **all, const struct verdict_row *row)
{
	struct peer *peer = calloc(1, sizeof(*peer)), *known;

	if (!peer)
		return false;
	name_peer(row->transport, peer);
	HASH_FIND_STR(*all, peer->name, known);
	if (known) {
		known->connections++;
		free(peer);
		return true;
	}
	peer->connections = 1;
	peer->worst = row;
	HASH_ADD_STR(*all, name, peer);
	if (peer->hh.tbl)
		return true;
	free(peer);
	return false;
}

static void say_peer(struct check *check, const struct peer *peer)
{
	const struct verdict_row *row = peer->worst;
	enum finding_level level = verdict_level(row->state);
	AUTO_STRBUF sentence = { 0 };
	char several[64] = "";

	verdict_sentence(row, &sentence);
	check->findings.failed |= sentence.failed;
	if (peer->connections > 1)
		snprintf(several, sizeof(several), "%u connections, %s ", peer->connections,
			 level == FINDING_OK ? "the first:" : "one of them:");
	check_say_from(check, level, peer->name, verdict_remedy(row), verdict_source(row), "%s%s", several,
		       sentence.text ? sentence.text : "");
}

static void say_peers(struct check *check, struct peer *all)
{
	struct peer *peer, *next;

	HASH_ITER(hh, all, peer, next) {
		say_peer(check, peer);
		HASH_DEL(all, peer);
		free(peer);
	}
}

void check_say_transports(struct check *check, const struct verdict_report *report)
{
	struct peer *all = NULL;

	for (size_t i = 0; i < report->list.count; i++)
		check->findings.failed |= !count_row(&all, &report->rows[i]);
	say_peers(check, all);
	if (!report->list.count)
		check_say(check, FINDING_OK, subject, NULL, "there is none of NFS");
	verdict_find_missing(report, &check->findings);
}

void check_transports(struct check *check)
{
	const struct verdict_wishes wishes = {
		.root = check->root,
		.config = check->config,
		.client = true,
		.server = true,
		.agent_limit_ms = AGENT_LIMIT_MS,
	};
	struct verdict_report report;
	struct error e;

	if (!check->live) {
		check_say(check, FINDING_UNKNOWN, subject, "run nfstls check on the host itself",
			  "not looked at, since another root is examined");
		return;
	}
	if (check_lacks_policy(check, subject))
		return;
	if (verdict_read_calmly(&wishes, &report, &e))
		check_say(check, FINDING_UNKNOWN, subject, "ask again as root", "cannot be examined: %s", e.text);
	else
		check_say_transports(check, &report);
	verdict_free(&report);
}
