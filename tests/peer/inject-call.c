/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * inject-call - has a process that waits in a system call make another one, as code would that somebody has brought
 * into it, for tests of what its filter says to that
 *
 *   inject-call PID NUMBER   prints "refused" when the process gets SIGSYS for it, and lets it have the signal; else
 *                            what the call returned, and lets the process go on as if nothing had been
 *
 * All arguments of the call are 0.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __x86_64__
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>

#define SYSCALL_SIZE 2 /* of the instruction */

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "inject-call: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Returns the signal that it stopped with. */
static int wait_for_stop(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status))
		die("the process does not stop");
	return WSTOPSIG(status);
}

static void get(pid_t pid, struct user_regs_struct *registers)
{
	if (ptrace(PTRACE_GETREGS, pid, NULL, registers) < 0)
		die("cannot read the registers");
}

static void set(pid_t pid, const struct user_regs_struct *registers)
{
	if (ptrace(PTRACE_SETREGS, pid, NULL, registers) < 0)
		die("cannot set the registers");
}

/* Lets it run until the next begin or end of a system call, or signal; returns the signal. */
static int go_on(pid_t pid)
{
	if (ptrace(PTRACE_SYSCALL, pid, NULL, NULL) < 0)
		die("cannot go on");
	return wait_for_stop(pid);
}

int main(int argc, char **argv)
{
	struct user_regs_struct before, during;
	siginfo_t info;
	pid_t pid;
	int number;

	if (argc != 3) {
		fputs("usage: inject-call PID NUMBER\n", stderr);
		return 2;
	}
	pid = atoi(argv[1]);
	number = atoi(argv[2]);
	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0 || ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) < 0)
		die("cannot stop the process");
	(void)wait_for_stop(pid);
	get(pid, &before);
	if ((long)before.orig_rax < 0) {
		errno = EBUSY;
		die("it is not in a system call");
	}
	during = before;
	during.rip -= SYSCALL_SIZE;
	during.rax = (unsigned long)number;
	during.orig_rax = (unsigned long)-1; /* nothing is to be begun again */
	during.rdi = during.rsi = during.rdx = during.r10 = during.r8 = during.r9 = 0;
	set(pid, &during);
	go_on(pid); /* to the begin of the call */
	go_on(pid); /* to its end */
	get(pid, &during);
	/* Of a call that was refused with a signal the kernel leaves the number where the result would be. */
	if (during.rax == (unsigned long)number) {
		if (go_on(pid) != SIGSYS || ptrace(PTRACE_GETSIGINFO, pid, NULL, &info) < 0 ||
		    info.si_syscall != number)
			die("it was refused in another way");
		puts("refused");
		return ptrace(PTRACE_DETACH, pid, NULL, (void *)(long)SIGSYS) < 0;
	}
	printf("%lld\n", (long long)during.rax);
	set(pid, &before); /* and the kernel begins its call again */
	return ptrace(PTRACE_DETACH, pid, NULL, NULL) < 0;
}

#else

int main(void)
{
	fputs("inject-call: only written for x86-64\n", stderr);
	return 1;
}

#endif
