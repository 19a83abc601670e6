/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The messages of the families nfsd and sunrpc: questions read, answers written, without a socket. */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <string.h>

#include "support/uapi/nfsd_netlink.h"
#include "support/uapi/sunrpc_netlink.h"
#include "support/upcall/upcall_private.h"

/* Both families number these alike, and one code serves both. */
enum { CACHE_TYPE = NFSD_A_CACHE_NOTIFY_CACHE_TYPE, REQUESTS = NFSD_A_SVC_EXPORT_REQS_REQUESTS };
_Static_assert((int)CACHE_TYPE == (int)SUNRPC_A_CACHE_NOTIFY_CACHE_TYPE &&
		       (int)REQUESTS == (int)NFSD_A_EXPKEY_REQS_REQUESTS &&
		       (int)REQUESTS == (int)SUNRPC_A_IP_MAP_REQS_REQUESTS &&
		       (int)REQUESTS == (int)SUNRPC_A_UNIX_GID_REQS_REQUESTS,
	       "one code reads the requests of all four caches");

#define ATTRIBUTES 8u /* above those that name what is asked */
#define HEADERS_SIZE (MNL_ALIGN(sizeof(struct nlmsghdr)) + MNL_ALIGN(sizeof(struct genlmsghdr)))

const struct upcall_cache_numbers upcall_numbers[UPCALL_CACHES] = {
	[UPCALL_CLIENT] = { UPCALL_FAMILY_SUNRPC, SUNRPC_CMD_IP_MAP_GET_REQS, SUNRPC_CMD_IP_MAP_SET_REQS,
			    SUNRPC_CACHE_TYPE_IP_MAP, "a client" },
	[UPCALL_GROUPS] = { UPCALL_FAMILY_SUNRPC, SUNRPC_CMD_UNIX_GID_GET_REQS, SUNRPC_CMD_UNIX_GID_SET_REQS,
			    SUNRPC_CACHE_TYPE_UNIX_GID, "a user's groups" },
	[UPCALL_HANDLE] = { UPCALL_FAMILY_NFSD, NFSD_CMD_EXPKEY_GET_REQS, NFSD_CMD_EXPKEY_SET_REQS,
			    NFSD_CACHE_TYPE_EXPKEY, "a file handle" },
	[UPCALL_EXPORT] = { UPCALL_FAMILY_NFSD, NFSD_CMD_SVC_EXPORT_GET_REQS, NFSD_CMD_SVC_EXPORT_SET_REQS,
			    NFSD_CACHE_TYPE_SVC_EXPORT, "an export" },
};

/* ---- reading ------------------------------------------------------------------------------ */

/* Attributes that are not read yet. */
struct span {
	const char *at, *end;
};

/* 1 with *attribute, 0 at the end, -EBADMSG when what is left is no attribute. */
static int next_attribute(struct span *span, const struct nlattr **attribute)
{
	size_t left = (size_t)(span->end - span->at), step;

	if (!left)
		return 0;
	*attribute = (const struct nlattr *)span->at;
	if (!mnl_attr_ok(*attribute, (int)left))
		return -EBADMSG;
	step = MNL_ALIGN((*attribute)->nla_len); /* the last one may lack its padding */
	span->at = step < left ? span->at + step : span->end;
	return 1;
}

/* As genl_attributes(), of a nest. */
static int read_nest(const struct nlattr *nest, const struct nlattr *table[ATTRIBUTES])
{
	const char *payload = mnl_attr_get_payload(nest);
	struct span span = { payload, payload + mnl_attr_get_payload_len(nest) };
	const struct nlattr *attribute;
	int r;

	memset(table, 0, ATTRIBUTES * sizeof(*table));
	while ((r = next_attribute(&span, &attribute)) > 0)
		if (mnl_attr_get_type(attribute) < ATTRIBUTES && !table[mnl_attr_get_type(attribute)])
			table[mnl_attr_get_type(attribute)] = attribute;
	return r;
}

/* NULL unless it is there, terminated, not empty, of at most max bytes and without other NUL bytes. */
static const char *get_text(const struct nlattr *attribute, size_t max)
{
	size_t size = attribute ? mnl_attr_get_payload_len(attribute) : 0;
	const char *text = size ? mnl_attr_get_payload(attribute) : NULL;

	return size > 1 && size - 1 <= max && memchr(text, '\0', size) == text + size - 1 ? text : NULL;
}

