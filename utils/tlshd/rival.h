/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rival: is another handshake agent subscribed in this network namespace?  The kernel
 * hands each request to whoever accepts first, so two agents would share the handshakes at random.
 */
#ifndef NFSTLS_TLSHD_RIVAL_H
#define NFSTLS_TLSHD_RIVAL_H

#include <sys/types.h>

#include "support/base/base.h"

#define RIVAL_MAX 16u

/*
 * Finds the sockets that have joined netlink group number group in the text of /proc/net/netlink,
 * which shows the first 32 groups only.  Returns how many inodes were stored.  Pure.
 */
unsigned int rival_inodes(const char *text, unsigned int group, unsigned long inodes[RIVAL_MAX]);

/*
 * -EBUSY with the rival's name and pid when a process of root holds the group.  Anybody may join it, so a
 * stranger's membership must not keep the agent from starting: that is 1, with a warning in *e.  0: nobody.
 */
int rival_check(unsigned int group, struct error *e);

#endif
