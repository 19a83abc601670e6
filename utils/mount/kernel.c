/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/mount/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "utils/mount/alone.h"
#include "utils/mount/mount_api.h"

/* ---- the newer calls ------------------------------------------------- */

static int api_fsopen(const char *type)
{
	return (int)syscall(SYS_fsopen, type, API_FSOPEN_CLOEXEC);
}

static int api_fsconfig(int context, enum api_fsconfig command, const char *key, const char *value)
{
	return (int)syscall(SYS_fsconfig, context, (unsigned int)command, key, value, 0);
}

static int api_fsmount(int context, unsigned int attributes)
{
	return (int)syscall(SYS_fsmount, context, API_FSMOUNT_CLOEXEC, attributes);
}

static int api_attach(int root, int target)
{
	return (int)syscall(SYS_move_mount, root, "", target, "",
			    API_MOVE_MOUNT_FROM_EMPTY | API_MOVE_MOUNT_TO_EMPTY);
}

/* Flags that the newer calls take as attributes of the mount ... */
static const struct {
	unsigned long flag;
	unsigned int attribute;
} mount_attributes[] = {
	{ MS_RDONLY, API_ATTR_RDONLY },	  { MS_NOSUID, API_ATTR_NOSUID },
	{ MS_NODEV, API_ATTR_NODEV },	  { MS_NOEXEC, API_ATTR_NOEXEC },
	{ MS_NOATIME, API_ATTR_NOATIME }, { MS_STRICTATIME, API_ATTR_STRICTATIME },
	{ MS_NODIRATIME, API_ATTR_NODIRATIME }, { MS_RELATIME, API_ATTR_RELATIME },
};

/* ... and as options of the super block; read-only is both. */
static const struct {
	unsigned long flag;
	const char *key;
} super_options[] = {
	{ MS_RDONLY, "ro" },	 { MS_SYNCHRONOUS, "sync" }, { MS_DIRSYNC, "dirsync" },
	{ MS_MANDLOCK, "mand" }, { MS_LAZYTIME, "lazytime" },
};

static unsigned int attributes_of(unsigned long flags)
{
	unsigned int attributes = 0;

	if (flags & MS_NOATIME)
		flags &= ~(unsigned long)MS_STRICTATIME; /* mount(2) lets noatime win; fsmount(2) refuses both */
	for (size_t i = 0; i < ARRAY_SIZE(mount_attributes); i++)
		if (flags & mount_attributes[i].flag)
			attributes |= mount_attributes[i].attribute;
	return attributes;
}

/* Bind mounts, long values and the like need mount(2). */
static bool newer_calls_can(const struct kernel_request *request)
{
	unsigned long known = MS_SILENT;

	for (size_t i = 0; i < ARRAY_SIZE(mount_attributes); i++)
		known |= mount_attributes[i].flag;
	for (size_t i = 0; i < ARRAY_SIZE(super_options); i++)
		known |= super_options[i].flag;
	if (request->flags & ~known || strlen(request->source) > API_VALUE_MAX)
		return false;
	for (size_t i = 0; i < request->options->count; i++) {
		const struct option_word *word = &request->options->words[i];

		if (strlen(word->key) > API_VALUE_MAX || (word->value && strlen(word->value) > API_VALUE_MAX))
			return false;
	}
	return true;
}

/* ---- explanations ---------------------------------------------------- */

/* One message a read(2), "e text\n", until ENODATA. */
static void take_explanation(int context, struct kernel_failure *failure)
{
	char message[256];
	ssize_t size;

	while ((size = read(context, message, sizeof(message))) > 0) {
		size_t used = strlen(failure->text);

		if (size < 3 || message[0] != 'e')
			continue;
		while (size > 2 && message[size - 1] == '\n')
			size--;
		if (used && used + 2 < sizeof(failure->text)) {
			memcpy(failure->text + used, "; ", 3);
			used += 2;
		}
		text_escape(failure->text + used, sizeof(failure->text) - used, message + 2, (size_t)size - 2);
	}
}

