/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sandbox: how the processes of rpc.tlshd give up what they do not need.
 * Each step fails closed: the caller must exit on a negative value.
 */
#ifndef NFSTLS_TLSHD_SANDBOX_H
#define NFSTLS_TLSHD_SANDBOX_H

#include <sys/types.h>

#include "support/base/base.h"

/* The unprivileged identity of the workers. */
struct sandbox_user {
	char name[128];
	uid_t uid;
	gid_t gid;
};

/*
 * Looks up name; an empty one means "nfs-tls" or, where that user does not
 * exist, "nobody".  -ENOENT when there is none, -EINVAL for root.
 */
int sandbox_find_user(const char *name, struct sandbox_user *user, struct error *e);

/*
 * The first act of a forked process: signals as if freshly started, but deaf to Ctrl-C, which is the
 * parent's to obey; every descriptor closed but 0 to 2 and the ones listed; dead with its parent.
 */
int sandbox_start(const int *keep, unsigned int count, pid_t parent);

/* The kernel kills the caller when its parent goes; -ESRCH when it has gone already. */
int sandbox_die_with(pid_t parent);

/* No core dumps and no debugger of the same user: for what has keys, or the peers' bytes, in its memory. */
int sandbox_forbid_core_dumps(struct error *e);

/* Keeps the user, drops every capability for good.  Does nothing when there are none. */
int sandbox_drop_capabilities(struct error *e);

/*
 * Becomes user for good, in an empty root folder, unable to make
 * processes or core dumps, or to gain privileges.  When the caller is not root only the limits are set.
 */
int sandbox_become(const struct sandbox_user *user, const char *empty_root, struct error *e);

#endif
