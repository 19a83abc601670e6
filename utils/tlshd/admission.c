/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/tlshd/admission.h"

#include <stdlib.h>
#include <string.h>

#include <uthash.h>

/* How many of the last handshakes with a certificate tell how fast peers are, and how many must have. */
#define TEMPO_COUNT 8u
#define TEMPO_COUNT_LEAST 4u
#define TEMPO_FACTOR 8
/* When the table is full it is swept, but not at each handshake. */
#define SWEEP_PAUSE_MS 1000

enum level { HOST, NETWORK, WIDER, SITE, ALL, LEVEL_COUNT };

static const struct {
	uint8_t bits4, bits6; /* length of the prefix, of ::ffff:a.b.c.d for IPv4; 0: no such level */
	uint8_t eighths;      /* of nfsd's threads: the share; 0 for ADMISSION_HOST_SHARE */
	uint8_t eighths_unprivileged;
	uint8_t tolerated; /* stalls that halve nothing */
	uint8_t step;	   /* of which each further number halves */
	uint8_t most;	   /* that are counted */
	uint16_t fade_ms;  /* in which one is forgiven */
} levels[LEVEL_COUNT] = {
	[HOST] = { 128, 128, 0, 0, 0, 1, 8, 5000 },  [NETWORK] = { 120, 64, 2, 1, 4, 2, 32, 1500 },
	[WIDER] = { 112, 56, 3, 2, 8, 2, 48, 1000 }, [SITE] = { 0, 48, 3, 2, 12, 2, 64, 750 },
	[ALL] = { 0, 0, 4, 2, 16, 4, 96, 500 },
};

struct key {
	struct in6_addr prefix;
	uint8_t bits, privileged;
};

/* A host or a network. */
struct node {
	struct key key;
	unsigned int under_way;
	unsigned int stalls;
	int64_t stalls_at; /* the time that the number is of */
	int64_t known_at;  /* of a host: when it last showed a valid certificate; -1: never */
	UT_hash_handle hh;
};

struct admission {
	struct node *nodes;
	struct node all[2]; /* by whether the port is privileged */
	unsigned int known;
	int64_t swept_at;
	int64_t tempo[TEMPO_COUNT]; /* milliseconds */
	unsigned int tempo_next;
};

struct admission *admission_new(void)
{
	struct admission *new = calloc(1, sizeof(*new));

	if (!new)
		return NULL;
	new->swept_at = INT64_MIN / 2;
	new->all[true].key.privileged = true;
	return new;
}

static void forget(struct admission *admission, struct node *node)
{
	if (node->known_at >= 0)
		admission->known--;
	HASH_DEL(admission->nodes, node);
	free(node);
}

void admission_free(struct admission *admission)
{
	struct node *node, *next;

	if (!admission)
		return;
	HASH_ITER(hh, admission->nodes, node, next)
		forget(admission, node);
	free(admission);
}

/* ---- hosts and networks --------------------------------------------------- */

static struct key key_of(const struct admission_visit *visit, unsigned int bits)
{
	struct key key;

	memset(&key, 0, sizeof(key)); /* it is hashed with its padding */
	memcpy(&key.prefix, &visit->address, bits / 8);
	key.bits = (uint8_t)bits;
	key.privileged = visit->privileged;
	return key;
}

static unsigned int bits_at(const struct admission_visit *visit, enum level level)
{
	return IN6_IS_ADDR_V4MAPPED(&visit->address) ? levels[level].bits4 : levels[level].bits6;
}

/* The stalls that are not forgiven yet. */
static unsigned int fade(struct node *node, enum level level, int64_t now_ms)
{
	int64_t forgiven = (now_ms - node->stalls_at) / levels[level].fade_ms;

	if (forgiven <= 0)
		return node->stalls;
	node->stalls = forgiven < node->stalls ? node->stalls - (unsigned int)forgiven : 0;
	node->stalls_at += forgiven * levels[level].fade_ms;
	return node->stalls;
}

static enum level level_of(const struct node *node)
{
	bool is4 = IN6_IS_ADDR_V4MAPPED(&node->key.prefix);

	for (enum level level = HOST; level < ALL; level++)
		if (node->key.bits == (is4 ? levels[level].bits4 : levels[level].bits6))
			return level;
	return ALL;
}

static bool is_known(const struct node *node, int64_t now_ms)
{
	return node->known_at >= 0 && now_ms - node->known_at < ADMISSION_MEMORY_MS;
}

/* Who has nothing under way, has stalled nothing and is not known need not be remembered. */
static bool is_of_use(struct node *node, int64_t now_ms)
{
	return node->under_way || is_known(node, now_ms) || fade(node, level_of(node), now_ms);
}

static unsigned int strangers(const struct admission *admission)
{
	return HASH_COUNT(admission->nodes) - admission->known;
}

static void make_room(struct admission *admission, int64_t now_ms)
{
	struct node *node, *next;

	if (strangers(admission) + LEVEL_COUNT <= ADMISSION_NODES_MAX || now_ms - admission->swept_at < SWEEP_PAUSE_MS)
		return;
	admission->swept_at = now_ms;
	HASH_ITER(hh, admission->nodes, node, next)
		if (!is_of_use(node, now_ms))
			forget(admission, node);
}

