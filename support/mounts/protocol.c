/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which transport a mount asks for, and which one for the MOUNT protocol. */
#include "support/mounts/mounts_private.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#define NFS_PORT 2049

static const struct mount_protocol protocols[] = {
	{ true, MOUNT_TCP, AF_INET, "tcp" },   { true, MOUNT_TCP, AF_INET6, "tcp6" },
	{ true, MOUNT_UDP, AF_INET, "udp" },   { true, MOUNT_UDP, AF_INET6, "udp6" },
	{ true, MOUNT_RDMA, AF_INET, "rdma" }, { true, MOUNT_RDMA, AF_INET6, "rdma6" },
};

static const struct mount_protocol *protocol_named(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++)
		if (!strcmp(protocols[i].name, name))
			return &protocols[i];
	return NULL;
}

/* A default restricts the address family, and chooses what is tried first; "given" it is not. */
static int default_protocol(const char *name, struct mount_protocol *protocol, struct error *e)
{
	const struct mount_protocol *named = name && *name ? protocol_named(name) : NULL;

	*protocol = (struct mount_protocol){ false, MOUNT_TCP, AF_UNSPEC, "tcp" };
	if (!name || !*name)
		return 0;
	if (!named)
		return error_set(e, EPROTONOSUPPORT,
				 "Failed to find '%s' protocol (Defaultproto= of"
				 " nfsmount.conf)",
				 name);
	*protocol = *named;
	protocol->given = false;
	return 0;
}

int mount_protocol_find(const struct mount_options *options, const char *default_name, struct mount_protocol *protocol,
			struct error *e)
{
	struct mount_protocol usual;
	const struct mount_protocol *found = &usual;
	int r = default_protocol(default_name, &usual, e);

	if (r)
		return r;

	for (size_t i = 0; i < options->count; i++) {
		const struct mount_option *word = &options->words[i];
		bool bare = strcmp(word->key, "proto");
		const char *name = bare ? word->key : word->value ? word->value : "";

		if (mount_option_about(word) != MOUNT_IS_PROTOCOL)
			continue;
		found = protocol_named(name);
		if (!found)
			return error_set(e, EPROTONOSUPPORT, "Failed to find '%s' protocol", name);
	}
	*protocol = *found;
	return 0;
}

int mount_mountproto_find(const struct mount_options *options, const struct mount_protocol *protocol,
			  enum mount_transport *transport, bool *given, struct error *e)
{
	const struct mount_option *word = mount_options_last(options, "mountproto");
	const struct mount_protocol *named;

	*transport = protocol->transport;
	*given = word;
	if (!word)
		return 0;
	named = protocol_named(word->value ? word->value : "");
	if (!named || named->transport == MOUNT_RDMA)
		return error_set(e, EPROTONOSUPPORT, "Failed to find '%s' protocol", word->value ? word->value : "");
	*transport = named->transport;
	return 0;
}

int mount_mountproto_family(const struct mount_options *options)
{
	const struct mount_option *word = mount_options_last(options, "mountproto");
	const struct mount_protocol *named = word && word->value ? protocol_named(word->value) : NULL;

	return named ? named->family : AF_UNSPEC;
}

const char *mount_netid(enum mount_transport transport, int family)
{
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++)
		if (protocols[i].transport == transport && protocols[i].family == family)
			return protocols[i].name;
	return "tcp";
}

int mount_port(const struct mount_options *options, uint16_t *port, struct error *e)
{
	const struct mount_option *word = mount_options_last(options, "port");
	long long number = 0;

	if (word && (!word->value || text_number(word->value, 0, UINT16_MAX, &number)))
		return error_set(e, EINVAL, "invalid value for 'port=' option");
	*port = number ? (uint16_t)number : NFS_PORT;
	return 0;
}
