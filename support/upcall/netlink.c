/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Questions by generic netlink: a notification says that a cache has some, a dump shows them, and each answer is a
 * request of its own.  Dumps and answers have a socket each, so that neither sees what belongs to the other.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "support/genl/genl.h"
#include "support/uapi/nfsd_netlink.h"
#include "support/uapi/sunrpc_netlink.h"
#include "support/upcall/upcall_private.h"

#define PATIENCE_MS 5000 /* for each message of the kernel, which has them at hand */
#define DUMP_TRIES 3	 /* when the queue changes under the dump */
#define NOTICES_MAX 1024 /* for one call; what is left keeps the descriptor readable */
#define BATCH_MAX 16384u /* questions of one dump; the others stay in the kernel's queue */
#define AGAIN_SECONDS 1	 /* after a dump that failed or has not shown all */
#define ERRNO_MAX 4095

/* ---- messages to and fro ------------------------------------------------------------------------- */

static int connect_kernel(struct error *e)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	int one = 1;

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		int r = error_set(e, errno, "cannot open a netlink socket: %s", strerror(errno));

		close_fd(&fd);
		return r;
	}
	/* These only add words to refusals, and keep them short; kernels without answer all the same. */
	(void)setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	(void)setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	return fd;
}

static int transmit(struct upcall *upcall, int *fd, const struct nlmsghdr *header, struct error *e)
{
	if (*fd < 0)
		*fd = upcall->netlink.connect(e);
	if (*fd < 0)
		return *fd;
	if (send(*fd, header, header->nlmsg_len, MSG_NOSIGNAL) < 0)
		return error_set(e, errno, "cannot send to the kernel: %s", strerror(errno));
	return 0;
}

static int await(int fd, struct error *e)
{
	struct pollfd wanted = { .fd = fd, .events = POLLIN };
	int r;

	do
		r = poll(&wanted, 1, PATIENCE_MS);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return error_set(e, errno, "cannot wait for the kernel: %s", strerror(errno));
	return r ? 0 : error_set(e, ETIMEDOUT, "the kernel did not answer within %d s", PATIENCE_MS / 1000);
}

/* One datagram: its size, or a negative errno. */
static ssize_t receive(int fd, char *buffer, size_t room, struct error *e)
{
	ssize_t got;
	int r = await(fd, e);

	if (r)
		return r;
	do
		got = recv(fd, buffer, room, MSG_TRUNC);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return error_set(e, errno, "cannot read from the kernel: %s", strerror(errno));
	if (!got || (size_t)got > room)
		return error_set(e, EBADMSG, "the kernel's netlink answer is cut short");
	return got;
}

/* The sentence that the kernel may add (NLMSGERR_ATTR_MSG) follows the header of our message, or the whole of it. */
static void read_sentence(const struct nlmsghdr *header, const struct nlmsgerr *refusal, struct error *e)
{
	size_t offset = MNL_ALIGN(sizeof(*refusal));
	const struct nlattr *attribute;

	if (!(header->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(header->nlmsg_flags & NLM_F_CAPPED) && refusal->msg.nlmsg_len > MNL_NLMSG_HDRLEN)
		offset += MNL_ALIGN((size_t)refusal->msg.nlmsg_len) - MNL_NLMSG_HDRLEN;
	if (offset > mnl_nlmsg_get_payload_len(header))
		return;
	mnl_attr_for_each(attribute, header, (unsigned int)offset)
		if (mnl_attr_get_type(attribute) == NLMSGERR_ATTR_MSG &&
		    mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) >= 0)
			error_set(e, -refusal->error, "%s", mnl_attr_get_str(attribute));
}

/* NLMSG_ERROR: 0 for an acknowledgement. */
static int read_refusal(const struct nlmsghdr *header, struct error *e)
{
	const struct nlmsgerr *refusal = mnl_nlmsg_get_payload(header);

	if (mnl_nlmsg_get_payload_len(header) < sizeof(*refusal) || refusal->error > 0 || refusal->error < -ERRNO_MAX)
		return error_set(e, EBADMSG, "the kernel's netlink answer is malformed");
	if (!refusal->error)
		return 0;
	error_set(e, -refusal->error, "%s", strerror(-refusal->error));
	read_sentence(header, refusal, e);
	return refusal->error;
}

/* ---- dumps ------------------------------------------------------------------------------------------ */

/* Questions that are kept until their dump has ended. */
struct batch {
	struct upcall_request *request;
	size_t count;
	bool incomplete; /* the kernel has more */
};