/* NULL for a level that there is not, and for a host or a network that is not remembered. */
static struct node *find(struct admission *admission, const struct admission_visit *visit, enum level level)
{
	unsigned int bits = bits_at(visit, level);
	struct key key = key_of(visit, bits);
	struct node *node;

	if (level == ALL)
		return &admission->all[visit->privileged];
	if (!bits)
		return NULL;
	HASH_FIND(hh, admission->nodes, &key, sizeof(key), node);
	return node;
}

static struct node *remember(struct admission *admission, const struct admission_visit *visit, enum level level,
			     int64_t now_ms)
{
	struct node *node = find(admission, visit, level);

	if (node || !bits_at(visit, level))
		return node;
	node = strangers(admission) < ADMISSION_NODES_MAX ? calloc(1, sizeof(*node)) : NULL;
	if (!node)
		return NULL;
	node->key = key_of(visit, bits_at(visit, level));
	node->stalls_at = now_ms;
	node->known_at = -1;
	HASH_ADD(hh, admission->nodes, key, sizeof(node->key), node);
	return node;
}

/* ---- patience ------------------------------------------------------------- */

static unsigned int at_least(unsigned int number, unsigned int least)
{
	return number > least ? number : least;
}

static unsigned int share_of(enum level level, bool privileged, unsigned int threads)
{
	unsigned int eighths = privileged ? levels[level].eighths : levels[level].eighths_unprivileged;

	return eighths ? at_least(threads * eighths / 8, 1) : ADMISSION_HOST_SHARE;
}

/* What is enough for an honest peer when many come at once. */
static uint32_t crowded_patience(const struct admission *admission)
{
	int64_t slowest = 0;

	for (unsigned int i = 0; i < TEMPO_COUNT; i++)
		if (admission->tempo[i] > slowest)
			slowest = admission->tempo[i];
	if (admission->tempo_next < TEMPO_COUNT_LEAST || slowest * TEMPO_FACTOR > ADMISSION_CROWDED_MS)
		return ADMISSION_CROWDED_MS;
	return at_least((uint32_t)(slowest * TEMPO_FACTOR), ADMISSION_CROWDED_LEAST_MS);
}

static unsigned int halvings_of(struct node *node, enum level level, int64_t now_ms)
{
	unsigned int stalls = fade(node, level, now_ms);

	return stalls > levels[level].tolerated ? (stalls - levels[level].tolerated) / levels[level].step : 0;
}

static uint32_t halve(uint32_t patience, unsigned int times, uint32_t least)
{
	uint32_t halved = times < 32 ? patience >> times : 0;

	return at_least(halved < ADMISSION_USEFUL_MS ? 0 : halved, least);
}

static void add_stall(struct node *node, enum level level, unsigned int weight, int64_t now_ms)
{
	unsigned int stalls = fade(node, level, now_ms) + weight;

	if (stalls == weight)
		node->stalls_at = now_ms;
	node->stalls = stalls < levels[level].most ? stalls : levels[level].most;
}

/* Of few threads each is worth more. */
static uint8_t weight_of(unsigned int threads)
{
	return threads < ADMISSION_THREADS ? (uint8_t)(ADMISSION_THREADS / threads) : 1;
}

/* Strangers elsewhere, and other hosts of its network, take nothing from a known host. */
static uint32_t begin_known(struct admission *admission, struct node *host, unsigned int threads, int64_t now_ms)
{
	uint32_t crowded = crowded_patience(admission);
	unsigned int halvings = halvings_of(host, HOST, now_ms), before = host->under_way++;

	if (before < at_least(threads / 4, ADMISSION_HOST_SHARE))
		return halve(ADMISSION_PATIENCE_MS, halvings, crowded);
	/* What one host holds, whoever it is, leaves something for the others. */
	return halve(crowded, halvings, before < threads / 2 ? ADMISSION_LEAST_MS : 0);
}

static uint32_t patience_at(const struct admission *admission, const struct node *node, enum level level,
			    unsigned int threads, unsigned int halvings)
{
	if (node->under_way >= share_of(level, node->key.privileged, threads))
		return halve(crowded_patience(admission), halvings, 0);
	return halve(ADMISSION_PATIENCE_MS, halvings, ADMISSION_LEAST_MS);
}

/*
 * Whoever is turned away holds no thread, so only those who keep it away hear of it: the host or the network that has
 * stalled most.
 */
