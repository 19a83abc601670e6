/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/mount/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "utils/mount/client_name.h"
#include "utils/mount/mount_api.h"
#include "utils/mount/mount_point.h"

#define LINE_MAX_SIZE 65536u /* of a mountinfo file: its paths and options have a page each, escaped */

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
	return (int)syscall(SYS_move_mount, root, "", target, "", API_MOVE_MOUNT_FROM_EMPTY | API_MOVE_MOUNT_TO_EMPTY);
}

/* Flags that the newer calls take as attributes of the mount ... */
static const struct {
	unsigned long flag;
	unsigned int attribute;
} mount_attributes[] = {
	{ MS_RDONLY, API_ATTR_RDONLY },		{ MS_NOSUID, API_ATTR_NOSUID },
	{ MS_NODEV, API_ATTR_NODEV },		{ MS_NOEXEC, API_ATTR_NOEXEC },
	{ MS_NOATIME, API_ATTR_NOATIME },	{ MS_STRICTATIME, API_ATTR_STRICTATIME },
	{ MS_NODIRATIME, API_ATTR_NODIRATIME }, { MS_RELATIME, API_ATTR_RELATIME },
};

/* ... and as options of the super block; read-only is both. */
static const struct {
	unsigned long flag;
	const char *key;
} super_options[] = {
	{ MS_RDONLY, "ro" },	 { MS_SYNCHRONOUS, "sync" },  { MS_DIRSYNC, "dirsync" },
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
		const struct mount_option *word = &request->options->words[i];

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

static int configure_word(int context, const struct mount_option *word)
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

static void name_word(const struct mount_option *word, struct kernel_failure *failure)
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

/* The number in mountinfo of the mount that a descriptor is in; negative errno. */
static int mount_id(int fd)
{
	struct statx st;

	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, API_STATX_MNT_ID, &st))
		return -errno;
	return st.stx_mask & API_STATX_MNT_ID ? (int)st.stx_mnt_id : -ENOENT;
}

/* The one that no other mount ever gets; 0 when it is not known. */
static uint64_t own_number(int fd)
{
	struct statx st;

	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, API_STATX_MNT_ID_UNIQUE, &st))
		return 0;
	return st.stx_mask & API_STATX_MNT_ID_UNIQUE ? st.stx_mnt_id : 0;
}

/* ---- a mount that nobody sees ------------------------------------------ */

struct making {
	const struct kernel_request *request;
	int context;	  /* of fsopen(2); -1: mount(2) is to do it ... */
	const char *data; /* ... with these options */
	int channel;	  /* to the parent; -1: it is only a try */
};

/*
 * A mount namespace of this process alone.  What is mounted in it is seen nowhere else, and what is unmounted elsewhere
 * is so in it.  Positive errno.
 */
static int enter_own_namespace(void)
{
	AUTO_FD own = -1;

	if (unshare(CLONE_NEWNS))
		return errno;
	if (!mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL))
		return 0;
	if (errno != EINVAL)
		return errno;
	/* the root directory is no mount (chroot(2)): entering the namespace again leads to that one's */
	own = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	if (own < 0 || setns(own, CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL))
		return errno;
	return 0;
}

/* On top of the root directory, where it covers nothing that is needed: paths begin below it. */
static int attach_for_looking(int root)
{
	return syscall(SYS_move_mount, root, "", AT_FDCWD, "/", API_MOVE_MOUNT_FROM_EMPTY) ? errno : 0;
}

/* The line of the mount's root; an empty text where the kernel does not tell it. */
static void find_line(int root, struct strbuf *line)
{
	AUTO_STRBUF table = { 0 };
	struct mountinfo_entry entry;
	int id = mount_id(root);
	const char *at, *start, *end;

	if (id < 0 || kernel_mount_table(&table) || !table.text)
		return;
	at = table.text;
	end = at + table.size;
	for (start = at; start < end; start = at) {
		if (mountinfo_next(&at, end, &entry) > 0 && entry.id == id) {
			strbuf_add(line, start, (size_t)(at - start));
			return;
		}
	}
}

