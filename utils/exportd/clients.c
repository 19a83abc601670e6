/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/exportd/clients.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>
#include <utlist.h>

#include "support/names/names.h"
#include "utils/exportd/turns.h"

#define NAMES_MAX 16u	 /* of one address */
#define LOCAL_THREADS 4u /* for what this host knows by itself */
/*
 * When so many have waited for a second, nobody answers; each further one would hold a thread of the kernel's server
 * for as long.
 */
#define SLOW_MS 1000
#define SLOW_MAX 8u
#define POOL_WAITING_MAX (CLIENTS_MAX + TURNS_WAITING_MAX) /* it never waits for room there */
#define WAITING_MAX 16384u				   /* requests; the kernel asks again for those beyond */

struct netgroups {
	char **names;
	size_t count;
	unsigned int users; /* the clients and each look-up; changed by the owner alone */
	uint64_t serial;
};

struct waiting {
	struct upcall_request request;
	int64_t since, until;
	struct waiting *prev, *next;
};

struct client_entry {
	struct ip_address address;
	struct client_names names;
	char **member_of;
	size_t member_count;
	uint64_t asked; /* the serial of the netgroups that member_of is about */
	int64_t valid_until;
	bool known;
	struct lookup *lookup; /* under way */
	int64_t lookup_since;
	struct waiting *waiting;
	UT_hash_handle hh;
};

/* What a thread works on; nothing of it is shared, and turn and local are not the thread's. */
struct lookup {
	struct pool_job job;
	struct turn turn;
	bool local;
	struct clients *clients;
	const struct client_calls *calls;
	struct ip_address address;
	struct netgroups *netgroups;
	struct client_names names;
	char **member_of;
	size_t member_count;
};

/* What this host knows by itself, and the file as it was when that was read. */
struct local_hosts {
	const char *path;
	struct file_stamp stamp;
	struct names_local *names; /* NULL: not read yet */
};

enum { POOL_REMOTE, POOL_LOCAL };

struct clients {
	struct pool *pool[CLIENTS_POOLS];
	struct turns *turns;
	struct local_hosts hosts;
	const struct client_calls *calls;
	struct client_entry *entries;
	struct netgroups *netgroups;
	unsigned int waiting_count, slow_count; /* these when clients_tick() looked last */
	clients_ready *ready;
	void *context;
};

/* ---- the system ------------------------------------------------------------------------------ */

static void names_free(struct client_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->names[i]);
	free(names->names);
	*names = (struct client_names){ 0 };
}

static bool leads_back(const char *name, const struct ip_address *address, bool *failed)
{
	struct names_answer answer = { 0 };
	bool found = false;

	answer.status = names_lookup_system(name, &answer);
	*failed = answer.status == EAI_AGAIN || answer.status == EAI_SYSTEM || answer.status == EAI_FAIL ||
		  answer.status == EAI_MEMORY;
	for (size_t i = 0; !found && i < answer.address_count; i++) {
		const struct ip_address one = address_of(&answer.addresses[i]);

		found = address_equal(&one, address);
	}
	free(answer.canonical);
	free(answer.addresses);
	return found;
}

static void keep_name(const char *name, const struct ip_address *address, struct client_names *names)
{
	bool failed;

	if (names->count >= NAMES_MAX)
		return;
	for (size_t i = 0; i < names->count; i++)
		if (text_equal_nocase(names->names[i], name))
			return;
	if (leads_back(name, address, &failed)) {
		char **grown = reallocarray(names->names, names->count + 1, sizeof(*grown));
		char *copy = strdup(name);

		if (grown)
			names->names = grown;
		if (grown && copy) {
			grown[names->count++] = copy;
			return;
		}
		free(copy);
		failed = true;
	}
	names->failed |= failed;
}

static void system_names(const struct ip_address *address, struct client_names *names)
{
	char buffer[8192];
	struct hostent host, *found = NULL;
	int problem = 0;
	int r = gethostbyaddr_r(address->bytes, address->size, address->size == 4 ? AF_INET : AF_INET6, &host, buffer,
				sizeof(buffer), &found, &problem);

	if (r || !found) {
		names->failed = problem == TRY_AGAIN || problem == NO_RECOVERY || problem == NETDB_INTERNAL;
		return;
	}
	keep_name(found->h_name, address, names);
	for (char **alias = found->h_aliases; *alias; alias++)
		keep_name(*alias, address, names);
}

