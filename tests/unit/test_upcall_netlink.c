/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/uapi/nfsd_netlink.h"
#include "support/uapi/sunrpc_netlink.h"
#include "support/upcall/upcall_private.h"

#define SUNRPC 31
#define NFSD 32

static _Alignas(8) char message[UPCALL_BUFFER_SIZE];
static struct nlmsghdr *const header = (struct nlmsghdr *)message;
static char everyone[] = "*", srv[] = "/srv"; /* strings of questions can be changed */

/* ---- messages of the kernel ------------------------------------------------------------------ */

static void begin_message(uint16_t type, uint8_t command, uint32_t sequence)
{
	struct genlmsghdr *extra;

	memset(message, 0, 256);
	mnl_nlmsg_put_header(message);
	header->nlmsg_type = type;
	header->nlmsg_seq = sequence;
	extra = mnl_nlmsg_put_extra_header(header, sizeof(*extra));
	extra->cmd = command;
}

static void put_client(const char *class, const char *address)
{
	struct nlattr *nest = mnl_attr_nest_start(header, NFSD_A_SVC_EXPORT_REQS_REQUESTS);

	mnl_attr_put_u64(header, SUNRPC_A_IP_MAP_SEQNO, 5);
	mnl_attr_put_strz(header, SUNRPC_A_IP_MAP_CLASS, class);
	mnl_attr_put_strz(header, SUNRPC_A_IP_MAP_ADDR, address);
	mnl_attr_nest_end(header, nest);
}

static void put_export(const char *domain, const char *path)
{
	struct nlattr *nest = mnl_attr_nest_start(header, NFSD_A_SVC_EXPORT_REQS_REQUESTS);

	mnl_attr_put_u64(header, NFSD_A_SVC_EXPORT_SEQNO, 6);
	mnl_attr_put_strz(header, NFSD_A_SVC_EXPORT_CLIENT, domain);
	mnl_attr_put_strz(header, NFSD_A_SVC_EXPORT_PATH, path);
	mnl_attr_put_u32(header, 200, 1); /* of a later kernel */
	mnl_attr_nest_end(header, nest);
}

static void put_handle(const char *domain, uint8_t type, const void *fsid, size_t size)
{
	struct nlattr *nest = mnl_attr_nest_start(header, NFSD_A_SVC_EXPORT_REQS_REQUESTS);

	mnl_attr_put_strz(header, NFSD_A_EXPKEY_CLIENT, domain);
	mnl_attr_put_u8(header, NFSD_A_EXPKEY_FSIDTYPE, type);
	mnl_attr_put(header, NFSD_A_EXPKEY_FSID, size, fsid);
	mnl_attr_nest_end(header, nest);
}

/* ---- what the handler got ---------------------------------------------------------------------- */

static struct upcall_request got[128];
static size_t got_count;

static void store(struct upcall_request *request, void *context)
{
	(void)context;
	assert_true(got_count < ARRAY_SIZE(got));
	got[got_count++] = *request;
	request->domain = request->path = NULL;
}

static int forget(void **state)
{
	(void)state;
	while (got_count)
		upcall_request_free(&got[--got_count]);
	return 0;
}

static int decode_size(enum upcall_cache cache, size_t size, uint64_t *bad)
{
	/* Exactly as long as it says: a sanitizer sees what is read beyond. */
	void *copy = malloc(size ? size : 1);
	int r;

	assert_non_null(copy);
	memcpy(copy, message, size);
	r = upcall_netlink_decode(cache, copy, size, store, NULL, bad);
	free(copy);
	return r;
}

static int decode(enum upcall_cache cache, uint64_t *bad)
{
	*bad = 0;
	forget(NULL);
	return decode_size(cache, header->nlmsg_len, bad);
}

/* ---- reading ----------------------------------------------------------------------------------- */

static void questions_are_read(void **state)
{
	const unsigned char uuid[16] = { 1, 2, 0, 4 };
	struct nlattr *nest;
	uint64_t bad;

	(void)state;
	begin_message(SUNRPC, SUNRPC_CMD_IP_MAP_GET_REQS, 1);
	put_client("nfsd", "192.0.2.1");
	assert_int_equal(decode(UPCALL_CLIENT, &bad), 0);
	assert_int_equal(got_count, 1);
	assert_int_equal(got[0].cache, UPCALL_CLIENT);
	assert_string_equal(got[0].class, "nfsd");
	assert_string_equal(got[0].address, "192.0.2.1");

	begin_message(SUNRPC, SUNRPC_CMD_UNIX_GID_GET_REQS, 1);
	nest = mnl_attr_nest_start(header, NFSD_A_SVC_EXPORT_REQS_REQUESTS);
	mnl_attr_put_u32(header, SUNRPC_A_UNIX_GID_UID, 4294967294u);
	mnl_attr_nest_end(header, nest);
	assert_int_equal(decode(UPCALL_GROUPS, &bad), 0);
	assert_int_equal(got_count, 1);
	assert_int_equal(got[0].uid, 4294967294u);

	begin_message(NFSD, NFSD_CMD_EXPKEY_GET_REQS, 1);
	put_handle("*,a b", 6, uuid, sizeof(uuid));
	assert_int_equal(decode(UPCALL_HANDLE, &bad), 0);
	assert_int_equal(got_count, 1);
	assert_string_equal(got[0].domain, "*,a b");
	assert_int_equal(got[0].fsid_type, 6);
	assert_int_equal(got[0].fsid_size, 16);
	assert_memory_equal(got[0].fsid, uuid, 16);

	begin_message(NFSD, NFSD_CMD_SVC_EXPORT_GET_REQS, 1);
	put_export("*", "/srv");
	put_export("b", "/srv/\n");
	mnl_attr_put_u32(header, 77, 1);
	assert_int_equal(decode(UPCALL_EXPORT, &bad), 0);
	assert_int_equal(got_count, 2);
	assert_string_equal(got[0].domain, "*");
	assert_string_equal(got[0].path, "/srv");
	assert_string_equal(got[1].domain, "b");
	assert_string_equal(got[1].path, "/srv/\n");
	assert_int_equal(bad, 0);
}

