/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ports of the kernel's NFS server by generic netlink (kernel: fs/nfsd/nfsctl.c, nfsd.yaml). */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "support/genl/genl.h"
#include "support/transport/transport_private.h"
#include "support/uapi/nfsd_netlink.h"

/* In either family the port stands at the same place. */
static bool port_of(const struct nlattr *address, in_port_t *port)
{
	struct sockaddr_in in;

	if (mnl_attr_get_payload_len(address) < sizeof(in))
		return false;
	memcpy(&in, mnl_attr_get_payload(address), sizeof(in));
	*port = in.sin_port;
	return in.sin_family == AF_INET || in.sin_family == AF_INET6;
}

struct listeners {
	transport_listener_visitor *visit;
	void *context;
};

static int take_listener(const struct nlattr *nest, void *context)
{
	const struct nlattr *address = NULL, *name = NULL, *inner;
	const struct listeners *listeners = context;
	in_port_t port;

	if (mnl_attr_get_type(nest) != NFSD_A_SERVER_SOCK_ADDR)
		return 0;
	mnl_attr_for_each_nested(inner, nest) {
		if (mnl_attr_get_type(inner) == NFSD_A_SOCK_ADDR)
			address = inner;
		if (mnl_attr_get_type(inner) == NFSD_A_SOCK_TRANSPORT_NAME)
			name = inner;
	}
	if (!address || !name || mnl_attr_validate(name, MNL_TYPE_NUL_STRING) < 0 || !port_of(address, &port))
		return -EBADMSG;
	listeners->visit(mnl_attr_get_str(name), port, listeners->context);
	return 0;
}

int transport_listeners_decode(const void *message, size_t size, transport_listener_visitor *visit, void *context)
{
	struct listeners listeners = { visit, context };

	return genl_each_attribute(message, size, take_listener, &listeners);
}

static int ask(struct genl *genl, transport_listener_visitor *visit, void *context, struct error *e)
{
	const void *reply;
	size_t size;
	int r;

	(void)genl_request(genl, NFSD_CMD_LISTENER_GET, 0);
	r = genl_call(genl, &reply, &size, e);
	if (r <= 0)
		return r;
	return transport_listeners_decode(reply, size, visit, context) ?
		       error_set(e, EBADMSG, "the kernel's list of the server's listeners is not understood") :
		       0;
}

int transport_listeners_ask(transport_listener_visitor *visit, void *context, struct error *e)
{
	struct genl *genl;
	int r = genl_open(NFSD_FAMILY_NAME, &genl, e);

	if (r)
		return r;
	r = ask(genl, visit, context, e);
	genl_close(genl);
	return r;
}
