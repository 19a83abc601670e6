/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/tlshd/sandbox.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct passwd *find_default_user(void)
{
	const struct passwd *found = getpwnam("nfs-tls");

	return found ? found : getpwnam("nobody");
}

int sandbox_find_user(const char *name, struct sandbox_user *user, struct error *e)
{
	const struct passwd *found = *name ? getpwnam(name) : find_default_user();

	if (!found)
		return error_set(e, ENOENT, "there is no user \"%s\" to run the handshake workers as: "
				 "create it, or set user= in [agent]", *name ? name : "nfs-tls");
	if (found->pw_uid == 0 || found->pw_gid == 0)
		return error_set(e, EINVAL, "the handshake workers must not run as \"%s\", which is root",
				 found->pw_name);
	text_copy(user->name, sizeof(user->name), found->pw_name);
	user->uid = found->pw_uid;
	user->gid = found->pw_gid;
	return 0;
}

static int compare_fds(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void close_others(const int *keep, unsigned int count)
{
	int sorted[8];
	unsigned int from = STDERR_FILENO + 1;

	if (count > ARRAY_SIZE(sorted))
		abort();
	memcpy(sorted, keep, count * sizeof(*keep));
	qsort(sorted, count, sizeof(*sorted), compare_fds);
	for (unsigned int i = 0; i < count; i++) {
		unsigned int fd = (unsigned int)sorted[i];

		if (fd > from)
			(void)close_range(from, fd - 1, 0);
		if (fd >= from)
			from = fd + 1;
	}
	(void)close_range(from, UINT_MAX, 0);
}

int sandbox_die_with(pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return -errno;
	return getppid() == parent ? 0 : -ESRCH;
}

int sandbox_drop_capabilities(struct error *e)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { { 0 } };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || syscall(SYS_capset, &header, none) < 0)
		return error_set(e, errno, "cannot drop capabilities: %s", strerror(errno));
	return 0;
}

static void reset_signals(void)
{
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		(void)signal(number, SIG_DFL);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGINT, SIG_IGN);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

int sandbox_start(const int *keep, unsigned int count, pid_t parent)
{
	reset_signals();
	close_others(keep, count);
	return sandbox_die_with(parent);
}

static int set_limit(int resource, struct error *e)
{
	static const struct rlimit none = { 0, 0 };

	if (setrlimit(resource, &none) < 0)
		return error_set(e, errno, "cannot limit a process: %s", strerror(errno));
	return 0;
}

int sandbox_forbid_core_dumps(struct error *e)
{
	/* A limit alone does not bind a core_pattern that is a pipe (kernel: fs/coredump.c). */
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		return error_set(e, errno, "cannot forbid core dumps: %s", strerror(errno));
	return set_limit(RLIMIT_CORE, e);
}

int sandbox_become(const struct sandbox_user *user, const char *empty_root, struct error *e)
{
	int r;

	if (geteuid() == 0) {
		if (chroot(empty_root) < 0 || chdir("/") < 0)
			return error_set(e, errno, "cannot enter the empty folder %s: %s", empty_root, strerror(errno));
		if (setgroups(0, NULL) < 0 || setresgid(user->gid, user->gid, user->gid) < 0 ||
		    setresuid(user->uid, user->uid, user->uid) < 0)
			return error_set(e, errno, "cannot become the user %s: %s", user->name, strerror(errno));
		if (setuid(0) == 0)
			return error_set(e, EPERM, "root could be regained after becoming %s", user->name);
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_set(e, errno, "cannot give up new privileges: %s", strerror(errno));
	r = set_limit(RLIMIT_NPROC, e);
	return r ? r : sandbox_forbid_core_dumps(e);
}