static void batch_empty(struct batch *batch, size_t count)
{
	while (batch->count > count)
		upcall_request_free(&batch->request[--batch->count]);
}

static void keep(struct upcall_request *request, void *context)
{
	struct batch *batch = context;

	if (batch->count == BATCH_MAX || !ARRAY_APPEND(batch->request, batch->count, *request)) {
		batch->incomplete = true;
		return;
	}
	request->domain = request->path = NULL; /* they are the batch's now */
}

static int ask(struct upcall *upcall, enum upcall_cache cache, struct error *e)
{
	const struct upcall_cache_numbers *numbers = &upcall_numbers[cache];
	struct nlmsghdr *header = mnl_nlmsg_put_header(upcall->buffer);
	struct genlmsghdr *extra;

	header->nlmsg_type = upcall->netlink.family[numbers->family];
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	header->nlmsg_seq = ++upcall->netlink.sequence;
	extra = mnl_nlmsg_put_extra_header(header, sizeof(*extra));
	extra->cmd = numbers->get;
	extra->version = 1;
	return transmit(upcall, &upcall->netlink.questions, header, e);
}

/* NLMSG_DONE carries how the dump went, where it carries something. */
static int read_done(const struct nlmsghdr *header, struct error *e)
{
	int status = 0;

	if (mnl_nlmsg_get_payload_len(header) >= sizeof(status))
		memcpy(&status, mnl_nlmsg_get_payload(header), sizeof(status));
	if (status >= 0 || status < -ERRNO_MAX)
		return 0;
	return error_set(e, -status, "%s", strerror(-status));
}

/* 1 when more is to come. */
static int read_part(struct upcall *upcall, enum upcall_cache cache, const struct nlmsghdr *header, struct batch *batch,
		     struct error *e)
{
	if (header->nlmsg_seq != upcall->netlink.sequence)
		return 1;
	if (header->nlmsg_flags & NLM_F_DUMP_INTR)
		batch->incomplete = true;
	if (header->nlmsg_type == NLMSG_ERROR)
		return read_refusal(header, e);
	if (header->nlmsg_type == NLMSG_DONE)
		return read_done(header, e);
	if (header->nlmsg_type != upcall->netlink.family[upcall_numbers[cache].family])
		return 1;
	switch (upcall_netlink_decode(cache, header, header->nlmsg_len, keep, batch, &upcall->bad)) {
	case -EBADMSG:
		upcall->bad++;
		return 1;
	case -ENOMEM:
		batch->incomplete = true;
		return 1;
	default:
		return 1;
	}
}

/* 0 at the end of the dump. A failure that is not the kernel's refusal has *broken set: the socket is no good then. */
static int read_dump(struct upcall *upcall, enum upcall_cache cache, struct batch *batch, bool *broken, struct error *e)
{
	for (;;) {
		ssize_t got = receive(upcall->netlink.questions, upcall->buffer, sizeof(upcall->buffer), e);
		const struct nlmsghdr *header = (const struct nlmsghdr *)upcall->buffer;
		int left = (int)got, r;

		if (got < 0) {
			*broken = true;
			return (int)got;
		}
		for (; mnl_nlmsg_ok(header, left); header = mnl_nlmsg_next(header, &left)) {
			r = read_part(upcall, cache, header, batch, e);
			if (r <= 0)
				return r;
		}
	}
}

static int try_dump(struct upcall *upcall, enum upcall_cache cache, struct batch *batch, struct error *e)
{
	bool broken = false;
	int r;

	batch->incomplete = false;
	r = ask(upcall, cache, e);
	if (r)
		broken = true;
	else
		r = read_dump(upcall, cache, batch, &broken, e);
	/* What is still to come from a dump that was given up would hinder the next one. */
	if (broken) {
		close_fd(&upcall->netlink.questions);
		upcall->netlink.questions = -1;
	}
	return r;
}

/*
 * Adds a cache's questions to the batch.  Also -EMSGSIZE is tried again: the kernel makes room for the first message
 * of a dump by the largest read that the socket has seen before.
 */
static int dump(struct upcall *upcall, enum upcall_cache cache, struct batch *batch, struct error *e)
{
	size_t before = batch->count;
	int r = 0;

	for (unsigned int tries = 0; tries < DUMP_TRIES; tries++) {
		batch_empty(batch, before);
		r = try_dump(upcall, cache, batch, e);
		if (r != -EMSGSIZE && (r || !batch->incomplete || batch->count >= BATCH_MAX))
			break;
	}
	if (!r)
		return 0;
	batch_empty(batch, before);
	return error_prefix(e, "the kernel does not show its questions about %s", upcall_numbers[cache].about);
}

