/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The channel files: one read(2) is one question, one write(2) one answer (kernel: net/sunrpc/cache.c cache_read(),
 * cache_write()).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "support/upcall/upcall_private.h"

/* One cache must not keep the caller from the others for long; what is left keeps the descriptor readable. */
#define READS_MAX 64

static const char *const cache_files[UPCALL_CACHES] = {
	[UPCALL_CLIENT] = "auth.unix.ip",
	[UPCALL_GROUPS] = "auth.unix.gid",
	[UPCALL_HANDLE] = "nfsd.fh",
	[UPCALL_EXPORT] = "nfsd.export",
};

static int open_channel(const char *root, const char *cache, int flags, struct error *e)
{
	AUTO_FREE char *path = NULL;
	int fd;

	if (asprintf(&path, "%s/proc/net/rpc/%s/channel", root, cache) < 0) {
		path = NULL;
		return error_set(e, ENOMEM, "out of memory");
	}
	fd = open(path, flags | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	if (errno == ENOENT)
		return error_set(e, ENOENT, "the kernel has no NFS server (%s is missing): load it with modprobe nfsd",
				 path);
	return error_set(e, errno, "cannot open %s: %s", path, strerror(errno));
}

int upcall_text_open(struct upcall *upcall, const char *root, struct error *e)
{
	upcall->way = UPCALL_WAY_TEXT;
	upcall->calls = &upcall_text_calls;
	for (size_t i = 0; i < UPCALL_CACHES; i++) {
		/* To have this one open promises the kernel that answers will come. */
		if (i == UPCALL_GROUPS && !upcall->groups)
			continue;
		upcall->channel[i] = open_channel(root, cache_files[i], O_RDWR, e);
		if (upcall->channel[i] < 0)
			return upcall->channel[i];
	}
	return 0;
}

static size_t text_descriptors(const struct upcall *upcall, int descriptors[UPCALL_CACHES])
{
	size_t count = 0;

	for (size_t i = 0; i < UPCALL_CACHES; i++)
		if (upcall->channel[i] >= 0)
			descriptors[count++] = upcall->channel[i];
	return count;
}

static int hand_line(struct upcall *upcall, enum upcall_cache cache, size_t size, upcall_handler *handler,
		     void *context, struct error *e)
{
	struct upcall_request request;
	int r = upcall_text_parse(cache, upcall->buffer, size, &request, e);

	if (r == -EINVAL)
		upcall->bad++;
	if (r)
		return r == -EINVAL ? 0 : r;
	handler(&request, context);
	upcall_request_free(&request);
	return 0;
}

static int take_lines(struct upcall *upcall, enum upcall_cache cache, upcall_handler *handler, void *context,
		      struct error *e)
{
	int r = 0;

	for (unsigned int reads = 0; reads < READS_MAX && !r; reads++) {
		ssize_t got = read(upcall->channel[cache], upcall->buffer, sizeof(upcall->buffer));

		if (!got || (got < 0 && errno == EAGAIN))
			return 0;
		if (got < 0 && errno != EINTR)
			return error_set(e, errno, "cannot read the kernel's questions from %s: %s", cache_files[cache],
					 strerror(errno));
		if (got > 0)
			r = hand_line(upcall, cache, (size_t)got, handler, context, e);
	}
	return r;
}

static int text_take(struct upcall *upcall, int descriptor, upcall_handler *handler, void *context, struct error *e)
{
	for (size_t i = 0; i < UPCALL_CACHES; i++)
		if (descriptor >= 0 && upcall->channel[i] == descriptor)
			return take_lines(upcall, (enum upcall_cache)i, handler, context, e);
	return error_set(e, EBADF, "the descriptor %d has no questions", descriptor);
}

static int write_answer(int channel, const struct upcall_request *request, const struct upcall_answer *answer,
			struct error *e)
{
	AUTO_STRBUF line = { 0 };
	ssize_t written;
	int r = upcall_text_format(request, answer, &line, e);

	if (r)
		return r;
	written = write(channel, line.text, line.size);
	if (written < 0)
		return error_set(e, errno, "the kernel does not take an answer to %s: %s", cache_files[request->cache],
				 strerror(errno));
	/* The kernel takes a line whole or not at all. */
	return (size_t)written == line.size ?
		       0 :
		       error_set(e, EIO, "an answer to %s was written in part", cache_files[request->cache]);
}

static int text_answer(struct upcall *upcall, const struct upcall_request *request, const struct upcall_answer *answer,
		       struct error *e)
{
	return write_answer(upcall->channel[request->cache], request, answer, e);
}

int upcall_text_hold(enum upcall_cache cache, struct error *e)
{
	return open_channel("", cache_files[cache], O_WRONLY, e);
}

int upcall_text_answer_once(const struct upcall_request *request, const struct upcall_answer *answer, struct error *e)
{
	AUTO_FD channel = upcall_text_hold(request->cache, e);

	return channel < 0 ? channel : write_answer(channel, request, answer, e);
}

const struct upcall_calls upcall_text_calls = {
	.descriptors = text_descriptors,
	.take = text_take,
	.answer = text_answer,
};