static int fail(struct kernel_failure *failure, int code)
{
	failure->code = code;
	return -code;
}

static int fail_with_explanation(int context, int code, struct kernel_failure *failure)
{
	take_explanation(context, failure);
	return fail(failure, code);
}

/* ---- waiting for the server ------------------------------------------- */

#define KILL_MS 2000

/* The only call that talks to the server; returns 0 or a positive errno. */
typedef int blocking_call(const void *what);

static int pidfd_of(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

/* Until the child has ended (0), or the clock says so (-ETIMEDOUT). */
static int wait_until(int pidfd, int64_t when, const sigset_t *signals)
{
	struct pollfd ended = { .fd = pidfd, .events = POLLIN };

	for (;;) {
		int64_t left = when ? when - clock_ms() : INT32_MAX;
		struct timespec limit = { left / 1000, left % 1000 * 1000000 };
		int r;

		if (left <= 0)
			return -ETIMEDOUT;
		r = ppoll(&ended, 1, &limit, signals);
		if (r > 0)
			return 0;
		if (r < 0 && errno != EINTR)
			return -errno;
	}
}

/* Signals come through while we wait; one that ends us ends the child, too. */
static int wait_with_watch(int pidfd, const struct kernel_watch *watch, const sigset_t *signals)
{
	int64_t give_up_at = watch->give_up_at, first = watch->notice_at;
	int r;

	if (!watch->notice || (give_up_at && give_up_at < first))
		return wait_until(pidfd, give_up_at, signals);
	r = wait_until(pidfd, first, signals);
	if (r != -ETIMEDOUT)
		return r;
	watch->notice(watch->context, &give_up_at);
	return wait_until(pidfd, give_up_at, signals);
}

static pid_t start_child(blocking_call *call, const void *what)
{
	pid_t parent = getpid(), child = fork();
	sigset_t none;

	if (child)
		return child;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
		_exit(EINTR);
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		close(fd); /* whoever reads our output must not wait for a child that was left */
	_exit(call(what)); /* errno fits an exit status */
}

/*
 * A kernel that tries a connection again and again without a pause does not hear signals.  Then the child is left to
 * itself: what it began is not visible to anybody, and dies with it.
 */
static void leave(pid_t child, int pidfd, bool may_leave, int *status)
{
	static const sigset_t none;
	int r = may_leave ? wait_until(pidfd, clock_ms() + KILL_MS, &none) : 0;

	while (!r && waitpid(child, status, 0) < 0 && errno == EINTR)
		continue;
}

/* Returns 0 or a positive errno; *gave_up when the watch ended it.  may_leave: the call changes nothing by itself. */
static int call_under_watch(blocking_call *call, const void *what, const struct kernel_watch *watch, bool may_leave,
			    bool *gave_up)
{
	sigset_t all, old;
	int status = SIGKILL, r; /* of a child that is not seen to end */
	pid_t child;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	child = start_child(call, what);
	if (child < 0) {
		r = errno;
	} else {
		AUTO_FD pidfd = pidfd_of(child);

		r = pidfd < 0 ? 0 : wait_with_watch(pidfd, watch, &old);
		if (r)
			kill(child, SIGKILL);
		leave(child, pidfd, r && may_leave, &status);
		*gave_up = r == -ETIMEDOUT && WIFSIGNALED(status);
		r = WIFEXITED(status) ? WEXITSTATUS(status) : *gave_up ? ETIMEDOUT : EINTR;
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	return r;
}

/* ---- mounting -------------------------------------------------------- */

/* The quotes protect commas on the way here; mount(2) has the kernel strip them, fsconfig(2) does not. */
static char *without_quotes(const char *value)
{
	char *plain = malloc(strlen(value) + 1), *out = plain;

	for (; plain && *value; value++)
		if (*value != '"')
			*out++ = *value;
	if (plain)
		*out = '\0';
	return plain;
}

static int configure_word(int context, const struct option_word *word)
{
	AUTO_FREE char *plain = NULL;

	if (!word->value)
		return api_fsconfig(context, API_SET_FLAG, word->key, NULL);
	plain = without_quotes(word->value);
	if (!plain) {
		errno = ENOMEM;
		return -1;
	}
	return api_fsconfig(context, API_SET_STRING, word->key, plain);
}

static void name_word(const struct option_word *word, struct kernel_failure *failure)
{
	AUTO_STRBUF text = { 0 };

	strbuf_addf(&text, "%s%s%s", word->key, word->value ? "=" : "", word->value ? word->value : "");
	if (!text.failed)
		text_escape(failure->word, sizeof(failure->word), text.text, text.size);
	failure->word_refused = true;
}

/* A positive answer means that "sloppy" let an unknown option pass. */
static int configure(int context, const struct kernel_request *request, struct kernel_failure *failure)
{
	if (api_fsconfig(context, API_SET_STRING, "source", request->source) < 0)
		return fail_with_explanation(context, errno, failure);
	for (size_t i = 0; i < ARRAY_SIZE(super_options); i++)
		if (request->flags & super_options[i].flag &&
		    api_fsconfig(context, API_SET_FLAG, super_options[i].key, NULL) < 0)
			return fail_with_explanation(context, errno, failure);
	for (size_t i = 0; i < request->options->count; i++) {
		if (configure_word(context, &request->options->words[i]) < 0) {
			int r = fail_with_explanation(context, errno, failure);

			name_word(&request->options->words[i], failure);
			return r;
		}
	}
	return 0;
}

/* Holds signals back; kernel_settle() lets them through. */
static void hold_signals(struct kernel_mounted *mounted)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &mounted->signals);
}