/* ---- taking ------------------------------------------------------------------------------------------ */

static int arm_timer(const struct upcall *upcall, time_t seconds, struct error *e)
{
	/* All zero would stop it. */
	const struct itimerspec when = { .it_value = { .tv_sec = seconds, .tv_nsec = 1 } };

	if (timerfd_settime(upcall->netlink.timer, 0, &when, NULL) < 0)
		return error_set(e, errno, "cannot set a timer: %s", strerror(errno));
	return 0;
}

static void want_family(struct upcall *upcall, enum upcall_family family)
{
	for (size_t i = 0; i < UPCALL_CACHES; i++)
		if (upcall_numbers[i].family == family)
			upcall->netlink.wanted[i] = true;
}

/* Notifications that were lost leave a family of which nothing is known. */
static int drain_notices(struct upcall *upcall, enum upcall_family family, struct error *e)
{
	int fd = upcall->netlink.notices[family];

	for (unsigned int i = 0; i < NOTICES_MAX; i++) {
		ssize_t got = recv(fd, upcall->buffer, sizeof(upcall->buffer), MSG_DONTWAIT);
		const struct nlmsghdr *header = (const struct nlmsghdr *)upcall->buffer;
		int left = (int)got;

		if (!got || (got < 0 && errno == EAGAIN))
			return 0;
		if (got < 0 && errno == ENOBUFS)
			want_family(upcall, family);
		else if (got < 0 && errno != EINTR)
			return error_set(e, errno, "cannot read the kernel's notifications: %s", strerror(errno));
		for (; got > 0 && mnl_nlmsg_ok(header, left); header = mnl_nlmsg_next(header, &left))
			if (header->nlmsg_type == upcall->netlink.family[family])
				upcall_netlink_notice(family, header, header->nlmsg_len, upcall->netlink.wanted);
	}
	return 0;
}

static int note_descriptor(struct upcall *upcall, int descriptor, struct error *e)
{
	uint64_t expirations;

	for (size_t i = 0; i < UPCALL_FAMILIES; i++)
		if (descriptor >= 0 && upcall->netlink.notices[i] == descriptor)
			return drain_notices(upcall, (enum upcall_family)i, e);
	if (descriptor < 0 || descriptor != upcall->netlink.timer)
		return error_set(e, EBADF, "the descriptor %d has no questions", descriptor);
	/* That it is not readable any more is all that matters. */
	if (read(descriptor, &expirations, sizeof(expirations)) < 0 && errno != EAGAIN)
		return error_set(e, errno, "cannot read a timer: %s", strerror(errno));
	return 0;
}

/* The first failure is reported, and what it left open asked for again a little later. */
static int dump_wanted(struct upcall *upcall, struct batch *batch, struct error *e)
{
	bool again = false;
	int result = 0;

	for (size_t i = 0; i < UPCALL_CACHES; i++) {
		int r;

		if (!upcall->netlink.wanted[i])
			continue;
		r = dump(upcall, (enum upcall_cache)i, batch, result ? NULL : e);
		upcall->netlink.wanted[i] = r || batch->incomplete;
		again |= upcall->netlink.wanted[i];
		result = result ? result : r;
	}
	if (again) {
		int r = arm_timer(upcall, AGAIN_SECONDS, result ? NULL : e);

		result = result ? result : r;
	}
	return result;
}

static int netlink_take(struct upcall *upcall, int descriptor, upcall_handler *handler, void *context, struct error *e)
{
	struct batch batch = { 0 };
	int r = note_descriptor(upcall, descriptor, e);

	if (!r)
		r = dump_wanted(upcall, &batch, e);
	for (size_t i = 0; i < batch.count; i++)
		handler(&batch.request[i], context);
	batch_empty(&batch, 0);
	free(batch.request);
	return r;
}

/* ---- answering ----------------------------------------------------------------------------------------- */

static int read_verdict(struct upcall *upcall, bool *broken, struct error *e)
{
	for (;;) {
		ssize_t got = receive(upcall->netlink.answers, upcall->buffer, sizeof(upcall->buffer), e);
		const struct nlmsghdr *header = (const struct nlmsghdr *)upcall->buffer;

		if (got < 0 || !mnl_nlmsg_ok(header, (int)got)) {
			*broken = true;
			return got < 0 ? (int)got : error_set(e, EBADMSG, "the kernel's netlink answer is malformed");
		}
		if (header->nlmsg_seq == upcall->netlink.sequence && header->nlmsg_type == NLMSG_ERROR)
			return read_refusal(header, e);
	}
}

