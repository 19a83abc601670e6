/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/nfstls/served.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/policy/policy.h"

#define NAMES_MAX 2u /* as it was given, and its canonical one */

static int no_memory(struct error *e)
{
	return error_set(e, ENOMEM, "out of memory");
}

/* ---- what serves the path, to whomever ----------------------------------------------------- */

/* The same directory or one above it, on one file system; or above it with crossmnt. */
static bool may_serve(const struct served *served, const struct tree_place *place, const struct export_options *options)
{
	return !strcmp(place->spot, served->place.spot) || tree_lies_below(served->place.spot, place->spot) ||
	       (options->flags & NFSEXP_CROSSMOUNT && tree_lies_below(served->place.path, place->path));
}

/* What is no path of this host serves nothing. */
static bool is_near(const struct served_question *q, const struct served *served, const struct export_entry *entry)
{
	AUTO_TREE_PLACE place = { 0 };

	return !tree_place(q->tree, entry->path, &place, NULL) && may_serve(served, &place, entry->options);
}

static int want_hosts(const struct served_question *q, const bool *near, struct served *served, struct error *e)
{
	int r = q->addresses->count ? 0 : hosts_want(served->hosts, q->client);

	for (size_t i = 0; !r && i < export_list_count(q->exports); i++)
		if (near[i])
			r = hosts_want(served->hosts, export_list_at(q->exports, i)->client);
	if (r)
		return no_memory(e);
	return q->look_up ? hosts_resolve(served->hosts, e) : 0;
}

static int fill_table(const struct served_question *q, const bool *near, struct served *served, struct error *e)
{
	int r = 0;

	for (size_t i = 0; r != -ENOMEM && i < export_list_count(q->exports); i++) {
		const struct export_entry *entry = export_list_at(q->exports, i);
		const struct export_host *host = NULL;
		struct export *export;

		if (!near[i])
			continue;
		if (q->look_up)
			hosts_find(served->hosts, entry->client, &host);
		r = export_table_add(served->table, entry, host, &export, e);
	}
	return r == -ENOMEM ? r : 0;
}

static unsigned int modes_under_policy(const struct export *export, void *sections)
{
	struct policy_judgement answer;
	AUTO_STRBUF text = { 0 };

	policy_judge_export(sections, export->path, export->options, &answer, &text);
	return answer.modes;
}

static int find_near(const struct served_question *q, struct served *served, struct error *e)
{
	AUTO_FREE bool *near = calloc(export_list_count(q->exports) + 1, sizeof(*near));
	int r;

	served->table = export_table_new();
	served->hosts = hosts_new();
	if (!near || !served->table || !served->hosts)
		return no_memory(e);
	for (size_t i = 0; i < export_list_count(q->exports); i++)
		near[i] = is_near(q, served, export_list_at(q->exports, i));
	r = want_hosts(q, near, served, e);
	if (!r)
		r = fill_table(q, near, served, e);
	return r ? r : access_new(served->table, modes_under_policy, q->sections, &served->access, e);
}

/* ---- who the client is ------------------------------------------------------------------------ */

