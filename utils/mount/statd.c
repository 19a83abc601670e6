/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/mount/statd.h"

#include <errno.h>
#include <grp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/rpc/rpc.h"
#include "utils/mount/caller.h"

#define STATD_PROGRAM 100024u
#define STATD_VERSION 1u
#define STARTER "/usr/sbin/start-statd"
#define START_LIMIT_MS 10000
#define ASK_LIMIT_MS 2000
#define PAUSE_MS 100

bool statd_is_needed(const struct mount_options *options)
{
	bool needed = true;

	for (size_t i = 0; i < options->count; i++) {
		if (!strcmp(options->words[i].key, "nolock"))
			needed = false;
		else if (!strcmp(options->words[i].key, "lock"))
			needed = true;
	}
	return needed;
}

static bool answers(void)
{
	struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct rpc_endpoint statd = { (struct sockaddr *)&here, sizeof(here), RPC_UDP };
	int64_t deadline = clock_ms() + ASK_LIMIT_MS;
	struct error e;
	uint16_t port;

	if (rpc_find_port(statd.address, statd.size, RPC_RPCBIND_PORT, RPC_UDP, STATD_PROGRAM, STATD_VERSION, deadline,
			  &port, &e))
		return false;
	here.sin_port = htons(port);
	return !rpc_ping(&statd, STATD_PROGRAM, STATD_VERSION, deadline, &e);
}

/* Nothing of the caller may reach a program that runs as root: not its environment, its groups, or its user. */
static void run_starter(bool for_user)
{
	static char *const arguments[] = { (char *)(uintptr_t)STARTER, NULL };
	static char *const environment[] = { NULL };

	if (for_user)
		caller_leave_group();
	if (setgroups(0, NULL) || setgid(0) || setuid(0))
		_exit(1);
	execve(STARTER, arguments, environment);
	_exit(1);
}

static void start(bool for_user)
{
	pid_t child = fork();

	if (!child)
		run_starter(for_user);
	while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
		continue;
}

int statd_start(bool for_user)
{
	static const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000 };
	int64_t deadline = clock_ms() + START_LIMIT_MS;

	if (answers())
		return 0;
	start(for_user);
	/* it goes into the background before it is registered, and nothing tells when that is */
	while (!answers()) {
		if (clock_ms() > deadline)
			return -ESRCH;
		(void)nanosleep(&pause, NULL);
	}
	return 0;
}