/*
 * mount(2) refuses to put a file system on top of itself; move_mount(2) would.
 * A second "mount -a" must not stack mounts.
 */
static bool is_same_mount(int root, const char *target)
{
	unsigned int mask = STATX_TYPE | STATX_INO;
	struct statx new, old;

	if (statx(root, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, mask, &new) ||
	    statx(AT_FDCWD, target, AT_SYMLINK_NOFOLLOW | AT_STATX_DONT_SYNC, mask, &old))
		return false;
	return old.stx_attributes & API_STATX_MOUNT_ROOT && old.stx_dev_major == new.stx_dev_major &&
	       old.stx_dev_minor == new.stx_dev_minor && old.stx_ino == new.stx_ino;
}

static int open_root(const char *target, struct kernel_mounted *mounted, struct kernel_failure *failure)
{
	mounted->root = open(target, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (mounted->root >= 0)
		return 0;
	fail(failure, errno);
	kernel_undo(mounted, target);
	kernel_settle(mounted);
	return -failure->code;
}

/*
 * The folder that was checked, and no other: who may write in the folders above it could have put a symbolic link there
 * since.  -1 with errno.
 */
static int open_target(const char *target)
{
	AUTO_FD fd = open(target, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	char link[64], path[PATH_MAX];
	ssize_t size;
	int found;

	if (fd < 0)
		return -1;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	size = readlink(link, path, sizeof(path));
	if (size < 0 && errno != ENOENT) /* no /proc, as early in a boot: nobody else is there either */
		return -1;
	if (size >= 0 && ((size_t)size != strlen(target) || memcmp(path, target, (size_t)size))) {
		errno = ELOOP;
		return -1;
	}
	found = fd;
	fd = -1;
	return found;
}

/* Takes root, a mount that nobody sees yet, and makes it visible. */
static int attach(int root, const struct kernel_request *request, struct kernel_mounted *mounted,
		  struct kernel_failure *failure)
{
	AUTO_FD target = -1;
	struct stat st;

	mounted->root = root;
	hold_signals(mounted);
	/* an exported file: move_mount(2) would blame the options */
	if (!fstat(root, &st) && !S_ISDIR(st.st_mode)) {
		kernel_settle(mounted);
		return fail(failure, ENOTDIR);
	}
	if (is_same_mount(root, request->target)) {
		close(root);
		mounted->already = true;
		return open_root(request->target, mounted, failure);
	}
	target = open_target(request->target);
	if (target >= 0 && !api_attach(root, target))
		return 0;
	fail(failure, errno);
	kernel_settle(mounted);
	return -failure->code;
}

struct creation {
	int context;
	const char *node_name;
};

static int create_blocking(const void *what)
{
	const struct creation *call = what;

	if (call->node_name)
		alone_take(call->node_name);
	return api_fsconfig(call->context, API_CREATE, NULL, NULL) < 0 ? errno : 0;
}

/* Afterwards the context holds a super block: the server has said yes. */
static int create(int context, const struct kernel_request *request, struct kernel_failure *failure)
{
	const struct creation call = { context, request->node_name };
	int code, r = configure(context, request, failure);

	if (r)
		return r;
	code = call_under_watch(create_blocking, &call, request->watch, true, &failure->gave_up);
	/* a child that was left may still hold the lock of the explanations */
	if (failure->gave_up)
		return fail(failure, code);
	return code ? fail_with_explanation(context, code, failure) : 0;
}

static int mount_with_newer_calls(int context, const struct kernel_request *request,
				  struct kernel_mounted *mounted, struct kernel_failure *failure)
{
	int root, r = create(context, request, failure);

	if (r)
		return r;
	root = api_fsmount(context, attributes_of(request->flags));
	if (root < 0)
		return fail_with_explanation(context, errno, failure);
	return attach(root, request, mounted, failure);
}

static bool is_mount_root(const char *target)
{
	struct statx st;

	return !statx(AT_FDCWD, target, AT_SYMLINK_NOFOLLOW | AT_STATX_DONT_SYNC, STATX_TYPE, &st) &&
	       st.stx_attributes & API_STATX_MOUNT_ROOT;
}

struct mount2 {
	const struct kernel_request *request;
	const char *data;
};

/* 1 is an unknown last option that "sloppy" let pass; nothing was mounted then. */
static int mount2_blocking(const void *what)
{
	const struct mount2 *call = what;
	const struct kernel_request *request = call->request;
	int r;

	if (request->node_name)
		alone_take(request->node_name);
	r = mount(request->source, request->target, request->type, request->flags, call->data);
	return r < 0 ? errno : r ? EINVAL : 0;
}

/* Killed at the last moment it may have mounted all the same. */
static void undo_if_new(const struct kernel_request *request, const struct statx *before)
{
	struct statx now;

	if (!statx(AT_FDCWD, request->target, AT_SYMLINK_NOFOLLOW | AT_STATX_DONT_SYNC, STATX_TYPE, &now) &&
	    (now.stx_dev_major != before->stx_dev_major || now.stx_dev_minor != before->stx_dev_minor))
		umount2(request->target, MNT_DETACH | UMOUNT_NOFOLLOW);
}

static int mount2_under_watch(const struct kernel_request *request, const char *data, bool *gave_up)
{
	struct mount2 call = { request, data };
	struct statx before = { 0 };
	int code;

	(void)statx(AT_FDCWD, request->target, AT_SYMLINK_NOFOLLOW | AT_STATX_DONT_SYNC, STATX_TYPE, &before);
	code = call_under_watch(mount2_blocking, &call, request->watch, false, gave_up);
	if (*gave_up && !(request->flags & MS_REMOUNT))
		undo_if_new(request, &before);
	return code;
}

static int mount_with_mount2(const struct kernel_request *request, struct kernel_mounted *mounted,
			     struct kernel_failure *failure)
{
	long page = sysconf(_SC_PAGESIZE);
	AUTO_STRBUF data = { 0 };
	int code;

	options_format(request->options, &data);
	if (data.failed)
		return fail(failure, ENOMEM);
	/* The kernel would cut the list at the end of a page without a word. */
	if (data.size >= (size_t)page) {
		snprintf(failure->text, sizeof(failure->text), "the options are longer than %ld bytes", page - 1);
		return fail(failure, EINVAL);
	}
	code = mount2_under_watch(request, data.size ? data.text : "", &failure->gave_up);
	hold_signals(mounted);
	if (code == EBUSY && !(request->flags & MS_REMOUNT) && is_mount_root(request->target)) {
		mounted->already = true;
	} else if (code) {
		kernel_settle(mounted);
		return fail(failure, code);
	}
	return open_root(request->target, mounted, failure);
}

int kernel_mount(const struct kernel_request *request, struct kernel_mounted *mounted,
		 struct kernel_failure *failure)
{
	*failure = (struct kernel_failure){ 0 };
	*mounted = (struct kernel_mounted){ .root = -1 };
	sigprocmask(SIG_SETMASK, NULL, &mounted->signals);
	if (newer_calls_can(request)) {
		AUTO_FD context = api_fsopen(request->type);

		if (context >= 0)
			return mount_with_newer_calls(context, request, mounted, failure);
		if (errno != ENOSYS && errno != EPERM) /* EPERM: what a system call filter may say */
			return fail(failure, errno);
	}
	return mount_with_mount2(request, mounted, failure);
}

int kernel_try(const struct kernel_request *request, struct kernel_failure *failure)
{
	AUTO_FD context = -1;

	*failure = (struct kernel_failure){ 0 };
	if (!newer_calls_can(request))
		return fail(failure, ENOSYS);
	context = api_fsopen(request->type);
	if (context < 0)
		return fail(failure, errno == EPERM ? ENOSYS : errno);
	return create(context, request, failure);
}

int kernel_remount(const struct kernel_request *request, struct kernel_mounted *mounted,
		   struct kernel_failure *failure)
{
	*failure = (struct kernel_failure){ 0 };
	*mounted = (struct kernel_mounted){ .root = -1, .already = true };
	sigprocmask(SIG_SETMASK, NULL, &mounted->signals);
	return mount_with_mount2(request, mounted, failure);
}

int kernel_look(const char *target, struct kernel_mounted *mounted)
{
	*mounted = (struct kernel_mounted){ .root = -1, .already = true };
	sigprocmask(SIG_SETMASK, NULL, &mounted->signals);
	mounted->root = open(target, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return mounted->root < 0 ? -errno : 0;
}

void kernel_load(void)
{
	AUTO_FD context = api_fsopen("nfs");

	(void)context;
}

/* ---- after it --------------------------------------------------------- */

int kernel_mount_id(const struct kernel_mounted *mounted)
{
	char path[64], line[128];
	FILE *file;
	int id = -ENOENT;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", mounted->root);
	file = fopen(path, "re");
	if (!file)
		return -errno;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "mnt_id: %d", &id) == 1)
			break;
	}
	fclose(file);
	return id;
}

