/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The server's side: who its clients are, and what its exports demand of them. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/export/export.h"
#include "utils/nfsstat/tls_private.h"

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#define ETAB EXPORT_STATE_FOLDER "/" EXPORT_ETAB_NAME

/* ---- exports ------------------------------------------------------------------------- */

/* How many exports take a transport of each mode, and the weakest minimum of all. */
/* Each kind of connection, from the weakest; the modes of exports are exact. */
static const enum xprtsec kinds[] = { XPRTSEC_NONE, XPRTSEC_TLS, XPRTSEC_MTLS };
#define KINDS 3u

struct served {
	bool known;
	size_t count, takes[KINDS];	       /* exports that take a kind */
	bool has_minimum;
	struct policy_mode minimum;	       /* the weakest of all: a connection serves them all */
	bool has_breach[KINDS];
	struct policy_mode breach[KINDS]; /* the minimum of an export that takes a kind below it */
};

static void take_minimum(const struct policy_mode *minimum, unsigned int set, struct served *to)
{
	if (!to->has_minimum || !xprtsec_at_least(minimum->mode, to->minimum.mode))
		to->minimum = *minimum;
	to->has_minimum = true;
	for (size_t i = 0; i < KINDS; i++) {
		if (!(set & kinds[i]) || xprtsec_at_least(kinds[i], minimum->mode) || to->has_breach[i])
			continue;
		to->breach[i] = *minimum;
		to->has_breach[i] = true;
	}
}

static void take_export(struct tls_report *report, const struct export_entry *entry, const struct policy *policy,
			struct served *to)
{
	unsigned int set = entry->options->xprtsec ? entry->options->xprtsec : XPRTSEC_ALL;
	struct policy_export answer;
	struct error e;

	to->count++;
	for (size_t i = 0; i < KINDS; i++)
		to->takes[i] += (set & kinds[i]) != 0;
	if (!policy)
		return;
	if (policy_export(policy, entry->path, &answer, &e)) {
		tls_note(report, "%s: what the policy demands is not known: %s", entry->path, e.text);
		to->known = false;
		return;
	}
	take_minimum(&answer.minimum, set, to);
}

static void read_exports(struct tls_report *report, const struct tls_wishes *wishes, const struct policy *policy,
			 struct served *to)
{
	AUTO_EXPORT_LIST *list = export_list_new();
	AUTO_BYTES file = { 0 };
	char path[PATH_MAX];
	struct policy_export answer;
	struct error e;

	snprintf(path, sizeof(path), "%s%s", wishes->root, ETAB);
	if (!list || file_read(path, EXPORT_ETAB_MAX, FILE_ANY, &file, &e) ||
	    export_parse(list, path, (const char *)file.data, file.size, &e)) {
		tls_note(report, "the exports' demands are not known: %s", list ? e.text : "out of memory");
	} else {
		to->known = !export_list_problem_count(list);
		if (!to->known)
			tls_note(report, "the exports' demands are not all known: %s is damaged; run exportfs -ra",
				 path);
		for (size_t i = 0; i < export_list_count(list); i++)
			take_export(report, export_list_at(list, i), policy, to);
	}
	if (policy && !to->has_minimum && !policy_export(policy, "/", &answer, &e)) {
		to->minimum = answer.minimum;
		to->has_minimum = true;
	}
}

static void compare_exports(const struct served *served, struct tls_row *row)
{
	size_t kind = row->transport->proof != TRANSPORT_ENCRYPTED ? 0 : row->mutual == AGENT_MUTUAL_YES ? 2 : 1;

	if (served->has_minimum)
		tls_demand(row, &served->minimum);
	if (served->has_breach[kind])
		tls_demand(row, &served->breach[kind]);
	row->minimum_unknown = row->minimum_unknown || !served->known;
	row->exports = served->count;
	row->exports_met = served->takes[kind];
	row->exports_known = served->known && row->transport->proof != TRANSPORT_UNPROVEN &&
			     (kind != 1 || row->mutual == AGENT_MUTUAL_NO);
}

/* ---- the server's clients --------------------------------------------------------------- */

struct client_entry {
	char address[64];
	struct transport_client client;
	UT_hash_handle hh;
};

static void take_client(const struct transport_client *client, void *context)
{
	struct client_entry **table = context, *entry, *old;

	HASH_FIND_STR(*table, client->address, old);
	entry = old ? NULL : calloc(1, sizeof(*entry));
	if (!entry)
		return;
	text_copy(entry->address, sizeof(entry->address), client->address);
	entry->client = *client;
	HASH_ADD_STR(*table, address, entry);
	if (!entry->hh.tbl)
		free(entry);
}

static void free_clients(struct client_entry *table)
{
	struct client_entry *entry, *next;

	HASH_ITER(hh, table, entry, next) {
		HASH_DEL(table, entry);
		free(entry);
	}
}

/* Of several connections of a client the kernel tells one, and of NFSv3 it tells none: those stay without a name. */
static void name_client(const struct client_entry *clients, struct tls_row *row)
{
	const struct client_entry *entry;
	char end[TRANSPORT_END_MAX];

	transport_end_text(&row->transport->remote, end);
	HASH_FIND_STR(clients, end, entry);
	if (!entry)
		return;
	text_copy(row->client_id, sizeof(row->client_id), entry->client.id);
	text_copy(row->client_name, sizeof(row->client_name), entry->client.name);
}

/* ---- both ------------------------------------------------------------------------- */

void tls_fill_server(const struct tls_wishes *wishes, struct tls_report *report, const struct policy *policy)
{
	struct client_entry *clients = NULL;
	struct served served = { .known = false };
	struct error e;

	read_exports(report, wishes, policy, &served);
	if (transport_clients(wishes->root, take_client, &clients, &e))
		tls_note(report, "the names of clients are not known: %s", e.text);
	for (size_t i = 0; i < report->list.count; i++)
		if (report->rows[i].transport->is_server) {
			compare_exports(&served, &report->rows[i]);
			name_client(clients, &report->rows[i]);
		}
	free_clients(clients);
}