static int get_copy(const struct nlattr *attribute, size_t max, char **copy)
{
	const char *text = get_text(attribute, max);

	if (!text)
		return -EBADMSG;
	*copy = strdup(text);
	return *copy ? 0 : -ENOMEM;
}

static bool has_size(const struct nlattr *attribute, size_t size)
{
	return attribute && mnl_attr_get_payload_len(attribute) == size;
}

static int read_client(const struct nlattr *const *table, struct upcall_request *request)
{
	const char *class = get_text(table[SUNRPC_A_IP_MAP_CLASS], sizeof(request->class) - 1);
	const char *address = get_text(table[SUNRPC_A_IP_MAP_ADDR], sizeof(request->address) - 1);

	if (!class || !address)
		return -EBADMSG;
	strcpy(request->class, class);
	strcpy(request->address, address);
	return 0;
}

static int read_groups(const struct nlattr *const *table, struct upcall_request *request)
{
	if (!has_size(table[SUNRPC_A_UNIX_GID_UID], sizeof(uint32_t)))
		return -EBADMSG;
	request->uid = mnl_attr_get_u32(table[SUNRPC_A_UNIX_GID_UID]);
	return 0;
}

static int read_handle(const struct nlattr *const *table, struct upcall_request *request)
{
	const struct nlattr *type = table[NFSD_A_EXPKEY_FSIDTYPE], *fsid = table[NFSD_A_EXPKEY_FSID];
	size_t size = fsid ? mnl_attr_get_payload_len(fsid) : 0;

	if (!has_size(type, sizeof(uint8_t)) || !size || size > sizeof(request->fsid))
		return -EBADMSG;
	request->fsid_type = mnl_attr_get_u8(type);
	memcpy(request->fsid, mnl_attr_get_payload(fsid), size);
	request->fsid_size = size;
	return get_copy(table[NFSD_A_EXPKEY_CLIENT], UPCALL_DOMAIN_MAX, &request->domain);
}

static int read_export(const struct nlattr *const *table, struct upcall_request *request)
{
	int r = get_copy(table[NFSD_A_SVC_EXPORT_CLIENT], UPCALL_DOMAIN_MAX, &request->domain);

	return r ? r : get_copy(table[NFSD_A_SVC_EXPORT_PATH], UPCALL_PATH_MAX, &request->path);
}

typedef int question_reader(const struct nlattr *const *table, struct upcall_request *request);

static question_reader *const question_readers[UPCALL_CACHES] = {
	[UPCALL_CLIENT] = read_client,
	[UPCALL_GROUPS] = read_groups,
	[UPCALL_HANDLE] = read_handle,
	[UPCALL_EXPORT] = read_export,
};

static int read_question(enum upcall_cache cache, const struct nlattr *nest, upcall_handler *handler, void *context)
{
	struct upcall_request request = { .cache = cache };
	const struct nlattr *table[ATTRIBUTES];
	int r = read_nest(nest, table);

	if (!r)
		r = question_readers[cache](table, &request);
	if (!r)
		handler(&request, context);
	upcall_request_free(&request);
	return r;
}

/* The attributes of a message; false when it is malformed. */
static bool open_message(const void *message, size_t size, struct span *span)
{
	const struct nlmsghdr *header = message;

	if (size < HEADERS_SIZE || header->nlmsg_len < HEADERS_SIZE || header->nlmsg_len > size)
		return false;
	span->at = (const char *)message + HEADERS_SIZE;
	span->end = (const char *)message + header->nlmsg_len;
	return true;
}

int upcall_netlink_decode(enum upcall_cache cache, const void *message, size_t size, upcall_handler *handler,
			  void *context, uint64_t *bad)
{
	const struct nlattr *attribute;
	struct span span;
	int r;

	if (!open_message(message, size, &span))
		return -EBADMSG;
	while ((r = next_attribute(&span, &attribute)) > 0) {
		if (mnl_attr_get_type(attribute) != REQUESTS)
			continue;
		r = read_question(cache, attribute, handler, context);
		if (r == -EBADMSG)
			++*bad;
		else if (r)
			return r;
	}
	return r;
}

static bool is_notice(enum upcall_family family, const void *message)
{
	const struct genlmsghdr *extra = mnl_nlmsg_get_payload(message);

	return extra->cmd == (family == UPCALL_FAMILY_NFSD ? (int)NFSD_CMD_CACHE_NOTIFY : (int)SUNRPC_CMD_CACHE_NOTIFY);
}

