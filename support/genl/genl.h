/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * genl: a small generic netlink client on libmnl: find a family and its
 * multicast groups, send one request, read its one answer.  Decoding works on
 * buffers and can be tested and fuzzed without a kernel.  Families themselves
 * (handshake, nfsd, sunrpc) have folders of their own.
 *
 * Format: linux/genetlink.h, linux/netlink.h.
 */
#ifndef NFSTLS_GENL_H
#define NFSTLS_GENL_H

#include <libmnl/libmnl.h>

#include "support/base/base.h"

#define GENL_BUFFER_SIZE 32768u
#define GENL_GROUPS_MAX 16u
#define GENL_NAME_MAX 16u /* GENL_NAMSIZ */

/* What CTRL_CMD_GETFAMILY tells of a family. */
struct genl_family {
	uint16_t id;
	unsigned int group_count;
	struct {
		char name[GENL_NAME_MAX];
		uint32_t id;
	} group[GENL_GROUPS_MAX];
};

/*
 * Decodes one CTRL_CMD_NEWFAMILY message of size bytes.  -EBADMSG when it is
 * malformed or tells no family id; groups past GENL_GROUPS_MAX are dropped.
 */
int genl_family_decode(const void *message, size_t size, struct genl_family *family);

/* One attribute, borrowed; a negative errno ends the walk. */
typedef int genl_attribute_visitor(const struct nlattr *attribute, void *context);

/*
 * Visits the attributes of one generic netlink message in their order.  -EBADMSG when one runs past the message, else
 * what the visitor returned.
 */
int genl_each_attribute(const void *message, size_t size, genl_attribute_visitor *visit, void *context);

/*
 * Looks for the attributes of one generic netlink message: table[n] points to the
 * payload attribute n or is NULL (borrowed from message).  A repeated attribute keeps its first
 * occurrence.  -EBADMSG when an attribute runs past the message.
 */
int genl_attributes(const void *message, size_t size, const struct nlattr **table, size_t table_size);

/* A socket bound to one family. */
struct genl;

/*
 * -ENOENT when the kernel has no such family; other errnos of socket(2).
 * Free with genl_close(), which takes NULL.
 */
int genl_open(const char *family_name, struct genl **genl, struct error *e);
void genl_close(struct genl *genl);
const struct genl_family *genl_family(const struct genl *genl);

/* Starts a request in the handle's buffer; the caller adds attributes with mnl_attr_put_*_check(). */
struct nlmsghdr *genl_request(struct genl *genl, uint8_t command, uint16_t flags);
/* Room for the mnl_attr_put_*_check() calls. */
#define GENL_REQUEST_ROOM 8192u /* a path of 4095 bytes fits */

/*
 * Sends what genl_request() began and reads the one answer to it.  Returns 1
 * with *reply and *reply_size (borrowed, until the next call) for data, 0 for
 * an acknowledgement, and the kernel's own -errno for a refusal, with its
 * extended text in *e where it sent one.
 */
int genl_call(struct genl *genl, const void **reply, size_t *reply_size, struct error *e);

/* One message of a dump, borrowed; a negative errno ends the dump. */
typedef int genl_visitor(const void *message, size_t size, void *context);

/*
 * Sends what genl_request() began, with NLM_F_DUMP, and visits every message of the answer.  The kernel's own -errno
 * for a refusal, -EAGAIN when what is dumped changed meanwhile, else what the visitor returned.  After a failure the
 * handle is of no more use: close it.
 */
int genl_dump(struct genl *genl, genl_visitor *visit, void *context, struct error *e);

/* A non-blocking socket that is subscribed to one group; close(2) it.  Negative errno on failure. */
int genl_subscribe(uint32_t group, struct error *e);

#endif