/* The line with its NUL, and the descriptor. */
static int send_mount(int channel, int root, const struct strbuf *line)
{
	char control[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8))) = { 0 };
	struct iovec text = { line->text, line->size + 1 };
	struct msghdr header = {
		.msg_iov = &text, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)
	};
	struct cmsghdr *rights = CMSG_FIRSTHDR(&header);

	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(rights), &root, sizeof(root));
	return sendmsg(channel, &header, MSG_NOSIGNAL) < 0 ? errno : 0;
}

static int take_descriptor(struct msghdr *header)
{
	const struct cmsghdr *rights = CMSG_FIRSTHDR(header);
	int fd = -1;

	if (rights && rights->cmsg_level == SOL_SOCKET && rights->cmsg_type == SCM_RIGHTS &&
	    rights->cmsg_len == CMSG_LEN(sizeof(fd)))
		memcpy(&fd, CMSG_DATA(rights), sizeof(fd));
	return fd;
}

/* The child has ended, so that all it has sent is there. */
static int receive_mount(int channel, struct kernel_mount *mount)
{
	char control[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8))) = { 0 };
	char *line = malloc(LINE_MAX_SIZE);
	struct iovec text = { line, LINE_MAX_SIZE };
	struct msghdr header = {
		.msg_iov = &text, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)
	};
	const char *at = line;
	ssize_t size;

	if (!line)
		return -ENOMEM;
	size = recvmsg(channel, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	mount->root = size < 0 ? -1 : take_descriptor(&header);
	mount->line = line;
	if (size < 1 || line[size - 1] || mount->root < 0 || header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
		kernel_let_go(mount);
		return -EIO;
	}
	mount->number = own_number(mount->root);
	if (mountinfo_next(&at, line + size - 1, &mount->entry) <= 0) {
		free(mount->line);
		mount->line = NULL;
	}
	return 0;
}

/*
 * A mount in a namespace cannot leave it, and a copy of it, which is in none, can be put into another.  A copy can only
 * be made of what is in one (before 6.15).
 */
static int send_copy(int channel, int root)
{
	AUTO_STRBUF line = { 0 };
	AUTO_FD copy = -1;

	strbuf_add(&line, "", 0);
	find_line(root, &line);
	copy = (int)syscall(SYS_open_tree, root, "", API_OPEN_TREE_CLONE | O_CLOEXEC | AT_EMPTY_PATH);
	if (copy < 0)
		return errno;
	return line.failed ? ENOMEM : send_mount(channel, copy, &line);
}

static bool is_directory(int root)
{
	struct statx st;

	return !statx(root, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, &st) && S_ISDIR(st.stx_mode);
}

static int make_with_newer_calls(const struct making *making)
{
	AUTO_STRBUF no_line = { 0 };
	AUTO_FD root = -1;
	int r;

	if (api_fsconfig(making->context, API_CREATE, NULL, NULL) < 0)
		return errno;
	if (making->channel < 0)
		return 0;
	root = api_fsmount(making->context, attributes_of(making->request->flags));
	if (root < 0)
		return errno;
	if (!is_directory(root)) /* an exported file: move_mount(2) would blame the options */
		return ENOTDIR;
	r = enter_own_namespace();
	/* a filter of system calls, or sysctl user.max_mnt_namespaces: without its line it is for the clear only */
	strbuf_add(&no_line, "", 0);
	if (r == EPERM || r == ENOSPC)
		return no_line.failed ? ENOMEM : send_mount(making->channel, root, &no_line);
	if (!r)
		r = attach_for_looking(root);
	return r ? r : send_copy(making->channel, root);
}

