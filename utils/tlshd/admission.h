/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * admission: how long a handshake may wait for its peer.  nfsd sleeps in one
 * of its few threads while the agent works, so a stranger who connects and
 * then says nothing would stop the whole service.  Hence patience is short,
 * shorter for an address that already has handshakes under way, and it halves
 * with each handshake of the address that stalls.  One that succeeds makes
 * good for all of that: a slow machine stalls now and then, a stranger always.
 *
 * Pure: addresses and times in, milliseconds out.
 *
 *   64 silent connections from one address, 8 nfsd threads:
 *   two wait 1.5 s and six 1 s; these stalls leave the others a few
 *   milliseconds at first and then none, and other addresses are served again
 *   in little more than a second.  Less for the six would be too little for an
 *   honest storm on a slow machine, where each peer waits for all others.
 */
#ifndef NFSTLS_TLSHD_ADMISSION_H
#define NFSTLS_TLSHD_ADMISSION_H

#include <netinet/in.h>

#include "support/base/base.h"

#define ADMISSION_SHARE 2u		/* handshakes of one address at once that get full patience */
#define ADMISSION_PATIENCE_MS 1500u	/* a server's, for the next message of a well-behaved peer */
#define ADMISSION_PATIENCE_LEAST_MS 100u /* after many stalls */
#define ADMISSION_CROWDED_MS 1000u	/* beyond the address's share */
#define ADMISSION_CROWDED_LEAST_MS 0u	/* beyond it and after many stalls: nothing is waited for */
#define ADMISSION_MEMORY_MS 10000	/* how long stalls count */
#define ADMISSION_ADDRESSES_MAX 8192u

struct admission;

struct admission *admission_new(void); /* NULL without memory */
void admission_free(struct admission *admission);

/* Counts a handshake of this address as under way and returns its patience in milliseconds. */
uint32_t admission_begin(struct admission *admission, const struct in6_addr *address, int64_t now_ms);

/* How it ended; to be called once for each admission_begin(). */
enum admission_end { ADMISSION_OK, ADMISSION_FAILED, ADMISSION_STALLED };
void admission_end(struct admission *admission, const struct in6_addr *address, enum admission_end end, int64_t now_ms);

/* Addresses remembered, for tests and reports. */
unsigned int admission_addresses(const struct admission *admission);

#endif
