/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the exports demand of one client: of those that are for its address, by nfsv4.exportd's index.  Where that takes
 * a name server (hosts by name, wildcards, netgroups) and for gss/ clients an export may be for it, and counts.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "support/access/access.h"
#include "support/nfsconf/nfsconf.h"
#include "support/verdict/verdict_private.h"

#include <uthash.h>

/* An export, and what the policy demands of it. */
struct prepared {
	const struct export *export;
	bool has_minimum;
	struct policy_mode minimum;
	struct prepared *next; /* of the same client */
};

struct client_exports {
	const struct export_client *client;
	struct prepared *first;
	UT_hash_handle hh;
};

/* Addresses that are the same clients have the same exports. */
struct scope_exports {
	struct access_scope scope;
	struct verdict_served served;
	UT_hash_handle hh;
};

struct address_exports {
	struct ip_address address;
	const struct verdict_served *served;
	UT_hash_handle hh;
};

struct verdict_exports {
	struct export_list *list;
	struct export_table *table;
	struct access *access;
	struct prepared *prepared;
	struct client_exports *clients;
	struct verdict_served maybe; /* what may be for anybody */
	struct verdict_served none;  /* for who has no address, and without memory */
	bool has_default;	     /* the policy answers for "/" */
	struct policy_mode by_default;
	struct scope_exports *scopes;
	struct address_exports *addresses;
};

/* ---- reading ---------------------------------------------------------------------------- */

/* Where exportfs keeps it, below root. */
static int etab_path(const char *root, char path[PATH_MAX], struct error *e)
{
	size_t size = strlen(root);

	if (size >= PATH_MAX)
		return error_set(e, ENAMETOOLONG, "%s: the path is too long", root);
	memcpy(path, root, size);
	return nfsconf_state_file(root, EXPORT_STATE_FOLDER, EXPORT_ETAB_NAME, path + size, PATH_MAX - size, e);
}

/* A second line for the same is passed over, as everywhere; one for a client that is none is no export. */
static int fill_table(struct verdict_exports *exports, bool *damaged, struct error *e)
{
	struct export *export;
	int r = 0;

	for (size_t i = 0; r != -ENOMEM && i < export_list_count(exports->list); i++) {
		r = export_table_add(exports->table, export_list_at(exports->list, i), NULL, &export, e);
		*damaged |= r < 0;
	}
	return r == -ENOMEM ? r : 0;
}

static int read_etab(struct verdict_exports *exports, struct verdict_report *report, const char *root, struct error *e)
{
	AUTO_BYTES file = { 0 };
	char path[PATH_MAX];
	bool damaged = false;
	int r = etab_path(root, path, e);

	if (!r)
		r = file_read(path, EXPORT_ETAB_MAX, FILE_ANY, &file, e);
	if (!r)
		r = export_parse(exports->list, path, (const char *)file.data, file.size, e);
	if (!r)
		r = fill_table(exports, &damaged, e);
	if (!r)
		r = access_new(exports->table, access_modes_as_written, NULL, &exports->access, e);
	if (r)
		return r;
	exports->maybe.known = !damaged && !export_list_problem_count(exports->list);
	if (!exports->maybe.known)
		verdict_note(report, "the exports' demands are not all known: %s is damaged; run exportfs -ra", path);
	return 0;
}

/* ---- preparing: once for each export ------------------------------------------------------- */

static void ask_policy(struct verdict_exports *exports, struct verdict_report *report, const struct policy *policy,
		       struct prepared *prepared)
{
	struct policy_export answer;
	struct error e;

	if (policy_export(policy, prepared->export->path, &answer, &e)) {
		verdict_note(report, "%s: what the policy demands is not known: %s", prepared->export->path, e.text);
		exports->maybe.known = false;
		return;
	}
	prepared->has_minimum = true;
	prepared->minimum = answer.minimum;
}

static struct client_exports *exports_of(struct verdict_exports *exports, const struct export_client *client)
{
	struct client_exports *entry;

	HASH_FIND_PTR(exports->clients, &client, entry);
	if (entry)
		return entry;
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return NULL;
	entry->client = client;
	HASH_ADD_PTR(exports->clients, client, entry);
	if (entry->hh.tbl)
		return entry;
	free(entry);
	return NULL;
}

static bool needs_a_name(const struct export_client *client)
{
	static const bool by_name[EXPORT_CLIENT_TYPES] = {
		[EXPORT_WILDCARD] = true, [EXPORT_NETGROUP] = true, [EXPORT_GSS] = true
	};

	return by_name[client->form.type] || (client->form.type == EXPORT_HOST && !client->form.address.size);
}

typedef void serving(struct verdict_served *served, unsigned int set, const struct policy_mode *minimum);

static void serve(const struct prepared *prepared, serving *serve_one, struct verdict_served *to)
{
	serve_one(to, access_modes_as_written(prepared->export, NULL),
		  prepared->has_minimum ? &prepared->minimum : NULL);
}

static int prepare(struct verdict_exports *exports, struct verdict_report *report, const struct policy *policy)
{
	struct prepared *at = calloc(export_table_count(exports->table) + 1, sizeof(*at));

	exports->prepared = at;
	if (!at)
		return -ENOMEM;
	for (struct export *export = export_table_first(exports->table); export;
	     export = export_table_next(exports->table, export), at++) {
		struct client_exports *of = exports_of(exports, export->client);

		if (!of)
			return -ENOMEM;
		*at = (struct prepared){ .export = export, .next = of->first };
		of->first = at;
		if (policy)
			ask_policy(exports, report, policy, at);
		if (needs_a_name(export->client))
			serve(at, verdict_may_serve, &exports->maybe);
	}
	return 0;
}

