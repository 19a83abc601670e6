/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/tlshd/filter.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

/* linux/tls.h: the only options that a worker sets, with those of TCP. */
#ifndef SOL_TLS
#define SOL_TLS 282
#endif

/* ---- the lists --------------------------------------------------------------- */

/*
 * Names of system calls.  They are those of all architectures and C libraries: clock_gettime64 is what clock_gettime
 * is on 32 bits, recvfrom is recv on many.  What is not there on this one is passed over.
 */
typedef const char *const call_list[];

/* clang-format off */
/* Memory, time, chance, who one is, the log and the end. */
static call_list basics = {
	"brk", "madvise", "mremap", "munmap", "membarrier",
	"futex", "futex_time64", "futex_waitv", "sched_yield", "sched_getaffinity",
	"clock_gettime", "clock_gettime64", "clock_getres", "clock_getres_time64", "clock_nanosleep",
	"clock_nanosleep_time64", "nanosleep", "gettimeofday", "time", "times",
	"getrandom", "getrusage", "getcpu", "sysinfo", "uname",
	"getpid", "gettid", "getppid", "getuid", "getuid32", "geteuid", "geteuid32", "getgid", "getgid32",
	"getegid", "getegid32",
	"write", "writev", "fstat", "fstat64",
	"exit", "exit_group", "restart_syscall", "rt_sigreturn", "sigreturn", "rt_sigprocmask", "sigprocmask",
	"sigaltstack", NULL
};

/* The processes' messages to each other. */
static call_list messages = {
	"recvmsg", "recvfrom", "recv", "sendmsg", "sendto", "send", "poll", "ppoll", "ppoll_time64", "close", NULL
};

/* fork(2), and what the signer does before it has its own filter. */
static call_list forking = {
	"fork", "vfork", "wait4", "waitid", "set_robust_list", "rseq", "rt_sigaction", "seccomp", "tgkill", NULL
};

static call_list reading = { "read", "readv", "pread64", "lseek", "_llseek", NULL };

/* An event loop, and sockets that come ready made. */
static call_list handshakes = {
	"epoll_wait", "epoll_pwait", "epoll_pwait2", "epoll_ctl", "epoll_ctl_old", "epoll_wait_old",
	"timerfd_settime", "timerfd_settime64", /* where the environment wants libevent's precise timer */
	"read", "readv", "shutdown", "getsockname", "getpeername", "getsockopt", NULL
};

/*
 * A library that looks for a file finds none, as in the empty root directory: the C library looks for /etc/localtime
 * when gmtime(3) is first used, for instance.
 */
static call_list file_searches = {
	"open", "openat", "openat2", "stat", "stat64", "lstat", "lstat64", "newfstatat", "fstatat64", "statx",
	"access", "faccessat", "faccessat2", "readlink", "readlinkat", NULL
};

/* What libraries do without: newer ways to do a thing, and settings that are only hints. */
static call_list dispensable = { "clone3", "ioctl", "prlimit64", "getrlimit", "ugetrlimit", "fcntl", "fcntl64", NULL };

