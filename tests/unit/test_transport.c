/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/transport/transport_private.h"

static struct nlmsghdr *begin(char *buffer, unsigned char family)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	struct inet_diag_msg *diag = mnl_nlmsg_put_extra_header(header, sizeof(*diag));

	diag->idiag_family = family;
	diag->id.idiag_sport = htons(2049);
	diag->id.idiag_dport = htons(700);
	inet_pton(family, family == AF_INET ? "192.0.2.2" : "2001:db8::2", diag->id.idiag_src);
	inet_pton(family, family == AF_INET ? "192.0.2.1" : "2001:db8::1", diag->id.idiag_dst);
	return header;
}

/* Attribute numbers as seen on a live 7.3 kernel: ULP_INFO 19 {NAME 1, TLS 2 {1 version, 2 cipher, 3 tx, 4 rx}}. */
static void put_tls(struct nlmsghdr *header, uint16_t tx, uint16_t rx)
{
	struct nlattr *ulp = mnl_attr_nest_start(header, 19), *tls;

	mnl_attr_put_strz(header, 1, "tls");
	tls = mnl_attr_nest_start(header, 2);
	mnl_attr_put_u16(header, 1, 0x0304);
	mnl_attr_put_u16(header, 2, 52);
	mnl_attr_put_u16(header, 3, tx);
	mnl_attr_put_u16(header, 4, rx);
	mnl_attr_nest_end(header, tls);
	mnl_attr_nest_end(header, ulp);
}

static void test_encrypted(void **state)
{
	char buffer[1024] = { 0 };
	struct nlmsghdr *header = begin(buffer, AF_INET);
	struct transport_socket socket;

	(void)state;
	put_tls(header, 2, 3);
	assert_int_equal(transport_socket_decode(buffer, header->nlmsg_len, &socket), 0);
	assert_int_equal(socket.tls_version, 0x0304);
	assert_int_equal(socket.tls_cipher, 52);
	assert_true(socket.tls_sends && socket.tls_receives);
	assert_false(socket.tls_sends_in_device || socket.all_told);
	assert_true(socket.tls_receives_in_device && socket.tls_told);
	assert_int_equal(ntohs(((struct sockaddr_in *)&socket.local)->sin_port), 2049);
	assert_int_equal(ntohs(((struct sockaddr_in *)&socket.remote)->sin_port), 700);
}

/* "base" (1) means that the record layer exists but does nothing. */
static void test_half_encrypted(void **state)
{
	char buffer[1024] = { 0 };
	struct nlmsghdr *header = begin(buffer, AF_INET6);
	struct transport_socket socket;

	(void)state;
	put_tls(header, 2, 1);
	assert_int_equal(transport_socket_decode(buffer, header->nlmsg_len, &socket), 0);
	assert_true(socket.tls_sends);
	assert_false(socket.tls_receives);
	assert_int_equal(socket.local.ss_family, AF_INET6);
}

