/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * negotiate: in which order versions and addresses are tried, and which failure
 * ends it.  One attempt, and the questions to a server that has to be of version 3, are the
 * caller's functions, so that all of this can be tested without a kernel.
 */
#ifndef NFSTLS_MOUNT_NEGOTIATE_H
#define NFSTLS_MOUNT_NEGOTIATE_H

#include "utils/mount/kernel.h"
#include "utils/mount/kernel_options.h"
#include "utils/mount/ports.h"
#include "utils/mount/resolve.h"

/* One mount(2), or what stands for it. */
struct attempt {
	struct mount_version version;
	const struct address *address;
	const struct mount_options *user;    /* before they were made ready for the kernel */
	const struct mount_options *options; /* for the kernel */
};

struct negotiation {
	const struct mount_options *user; /* after mount_versions_take() */
	struct mount_versions version;
	struct mount_protocol protocol;
	const struct address *addresses;
	size_t address_count;
	const struct address *mount_host; /* of mounthost= or mountproto=; else NULL */
	bool secured;			  /* tls or mtls is asked for */

	/* Mounts with these options; 0, or -errno with *failure. */
	int (*attempt)(void *context, const struct attempt *attempt, struct kernel_failure *failure);
	/* Version 3 only: asks for ports, and starts what it needs; 0, or -errno with *failure. */
	int (*prepare_3)(void *context, const struct ports_request *request, struct ports *ports,
			 struct kernel_failure *failure);
	/* After -EPROTONOSUPPORT or a refused connection: does the server speak this version, as far as it says? */
	bool (*speaks)(void *context, const struct address *address, int major);
	void *context;
};

/*
 * 0 as soon as one attempt succeeds, else -errno with the *failure that tells most.
 * -EINVAL and -ENOMEM with *e filled and failure->code 0: the options themselves are bad.
 */
int negotiate(const struct negotiation *n, struct kernel_failure *failure, struct error *e);

/* Whether version 4 is not to be had, or what is wanted is not in its tree. */
bool version_3_may_help(const struct kernel_failure *failure);

#endif
