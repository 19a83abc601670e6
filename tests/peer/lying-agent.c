/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lying-agent lie|hold: a handshake agent that does not do its work, for the tests of those who must notice.
 *
 *   lie   reports every handshake as done, with a proven peer, and never touches the socket
 *   hold  only holds a place in the agents' group, as any local user may, so that the kernel waits
 *
 * It says "ready" and stays until it is killed.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "support/handshake/handshake.h"

static void lie(struct handshake *handshake)
{
	struct handshake_request request;
	struct error e;

	while (!handshake_accept(handshake, &request, &e)) {
		if (handshake_done(handshake, request.fd, 0, true, &e))
			fprintf(stderr, "lying-agent: %s\n", e.text);
		close(request.fd);
	}
}

int main(int argc, char **argv)
{
	bool lies = argc == 2 && !strcmp(argv[1], "lie");
	struct handshake *handshake;
	struct error e;

	if (argc != 2 || (!lies && strcmp(argv[1], "hold"))) {
		fprintf(stderr, "usage: lying-agent lie|hold\n");
		return 2;
	}
	if (handshake_open(&handshake, &e)) {
		fprintf(stderr, "lying-agent: %s\n", e.text);
		return 1;
	}
	printf("ready\n");
	fflush(stdout);
	for (;;) {
		struct pollfd announced = { .fd = handshake_fd(handshake), .events = POLLIN };

		if (poll(&announced, 1, -1) < 0 && errno != EINTR)
			return 1;
		handshake_clear(handshake);
		if (lies)
			lie(handshake);
	}
}
