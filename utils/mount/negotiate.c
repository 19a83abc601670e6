/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/mount/negotiate.h"

#include <errno.h>

/* Another address of the same server may do where this one does not answer or does not admit us. */
static bool next_address_may_help(const struct kernel_failure *failure, int major)
{
	switch (failure->code) {
	case ECONNREFUSED:
	case EHOSTUNREACH:
	case ETIMEDOUT:
	case EACCES:
		return true;
	case EOPNOTSUPP:
		return major == 3;
	default:
		return false;
	}
}

/*
 * A server or a kernel that lacks a minor version says one of these.  An option
 * that the kernel refuses is refused in every version, and a server that denied
 * access, perhaps in the TLS handshake, is not asked a second time.
 */
static bool lower_version_may_help(const struct kernel_failure *failure)
{
	return failure->code == EPROTONOSUPPORT || (failure->code == EINVAL && !failure->word_refused);
}

static int try_address(const struct negotiation *n, struct version version, const struct address *address,
		       struct kernel_failure *failure, struct error *e)
{
	bool own_client = !options_last(n->user, "clientaddr");
	struct kernel_options_request request = {
		.user = n->user,
		.version = version,
		.pinned = n->version.pinned,
		.protocol = &n->protocol,
		.address = address->text,
		.client_address = own_client ? address->client : NULL,
		.mount_address = n->mount_address,
	};
	AUTO_OPTIONS options = { 0 };
	int r = kernel_options(&request, &options, e);

	*failure = (struct kernel_failure){ 0 };
	return r ? r : n->attempt(n->context, &options, failure);
}

static int try_addresses(const struct negotiation *n, struct version version, struct kernel_failure *failure,
			 struct error *e)
{
	int r = -EINVAL;

	for (size_t i = 0; i < n->address_count; i++) {
		r = try_address(n, version, &n->addresses[i], failure, e);
		if (!r || !next_address_may_help(failure, version.major))
			break;
	}
	return r;
}

int negotiate(const struct negotiation *n, struct kernel_failure *failure, struct error *e)
{
	struct version version = n->version.version;
	int r = try_addresses(n, version, failure, e);

	if (n->version.pinned || version.major != 4)
		return r;
	while (r && version.minor > 0 && lower_version_may_help(failure)) {
		version.minor--;
		r = try_addresses(n, version, failure, e);
	}
	return r;
}
