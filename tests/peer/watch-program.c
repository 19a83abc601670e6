/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * watch-program - runs a program, and all that it starts, under ptrace(2), for tests of what it does with keys
 *
 *   watch-program kill N COMMAND...   everything is killed right before the Nth change of a keyring; status 100.
 *                                     With fewer changes: the status of COMMAND.
 *   watch-program search FILE... -- COMMAND...
 *                                     when a process ends, but still has its memory, the bytes of each FILE are
 *                                     searched in it; status 101 when they are found, else that of COMMAND
 *
 * A change is an add_key(2) or one of the operations of keyctl(2) that change something.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KILLED = 100, FOUND = 101, FAILED = 102 };

#define NEEDLES_MAX 16
#define NEEDLE_SIZE_MAX 4096
#define AREA_MAX (256ul << 20)

struct needle {
	const char *file;
	unsigned char bytes[NEEDLE_SIZE_MAX];
	size_t size;
};

static struct needle needles[NEEDLES_MAX];
static size_t needle_count;
static long kill_at; /* 0: search */
static bool found;

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "watch-program: %s: %s\n", what, strerror(errno));
	exit(FAILED);
}

/* ---- changes ------------------------------------------------------------- */

static bool is_change(const struct __ptrace_syscall_info *info)
{
	static const unsigned long changing[] = {
		KEYCTL_UPDATE, KEYCTL_REVOKE,	  KEYCTL_SETPERM, KEYCTL_LINK,
		KEYCTL_UNLINK, KEYCTL_INVALIDATE, KEYCTL_CLEAR,	  KEYCTL_SET_TIMEOUT
	};

	if (info->op != PTRACE_SYSCALL_INFO_ENTRY)
		return false;
	if (info->entry.nr == SYS_add_key)
		return true;
	if (info->entry.nr != SYS_keyctl)
		return false;
	for (size_t i = 0; i < sizeof(changing) / sizeof(changing[0]); i++)
		if (info->entry.args[0] == changing[i])
			return true;
	return false;
}

static void look_at_call(pid_t pid, pid_t group)
{
	static long changes;
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) < 0)
		die("cannot see the system call");
	if (!is_change(&info) || ++changes != kill_at)
		return;
	if (kill(-group, SIGKILL) < 0)
		die("cannot kill");
	while (waitpid(-1, NULL, __WALL) > 0 || errno == EINTR)
		continue;
	exit(KILLED);
}

/* ---- memory ----------------------------------------------------------------- */

static void search_area(int memory, unsigned long from, unsigned long to, pid_t pid, const char *line)
{
	size_t size = to - from;
	unsigned char *area = size <= AREA_MAX ? malloc(size) : NULL;
	ssize_t got;

	if (!area)
		return;
	got = pread(memory, area, size, (off_t)from);
	for (size_t i = 0; got > 0 && i < needle_count; i++)
		if (memmem(area, (size_t)got, needles[i].bytes, needles[i].size)) {
			fprintf(stderr, "watch-program: process %d ends with %s in %s", (int)pid, needles[i].file,
				line);
			found = true;
		}
	free(area);
}

static void search_memory(pid_t pid)
{
	char path[64], line[512];
	unsigned long from, to;
	FILE *maps;
	int memory;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	maps = fopen(path, "re");
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	memory = open(path, O_RDONLY | O_CLOEXEC);
	if (!maps || memory < 0)
		die(path);
	while (fgets(line, sizeof(line), maps))
		if (sscanf(line, "%lx-%lx rw", &from, &to) == 2 && strstr(line, " rw"))
			search_area(memory, from, to, pid, line);
	fclose(maps);
	close(memory);
}

/* ---- following ---------------------------------------------------------------- */

static void go_on(pid_t pid, int signal)
{
	if (ptrace(kill_at ? PTRACE_SYSCALL : PTRACE_CONT, pid, NULL, (void *)(long)signal) < 0 && errno != ESRCH)
		die("cannot go on");
}

static void look_at_stop(pid_t pid, pid_t group, int status)
{
	int signal = WSTOPSIG(status), event = status >> 16;

	if (event == PTRACE_EVENT_EXIT && !kill_at)
		search_memory(pid);
	else if (signal == (SIGTRAP | 0x80))
		look_at_call(pid, group);
	/* Its own stops are not the program's signals. */
	go_on(pid, event || signal == SIGTRAP || signal == (SIGTRAP | 0x80) || signal == SIGSTOP ? 0 : signal);
}

static int follow(pid_t first)
{
	int status, end = FAILED;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		if (pid <= 0)
			continue;
		if (WIFSTOPPED(status))
			look_at_stop(pid, first, status);
		else if (pid == first)
			end = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	}
	return found ? FOUND : end;
}

static pid_t start(char **command)
{
	/* What is killed is not to stop once more. */
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			     PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | (kill_at ? 0 : PTRACE_O_TRACEEXIT);
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (setpgid(0, 0) < 0 || ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 || raise(SIGSTOP))
			die("cannot be traced");
		execvp(command[0], command);
		die(command[0]);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)options) < 0)
		die("cannot trace");
	go_on(pid, 0);
	return pid;
}

static void read_needle(const char *file)
{
	struct needle *needle = &needles[needle_count++];
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, needle->bytes, sizeof(needle->bytes));

	if (got <= 0)
		die(file);
	needle->file = file;
	needle->size = (size_t)got;
	close(fd);
}

int main(int argc, char **argv)
{
	int at = 2;

	if (argc > 3 && !strcmp(argv[1], "kill")) {
		kill_at = strtol(argv[at++], NULL, 10);
		if (kill_at < 1)
			return FAILED;
	} else if (argc > 3 && !strcmp(argv[1], "search")) {
		while (argv[at] && strcmp(argv[at], "--") && needle_count < NEEDLES_MAX)
			read_needle(argv[at++]);
		at++;
	}
	if (at >= argc || (!kill_at && !needle_count)) {
		fprintf(stderr, "usage: watch-program kill N COMMAND... | search FILE... -- COMMAND...\n");
		return FAILED;
	}
	return follow(start(argv + at));
}
