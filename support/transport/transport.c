/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/transport/transport_private.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/sockdiag/sockdiag.h"

/* Newer than some build machines' headers; linux/inet_diag.h and linux/tls.h of Linux 7.3. */
enum { ATTRIBUTE_ULP_INFO = 19, ULP_TLS = 2 };
enum { TLS_INFO_VERSION_ = 1, TLS_INFO_CIPHER_ = 2, TLS_INFO_TXCONF_ = 3, TLS_INFO_RXCONF_ = 4 };
enum { CONF_SOFTWARE = 2, CONF_HARDWARE = 3 };

#define STATE_ESTABLISHED 1u

static void set_address(struct sockaddr_storage *to, unsigned int family, const uint32_t address[4], uint16_t port)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)to;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)to;

	memset(to, 0, sizeof(*to));
	to->ss_family = (sa_family_t)family;
	if (family == AF_INET) {
		memcpy(&v4->sin_addr, address, sizeof(v4->sin_addr));
		v4->sin_port = port;
	} else if (family == AF_INET6) {
		memcpy(&v6->sin6_addr, address, sizeof(v6->sin6_addr));
		v6->sin6_port = port;
	}
}

static uint16_t tls_number(const struct nlattr *attribute)
{
	return mnl_attr_validate(attribute, MNL_TYPE_U16) < 0 ? 0 : mnl_attr_get_u16(attribute);
}

static bool active(uint16_t conf)
{
	return conf == CONF_SOFTWARE || conf == CONF_HARDWARE;
}

/* struct tcp_info of linux/tcp.h: two numbers that came with Linux 4.1 and have not moved since. */
#define INFO_BYTES_ACKED 120u
#define INFO_BYTES_RECEIVED 128u

static void decode_info(const struct nlattr *attribute, struct transport_socket *socket)
{
	const unsigned char *info = mnl_attr_get_payload(attribute);

	if (mnl_attr_get_payload_len(attribute) < INFO_BYTES_RECEIVED + sizeof(uint64_t))
		return;
	memcpy(&socket->bytes_sent, info + INFO_BYTES_ACKED, sizeof(uint64_t));
	memcpy(&socket->bytes_received, info + INFO_BYTES_RECEIVED, sizeof(uint64_t));
	socket->counted = true;
}

/* RFC 5531, with their record marks: a call with two empty authenticators; "STARTTLS" is the answer's verifier. */
#define NULL_CALL_SIZE 44u
#define STARTTLS_REPLY_SIZE 36u

/* The kernel counts the SYN of who has begun as a byte that was acknowledged. */
static uint64_t sent_by(const struct transport_socket *socket)
{
	return socket->bytes_sent + socket->bytes_unsent;
}

bool transport_is_unused(const struct transport_socket *socket)
{
	return socket->counted && sent_by(socket) <= NULL_CALL_SIZE + 1 && socket->bytes_received <= NULL_CALL_SIZE;
}

static bool is_either(uint64_t size, uint64_t wanted)
{
	return size == wanted || size == wanted + 1;
}

bool transport_is_promised_tls(const struct transport_socket *socket)
{
	if (!socket->counted)
		return false;
	if (socket->bytes_received == STARTTLS_REPLY_SIZE)
		return is_either(sent_by(socket), NULL_CALL_SIZE);
	return socket->bytes_received == NULL_CALL_SIZE && is_either(sent_by(socket), STARTTLS_REPLY_SIZE);
}

static void decode_tls(const struct nlattr *ulp, struct transport_socket *socket)
{
	const struct nlattr *layer, *part;

	mnl_attr_for_each_nested(layer, ulp) {
		if (mnl_attr_get_type(layer) != ULP_TLS)
			continue;
		mnl_attr_for_each_nested(part, layer) {
			switch (mnl_attr_get_type(part)) {
			case TLS_INFO_VERSION_:
				socket->tls_version = tls_number(part);
				break;
			case TLS_INFO_CIPHER_:
				socket->tls_cipher = tls_number(part);
				break;
			case TLS_INFO_TXCONF_:
				socket->tls_told = true;
				socket->tls_sends = active(tls_number(part));
				socket->tls_sends_in_device = tls_number(part) == CONF_HARDWARE;
				break;
			case TLS_INFO_RXCONF_:
				socket->tls_told = true;
				socket->tls_receives = active(tls_number(part));
				socket->tls_receives_in_device = tls_number(part) == CONF_HARDWARE;
				break;
			}
		}
	}
}

