/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/tlshd/position.h"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* What comes between the numbers changes one and not the other, so that two looks have to agree. */
#define READ_AGAIN_MAX 8

/* linux/tcp.h, since Linux 4.6 and 4.1 */
#define INFO_SIZE_LEAST (offsetof(struct tcp_info, tcpi_bytes_received) + sizeof(uint64_t))

static struct position read_once(int fd)
{
	struct tcp_info info = { 0 };
	socklen_t size = sizeof(info);
	int waiting, unsent;

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) < 0 || size < INFO_SIZE_LEAST ||
	    ioctl(fd, SIOCINQ, &waiting) < 0 || ioctl(fd, SIOCOUTQ, &unsent) < 0)
		return (struct position){ 0 };
	return (struct position){
		.known = true,
		.read = info.tcpi_bytes_received - (uint64_t)waiting,
		.written = info.tcpi_bytes_acked + (uint64_t)unsent,
	};
}

struct position position_of(int fd)
{
	struct position last = read_once(fd);

	for (int i = 0; i < READ_AGAIN_MAX; i++) {
		struct position now = read_once(fd);

		if (position_equal(&last, &now))
			return now;
		last = now;
	}
	return (struct position){ 0 };
}

bool position_read_equal(const struct position *a, const struct position *b)
{
	return a->known && b->known && a->read == b->read;
}

bool position_equal(const struct position *a, const struct position *b)
{
	return position_read_equal(a, b) && a->written == b->written;
}
