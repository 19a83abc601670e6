/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rival: is another daemon subscribed to what the kernel says in this network namespace?  The kernel
 * hands each request to whoever accepts first, so two agents would share the handshakes at random.
 * It looks and tells; what to do about it is the caller's business.
 */
#ifndef NFSTLS_RIVAL_H
#define NFSTLS_RIVAL_H

#include <stdint.h>
#include <sys/types.h>

#include "support/base/base.h"

/* ---- members of a netlink group ---------------------------------------------- */

/* The sockets that have joined it, by their inodes; free with rival_sockets_free(). */
struct rival_sockets {
	unsigned long *inodes;
	size_t count;
};

void rival_sockets_free(struct rival_sockets *sockets);
#define AUTO_RIVAL_SOCKETS __attribute__((cleanup(rival_sockets_free))) struct rival_sockets

/*
 * One message of a sock_diag dump of netlink sockets with their groups (linux/netlink_diag.h).  1, with the inode, when
 * the socket is a member of group number group, of as many as there are; 0 when it is not; -EBADMSG for what is
 * malformed.  Pure.
 */
int rival_decode(const void *message, size_t size, unsigned int group, unsigned long *inode);

/*
 * Adds the members of a group from the text of /proc/net/netlink, which shows the first RIVAL_GROUPS_SHOWN groups only,
 * of generic netlink.  -ENOMEM.  Pure.
 */
#define RIVAL_GROUPS_SHOWN 32u
int rival_inodes(const char *text, unsigned int group, struct rival_sockets *sockets);

/*
 * Asks the kernel for the members of a group of a netlink protocol (NETLINK_GENERIC) in this network namespace, however
 * many groups and members there are.  -EOPNOTSUPP, with the number, where the kernel cannot tell (without netlink_diag,
 * of groups beyond the first 32); errors of netlink, and of reading /proc.
 */
int rival_members(unsigned int protocol, unsigned int group, struct rival_sockets *sockets, struct error *e);

/* ---- who they are --------------------------------------------------------------- */

/*
 * Whether a process could answer the kernel: it runs as root, or has CAP_NET_ADMIN in our user namespace, as an agent
 * has that a service manager gave it.  folder is that of all processes; name is the text for people: "tlshd (pid 812,
 * uid 0)".
 */
#define RIVAL_NAME_MAX 128u
bool rival_may_answer(int folder, const char *pid, char name[RIVAL_NAME_MAX]);

/*
 * Looks for members of a generic netlink group other than the process ours.  -EBUSY with the name of one that could
 * answer in *e; 1 with the name of another, since anybody may join; 0: nobody.  Others as rival_members().
 */
int rival_find(unsigned int group, pid_t ours, struct error *e);

/*
 * The same of the handshake agents' group, with what to do about it.  A stranger's membership must not keep the agent
 * from starting: that is 1, with a warning in *e.
 */
int rival_check(unsigned int group, pid_t ours, struct error *e);

/* 1 when the process has joined the group, 0 when not; negative as above when that cannot be seen. */
int rival_is_member(unsigned int group, pid_t pid, struct error *e);

/* ---- who answers the kernel about exports (exportd.c) --------------------------- */

/*
 * Whoever is first with an answer wins, so two daemons, with different ideas, would make access a matter of chance.
 * -EBUSY with name and process id when root runs rpc.mountd or an nfsv4.exportd in this network namespace.  proc is the
 * folder /proc, or one like it.  Errors of reading it.
 */
int rival_check_daemons(const char *proc, struct error *e);

/* Whether root runs a daemon of that name in this network namespace, or perhaps in it: where proc cannot be read. */
bool rival_daemon_runs(const char *proc, const char *name);

/*
 * The same of all that are members of one of these groups, on which the kernel asks by netlink, whatever they are
 * called, and could answer.  1 with a warning in *e for one that could not, since anybody may listen, and for what
 * cannot be seen.
 */
int rival_check_listeners(const uint32_t *groups, size_t count, struct error *e);

#endif