static int add_address(struct served *served, const struct ip_address *address)
{
	struct ip_address *grown = reallocarray(served->addresses, served->address_count + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	served->addresses = grown;
	grown[served->address_count++] = *address;
	return 0;
}

static int add_given(const struct served_question *q, struct served *served, struct error *e)
{
	for (size_t i = 0; i < q->addresses->count; i++) {
		struct ip_address address;

		if (!address_parse(q->addresses->item[i], &address))
			return error_set(e, EINVAL, "\"%.64s\" is no IPv4 or IPv6 address", q->addresses->item[i]);
		if (add_address(served, &address))
			return no_memory(e);
	}
	return 0;
}

static int add_known(const struct served_question *q, struct served *served, struct error *e)
{
	const struct export_host *host = NULL;

	switch (hosts_find(served->hosts, q->client, &host)) {
	case HOST_KNOWN:
		for (size_t i = 0; i < host->address_count; i++)
			if (add_address(served, &host->addresses[i]))
				return no_memory(e);
		return 0;
	case HOST_GONE:
		snprintf(served->unsure, sizeof(served->unsure), "no name server knows %.128s", q->client);
		return 0;
	default:
		snprintf(served->unsure, sizeof(served->unsure), "the addresses of %.128s are not known", q->client);
		return 0;
	}
}

static bool has_address(const struct export_host *host, const struct ip_address *address)
{
	for (size_t i = 0; i < host->address_count; i++)
		if (address_equal(&host->addresses[i], address))
			return true;
	return false;
}

/* The name that an address leads to, if that leads back to it. */
static int find_name(const struct served_question *q, struct served *served, struct error *e)
{
	struct sockaddr_storage storage;
	const struct export_host *host = NULL;
	char *name = served->name;
	socklen_t size;

	*name = '\0';
	if (!q->look_up || !served->address_count)
		return 0;
	size = address_make_end(&served->addresses[0], 0, &storage);
	if (getnameinfo((const struct sockaddr *)&storage, size, name, sizeof(served->name), NULL, 0, NI_NAMEREQD)) {
		*name = '\0';
		return 0;
	}
	if (hosts_want(served->hosts, name))
		return no_memory(e);
	if (hosts_resolve(served->hosts, e))
		return -ENOMEM;
	if (hosts_find(served->hosts, name, &host) != HOST_KNOWN || !has_address(host, &served->addresses[0]))
		*name = '\0';
	return 0;
}

/* What access is asked about. */
struct asked {
	struct access_client client;
	const char *names[NAMES_MAX];
	const char **netgroups;
	bool is_name; /* the client was given by name */
};

static int ask_netgroups(const struct served_question *q, const struct served *served, struct asked *asked)
{
	const char *const *all;
	size_t count = access_netgroups(served->access, &all);

	asked->netgroups = calloc(count + 1, sizeof(*asked->netgroups));
	if (!asked->netgroups)
		return -ENOMEM;
	for (size_t i = 0; q->look_up && i < count; i++)
		for (size_t n = 0; n < asked->client.name_count; n++)
			if (innetgr(all[i], asked->names[n], NULL, NULL)) {
				asked->netgroups[asked->client.netgroup_count++] = all[i];
				break;
			}
	asked->client.netgroups = asked->netgroups;
	return 0;
}

static int describe(const struct served_question *q, struct served *served, struct asked *asked, struct error *e)
{
	const struct export_host *host = NULL;
	struct ip_address number;
	int r = 0;

	asked->is_name = !address_parse(q->client, &number);
	asked->client.names = asked->names;
	if (asked->is_name)
		asked->names[asked->client.name_count++] = q->client;
	else
		r = find_name(q, served, e);
	if (r)
		return r;
	if (*served->name)
		asked->names[asked->client.name_count++] = served->name;
	else if (q->look_up && asked->is_name && hosts_find(served->hosts, q->client, &host) == HOST_KNOWN)
		asked->names[asked->client.name_count++] = host->canonical;
	if (!asked->client.name_count && access_needs_names(served->access))
		text_copy(served->unsure, sizeof(served->unsure),
			  "its names are not known, so that wildcards and netgroups are not considered");
	return ask_netgroups(q, served, asked) ? no_memory(e) : 0;
}

/* ---- the clients of the table that it is ---------------------------------------------------------- */

static int compare_numbers(const void *a, const void *b)
{
	unsigned int left = *(const unsigned int *)a, right = *(const unsigned int *)b;

	return (left > right) - (left < right);
}

static int merge(struct access_scope *to, const struct access_scope *from)
{
	unsigned int *grown = reallocarray(to->clients, to->count + from->count + 1, sizeof(*grown));
	size_t kept = 0;

	if (!grown)
		return -ENOMEM;
	to->clients = grown;
	if (from->count)
		memcpy(grown + to->count, from->clients, from->count * sizeof(*grown));
	to->count += from->count;
	qsort(grown, to->count, sizeof(*grown), compare_numbers);
	for (size_t i = 0; i < to->count; i++)
		if (!kept || grown[kept - 1] != grown[i])
			grown[kept++] = grown[i];
	to->count = kept;
	return 0;
}

/* By one of its addresses (NULL: by names alone). */
static int add_scope(const struct served *served, const struct asked *asked, const struct ip_address *address,
		     struct access_scope *scope)
{
	struct access_client client = asked->client;
	AUTO_ACCESS_SCOPE more = { 0 };
	int r;

	client.address = address ? *address : (struct ip_address){ .size = 0 };
	r = access_scope_of(served->access, &client, &more);
	return r ? r : merge(scope, &more);
}

/* A host of the table whose addresses nobody has asked for is this one by its name. */
static int add_by_name(const struct served *served, const struct asked *asked, struct access_scope *scope)
{
	AUTO_ACCESS_SCOPE more = { 0 };
	struct export_client_form form;
	int r = 0;

	if (!asked->is_name || export_client_form(asked->names[0], &form, NULL) || form.type != EXPORT_HOST)
		return 0;
	r = access_scope_parse(served->access, asked->names[0], &more);
	return r ? r : merge(scope, &more);
}

static int find_scope(const struct served *served, const struct asked *asked, struct access_scope *scope)
{
	int r = served->address_count ? 0 : add_scope(served, asked, NULL, scope);

	for (size_t i = 0; !r && i < served->address_count; i++)
		r = add_scope(served, asked, &served->addresses[i], scope);
	return r ? r : add_by_name(served, asked, scope);
}

/* ---- what serves it ------------------------------------------------------------------------------------ */

static bool is_mounted(const struct served_question *q, const struct export *export)
{
	const char *point = export->options->mountpoint;

	return !point || tree_mount_at(q->tree, *point ? point : export->path) ||
	       !strcmp(*point ? point : export->path, "/");
}

/* Of the exports of its path that the client has, is it the one that counts? */
static bool counts(const struct served *served, const struct access_scope *scope, const struct export *export,
		   const char *path)
{
	struct access_answer answer;

	return access_find(served->access, scope, path, &answer) && answer.export == export;
}

static int add_server(const struct served_question *q, struct served *served, const struct export *export,
		      const char *crossed)
{
	struct served_by *grown = reallocarray(served->by, served->count + 1, sizeof(*grown));
	struct policy_judgement answer;
	AUTO_STRBUF why = { 0 };
	struct served_by *by;

	if (!grown)
		return -ENOMEM;
	served->by = grown;
	by = &grown[served->count];
	*by = (struct served_by){ .export = export, .crosses = crossed, .is_there = is_mounted(q, export) };
	by->is_own = !strcmp(export->path, served->place.path);
	if (crossed) {
		by->modes = policy_modes_inherited(q->sections, export, crossed, &why);
	} else {
		policy_judge_export(q->sections, export->path, export->options, &answer, &why);
		by->modes = answer.modes;
	}
	by->why = strdup(why.text && !why.failed ? why.text : "refused");
	served->count += by->why != NULL;
	return by->why ? 0 : -ENOMEM;
}

static int take_export(const struct served_question *q, struct served *served, const struct access_scope *scope,
		       const struct export *export)
{
	AUTO_FREE char *top = strndup(served->place.path, served->place.top);
	AUTO_TREE_PLACE place = { 0 };
	bool walks;

	if (!top || tree_place(q->tree, export->path, &place, NULL))
		return -ENOMEM;
	walks = !strcmp(place.spot, served->place.spot) || tree_lies_below(served->place.spot, place.spot);
	if (walks && counts(served, scope, export, export->path))
		return add_server(q, served, export, NULL);
	if (!walks && counts(served, scope, export, top))
		return add_server(q, served, export, top);
	return 0;
}

static int compare_servers(const void *a, const void *b)
{
	const struct served_by *one = a, *other = b;
	size_t size = strlen(one->export->path), other_size = strlen(other->export->path);

	if (one->is_own != other->is_own)
		return one->is_own ? -1 : 1;
	return (other_size > size) - (other_size < size);
}

static int find_servers(const struct served_question *q, struct served *served, const struct asked *asked)
{
	AUTO_ACCESS_SCOPE scope = { 0 };
	int r = find_scope(served, asked, &scope);

	for (const struct export *export = export_table_first(served->table); !r && export;
	     export = export_table_next(served->table, export))
		r = take_export(q, served, &scope, export);
	if (served->count)
		qsort(served->by, served->count, sizeof(*served->by), compare_servers);
	return r;
}

int served_find(const struct served_question *q, struct served *served, struct error *e)
{
	struct asked asked = { .is_name = false };
	int r;

	*served = (struct served){ .count = 0 };
	r = tree_place(q->tree, q->path, &served->place, e);
	if (!r)
		r = find_near(q, served, e);
	if (!r)
		r = q->addresses->count ? add_given(q, served, e) : add_known(q, served, e);
	if (!r)
		r = describe(q, served, &asked, e);
	if (!r && find_servers(q, served, &asked))
		r = no_memory(e);
	free(asked.netgroups);
	return r;
}

void served_free(struct served *served)
{
	for (size_t i = 0; i < served->count; i++)
		free(served->by[i].why);
	free(served->by);
	free(served->addresses);
	access_free(served->access);
	export_table_free(served->table);
	hosts_free(served->hosts);
	tree_place_free(&served->place);
	*served = (struct served){ .count = 0 };
}
