/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The questions: from an address to a domain, from domain and path to an export. */
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "support/access/access_private.h"

/* What may differ from flavour to flavour, as the kernel has it (NFSEXP_SECINFO_FLAGS). */
#define EMPTY_DOMAIN "DEFAULT" /* what nfs-utils calls a domain whose only name is empty */

/* ---- clients ---------------------------------------------------------------------- */

void access_scope_free(struct access_scope *scope)
{
	free(scope->clients);
	*scope = (struct access_scope){ 0 };
}

struct growing_scope {
	struct access_scope *scope;
	bool failed;
};

static void add(struct growing_scope *growing, unsigned int client)
{
	if (!ARRAY_APPEND(growing->scope->clients, growing->scope->count, client))
		growing->failed = true;
}

static void add_of_key(const struct access *access, const struct address_key *key, struct growing_scope *growing)
{
	const struct address_entry *entry;

	HASH_FIND(hh, access->addresses, key, sizeof(*key), entry);
	for (size_t i = 0; entry && i < entry->count; i++)
		add(growing, entry->clients[i]);
}

static void add_of_address(const struct access *access, const struct ip_address *address, struct growing_scope *growing)
{
	struct address_key key = access_host_key(address);

	add_of_key(access, &key, growing);
	for (size_t i = 0; i < access->prefix_count; i++) {
		if (access->prefixes[i].size != address->size)
			continue;
		key = access_network_key(address, access->prefixes[i].prefix);
		add_of_key(access, &key, growing);
	}
}

static bool matches_wildcard(const char *pattern, const struct access_client *client)
{
	for (size_t i = 0; i < client->name_count; i++)
		if (!fnmatch(pattern, client->names[i], FNM_CASEFOLD | FNM_NOESCAPE))
			return true;
	return false;
}

static bool is_member(const char *netgroup, const struct access_client *client)
{
	for (size_t i = 0; i < client->netgroup_count; i++)
		if (!strcmp(client->netgroups[i], netgroup))
			return true;
	return false;
}

static int compare_numbers(const void *a, const void *b)
{
	unsigned int left = *(const unsigned int *)a, right = *(const unsigned int *)b;

	return (left > right) - (left < right);
}

static int finish(struct growing_scope *growing)
{
	struct access_scope *scope = growing->scope;
	size_t kept = 0;

	if (growing->failed) {
		access_scope_free(scope);
		return -ENOMEM;
	}
	if (scope->count)
		qsort(scope->clients, scope->count, sizeof(*scope->clients), compare_numbers);
	for (size_t i = 0; i < scope->count; i++)
		if (!kept || scope->clients[kept - 1] != scope->clients[i])
			scope->clients[kept++] = scope->clients[i];
	scope->count = kept;
	return 0;
}

int access_scope_of(const struct access *access, const struct access_client *client, struct access_scope *scope)
{
	struct growing_scope growing = { .scope = scope };

	*scope = (struct access_scope){ 0 };
	add_of_address(access, &client->address, &growing);
	for (size_t i = 0; i < access->wildcards.count; i++) {
		unsigned int number = access->wildcards.numbers[i];

		if (matches_wildcard(access->clients[number].client->name, client))
			add(&growing, number);
	}
	for (size_t i = 0; i < access->netgroup_clients.count; i++)
		if (is_member(access->netgroups[i], client))
			add(&growing, access->netgroup_clients.numbers[i]);
	for (size_t i = 0; i < access->world.count; i++)
		add(&growing, access->world.numbers[i]);
	return finish(&growing);
}

const struct export_client *access_client_at(const struct access *access, unsigned int number)
{
	return access->clients[number].client;
}

