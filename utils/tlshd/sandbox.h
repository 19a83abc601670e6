/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sandbox: how the processes of rpc.tlshd give up what they do not need.
 * Each step fails closed: the caller must exit on a negative value.
 */
#ifndef NFSTLS_TLSHD_SANDBOX_H
#define NFSTLS_TLSHD_SANDBOX_H

#include <sys/types.h>

#include "support/base/base.h"

/* An unprivileged identity. */
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
 * The user of the key holder and the signers: "nfs-tls-keys" or, where there is no such user, that of the workers; then
 * only their filters and their memory, which is not dumpable, keep the two apart.
 */
void sandbox_find_key_user(const struct sandbox_user *workers, struct sandbox_user *user);

/*
 * The first act of a forked process: signals as if freshly started, but deaf to Ctrl-C, which is the
 * parent's to obey; every descriptor closed but 0 to 2 and the ones listed; dead with its parent.
 */
int sandbox_start(const int *keep, unsigned int count, pid_t parent);

/* The kernel kills the caller when its parent goes; -ESRCH when it has gone already. */
int sandbox_die_with(pid_t parent);

/* No core dumps and no debugger of the same user: for what has keys, or the peers' bytes, in its memory. */
int sandbox_forbid_core_dumps(struct error *e);

/* The kernel role: gives up the capabilities that it and its children have no use for, and new privileges. */
int sandbox_limit_capabilities(struct error *e);

/*
 * Becomes user for good, or stays who it is when user is NULL, but without capabilities; in an empty root directory,
 * unable to make core dumps or to gain privileges, and to make processes unless it forks.  When the caller is not root
 * it is nobody else, and in no other root directory.
 */
int sandbox_become(const struct sandbox_user *user, const char *empty_root, bool forks, struct error *e);

#endif
