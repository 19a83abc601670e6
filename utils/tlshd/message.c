/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/tlshd/message.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

const char *role_word(enum role role)
{
	return role == ROLE_SERVER ? "server" : "client";
}

enum role role_of_peer(enum role role)
{
	return role == ROLE_SERVER ? ROLE_CLIENT : ROLE_SERVER;
}

/* A worker has read hostile bytes: its texts are cut and escaped again. */
static void clean_text(char *text, size_t room)
{
	text[room - 1] = '\0';
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < 0x20 || (unsigned char)*c > 0x7e)
			*c = '?';
		else if (*c == '"')
			*c = '\'';
}

/* A blank within a certificate's name would let its owner write more words into the log line. */
static void clean_word(char *text, size_t room)
{
	clean_text(text, room);
	for (char *c = text; *c; c++)
		if (*c == ' ')
			*c = '_';
}

/* One after the other; whatever was there, it is a list afterwards. */
static void clean_names(char *names, size_t room)
{
	names[room - 2] = names[room - 1] = '\0';
	for (size_t at = 0; names[at]; at += strlen(names + at) + 1)
		clean_word(names + at, room - 1 - at);
}

void outcome_clean(struct outcome *outcome)
{
	if (outcome->why >= REASON_COUNT)
		outcome->why = REASON_AGENT_ERROR;
	clean_text(outcome->cause, sizeof(outcome->cause));
	clean_word(outcome->tls, sizeof(outcome->tls));
	clean_word(outcome->cipher, sizeof(outcome->cipher));
	clean_word(outcome->alpn, sizeof(outcome->alpn));
	clean_names(outcome->names, sizeof(outcome->names));
	clean_word(outcome->serial, sizeof(outcome->serial));
	clean_word(outcome->certificate, sizeof(outcome->certificate));
}

int message_send(int channel, const void *message, size_t size, int fd)
{
	return message_send_parts(channel, message, size, NULL, 0, fd);
}

int message_send_parts(int channel, const void *message, size_t size, const void *more, size_t more_size, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8))) = { 0 };
	struct iovec io[] = { { .iov_base = (void *)(uintptr_t)message, .iov_len = size },
			      { .iov_base = (void *)(uintptr_t)more, .iov_len = more_size } };
	struct msghdr header = { .msg_iov = io, .msg_iovlen = ARRAY_SIZE(io) };
	ssize_t put;

	if (fd >= 0) {
		struct cmsghdr *rights;

		header.msg_control = control;
		header.msg_controllen = sizeof(control);
		rights = CMSG_FIRSTHDR(&header);
		rights->cmsg_level = SOL_SOCKET;
		rights->cmsg_type = SCM_RIGHTS;
		rights->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(rights), &fd, sizeof(fd));
	}
	do {
		put = sendmsg(channel, &header, MSG_NOSIGNAL);
	} while (put < 0 && errno == EINTR);
	if (put < 0)
		return -errno;
	return (size_t)put == size + more_size ? 0 : -EMSGSIZE;
}

static void take_descriptor(struct msghdr *header, int *fd)
{
	const struct cmsghdr *rights = CMSG_FIRSTHDR(header);

	if (rights && rights->cmsg_level == SOL_SOCKET && rights->cmsg_type == SCM_RIGHTS &&
	    rights->cmsg_len == CMSG_LEN(sizeof(*fd)))
		memcpy(fd, CMSG_DATA(rights), sizeof(*fd));
}

ssize_t message_receive(int channel, void *message, size_t room, int *fd)
{
	char control[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8)));
	struct iovec io = { .iov_base = message, .iov_len = room };
	struct msghdr header = { .msg_iov = &io, .msg_iovlen = 1 };
	ssize_t got;

	if (fd) {
		*fd = -1;
		/* Not CMSG_SPACE(): the kernel would put a second descriptor where the padding is. */
		header.msg_control = control;
		header.msg_controllen = CMSG_LEN(sizeof(*fd));
	}
	do {
		got = recvmsg(channel, &header, MSG_CMSG_CLOEXEC);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	if (fd)
		take_descriptor(&header, fd);
	/* The kernel lets go of descriptors that nobody wanted, and says that it cut the message. */
	if (!(header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
		return got;
	if (fd && *fd >= 0) {
		close(*fd);
		*fd = -1;
	}
	return -EMSGSIZE;
}

int message_pair(int pair[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0 ? -errno : 0;
}
