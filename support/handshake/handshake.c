/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/handshake/handshake.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/genl/genl.h"
#include "support/uapi/handshake.h"

struct handshake {
	struct genl *genl;
	uint32_t group;
	int events;
};

static int decode_u32(const struct nlattr *attribute, uint32_t *value)
{
	if (!attribute)
		return 0;
	if (mnl_attr_validate(attribute, MNL_TYPE_U32) < 0)
		return -EBADMSG;
	*value = mnl_attr_get_u32(attribute);
	return 0;
}

static int decode_certificate(const struct nlattr *nest, struct handshake_request *request)
{
	const struct nlattr *inner;
	uint32_t certificate = 0, private_key = 0;

	if (!nest)
		return 0;
	mnl_attr_for_each_nested(inner, nest) {
		if (mnl_attr_get_type(inner) == HANDSHAKE_A_X509_CERT && decode_u32(inner, &certificate))
			return -EBADMSG;
		if (mnl_attr_get_type(inner) == HANDSHAKE_A_X509_PRIVKEY && decode_u32(inner, &private_key))
			return -EBADMSG;
	}
	request->has_certificate = true;
	request->certificate = (int32_t)certificate;
	request->private_key = (int32_t)private_key;
	return 0;
}

static int decode_peername(const struct nlattr *attribute, struct handshake_request *request)
{
	if (!attribute)
		return 0;
	if (mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) < 0)
		return -EBADMSG;
	/* A name that is cut could match another host's certificate. */
	return text_copy(request->peername, sizeof(request->peername), mnl_attr_get_str(attribute)) ? 0 : -EBADMSG;
}

int handshake_decode(const void *message, size_t size, struct handshake_request *request)
{
	const struct nlattr *table[HANDSHAKE_A_ACCEPT_MAX + 1];
	uint32_t fd = UINT32_MAX;
	int r = genl_attributes(message, size, table, ARRAY_SIZE(table));

	memset(request, 0, sizeof(*request));
	request->fd = -1;
	if (decode_u32(table[HANDSHAKE_A_ACCEPT_SOCKFD], &fd) == 0 && fd <= INT32_MAX)
		request->fd = (int)fd;
	if (r || request->fd < 0 || decode_u32(table[HANDSHAKE_A_ACCEPT_MESSAGE_TYPE], &request->role) ||
	    decode_u32(table[HANDSHAKE_A_ACCEPT_TIMEOUT], &request->timeout_ms) ||
	    decode_u32(table[HANDSHAKE_A_ACCEPT_AUTH_MODE], &request->auth) ||
	    decode_certificate(table[HANDSHAKE_A_ACCEPT_CERTIFICATE], request) ||
	    decode_peername(table[HANDSHAKE_A_ACCEPT_PEERNAME], request))
		return -EBADMSG;
	return 0;
}

static int find_group(const struct genl *genl, uint32_t *group, struct error *e)
{
	const struct genl_family *family = genl_family(genl);

	for (unsigned int i = 0; i < family->group_count; i++) {
		if (strcmp(family->group[i].name, HANDSHAKE_MCGRP_TLSHD))
			continue;
		*group = family->group[i].id;
		return 0;
	}
	return error_set(e, ENOENT, "this kernel's handshake family has no group \"" HANDSHAKE_MCGRP_TLSHD "\"");
}

int handshake_find_group(uint32_t *group, struct error *e)
{
	struct genl *genl;
	int r = genl_open(HANDSHAKE_FAMILY_NAME, &genl, e);

	if (r)
		return r;
	r = find_group(genl, group, e);
	genl_close(genl);
	return r;
}

static int join_group(struct handshake *handshake, struct error *e)
{
	int r = find_group(handshake->genl, &handshake->group, e);

	if (r)
		return r;
	handshake->events = genl_subscribe(handshake->group, e);
	return handshake->events < 0 ? handshake->events : 0;
}

int handshake_open(struct handshake **handshake, struct error *e)
{
	struct handshake *new = calloc(1, sizeof(*new));
	int r;

	if (!new)
		return error_set(e, ENOMEM, "out of memory");
	new->events = -1;
	r = genl_open(HANDSHAKE_FAMILY_NAME, &new->genl, e);
	if (!r)
		r = join_group(new, e);
	if (r) {
		handshake_close(new);
		return r;
	}
	*handshake = new;
	return 0;
}

void handshake_close(struct handshake *handshake)
{
	if (!handshake)
		return;
	if (handshake->events >= 0)
		close(handshake->events);
	genl_close(handshake->genl);
	free(handshake);
}

int handshake_fd(const struct handshake *handshake)
{
	return handshake->events;
}

uint32_t handshake_group(const struct handshake *handshake)
{
	return handshake->group;
}

void handshake_clear(struct handshake *handshake)
{
	char announcement[512];

	/* ENOBUFS says that some were lost: harmless, since the caller accepts until nothing waits. */
	while (recv(handshake->events, announcement, sizeof(announcement), MSG_DONTWAIT) >= 0 || errno == EINTR ||
	       errno == ENOBUFS)
		;
}

int handshake_accept(struct handshake *handshake, struct handshake_request *request, struct error *e)
{
	struct nlmsghdr *header = genl_request(handshake->genl, HANDSHAKE_CMD_ACCEPT, 0);
	const void *reply;
	size_t size;
	int r;

	mnl_attr_put_u32(header, HANDSHAKE_A_ACCEPT_HANDLER_CLASS, HANDSHAKE_HANDLER_CLASS_TLSHD);
	r = genl_call(handshake->genl, &reply, &size, e);
	if (r < 0)
		return r;
	if (!r)
		return -EAGAIN;
	r = handshake_decode(reply, size, request);
	if (!r)
		return 0;
	if (request->fd >= 0) {
		(void)handshake_done(handshake, request->fd, EPROTO, false, NULL);
		close(request->fd);
	}
	return error_set(e, EBADMSG, "the kernel's handshake request is malformed");
}

int handshake_done(struct handshake *handshake, int fd, int status, bool mutual, struct error *e)
{
	struct nlmsghdr *header = genl_request(handshake->genl, HANDSHAKE_CMD_DONE, NLM_F_ACK);
	const void *reply;
	size_t size;
	int r;

	mnl_attr_put_u32(header, HANDSHAKE_A_DONE_STATUS, (uint32_t)status);
	mnl_attr_put_u32(header, HANDSHAKE_A_DONE_SOCKFD, (uint32_t)fd);
	/*
	 * nfsd only looks whether the first value is not zero (kernel: svc_tcp_handshake_done); there is no
	 * key to name, since the certificate came from the wire.
	 */
	if (mutual)
		mnl_attr_put_u32(header, HANDSHAKE_A_DONE_REMOTE_AUTH, 1);
	r = genl_call(handshake->genl, &reply, &size, e);
	return r > 0 ? 0 : r;
}
