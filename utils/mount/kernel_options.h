/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kernel_options: the option list that the kernel gets for one version and one address.  Values only. */
#ifndef NFSTLS_MOUNT_KERNEL_OPTIONS_H
#define NFSTLS_MOUNT_KERNEL_OPTIONS_H

#include "support/mounts/mounts.h"

struct ports; /* ports.h */

struct kernel_options_request {
	const struct mount_options *user; /* after mount_options_take_generic() and mount_versions_take() */
	struct mount_version version;
	bool pinned;
	const struct mount_protocol *protocol;
	const char *address;	    /* numeric */
	const char *client_address; /* numeric; NULL when the user gave one or for version 3 */
	const char *mount_address;  /* numeric address of mounthost=, else NULL */
	const struct ports *ports;  /* for version 3, what rpcbind said; NULL: nobody asked, the kernel will */
};

/* Appends to *out, which the caller frees.  -EINVAL for a bad number in a version 3 word; -ENOMEM. */
int kernel_options(const struct kernel_options_request *request, struct mount_options *out, struct error *e);

#endif