void upcall_netlink_notice(enum upcall_family family, const void *message, size_t size, bool wanted[UPCALL_CACHES])
{
	const struct nlattr *attribute;
	uint32_t caches = 0;
	struct span span;

	if (!open_message(message, size, &span) || !is_notice(family, message))
		return;
	while (next_attribute(&span, &attribute) > 0)
		if (mnl_attr_get_type(attribute) == CACHE_TYPE && has_size(attribute, sizeof(caches)))
			caches |= mnl_attr_get_u32(attribute);
	for (size_t i = 0; i < UPCALL_CACHES; i++)
		if (upcall_numbers[i].family == family && (!caches || caches & upcall_numbers[i].notice))
			wanted[i] = true;
}

/* ---- writing -------------------------------------------------------------------------------- */

struct writer {
	struct nlmsghdr *header;
	size_t room;
	int error; /* of the first attribute that could not be written */
};

static void fail(struct writer *writer, int error)
{
	if (!writer->error)
		writer->error = error;
}

static void put_bytes(struct writer *writer, uint16_t type, const void *bytes, size_t size)
{
	if (!mnl_attr_put_check(writer->header, writer->room, type, size, bytes))
		fail(writer, -E2BIG);
}

static void put_text(struct writer *writer, uint16_t type, const char *text)
{
	if (text)
		put_bytes(writer, type, text, strlen(text) + 1);
	else
		fail(writer, -EINVAL);
}

static void put_u32(struct writer *writer, uint16_t type, uint32_t number)
{
	put_bytes(writer, type, &number, sizeof(number));
}

static void put_flag(struct writer *writer, uint16_t type)
{
	put_bytes(writer, type, "", 0);
}

static void put_expiry(struct writer *writer, uint16_t type, int64_t expiry)
{
	uint64_t seconds = expiry < 0 ? 0 : (uint64_t)expiry;

	put_bytes(writer, type, &seconds, sizeof(seconds));
}

static struct nlattr *begin_nest(struct writer *writer, uint16_t type)
{
	struct nlattr *nest = mnl_attr_nest_start_check(writer->header, writer->room, type);

	if (!nest)
		fail(writer, -E2BIG);
	return nest;
}

static void end_nest(struct writer *writer, struct nlattr *nest)
{
	if (nest)
		mnl_attr_nest_end(writer->header, nest);
}

static void write_client(struct writer *writer, const struct upcall_request *request,
			 const struct upcall_answer *answer)
{
	put_text(writer, SUNRPC_A_IP_MAP_CLASS, request->class);
	put_text(writer, SUNRPC_A_IP_MAP_ADDR, request->address);
	put_expiry(writer, SUNRPC_A_IP_MAP_EXPIRY, answer->expiry);
	if (answer->negative)
		put_flag(writer, SUNRPC_A_IP_MAP_NEGATIVE);
	else
		put_text(writer, SUNRPC_A_IP_MAP_DOMAIN, answer->domain);
}

static void write_groups(struct writer *writer, const struct upcall_request *request,
			 const struct upcall_answer *answer)
{
	put_u32(writer, SUNRPC_A_UNIX_GID_UID, request->uid);
	put_expiry(writer, SUNRPC_A_UNIX_GID_EXPIRY, answer->expiry);
	if (answer->negative)
		put_flag(writer, SUNRPC_A_UNIX_GID_NEGATIVE);
	for (size_t i = 0; !answer->negative && i < answer->group_count && !writer->error; i++)
		put_u32(writer, SUNRPC_A_UNIX_GID_GIDS, answer->groups[i]);
}

static void write_handle(struct writer *writer, const struct upcall_request *request,
			 const struct upcall_answer *answer)
{
	const uint8_t type = (uint8_t)request->fsid_type;

	put_text(writer, NFSD_A_EXPKEY_CLIENT, request->domain);
	put_bytes(writer, NFSD_A_EXPKEY_FSIDTYPE, &type, sizeof(type));
	put_bytes(writer, NFSD_A_EXPKEY_FSID, request->fsid, request->fsid_size);
	put_expiry(writer, NFSD_A_EXPKEY_EXPIRY, answer->expiry);
	if (answer->negative)
		put_flag(writer, NFSD_A_EXPKEY_NEGATIVE);
	else
		put_text(writer, NFSD_A_EXPKEY_PATH, answer->path);
}

