/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rival: is another handshake agent subscribed in this network namespace?  The kernel
 * hands each request to whoever accepts first, so two agents would share the handshakes at random.
 * It looks and tells; what to do about it is the caller's business.
 */
#ifndef NFSTLS_RIVAL_H
#define NFSTLS_RIVAL_H

#include <sys/types.h>

#include "support/base/base.h"

#define RIVAL_MAX 16u

/*
 * Finds the sockets that have joined netlink group number group in the text of /proc/net/netlink,
 * which shows the first 32 groups only.  Returns how many inodes were stored.  Pure.
 */
unsigned int rival_inodes(const char *text, unsigned int group, unsigned long inodes[RIVAL_MAX]);

/*
 * Looks for members other than the process ours.  -EBUSY with the rival's name and pid when a process of root
 * holds the group.  Anybody may join it, so a stranger's membership must not keep the agent from starting: that is
 * 1, with a warning in *e.  0: nobody.
 */
int rival_check(unsigned int group, pid_t ours, struct error *e);

/* 1 when the process has joined the group, 0 when not; negative as above when that cannot be seen. */
int rival_is_member(unsigned int group, pid_t pid, struct error *e);

#endif
