/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/exportd/turns.h"

#include <stdlib.h>
#include <string.h>

#include <uthash.h>
#include <utlist.h>

#define NETWORKS_MAX 4096u /* those of which nothing waits are remembered as long as there are fewer */

/* The part of an address that its owner cannot choose: as a rule one of IPv6 has a /64 to itself, or more. */
struct network_key {
	unsigned char bytes[8];
	unsigned int size;
};

struct turns_network {
	struct network_key key;
	struct turn *waiting; /* the newest first */
	unsigned int waiting_count, running;
	int64_t silent_until_ms;
	bool answered; /* the last one that ended was */
	UT_hash_handle hh;
};

struct turns {
	unsigned int at_once, waiting_count;
	struct turns_network *networks;
	struct turn *running;
};

struct turns *turns_new(unsigned int at_once)
{
	struct turns *turns = calloc(1, sizeof(*turns));

	if (turns)
		turns->at_once = at_once;
	return turns;
}

static void network_free(struct turns *turns, struct turns_network *network)
{
	HASH_DEL(turns->networks, network);
	free(network);
}

void turns_free(struct turns *turns)
{
	struct turns_network *network, *next;

	if (!turns)
		return;
	HASH_ITER(hh, turns->networks, network, next)
		network_free(turns, network);
	free(turns);
}

unsigned int turns_threads(const struct turns *turns)
{
	return turns->at_once * (1 + TURNS_SLOW_SHARE);
}

/* ---- networks ------------------------------------------------------------------------- */

static bool is_idle(const struct turns_network *network)
{
	return !network->waiting && !network->running;
}

static void forget_networks(struct turns *turns, int64_t now_ms)
{
	struct turns_network *network, *next;

	HASH_ITER(hh, turns->networks, network, next)
		if (is_idle(network) &&
		    (network->silent_until_ms <= now_ms || HASH_COUNT(turns->networks) >= NETWORKS_MAX))
			network_free(turns, network);
}

static struct turns_network *find_network(const struct turns *turns, const struct ip_address *address,
					  struct network_key *key)
{
	struct turns_network *network;

	memset(key, 0, sizeof(*key));
	key->size = address->size == 4 ? 3 : sizeof(key->bytes);
	memcpy(key->bytes, address->bytes, key->size);
	HASH_FIND(hh, turns->networks, key, sizeof(*key), network);
	return network;
}

static struct turns_network *network_of(struct turns *turns, const struct ip_address *address, int64_t now_ms)
{
	struct network_key key;
	struct turns_network *network = find_network(turns, address, &key);

	if (network)
		return network;
	if (HASH_COUNT(turns->networks) >= NETWORKS_MAX)
		forget_networks(turns, now_ms);
	network = calloc(1, sizeof(*network));
	if (!network)
		return NULL;
	network->key = key;
	HASH_ADD(hh, turns->networks, key, sizeof(network->key), network);
	if (network->hh.tbl)
		return network;
	free(network);
	return NULL;
}

/* ---- waiting ---------------------------------------------------------------------------- */

static void stop_waiting(struct turns *turns, struct turn *turn)
{
	DL_DELETE(turn->network->waiting, turn);
	turn->network->waiting_count--;
	turns->waiting_count--;
}

static struct turn *oldest_of(const struct turns_network *network)
{
	return network->waiting->prev; /* utlist: that of the head is the tail */
}

/* Of two crowds the one that has been there for longer. */
static bool is_more_crowded(const struct turns_network *network, const struct turns_network *than)
{
	if (!network->waiting || !than)
		return network->waiting;
	if (network->waiting_count != than->waiting_count)
		return network->waiting_count > than->waiting_count;
	return oldest_of(network)->since_ms < oldest_of(than)->since_ms;
}

static struct turn *drop_one(struct turns *turns)
{
	const struct turns_network *crowd = NULL;
	struct turn *turn;

	for (const struct turns_network *network = turns->networks; network; network = network->hh.next)
		if (is_more_crowded(network, crowd))
			crowd = network;
	turn = oldest_of(crowd);
	stop_waiting(turns, turn);
	return turn;
}