static int netlink_answer(struct upcall *upcall, const struct upcall_request *request,
			  const struct upcall_answer *answer, struct error *e)
{
	const struct upcall_cache_numbers *numbers = &upcall_numbers[request->cache];
	bool broken = false;
	int r = upcall_netlink_encode(request, answer, upcall->netlink.family[numbers->family],
				      ++upcall->netlink.sequence, upcall->buffer, sizeof(upcall->buffer), e);

	if (r)
		return r;
	r = transmit(upcall, &upcall->netlink.answers, (const struct nlmsghdr *)upcall->buffer, e);
	if (r)
		broken = true;
	else
		r = read_verdict(upcall, &broken, e);
	if (broken) {
		close_fd(&upcall->netlink.answers);
		upcall->netlink.answers = -1;
	}
	return r ? error_prefix(e, "the kernel does not take an answer about %s", numbers->about) : 0;
}

static size_t netlink_descriptors(const struct upcall *upcall, int descriptors[UPCALL_CACHES])
{
	size_t count = 0;

	for (size_t i = 0; i < UPCALL_FAMILIES; i++)
		descriptors[count++] = upcall->netlink.notices[i];
	descriptors[count++] = upcall->netlink.timer;
	return count;
}

const struct upcall_calls upcall_netlink_calls = {
	.descriptors = netlink_descriptors,
	.take = netlink_take,
	.answer = netlink_answer,
};

/* ---- opening -------------------------------------------------------------------------------------------- */

static uint32_t find_group(const struct genl_family *family)
{
	for (unsigned int i = 0; i < family->group_count; i++)
		if (!strcmp(family->group[i].name, NFSD_MCGRP_EXPORTD))
			return family->group[i].id;
	return 0;
}

/* The number of the group, 0 when there is none; a kernel without the family has no group either. */
static uint32_t find_family(const char *name, uint16_t *family)
{
	struct genl *genl;
	uint32_t group;

	if (genl_open(name, &genl, NULL))
		return 0;
	*family = genl_family(genl)->id;
	group = find_group(genl_family(genl));
	genl_close(genl);
	return group;
}

int upcall_netlink_begin(struct upcall *upcall, struct error *e)
{
	upcall->way = UPCALL_WAY_NETLINK;
	upcall->calls = &upcall_netlink_calls;
	upcall->netlink.timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (upcall->netlink.timer < 0)
		return error_set(e, errno, "cannot make a timer: %s", strerror(errno));
	/* What was asked before anybody listened is not notified again. */
	for (size_t i = 0; i < UPCALL_FAMILIES; i++)
		want_family(upcall, (enum upcall_family)i);
	return arm_timer(upcall, 0, e);
}

static const char *const family_names[UPCALL_FAMILIES] = {
	[UPCALL_FAMILY_SUNRPC] = SUNRPC_FAMILY_NAME,
	[UPCALL_FAMILY_NFSD] = NFSD_FAMILY_NAME,
};

size_t upcall_netlink_groups(uint32_t group[UPCALL_NETLINK_GROUPS])
{
	uint16_t family;
	size_t count = 0;

	_Static_assert(UPCALL_NETLINK_GROUPS == UPCALL_FAMILIES, "each family has a group");
	for (size_t i = 0; i < UPCALL_FAMILIES; i++) {
		group[count] = find_family(family_names[i], &family);
		count += group[count] != 0;
	}
	return count;
}

int upcall_netlink_open(struct upcall *upcall, struct error *e)
{
	uint32_t group[UPCALL_FAMILIES];
	int r;

	for (size_t i = 0; i < UPCALL_FAMILIES; i++) {
		group[i] = find_family(family_names[i], &upcall->netlink.family[i]);
		if (!group[i])
			return 0;
	}
	for (size_t i = 0; i < UPCALL_FAMILIES; i++) {
		upcall->netlink.notices[i] = genl_subscribe(group[i], e);
		if (upcall->netlink.notices[i] < 0)
			return upcall->netlink.notices[i];
	}
	/*
	 * For groups the kernel does not count those who listen by netlink: it asks only while somebody has the channel
	 * open for writing (7.3, net/sunrpc/cache.c cache_listeners_exist()).
	 */
	if (upcall->groups) {
		upcall->channel[UPCALL_GROUPS] = upcall_text_hold(UPCALL_GROUPS, e);
		if (upcall->channel[UPCALL_GROUPS] < 0)
			return upcall->channel[UPCALL_GROUPS];
	}
	upcall->netlink.connect = connect_kernel;
	r = upcall_netlink_begin(upcall, e);
	return r ? r : 1;
}