static void a_message_without_questions_has_none(void **state)
{
	uint64_t bad;

	(void)state;
	begin_message(NFSD, NFSD_CMD_SVC_EXPORT_GET_REQS, 1);
	assert_int_equal(decode(UPCALL_EXPORT, &bad), 0);
	assert_int_equal(got_count, 0);
	assert_int_equal(bad, 0);
}

static void cut_messages_are_refused(void **state)
{
	uint32_t whole;
	uint64_t bad = 0;

	(void)state;
	begin_message(NFSD, NFSD_CMD_SVC_EXPORT_GET_REQS, 1);
	put_export("*", "/srv");
	whole = header->nlmsg_len;
	for (uint32_t size = 0; size < whole; size++)
		assert_int_equal(decode_size(UPCALL_EXPORT, size, &bad), -EBADMSG);
	assert_int_equal(got_count, 0);
	/* Also where the message says itself that it is short; then only its headers are whole. */
	for (uint32_t size = MNL_NLMSG_HDRLEN + GENL_HDRLEN + 1; size < whole; size++) {
		header->nlmsg_len = size;
		assert_int_equal(decode_size(UPCALL_EXPORT, whole, &bad), -EBADMSG);
	}
	header->nlmsg_len = whole + 1;
	assert_int_equal(decode_size(UPCALL_EXPORT, whole, &bad), -EBADMSG);
	assert_int_equal(got_count, 0);
}

/* One is malformed, the good one behind it is read. */
static void assert_passed_over(enum upcall_cache cache)
{
	uint64_t bad;

	assert_int_equal(decode(cache, &bad), 0);
	assert_int_equal(bad, 1);
	assert_int_equal(got_count, 1);
}

static void malformed_exports_are_passed_over(void **state)
{
	struct nlattr *nest;

	(void)state;
	begin_message(NFSD, NFSD_CMD_SVC_EXPORT_GET_REQS, 1);
	nest = mnl_attr_nest_start(header, NFSD_A_SVC_EXPORT_REQS_REQUESTS);
	mnl_attr_put_strz(header, NFSD_A_SVC_EXPORT_CLIENT, "*");
	mnl_attr_nest_end(header, nest);
	put_export("*", "/good");
	assert_passed_over(UPCALL_EXPORT);

	begin_message(NFSD, NFSD_CMD_SVC_EXPORT_GET_REQS, 1);
	nest = mnl_attr_nest_start(header, NFSD_A_SVC_EXPORT_REQS_REQUESTS);
	mnl_attr_put_strz(header, NFSD_A_SVC_EXPORT_CLIENT, "*");
	mnl_attr_put(header, NFSD_A_SVC_EXPORT_PATH, 4, "/srv");
	mnl_attr_nest_end(header, nest);
	put_export("*", "/good");
	assert_passed_over(UPCALL_EXPORT);

	begin_message(NFSD, NFSD_CMD_SVC_EXPORT_GET_REQS, 1);
	nest = mnl_attr_nest_start(header, NFSD_A_SVC_EXPORT_REQS_REQUESTS);
	mnl_attr_put_strz(header, NFSD_A_SVC_EXPORT_CLIENT, "*");
	mnl_attr_put(header, NFSD_A_SVC_EXPORT_PATH, 5, "/s\0v");
	mnl_attr_nest_end(header, nest);
	put_export("*", "/good");
	assert_passed_over(UPCALL_EXPORT);

	begin_message(NFSD, NFSD_CMD_SVC_EXPORT_GET_REQS, 1);
	put_export("", "/srv");
	put_export("*", "/good");
	assert_passed_over(UPCALL_EXPORT);

	/* An attribute that runs past its nest. */
	begin_message(NFSD, NFSD_CMD_SVC_EXPORT_GET_REQS, 1);
	nest = mnl_attr_nest_start(header, NFSD_A_SVC_EXPORT_REQS_REQUESTS);
	mnl_attr_put_strz(header, NFSD_A_SVC_EXPORT_CLIENT, "*");
	mnl_attr_nest_end(header, nest);
	((struct nlattr *)mnl_attr_get_payload(nest))->nla_len = 16;
	put_export("*", "/good");
	assert_passed_over(UPCALL_EXPORT);
}

static void too_long_strings_are_passed_over(void **state)
{
	static char path[UPCALL_PATH_MAX + 2], domain[UPCALL_DOMAIN_MAX + 2];
	uint64_t bad;

	(void)state;
	memset(path, 'p', sizeof(path) - 1);
	memset(domain, 'd', sizeof(domain) - 1);
	begin_message(NFSD, NFSD_CMD_SVC_EXPORT_GET_REQS, 1);
	put_export("*", path);
	put_export(domain, path + 1);
	put_export(domain + 1, path + 1);
	assert_int_equal(decode(UPCALL_EXPORT, &bad), 0);
	assert_int_equal(bad, 2);
	assert_int_equal(got_count, 1);
	assert_int_equal(strlen(got[0].domain), UPCALL_DOMAIN_MAX);
	assert_int_equal(strlen(got[0].path), UPCALL_PATH_MAX);
}

static void malformed_others_are_passed_over(void **state)
{
	const unsigned char fsid[UPCALL_FSID_MAX + 1] = { 0 };
	struct nlattr *nest;
	uint64_t bad;

	(void)state;
	begin_message(NFSD, NFSD_CMD_EXPKEY_GET_REQS, 1);
	put_handle("*", 7, fsid, UPCALL_FSID_MAX + 1);
	put_handle("*", 7, fsid, 0);
	put_handle("*", 7, fsid, UPCALL_FSID_MAX);
	assert_int_equal(decode(UPCALL_HANDLE, &bad), 0);
	assert_int_equal(bad, 2);
	assert_int_equal(got_count, 1);

	begin_message(SUNRPC, SUNRPC_CMD_IP_MAP_GET_REQS, 1);
	put_client("a class of sixteen", "192.0.2.1");
	put_client("nfsd", "an address that has more than the sixty-three bytes that fit into it");
	put_client("nfsd", "192.0.2.1");
	assert_int_equal(decode(UPCALL_CLIENT, &bad), 0);
	assert_int_equal(bad, 2);
	assert_int_equal(got_count, 1);

	begin_message(SUNRPC, SUNRPC_CMD_UNIX_GID_GET_REQS, 1);
	nest = mnl_attr_nest_start(header, NFSD_A_SVC_EXPORT_REQS_REQUESTS);
	mnl_attr_put_u16(header, SUNRPC_A_UNIX_GID_UID, 1);
	mnl_attr_nest_end(header, nest);
	assert_int_equal(decode(UPCALL_GROUPS, &bad), 0);
	assert_int_equal(bad, 1);
	assert_int_equal(got_count, 0);
}

