/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * negotiate: in which order versions and addresses are tried, and which failure
 * ends it.  One attempt is the caller's function, so that all of this can be
 * tested without a kernel.  Falling to version 3, asking rpcbind and trying
 * again later belong here, too.
 */
#ifndef NFSTLS_MOUNT_NEGOTIATE_H
#define NFSTLS_MOUNT_NEGOTIATE_H

#include "utils/mount/kernel.h"
#include "utils/mount/protocol.h"
#include "utils/mount/resolve.h"

struct negotiation {
	const struct options *user; /* after version_take() */
	struct version_request version;
	struct protocol protocol;
	const struct address *addresses;
	size_t address_count;
	const char *mount_address; /* of mounthost=, numeric; else NULL */

	/* Mounts with these options; 0, or -errno with *failure. */
	int (*attempt)(void *context, const struct options *options, struct kernel_failure *failure);
	void *context;
};

/*
 * 0 as soon as one attempt succeeds, else -errno with the last attempt's *failure.
 * -EINVAL and -ENOMEM with *e filled and failure->code 0: the options themselves are bad.
 */
int negotiate(const struct negotiation *n, struct kernel_failure *failure, struct error *e);

#endif
