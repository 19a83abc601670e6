/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/genl/genl.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct genl {
	struct mnl_socket *socket;
	struct genl_family family;
	uint32_t sequence;
	char request[GENL_REQUEST_ROOM];
	char reply[GENL_BUFFER_SIZE];
};

int genl_each_attribute(const void *message, size_t size, genl_attribute_visitor *visit, void *context)
{
	const struct nlmsghdr *header = message;
	size_t offset = MNL_ALIGN(sizeof(struct nlmsghdr)) + MNL_ALIGN(sizeof(struct genlmsghdr));
	int r = 0;

	if (size < offset || header->nlmsg_len < offset || header->nlmsg_len > size)
		return -EBADMSG;
	while (!r && offset < header->nlmsg_len) {
		const struct nlattr *attribute = (const struct nlattr *)((const char *)message + offset);

		if (!mnl_attr_ok(attribute, (int)(header->nlmsg_len - offset)))
			return -EBADMSG;
		r = visit(attribute, context);
		offset += MNL_ALIGN(attribute->nla_len);
	}
	return r;
}

struct table {
	const struct nlattr **at;
	size_t size;
};

static int put_in_table(const struct nlattr *attribute, void *context)
{
	const struct table *table = context;
	unsigned int type = mnl_attr_get_type(attribute);

	if (type < table->size && !table->at[type])
		table->at[type] = attribute;
	return 0;
}

int genl_attributes(const void *message, size_t size, const struct nlattr **table, size_t table_size)
{
	struct table to = { table, table_size };

	memset(table, 0, table_size * sizeof(*table));
	return genl_each_attribute(message, size, put_in_table, &to);
}

static int decode_group(const struct nlattr *nest, struct genl_family *family)
{
	const struct nlattr *name = NULL, *id = NULL, *inner;
	unsigned int n = family->group_count;

	mnl_attr_for_each_nested(inner, nest) {
		if (mnl_attr_get_type(inner) == CTRL_ATTR_MCAST_GRP_NAME)
			name = inner;
		if (mnl_attr_get_type(inner) == CTRL_ATTR_MCAST_GRP_ID)
			id = inner;
	}
	if (!name || !id || mnl_attr_validate(name, MNL_TYPE_NUL_STRING) < 0 || mnl_attr_validate(id, MNL_TYPE_U32) < 0)
		return -EBADMSG;
	if (n == GENL_GROUPS_MAX || !text_copy(family->group[n].name, GENL_NAME_MAX, mnl_attr_get_str(name)))
		return 0;
	family->group[n].id = mnl_attr_get_u32(id);
	family->group_count++;
	return 0;
}

int genl_family_decode(const void *message, size_t size, struct genl_family *family)
{
	const struct nlattr *table[CTRL_ATTR_MCAST_GROUPS + 1];
	const struct nlattr *nest;
	int r = genl_attributes(message, size, table, ARRAY_SIZE(table));

	memset(family, 0, sizeof(*family));
	if (r)
		return r;
	if (!table[CTRL_ATTR_FAMILY_ID] || mnl_attr_validate(table[CTRL_ATTR_FAMILY_ID], MNL_TYPE_U16) < 0)
		return -EBADMSG;
	family->id = mnl_attr_get_u16(table[CTRL_ATTR_FAMILY_ID]);
	if (!table[CTRL_ATTR_MCAST_GROUPS])
		return 0;
	mnl_attr_for_each_nested(nest, table[CTRL_ATTR_MCAST_GROUPS]) {
		r = decode_group(nest, family);
		if (r)
			return r;
	}
	return 0;
}

static struct nlmsghdr *request_begin(struct genl *genl, uint16_t type, uint8_t command, uint16_t flags)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(genl->request);
	struct genlmsghdr *extra;

	header->nlmsg_type = type;
	header->nlmsg_flags = NLM_F_REQUEST | flags;
	header->nlmsg_seq = ++genl->sequence;
	extra = mnl_nlmsg_put_extra_header(header, sizeof(*extra));
	extra->cmd = command;
	extra->version = 1;
	return header;
}