static void notices_say_which_cache(void **state)
{
	bool wanted[UPCALL_CACHES] = { false };

	(void)state;
	begin_message(NFSD, NFSD_CMD_CACHE_NOTIFY, 0);
	mnl_attr_put_u32(header, NFSD_A_CACHE_NOTIFY_CACHE_TYPE, NFSD_CACHE_TYPE_EXPKEY);
	upcall_netlink_notice(UPCALL_FAMILY_NFSD, message, header->nlmsg_len, wanted);
	assert_true(wanted[UPCALL_HANDLE] && !wanted[UPCALL_EXPORT] && !wanted[UPCALL_CLIENT] &&
		    !wanted[UPCALL_GROUPS]);

	/* The number 10 is a notification in the other family alone. */
	upcall_netlink_notice(UPCALL_FAMILY_SUNRPC, message, header->nlmsg_len, wanted);
	assert_true(!wanted[UPCALL_CLIENT] && !wanted[UPCALL_GROUPS]);
	upcall_netlink_notice(UPCALL_FAMILY_NFSD, message, 19, wanted);
	assert_false(wanted[UPCALL_EXPORT]);

	begin_message(SUNRPC, SUNRPC_CMD_CACHE_NOTIFY, 0);
	mnl_attr_put_u32(header, NFSD_A_CACHE_NOTIFY_CACHE_TYPE, SUNRPC_CACHE_TYPE_IP_MAP);
	upcall_netlink_notice(UPCALL_FAMILY_SUNRPC, message, header->nlmsg_len, wanted);
	assert_true(wanted[UPCALL_CLIENT] && !wanted[UPCALL_GROUPS]);
	begin_message(NFSD, NFSD_CMD_CACHE_NOTIFY, 0);
	upcall_netlink_notice(UPCALL_FAMILY_NFSD, message, header->nlmsg_len, wanted);
	assert_true(wanted[UPCALL_EXPORT]);
}

/* ---- writing ------------------------------------------------------------------------------------ */

struct nest {
	const struct nlattr *first[16];
	unsigned int count[16];
};

static void open_nest(const struct nlattr *attribute, struct nest *nest)
{
	const struct nlattr *inner;

	assert_non_null(attribute);
	memset(nest, 0, sizeof(*nest));
	mnl_attr_for_each_nested(inner, attribute) {
		uint16_t type = mnl_attr_get_type(inner);

		assert_true(type < 16);
		if (!nest->count[type]++)
			nest->first[type] = inner;
	}
}

/* Encodes into message; the one nest of it. */
static void encode(const struct upcall_request *request, const struct upcall_answer *answer, uint8_t command,
		   struct nest *nest)
{
	const struct nlattr *attribute = mnl_nlmsg_get_payload_offset(header, GENL_HDRLEN);
	const struct genlmsghdr *extra = mnl_nlmsg_get_payload(header);

	memset(message, 0xaa, sizeof(message));
	assert_int_equal(upcall_netlink_encode(request, answer, NFSD, 9, message, sizeof(message), NULL), 0);
	assert_int_equal(header->nlmsg_type, NFSD);
	assert_int_equal(header->nlmsg_flags, NLM_F_REQUEST | NLM_F_ACK);
	assert_int_equal(header->nlmsg_seq, 9);
	assert_int_equal(extra->cmd, command);
	assert_int_equal(extra->version, 1);
	assert_int_equal(mnl_attr_get_type(attribute), NFSD_A_SVC_EXPORT_REQS_REQUESTS);
	assert_int_equal(attribute->nla_len, header->nlmsg_len - MNL_NLMSG_HDRLEN - GENL_HDRLEN);
	open_nest(attribute, nest);
}

static void assert_text(const struct nest *nest, int type, const char *wanted)
{
	assert_int_equal(nest->count[type], 1);
	assert_int_equal(mnl_attr_get_payload_len(nest->first[type]), strlen(wanted) + 1);
	assert_string_equal(mnl_attr_get_str(nest->first[type]), wanted);
}

static void assert_u32(const struct nest *nest, int type, uint32_t wanted)
{
	assert_int_equal(nest->count[type], 1);
	assert_int_equal(mnl_attr_get_payload_len(nest->first[type]), 4);
	assert_int_equal(mnl_attr_get_u32(nest->first[type]), wanted);
}

static void assert_u64(const struct nest *nest, int type, uint64_t wanted)
{
	assert_int_equal(nest->count[type], 1);
	assert_int_equal(mnl_attr_get_payload_len(nest->first[type]), 8);
	assert_int_equal(mnl_attr_get_u64(nest->first[type]), wanted);
}

static void assert_flag(const struct nest *nest, int type)
{
	assert_int_equal(nest->count[type], 1);
	assert_int_equal(mnl_attr_get_payload_len(nest->first[type]), 0);
}

static void clients_are_answered(void **state)
{
	struct upcall_request request = { .cache = UPCALL_CLIENT, .class = "nfsd", .address = "192.0.2.1" };
	struct upcall_answer answer = { .expiry = 1795389002, .domain = "*,a b" };
	struct nest nest;

	(void)state;
	encode(&request, &answer, SUNRPC_CMD_IP_MAP_SET_REQS, &nest);
	assert_text(&nest, SUNRPC_A_IP_MAP_CLASS, "nfsd");
	assert_text(&nest, SUNRPC_A_IP_MAP_ADDR, "192.0.2.1");
	assert_text(&nest, SUNRPC_A_IP_MAP_DOMAIN, "*,a b");
	assert_u64(&nest, SUNRPC_A_IP_MAP_EXPIRY, 1795389002);
	assert_int_equal(nest.count[SUNRPC_A_IP_MAP_NEGATIVE], 0);
	answer.negative = true;
	encode(&request, &answer, SUNRPC_CMD_IP_MAP_SET_REQS, &nest);
	assert_flag(&nest, SUNRPC_A_IP_MAP_NEGATIVE);
	assert_u64(&nest, SUNRPC_A_IP_MAP_EXPIRY, 1795389002);
	assert_int_equal(nest.count[SUNRPC_A_IP_MAP_DOMAIN], 0);
}

