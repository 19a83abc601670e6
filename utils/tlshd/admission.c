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
	int64_t struck_at; /* the last stall; -ADMISSION_MEMORY_MS before the first */
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

static bool struck(const struct visitor *visitor, int64_t now_ms)
{
	return now_ms - visitor->struck_at < ADMISSION_MEMORY_MS;
}

/* Keeps memory bounded: whoever has nothing under way and no strike need not be remembered. */
static void sweep(struct admission *admission, int64_t now_ms)
{
	struct visitor *visitor, *next;

	HASH_ITER(hh, admission->visitors, visitor, next)
		if (!visitor->under_way && !struck(visitor, now_ms))
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
	visitor->struck_at = now_ms - ADMISSION_MEMORY_MS;
	HASH_ADD(hh, admission->visitors, address, sizeof(visitor->address), visitor);
	return visitor;
}

uint32_t admission_begin(struct admission *admission, const struct in6_addr *address, int64_t now_ms)
{
	struct visitor *visitor = find(admission, address);
	bool crowded;

	if (!visitor)
		visitor = remember(admission, address, now_ms);
	if (!visitor)
		return ADMISSION_STRUCK_MS; /* thousands of addresses at once: no time for anybody */
	crowded = visitor->under_way >= ADMISSION_SHARE;
	visitor->under_way++;
	if (struck(visitor, now_ms))
		return crowded ? ADMISSION_STRUCK_CROWDED_MS : ADMISSION_STRUCK_MS;
	return crowded ? ADMISSION_CROWDED_MS : ADMISSION_PATIENCE_MS;
}

void admission_end(struct admission *admission, const struct in6_addr *address, enum admission_end end, int64_t now_ms)
{
	struct visitor *visitor = find(admission, address);

	if (!visitor)
		return;
	if (visitor->under_way)
		visitor->under_way--;
	if (end == ADMISSION_STALLED)
		visitor->struck_at = now_ms;
	if (end == ADMISSION_OK)
		visitor->struck_at = now_ms - ADMISSION_MEMORY_MS;
	if (!visitor->under_way && !struck(visitor, now_ms))
		forget(admission, visitor);
}

unsigned int admission_addresses(const struct admission *admission)
{
	return HASH_COUNT(admission->visitors);
}
