/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * earlier - runs a command with the clock of this machine set back, for tests inside a guest
 *
 *   earlier SECONDS COMMAND [ARGUMENT]...
 *
 * Files that the command writes are as old as that, and nothing else makes them so: the time of a file's last change
 * cannot be set.  Afterwards the clock is what it would have been.  Status: the command's, or 127.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <unistd.h>

static int move_clock(long seconds)
{
	struct timex change = { .modes = ADJ_SETOFFSET, .time = { .tv_sec = seconds } };

	return adjtimex(&change) < 0 ? -1 : 0;
}

int main(int argc, char **argv)
{
	long seconds = argc > 2 ? atol(argv[1]) : 0;
	int status = -1;
	pid_t child;

	if (seconds <= 0 || move_clock(-seconds)) {
		perror("earlier SECONDS COMMAND");
		return 127;
	}
	child = fork();
	if (child == 0) {
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (child > 0 && waitpid(child, &status, 0) < 0)
		status = -1;
	if (move_clock(seconds)) {
		perror("earlier: the clock stays set back");
		return 127;
	}
	return status >= 0 && WIFEXITED(status) ? WEXITSTATUS(status) : 127;
}