int kernel_undo(const struct kernel_mounted *mounted, const char *target)
{
	char path[64];

	if (mounted->already)
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", mounted->root);
	if (mounted->root >= 0 && !umount2(path, MNT_DETACH))
		return 0;
	return umount2(target, MNT_DETACH | UMOUNT_NOFOLLOW) ? -errno : 0;
}

void kernel_settle(struct kernel_mounted *mounted)
{
	if (mounted->root >= 0)
		close(mounted->root);
	mounted->root = -1;
	sigprocmask(SIG_SETMASK, &mounted->signals, NULL);
}

int kernel_mount_table(struct strbuf *text)
{
	AUTO_FD fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	char block[16384];
	ssize_t size;

	if (fd < 0)
		return -errno;
	while ((size = read(fd, block, sizeof(block))) != 0) {
		if (size > 0)
			strbuf_add(text, block, (size_t)size);
		else if (errno != EINTR)
			return -errno;
	}
	return text->failed ? -ENOMEM : 0;
}

int kernel_umount(const char *target, int flags)
{
	return umount2(target, flags | UMOUNT_NOFOLLOW) ? -errno : 0;
}

int kernel_make_read_only(const char *source, const char *target, const char *type)
{
	return mount(source, target, type, MS_REMOUNT | MS_RDONLY, "") ? -errno : 0;
}