static void groups_are_answered(void **state)
{
	const uint32_t some[] = { 7, 4294967295u };
	struct upcall_request request = { .cache = UPCALL_GROUPS, .uid = 1000 };
	struct upcall_answer answer = { .expiry = 9, .groups = some, .group_count = 2 };
	struct nest nest;

	(void)state;
	encode(&request, &answer, SUNRPC_CMD_UNIX_GID_SET_REQS, &nest);
	assert_u32(&nest, SUNRPC_A_UNIX_GID_UID, 1000);
	assert_u64(&nest, SUNRPC_A_UNIX_GID_EXPIRY, 9);
	assert_int_equal(nest.count[SUNRPC_A_UNIX_GID_GIDS], 2);
	assert_int_equal(mnl_attr_get_u32(nest.first[SUNRPC_A_UNIX_GID_GIDS]), 7);
	assert_int_equal(mnl_attr_get_u32(mnl_attr_next(nest.first[SUNRPC_A_UNIX_GID_GIDS])), 4294967295u);
	answer.group_count = 0;
	encode(&request, &answer, SUNRPC_CMD_UNIX_GID_SET_REQS, &nest);
	assert_int_equal(nest.count[SUNRPC_A_UNIX_GID_GIDS] + nest.count[SUNRPC_A_UNIX_GID_NEGATIVE], 0);
	answer.negative = true;
	encode(&request, &answer, SUNRPC_CMD_UNIX_GID_SET_REQS, &nest);
	assert_flag(&nest, SUNRPC_A_UNIX_GID_NEGATIVE);
}

static void handles_are_answered(void **state)
{
	struct upcall_request request = {
		.cache = UPCALL_HANDLE, .domain = everyone, .fsid_type = 1, .fsid_size = 4, .fsid = { 1, 0, 2, 0 }
	};
	struct upcall_answer answer = { .expiry = UPCALL_NEVER, .path = "/srv/a\nb" };
	struct nest nest;

	(void)state;
	encode(&request, &answer, NFSD_CMD_EXPKEY_SET_REQS, &nest);
	assert_text(&nest, NFSD_A_EXPKEY_CLIENT, "*");
	assert_int_equal(mnl_attr_get_payload_len(nest.first[NFSD_A_EXPKEY_FSIDTYPE]), 1);
	assert_int_equal(mnl_attr_get_u8(nest.first[NFSD_A_EXPKEY_FSIDTYPE]), 1);
	assert_int_equal(mnl_attr_get_payload_len(nest.first[NFSD_A_EXPKEY_FSID]), 4);
	assert_memory_equal(mnl_attr_get_payload(nest.first[NFSD_A_EXPKEY_FSID]), "\1\0\2", 4);
	assert_text(&nest, NFSD_A_EXPKEY_PATH, "/srv/a\nb");
	assert_u64(&nest, NFSD_A_EXPKEY_EXPIRY, UPCALL_NEVER);
	answer.negative = true;
	encode(&request, &answer, NFSD_CMD_EXPKEY_SET_REQS, &nest);
	assert_flag(&nest, NFSD_A_EXPKEY_NEGATIVE);
	assert_int_equal(nest.count[NFSD_A_EXPKEY_PATH], 0);
}

static void exports_are_answered(void **state)
{
	static const struct upcall_location places[] = { { "a:b", "/x" }, { "[::1]", "/y" } };
	struct upcall_request request = { .cache = UPCALL_EXPORT, .domain = everyone, .path = srv };
	struct upcall_answer answer = { .expiry = 9,
					.flags = 0x2411,
					.anonuid = -2,
					.anongid = 65534,
					.fsid = -1,
					.has_uuid = true,
					.uuid = { 1, 0, 3 },
					.sec = { { 1, 5 }, { 390003, 6 } },
					.sec_count = 2,
					.xprtsec = 5,
					.locations = places,
					.location_count = 2 };
	const struct nlattr *second;
	struct nest nest, inner;

	(void)state;
	encode(&request, &answer, NFSD_CMD_SVC_EXPORT_SET_REQS, &nest);
	assert_text(&nest, NFSD_A_SVC_EXPORT_CLIENT, "*");
	assert_text(&nest, NFSD_A_SVC_EXPORT_PATH, "/srv");
	assert_u64(&nest, NFSD_A_SVC_EXPORT_EXPIRY, 9);
	assert_u32(&nest, NFSD_A_SVC_EXPORT_FLAGS, 0x2411);
	assert_u32(&nest, NFSD_A_SVC_EXPORT_ANON_UID, 4294967294u);
	assert_u32(&nest, NFSD_A_SVC_EXPORT_ANON_GID, 65534);
	assert_u32(&nest, NFSD_A_SVC_EXPORT_FSID, 4294967295u);
	assert_int_equal(mnl_attr_get_payload_len(nest.first[NFSD_A_SVC_EXPORT_UUID]), 16);
	assert_memory_equal(mnl_attr_get_payload(nest.first[NFSD_A_SVC_EXPORT_UUID]), answer.uuid, 16);

	assert_int_equal(nest.count[NFSD_A_SVC_EXPORT_XPRTSEC], 2);
	assert_int_equal(mnl_attr_get_u32(nest.first[NFSD_A_SVC_EXPORT_XPRTSEC]), 1);
	assert_int_equal(mnl_attr_get_u32(mnl_attr_next(nest.first[NFSD_A_SVC_EXPORT_XPRTSEC])), 4);

	assert_int_equal(nest.count[NFSD_A_SVC_EXPORT_SECINFO], 2);
	second = mnl_attr_next(nest.first[NFSD_A_SVC_EXPORT_SECINFO]);
	open_nest(nest.first[NFSD_A_SVC_EXPORT_SECINFO], &inner);
	assert_u32(&inner, NFSD_A_AUTH_FLAVOR_PSEUDOFLAVOR, 1);
	assert_u32(&inner, NFSD_A_AUTH_FLAVOR_FLAGS, 5);
	open_nest(second, &inner);
	assert_u32(&inner, NFSD_A_AUTH_FLAVOR_PSEUDOFLAVOR, 390003);
	assert_u32(&inner, NFSD_A_AUTH_FLAVOR_FLAGS, 6);

	open_nest(nest.first[NFSD_A_SVC_EXPORT_FSLOCATIONS], &inner);
	assert_int_equal(inner.count[NFSD_A_FSLOCATIONS_LOCATION], 2);
	second = mnl_attr_next(inner.first[NFSD_A_FSLOCATIONS_LOCATION]);
	open_nest(second, &inner);
	assert_text(&inner, NFSD_A_FSLOCATION_HOST, "[::1]");
	assert_text(&inner, NFSD_A_FSLOCATION_PATH, "/y");
}