/* All that reading files, looking up users in whatever way, and keeping sockets and children may need. */
static call_list services = {
	/* files, and the one in which it keeps names */
	"open", "openat", "openat2", "rename", "renameat", "renameat2", "link", "linkat", "fsync", "fdatasync",
	"ftruncate", "ftruncate64", "stat", "stat64", "lstat", "lstat64", "newfstatat", "fstatat64", "statx",
	"statfs", "statfs64",
	"fstatfs", "fstatfs64", "access", "faccessat", "faccessat2", "readlink", "readlinkat", "getcwd", "chdir",
	"getdents", "getdents64", "name_to_handle_at", "getxattr", "lgetxattr", "fgetxattr", "read", "readv",
	"pread64", "preadv", "preadv2", "lseek", "_llseek", "fadvise64", "fadvise64_64", "readahead", "flock",
	"inotify_init", "inotify_init1", "inotify_add_watch", "inotify_rm_watch", "msync", "mincore", "mlock",
	"munlock",
	/* the control socket and the directories of /run */
	"mkdir", "mkdirat", "unlink", "unlinkat", "chmod", "fchmod", "fchmodat", "umask",
	/* descriptors */
	"close", "close_range", "dup", "dup2", "dup3", "fcntl", "fcntl64", "ioctl", "pipe", "pipe2", "eventfd",
	"eventfd2", "timerfd_create", "timerfd_settime", "timerfd_settime64", "timerfd_gettime", "timerfd_gettime64",
	"signalfd", "signalfd4", "memfd_create", "sendfile", "sendfile64", "splice", "tee",
	"epoll_create", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2", "poll", "ppoll",
	"ppoll_time64", "select", "_newselect", "pselect6", "pselect6_time64",
	/* sockets */
	"socket", "socketpair", "socketcall", "bind", "listen", "accept", "accept4", "connect", "shutdown",
	"getsockname", "getpeername", "getsockopt", "setsockopt", "recvmsg", "recvmmsg", "recvmmsg_time64",
	"recvfrom", "recv", "sendmsg", "sendmmsg", "sendto", "send",
	/* children */
	"fork", "vfork", "wait4", "waitid", "waitpid", "kill", "tkill", "tgkill", "pidfd_open", "pidfd_send_signal",
	"set_robust_list", "get_robust_list", "set_tid_address", "rseq", "rt_sigaction", "rt_sigpending",
	"rt_sigtimedwait", "rt_sigtimedwait_time64", "rt_sigsuspend", "alarm", "setitimer", "getitimer", "pause",
	"getpgid", "getpgrp", "getsid", "setsid", "arch_prctl",
	/* what children give up */
	"chroot", "prctl", "seccomp", "capget", "capset", "setuid", "setuid32", "setgid", "setgid32", "setreuid",
	"setreuid32", "setregid", "setregid32", "setresuid", "setresuid32", "setresgid", "setresgid32", "setgroups",
	"setgroups32", "getgroups", "getgroups32", "getresuid", "getresuid32", "getresgid", "getresgid32", "setrlimit",
	"getrlimit", "ugetrlimit", "prlimit64", "landlock_create_ruleset", "landlock_add_rule",
	"landlock_restrict_self",
	/* scheduling */
	"sched_setscheduler", "sched_getscheduler", "sched_setparam", "sched_getparam", "sched_setaffinity",
	"sched_setattr", "sched_getattr", "sched_get_priority_max", "sched_get_priority_min", "getpriority",
	"setpriority",
	/* the kernel's keyrings */
	"keyctl", NULL
};

/* Ways to more power than any of us has a use for. */
static call_list never = {
	"execve", "execveat", "ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "bpf", "perf_event_open",
	"userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register", "add_key", "request_key", "mount",
	"umount", "umount2", "mount_setattr", "move_mount", "open_tree", "fsopen", "fsconfig", "fsmount", "fspick",
	"pivot_root", "setns", "unshare", "init_module", "finit_module", "delete_module", "kexec_load",
	"kexec_file_load", "reboot", "swapon", "swapoff", "iopl", "ioperm", "mknod", "mknodat", "open_by_handle_at",
	"acct", "quotactl", "settimeofday", "clock_settime", "clock_settime64", "adjtimex", "clock_adjtime",
	"sethostname", "setdomainname", "syslog", "vhangup", "modify_ldt", NULL
};

/* ---- calls that are allowed with some arguments only ------------------------------- */

/* The call is allowed when, of one of its arguments, the bits of mask are those of value. */
struct condition {
	const char *call;
	unsigned int argument;
	uint64_t mask, value;
};

#define INTEGER UINT32_MAX /* the whole of an int */
#define OWN_PID UINT64_MAX /* a value: that of the process that installs the filter */
#define NAMESPACES                                                                                           \
	(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWCGROUP)

#if defined(__s390__) || defined(__CRIS__)
#define CLONE_FLAGS 1
#else
#define CLONE_FLAGS 0
#endif

