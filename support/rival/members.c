/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which sockets have joined a netlink group. */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netlink_diag.h>
#include <linux/sock_diag.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "support/rival/rival.h"
#include "support/sockdiag/sockdiag.h"

#define TABLE_MAX (16u << 20)
#define TRIES 5u /* to list sockets that come and go */

void rival_sockets_free(struct rival_sockets *sockets)
{
	free(sockets->inodes);
	*sockets = (struct rival_sockets){ 0 };
}

static int add(struct rival_sockets *sockets, unsigned long inode)
{
	return ARRAY_APPEND(sockets->inodes, sockets->count, inode) ? 0 : -ENOMEM;
}

/* ---- /proc/net/netlink ------------------------------------------------------------ */

int rival_inodes(const char *text, unsigned int group, struct rival_sockets *sockets)
{
	int r = 0;

	for (const char *line = text; !r && line; line = strchr(line, '\n')) {
		unsigned int protocol, groups;
		unsigned long inode;

		line += *line == '\n';
		/* sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode (kernel: net/netlink/af_netlink.c) */
		if (sscanf(line, "%*s %u %*u %x %*d %*d %*s %*d %*u %lu", &protocol, &groups, &inode) != 3)
			continue;
		if (protocol == NETLINK_GENERIC && group >= 1 && group <= RIVAL_GROUPS_SHOWN &&
		    groups & 1u << (group - 1))
			r = add(sockets, inode);
	}
	return r;
}

static int read_table(unsigned int protocol, unsigned int group, struct rival_sockets *sockets, struct error *e)
{
	AUTO_STRBUF text = { 0 };
	struct error why;
	int r;

	if (protocol != NETLINK_GENERIC || group > RIVAL_GROUPS_SHOWN)
		return error_set(e, EOPNOTSUPP,
				 "this kernel, which is built without NETLINK_DIAG, shows the members "
				 "of %u netlink groups, and this is number %u",
				 RIVAL_GROUPS_SHOWN, group);
	r = file_read_unsized("/proc/net/netlink", TABLE_MAX, &text, &why);
	if (r)
		return error_set(e, -r, "%s", why.text);
	return rival_inodes(text.text, group, sockets) ? error_set(e, ENOMEM, "out of memory") : 0;
}

/* ---- sock_diag ------------------------------------------------------------------------ */

/* The kernel's set is an array of its words, the first group being the lowest bit of the first. */
static bool has_group(const struct nlattr *set, unsigned int group)
{
	size_t bits = 8 * sizeof(unsigned long), word = (group - 1) / bits;
	unsigned long value;

	if (!group || (word + 1) * sizeof(value) > mnl_attr_get_payload_len(set))
		return false;
	memcpy(&value, (const char *)mnl_attr_get_payload(set) + word * sizeof(value), sizeof(value));
	return value >> (group - 1) % bits & 1;
}

int rival_decode(const void *message, size_t size, unsigned int group, unsigned long *inode)
{
	const struct nlmsghdr *header = message;
	const struct netlink_diag_msg *diag;
	const struct nlattr *attribute;
	int member = 0;

	if (size < MNL_NLMSG_HDRLEN + sizeof(*diag) || header->nlmsg_len > size ||
	    header->nlmsg_len < MNL_NLMSG_HDRLEN + sizeof(*diag))
		return -EBADMSG;
	diag = mnl_nlmsg_get_payload(header);
	mnl_attr_for_each(attribute, header, sizeof(*diag))
		if (mnl_attr_get_type(attribute) == NETLINK_DIAG_GROUPS)
			member |= has_group(attribute, group);
	*inode = diag->ndiag_ino;
	return member;
}

struct dump {
	unsigned int group;
	struct rival_sockets *sockets;
};

static int on_message(const struct nlmsghdr *header, void *data)
{
	const struct dump *dump = data;
	unsigned long inode;
	int r = rival_decode(header, header->nlmsg_len, dump->group, &inode);

	/* The kernel's own have no inode. */
	if (r > 0)
		r = !inode ? 0 : add(dump->sockets, inode);
	if (!r)
		return MNL_CB_OK;
	errno = -r;
	return MNL_CB_ERROR;
}

static int dump_once(struct mnl_socket *netlink, unsigned int protocol, unsigned int sequence, struct dump *dump)
{
	const struct netlink_diag_req request = {
		.sdiag_family = AF_NETLINK,
		.sdiag_protocol = (unsigned char)protocol,
		.ndiag_show = NDIAG_SHOW_GROUPS,
	};

	rival_sockets_free(dump->sockets);
	return sockdiag_dump(netlink, sequence, &request, sizeof(request), on_message, dump);
}

/* -EINTR: what was listed has changed meanwhile (NLM_F_DUMP_INTR); what is left of the dump has an old number. */
static int dump_members(unsigned int protocol, struct dump *dump)
{
	struct mnl_socket *netlink = mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC);
	int r = !netlink || mnl_socket_bind(netlink, 0, MNL_SOCKET_AUTOPID) < 0 ? -errno : -EINTR;

	for (unsigned int i = 1; r == -EINTR && i <= TRIES; i++)
		r = dump_once(netlink, protocol, i, dump);
	if (netlink)
		mnl_socket_close(netlink);
	return r;
}

/* How a kernel without netlink_diag answers: it has nothing for this family, or not even sock_diag. */
static bool is_lacking(int r)
{
	return r == -ENOENT || r == -EOPNOTSUPP || r == -EPROTONOSUPPORT || r == -EINVAL;
}

int rival_members(unsigned int protocol, unsigned int group, struct rival_sockets *sockets, struct error *e)
{
	struct dump dump = { group, sockets };
	int r;

	*sockets = (struct rival_sockets){ 0 };
	r = dump_members(protocol, &dump);
	if (is_lacking(r)) {
		rival_sockets_free(sockets);
		return read_table(protocol, group, sockets, e);
	}
	return r ? error_set(e, -r, "cannot list the netlink sockets: %s", strerror(-r)) : 0;
}
