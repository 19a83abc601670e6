/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The server's side: who its clients are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/verdict/verdict_private.h"

#include <uthash.h>

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
static void name_client(const struct clients *clients, struct verdict_row *row)
{
	const struct client_entry *table = row->transport->is_callback ? clients->called : clients->calling;
	const struct client_entry *entry;
	char end[ADDRESS_END_MAX];

	address_end_text(&row->transport->remote, end);
	HASH_FIND_STR(table, end, entry);
	if (!entry)
		return;
	text_copy(row->client_id, sizeof(row->client_id), entry->client->id);
	text_copy(row->client_name, sizeof(row->client_name), entry->client->name);
}

/* ---- both ------------------------------------------------------------------------- */

void verdict_fill_server(const struct verdict_wishes *wishes, struct verdict_report *report,
			 const struct policy *policy)
{
	struct verdict_exports *exports = verdict_exports_read(wishes->root, policy, report);
	struct clients clients;

	index_clients(&report->list, &clients);
	for (size_t i = 0; i < report->list.count; i++) {
		struct verdict_row *row = &report->rows[i];

		if (!row->transport->is_server)
			continue;
		verdict_compare_exports(verdict_exports_for(exports, &row->transport->remote), row);
		name_client(&clients, row);
	}
	free_clients(&clients);
	verdict_exports_free(exports);
}