static const struct condition no_code[] = {
	{ "mmap", 2, PROT_EXEC, 0 }, { "mmap2", 2, PROT_EXEC, 0 }, { "mprotect", 2, PROT_EXEC, 0 }, { 0 }
};

static const struct condition forks[] = {
	{ "clone", CLONE_FLAGS, NAMESPACES | CLONE_THREAD, 0 },
	{ "prctl", 0, INTEGER, PR_SET_NO_NEW_PRIVS },
	{ "prctl", 0, INTEGER, PR_SET_SECCOMP },
	{ "prctl", 0, INTEGER, PR_GET_SECCOMP },
	{ 0 }
};

/* abort(3) is a signal to oneself; nobody else is to get one. */
static const struct condition aborts[] = { { "tgkill", 0, INTEGER, OWN_PID }, { 0 } };

static const struct condition key_reads[] = {
	{ "keyctl", 0, INTEGER, KEYCTL_READ },	 { "keyctl", 0, INTEGER, KEYCTL_DESCRIBE },
	{ "keyctl", 0, INTEGER, KEYCTL_SEARCH }, { "keyctl", 0, INTEGER, KEYCTL_LINK },
	{ 0 }
};

static const struct condition tls_options[] = {
	{ "setsockopt", 1, INTEGER, IPPROTO_TCP }, { "setsockopt", 1, INTEGER, SOL_TLS }, { 0 }
};

static const struct condition no_namespaces[] = { { "clone", CLONE_FLAGS, NAMESPACES, 0 }, { 0 } };

/* Libraries of NSS are loaded late. */
static call_list mapping = { "mmap", "mmap2", "mprotect", NULL };

/* ---- the filters -------------------------------------------------------------------- */

static const struct kind {
	const char *doom; /* the begin of its last line in the log */
	bool confined;	  /* what is not listed ends it; else the kernel refuses the call, and logs it by itself */
	const char *const *allowed[4];
	const struct condition *conditions[4];
} kinds[FILTER_COUNT] = {
	[FILTER_KERNEL_ROLE] = {
		"the kernel role ends: its filter refuses system call ", false,
		{ basics, services, mapping }, { no_namespaces },
	},
	[FILTER_KEY_HOLDER] = {
		"the key holder ends: its filter refuses system call ", true,
		{ basics, messages, forking }, { no_code, forks },
	},
	[FILTER_KEY_READER] = {
		"the key reader ends: its filter refuses system call ", true,
		{ basics, messages, reading }, { no_code, aborts, key_reads },
	},
	[FILTER_SIGNER] = {
		"a signer ends: its filter refuses system call ", true,
		{ basics, messages }, { no_code, aborts },
	},
	[FILTER_WORKER] = {
		"a worker ends: its filter refuses system call ", true,
		{ basics, messages, handshakes }, { no_code, aborts, tls_options },
	},
};
/* clang-format on */

/* ---- violations ----------------------------------------------------------------------- */

/* A handler of signals gets no argument of ours. */
static enum filter_kind installed;

static void __attribute__((noreturn)) on_violation(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	log_number(LOG_LEVEL_ERROR, kinds[installed].doom, info->si_syscall,
		   " (the numbers are the kernel's): this is a defect, please report it, or an attack");
	_exit(1);
}

static int catch_violations(enum filter_kind kind, struct error *e)
{
	struct sigaction action = { .sa_sigaction = on_violation, .sa_flags = SA_SIGINFO };

	installed = kind;
	sigemptyset(&action.sa_mask);
	if (sigaction(SIGSYS, &action, NULL) < 0)
		return error_set(e, errno, "cannot watch for forbidden system calls: %s", strerror(errno));
	return 0;
}

/* ---- the library ------------------------------------------------------------------------ */

static int add_list(scmp_filter_ctx context, uint32_t action, const char *const *calls)
{
	int r = 0;

	for (; !r && *calls; calls++) {
		int number = seccomp_syscall_resolve_name(*calls);

		if (number != __NR_SCMP_ERROR)
			r = seccomp_rule_add(context, action, number, 0);
	}
	return r;
}