static void words_for_layers(void **state)
{
	static const struct {
		uint16_t tx, rx;
		const char *word;
	} rows[] = {
		{ 2, 2, "software" }, { 3, 3, "device" },   { 2, 3, "mixed" }, { 3, 2, "mixed" },
		{ 3, 1, "device" },   { 1, 2, "software" }, { 1, 1, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char buffer[1024] = { 0 };
		struct nlmsghdr *header = begin(buffer, AF_INET);
		struct transport_socket socket;

		put_tls(header, rows[i].tx, rows[i].rx);
		assert_int_equal(transport_socket_decode(buffer, header->nlmsg_len, &socket), 0);
		assert_string_equal(transport_layer_word(&socket), rows[i].word);
	}
}

/* Who is told of one record layer without privilege is told of all of them. */
static void what_everybody_is_told(void **state)
{
	struct transport_socket sockets[3] = { { .tls_version = 0 } };

	(void)state;
	transport_sockets_settle(sockets, ARRAY_SIZE(sockets));
	assert_false(sockets[0].all_told || sockets[1].all_told || sockets[2].all_told);
	sockets[1].tls_told = true; /* also when it is not active */
	transport_sockets_settle(sockets, ARRAY_SIZE(sockets));
	assert_true(sockets[0].all_told && sockets[1].all_told && sockets[2].all_told);
}

static void test_plain_and_truncated(void **state)
{
	char buffer[1024] = { 0 };
	struct nlmsghdr *header = begin(buffer, AF_INET);
	struct transport_socket socket;

	(void)state;
	assert_int_equal(transport_socket_decode(buffer, header->nlmsg_len, &socket), 0);
	assert_int_equal(socket.tls_version, 0);
	for (uint32_t size = 0; size < header->nlmsg_len; size++)
		assert_int_equal(transport_socket_decode(buffer, size, &socket), -EBADMSG);
}

/* ---- the transports of a mount ------------------------------------------------- */

/* A tree of /sys as kernels 6.12 and 7.3 have it. */
static char root[] = "/tmp/test_transport.XXXXXX";

static void put_file(const char *path, const char *text)
{
	char command[512];

	snprintf(command, sizeof(command), "mkdir -p '%s%s' && rmdir '%s%s' && printf '%s' >'%s%s'", root, path, root,
		 path, text, root, path);
	assert_int_equal(system(command), 0);
}

static void put_link(const char *path, const char *target)
{
	char command[512];

	snprintf(command, sizeof(command), "mkdir -p '%s%s' && rmdir '%s%s' && ln -s '%s' '%s%s'", root, path, root,
		 path, target, root, path);
	assert_int_equal(system(command), 0);
}

#define SWITCH "/sys/kernel/sunrpc/xprt-switches/switch-1"

static void put_transport(const char *name, const char *state, const char *local, const char *port)
{
	char path[128], info[128];

	snprintf(path, sizeof(path), SWITCH "/%s/xprt_state", name);
	put_file(path, state);
	snprintf(path, sizeof(path), SWITCH "/%s/srcaddr", name);
	put_file(path, local);
	snprintf(path, sizeof(path), SWITCH "/%s/dstaddr", name);
	put_file(path, "192.0.2.2\\n");
	snprintf(path, sizeof(path), SWITCH "/%s/xprt_info", name);
	snprintf(info, sizeof(info),
		 "last_used=1\\nmain_xprt=1\\nsrc_port=%s\\ntasks_queuelen=0\\n"
		 "dst_port=2049\\n",
		 port);
	put_file(path, info);
}

struct seen {
	unsigned int count, connected, with_ports;
	struct transport_link last;
};

static void see(const struct transport_link *transport, void *context)
{
	struct seen *seen = context;

	seen->count++;
	seen->connected += transport->connected;
	seen->with_ports += transport->has_ports;
	if (transport->has_ports)
		seen->last = *transport;
}

static void the_transports_of_a_mount_are_found(void **state)
{
	struct transport_socket socket = { 0 };
	struct sockaddr_in *local = (struct sockaddr_in *)&socket.local, *remote = (struct sockaddr_in *)&socket.remote;
	struct seen seen = { 0 };
	char command[128];
	struct error e;

	(void)state;
	assert_non_null(mkdtemp(root));
	put_link("/sys/fs/nfs/0:67/nfs_client", "../../../kernel/sunrpc/rpc-clients/clnt-4");
	put_link("/sys/kernel/sunrpc/rpc-clients/clnt-4/switch", "../../xprt-switches/switch-1");
	put_transport("xprt-2-tcp", "state= CONNECTED   BOUND       \\n", "192.0.2.1\\n", "937");
	put_transport("xprt-3-tcp", "state=LOCKED  CONNECTING  BOUND\\n", "192.0.2.1\\n", "0");
	put_transport("xprt-4-rdma", "state=LOCKED CONNECTED\\n", "<not a socket>\\n", "0");
	put_file(SWITCH "/xprt_switch_info", "num_xprts=3\\n");
	assert_int_equal(transport_of_mount(root, 0, 67, see, &seen, &e), 0);
	assert_int_equal(seen.count, 3);
	assert_int_equal(seen.connected, 2);
	assert_int_equal(seen.with_ports, 1);

	local->sin_family = remote->sin_family = AF_INET;
	inet_pton(AF_INET, "192.0.2.1", &local->sin_addr);
	inet_pton(AF_INET, "192.0.2.2", &remote->sin_addr);
	local->sin_port = htons(937);
	remote->sin_port = htons(2049);
	assert_true(transport_has_socket(&seen.last, &socket));
	local->sin_port = htons(938);
	assert_false(transport_has_socket(&seen.last, &socket));

	assert_int_equal(transport_of_mount(root, 0, 68, see, &seen, &e), -ENOENT);
	assert_non_null(strstr(e.text, "/sys/fs/nfs/0:68/nfs_client"));
	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_encrypted),	    cmocka_unit_test(test_half_encrypted),
		cmocka_unit_test(words_for_layers),	    cmocka_unit_test(what_everybody_is_told),
		cmocka_unit_test(test_plain_and_truncated), cmocka_unit_test(the_transports_of_a_mount_are_found),
	};

	return cmocka_run_group_tests_name("transport", tests, NULL, NULL);
}
