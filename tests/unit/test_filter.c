/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each kind of process may and may not do once it has its filter: tried out in processes of the test's own. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "utils/tlshd/filter.h"

static void test_names(void **state)
{
	(void)state;
	assert_null(filter_unknown_call());
}

/* ---- deeds ------------------------------------------------------------------------ */

/* Each returns 0 or a positive errno. */
typedef int deed(void);

static int result(long r)
{
	return r < 0 ? errno : 0;
}

static int execute(void)
{
	return result(execl("/bin/true", "true", NULL));
}
static int trace(void)
{
	return result(ptrace(PTRACE_ATTACH, getppid(), NULL, NULL));
}
static int enter_namespace(void)
{
	return result(syscall(SYS_setns, -1, 0));
}
static int load_module(void)
{
	return result(syscall(SYS_init_module, NULL, 0, ""));
}
static int mount_something(void)
{
	return result(syscall(SYS_mount, "none", "/", "no-such-type", 0, NULL));
}
static int add_key(void)
{
	return result(syscall(SYS_add_key, "user", "test-filter", "x", 1, KEY_SPEC_PROCESS_KEYRING));
}
static int open_socket(void)
{
	return result(socket(AF_INET, SOCK_STREAM, 0));
}
static int open_file(void)
{
	return result(open("/etc/passwd", O_RDONLY));
}
static int write_file(void)
{
	return result(open("/dev/null", O_WRONLY));
}
static int take_file(void)
{
	return result(unlink("/dev/null/none")) ? ENOENT : 0;
}
static int make_process(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid < 0 ? errno : 0;
}
static int make_namespace(void)
{
	return result(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL));
}
static int signal_parent(void)
{
	return result(kill(getppid(), 0));
}
static int signal_thread_of_parent(void)
{
	return result(syscall(SYS_tgkill, getppid(), getppid(), 0));
}
static int map_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? errno : 0;
}
static int make_code(void)
{
	static char page[4096] __attribute__((aligned(4096)));

	return result(mprotect(page, sizeof(page), PROT_READ | PROT_EXEC));
}
static int read_key(void)
{
	return result(syscall(SYS_keyctl, KEYCTL_READ, KEY_SPEC_PROCESS_KEYRING, NULL, 0));
}
static int change_key(void)
{
	return result(syscall(SYS_keyctl, KEYCTL_SETPERM, 0, 0));
}
static int catch_signal(void)
{
	return signal(SIGSYS, SIG_IGN) == SIG_ERR ? errno : 0;
}
static int set_tls_option(void)
{
	return result(setsockopt(-1, SOL_TCP, TCP_ULP, "tls", 4));
}
static int set_other_option(void)
{
	int one = 1;

	return result(setsockopt(-1, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one)));
}
static int change_root(void)
{
	return result(chroot("/none"));
}
static int become_somebody(void)
{
	return result(syscall(SYS_setuid, getuid()));
}
static int watch_memory(void)
{
	return result(syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0));
}
static int make_ring(void)
{
	return result(syscall(425, 1, NULL));
} /* io_uring_setup */

/* What libraries do at any time. */
static int live(void)
{
	struct pollfd none = { .fd = -1 };
	time_t now = time(NULL);
	struct tm broken;
	char *block;

	for (size_t size = 16; size < (8u << 20); size *= 2) {
		block = malloc(size);
		if (!block)
			return ENOMEM;
		memset(block, 1, size);
		block = realloc(block, size * 3);
		free(block);
	}
	/* Looks for /etc/localtime. */
	if (!gmtime_r(&now, &broken) || clock_ms() <= 0 || poll(&none, 1, 1) < 0)
		return EIO;
	return getpid() > 0 && geteuid() == getuid() ? 0 : EIO;
}

/* The kernel role's own. */
static int replace_file(void)
{
	char path[64];
	int r;

	snprintf(path, sizeof(path), "/tmp/test_filter.%d", (int)getppid());
	r = file_replace(path, "x", 1, 0600, NULL);
	if (!r)
		r = file_replace(path, "y", 1, 0600, NULL);
	return unlink(path) < 0 ? errno : -r;
}
static int find_user(void)
{
	return getpwnam("root") && !getpwnam("no-such-user-at-all") ? 0 : ENOENT;
}
static int talk_to_kernel(void)
{
	AUTO_FD fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	struct sockaddr_nl self = { .nl_family = AF_NETLINK };

	return fd < 0 ? errno : result(bind(fd, (struct sockaddr *)&self, sizeof(self)));
}

/* ---- what comes of them ------------------------------------------------------------ */

#define ENDED -1 /* in place of an errno: the process ended */

struct trial {
	int status; /* of the process */
	char log[512];
};

static void __attribute__((noreturn)) in_child(enum filter_kind kind, deed *do_it, int log)
{
	struct error e;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)dup2(log, STDERR_FILENO);
	log_start("test", LOG_LEVEL_INFO);
	if (filter_install(kind, &e)) {
		log_line(LOG_LEVEL_ERROR, "%s", e.text);
		_exit(254);
	}
	_exit(100 + do_it());
}

static struct trial try_out(enum filter_kind kind, deed *do_it)
{
	struct trial trial = { 0 };
	size_t used = 0;
	ssize_t got;
	int log[2];
	pid_t pid;

