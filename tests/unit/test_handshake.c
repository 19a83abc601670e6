/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <string.h>

#include "support/genl/genl.h"
#include "support/handshake/handshake.h"
#include "support/uapi/handshake.h"

/* A message as the kernel would build it. */
static struct nlmsghdr *begin(char *buffer)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	struct genlmsghdr *extra = mnl_nlmsg_put_extra_header(header, sizeof(*extra));

	header->nlmsg_type = 0x20;
	extra->cmd = HANDSHAKE_CMD_ACCEPT;
	return header;
}

static void test_client_request(void **state)
{
	char buffer[1024] = { 0 };
	struct nlmsghdr *header = begin(buffer);
	struct handshake_request request;
	struct nlattr *nest;

	(void)state;
	mnl_attr_put_u32(header, HANDSHAKE_A_ACCEPT_SOCKFD, 7);
	mnl_attr_put_u32(header, HANDSHAKE_A_ACCEPT_MESSAGE_TYPE, 1);
	mnl_attr_put_strz(header, HANDSHAKE_A_ACCEPT_PEERNAME, "server.example");
	mnl_attr_put_u32(header, HANDSHAKE_A_ACCEPT_AUTH_MODE, 3);
	nest = mnl_attr_nest_start(header, HANDSHAKE_A_ACCEPT_CERTIFICATE);
	mnl_attr_put_u32(header, HANDSHAKE_A_X509_CERT, 12345);
	mnl_attr_put_u32(header, HANDSHAKE_A_X509_PRIVKEY, (uint32_t)-5);
	mnl_attr_nest_end(header, nest);
	assert_int_equal(handshake_decode(buffer, header->nlmsg_len, &request), 0);
	assert_int_equal(request.fd, 7);
	assert_int_equal(request.role, HANDSHAKE_MSG_TYPE_CLIENTHELLO);
	assert_int_equal(request.auth, HANDSHAKE_AUTH_X509);
	assert_string_equal(request.peername, "server.example");
	assert_true(request.has_certificate);
	assert_int_equal(request.certificate, 12345);
	assert_int_equal(request.private_key, -5);
	assert_int_equal(request.timeout_ms, 0);
}

static void test_server_request_has_no_name(void **state)
{
	char buffer[1024] = { 0 };
	struct nlmsghdr *header = begin(buffer);
	struct handshake_request request;

	(void)state;
	mnl_attr_put_u32(header, HANDSHAKE_A_ACCEPT_SOCKFD, 9);
	mnl_attr_put_u32(header, HANDSHAKE_A_ACCEPT_MESSAGE_TYPE, 2);
	mnl_attr_put_u32(header, HANDSHAKE_A_ACCEPT_AUTH_MODE, 3);
	mnl_attr_put_u32(header, HANDSHAKE_A_ACCEPT_TIMEOUT, 2500);
	assert_int_equal(handshake_decode(buffer, header->nlmsg_len, &request), 0);
	assert_int_equal(request.role, HANDSHAKE_MSG_TYPE_SERVERHELLO);
	assert_int_equal(request.timeout_ms, 2500);
	assert_false(request.has_certificate);
	assert_string_equal(request.peername, "");
}

/* The descriptor is ours as soon as the kernel sent it, so it must be found even in a bad message. */
static void test_malformed_keeps_descriptor(void **state)
{
	char buffer[1024] = { 0 };
	struct nlmsghdr *header = begin(buffer);
	struct handshake_request request;

	(void)state;
	mnl_attr_put_u32(header, HANDSHAKE_A_ACCEPT_SOCKFD, 11);
	mnl_attr_put_u16(header, HANDSHAKE_A_ACCEPT_MESSAGE_TYPE, 1);
	assert_int_equal(handshake_decode(buffer, header->nlmsg_len, &request), -EBADMSG);
	assert_int_equal(request.fd, 11);
}

static void test_long_name_is_refused_not_cut(void **state)
{
	char buffer[1024] = { 0 }, name[HANDSHAKE_PEERNAME_MAX + 1];
	struct nlmsghdr *header = begin(buffer);
	struct handshake_request request;

	(void)state;
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	mnl_attr_put_u32(header, HANDSHAKE_A_ACCEPT_SOCKFD, 3);
	mnl_attr_put_strz(header, HANDSHAKE_A_ACCEPT_PEERNAME, name);
	assert_int_equal(handshake_decode(buffer, header->nlmsg_len, &request), -EBADMSG);
}

static void test_truncated_everywhere(void **state)
{
	char buffer[1024] = { 0 };
	struct nlmsghdr *header = begin(buffer);
	struct handshake_request request;

	(void)state;
	mnl_attr_put_u32(header, HANDSHAKE_A_ACCEPT_MESSAGE_TYPE, 2);
	mnl_attr_put_u32(header, HANDSHAKE_A_ACCEPT_SOCKFD, 3);
	for (uint32_t size = 0; size < header->nlmsg_len; size++)
		assert_int_equal(handshake_decode(buffer, size, &request), -EBADMSG);
	header->nlmsg_len = 4000;
	assert_int_equal(handshake_decode(buffer, sizeof(buffer), &request), -EBADMSG);
}

static void test_missing_descriptor(void **state)
{
	char buffer[1024] = { 0 };
	struct nlmsghdr *header = begin(buffer);
	struct handshake_request request;

	(void)state;
	mnl_attr_put_u32(header, HANDSHAKE_A_ACCEPT_MESSAGE_TYPE, 2);
	assert_int_equal(handshake_decode(buffer, header->nlmsg_len, &request), -EBADMSG);
	assert_int_equal(request.fd, -1);
}

static void test_family(void **state)
{
	char buffer[1024] = { 0 };
	struct nlmsghdr *header = begin(buffer);
	struct genl_family family;
	struct nlattr *groups, *group;

	(void)state;
	mnl_attr_put_u16(header, CTRL_ATTR_FAMILY_ID, 33);
	groups = mnl_attr_nest_start(header, CTRL_ATTR_MCAST_GROUPS);
	group = mnl_attr_nest_start(header, 1);
	mnl_attr_put_u32(header, CTRL_ATTR_MCAST_GRP_ID, 14);
	mnl_attr_put_strz(header, CTRL_ATTR_MCAST_GRP_NAME, "none");
	mnl_attr_nest_end(header, group);
	group = mnl_attr_nest_start(header, 2);
	mnl_attr_put_u32(header, CTRL_ATTR_MCAST_GRP_ID, 15);
	mnl_attr_put_strz(header, CTRL_ATTR_MCAST_GRP_NAME, "tlshd");
	mnl_attr_nest_end(header, group);
	mnl_attr_nest_end(header, groups);
	assert_int_equal(genl_family_decode(buffer, header->nlmsg_len, &family), 0);
	assert_int_equal(family.id, 33);
	assert_int_equal(family.group_count, 2);
	assert_string_equal(family.group[1].name, "tlshd");
	assert_int_equal(family.group[1].id, 15);
	for (uint32_t size = 0; size < header->nlmsg_len; size++)
		assert_int_equal(genl_family_decode(buffer, size, &family), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_client_request),
		cmocka_unit_test(test_server_request_has_no_name),
		cmocka_unit_test(test_malformed_keeps_descriptor),
		cmocka_unit_test(test_long_name_is_refused_not_cut),
		cmocka_unit_test(test_truncated_everywhere),
		cmocka_unit_test(test_missing_descriptor),
		cmocka_unit_test(test_family),
	};

	return cmocka_run_group_tests_name("handshake", tests, NULL, NULL);
}