struct nlmsghdr *genl_request(struct genl *genl, uint8_t command, uint16_t flags)
{
	return request_begin(genl, genl->family.id, command, flags);
}

/* The kernel may add a sentence to a refusal (NLMSGERR_ATTR_MSG); it follows the copy of our header. */
static void kernel_text(const struct nlmsghdr *header, const struct nlmsgerr *refusal, struct error *e)
{
	size_t offset = MNL_NLMSG_HDRLEN + MNL_ALIGN(sizeof(*refusal));
	const struct nlattr *attribute;

	if (!(header->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(header->nlmsg_flags & NLM_F_CAPPED))
		offset += MNL_ALIGN(refusal->msg.nlmsg_len) - MNL_NLMSG_HDRLEN;
	if (refusal->msg.nlmsg_len > header->nlmsg_len || offset > header->nlmsg_len)
		return;
	mnl_attr_for_each(attribute, header, offset - MNL_NLMSG_HDRLEN)
		if (mnl_attr_get_type(attribute) == NLMSGERR_ATTR_MSG &&
		    mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) >= 0)
			error_set(e, -refusal->error, "%s", mnl_attr_get_str(attribute));
}

static int read_refusal(const struct nlmsghdr *header, struct error *e)
{
	const struct nlmsgerr *refusal = mnl_nlmsg_get_payload(header);

	if (header->nlmsg_len < MNL_NLMSG_HDRLEN + sizeof(*refusal))
		return error_set(e, EBADMSG, "the kernel's netlink answer is cut short");
	if (!refusal->error)
		return 0;
	error_set(e, -refusal->error, "%s", strerror(-refusal->error));
	kernel_text(header, refusal, e);
	return refusal->error < 0 ? refusal->error : -EBADMSG;
}

/* Receives until the answer to our last request is there; strays of earlier ones are dropped. */
static int receive(struct genl *genl, const void **reply, size_t *reply_size, struct error *e)
{
	for (;;) {
		ssize_t got = mnl_socket_recvfrom(genl->socket, genl->reply, sizeof(genl->reply));
		const struct nlmsghdr *header = (const struct nlmsghdr *)genl->reply;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_set(e, errno, "cannot read from the kernel: %s", strerror(errno));
		if (!mnl_nlmsg_ok(header, (int)got))
			return error_set(e, EBADMSG, "the kernel's netlink answer is cut short");
		if (header->nlmsg_seq != genl->sequence)
			continue;
		if (header->nlmsg_type == NLMSG_ERROR)
			return read_refusal(header, e);
		*reply = genl->reply;
		*reply_size = (size_t)got;
		return 1;
	}
}

int genl_call(struct genl *genl, const void **reply, size_t *reply_size, struct error *e)
{
	const struct nlmsghdr *header = (const struct nlmsghdr *)genl->request;

	if (mnl_socket_sendto(genl->socket, header, header->nlmsg_len) < 0)
		return error_set(e, errno, "cannot send to the kernel: %s", strerror(errno));
	return receive(genl, reply, reply_size, e);
}

/* ---- dumps ---------------------------------------------------------------------------- */

/* NLMSG_DONE carries how the dump went, where it carries something. */
static int read_end(const struct nlmsghdr *header, struct error *e)
{
	int status = 0;

	if (mnl_nlmsg_get_payload_len(header) >= sizeof(status))
		memcpy(&status, mnl_nlmsg_get_payload(header), sizeof(status));
	return status < 0 ? error_set(e, -status, "%s", strerror(-status)) : 0;
}

/* 1 when more is to come. */
static int read_part(const struct genl *genl, const struct nlmsghdr *header, genl_visitor *visit, void *context,
		     struct error *e)
{
	int r;

