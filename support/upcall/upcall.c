/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/upcall/upcall.h"

#include <errno.h>
#include <stdlib.h>

#include "support/upcall/upcall_private.h"

struct upcall *upcall_new(bool groups)
{
	struct upcall *upcall = calloc(1, sizeof(*upcall));

	if (!upcall)
		return NULL;
	upcall->groups = groups;
	for (size_t i = 0; i < UPCALL_CACHES; i++)
		upcall->channel[i] = -1;
	for (size_t i = 0; i < UPCALL_FAMILIES; i++)
		upcall->netlink.notices[i] = -1;
	upcall->netlink.timer = upcall->netlink.questions = upcall->netlink.answers = -1;
	return upcall;
}

/* One way alone: the kernel shows each question on both. */
static int open_way(struct upcall *upcall, const struct upcall_options *options, struct error *e)
{
	int r = 0;

	if (!options->text_only && !*options->root)
		r = upcall_netlink_open(upcall, e);
	if (r)
		return r < 0 ? r : 0;
	return upcall_text_open(upcall, options->root, e);
}

int upcall_open(const struct upcall_options *options, struct upcall **result, struct error *e)
{
	struct upcall *upcall = upcall_new(options->groups);
	int r;

	if (!upcall)
		return error_set(e, ENOMEM, "out of memory");
	r = open_way(upcall, options, e);
	if (r) {
		upcall_close(upcall);
		return r;
	}
	*result = upcall;
	return 0;
}

void upcall_close(struct upcall *upcall)
{
	if (!upcall)
		return;
	for (size_t i = 0; i < UPCALL_CACHES; i++)
		close_fd(&upcall->channel[i]);
	for (size_t i = 0; i < UPCALL_FAMILIES; i++)
		close_fd(&upcall->netlink.notices[i]);
	close_fd(&upcall->netlink.timer);
	close_fd(&upcall->netlink.questions);
	close_fd(&upcall->netlink.answers);
	free(upcall);
}

enum upcall_way upcall_way(const struct upcall *upcall)
{
	return upcall->way;
}

size_t upcall_descriptors(const struct upcall *upcall, int descriptors[UPCALL_CACHES])
{
	return upcall->calls->descriptors(upcall, descriptors);
}

int upcall_take(struct upcall *upcall, int descriptor, upcall_handler *handler, void *context, struct error *e)
{
	return upcall->calls->take(upcall, descriptor, handler, context, e);
}

uint64_t upcall_bad_count(const struct upcall *upcall)
{
	return upcall->bad;
}

/*
 * Netlink has no word that tells "go there" from "the same is there": the kernel (7.3, fs/nfsd/export.c) takes every
 * location that came by netlink for a replica.  A referral is therefore the one answer that goes by the channel file.
 */
static bool is_referral(const struct upcall_request *request, const struct upcall_answer *answer)
{
	return request->cache == UPCALL_EXPORT && !answer->negative && answer->location_count && !answer->replicas;
}

int upcall_answer(struct upcall *upcall, const struct upcall_request *request, const struct upcall_answer *answer,
		  struct error *e)
{
	if (upcall->way == UPCALL_WAY_NETLINK && is_referral(request, answer))
		return upcall_text_answer_once(request, answer, e);
	return upcall->calls->answer(upcall, request, answer, e);
}