static uint32_t begin_stranger(struct admission *admission, struct admission_visit *visit, unsigned int threads,
			       int64_t now_ms)
{
	uint32_t patience = ADMISSION_PATIENCE_MS;
	struct node *node[LEVEL_COUNT];
	enum level worst = ALL;
	unsigned int most = 0;

	make_room(admission, now_ms);
	for (enum level level = HOST; level < LEVEL_COUNT; level++) {
		unsigned int halvings;
		uint32_t here;

		node[level] = remember(admission, visit, level, now_ms);
		if (!node[level])
			continue;
		halvings = halvings_of(node[level], level, now_ms);
		if (halvings > most) {
			most = halvings;
			worst = level;
		}
		here = patience_at(admission, node[level], level, threads, most);
		if (here < patience)
			patience = here;
	}
	if (!patience)
		add_stall(node[worst], worst, visit->weight, now_ms);
	for (enum level level = HOST; level < LEVEL_COUNT; level++) {
		if (node[level] && patience) {
			node[level]->under_way++;
			visit->counted |= (uint8_t)(1u << level);
		} else if (node[level] && level != ALL && !is_of_use(node[level], now_ms)) {
			forget(admission, node[level]);
		}
	}
	return patience;
}

uint32_t admission_begin(struct admission *admission, struct admission_visit *visit, unsigned int threads,
			 int64_t now_ms)
{
	struct node *host = find(admission, visit, HOST);

	visit->began_ms = now_ms;
	visit->counted = 0;
	visit->known = host && is_known(host, now_ms);
	if (!threads)
		threads = ADMISSION_THREADS;
	visit->weight = weight_of(threads);
	if (!visit->known)
		return begin_stranger(admission, visit, threads, now_ms);
	visit->counted = 1u << HOST;
	return begin_known(admission, host, threads, now_ms);
}

/* ---- the end -------------------------------------------------------------- */

/* The one that has been known for longest without coming again. */
static void forget_oldest_known(struct admission *admission)
{
	struct node *node, *next, *oldest = NULL;

	HASH_ITER(hh, admission->nodes, node, next)
		if (node->known_at >= 0 && !node->under_way && (!oldest || node->known_at < oldest->known_at))
			oldest = node;
	if (oldest)
		forget(admission, oldest);
}

static void become_known(struct admission *admission, const struct admission_visit *visit, int64_t now_ms)
{
	struct node *host;

	if (admission->known >= ADMISSION_KNOWN_MAX)
		forget_oldest_known(admission);
	host = admission->known < ADMISSION_KNOWN_MAX ? remember(admission, visit, HOST, now_ms) : NULL;
	if (!host)
		return;
	if (host->known_at < 0)
		admission->known++;
	host->known_at = now_ms;
}

/* A host is forgiven all when it succeeds, its networks only as much as they can lose by others of the kind. */
static void forgive(struct node *node, enum level level, enum admission_end end)
{
	if (level == HOST)
		node->stalls = 0;
	else if (end == ADMISSION_VERIFIED)
		node->stalls = node->stalls > 2 ? node->stalls - 2 : 0;
}

static void note_tempo(struct admission *admission, int64_t took_ms)
{
	admission->tempo[admission->tempo_next % TEMPO_COUNT] = took_ms;
	if (++admission->tempo_next == 2 * TEMPO_COUNT)
		admission->tempo_next = TEMPO_COUNT;
}

/*
 * A host that has stalled before is dealt with as a host, and spoils nothing for its network any more; so it is with a
 * network and those around it.
 */
static void note_stall(struct admission *admission, const struct admission_visit *visit, int64_t now_ms)
{
	/* One that says a word now and then holds its thread for longer. */
	unsigned int held = at_least((unsigned int)((now_ms - visit->began_ms) / ADMISSION_PATIENCE_MS), 1);
	bool was_bad = false;

	for (enum level level = HOST; level < LEVEL_COUNT && !was_bad; level++) {
		struct node *node = visit->counted & 1u << level ? find(admission, visit, level) : NULL;

		if (!node)
			continue;
		was_bad = halvings_of(node, level, now_ms) > 0;
		add_stall(node, level, held * (level == HOST ? 1 : visit->weight), now_ms);
	}
}

static void leave(struct admission *admission, const struct admission_visit *visit, enum admission_end end,
		  int64_t now_ms)
{
	for (enum level level = HOST; level < LEVEL_COUNT; level++) {
		struct node *node = visit->counted & 1u << level ? find(admission, visit, level) : NULL;

		if (!node)
			continue;
		if (node->under_way)
			node->under_way--;
		if (end == ADMISSION_VERIFIED || end == ADMISSION_ANONYMOUS)
			forgive(node, level, end);
		if (level != ALL && !is_of_use(node, now_ms))
			forget(admission, node);
	}
}

void admission_end(struct admission *admission, const struct admission_visit *visit, enum admission_end end,
		   int64_t now_ms)
{
	int64_t took_ms = now_ms - visit->began_ms;

	if (end == ADMISSION_FAILED && took_ms >= ADMISSION_COSTLY_MS)
		end = ADMISSION_STALLED;
	if (end == ADMISSION_VERIFIED) {
		note_tempo(admission, took_ms);
		become_known(admission, visit, now_ms);
	}
	if (end == ADMISSION_STALLED)
		note_stall(admission, visit, now_ms);
	leave(admission, visit, end, now_ms);
}

unsigned int admission_remembered(const struct admission *admission)
{
	return HASH_COUNT(admission->nodes);
}