bool turns_wait(struct turns *turns, struct turn *turn, const struct ip_address *address, int64_t now_ms,
		struct turn **dropped)
{
	struct turns_network *network = network_of(turns, address, now_ms);

	*dropped = NULL;
	if (!network)
		return false;
	*turn = (struct turn){ .network = network, .since_ms = now_ms };
	DL_PREPEND(network->waiting, turn);
	network->waiting_count++;
	if (++turns->waiting_count > TURNS_WAITING_MAX)
		*dropped = drop_one(turns);
	return true;
}

void turns_ask_again(struct turn *turn, int64_t now_ms)
{
	if (turn->running)
		return;
	turn->since_ms = now_ms;
	DL_DELETE(turn->network->waiting, turn);
	DL_PREPEND(turn->network->waiting, turn);
}

struct turn *turns_expired(struct turns *turns, int64_t now_ms)
{
	for (struct turns_network *network = turns->networks; network; network = network->hh.next) {
		struct turn *turn = network->waiting ? oldest_of(network) : NULL;

		if (!turn || now_ms - turn->since_ms < TURNS_WAIT_MS)
			continue;
		stop_waiting(turns, turn);
		return turn;
	}
	return NULL;
}

/* ---- turns ---------------------------------------------------------------------------------- */

static bool is_silent(const struct turns_network *network, int64_t now_ms)
{
	return network->silent_until_ms > now_ms;
}

/* What is under way: in all, not slow, and for networks about which nobody answers. */
struct load {
	unsigned int all, quick, silent;
};

static struct load load_of(const struct turns *turns, int64_t now_ms)
{
	struct load load = { 0 };

	for (const struct turn *turn = turns->running; turn; turn = turn->next) {
		load.all++;
		load.quick += now_ms - turn->since_ms < TURNS_SLOW_MS;
		load.silent += is_silent(turn->network, now_ms);
	}
	return load;
}

/* Some threads are always left for others than one network, and than those about which nobody answers. */
static bool may_begin(const struct turns *turns, const struct turns_network *network, const struct load *load,
		      int64_t now_ms)
{
	return network->waiting && network->running < turns->at_once &&
	       (!is_silent(network, now_ms) || load->silent < turns_threads(turns) / 2);
}

static bool comes_before(const struct turns_network *network, const struct turns_network *other, int64_t now_ms)
{
	bool silent = is_silent(network, now_ms);

	if (silent != is_silent(other, now_ms))
		return !silent;
	if (network->running != other->running)
		return network->running < other->running;
	return network->waiting->since_ms > other->waiting->since_ms;
}

struct turn *turns_next(struct turns *turns, int64_t now_ms)
{
	const struct load load = load_of(turns, now_ms);
	struct turns_network *best = NULL;
	struct turn *turn;

	if (!turns->waiting_count || load.all >= turns_threads(turns) || load.quick >= turns->at_once)
		return NULL;
	for (struct turns_network *network = turns->networks; network; network = network->hh.next)
		if (may_begin(turns, network, &load, now_ms) && (!best || comes_before(network, best, now_ms)))
			best = network;
	if (!best)
		return NULL;
	turn = best->waiting;
	stop_waiting(turns, turn);
	turn->running = true;
	turn->since_ms = now_ms;
	best->running++;
	DL_APPEND(turns->running, turn);
	return turn;
}

void turns_end(struct turns *turns, struct turn *turn, bool answered, int64_t now_ms)
{
	if (!turn->running) {
		stop_waiting(turns, turn);
		return;
	}
	DL_DELETE(turns->running, turn);
	turn->network->running--;
	turn->network->silent_until_ms = answered ? 0 : now_ms + TURNS_SILENT_MS;
	turn->network->answered = answered;
}

bool turns_is_answered(const struct turns *turns, const struct ip_address *address)
{
	struct network_key key;
	const struct turns_network *network = find_network(turns, address, &key);

	return network && network->answered;
}