static void ask_default(struct verdict_exports *exports, const struct policy *policy)
{
	struct policy_export answer;
	struct error e;

	if (!policy || policy_export(policy, "/", &answer, &e))
		return;
	exports->has_default = true;
	exports->by_default = answer.minimum;
}

/* Where nothing is exported the policy has a minimum all the same. */
static void add_default(const struct verdict_exports *exports, struct verdict_served *served)
{
	if (served->has_minimum || !exports->has_default)
		return;
	served->has_minimum = true;
	served->minimum = exports->by_default;
}

struct verdict_exports *verdict_exports_read(const char *root, const struct policy *policy,
					     struct verdict_report *report)
{
	struct verdict_exports *exports = calloc(1, sizeof(*exports));
	struct error e;
	int r;

	if (!exports)
		return NULL;
	error_set(&e, ENOMEM, "out of memory");
	exports->list = export_list_new();
	exports->table = export_table_new();
	r = exports->list && exports->table ? read_etab(exports, report, root, &e) : -ENOMEM;
	if (!r && prepare(exports, report, policy))
		r = error_set(&e, ENOMEM, "out of memory");
	if (r) {
		verdict_note(report, "the exports' demands are not known: %s", e.text);
		exports->maybe = (struct verdict_served){ .known = false };
		access_free(exports->access);
		exports->access = NULL;
	}
	ask_default(exports, policy);
	exports->none = exports->maybe;
	add_default(exports, &exports->none);
	return exports;
}

/* ---- asking: once for each address ------------------------------------------------------------ */

/* Of several exports of one folder the kernel is told the one whose client is the most exact. */
static bool is_told(const struct verdict_exports *exports, const struct access_scope *scope,
		    const struct export *export)
{
	struct access_answer answer;

	return access_find(exports->access, scope, export->path, &answer) && answer.export == export;
}

static void serve_scope(struct verdict_exports *exports, struct scope_exports *of)
{
	of->served = exports->maybe;
	for (size_t i = 0; i < of->scope.count; i++) {
		const struct export_client *client = access_client_at(exports->access, of->scope.clients[i]);
		const struct client_exports *entry = exports_of(exports, client);

		for (const struct prepared *one = entry ? entry->first : NULL; one; one = one->next)
			if (is_told(exports, &of->scope, one->export))
				serve(one, verdict_serve, &of->served);
	}
	add_default(exports, &of->served);
}

/* Takes the scope over; NULL without memory. */
static const struct verdict_served *served_for(struct verdict_exports *exports, struct access_scope *scope)
{
	struct scope_exports *entry;

	HASH_FIND(hh, exports->scopes, scope->clients, scope->count * sizeof(*scope->clients), entry);
	if (entry)
		return &entry->served;
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return NULL;
	entry->scope = *scope;
	HASH_ADD_KEYPTR(hh, exports->scopes, entry->scope.clients, entry->scope.count * sizeof(*entry->scope.clients),
			entry);
	if (!entry->hh.tbl) {
		free(entry);
		return NULL;
	}
	*scope = (struct access_scope){ 0 };
	serve_scope(exports, entry);
	return &entry->served;
}

static const struct verdict_served *look_up(struct verdict_exports *exports, const struct ip_address *address)
{
	const struct access_client client = { .address = *address };
	AUTO_ACCESS_SCOPE scope = { 0 };

	if (access_scope_of(exports->access, &client, &scope))
		return NULL;
	return scope.count ? served_for(exports, &scope) : &exports->none;
}

static const struct verdict_served *remember(struct verdict_exports *exports, const struct ip_address *address)
{
	struct address_exports *entry = calloc(1, sizeof(*entry));
	const struct verdict_served *served = look_up(exports, address);

	if (!entry || !served) {
		free(entry);
		return served;
	}
	entry->address = *address;
	entry->served = served;
	HASH_ADD(hh, exports->addresses, address, sizeof(entry->address), entry);
	if (!entry->hh.tbl)
		free(entry);
	return served;
}

const struct verdict_served *verdict_exports_for(struct verdict_exports *exports, const struct sockaddr_storage *peer)
{
	static const struct verdict_served unknown = { .known = false };
	const struct ip_address address = address_of(peer);
	const struct address_exports *entry = NULL;
	const struct verdict_served *served;

	if (!exports)
		return &unknown;
	if (!exports->access || !address.size)
		return &exports->none;
	HASH_FIND(hh, exports->addresses, &address, sizeof(address), entry);
	served = entry ? entry->served : remember(exports, &address);
	return served ? served : &unknown;
}

void verdict_exports_free(struct verdict_exports *exports)
{
	struct client_exports *client, *next_client;
	struct scope_exports *scope, *next_scope;
	struct address_exports *address, *next_address;

	if (!exports)
		return;
	HASH_ITER(hh, exports->clients, client, next_client) {
		HASH_DEL(exports->clients, client);
		free(client);
	}
	HASH_ITER(hh, exports->scopes, scope, next_scope) {
		HASH_DEL(exports->scopes, scope);
		access_scope_free(&scope->scope);
		free(scope);
	}
	HASH_ITER(hh, exports->addresses, address, next_address) {
		HASH_DEL(exports->addresses, address);
		free(address);
	}
	free(exports->prepared);
	access_free(exports->access);
	export_table_free(exports->table);
	export_list_free(exports->list);
	free(exports);
}
