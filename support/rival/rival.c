/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/rival/rival.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STATUS_MAX 8192u
#define PID_MAX 32u

/* ---- processes ------------------------------------------------------------------ */

/* The text behind "KEY:\t" of a line of /proc/PID/status, in which names have no newlines; NULL without it. */
static const char *value_of(const char *status, const char *key)
{
	size_t size = strlen(key);

	for (const char *line = status; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, key, size) && line[size] == ':')
			return line + size + 1 + strspn(line + size + 1, " \t");
	}
	return NULL;
}

static bool is_same_namespace(int folder, const char *pid)
{
	struct stat ours, its;
	char path[64];

	snprintf(path, sizeof(path), "%.*s/ns/user", (int)PID_MAX, pid);
	return stat("/proc/self/ns/user", &ours) == 0 && fstatat(folder, path, &its, 0) == 0 &&
	       ours.st_dev == its.st_dev && ours.st_ino == its.st_ino;
}

/* What a user has in a namespace of his own is of no use here. */
static bool has_capability(int folder, const char *pid, const char *status)
{
	const char *effective = value_of(status, "CapEff");

	return effective && strtoull(effective, NULL, 16) >> CAP_NET_ADMIN & 1 && is_same_namespace(folder, pid);
}

bool rival_may_answer(int folder, const char *pid, char name[RIVAL_NAME_MAX])
{
	char path[64], status[STATUS_MAX];
	AUTO_FD fd = -1;
	const char *ids, *comm;
	unsigned int uid;
	ssize_t size;

	snprintf(name, RIVAL_NAME_MAX, "a process (pid %.*s)", (int)PID_MAX, pid);
	snprintf(path, sizeof(path), "%.*s/status", (int)PID_MAX, pid);
	fd = openat(folder, path, O_RDONLY | O_CLOEXEC);
	size = fd < 0 ? -1 : read(fd, status, sizeof(status) - 1);
	status[size > 0 ? size : 0] = '\0';
	ids = value_of(status, "Uid");
	comm = value_of(status, "Name");
	/* The real one, and the one that counts. */
	if (!ids || !comm || sscanf(ids, "%*u %u", &uid) != 1)
		return false;
	snprintf(name, RIVAL_NAME_MAX, "%.*s (pid %.*s, uid %u)", (int)strcspn(comm, "\n"), comm, (int)PID_MAX, pid,
		 uid);
	return uid == 0 || has_capability(folder, pid, status);
}

/* ---- whose sockets ------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
	const unsigned long *one = a, *other = b;

	return *one < *other ? -1 : *one > *other;
}

/* Members of a group, sorted. */
struct search {
	struct rival_sockets members;
	bool *is_ours; /* for each */
};

/* The number of the member that the descriptor is; how many there are for none. */
static size_t member_at(const struct search *search, int descriptors, const char *name)
{
	static const char begin[] = "socket:[";
	const size_t none = search->members.count;
	const unsigned long *found;
	unsigned long inode;
	char target[64];
	ssize_t size = readlinkat(descriptors, name, target, sizeof(target) - 1);

	target[size > 0 ? size : 0] = '\0';
	if (strncmp(target, begin, sizeof(begin) - 1))
		return none;
	inode = strtoul(target + sizeof(begin) - 1, NULL, 10);
	found = bsearch(&inode, search->members.inodes, none, sizeof(inode), compare);
	return found ? (size_t)(found - search->members.inodes) : none;
}

/* Whether the process has a member that is not ours; with ours all that it has are. */
static bool look_into(const struct search *search, int folder, const char *pid, bool ours)
{
	struct dirent *entry;
	bool found = false;
	char path[64];
	DIR *dir;
	int fd;

	snprintf(path, sizeof(path), "%.*s/fd", (int)PID_MAX, pid);
	fd = openat(folder, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		close_fd(&fd);
		return false;
	}
	while (!found && (entry = readdir(dir))) {
		size_t member = member_at(search, dirfd(dir), entry->d_name);

		if (member == search->members.count)
			continue;
		if (ours)
			search->is_ours[member] = true;
		else
			found = !search->is_ours[member];
	}
	closedir(dir);
	return found;
}

/* Looks for whoever has the members that are not ours; true when one of them could answer.  *e has his name. */
static bool find_owner(const struct search *search, int folder, DIR *proc, struct error *e)
{
	struct dirent *entry;
	char name[RIVAL_NAME_MAX];

	error_set(e, EBUSY, "a process that is not visible from here");
	while ((entry = readdir(proc))) {
		bool may;

		if (!isdigit((unsigned char)entry->d_name[0]) || !look_into(search, folder, entry->d_name, false))
			continue;
		may = rival_may_answer(folder, entry->d_name, name);
		error_set(e, EBUSY, "%s", name);
		if (may)
			return true;
	}
	return false;
}

static bool all_are_ours(const struct search *search)
{
	for (size_t i = 0; i < search->members.count; i++)
		if (!search->is_ours[i])
			return false;
	return true;
}

/* Fills search; whose is_ours the caller frees, and whose members. */
static int begin(unsigned int group, pid_t ours, int folder, struct search *search, struct error *e)
{
	char pid[PID_MAX];
	int r = rival_members(NETLINK_GENERIC, group, &search->members, e);

	if (r)
		return r;
	search->is_ours = calloc(search->members.count + 1, sizeof(*search->is_ours));
	if (!search->is_ours)
		return error_set(e, ENOMEM, "out of memory");
	if (search->members.count)
		qsort(search->members.inodes, search->members.count, sizeof(*search->members.inodes), compare);
	snprintf(pid, sizeof(pid), "%d", (int)ours);
	(void)look_into(search, folder, pid, true);
	return 0;
}

static void end(struct search *search)
{
	rival_sockets_free(&search->members);
	free(search->is_ours);
}

static int search_all(unsigned int group, pid_t ours, DIR *proc, struct error *e)
{
	struct search search = { 0 };
	int r = begin(group, ours, dirfd(proc), &search, e);

	if (!r && !all_are_ours(&search))
		r = find_owner(&search, dirfd(proc), proc, e) ? -EBUSY : 1;
	end(&search);
	return r;
}

int rival_find(unsigned int group, pid_t ours, struct error *e)
{
	DIR *proc = opendir("/proc");
	int r;

	if (!proc)
		return error_set(e, errno, "cannot list /proc: %s", strerror(errno));
	r = search_all(group, ours, proc, e);
	closedir(proc);
	return r;
}

int rival_check(unsigned int group, pid_t ours, struct error *e)
{
	struct error who;
	int r = rival_find(group, ours, &who);

	if (!r)
		return 0;
	if (r == 1)
		error_set(e, EBUSY,
			  "%s has joined the handshake agents' netlink group; it can delay handshakes, but "
			  "not answer them",
			  who.text);
	else if (r == -EBUSY)
		error_set(e, EBUSY,
			  "%s already serves this network namespace as its TLS handshake agent: stop it "
			  "first (for ktls-utils: systemctl disable --now tlshd.service)",
			  who.text);
	else
		error_set(e, -r, "it is not known whether another handshake agent runs: %s", who.text);
	return r;
}

int rival_is_member(unsigned int group, pid_t pid, struct error *e)
{
	struct search search = { 0 };
	DIR *proc = opendir("/proc");
	int r = proc ? begin(group, pid, dirfd(proc), &search, e) :
		       error_set(e, errno, "cannot list /proc: %s", strerror(errno));

	for (size_t i = 0; !r && i < search.members.count; i++)
		r = search.is_ours[i];
	end(&search);
	if (proc)
		closedir(proc);
	return r;
}