static bool system_is_member(const char *netgroup, const char *name)
{
	/* innetgr(3) is not made for several threads. */
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	bool is;

	pthread_mutex_lock(&lock);
	is = innetgr(netgroup, name, NULL, NULL);
	pthread_mutex_unlock(&lock);
	return is;
}

const struct client_calls client_calls_system = { system_names, system_is_member };

/* ---- netgroups -------------------------------------------------------------------------------- */

static void netgroups_release(struct netgroups *netgroups)
{
	if (!netgroups || --netgroups->users)
		return;
	for (size_t i = 0; i < netgroups->count; i++)
		free(netgroups->names[i]);
	free(netgroups->names);
	free(netgroups);
}

static bool are_equal(const struct netgroups *netgroups, const char *const *names, size_t count)
{
	if (netgroups->count != count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (strcmp(netgroups->names[i], names[i]) != 0)
			return false;
	return true;
}

int clients_set_netgroups(struct clients *clients, const char *const *names, size_t count)
{
	struct netgroups *netgroups;

	if (are_equal(clients->netgroups, names, count))
		return 0;
	netgroups = calloc(1, sizeof(*netgroups));
	if (!netgroups)
		return -ENOMEM;
	netgroups->users = 1;
	netgroups->serial = clients->netgroups->serial + 1;
	netgroups->names = calloc(count + 1, sizeof(*netgroups->names));
	for (size_t i = 0; netgroups->names && i < count; i++) {
		netgroups->names[i] = strdup(names[i]);
		if (!netgroups->names[i])
			break;
		netgroups->count++;
	}
	if (!netgroups->names || netgroups->count != count) {
		netgroups_release(netgroups);
		return -ENOMEM;
	}
	netgroups_release(clients->netgroups);
	clients->netgroups = netgroups;
	return 0;
}

/* ---- one look-up ----------------------------------------------------------------------------- */

/* As nfs-utils: each name, the address as text, then the names without their domain. */
static bool is_member(const struct lookup *lookup, const char *netgroup)
{
	char text[ADDRESS_TEXT_MAX], host[256];

	for (size_t i = 0; i < lookup->names.count; i++)
		if (lookup->calls->is_member(netgroup, lookup->names.names[i]))
			return true;
	address_text(&lookup->address, text);
	if (lookup->calls->is_member(netgroup, text))
		return true;
	for (size_t i = 0; i < lookup->names.count; i++) {
		size_t size = strcspn(lookup->names.names[i], ".");

		if (!lookup->names.names[i][size] || size >= sizeof(host))
			continue;
		memcpy(host, lookup->names.names[i], size);
		host[size] = '\0';
		if (lookup->calls->is_member(netgroup, host))
			return true;
	}
	return false;
}

static void run_lookup(struct pool_job *job)
{
	struct lookup *lookup = (struct lookup *)job;
	const struct netgroups *netgroups = lookup->netgroups;

	lookup->calls->names(&lookup->address, &lookup->names);
	lookup->member_of = calloc(netgroups->count + 1, sizeof(*lookup->member_of));
	for (size_t i = 0; lookup->member_of && i < netgroups->count; i++) {
		if (!is_member(lookup, netgroups->names[i]))
			continue;
		lookup->member_of[lookup->member_count] = strdup(netgroups->names[i]);
		if (!lookup->member_of[lookup->member_count])
			break;
		lookup->member_count++;
	}
}

static void members_free(char **member_of, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(member_of[i]);
	free(member_of);
}

static void forget_contents(struct client_entry *entry)
{
	names_free(&entry->names);
	members_free(entry->member_of, entry->member_count);
	entry->member_of = NULL;
	entry->member_count = 0;
}

static int64_t lifetime(const struct client_names *names)
{
	if (names->failed)
		return CLIENTS_FAILED_MS;
	return names->count ? CLIENTS_KNOWN_MS : CLIENTS_NONE_MS;
}

/* Takes out all that wait for an entry, or only those whose patience has ended. */
static void take_waiting(struct clients *clients, struct client_entry *entry, bool all, int64_t now_ms,
			 struct waiting **taken)
{
	struct waiting *waiting, *next;

	DL_FOREACH_SAFE(entry->waiting, waiting, next) {
		if (!all && now_ms < waiting->until)
			continue;
		DL_DELETE(entry->waiting, waiting);
		DL_APPEND(*taken, waiting);
		clients->waiting_count--;
	}
}

/* Whoever is called may ask for more, so no entry may be held meanwhile. */
static void make_known(struct clients *clients, struct waiting *taken, bool late)
{
	struct waiting *waiting, *next;

	DL_FOREACH_SAFE(taken, waiting, next) {
		clients->ready(&waiting->request, late, clients->context);
		upcall_request_free(&waiting->request);
		free(waiting);
	}
}

static void lookup_free(struct lookup *lookup)
{
	names_free(&lookup->names);
	members_free(lookup->member_of, lookup->member_count);
	netgroups_release(lookup->netgroups);
	free(lookup);
}

/* Appends what is not there yet, and leaves in from what there is no memory for. */
static void move_texts(char ***to, size_t *to_count, char **from, size_t *from_count)
{
	char **grown = reallocarray(*to, *to_count + *from_count + 1, sizeof(*grown));
	size_t left = 0;

	if (!grown)
		return;
	*to = grown;
	for (size_t i = 0; i < *from_count; i++) {
		size_t same = 0;

		while (same < *to_count && !text_equal_nocase(grown[same], from[i]))
			same++;
		if (same < *to_count)
			from[left++] = from[i];
		else
			grown[(*to_count)++] = from[i];
	}
	*from_count = left;
}

/*
 * An answer replaces what was known.  Where nobody could say, or not everything, what was known stays: a client that
 * is at work must not lose its mounts because a name server is out of order.
 */
static void take_contents(struct client_entry *entry, struct lookup *lookup)
{
	bool failed = lookup->names.failed;

	if (!failed || !entry->known)
		forget_contents(entry);
	move_texts(&entry->names.names, &entry->names.count, lookup->names.names, &lookup->names.count);
	move_texts(&entry->member_of, &entry->member_count, lookup->member_of, &lookup->member_count);
	entry->names.failed = failed;
	entry->asked = lookup->netgroups->serial;
	entry->known = true;
	entry->valid_until = clock_ms() + lifetime(&entry->names);
}

static struct client_entry *entry_with(const struct clients *clients, const struct lookup *lookup)
{
	struct client_entry *entry;

	HASH_FIND(hh, clients->entries, &lookup->address, sizeof(lookup->address), entry);
	return entry && entry->lookup == lookup ? entry : NULL;
}

static void begin_more(struct clients *clients, int64_t now_ms);

static void lookup_done(struct pool_job *job)
{
	struct lookup *lookup = (struct lookup *)job;
	struct clients *clients = lookup->clients;
	struct client_entry *entry = entry_with(clients, lookup);
	struct waiting *taken = NULL;
	const int64_t now_ms = clock_ms();

	if (!lookup->local)
		turns_end(clients->turns, &lookup->turn, !lookup->names.failed, now_ms);
	if (entry) {
		take_contents(entry, lookup);
		entry->lookup = NULL;
		take_waiting(clients, entry, true, 0, &taken);
	}
	lookup_free(lookup);
	begin_more(clients, now_ms);
	make_known(clients, taken, false);
}

/* One that waits, and is never begun.  Those who wait for it do so until their patience ends. */
static void give_up(struct clients *clients, struct turn *turn)
{
	struct lookup *lookup = (struct lookup *)((char *)turn - offsetof(struct lookup, turn));
	struct client_entry *entry = entry_with(clients, lookup);

	if (entry)
		entry->lookup = NULL;
	lookup_free(lookup);
}

static void begin_more(struct clients *clients, int64_t now_ms)
{
	struct turn *turn;

	while ((turn = turns_expired(clients->turns, now_ms)))
		give_up(clients, turn);
	while ((turn = turns_next(clients->turns, now_ms))) {
		struct lookup *lookup = (struct lookup *)((char *)turn - offsetof(struct lookup, turn));

		if (!pool_submit(clients->pool[POOL_REMOTE], &lookup->job))
			continue;
		turns_end(clients->turns, turn, false, now_ms);
		give_up(clients, turn);
	}
}

static bool is_local(struct local_hosts *hosts, const struct ip_address *address)
{
	struct file_stamp now;

	file_stamp_take(hosts->path, &now);
	if (!hosts->names || !file_stamp_equal(&now, &hosts->stamp)) {
		names_local_free(hosts->names);
		hosts->names = names_local_read(hosts->path);
		hosts->stamp = now;
	}
	return hosts->names && names_local_has_address(hosts->names, address->bytes, address->size);
}

static struct lookup *lookup_new(struct clients *clients, const struct ip_address *address)
{
	struct lookup *lookup = calloc(1, sizeof(*lookup));

	if (!lookup)
		return NULL;
	lookup->job.run = run_lookup;
	lookup->job.done = lookup_done;
	lookup->clients = clients;
	lookup->calls = clients->calls;
	lookup->address = *address;
	lookup->netgroups = clients->netgroups;
	clients->netgroups->users++;
	return lookup;
}

/* False when it cannot wait, or waits no longer since others are before it. */
static bool wait_for_turn(struct clients *clients, struct lookup *lookup, int64_t now_ms)
{
	struct turn *dropped;

	if (!turns_wait(clients->turns, &lookup->turn, &lookup->address, now_ms, &dropped)) {
		lookup_free(lookup);
		return false;
	}
	if (dropped)
		give_up(clients, dropped);
	return dropped != &lookup->turn;
}

static bool begin_lookup(struct clients *clients, struct client_entry *entry, int64_t now_ms)
{
	struct lookup *lookup = lookup_new(clients, &entry->address);

	if (!lookup)
		return false;
	lookup->local = is_local(&clients->hosts, &entry->address);
	if (lookup->local && pool_submit(clients->pool[POOL_LOCAL], &lookup->job)) {
		lookup_free(lookup);
		return false;
	}
	if (!lookup->local && !wait_for_turn(clients, lookup, now_ms))
		return false;
	entry->lookup = lookup;
	entry->lookup_since = now_ms;
	begin_more(clients, now_ms);
	return entry->lookup;
}

/* ---- the addresses ----------------------------------------------------------------------------- */

struct clients *clients_new(const struct clients_options *options)
{
	struct clients *clients = calloc(1, sizeof(*clients));

	if (!clients)
		return NULL;
	clients->calls = options->calls;
	clients->hosts.path = options->hosts;
	clients->netgroups = calloc(1, sizeof(*clients->netgroups));
	clients->turns = turns_new(options->at_once);
	if (clients->turns)
		clients->pool[POOL_REMOTE] = pool_new(turns_threads(clients->turns), POOL_WAITING_MAX);
	clients->pool[POOL_LOCAL] = pool_new(LOCAL_THREADS, POOL_WAITING_MAX);
	if (clients->netgroups)
		clients->netgroups->users = 1;
	if (clients->netgroups && clients->pool[POOL_REMOTE] && clients->pool[POOL_LOCAL])
		return clients;
	clients_free(clients);
	return NULL;
}

struct pool *clients_pool(const struct clients *clients, unsigned int i)
{
	return clients->pool[i];
}

static void free_waiting(struct clients *clients)
{
	struct turn *turn;

	while ((turn = turns_expired(clients->turns, INT64_MAX)))
		give_up(clients, turn);
}

static void entry_free(struct clients *clients, struct client_entry *entry)
{
	struct waiting *waiting, *next;

	DL_FOREACH_SAFE(entry->waiting, waiting, next) {
		upcall_request_free(&waiting->request);
		free(waiting);
		clients->waiting_count--;
	}
	HASH_DEL(clients->entries, entry);
	forget_contents(entry);
	free(entry);
}

void clients_free(struct clients *clients)
{
	struct client_entry *entry, *next;

	if (!clients)
		return;
	HASH_ITER(hh, clients->entries, entry, next)
		entry_free(clients, entry);
	for (unsigned int i = 0; i < CLIENTS_POOLS; i++)
		pool_free(clients->pool[i]);
	if (clients->turns)
		free_waiting(clients);
	turns_free(clients->turns);
	names_local_free(clients->hosts.names);
	netgroups_release(clients->netgroups);
	free(clients);
}

/* Whom memory can do without, the first rather than the last. */
static bool is_nameless(const struct client_entry *entry, int64_t now_ms)
{
	(void)now_ms;
	return !entry->names.count;
}

static bool is_out_of_date(const struct client_entry *entry, int64_t now_ms)
{
	return entry->valid_until <= now_ms;
}

static bool is_anybody(const struct client_entry *entry, int64_t now_ms)
{
	(void)entry;
	(void)now_ms;
	return true;
}

/* Bounds memory; who has names is forgotten last, since others may be without end. */
static void sweep(struct clients *clients, int64_t now_ms)
{
	static bool (*const kinds[])(const struct client_entry *entry, int64_t now_ms) = {
		is_nameless,
		is_out_of_date,
		is_anybody,
	};
	struct client_entry *entry, *next;

	for (size_t i = 0; i < ARRAY_SIZE(kinds) && HASH_COUNT(clients->entries) >= CLIENTS_MAX; i++)
		HASH_ITER(hh, clients->entries, entry, next)
			if (!entry->lookup && !entry->waiting && kinds[i](entry, now_ms))
				entry_free(clients, entry);
}

static struct client_entry *entry_of(struct clients *clients, const struct ip_address *address, int64_t now_ms)
{
	struct client_entry *entry;

	HASH_FIND(hh, clients->entries, address, sizeof(*address), entry);
	if (entry)
		return entry;
	if (HASH_COUNT(clients->entries) >= CLIENTS_MAX)
		sweep(clients, now_ms);
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return NULL;
	entry->address = *address;
	HASH_ADD(hh, clients->entries, address, sizeof(entry->address), entry);
	if (entry->hh.tbl)
		return entry;
	free(entry);
	return NULL;
}

static void describe(const struct client_entry *entry, struct access_client *client)
{
	client->address = entry->address;
	client->names = (const char *const *)entry->names.names;
	client->name_count = entry->names.count;
	client->netgroups = (const char *const *)entry->member_of;
	client->netgroup_count = entry->member_count;
}

enum clients_answer clients_find(struct clients *clients, const struct ip_address *address, int64_t now_ms,
				 struct access_client *client)
{
	struct client_entry *entry = entry_of(clients, address, now_ms);

	*client = (struct access_client){ .address = *address };
	if (!entry)
		return CLIENTS_FAILED;
	describe(entry, client);
	if (entry->known && entry->valid_until > now_ms && entry->asked == clients->netgroups->serial)
		return entry->names.failed ? CLIENTS_FAILED : CLIENTS_KNOWN;
	if (entry->lookup && !entry->lookup->local)
		turns_ask_again(&entry->lookup->turn, now_ms);
	if (!entry->lookup && !begin_lookup(clients, entry, now_ms))
		return CLIENTS_FAILED;
	/* A look-up that takes too long is not waited for again and again. */
	return now_ms - entry->lookup_since < CLIENTS_PATIENCE_MS ? CLIENTS_WAIT : CLIENTS_FAILED;
}

/* Those who will be answered do not suffer from those who are not. */
static bool may_wait(const struct clients *clients, const struct client_entry *entry)
{
	if ((entry->lookup && entry->lookup->local) || turns_is_answered(clients->turns, &entry->address))
		return clients->waiting_count < 2 * WAITING_MAX;
	return clients->waiting_count < WAITING_MAX && clients->slow_count < SLOW_MAX;
}

bool clients_wait(struct clients *clients, const struct ip_address *address, struct upcall_request *request,
		  int64_t now_ms, int64_t patience_ms)
{
	struct client_entry *entry = entry_of(clients, address, now_ms);
	struct waiting *waiting;

	if (!entry || !may_wait(clients, entry))
		return false;
	waiting = calloc(1, sizeof(*waiting));
	if (!waiting)
		return false;
	waiting->request = *request;
	waiting->since = now_ms;
	waiting->until = now_ms + patience_ms;
	*request = (struct upcall_request){ 0 };
	DL_APPEND(entry->waiting, waiting);
	clients->waiting_count++;
	return true;
}

void clients_on_ready(struct clients *clients, clients_ready *ready, void *context)
{
	clients->ready = ready;
	clients->context = context;
}

bool clients_anybody_waits(const struct clients *clients)
{
	return clients->waiting_count > 0;
}

static unsigned int count_slow(const struct client_entry *entry, int64_t now_ms)
{
	const struct waiting *waiting;
	unsigned int count = 0;

	DL_FOREACH(entry->waiting, waiting)
		count += now_ms - waiting->since >= SLOW_MS;
	return count;
}

void clients_tick(struct clients *clients, int64_t now_ms)
{
	struct client_entry *entry, *next;
	struct waiting *taken = NULL;

	clients->slow_count = 0;
	HASH_ITER(hh, clients->entries, entry, next)
		if (entry->waiting) {
			take_waiting(clients, entry, false, now_ms, &taken);
			clients->slow_count += count_slow(entry, now_ms);
		}
	begin_more(clients, now_ms);
	make_known(clients, taken, true);
}
