/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The server's side: who its clients are, and what its exports demand of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utils/nfsstat/tls_private.h"

#include <uthash.h>

/* ---- exports ------------------------------------------------------------------------- */

static const enum xprtsec modes[TLS_KINDS] = { XPRTSEC_NONE, XPRTSEC_TLS, XPRTSEC_MTLS };

static void keep_weaker(bool *has, struct policy_mode *weakest, const struct policy_mode *other)
{
	if (!*has || !xprtsec_at_least(other->mode, weakest->mode))
		*weakest = *other;
	*has = true;
}

static void take_minimum(const struct policy_mode *minimum, unsigned int set, struct tls_served *to)
{
	keep_weaker(&to->has_minimum, &to->minimum, minimum);
	for (size_t i = 0; i < TLS_KINDS; i++) {
		if (!(set & modes[i]) || xprtsec_at_least(modes[i], minimum->mode) || to->has_breach[i])
			continue;
		to->breach[i] = *minimum;
		to->has_breach[i] = true;
	}
}

static bool takes_stronger(unsigned int set, size_t kind)
{
	for (size_t i = kind + 1; i < TLS_KINDS; i++)
		if (set & modes[i])
			return !(set & modes[kind]);
	return false;
}

static void count(struct tls_served *served, unsigned int set)
{
	served->count++;
	for (size_t i = 0; i < TLS_KINDS; i++) {
		served->takes[i] += (set & modes[i]) != 0;
		served->takes_stronger[i] += takes_stronger(set, i);
	}
	served->differ += !(set & XPRTSEC_TLS) != !(set & XPRTSEC_MTLS);
}

void tls_serve(struct tls_served *served, unsigned int set, const struct policy_mode *minimum)
{
	count(served, set);
	for (size_t i = 0; i < TLS_KINDS; i++)
		served->surely_takes[i] += (set & modes[i]) != 0;
	if (!minimum)
		return;
	take_minimum(minimum, set, served);
	keep_weaker(&served->has_sure_minimum, &served->sure_minimum, minimum);
}

void tls_may_serve(struct tls_served *served, unsigned int set, const struct policy_mode *minimum)
{
	count(served, set);
	if (!minimum)
		return;
	take_minimum(minimum, set, served);
	if (!served->strictest.source.file || !xprtsec_at_least(served->strictest.mode, minimum->mode))
		served->strictest = *minimum;
}

/* Whether none takes this kind of connection, and some take a stronger one. */
static bool refuses(const struct tls_served *served, enum tls_kind kind)
{
	bool stronger = false;

	for (unsigned int i = kind + 1; i < TLS_KINDS; i++)
		stronger = stronger || served->takes[i];
	return served->known && !served->takes[kind] && stronger;
}

/* As strong as it is proven to be. */
static enum tls_kind kind_of(const struct tls_row *row)
{
	if (row->transport->proof != TRANSPORT_ENCRYPTED)
		return TLS_KIND_CLEAR;
	return row->mutual == AGENT_MUTUAL_YES ? TLS_KIND_MTLS : TLS_KIND_TLS;
}

/* What is good enough for all exports that may be for it need not be for those that are. */
static bool is_doubtful(const struct tls_served *served, enum tls_kind kind)
{
	const struct policy_mode *most = served->has_sure_minimum ? &served->sure_minimum : &served->strictest;

	if (served->takes[kind] && !served->surely_takes[kind] && served->takes_stronger[kind])
		return true;
	return most->source.file && !xprtsec_at_least(modes[kind], most->mode);
}

void tls_compare_exports(const struct tls_served *served, struct tls_row *row)
{
	enum tls_kind kind = kind_of(row);
	bool is_certain = kind != TLS_KIND_TLS || row->mutual == AGENT_MUTUAL_NO;

	if (served->has_minimum)
		tls_demand(row, &served->minimum);
	if (served->has_breach[kind])
		tls_demand(row, &served->breach[kind]);
	row->minimum_unknown = row->minimum_unknown || !served->known;
	row->exports = served->count;
	row->exports_met = served->takes[kind];
	/* Where all take both or neither it does not matter which one it is. */
	row->exports_known = served->known && row->transport->proof != TRANSPORT_UNPROVEN &&
			     (is_certain || !served->differ);
	row->exports_refuse = row->transport->proof != TRANSPORT_UNPROVEN && is_certain && refuses(served, kind);
	row->exports_need_mutual = !is_certain && refuses(served, kind);
	row->exports_doubtful = is_doubtful(served, kind);
}

/* ---- the server's clients --------------------------------------------------------------- */

struct client_entry {
	const char *end; /* of the connection that it made first, or where it is called back */
	const struct transport_client *client;
	UT_hash_handle hh;
};

struct clients {
	struct client_entry *calling, *called; /* by these */
	struct client_entry *room;
};

/* Of several at one end the first counts; without memory it has no name. */
static void index_client(struct client_entry **table, const char *end, const struct transport_client *client,
			 struct client_entry *entry)
{
	struct client_entry *old;

	HASH_FIND_STR(*table, end, old);
	if (old)
		return;
	*entry = (struct client_entry){ .end = end, .client = client };
	HASH_ADD_KEYPTR(hh, *table, entry->end, strlen(entry->end), entry);
}

static void index_clients(const struct transport_list *list, struct clients *clients)
{
	*clients = (struct clients){ .room = calloc(2 * list->client_count + 1, sizeof(*clients->room)) };
	for (size_t i = 0; clients->room && i < list->client_count; i++) {
		const struct transport_client *client = &list->clients[i];

		index_client(&clients->calling, client->address, client, &clients->room[2 * i]);
		if (client->minor == 0)
			index_client(&clients->called, client->callback, client, &clients->room[2 * i + 1]);
	}
}

static void free_clients(struct clients *clients)
{
	HASH_CLEAR(hh, clients->calling);
	HASH_CLEAR(hh, clients->called);
	free(clients->room);
}

/* Of several connections of a client the kernel tells one, and of NFSv3 it tells none: those stay without a name. */
static void name_client(const struct clients *clients, struct tls_row *row)
{
	const struct client_entry *table = row->transport->is_callback ? clients->called : clients->calling;
	const struct client_entry *entry;
	char end[TRANSPORT_END_MAX];

	transport_end_text(&row->transport->remote, end);
	HASH_FIND_STR(table, end, entry);
	if (!entry)
		return;
	text_copy(row->client_id, sizeof(row->client_id), entry->client->id);
	text_copy(row->client_name, sizeof(row->client_name), entry->client->name);
}

/* ---- both ------------------------------------------------------------------------- */

void tls_fill_server(const struct tls_wishes *wishes, struct tls_report *report, const struct policy *policy)
{
	struct tls_exports *exports = tls_exports_read(wishes->root, policy, report);
	struct clients clients;

	index_clients(&report->list, &clients);
	for (size_t i = 0; i < report->list.count; i++) {
		struct tls_row *row = &report->rows[i];

		if (!row->transport->is_server)
			continue;
		tls_compare_exports(tls_exports_for(exports, &row->transport->remote), row);
		name_client(&clients, row);
	}
	free_clients(&clients);
	tls_exports_free(exports);
}
