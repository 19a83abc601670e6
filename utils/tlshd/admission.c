/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/tlshd/admission.h"

#include <stdlib.h>
#include <string.h>

/* Out of memory in the table means "not remembered", not the end of the program. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

struct visitor {
	struct in6_addr address;
	unsigned int under_way;
	unsigned int stalls; /* since the last success */
	int64_t stalled_at;  /* the last of them */
	UT_hash_handle hh;
};

struct admission {
	struct visitor *visitors;
};

struct admission *admission_new(void)
{
	return calloc(1, sizeof(struct admission));
}

static void forget(struct admission *admission, struct visitor *visitor)
{
	HASH_DEL(admission->visitors, visitor);
	free(visitor);
}

void admission_free(struct admission *admission)
{
	struct visitor *visitor, *next;

	if (!admission)
		return;
	HASH_ITER(hh, admission->visitors, visitor, next)
		forget(admission, visitor);
	free(admission);
}

/* The stalls that still count. */
static unsigned int stalls_of(const struct visitor *visitor, int64_t now_ms)
{
	return now_ms - visitor->stalled_at < ADMISSION_MEMORY_MS ? visitor->stalls : 0;
}

static uint32_t halve(uint32_t patience, unsigned int times, uint32_t least)
{
	uint32_t halved = times < 32 ? patience >> times : 0;

	return halved > least ? halved : least;
}

/* Keeps memory bounded: whoever has nothing under way and no stalls need not be remembered. */
static void sweep(struct admission *admission, int64_t now_ms)
{
	struct visitor *visitor, *next;

	HASH_ITER(hh, admission->visitors, visitor, next)
		if (!visitor->under_way && !stalls_of(visitor, now_ms))
			forget(admission, visitor);
}

static struct visitor *find(struct admission *admission, const struct in6_addr *address)
{
	struct visitor *visitor;

	HASH_FIND(hh, admission->visitors, address, sizeof(*address), visitor);
	return visitor;
}

static struct visitor *remember(struct admission *admission, const struct in6_addr *address, int64_t now_ms)
{
	struct visitor *visitor;

	if (HASH_COUNT(admission->visitors) >= ADMISSION_ADDRESSES_MAX)
		sweep(admission, now_ms);
	if (HASH_COUNT(admission->visitors) >= ADMISSION_ADDRESSES_MAX)
		return NULL;
	visitor = calloc(1, sizeof(*visitor));
	if (!visitor)
		return NULL;
	visitor->address = *address;
	HASH_ADD(hh, admission->visitors, address, sizeof(visitor->address), visitor);
	return visitor;
}

uint32_t admission_begin(struct admission *admission, const struct in6_addr *address, int64_t now_ms)
{
	struct visitor *visitor = find(admission, address);
	unsigned int stalls;

	if (!visitor)
		visitor = remember(admission, address, now_ms);
	if (!visitor)
		return ADMISSION_PATIENCE_LEAST_MS; /* thousands of addresses at once: no time for anybody */
	stalls = stalls_of(visitor, now_ms);
	if (visitor->under_way++ < ADMISSION_SHARE)
		return halve(ADMISSION_PATIENCE_MS, stalls, ADMISSION_PATIENCE_LEAST_MS);
	return halve(ADMISSION_CROWDED_MS, stalls, ADMISSION_CROWDED_LEAST_MS);
}

void admission_end(struct admission *admission, const struct in6_addr *address, enum admission_end end, int64_t now_ms)
{
	struct visitor *visitor = find(admission, address);

	if (!visitor)
		return;
	if (visitor->under_way)
		visitor->under_way--;
	if (end == ADMISSION_STALLED) {
		visitor->stalls = stalls_of(visitor, now_ms) + 1;
		visitor->stalled_at = now_ms;
	}
	if (end == ADMISSION_OK)
		visitor->stalls = 0;
	if (!visitor->under_way && !stalls_of(visitor, now_ms))
		forget(admission, visitor);
}

unsigned int admission_addresses(const struct admission *admission)
{
	return HASH_COUNT(admission->visitors);
}
