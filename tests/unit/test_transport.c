/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <netinet/in.h>
#include <string.h>

#include "support/transport/transport.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_encrypted),
		cmocka_unit_test(test_half_encrypted),
		cmocka_unit_test(test_plain_and_truncated),
	};

	return cmocka_run_group_tests_name("transport", tests, NULL, NULL);
}