static void refused_exports_say_no_more(void **state)
{
	struct upcall_request request = { .cache = UPCALL_EXPORT, .domain = everyone, .path = srv };
	struct upcall_answer answer = { .negative = true, .expiry = 9, .flags = 1, .xprtsec = 7, .has_uuid = true };
	struct nest nest;
	unsigned int count = 0;

	(void)state;
	encode(&request, &answer, NFSD_CMD_SVC_EXPORT_SET_REQS, &nest);
	assert_flag(&nest, NFSD_A_SVC_EXPORT_NEGATIVE);
	assert_u64(&nest, NFSD_A_SVC_EXPORT_EXPIRY, 9);
	for (size_t i = 0; i < ARRAY_SIZE(nest.count); i++)
		count += nest.count[i];
	assert_int_equal(count, 4);
}

static void no_modes_send_no_modes(void **state)
{
	struct upcall_request request = { .cache = UPCALL_EXPORT, .domain = everyone, .path = srv };
	struct upcall_answer answer = { .expiry = 9 };
	struct nest nest;

	(void)state;
	encode(&request, &answer, NFSD_CMD_SVC_EXPORT_SET_REQS, &nest);
	assert_int_equal(nest.count[NFSD_A_SVC_EXPORT_XPRTSEC] + nest.count[NFSD_A_SVC_EXPORT_SECINFO] +
				 nest.count[NFSD_A_SVC_EXPORT_FSLOCATIONS] + nest.count[NFSD_A_SVC_EXPORT_UUID],
			 0);
	answer.xprtsec = 7;
	encode(&request, &answer, NFSD_CMD_SVC_EXPORT_SET_REQS, &nest);
	assert_int_equal(nest.count[NFSD_A_SVC_EXPORT_XPRTSEC], 3);
}

static int encode_into(const struct upcall_request *request, const struct upcall_answer *answer, size_t room)
{
	void *exact = malloc(room ? room : 1);
	int r;

	assert_non_null(exact);
	r = upcall_netlink_encode(request, answer, NFSD, 1, exact, room, NULL);
	free(exact);
	return r;
}

static void what_does_not_fit_is_refused(void **state)
{
	static const uint32_t gids[UPCALL_GROUPS_MAX];
	static char domain[UPCALL_DOMAIN_MAX + 1], path[UPCALL_PATH_MAX + 1];
	struct upcall_location places[UPCALL_LOCATIONS_MAX + 1];
	struct upcall_request request = { .cache = UPCALL_EXPORT, .domain = domain, .path = path };
	struct upcall_answer answer = { .xprtsec = 7, .locations = places, .location_count = UPCALL_LOCATIONS_MAX };
	struct nest nest;

	(void)state;
	memset(domain, 'd', UPCALL_DOMAIN_MAX);
	memset(path, 'p', UPCALL_PATH_MAX);
	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		places[i] = (struct upcall_location){ "server.example.com", "/a/path" };
	encode(&request, &answer, NFSD_CMD_SVC_EXPORT_SET_REQS, &nest);
	for (size_t room = 0; room < header->nlmsg_len; room += room < 200 ? 1 : 97)
		assert_int_equal(encode_into(&request, &answer, room), -E2BIG);
	assert_int_equal(encode_into(&request, &answer, header->nlmsg_len), 0);
	answer.location_count = UPCALL_LOCATIONS_MAX + 1;
	assert_int_equal(encode_into(&request, &answer, sizeof(message)), -E2BIG);
	places[0].path = domain;
	places[1].path = domain;
	places[2].path = domain;
	answer.location_count = 3;
	assert_int_equal(encode_into(&request, &answer, 1u << 20), -E2BIG);

	request = (struct upcall_request){ .cache = UPCALL_GROUPS };
	answer = (struct upcall_answer){ .groups = gids, .group_count = 8000 };
	assert_int_equal(encode_into(&request, &answer, sizeof(message)), 0);
	answer.group_count = UPCALL_GROUPS_MAX; /* an attribute has at most 65535 bytes */
	assert_int_equal(encode_into(&request, &answer, 1u << 20), -E2BIG);
}

static void incomplete_answers_are_refused(void **state)
{
	struct upcall_request request = { .cache = UPCALL_HANDLE, .domain = everyone, .fsid_size = 4 };
	struct upcall_answer answer = { .expiry = 1 };

	(void)state;
	assert_int_equal(encode_into(&request, &answer, sizeof(message)), -EINVAL);
	answer.path = "/";
	assert_int_equal(encode_into(&request, &answer, sizeof(message)), 0);
	request.domain = NULL;
	assert_int_equal(encode_into(&request, &answer, sizeof(message)), -EINVAL);
}

/* ---- the netlink way, with a kernel that has written its answers before ---------------------------- */

static struct upcall *upcall;
static int noticing[UPCALL_FAMILIES]; /* the kernel's ends */
static int kernel = -1;
static void (*speech)(unsigned int connection); /* what the kernel says to a new connection */
static unsigned int connections;

static void make_pair(int pair[2])
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
}

static int connect_test(struct error *e)
{
	int pair[2];

	(void)e;
	make_pair(pair);
	close_fd(&kernel);
	kernel = pair[1];
	connections++;
	if (speech)
		speech(connections);
	return pair[0];
}

static void say_to(int fd)
{
	assert_int_equal(send(fd, message, header->nlmsg_len, MSG_NOSIGNAL), header->nlmsg_len);
}

static void say_done(uint32_t sequence)
{
	int status = 0;

	mnl_nlmsg_put_header(message);
	header->nlmsg_type = NLMSG_DONE;
	header->nlmsg_seq = sequence;
	memcpy(mnl_nlmsg_put_extra_header(header, sizeof(status)), &status, sizeof(status));
	say_to(kernel);
}