/* "/.." leads to what is mounted on the root directory. */
static int open_topmost(void)
{
	return open("/..", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* 1 is an unknown last option that "sloppy" let pass; nothing was mounted then. */
static int make_with_mount2(const struct making *making)
{
	const struct kernel_request *request = making->request;
	int before, r = enter_own_namespace();
	AUTO_FD root = -1;

	if (r)
		return r;
	before = open_topmost();
	r = mount(request->source, "/", request->type, request->flags, making->data);
	if (r)
		return r < 0 ? errno : EINVAL;
	root = open_topmost();
	if (root < 0 || before < 0)
		return errno;
	return mount_id(root) == mount_id(before) ? EINVAL : send_copy(making->channel, root);
}

static int make_watched(const void *what)
{
	const struct making *making = what;

	if (making->request->node_name)
		client_name_take(making->request->node_name);
	return making->context < 0 ? make_with_mount2(making) : make_with_newer_calls(making);
}

/* The only step that talks to the server.  Positive errno. */
static int make_apart(struct making *making, struct kernel_mount *mount, struct kernel_failure *failure)
{
	int ends[2], code, r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return errno;
	making->channel = ends[1];
	code = watch_call(make_watched, making, making->request->watch, true, &failure->gave_up);
	if (!code) {
		r = receive_mount(ends[0], mount);
		code = -r;
	}
	close(ends[0]);
	close(ends[1]);
	return code;
}

static int take_failure(int context, int code, struct kernel_failure *failure)
{
	/* a child that was left may still hold the lock of the explanations */
	return failure->gave_up ? fail(failure, code) : fail_with_explanation(context, code, failure);
}

static int make_in_context(int context, const struct kernel_request *request, struct kernel_mount *mount,
			   struct kernel_failure *failure)
{
	struct making making = { .request = request, .context = context };
	int code, r = configure(context, request, failure);

	if (r)
		return r;
	code = make_apart(&making, mount, failure);
	return code ? take_failure(context, code, failure) : 0;
}

/* Flags that make mount(2) do something else than to make a mount. */
static const unsigned long other_deeds = MS_REMOUNT | MS_BIND | MS_MOVE | MS_SHARED | MS_PRIVATE | MS_SLAVE |
					 MS_UNBINDABLE;

/* The kernel would cut the list at the end of a page without a word. */
static int format_data(const struct kernel_request *request, struct strbuf *data, struct kernel_failure *failure)
{
	long page = sysconf(_SC_PAGESIZE);

	strbuf_add(data, "", 0);
	mount_options_format(request->options, data);
	if (data->failed)
		return fail(failure, ENOMEM);
	if (data->size < (size_t)page)
		return 0;
	snprintf(failure->text, sizeof(failure->text), "the options are longer than %ld bytes", page - 1);
	return fail(failure, EINVAL);
}

static int make_by_mount2(const struct kernel_request *request, struct kernel_mount *mount,
			  struct kernel_failure *failure)
{
	struct making making = { .request = request, .context = -1 };
	AUTO_STRBUF data = { 0 };
	int code, r = format_data(request, &data, failure);

	if (r)
		return r;
	if (request->flags & other_deeds)
		return fail(failure, EINVAL);
	making.data = data.text;
	code = make_apart(&making, mount, failure);
	return code ? fail(failure, code) : 0;
}

int kernel_make(const struct kernel_request *request, struct kernel_mount *mount, struct kernel_failure *failure)
{
	*failure = (struct kernel_failure){ 0 };
	*mount = (struct kernel_mount){ .root = -1 };
	if (newer_calls_can(request)) {
		AUTO_FD context = api_fsopen(request->type);

		if (context >= 0)
			return make_in_context(context, request, mount, failure);
		if (errno != ENOSYS && errno != EPERM) /* EPERM: what a system call filter may say */
			return fail(failure, errno);
	}
	return make_by_mount2(request, mount, failure);
}

int kernel_try(const struct kernel_request *request, struct kernel_failure *failure)
{
	struct making making = { .request = request, .channel = -1 };
	AUTO_FD context = -1;
	int code, r;

	*failure = (struct kernel_failure){ 0 };
	if (!newer_calls_can(request))
		return fail(failure, ENOSYS);
	context = api_fsopen(request->type);
	if (context < 0)
		return fail(failure, errno == EPERM ? ENOSYS : errno);
	r = configure(context, request, failure);
	if (r)
		return r;
	making.context = context;
	code = watch_call(make_watched, &making, request->watch, true, &failure->gave_up);
	return code ? take_failure(context, code, failure) : 0;
}

void kernel_let_go(struct kernel_mount *mount)
{
	if (mount->root >= 0)
		close(mount->root);
	free(mount->line);
	*mount = (struct kernel_mount){ .root = -1 };
}

/* ---- making it visible --------------------------------------------------- */

/*
 * mount(2) refuses to put a file system on top of itself; move_mount(2) would.
 * A second "mount -a" must not stack mounts.
 */
static bool is_same_mount(int root, int place)
{
	unsigned int mask = STATX_TYPE | STATX_INO;
	struct statx new, old;

	if (statx(root, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, mask, &new) ||
	    statx(place, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, mask, &old))
		return false;
	return old.stx_attributes & API_STATX_MOUNT_ROOT && old.stx_dev_major ==
								    new.stx_dev_major &&old.stx_dev_minor ==
								    new.stx_dev_minor &&old.stx_ino == new.stx_ino;
}

static int leads_elsewhere(struct kernel_failure *failure)
{
	snprintf(failure->text, sizeof(failure->text), "the mount point was moved or replaced meanwhile");
	return fail(failure, ELOOP);
}

int kernel_show(const struct kernel_mount *mount, const char *target, struct kernel_failure *failure)
{
	AUTO_FD place = mount_point_open(target);

	*failure = (struct kernel_failure){ 0 };
	if (place == -ELOOP || (place >= 0 && !mount_point_is_at(place, target)))
		return leads_elsewhere(failure);
	if (place < 0)
		return fail(failure, -place);
	if (is_same_mount(mount->root, place))
		return 1;
	if (api_attach(mount->root, place))
		return fail(failure, errno);
	if (mount_point_is_at(mount->root, target))
		return 0;
	(void)kernel_take_back(mount);
	return leads_elsewhere(failure);
}

int kernel_take_back(const struct kernel_mount *mount)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", mount->root);
	return umount2(path, MNT_DETACH) ? -errno : 0;
}

/* ---- mounts that are there ------------------------------------------------ */

static void read_line(struct kernel_mount *mount)
{
	struct strbuf line = { 0 };
	const char *at;

	free(mount->line);
	find_line(mount->root, &line);
	mount->line = line.text;
	at = line.text;
	if (!line.failed && line.text && mountinfo_next(&at, line.text + line.size, &mount->entry) > 0)
		return;
	strbuf_free(&line);
	mount->line = NULL;
}

int kernel_look(const char *target, struct kernel_mount *mount)
{
	*mount = (struct kernel_mount){ .root = mount_point_open(target) };
	if (mount->root < 0) {
		int r = mount->root;

		mount->root = -1;
		return r;
	}
	read_line(mount);
	return 0;
}

bool kernel_is_nfs_root(const struct kernel_mount *mount)
{
	struct statx st;

	if (!statx(mount->root, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, 0, &st) &&
	    st.stx_attributes_mask & API_STATX_MOUNT_ROOT && !(st.stx_attributes & API_STATX_MOUNT_ROOT))
		return false;
	return !mount->line || mountinfo_is_nfs(&mount->entry);
}

struct remounting {
	const struct kernel_request *request;
	const char *data;
	int root;
};

static int remount_watched(const void *what)
{
	const struct remounting *remounting = what;
	const struct kernel_request *request = remounting->request;
	char path[64];
	int r;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", remounting->root);
	if (access(path, F_OK) && errno == ENOENT) { /* no /proc */
		if (fchdir(remounting->root))
			return errno;
		text_copy(path, sizeof(path), ".");
	}
	r = mount(request->source, path, request->type, request->flags, remounting->data);
	return r < 0 ? errno : r ? EINVAL : 0;
}

int kernel_remount(const struct kernel_request *request, const struct kernel_mount *mount,
		   struct kernel_failure *failure)
{
	struct remounting remounting = { .request = request, .root = mount->root };
	AUTO_STRBUF data = { 0 };
	int code, r;

	*failure = (struct kernel_failure){ 0 };
	r = format_data(request, &data, failure);
	if (r)
		return r;
	remounting.data = data.text;
	code = watch_call(remount_watched, &remounting, request->watch, false, &failure->gave_up);
	return code ? fail(failure, code) : 0;
}

void kernel_load(void)
{
	AUTO_FD context = api_fsopen("nfs");

	(void)context;
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
