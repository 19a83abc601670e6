/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/exportd/rivals.h"

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

static const char *rival_name(int folder, const char *pid)
{
	char path[PATH_MAX], comm[32];
	AUTO_FD fd = -1;
	ssize_t size;

	snprintf(path, sizeof(path), "%s/comm", pid);
	fd = openat(folder, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	size = read(fd, comm, sizeof(comm) - 1);
	comm[size > 0 ? size : 0] = '\0';
	comm[strcspn(comm, "\n")] = '\0';
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

/* Anybody may give a process any name. */
static bool is_of_root(int folder, const char *pid)
{
	struct stat st;

	return !fstatat(folder, pid, &st, 0) && st.st_uid == 0;
}

int rivals_check(const char *proc, struct error *e)
{
	struct stat ours, theirs;
	struct dirent *entry;
	DIR *folder = opendir(proc);
	int r = 0;

	if (!folder)
		return error_set(e, errno, "cannot see which other daemons run: %s: %s", proc, strerror(errno));
	if (!namespace_of(dirfd(folder), "self", &ours)) {
		r = error_set(e, errno, "cannot see which other daemons run: %s/self/ns/net: %s", proc,
			strerror(errno));
		closedir(folder);
		return r;
	}
	while (!r && (entry = readdir(folder))) {
		const char *name;
		long long pid;

		/* Our parent, if it has such a name, is the one that waits until we are in the background. */
		if (text_number(entry->d_name, 1, INT_MAX, &pid) || pid == getpid() || pid == getppid())
			continue;
		name = rival_name(dirfd(folder), entry->d_name);
		if (name && is_of_root(dirfd(folder), entry->d_name) &&
		    namespace_of(dirfd(folder), entry->d_name, &theirs) && theirs.st_ino == ours.st_ino &&
		    theirs.st_dev == ours.st_dev)
			r = error_set(e, EBUSY, "%s answers the kernel already (process %lld): stop it first, "
				      "with nfs-server.service when that has started it; see nfsv4-server.service",
				      name, pid);
	}
	closedir(folder);
	return r;
}
