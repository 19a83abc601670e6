/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/mount/tls_offer.h"

#include <errno.h>

#include "support/address/address.h"

static int probe(const struct tls_offer_request *question, const struct address *address, uint32_t version,
		 enum rpc_tls_answer *answer, struct error *e)
{
	struct sockaddr_storage server = address->socket;

	address_set_port(&server, question->port);
	return question->ask((struct sockaddr *)&server, address->size, RPC_NFS_PROGRAM, version, TLS_OFFER_LIMIT_MS,
			     answer, e);
}

/* Version 3 only where the mount may still become one. */
static int ask_address(const struct tls_offer_request *question, const struct address *address,
		       enum rpc_tls_answer *answer, struct error *e)
{
	const struct mount_versions *version = &question->version;
	int r = probe(question, address, (uint32_t)version->version.major, answer, e);

	if (r == -EPROTONOSUPPORT && version->version.major == 4 && !version->pinned && !version->four_only)
		r = probe(question, address, 3, answer, e);
	return r;
}

/* A server that answers something else than yes or no has answered. */
static bool has_answered(int r)
{
	return !r || r == -EPROTONOSUPPORT || r == -EPROTO;
}

int tls_offer_find(const struct tls_offer_request *question, enum rpc_tls_answer *answer, size_t *which,
		   struct error *e)
{
	enum rpc_tls_answer found = RPC_TLS_NOT_OFFERED;
	size_t i;
	int r = error_set(e, EINVAL, "the server has no address");

	for (i = 0; i < question->address_count; i++) {
		r = ask_address(question, &question->addresses[i], &found, e);
		if (has_answered(r))
			break;
	}
	if (r)
		return r;
	*answer = found;
	*which = i;
	return 0;
}
