/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/rival/rival.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TABLE_MAX (16u << 20)
#define COMM_MAX 64u

unsigned int rival_inodes(const char *text, unsigned int group, unsigned long inodes[RIVAL_MAX])
{
	unsigned int count = 0;

	for (const char *line = text; line && count < RIVAL_MAX; line = strchr(line, '\n')) {
		unsigned int protocol, groups;
		unsigned long inode;

		line += *line == '\n';
		/* sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode (kernel: net/netlink/af_netlink.c) */
		if (sscanf(line, "%*s %u %*u %x %*d %*d %*s %*d %*u %lu", &protocol, &groups, &inode) != 3)
			continue;
		if (protocol == NETLINK_GENERIC && group >= 1 && group <= 32 && groups & 1u << (group - 1))
			inodes[count++] = inode;
	}
	return count;
}

static bool process_has_socket(const char *pid, unsigned long inode)
{
	char folder[300], wanted[64], target[64];
	struct dirent *entry;
	bool found = false;
	DIR *fds;

	snprintf(folder, sizeof(folder), "/proc/%s/fd", pid);
	snprintf(wanted, sizeof(wanted), "socket:[%lu]", inode);
	fds = opendir(folder);
	if (!fds)
		return false;
	while (!found && (entry = readdir(fds))) {
		ssize_t size = readlinkat(dirfd(fds), entry->d_name, target, sizeof(target) - 1);

		if (size <= 0)
			continue;
		target[size] = '\0';
		found = !strcmp(target, wanted);
	}
	closedir(fds);
	return found;
}

/* Describes the owner of a process; true when that is root. */
static bool describe(const char *pid, struct error *e)
{
	char path[300];
	struct stat st;
	AUTO_STRBUF name = { 0 };

	snprintf(path, sizeof(path), "/proc/%s", pid);
	if (stat(path, &st) < 0)
		return false;
	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	if (file_read_unsized(path, COMM_MAX, &name, NULL))
		error_set(e, EBUSY, "a process (pid %s, uid %u)", pid, (unsigned int)st.st_uid);
	else
		error_set(e, EBUSY, "%.*s (pid %s, uid %u)", (int)strcspn(name.text, "\n"), name.text, pid,
			  (unsigned int)st.st_uid);
	return st.st_uid == 0;
}

/* Takes the sockets of that process out of the list; returns how many are left. */
static unsigned int leave_out(pid_t pid, unsigned long *inodes, unsigned int count)
{
	unsigned int left = 0;
	char text[16];

	snprintf(text, sizeof(text), "%d", (int)pid);
	for (unsigned int i = 0; i < count; i++)
		if (!process_has_socket(text, inodes[i]))
			inodes[left++] = inodes[i];
	return left;
}

/* Looks for the processes behind the inodes; true when one of them is root's, then *e names it. */
static bool find_owner(const unsigned long *inodes, unsigned int count, struct error *e)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	bool is_root = false;

	error_set(e, EBUSY, "a process that is not visible from here");
	while (proc && !is_root && (entry = readdir(proc))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		for (unsigned int i = 0; i < count && !is_root; i++)
			if (process_has_socket(entry->d_name, inodes[i]))
				is_root = describe(entry->d_name, e);
	}
	if (proc)
		closedir(proc);
	return is_root;
}

static int find_members(unsigned int group, unsigned long inodes[RIVAL_MAX], unsigned int *count, struct error *e)
{
	AUTO_STRBUF text = { 0 };
	struct error why;
	int r = file_read_unsized("/proc/net/netlink", TABLE_MAX, &text, &why);

	if (r)
		return error_set(e, -r, "it is not known whether another handshake agent runs: %s", why.text);
	*count = rival_inodes(text.text, group, inodes);
	return 0;
}

int rival_check(unsigned int group, pid_t ours, struct error *e)
{
	unsigned long inodes[RIVAL_MAX];
	struct error owner;
	unsigned int count;
	int r = find_members(group, inodes, &count, e);

	if (r)
		return r;
	count = leave_out(ours, inodes, count);
	if (!count)
		return 0;
	if (find_owner(inodes, count, &owner))
		return error_set(e, EBUSY, "%s already serves this network namespace as its TLS handshake agent: "
				 "stop it first (for ktls-utils: systemctl disable --now tlshd.service)", owner.text);
	error_set(e, EBUSY,
		  "%s has joined the handshake agents' netlink group; it can delay handshakes, but not answer them",
		  owner.text);
	return 1;
}

int rival_is_member(unsigned int group, pid_t pid, struct error *e)
{
	unsigned long inodes[RIVAL_MAX];
	unsigned int count;
	int r = find_members(group, inodes, &count, e);

	return r ? r : leave_out(pid, inodes, count) < count;
}
