/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/mount/negotiate.h"

#include <errno.h>

/* ---- addresses ------------------------------------------------------------ */

/* Another address of the same server may do where this one does not answer or does not admit us. */
static bool next_address_may_help(const struct kernel_failure *failure, int major)
{
	switch (failure->code) {
	case ECONNREFUSED:
	case EHOSTUNREACH:
	case ETIMEDOUT:
	case EACCES:
	case ENOTUNIQ: /* a mount that is to be kept apart has the connection to this one */
		return true;
	case EOPNOTSUPP:
		return major == 3;
	default:
		return false;
	}
}

static int prepare_3(const struct negotiation *n, const struct address *address, struct ports *ports,
		     struct kernel_failure *failure)
{
	struct ports_request request = {
		.user = n->user,
		.protocol = &n->protocol,
		.server = address,
		.mount_server = n->mount_host ? n->mount_host : address,
		.secured = n->secured,
	};

	return n->prepare_3(n->context, &request, ports, failure);
}

static int try_address(const struct negotiation *n, struct mount_version version, const struct address *address,
		       struct kernel_failure *failure, struct error *e)
{
	bool own_client = !mount_options_last(n->user, "clientaddr"), three = version.major == 3;
	bool finds_ports = three && n->protocol.transport != MOUNT_RDMA;
	struct kernel_options_request request = {
		.user = n->user,
		.version = version,
		.pinned = n->version.pinned,
		.protocol = &n->protocol,
		.address = address->text,
		.client_address = own_client ? address->client : NULL,
		.mount_address = n->mount_host ? n->mount_host->text : NULL,
	};
	struct ports ports;
	AUTO_MOUNT_OPTIONS options = { 0 };
	struct attempt attempt = { version, address, n->user, &options };
	int r = 0;

	*failure = (struct kernel_failure){ 0 };
	if (three)
		r = prepare_3(n, address, &ports, failure);
	if (r)
		return r;
	request.ports = finds_ports ? &ports : NULL;
	r = kernel_options(&request, &options, e);
	return r ? r : n->attempt(n->context, &attempt, failure);
}

static int try_addresses(const struct negotiation *n, struct mount_version version, struct kernel_failure *failure,
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

/* ---- versions --------------------------------------------------------------- */

static bool any_speaks(const struct negotiation *n, int major)
{
	for (size_t i = 0; i < n->address_count; i++)
		if (n->speaks(n->context, &n->addresses[i], major))
			return true;
	return false;
}

/*
 * A server or a kernel that lacks a minor version says one of these.  An option
 * that the kernel refuses is refused in every version.  With TLS "not supported" is also what
 * the kernel says of a server without it, and "access" what a failed handshake becomes: neither gets better with
 * a lower version.
 */
static bool lower_version_may_help(const struct negotiation *n, const struct kernel_failure *failure)
{
	switch (failure->code) {
	case EPROTONOSUPPORT:
		return !n->secured || !any_speaks(n, 4);
	case EINVAL:
		return !failure->word_refused;
	case EACCES:
		return !n->secured;
	case ENOTUNIQ: /* a mount that is to be kept apart has this version's connection */
		return true;
	default:
		return false;
	}
}

bool version_3_may_help(const struct kernel_failure *failure)
{
	switch (failure->code) {
	case EPROTONOSUPPORT:
	case EACCES:
	case ECONNREFUSED:
	case ENOENT:
		return true;
	default:
		return false;
	}
}

static int try_version_4(const struct negotiation *n, struct kernel_failure *failure, struct error *e)
{
	struct mount_version version = n->version.version;
	int r = try_addresses(n, version, failure, e);

	while (r && version.minor > n->version.least_minor && lower_version_may_help(n, failure)) {
		version.minor--;
		r = try_addresses(n, version, failure, e);
	}
	return r;
}

/*
 * What version 4 said is reported: a server of version 4 is what was expected, and the reason there is the better
 * one.
 */
static int try_version_3(const struct negotiation *n, struct error *e)
{
	struct kernel_failure failure;
	struct error why = { 0 };
	int r = try_addresses(n, (struct mount_version){ .major = 3 }, &failure, &why);

	if (r && !failure.code && e)
		*e = why;
	return r;
}

/*
 * A closed port, and a server that speaks no version 4, are what anybody between can show, who would then choose the
 * file system, too: see mount_versions_for_tls().
 */
static bool may_be_3(const struct negotiation *n)
{
	return !n->secured && !n->version.four_only;
}

int negotiate(const struct negotiation *n, struct kernel_failure *failure, struct error *e)
{
	int r;

	if (n->version.pinned || n->version.version.major != 4)
		return try_addresses(n, n->version.version, failure, e);
	r = try_version_4(n, failure, e);
	if (!r || !may_be_3(n) || !failure->code || !version_3_may_help(failure))
		return r;
	/* A server that is just starting: version 3 now would be version 3 for as long as the mount lasts. */
	if (failure->code == ECONNREFUSED && !any_speaks(n, 3))
		return r;
	if (failure->code == ECONNREFUSED && any_speaks(n, 4))
		return try_version_4(n, failure, e);
	return try_version_3(n, e) ? r : 0;
}