static void say_error(uint32_t sequence, int error, const char *text)
{
	struct nlmsgerr *refusal;

	mnl_nlmsg_put_header(message);
	header->nlmsg_type = NLMSG_ERROR;
	header->nlmsg_seq = sequence;
	refusal = mnl_nlmsg_put_extra_header(header, sizeof(*refusal));
	refusal->error = error;
	refusal->msg.nlmsg_len = 4000;
	if (text) {
		header->nlmsg_flags = NLM_F_ACK_TLVS | NLM_F_CAPPED;
		mnl_attr_put_strz(header, NLMSGERR_ATTR_MSG, text);
	}
	say_to(kernel);
}

static int start(void **state)
{
	int pair[2];

	(void)state;
	connections = 0;
	speech = NULL;
	upcall = upcall_new(false);
	if (!upcall)
		return -1;
	upcall->netlink.family[UPCALL_FAMILY_SUNRPC] = SUNRPC;
	upcall->netlink.family[UPCALL_FAMILY_NFSD] = NFSD;
	for (size_t i = 0; i < UPCALL_FAMILIES; i++) {
		make_pair(pair);
		upcall->netlink.notices[i] = pair[0];
		noticing[i] = pair[1];
	}
	upcall->netlink.connect = connect_test;
	return upcall_netlink_begin(upcall, NULL);
}

static int stop(void **state)
{
	for (size_t i = 0; i < UPCALL_FAMILIES; i++)
		close_fd(&noticing[i]);
	close_fd(&kernel);
	kernel = -1;
	upcall_close(upcall);
	upcall = NULL;
	return forget(state);
}

static bool readable_within(int fd, int ms)
{
	struct pollfd wanted = { .fd = fd, .events = POLLIN };

	return poll(&wanted, 1, ms) == 1;
}

static bool is_readable(int fd)
{
	return readable_within(fd, 0);
}

/* Clients, groups, handles, exports: in two messages, with a stray between, in four dumps. */
static void speak_of_all(unsigned int connection)
{
	assert_int_equal(connection, 1);
	begin_message(SUNRPC, SUNRPC_CMD_IP_MAP_GET_REQS, 1);
	put_client("nfsd", "192.0.2.1");
	say_to(kernel);
	begin_message(SUNRPC, SUNRPC_CMD_IP_MAP_GET_REQS, 77);
	put_client("nfsd", "192.0.2.77");
	say_to(kernel);
	begin_message(SUNRPC, SUNRPC_CMD_IP_MAP_GET_REQS, 1);
	put_client("nfsd", "192.0.2.2");
	say_to(kernel);
	say_done(1);
	say_done(2);
	begin_message(NFSD, NFSD_CMD_EXPKEY_GET_REQS, 3);
	put_handle("*", 1, "\0\0\0", 4);
	put_handle("", 1, "\0\0\0", 4);
	say_to(kernel);
	say_done(3);
	say_done(4);
}

static void what_was_queued_before_is_asked_for(void **state)
{
	int fds[UPCALL_CACHES];

	(void)state;
	speech = speak_of_all;
	assert_int_equal(upcall_way(upcall), UPCALL_WAY_NETLINK);
	assert_int_equal(upcall_descriptors(upcall, fds), 3);
	assert_false(is_readable(fds[0]));
	assert_false(is_readable(fds[1]));
	assert_true(readable_within(fds[2], 5000));
	assert_int_equal(upcall_take(upcall, fds[2], store, NULL, NULL), 0);
	assert_int_equal(got_count, 3);
	assert_string_equal(got[0].address, "192.0.2.1");
	assert_string_equal(got[1].address, "192.0.2.2");
	assert_int_equal(got[2].cache, UPCALL_HANDLE);
	assert_int_equal(upcall_bad_count(upcall), 1);
	assert_false(is_readable(fds[2]));
	assert_int_equal(upcall_take(upcall, fds[2], store, NULL, NULL), 0);
	assert_int_equal(got_count, 3);
	assert_int_equal(upcall_take(upcall, -1, store, NULL, NULL), -EBADF);
}

/* What the kernel was asked. */
static uint8_t asked(void)
{
	ssize_t size = recv(kernel, message, sizeof(message), 0);

	if (size < 0)
		return 0;
	assert_int_equal(size, header->nlmsg_len);
	assert_int_equal(header->nlmsg_flags, NLM_F_REQUEST | NLM_F_DUMP);
	return ((const struct genlmsghdr *)mnl_nlmsg_get_payload(header))->cmd;
}

static void want_nothing(void)
{
	memset(upcall->netlink.wanted, 0, sizeof(upcall->netlink.wanted));
}

static void speak_of_an_export(unsigned int connection)
{
	(void)connection;
	begin_message(NFSD, NFSD_CMD_SVC_EXPORT_GET_REQS, 1);
	put_export("*", "/srv");
	say_to(kernel);
	say_done(1);
}

static void a_notice_leads_to_its_cache_alone(void **state)
{
	int fd = upcall->netlink.notices[UPCALL_FAMILY_NFSD];

	(void)state;
	want_nothing();
	speech = speak_of_an_export;
	begin_message(NFSD, NFSD_CMD_CACHE_NOTIFY, 0);
	mnl_attr_put_u32(header, NFSD_A_CACHE_NOTIFY_CACHE_TYPE, NFSD_CACHE_TYPE_SVC_EXPORT);
	say_to(noticing[UPCALL_FAMILY_NFSD]);
	say_to(noticing[UPCALL_FAMILY_NFSD]);
	assert_true(is_readable(fd));
	assert_int_equal(upcall_take(upcall, fd, store, NULL, NULL), 0);
	assert_false(is_readable(fd));
	assert_int_equal(got_count, 1);
	assert_string_equal(got[0].path, "/srv");
	assert_int_equal(asked(), NFSD_CMD_SVC_EXPORT_GET_REQS);
	assert_int_equal(asked(), 0);
}

static void say_no_questions(unsigned int connection)
{
	(void)connection;
	say_done(1);
}

