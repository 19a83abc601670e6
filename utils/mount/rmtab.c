/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/mount/rmtab.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>

#include "support/address/address.h"
#include "support/mounts/mounts.h"
#include "support/rpc/rpc.h"

static const char *value_of(const struct mount_options *options, const char *key)
{
	const struct mount_option *word = mount_options_last(options, key);

	return word && word->value ? word->value : NULL;
}

/* Numeric only: the kernel shows no names. */
static int resolve_address(const char *text, struct sockaddr_storage *address, socklen_t *size)
{
	struct addrinfo hints = { .ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICHOST }, *answer;

	if (!text || getaddrinfo(text, NULL, &hints, &answer))
		return -EINVAL;
	memcpy(address, answer->ai_addr, answer->ai_addrlen);
	*size = answer->ai_addrlen;
	freeaddrinfo(answer);
	return 0;
}

static unsigned int number_option(const struct mount_options *options, const char *key, unsigned int otherwise)
{
	const char *text = value_of(options, key);
	long long number;

	return text && !text_number(text, 0, UINT16_MAX, &number) ? (unsigned int)number : otherwise;
}

static enum rpc_transport transport_of(const struct mount_options *options)
{
	const char *name = value_of(options, "mountproto");

	return name && !strncmp(name, "tcp", 3) ? RPC_TCP : RPC_UDP;
}

int rmtab_leave(const char *source, const struct mount_options *options, struct error *e)
{
	const char *host = value_of(options, "mountaddr");
	unsigned int version = number_option(options, "mountvers", 3), port = number_option(options, "mountport", 0);
	int64_t deadline = clock_ms() + RMTAB_LIMIT_MS;
	struct sockaddr_storage address = { 0 };
	struct rpc_endpoint mountd = { (struct sockaddr *)&address, 0, transport_of(options) };
	struct mount_device device;
	uint16_t found;
	int r = mount_device_parse(source, strlen(source), &device, e);

	if (r)
		return r;
	if (resolve_address(host ? host : value_of(options, "addr"), &address, &mountd.size))
		return error_set(e, EINVAL, "the mount table does not tell the server's address");
	/* mountd may have been restarted, and then has another port than at the mount */
	if (!rpc_find_port(mountd.address, mountd.size, RPC_RPCBIND_PORT, mountd.transport, RPC_MOUNT_PROGRAM, version,
			   deadline, &found, e))
		port = found;
	else if (!port)
		return -e->code;
	address_set_port(&address, port);
	return rpc_unmount(&mountd, version, device.path, deadline, e);
}
