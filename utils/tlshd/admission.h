/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * admission: how long a server's handshake may wait for its peer.  nfsd sleeps
 * in one of its few threads while the agent works, so a stranger who connects
 * and then says nothing would stop the whole service.
 *
 * Who has shown a valid certificate from an address is known there, and is
 * waited for.  Everybody else is a stranger, and strangers share what is left:
 *
 *   level            IPv4   IPv6   handshakes with full patience: eighths of nfsd's threads,
 *                                  from ports below 1024, and from others
 *   host             /32    /128   two handshakes
 *   network          /24    /64    2, 1
 *   wider network    /16    /56    3, 2
 *   site             -      /48    3, 2
 *   all              /0     /0     4, 2
 *
 * Beyond a share patience is short: eight times what the slowest of the last
 * handshakes with a certificate took, since honest peers of a busy machine
 * wait for each other.  Handshakes that held a thread for nothing halve
 * it, at each level once there are more than honest ones lose, down to none.
 * They are forgiven with time, and by handshakes that succeed.
 *
 * A port below 1024 is only given to root and to the kernel.  Connections from
 * those and from other ports are counted apart, so that an ordinary process
 * cannot spend the patience that its own host's mounts need.
 *
 * Pure: addresses and times in, milliseconds out.
 */
#ifndef NFSTLS_TLSHD_ADMISSION_H
#define NFSTLS_TLSHD_ADMISSION_H

#include <netinet/in.h>

#include "support/base/base.h"

#define ADMISSION_PATIENCE_MS 1500u	/* for the next message of a peer within all shares */
#define ADMISSION_CROWDED_MS 1000u	/* beyond one, as long as nobody knows how fast peers are here */
#define ADMISSION_CROWDED_LEAST_MS 150u /* where they are fast */
#define ADMISSION_LEAST_MS 100u		/* within all shares, after many handshakes that failed */
#define ADMISSION_USEFUL_MS 20u		/* whoever would get less is turned away */
#define ADMISSION_HOST_SHARE 2u		/* handshakes of one host at once that get full patience */
#define ADMISSION_COSTLY_MS 100		/* one that held a thread for so long and failed counts as stalled */
#define ADMISSION_THREADS 8u		/* of nfsd, where nobody knows */
#define ADMISSION_MEMORY_MS (7LL * 24 * 3600 * 1000) /* how long a valid certificate is remembered */
#define ADMISSION_NODES_MAX 8192u		     /* hosts and networks remembered */
#define ADMISSION_KNOWN_MAX 4096u		     /* hosts known, and remembered besides */

struct admission;

struct admission *admission_new(void); /* NULL without memory */
void admission_free(struct admission *admission);

/* One handshake under way, kept by the caller from its begin to its end. */
struct admission_visit {
	struct in6_addr address; /* IPv4 as ::ffff:a.b.c.d */
	bool privileged;	 /* its port is below 1024 */
	/* Set by admission_begin(): */
	bool known;
	uint8_t counted; /* levels that count it, a bit each */
	uint8_t weight;	 /* of a stall */
	int64_t began_ms;
};

/*
 * Counts a handshake as under way and returns its patience in milliseconds; 0: it must not be waited for.  threads are
 * nfsd's, 0 when their number is not known.
 */
uint32_t admission_begin(struct admission *admission, struct admission_visit *visit, unsigned int threads,
			 int64_t now_ms);

/* How it ended; to be called once for each admission_begin(). */
enum admission_end {
	ADMISSION_VERIFIED,  /* with a valid certificate */
	ADMISSION_ANONYMOUS, /* without one, but well */
	ADMISSION_FAILED,
	ADMISSION_STALLED, /* the peer was silent, or not waited for */
	ADMISSION_EXCUSED, /* it failed by no fault of the peer */
};
void admission_end(struct admission *admission, const struct admission_visit *visit, enum admission_end end,
		   int64_t now_ms);

/* Hosts and networks remembered, for tests and reports. */
unsigned int admission_remembered(const struct admission *admission);

#endif