/* The client whose name begins the text, up to a comma or the end; a name may have commas itself, as h[1,2]. */
static const struct client_entry *take_client(const struct access *access, const char **text)
{
	const char *end = *text;

	for (;;) {
		const struct client_entry *entry;

		end += strcspn(end, ",");
		HASH_FIND(by_name, access->by_name, *text, (size_t)(end - *text), entry);
		if (entry) {
			*text = *end ? end + 1 : end;
			return entry;
		}
		if (!*end)
			break;
		end++;
	}
	end = *text + strcspn(*text, ","); /* nobody any more: pass over the first word */
	*text = *end ? end + 1 : end;
	return NULL;
}

int access_scope_parse(const struct access *access, const char *domain, struct access_scope *scope)
{
	struct growing_scope growing = { .scope = scope };

	*scope = (struct access_scope){ 0 };
	if (!strcmp(domain, EMPTY_DOMAIN)) {
		const struct client_entry *entry;

		HASH_FIND(by_name, access->by_name, "", 0, entry);
		if (entry) {
			add(&growing, entry->number);
			return finish(&growing);
		}
	}
	while (*domain) {
		const struct client_entry *entry = take_client(access, &domain);

		if (entry)
			add(&growing, entry->number);
	}
	return finish(&growing);
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void access_domain_format(const struct access *access, const struct access_scope *scope, struct strbuf *domain)
{
	AUTO_FREE const char **names = calloc(scope->count + 1, sizeof(*names));
	size_t before = domain->size;

	if (!names) {
		domain->failed = true;
		return;
	}
	for (size_t i = 0; i < scope->count; i++)
		names[i] = access->clients[scope->clients[i]].client->name;
	qsort(names, scope->count, sizeof(*names), compare_texts);
	for (size_t i = 0; i < scope->count; i++)
		strbuf_addf(domain, "%s%s", domain->size > before ? "," : "", names[i]);
	if (scope->count && domain->size == before)
		strbuf_addf(domain, EMPTY_DOMAIN);
}

/* ---- exports ------------------------------------------------------------------------ */

static enum export_client_type type_of(const struct export_slot *slot)
{
	return slot->export->client->form.type;
}

static bool comes_before(const struct export_slot *a, const struct export_slot *b)
{
	return type_of(a) != type_of(b) ? type_of(a) < type_of(b) : a->order < b->order;
}

/* Which exports of a path count: below it, only those with crossmnt. */
enum wanted { ANY, CROSSMNT };

/* Of the exports of one path, the one that counts for a scope. */
static const struct export_slot *best_slot(const struct path_entry *path, const struct access_scope *scope,
					   enum wanted wanted, const struct export_slot **rival)
{
	const struct export_slot *best = NULL;

	*rival = NULL;
	for (size_t i = 0; i < scope->count; i++) {
		const struct export_slot *slot = access_export_slot(path, scope->clients[i]);

		if (!slot || (wanted == CROSSMNT && !(slot->export->options->flags & NFSEXP_CROSSMOUNT)))
			continue;
		if (!best || comes_before(slot, best)) {
			*rival = best && type_of(best) == type_of(slot) ? best : NULL;
			best = slot;
		} else if (type_of(best) == type_of(slot)) {
			*rival = slot;
		}
	}
	return best;
}

/* "/" is the root of NFSv4 even where nobody said fsid=0. */
static bool is_root_of_its_own(const struct access *access, const struct export *export)
{
	return access->has_pseudo_root && !strcmp(export->path, "/");
}

static void answer_export(const struct access *access, const struct export_slot *slot, bool inherited,
			  struct access_answer *answer)
{
	const struct export_options *options = slot->export->options;

	answer->export = slot->export;
	answer->inherited = inherited;
	answer->modes = slot->modes;
	answer->flags = options->flags;
	if (inherited)
		answer->flags &= ~NFSEXP_FSID;
	else if (is_root_of_its_own(access, slot->export))
		answer->flags |= NFSEXP_FSID;
	answer->sec_count = options->sec_count;
	memcpy(answer->sec, options->sec, sizeof(answer->sec));
	if (!answer->sec_count) {
		answer->sec_count = 1;
		answer->sec[0] = (struct export_sec){ .word = "sys", .flavor = 1, .flags = options->flags };
	}
	for (unsigned int i = 0; i < answer->sec_count; i++) /* they differ in a few flags only */
		answer->sec[i].flags = (answer->flags & ~export_sec_flags_most) |
				       (answer->sec[i].flags & export_sec_flags_most);
}

static void join_flavors(struct access_answer *answer, const struct pseudo_slot *slot)
{
	for (unsigned int i = 0; i < slot->sec_count; i++) {
		unsigned int known = 0;

		while (known < answer->sec_count && answer->sec[known].flavor != slot->sec[i].flavor)
			known++;
		if (known == answer->sec_count && known < EXPORT_SEC_MAX)
			answer->sec[answer->sec_count++] = slot->sec[i];
	}
}

static bool answer_pseudo(const struct path_entry *path, const struct access_scope *scope, struct access_answer *answer)
{
	const uint32_t flags = NFSEXP_V4ROOT | NFSEXP_NOSUBTREECHECK | NFSEXP_INSECURE_PORT | NFSEXP_READONLY;
	bool found = false;

	for (size_t i = 0; i < scope->count; i++) {
		const struct pseudo_slot *slot = access_pseudo_slot(path, scope->clients[i]);

		if (!slot)
			continue;
		found = true;
		answer->modes |= slot->modes;
		join_flavors(answer, slot);
	}
	answer->flags = strcmp(path->path, "/") ? flags : flags | NFSEXP_FSID;
	for (unsigned int i = 0; i < answer->sec_count; i++)
		answer->sec[i].flags = answer->flags;
	return found;
}

/* Cuts the last component off a path of size bytes; "/" stays. */
static size_t parent_size(const char *path, size_t size)
{
	while (size > 1 && path[size - 1] != '/')
		size--;
	return size > 1 ? size - 1 : size;
}

bool access_find_above(const struct access *access, const struct access_scope *scope, const char *path,
		       struct access_answer *answer)
{
	size_t size = strlen(path);

	memset(answer, 0, sizeof(*answer));
	while (size > 1) {
		const struct export_slot *slot = NULL, *rival;
		const struct path_entry *entry;

		size = parent_size(path, size);
		HASH_FIND(hh, access->paths, path, size, entry);
		if (entry)
			slot = best_slot(entry, scope, ANY, &rival);
		if (slot) {
			answer_export(access, slot, true, answer);
			return true;
		}
	}
	return false;
}

bool access_find(const struct access *access, const struct access_scope *scope, const char *path,
		 struct access_answer *answer)
{
	const size_t whole = strlen(path);
	size_t size = whole;
	const struct path_entry *entry;

	memset(answer, 0, sizeof(*answer));
	for (;;) {
		const struct export_slot *slot = NULL, *rival;

		HASH_FIND(hh, access->paths, path, size, entry);
		if (entry)
			slot = best_slot(entry, scope, size != whole ? CROSSMNT : ANY, &rival);
		if (slot) {
			answer_export(access, slot, size != whole, answer);
			answer->rival = rival ? rival->export : NULL;
			return true;
		}
		if (size <= 1)
			break;
		size = parent_size(path, size);
	}
	HASH_FIND(hh, access->paths, path, whole, entry);
	return entry && answer_pseudo(entry, scope, answer);
}

const char *access_find_fsid(const struct access *access, const struct access_scope *scope, uint32_t fsid)
{
	const struct fsid_entry *entry;
	struct access_answer answer;

	HASH_FIND(hh, access->fsids, &fsid, sizeof(fsid), entry);
	for (size_t i = 0; entry && i < entry->count; i++) {
		const struct export_slot *rival, *slot = best_slot(entry->paths[i], scope, ANY, &rival);

		if (slot && slot->export->options->flags & NFSEXP_FSID && slot->export->options->fsid == fsid)
			return slot->export->path;
	}
	if (!fsid && access->has_pseudo_root && access_find(access, scope, "/", &answer))
		return "/";
	return NULL;
}