	assert_int_equal(pipe2(log, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0)
		in_child(kind, do_it, log[1]);
	close(log[1]);
	while ((got = read(log[0], trial.log + used, sizeof(trial.log) - 1 - used)) > 0)
		used += (size_t)got;
	close(log[0]);
	assert_int_equal(waitpid(pid, &trial.status, 0), pid);
	return trial;
}

static const char *const words[FILTER_COUNT] = {
	[FILTER_KERNEL_ROLE] = "the kernel role",
	[FILTER_KEY_HOLDER] = "the key holder",
	[FILTER_KEY_READER] = "the key reader",
	[FILTER_SIGNER] = "a signer",
	[FILTER_WORKER] = "a worker",
};

static void check(const char *what, enum filter_kind kind, deed *do_it, int expected)
{
	struct trial trial = try_out(kind, do_it);
	int status = WIFEXITED(trial.status) ? WEXITSTATUS(trial.status) : -2;
	char line[128];

	if (expected != ENDED) {
		if (status != 100 + expected)
			fail_msg("%s of %s: status %#x, not %d; %s", what, words[kind], trial.status, expected,
				 trial.log);
		return;
	}
	snprintf(line, sizeof(line), "test: %s ends: its filter refuses system call ", words[kind]);
	if (status != 1 || strncmp(trial.log, line, strlen(line)))
		fail_msg("%s of %s: status %#x; %s", what, words[kind], trial.status, trial.log);
}

static void test_life(void **state)
{
	(void)state;
	for (enum filter_kind kind = 0; kind < FILTER_COUNT; kind++)
		check("life", kind, live, 0);
}

static void test_never(void **state)
{
	static deed *const deeds[] = { execute,		trace,	 enter_namespace, load_module,
				       mount_something, add_key, watch_memory,	  make_ring };

	(void)state;
	for (enum filter_kind kind = 0; kind < FILTER_COUNT; kind++)
		for (size_t i = 0; i < ARRAY_SIZE(deeds); i++)
			check("what nobody does", kind, deeds[i], ENDED);
}

/* In the order of the kinds: kernel role, key holder, key reader, signer, worker. */
static void test_each(void **state)
{
	static const struct {
		const char *what;
		deed *deed;
		int expected[FILTER_COUNT];
	} rows[] = {
		{ "open a file", open_file, { 0, ENOENT, ENOENT, ENOENT, ENOENT } },
		{ "write a file", write_file, { 0, ENOENT, ENOENT, ENOENT, ENOENT } },
		{ "take a file away", take_file, { ENOENT, ENDED, ENDED, ENDED, ENDED } },
		{ "open a socket", open_socket, { 0, ENDED, ENDED, ENDED, ENDED } },
		{ "fork", make_process, { 0, 0, ENDED, ENDED, ENDED } },
		{ "make a namespace", make_namespace, { ENOSYS, ENDED, ENDED, ENDED, ENDED } },
		{ "signal", signal_parent, { 0, ENDED, ENDED, ENDED, ENDED } },
		{ "signal a thread", signal_thread_of_parent, { 0, 0, ENDED, ENDED, ENDED } },
		{ "map code", map_code, { 0, ENDED, ENDED, ENDED, ENDED } },
		{ "make code", make_code, { 0, ENDED, ENDED, ENDED, ENDED } },
		{ "read a key", read_key, { ENOKEY, ENDED, ENOKEY, ENDED, ENDED } },
		{ "change a key", change_key, { EINVAL, ENDED, ENDED, ENDED, ENDED } },
		{ "catch a signal", catch_signal, { 0, 0, ENDED, ENDED, ENDED } },
		{ "set TLS options", set_tls_option, { EBADF, ENDED, ENDED, ENDED, EBADF } },
		{ "set other options", set_other_option, { EBADF, ENDED, ENDED, ENDED, ENDED } },
		{ "become somebody", become_somebody, { 0, ENDED, ENDED, ENDED, ENDED } },
		{ "change the root folder", change_root, { ENOENT, ENDED, ENDED, ENDED, ENDED } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (enum filter_kind kind = 0; kind < FILTER_COUNT; kind++)
			check(rows[i].what, kind, rows[i].deed, rows[i].expected[kind]);
}

static void test_kernel_role(void **state)
{
	(void)state;
	check("replace a file", FILTER_KERNEL_ROLE, replace_file, 0);
	check("find a user", FILTER_KERNEL_ROLE, find_user, 0);
	check("talk to the kernel", FILTER_KERNEL_ROLE, talk_to_kernel, 0);
}

/* A signer's is put over its key holder's, and stays. */
static int become_signer_and_fork(void)
{
	struct error e;

	if (filter_install(FILTER_SIGNER, &e))
		return 99;
	return make_process();
}

static int loosen(void)
{
	struct error e;

	return filter_install(FILTER_KERNEL_ROLE, &e) ? 99 : open_socket();
}

static void test_stack(void **state)
{
	struct trial trial = try_out(FILTER_KEY_HOLDER, become_signer_and_fork);

	(void)state;
	assert_int_equal(WEXITSTATUS(trial.status), 1);
	assert_non_null(strstr(trial.log, "a signer ends: its filter refuses system call "));
	trial = try_out(FILTER_KEY_HOLDER, loosen);
	assert_int_equal(WEXITSTATUS(trial.status), 1);
	assert_non_null(strstr(trial.log, " ends: its filter refuses system call "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names), cmocka_unit_test(test_life),	  cmocka_unit_test(test_never),
		cmocka_unit_test(test_each),  cmocka_unit_test(test_kernel_role), cmocka_unit_test(test_stack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