/* A question about groups that nobody takes would wait for ever. */
static void groups_are_taken_even_when_not_wanted(void **state)
{
	(void)state;
	want_nothing();
	speech = say_no_questions;
	begin_message(SUNRPC, SUNRPC_CMD_CACHE_NOTIFY, 0);
	mnl_attr_put_u32(header, NFSD_A_CACHE_NOTIFY_CACHE_TYPE, SUNRPC_CACHE_TYPE_UNIX_GID);
	say_to(noticing[UPCALL_FAMILY_SUNRPC]);
	assert_int_equal(upcall_take(upcall, upcall->netlink.notices[UPCALL_FAMILY_SUNRPC], store, NULL, NULL), 0);
	assert_int_equal(asked(), SUNRPC_CMD_UNIX_GID_GET_REQS);
}

/* The first dump is interrupted and begins with what the second shows, too. */
static void interrupt_once(unsigned int connection)
{
	(void)connection;
	begin_message(NFSD, NFSD_CMD_SVC_EXPORT_GET_REQS, 1);
	put_export("*", "/srv");
	header->nlmsg_flags |= NLM_F_DUMP_INTR;
	say_to(kernel);
	say_done(1);
	begin_message(NFSD, NFSD_CMD_SVC_EXPORT_GET_REQS, 2);
	put_export("*", "/srv");
	put_export("*", "/srv/b");
	say_to(kernel);
	say_done(2);
}

static void an_interrupted_dump_is_made_again(void **state)
{
	(void)state;
	want_nothing();
	upcall->netlink.wanted[UPCALL_EXPORT] = true;
	speech = interrupt_once;
	assert_int_equal(upcall_take(upcall, upcall->netlink.timer, store, NULL, NULL), 0);
	assert_int_equal(got_count, 2);
	assert_string_equal(got[1].path, "/srv/b");
	assert_false(upcall->netlink.wanted[UPCALL_EXPORT]);
}

/* Exports are refused, handles not. */
static void refuse_exports(unsigned int connection)
{
	(void)connection;
	begin_message(NFSD, NFSD_CMD_EXPKEY_GET_REQS, 1);
	put_handle("*", 1, "\0\0\0", 4);
	say_to(kernel);
	say_done(1);
	say_error(2, -EPERM, NULL);
}

static void a_refused_dump_is_made_again_later(void **state)
{
	struct error e;

	(void)state;
	want_nothing();
	assert_true(readable_within(upcall->netlink.timer, 5000));
	upcall->netlink.wanted[UPCALL_HANDLE] = upcall->netlink.wanted[UPCALL_EXPORT] = true;
	speech = refuse_exports;
	assert_int_equal(upcall_take(upcall, upcall->netlink.timer, store, NULL, &e), -EPERM);
	assert_non_null(strstr(e.text, "about an export: "));
	assert_int_equal(got_count, 1);
	assert_int_equal(got[0].cache, UPCALL_HANDLE);
	assert_false(upcall->netlink.wanted[UPCALL_HANDLE]);
	assert_true(upcall->netlink.wanted[UPCALL_EXPORT]);
	assert_true(readable_within(upcall->netlink.timer, 10000));
}

static void hang_up(unsigned int connection)
{
	if (connection == 1)
		close_fd(&kernel);
	else
		say_done(2);
	if (connection == 1)
		kernel = -1;
}

static void a_broken_connection_is_made_anew(void **state)
{
	(void)state;
	want_nothing();
	upcall->netlink.wanted[UPCALL_EXPORT] = true;
	speech = hang_up;
	assert_true(upcall_take(upcall, upcall->netlink.timer, store, NULL, NULL) < 0);
	assert_int_equal(upcall->netlink.questions, -1);
	assert_int_equal(upcall_take(upcall, upcall->netlink.timer, store, NULL, NULL), 0);
	assert_int_equal(connections, 2);
}

static void judge(unsigned int connection)
{
	assert_int_equal(connection, 1);
	say_error(1, 0, NULL);
	say_error(1, -EPERM, NULL); /* a stray by now */
	say_error(2, -EINVAL, "no such mode");
	say_error(3, -ENOENT, NULL);
}

static void the_kernels_verdict_is_returned(void **state)
{
	struct upcall_request request = { .cache = UPCALL_EXPORT, .domain = everyone, .path = srv };
	struct upcall_answer answer = { .expiry = 9, .xprtsec = 4 };
	struct error e;

	(void)state;
	speech = judge;
	assert_int_equal(upcall_answer(upcall, &request, &answer, &e), 0);
	assert_true(recv(kernel, message, sizeof(message), 0) > 0);
	assert_int_equal(header->nlmsg_type, NFSD);
	assert_int_equal(upcall_answer(upcall, &request, &answer, &e), -EINVAL);
	assert_non_null(strstr(e.text, "no such mode"));
	assert_int_equal(upcall_answer(upcall, &request, &answer, &e), -ENOENT);
	request.path = NULL;
	assert_int_equal(upcall_answer(upcall, &request, &answer, &e), -EINVAL);
}

/* ---- the text way ------------------------------------------------------------------------------------ */

static char root[64];

static int run(const char *what)
{
	char command[512];

	snprintf(command, sizeof(command), "cd %s && %s", root, what);
	return system(command);
}

static int make_root(void **state)
{
	(void)state;
	strcpy(root, "/tmp/test_upcall_netlink.XXXXXX");
	upcall = NULL;
	return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
	upcall_close(upcall);
	upcall = NULL;
	forget(state);
	return run("rm -r \"$PWD\"");
}

static int make_channels(const char *caches)
{
	char command[256];

	snprintf(command, sizeof(command),
		 "for c in %s; do mkdir -p proc/net/rpc/$c && : >proc/net/rpc/$c/channel ||"
		 " exit 1; done",
		 caches);
	return run(command);
}

/* Puts a socket in the place of a channel, as it keeps the lines apart; its other end. */
static int take_place(enum upcall_cache cache)
{
	int pair[2];

	make_pair(pair);
	assert_true(dup2(pair[0], upcall->channel[cache]) >= 0);
	close(pair[0]);
	return pair[1];
}

static void no_server(void **state)
{
	const struct upcall_options options = { .root = root };
	struct error e;

	(void)state;
	assert_int_equal(upcall_open(&options, &upcall, &e), -ENOENT);
	assert_non_null(strstr(e.text, "modprobe nfsd"));
	assert_null(upcall);
}