static void put_locations(struct writer *writer, const struct upcall_answer *answer)
{
	struct nlattr *all;

	if (!answer->location_count)
		return;
	if (answer->location_count > UPCALL_LOCATIONS_MAX)
		fail(writer, -E2BIG);
	all = begin_nest(writer, NFSD_A_SVC_EXPORT_FSLOCATIONS);
	for (size_t i = 0; i < answer->location_count && !writer->error; i++) {
		struct nlattr *one = begin_nest(writer, NFSD_A_FSLOCATIONS_LOCATION);

		put_text(writer, NFSD_A_FSLOCATION_HOST, answer->locations[i].hosts);
		put_text(writer, NFSD_A_FSLOCATION_PATH, answer->locations[i].path);
		end_nest(writer, one);
	}
	end_nest(writer, all);
}

static void put_security(struct writer *writer, const struct upcall_answer *answer)
{
	if (answer->sec_count > UPCALL_SEC_MAX)
		fail(writer, -E2BIG);
	for (size_t i = 0; i < answer->sec_count && !writer->error; i++) {
		struct nlattr *nest = begin_nest(writer, NFSD_A_SVC_EXPORT_SECINFO);

		put_u32(writer, NFSD_A_AUTH_FLAVOR_PSEUDOFLAVOR, answer->sec[i].flavor);
		put_u32(writer, NFSD_A_AUTH_FLAVOR_FLAGS, answer->sec[i].flags);
		end_nest(writer, nest);
	}
	for (uint32_t mode = 1; mode <= 4; mode <<= 1)
		if (answer->xprtsec & mode)
			put_u32(writer, NFSD_A_SVC_EXPORT_XPRTSEC, mode);
}

static void write_export(struct writer *writer, const struct upcall_request *request,
			 const struct upcall_answer *answer)
{
	put_text(writer, NFSD_A_SVC_EXPORT_CLIENT, request->domain);
	put_text(writer, NFSD_A_SVC_EXPORT_PATH, request->path);
	put_expiry(writer, NFSD_A_SVC_EXPORT_EXPIRY, answer->expiry);
	if (answer->negative) {
		put_flag(writer, NFSD_A_SVC_EXPORT_NEGATIVE);
		return;
	}
	put_u32(writer, NFSD_A_SVC_EXPORT_FLAGS, answer->flags);
	put_u32(writer, NFSD_A_SVC_EXPORT_ANON_UID, (uint32_t)answer->anonuid);
	put_u32(writer, NFSD_A_SVC_EXPORT_ANON_GID, (uint32_t)answer->anongid);
	put_u32(writer, NFSD_A_SVC_EXPORT_FSID, (uint32_t)answer->fsid);
	put_security(writer, answer);
	put_locations(writer, answer);
	if (answer->has_uuid)
		put_bytes(writer, NFSD_A_SVC_EXPORT_UUID, answer->uuid, sizeof(answer->uuid));
}

typedef void answer_writer(struct writer *writer, const struct upcall_request *request,
			   const struct upcall_answer *answer);

static answer_writer *const answer_writers[UPCALL_CACHES] = {
	[UPCALL_CLIENT] = write_client,
	[UPCALL_GROUPS] = write_groups,
	[UPCALL_HANDLE] = write_handle,
	[UPCALL_EXPORT] = write_export,
};

int upcall_netlink_encode(const struct upcall_request *request, const struct upcall_answer *answer, uint16_t family,
			  uint32_t sequence, void *buffer, size_t room, struct error *e)
{
	struct writer writer = { .room = room < UINT16_MAX ? room : UINT16_MAX };
	struct genlmsghdr *extra;
	struct nlattr *nest;

	if (room < HEADERS_SIZE)
		return error_set(e, E2BIG, "there is no room for an answer");
	writer.header = mnl_nlmsg_put_header(buffer);
	writer.header->nlmsg_type = family;
	writer.header->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	writer.header->nlmsg_seq = sequence;
	extra = mnl_nlmsg_put_extra_header(writer.header, sizeof(*extra));
	extra->cmd = upcall_numbers[request->cache].set;
	extra->version = 1;
	nest = begin_nest(&writer, REQUESTS);
	answer_writers[request->cache](&writer, request, answer);
	end_nest(&writer, nest);
	if (writer.error == -E2BIG)
		return error_set(e, E2BIG, "an answer about %s is more than the kernel takes",
				 upcall_numbers[request->cache].about);
	if (writer.error)
		return error_set(e, EINVAL, "an answer about %s is incomplete", upcall_numbers[request->cache].about);
	return 0;
}
