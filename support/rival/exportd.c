/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Another daemon that answers the kernel about exports. */
#include "support/rival/rival.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* As the kernel names processes: TASK_COMM_LEN is 16. */
static const char *const names[] = { "rpc.mountd", "nfsv4.exportd" };

static void read_name(int folder, const char *pid, char *comm, size_t room)
{
	char path[PATH_MAX];
	AUTO_FD fd = -1;
	ssize_t size;

	snprintf(path, sizeof(path), "%s/comm", pid);
	fd = openat(folder, path, O_RDONLY | O_CLOEXEC);
	size = fd < 0 ? 0 : read(fd, comm, room - 1);
	comm[size > 0 ? size : 0] = '\0';
	comm[strcspn(comm, "\n")] = '\0';
}

static const char *rival_name(int folder, const char *pid)
{
	char comm[32];

	read_name(folder, pid, comm, sizeof(comm));
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(comm, names[i]))
			return names[i];
	return NULL;
}

static bool namespace_of(int folder, const char *pid, struct stat *st)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/ns/net", pid);
	return !fstatat(folder, path, st, 0);
}

/* -EBUSY for a process of such a name that could answer, and is in our network namespace or may be. */
static int check_process(int folder, const char *pid, const struct stat *ours, struct error *e)
{
	const char *name = rival_name(folder, pid);
	char who[RIVAL_NAME_MAX];
	struct stat its;

	/* Anybody may give a process any name. */
	if (!name || !rival_may_answer(folder, pid, who))
		return 0;
	if (!namespace_of(folder, pid, &its))
		return errno == ENOENT ? 0 :
					 error_set(e, EBUSY,
						   "%s runs already (process %s), and whether for this "
						   "network namespace cannot be seen (%s): stop it first",
						   name, pid, strerror(errno));
	if (its.st_ino != ours->st_ino || its.st_dev != ours->st_dev)
		return 0;
	return error_set(e, EBUSY,
			 "%s answers the kernel already (process %s): stop it first, with nfs-server.service "
			 "when that has started it; see nfsv4-server.service",
			 name, pid);
}

static int check_processes(DIR *proc, const char *path, struct error *e)
{
	struct dirent *entry;
	struct stat ours;
	int r = 0;

	if (!namespace_of(dirfd(proc), "self", &ours))
		return error_set(e, errno, "cannot see which other daemons run: %s/self/ns/net: %s", path,
				 strerror(errno));
	while (!r && (entry = readdir(proc))) {
		long long pid;

		/* Our parent, if it has such a name, is the one that waits until we are in the background. */
		if (!text_number(entry->d_name, 1, INT_MAX, &pid) && pid != getpid() && pid != getppid())
			r = check_process(dirfd(proc), entry->d_name, &ours, e);
	}
	return r;
}

int rival_check_daemons(const char *proc, struct error *e)
{
	DIR *folder = opendir(proc);
	int r;

	if (!folder)
		return error_set(e, errno, "cannot see which other daemons run: %s: %s", proc, strerror(errno));
	r = check_processes(folder, proc, e);
	closedir(folder);
	return r;
}

static bool is_daemon(int folder, const char *pid, const char *name, const struct stat *ours)
{
	char who[RIVAL_NAME_MAX], comm[32];
	struct stat its;

	read_name(folder, pid, comm, sizeof(comm));
	return !strcmp(comm, name) && rival_may_answer(folder, pid, who) && !namespace_of(folder, pid, &its) &&
	       its.st_ino == ours->st_ino && its.st_dev == ours->st_dev;
}

bool rival_daemon_runs(const char *proc, const char *name)
{
	DIR *folder = opendir(proc);
	struct dirent *entry;
	struct stat ours;
	bool known = folder && namespace_of(dirfd(folder), "self", &ours), runs = !known;

	if (known)
		while (!runs && (entry = readdir(folder)))
			runs = entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
			       is_daemon(dirfd(folder), entry->d_name, name, &ours);
	if (folder)
		closedir(folder);
	return runs;
}

int rival_check_listeners(const uint32_t *group, size_t count, struct error *e)
{
	struct error who;
	int worst = 0;

	for (size_t i = 0; i < count; i++) {
		int r = rival_find(group[i], getpid(), &who);

		if (r == -EBUSY)
			return error_set(e, EBUSY,
					 "%s listens for the kernel's questions already: stop it first, with "
					 "nfs-server.service when that has started it; see nfsv4-server.service",
					 who.text);
		if (r == 1)
			error_set(e, EBUSY,
				  "%s listens for the kernel's questions; it can delay answers, but not give "
				  "them",
				  who.text);
		else if (r)
			error_set(e, -r, "it is not known whether another daemon answers the kernel: %s", who.text);
		worst |= r != 0;
	}
	return worst;
}