	if (header->nlmsg_seq != genl->sequence)
		return 1;
	if (header->nlmsg_flags & NLM_F_DUMP_INTR)
		return error_set(e, EAGAIN, "the kernel's answer changed while it was read");
	if (header->nlmsg_type == NLMSG_ERROR) {
		/* An acknowledgement is no dump. */
		r = read_refusal(header, e);
		return r ? r : error_set(e, EBADMSG, "the kernel's netlink answer is malformed");
	}
	if (header->nlmsg_type == NLMSG_DONE)
		return read_end(header, e);
	r = visit(header, header->nlmsg_len, context);
	return r ? error_set(e, -r, "the kernel's netlink answer is not understood: %s", strerror(-r)) : 1;
}

int genl_dump(struct genl *genl, genl_visitor *visit, void *context, struct error *e)
{
	const struct nlmsghdr *request = (const struct nlmsghdr *)genl->request;
	int r = 1;

	if (mnl_socket_sendto(genl->socket, request, request->nlmsg_len) < 0)
		return error_set(e, errno, "cannot send to the kernel: %s", strerror(errno));
	while (r > 0) {
		ssize_t got = mnl_socket_recvfrom(genl->socket, genl->reply, sizeof(genl->reply));
		const struct nlmsghdr *header = (const struct nlmsghdr *)genl->reply;
		int left = (int)got;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_set(e, errno, "cannot read from the kernel: %s", strerror(errno));
		for (; r > 0 && mnl_nlmsg_ok(header, left); header = mnl_nlmsg_next(header, &left))
			r = read_part(genl, header, visit, context, e);
	}
	return r;
}

/* ---- families --------------------------------------------------------------------------- */

static int find_family(struct genl *genl, const char *name, struct error *e)
{
	struct nlmsghdr *header = request_begin(genl, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);
	const void *reply;
	size_t size;
	int r;

	if (!mnl_attr_put_strz_check(header, GENL_REQUEST_ROOM, CTRL_ATTR_FAMILY_NAME, name))
		return error_set(e, EINVAL, "the netlink family name \"%s\" is too long", name);
	r = genl_call(genl, &reply, &size, e);
	if (r == -ENOENT)
		return error_set(e, ENOENT, "this kernel has no netlink family \"%s\"", name);
	if (r < 0)
		return r;
	if (!r || genl_family_decode(reply, size, &genl->family))
		return error_set(e, EBADMSG, "the kernel's description of the netlink family \"%s\" is malformed",
				 name);
	return 0;
}

int genl_open(const char *family_name, struct genl **genl, struct error *e)
{
	struct genl *new = calloc(1, sizeof(*new));
	int one = 1;
	int r;

	if (!new)
		return error_set(e, ENOMEM, "out of memory");
	new->socket = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!new->socket || mnl_socket_bind(new->socket, 0, MNL_SOCKET_AUTOPID) < 0) {
		r = error_set(e, errno, "cannot open a netlink socket: %s", strerror(errno));
		genl_close(new);
		return r;
	}
	/* Only adds words to refusals; kernels without it answer all the same. */
	(void)mnl_socket_setsockopt(new->socket, NETLINK_EXT_ACK, &one, sizeof(one));
	r = find_family(new, family_name, e);
	if (r) {
		genl_close(new);
		return r;
	}
	*genl = new;
	return 0;
}

void genl_close(struct genl *genl)
{
	if (!genl)
		return;
	if (genl->socket)
		mnl_socket_close(genl->socket);
	free(genl);
}

const struct genl_family *genl_family(const struct genl *genl)
{
	return &genl->family;
}

int genl_subscribe(uint32_t group, struct error *e)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_GENERIC);
	int number = (int)group;

	if (fd < 0)
		return error_set(e, errno, "cannot open a netlink socket: %s", strerror(errno));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &number, sizeof(number)) < 0) {
		int r = error_set(e, errno, "cannot join netlink group %d: %s", number, strerror(errno));

		close(fd);
		return r;
	}
	return fd;
}
