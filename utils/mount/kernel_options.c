/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/mount/kernel_options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "utils/mount/ports.h"

/* Words that version 3 gets once, at the end, with the values that were settled. */
static bool is_rewritten_for_3(const struct mount_option *word)
{
	switch (mount_option_about(word)) {
	case MOUNT_IS_VERSION:
	case MOUNT_IS_SHORT:
	case MOUNT_IS_MINOR:
	case MOUNT_IS_PROTOCOL:
	case MOUNT_IS_PORT:
	case MOUNT_IS_OF_3:
		return true;
	default:
		return false;
	}
}

static bool is_internet_6(const char *address)
{
	return strchr(address, ':') != NULL;
}

/* The kernel wants to be told the address family with the protocol. */
static const char *netid_for(enum mount_transport transport, const char *address)
{
	return mount_netid(transport, is_internet_6(address) ? AF_INET6 : AF_INET);
}

static int append_number(struct mount_options *out, const char *key, unsigned int number)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", number);
	return mount_options_append(out, key, text);
}

/* What the options alone say, where nobody asked rpcbind: the kernel then finds out the rest itself. */
static int ports_by_options(const struct kernel_options_request *request, struct ports *ports, struct error *e)
{
	const struct mount_option *mountvers = mount_options_last(request->user, "mountvers");
	long long version = 3;
	bool given;

	if (mountvers && (!mountvers->value || text_number(mountvers->value, 0, 3, &version)))
		return error_set(e, EINVAL, "invalid value for 'mountvers=' option");
	ports->nfs = request->protocol->transport;
	ports->mount_version = (unsigned int)version;
	return mount_mountproto_find(request->user, request->protocol, &ports->mount, &given, e);
}

/* What rpcbind said, else the user's own word; nothing when neither is there. */
static int append_port(const struct mount_options *user, const char *key, unsigned int found, struct mount_options *out,
		       struct error *e)
{
	const struct mount_option *word = mount_options_last(user, key);
	long long port;

	if (found)
		return append_number(out, key, found);
	if (!word)
		return 0;
	if (!word->value || text_number(word->value, 0, 65535, &port))
		return error_set(e, EINVAL, "invalid value for '%s=' option", key);
	return mount_options_append(out, key, word->value);
}

/* addr=A[,mountaddr=M],vers=3,proto=P[,port=N],mountvers=3,mountproto=P[,mountport=N] */
static int append_3(const struct kernel_options_request *request, struct mount_options *out, struct error *e)
{
	const char *mount_address = request->mount_address ? request->mount_address : request->address;
	struct ports ports = { 0 };
	int r = 0;

	if (request->ports)
		ports = *request->ports;
	else
		r = ports_by_options(request, &ports, e);
	if (!r)
		r = mount_options_append(out, "addr", request->address);
	if (!r && request->mount_address)
		r = mount_options_append(out, "mountaddr", request->mount_address);
	if (!r)
		r = mount_options_append(out, "vers", "3");
	if (!r)
		r = mount_options_append(out, "proto", netid_for(ports.nfs, request->address));
	if (!r)
		r = append_port(request->user, "port", ports.nfs_port, out, e);
	if (!r)
		r = append_number(out, "mountvers", ports.mount_version);
	if (!r)
		r = mount_options_append(out, "mountproto", netid_for(ports.mount, mount_address));
	if (!r)
		r = append_port(request->user, "mountport", ports.mount_port, out, e);
	return r;
}

/* The spelling of the fallback steps is what scripts that read -v know. */
static int append_version_4(struct mount_version version, struct mount_options *out)
{
	char text[16];
	int r;

	if (version.minor == 1) {
		r = mount_options_append(out, "vers", "4");
		return r ? r : mount_options_append(out, "minorversion", "1");
	}
	snprintf(text, sizeof(text), version.minor ? "%d.%d" : "%d", version.major, version.minor);
	return mount_options_append(out, "vers", text);
}

static int append_4(const struct kernel_options_request *request, struct mount_options *out)
{
	int r = request->pinned ? 0 : append_version_4(request->version, out);

	if (!r)
		r = mount_options_append(out, "addr", request->address);
	if (!r && request->client_address)
		r = mount_options_append(out, "clientaddr", request->client_address);
	return r;
}

int kernel_options(const struct kernel_options_request *request, struct mount_options *out, struct error *e)
{
	bool three = request->version.major == 3;
	bool rewrite = three && request->protocol->transport != MOUNT_RDMA;
	int r = 0;

	if (e)
		e->text[0] = '\0';
	for (size_t i = 0; i < request->user->count && !r; i++) {
		const struct mount_option *word = &request->user->words[i];

		if ((rewrite && is_rewritten_for_3(word)) || !strcmp(word->key, "addr"))
			continue;
		r = mount_options_append(out, word->key, word->value);
	}
	/* "sloppy" speaks of what follows it */
	if (!r && mount_options_remove(out, "sloppy"))
		r = mount_options_prepend(out, "sloppy", NULL);
	if (!r && rewrite)
		r = append_3(request, out, e);
	else if (!r && three) {
		r = request->pinned ? 0 : mount_options_append(out, "vers", "3");
		if (!r)
			r = mount_options_append(out, "addr", request->address);
	} else if (!r)
		r = append_4(request, out);
	if (r == -ENOMEM)
		return error_set(e, ENOMEM, "out of memory");
	return r;
}
