/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order of the rows. */
#include <stdlib.h>
#include <string.h>

#include "support/verdict/verdict.h"

/* From the worst. */
static int rank_of(const struct verdict_row *row)
{
	static const int ranks[VERDICT_STATE_COUNT] = {
		[VERDICT_CLEAR] = 0, [VERDICT_WEAK] = 1, [VERDICT_UNKNOWN] = 2, [VERDICT_STARTING] = 3,
		[VERDICT_PLAIN] = 4, [VERDICT_IDLE] = 5, [VERDICT_OK] = 6,
	};

	return ranks[row->state];
}

static int compare_addresses(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	const struct ip_address left = address_of(a), right = address_of(b);
	int by = left.size < right.size ? -1 : left.size > right.size;

	return by ? by : memcmp(left.bytes, right.bytes, left.size);
}

static int compare_ports(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	return (int)address_port(a) - (int)address_port(b);
}

/* Of those without mounts "". */
static const char *first_point(const struct verdict_report *report, const struct verdict_row *row)
{
	return row->transport->mount_count ? report->list.mounts[row->transport->mounts[0]].point : "";
}

/* Of a server the port of the peer is any. */
static int compare_peers(const struct transport_entry *a, const struct transport_entry *b)
{
	int by = compare_addresses(&a->remote, &b->remote);

	return by || a->is_server ? by : compare_ports(&a->remote, &b->remote);
}

bool verdict_same_peer(const struct verdict_row *a, const struct verdict_row *b)
{
	return !compare_peers(a->transport, b->transport);
}

static int compare_rows(const void *left, const void *right, void *context)
{
	const struct verdict_row *a = left, *b = right;
	const struct transport_entry *one = a->transport, *other = b->transport;
	int by = (int)one->is_server - (int)other->is_server;

	if (!by)
		by = rank_of(a) - rank_of(b);
	if (!by)
		by = compare_peers(one, other);
	if (!by)
		by = strcmp(a->why, b->why);
	if (!by)
		by = strcmp(first_point(context, a), first_point(context, b));
	if (!by)
		by = compare_ports(&one->remote, &other->remote);
	return by ? by : compare_ports(&one->local, &other->local);
}

void verdict_sort(struct verdict_report *report)
{
	qsort_r(report->rows, report->list.count, sizeof(*report->rows), compare_rows, report);
}