static void groups_need_their_channel_only_when_wanted(void **state)
{
	struct upcall_options options = { .root = root };
	int fds[UPCALL_CACHES];

	(void)state;
	assert_int_equal(make_channels("auth.unix.ip nfsd.fh nfsd.export"), 0);
	assert_int_equal(upcall_open(&options, &upcall, NULL), 0);
	assert_int_equal(upcall_way(upcall), UPCALL_WAY_TEXT);
	assert_int_equal(upcall_descriptors(upcall, fds), 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(fcntl(fds[i], F_GETFL) & (O_ACCMODE | O_NONBLOCK), O_RDWR | O_NONBLOCK);
		assert_true(fcntl(fds[i], F_GETFD) & FD_CLOEXEC);
		assert_int_equal(upcall_take(upcall, fds[i], store, NULL, NULL), 0);
	}
	assert_int_equal(got_count, 0);
	assert_int_equal(upcall_take(upcall, -1, store, NULL, NULL), -EBADF);
	upcall_close(upcall);
	upcall = NULL;
	options.groups = true;
	assert_int_equal(upcall_open(&options, &upcall, NULL), -ENOENT);
	assert_int_equal(make_channels("auth.unix.gid"), 0);
	assert_int_equal(upcall_open(&options, &upcall, NULL), 0);
	assert_int_equal(upcall_descriptors(upcall, fds), 4);
}

static void answer_at_once(struct upcall_request *request, void *context)
{
	const struct upcall_answer answer = { .expiry = 9, .domain = "*" };

	++*(unsigned int *)context;
	assert_string_equal(request->class, "nfsd");
	assert_int_equal(upcall_answer(upcall, request, &answer, NULL), 0);
}

static void a_line_is_a_question_and_an_answer(void **state)
{
	const struct upcall_options options = { .root = root, .text_only = true };
	unsigned int count = 0;
	char line[64];
	ssize_t size;
	int peer;

	(void)state;
	assert_int_equal(make_channels("auth.unix.ip nfsd.fh nfsd.export"), 0);
	assert_int_equal(upcall_open(&options, &upcall, NULL), 0);
	peer = take_place(UPCALL_CLIENT);
	assert_int_equal(send(peer, "nfsd 192.0.2.1\n", 15, 0), 15);
	assert_int_equal(send(peer, "nfsd\n", 5, 0), 5);
	assert_int_equal(send(peer, "nfsd 192.0.2.2\n", 15, 0), 15);
	assert_int_equal(upcall_take(upcall, upcall->channel[UPCALL_CLIENT], answer_at_once, &count, NULL), 0);
	assert_int_equal(count, 2);
	assert_int_equal(upcall_bad_count(upcall), 1);
	size = recv(peer, line, sizeof(line), 0);
	assert_int_equal(size, 20);
	assert_memory_equal(line, "nfsd 192.0.2.1 9 * \n", 20);
	close(peer);
}

static void one_channel_does_not_keep_the_caller(void **state)
{
	const struct upcall_options options = { .root = root };
	int peer, fd;

	(void)state;
	assert_int_equal(make_channels("auth.unix.ip nfsd.fh nfsd.export"), 0);
	assert_int_equal(upcall_open(&options, &upcall, NULL), 0);
	peer = take_place(UPCALL_EXPORT);
	fd = upcall->channel[UPCALL_EXPORT];
	for (unsigned int i = 0; i < 70; i++)
		assert_int_equal(send(peer, "* /srv\n", 7, 0), 7);
	assert_int_equal(upcall_take(upcall, fd, store, NULL, NULL), 0);
	assert_int_equal(got_count, 64);
	assert_true(is_readable(fd));
	assert_int_equal(upcall_take(upcall, fd, store, NULL, NULL), 0);
	assert_int_equal(got_count, 70);
	assert_string_equal(got[69].path, "/srv");
	assert_false(is_readable(fd));
	close(peer);
}

static void a_refused_line_is_an_error(void **state)
{
	const struct upcall_options options = { .root = root };
	struct upcall_request request = { .cache = UPCALL_EXPORT, .domain = everyone, .path = srv };
	struct upcall_answer answer = { .negative = true };
	struct error e;
	int full;

	(void)state;
	assert_int_equal(make_channels("auth.unix.ip nfsd.fh nfsd.export"), 0);
	assert_int_equal(upcall_open(&options, &upcall, NULL), 0);
	full = open("/dev/full", O_RDWR | O_CLOEXEC);
	assert_true(full >= 0);
	assert_true(dup2(full, upcall->channel[UPCALL_EXPORT]) >= 0);
	close(full);
	assert_int_equal(upcall_answer(upcall, &request, &answer, &e), -ENOSPC);
	assert_non_null(strstr(e.text, "nfsd.export"));
}

#define NETLINK_TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
#define TEXT_TEST(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(questions_are_read, forget),
		cmocka_unit_test_teardown(a_message_without_questions_has_none, forget),
		cmocka_unit_test_teardown(cut_messages_are_refused, forget),
		cmocka_unit_test_teardown(malformed_exports_are_passed_over, forget),
		cmocka_unit_test_teardown(too_long_strings_are_passed_over, forget),
		cmocka_unit_test_teardown(malformed_others_are_passed_over, forget),
		cmocka_unit_test(notices_say_which_cache),
		cmocka_unit_test(clients_are_answered),
		cmocka_unit_test(groups_are_answered),
		cmocka_unit_test(handles_are_answered),
		cmocka_unit_test(exports_are_answered),
		cmocka_unit_test(refused_exports_say_no_more),
		cmocka_unit_test(no_modes_send_no_modes),
		cmocka_unit_test(what_does_not_fit_is_refused),
		cmocka_unit_test(incomplete_answers_are_refused),
		NETLINK_TEST(what_was_queued_before_is_asked_for),
		NETLINK_TEST(a_notice_leads_to_its_cache_alone),
		NETLINK_TEST(groups_are_taken_even_when_not_wanted),
		NETLINK_TEST(an_interrupted_dump_is_made_again),
		NETLINK_TEST(a_refused_dump_is_made_again_later),
		NETLINK_TEST(a_broken_connection_is_made_anew),
		NETLINK_TEST(the_kernels_verdict_is_returned),
		TEXT_TEST(no_server),
		TEXT_TEST(groups_need_their_channel_only_when_wanted),
		TEXT_TEST(a_line_is_a_question_and_an_answer),
		TEXT_TEST(one_channel_does_not_keep_the_caller),
		TEXT_TEST(a_refused_line_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