int transport_socket_decode(const void *message, size_t size, struct transport_socket *socket)
{
	const struct nlmsghdr *header = message;
	const struct inet_diag_msg *diag;
	const struct nlattr *attribute;

	memset(socket, 0, sizeof(*socket));
	if (size < MNL_NLMSG_HDRLEN + sizeof(*diag) || header->nlmsg_len > size ||
	    header->nlmsg_len < MNL_NLMSG_HDRLEN + sizeof(*diag))
		return -EBADMSG;
	diag = mnl_nlmsg_get_payload(header);
	set_address(&socket->local, diag->idiag_family, diag->id.idiag_src, diag->id.idiag_sport);
	set_address(&socket->remote, diag->idiag_family, diag->id.idiag_dst, diag->id.idiag_dport);
	socket->bytes_unsent = diag->idiag_wqueue;
	mnl_attr_for_each(attribute, header, sizeof(*diag)) {
		switch (mnl_attr_get_type(attribute)) {
		case ATTRIBUTE_ULP_INFO:
			decode_tls(attribute, socket);
			break;
		case INET_DIAG_INFO:
			decode_info(attribute, socket);
			break;
		case INET_DIAG_MARK: /* only for those who see everything */
			socket->all_told = true;
			break;
		}
	}
	return 0;
}

const char *transport_layer_word(const struct transport_socket *socket)
{
	unsigned int active = socket->tls_sends + socket->tls_receives;
	unsigned int in_device = socket->tls_sends_in_device + socket->tls_receives_in_device;

	if (!active)
		return "";
	return !in_device ? "software" : in_device == active ? "device" : "mixed";
}

struct dump {
	transport_visitor *visit;
	void *context;
};

static int on_message(const struct nlmsghdr *header, void *data)
{
	struct dump *dump = data;
	struct transport_socket socket;

	if (transport_socket_decode(header, header->nlmsg_len, &socket)) {
		errno = EBADMSG;
		return MNL_CB_ERROR;
	}
	dump->visit(&socket, dump->context);
	return MNL_CB_OK;
}

static int dump_family(struct mnl_socket *netlink, unsigned char family, unsigned int sequence, struct dump *dump)
{
	const struct inet_diag_req_v2 request = {
		.sdiag_family = family,
		.sdiag_protocol = IPPROTO_TCP,
		.idiag_ext = 1u << (INET_DIAG_INFO - 1), /* the record layer comes along with it */
		.idiag_states = 1u << STATE_ESTABLISHED,
	};

	return sockdiag_dump(netlink, sequence, &request, sizeof(request), on_message, dump);
}

int transport_sockets(transport_visitor *visit, void *context, struct error *e)
{
	struct dump dump = { visit, context };
	struct mnl_socket *netlink = mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC);
	int r;

	if (!netlink)
		return error_set(e, errno, "cannot open a netlink socket: %s", strerror(errno));
	r = mnl_socket_bind(netlink, 0, MNL_SOCKET_AUTOPID) < 0 ? -errno : 0;
	if (!r)
		r = dump_family(netlink, AF_INET, 1, &dump);
	if (!r)
		r = dump_family(netlink, AF_INET6, 2, &dump);
	mnl_socket_close(netlink);
	return r ? error_set(e, -r, "cannot list the sockets: %s", strerror(-r)) : 0;
}

/* ---- all of them ------------------------------------------------------------ */

struct array {
	struct transport_socket *at;
	size_t count;
	bool failed;
};

static void append(const struct transport_socket *socket, void *context)
{
	struct array *to = context;

	if (!ARRAY_APPEND(to->at, to->count, *socket))
		to->failed = true;
}

void transport_sockets_settle(struct transport_socket *sockets, size_t count)
{
	bool tells_all = false;

	for (size_t i = 0; i < count; i++)
		tells_all |= sockets[i].tls_told;
	for (size_t i = 0; i < count; i++)
		sockets[i].all_told |= tells_all;
}

int transport_sockets_all(struct transport_socket **sockets, size_t *count, struct error *e)
{
	struct array all = { 0 };
	int r = transport_sockets(append, &all, e);

	if (!r && all.failed)
		r = error_set(e, ENOMEM, "out of memory");
	if (r) {
		free(all.at);
		return r;
	}
	transport_sockets_settle(all.at, all.count);
	*sockets = all.at;
	*count = all.count;
	return 0;
}