static int add_conditions(scmp_filter_ctx context, const struct condition *conditions)
{
	int r = 0;

	for (const struct condition *c = conditions; !r && c->call; c++)
		r = seccomp_rule_add(context, SCMP_ACT_ALLOW, seccomp_syscall_resolve_name(c->call), 1,
				     SCMP_CMP(c->argument, SCMP_CMP_MASKED_EQ, c->mask,
					      c->value == OWN_PID ? (scmp_datum_t)getpid() : c->value));
	return r;
}

static int add_refusals(scmp_filter_ctx context, bool confined)
{
	int r;

	if (!confined)
		return add_list(context, SCMP_ACT_TRAP, never);
	r = add_list(context, SCMP_ACT_ERRNO(ENOENT), file_searches);
	return r ? r : add_list(context, SCMP_ACT_ERRNO(ENOSYS), dispensable);
}

static int fill(scmp_filter_ctx context, const struct kind *kind)
{
	int r = add_refusals(context, kind->confined);

	for (size_t i = 0; !r && i < ARRAY_SIZE(kind->allowed) && kind->allowed[i]; i++)
		r = add_list(context, SCMP_ACT_ALLOW, kind->allowed[i]);
	for (size_t i = 0; !r && i < ARRAY_SIZE(kind->conditions) && kind->conditions[i]; i++)
		r = add_conditions(context, kind->conditions[i]);
	/* The order of the lists does not matter to its speed then. */
	if (!r)
		(void)seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	/* Where the kernel cannot log, it goes without. */
	if (!r && !kind->confined)
		(void)seccomp_attr_set(context, SCMP_FLTATR_CTL_LOG, 1);
	return r;
}

int filter_install(enum filter_kind kind, struct error *e)
{
	/* An unlisted call may be a newer way to do a thing, which libraries do in an older way where it is missing. */
	scmp_filter_ctx context = seccomp_init(kinds[kind].confined ? SCMP_ACT_TRAP : SCMP_ACT_ERRNO(ENOSYS));
	int r;

	if (!context)
		return error_set(e, ENOMEM, "out of memory");
	r = catch_violations(kind, e);
	if (!r && (r = fill(context, &kinds[kind])) < 0)
		r = error_set(e, -r, "cannot make a filter of system calls: %s", strerror(-r));
	if (!r && (r = seccomp_load(context)) < 0)
		r = error_set(e, -r, "this kernel takes no filter of system calls (CONFIG_SECCOMP_FILTER): %s",
			      strerror(-r));
	seccomp_release(context);
	return r;
}

/* ---- for the tests ------------------------------------------------------------------------ */

static const char *unknown_in_list(const char *const *calls)
{
	for (; *calls; calls++)
		if (seccomp_syscall_resolve_name(*calls) == __NR_SCMP_ERROR)
			return *calls;
	return NULL;
}

static const char *unknown_in_conditions(const struct condition *conditions)
{
	for (; conditions->call; conditions++)
		if (seccomp_syscall_resolve_name(conditions->call) == __NR_SCMP_ERROR)
			return conditions->call;
	return NULL;
}

static const char *unknown_in_kind(const struct kind *kind)
{
	const char *unknown = NULL;

	for (size_t i = 0; !unknown && i < ARRAY_SIZE(kind->allowed) && kind->allowed[i]; i++)
		unknown = unknown_in_list(kind->allowed[i]);
	for (size_t i = 0; !unknown && i < ARRAY_SIZE(kind->conditions) && kind->conditions[i]; i++)
		unknown = unknown_in_conditions(kind->conditions[i]);
	return unknown;
}

const char *filter_unknown_call(void)
{
	const char *const *const refused[] = { file_searches, dispensable, never };
	const char *unknown = NULL;

	for (size_t i = 0; !unknown && i < ARRAY_SIZE(refused); i++)
		unknown = unknown_in_list(refused[i]);
	for (size_t i = 0; !unknown && i < FILTER_COUNT; i++)
		unknown = unknown_in_kind(&kinds[i]);
	return unknown;
}
