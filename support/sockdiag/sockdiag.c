/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/sockdiag/sockdiag.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <string.h>

#define REQUEST_MAX 256u
#define BUFFER_SIZE 32768u

static int send_request(struct mnl_socket *netlink, unsigned int sequence, const void *request, size_t size)
{
	char buffer[REQUEST_MAX] = { 0 };
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);

	if (size > sizeof(buffer) - MNL_NLMSG_HDRLEN)
		return -EMSGSIZE;
	header->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	header->nlmsg_seq = sequence;
	memcpy(mnl_nlmsg_put_extra_header(header, size), request, size);
	return mnl_socket_sendto(netlink, header, header->nlmsg_len) < 0 ? -errno : 0;
}

int sockdiag_dump(struct mnl_socket *netlink, unsigned int sequence, const void *request, size_t size, mnl_cb_t visit,
		  void *context)
{
	char buffer[BUFFER_SIZE];
	int r = send_request(netlink, sequence, request, size);

	if (r)
		return r;
	do {
		ssize_t got = mnl_socket_recvfrom(netlink, buffer, sizeof(buffer));

		if (got < 0)
			return -errno;
		r = mnl_cb_run(buffer, (size_t)got, sequence, mnl_socket_get_portid(netlink), visit, context);
	} while (r > MNL_CB_STOP);
	return r < 0 ? -errno : 0;
}
