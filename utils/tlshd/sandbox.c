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

static void note_user(const struct passwd *found, struct sandbox_user *user)
{
	text_copy(user->name, sizeof(user->name), found->pw_name);
	user->uid = found->pw_uid;
	user->gid = found->pw_gid;
}

int sandbox_find_user(const char *name, struct sandbox_user *user, struct error *e)
{
	const struct passwd *found = *name ? getpwnam(name) : find_default_user();

	if (!found)
		return error_set(e, ENOENT,
				 "there is no user \"%s\" to run the handshake workers as: "
				 "create it, or set user= in [agent]",
				 *name ? name : "nfs-tls");
	if (found->pw_uid == 0 || found->pw_gid == 0)
		return error_set(e, EINVAL, "the handshake workers must not run as \"%s\", which is root",
				 found->pw_name);
	note_user(found, user);
	return 0;
}

void sandbox_find_key_user(const struct sandbox_user *workers, struct sandbox_user *user)
{
	const struct passwd *found = getpwnam("nfs-tls-keys");

	if (found && found->pw_uid && found->pw_gid)
		note_user(found, user);
	else
		*user = *workers;
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

static int forbid_new_privileges(struct error *e)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_set(e, errno, "cannot give up new privileges: %s", strerror(errno));
	return 0;
}

/* Keeps, of the capabilities that the process has, those of which a bit is set in kept. */
static int reduce_capabilities(uint64_t kept, struct error *e)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct set[_LINUX_CAPABILITY_U32S_3] = { { 0 } };
	int r = (int)syscall(SYS_capget, &header, set);

	for (size_t i = 0; i < ARRAY_SIZE(set); i++) {
		uint32_t part = (uint32_t)(kept >> (32 * i));

		set[i].permitted &= part;
		set[i].effective &= part;
		set[i].inheritable = 0;
	}
	if (r < 0 || syscall(SYS_capset, &header, set) < 0)
		return error_set(e, errno, "cannot drop capabilities: %s", strerror(errno));
	return forbid_new_privileges(e);
}

int sandbox_limit_capabilities(struct error *e)
{
	static const unsigned int kept[] = {
		CAP_NET_ADMIN, /* the kernel's handshakes, and its modules for TLS */
		CAP_SYS_CHROOT,
		CAP_SETUID,
		CAP_SETGID,	     /* for the children to leave root behind */
		CAP_KILL,	     /* to end them then */
		CAP_DAC_READ_SEARCH, /* certificates wherever they are, where the service manager allows it */
	};
	uint64_t set = 0;

	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		set |= 1ull << kept[i];
	return reduce_capabilities(set, e);
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

static int leave_root_directory(const char *empty_root, struct error *e)
{
	if (chroot(empty_root) < 0 || chdir("/") < 0)
		return error_set(e, errno, "cannot enter the empty directory %s: %s", empty_root, strerror(errno));
	return 0;
}

static int leave_root(const struct sandbox_user *user, struct error *e)
{
	if (setgroups(0, NULL) < 0 || setresgid(user->gid, user->gid, user->gid) < 0 ||
	    setresuid(user->uid, user->uid, user->uid) < 0)
		return error_set(e, errno, "cannot become the user %s: %s", user->name, strerror(errno));
	if (setuid(0) == 0)
		return error_set(e, EPERM, "root could be regained after becoming %s", user->name);
	return 0;
}

int sandbox_become(const struct sandbox_user *user, const char *empty_root, bool forks, struct error *e)
{
	int r = 0;

	if (geteuid() == 0) {
		r = leave_root_directory(empty_root, e);
		if (!r && user)
			r = leave_root(user, e);
	}
	if (!r)
		r = reduce_capabilities(0, e);
	if (!r && !forks)
		r = set_limit(RLIMIT_NPROC, e);
	return r ? r : sandbox_forbid_core_dumps(e);
}
