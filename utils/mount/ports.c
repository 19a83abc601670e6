/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/mount/ports.h"

#include <errno.h>

#define NFS_PORT 2049u

/* What is to be found, and what is fixed already. */
struct search {
	struct service service;
	bool has_port; /* service.port is what the user wants */
	enum mount_transport order[2];
	size_t count;
};

static int number_option(const struct mount_options *options, const char *key, long long max, unsigned int *number,
			 bool *given, struct error *e)
{
	const struct mount_option *word = mount_options_last(options, key);
	long long value = 0;

	*given = word;
	if (word && (!word->value || text_number(word->value, 0, max, &value)))
		return error_set(e, EINVAL, "invalid value for '%s=' option", key);
	if (word)
		*number = (unsigned int)value;
	return 0;
}

static int find_once(const struct search *search, enum mount_transport transport, const struct ports_calls *calls,
		     struct service *found, struct error *e)
{
	int r;

	*found = search->service;
	found->transport = transport;
	r = calls->find_port(calls->context, found, e);
	if (!r && search->has_port && search->service.port && found->port != search->service.port)
		return error_set(e, EOPNOTSUPP, "the server has it at port %u, not at %u", found->port,
				 search->service.port);
	return r ? r : calls->ping(calls->context, found, e);
}

/* A transport that the server lacks leads to the next; what will not get better does not. */
static int find_service(const struct search *search, const struct ports_calls *calls, struct service *found,
			struct error *e)
{
	int r = -EOPNOTSUPP;

	for (size_t i = 0; i < search->count; i++) {
		r = find_once(search, search->order[i], calls, found, e);
		if (!r || r == -EACCES || r == -EAGAIN)
			break;
	}
	return r;
}

static void set_order(struct search *search, bool one, enum mount_transport first)
{
	search->order[0] = first;
	search->order[1] = first == MOUNT_TCP ? MOUNT_UDP : MOUNT_TCP;
	search->count = one ? 1 : 2;
}

static int find_nfs(const struct ports_request *request, struct ports *ports, struct error *e)
{
	bool one = request->protocol->given;
	struct search search = { .service = { request->server, PORTS_NFS_PROGRAM, 3, MOUNT_TCP, 0 } };
	struct service found;
	int r = number_option(request->user, "port", UINT16_MAX, &search.service.port, &search.has_port, e);

	if (r)
		return r;
	set_order(&search, one, request->protocol->transport);
	ports->nfs = request->protocol->transport;
	ports->nfs_port = search.service.port;
	if (request->secured && !ports->nfs_port)
		ports->nfs_port = NFS_PORT;
	if (request->secured || (one && search.has_port))
		return 0;
	r = find_service(&search, request->calls, &found, e);
	if (r)
		return r;
	ports->nfs = found.transport;
	ports->nfs_port = search.has_port || found.port != NFS_PORT ? found.port : 0;
	return 0;
}

/* mountproto follows proto; where neither is given, UDP costs the server less. */
static int find_mount(const struct ports_request *request, struct ports *ports, struct error *e)
{
	struct search search = { .service = { request->mount_server, PORTS_MOUNT_PROGRAM, 3, MOUNT_UDP, 0 } };
	bool given, has_version, follows = request->protocol->given;
	enum mount_transport transport;
	struct service found;
	int r = mount_mountproto_find(request->user, request->protocol, &transport, &given, e);

	if (!r)
		r = number_option(request->user, "mountvers", 3, &search.service.version, &has_version, e);
	if (!r)
		r = number_option(request->user, "mountport", UINT16_MAX, &search.service.port, &search.has_port, e);
	if (r)
		return r;
	set_order(&search, given || follows, given || follows ? transport : MOUNT_UDP);
	*ports = (struct ports){ ports->nfs, ports->nfs_port, search.order[0], search.service.version,
				 search.service.port };
	if (search.count == 1 && search.has_port && search.service.port)
		return 0;
	r = find_service(&search, request->calls, &found, e);
	if (r)
		return r;
	ports->mount = found.transport;
	ports->mount_port = found.port;
	return 0;
}

int ports_find(const struct ports_request *request, struct ports *ports, struct error *e)
{
	struct ports found = { 0 };
	int r = find_nfs(request, &found, e);

	if (!r)
		r = find_mount(request, &found, e);
	if (!r)
		*ports = found;
	return r;
}
