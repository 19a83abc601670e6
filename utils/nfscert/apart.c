/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/nfscert/apart.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "utils/nfscert/command.h"

static int forbid_traces(void)
{
	static const struct rlimit none = { 0, 0 };

	/* A limit alone does not bind a core_pattern that is a pipe (kernel: fs/coredump.c). */
	if (prctl(PR_SET_DUMPABLE, 0) < 0 || setrlimit(RLIMIT_CORE, &none) < 0)
		return -errno;
	/* Without the privilege pages may be swapped out; a swap space belongs encrypted anyway. */
	(void)mlockall(MCL_CURRENT | MCL_FUTURE);
	return 0;
}

static void __attribute__((noreturn))
run(const char *command, pid_t parent, apart_work *work, void *context, int failed)
{
	int status;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(failed);
	if (forbid_traces()) {
		command_fail(command, STATUS_FAILED, "cannot keep private keys out of core dumps: %s", strerror(errno));
		_exit(failed);
	}
	status = work(context);
	_exit(command_flush("nfscert") ? status : failed);
}

/* The exit status of the child; a negative value, and it is said why, when there is none. */
static int wait_for(const char *command, pid_t child)
{
	int status = 0;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -command_fail(command, STATUS_FAILED, "cannot wait for a process: %s", strerror(errno));
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return -command_fail(command, STATUS_FAILED, "the process that held the key was ended by signal %d",
			     WTERMSIG(status));
}

int apart(const char *command, apart_work *work, void *context, int failed)
{
	pid_t parent = getpid(), child;
	int status;

	if (!command_flush("nfscert"))
		return failed;
	child = fork();
	if (child == 0)
		run(command, parent, work, context, failed);
	if (child < 0) {
		command_fail(command, STATUS_FAILED, "cannot start a process: %s", strerror(errno));
		return failed;
	}
	status = wait_for(command, child);
	return status < 0 ? failed : status;
}
