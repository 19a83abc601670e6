/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tls_offer: for xprtsec=auto that has failed with TLS, whether the server says that it has none: which of
 * its addresses is asked, for which NFS version, and whose answer counts.
 * One question is the caller's function, so that the order can be tested without a server.
 */
#ifndef NFSTLS_MOUNT_TLS_OFFER_H
#define NFSTLS_MOUNT_TLS_OFFER_H

#include "support/rpc/rpc.h"
#include "utils/mount/kernel_options.h"
#include "utils/mount/resolve.h"

/* How long one address may take to answer. */
#define TLS_OFFER_LIMIT_MS 10000

struct tls_offer_request {
	const struct address *addresses;
	size_t address_count;
	uint16_t port;
	struct mount_versions version;

	/* As rpc_probe_tls(). */
	int (*ask)(const struct sockaddr *server, socklen_t size, uint32_t program, uint32_t version, int limit_ms,
		   enum rpc_tls_answer *answer, struct error *e);
};

/*
 * Asks the addresses in turn.  The first that answers decides, also when its
 * answer is an error: *answer, and its index in *which, for what it says
 * holds for no other.  When none answers, the last one's errno and sentence: silence is never "no TLS".
 */
int tls_offer_find(const struct tls_offer_request *question, enum rpc_tls_answer *answer, size_t *which,
		   struct error *e);

#endif
