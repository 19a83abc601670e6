/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel: the one place where these programs make and change mounts; held_mount.h takes them away.  The newer calls
 * (fsopen and so on) are used where they are allowed, since they tell in words what was wrong; mount(2) otherwise.
 *
 * A mount is made in two steps, and in between it can be looked at: kernel_make() makes one that nobody sees and that
 * is gone with the process that made it, however that ends; kernel_show() puts it on its mount point.
 */
#ifndef NFSTLS_MOUNT_KERNEL_H
#define NFSTLS_MOUNT_KERNEL_H

#include "support/mounts/mounts.h"
#include "utils/mount/watch.h"

struct kernel_request {
	const char *type;    /* "nfs" or "nfs4" */
	const char *source;  /* as the user wrote it: the kernel checks certificates against its host part */
	unsigned long flags; /* MS_* */
	const struct mount_options *options;
	const struct watch *watch;
	const char *node_name; /* for a client of its own: see client_name.h; NULL: the host's */
};

struct kernel_failure {
	int code;	   /* positive errno */
	bool gave_up;	   /* we did, after watch->give_up_at; code is ETIMEDOUT */
	bool word_refused; /* one option was refused; nothing was sent to the server */
	char word[128];	   /* that option, escaped; else empty */
	char text[384];	   /* the kernel's own explanation, escaped; may be empty */
};

/* Free with kernel_let_go(). */
struct kernel_mount {
	int root;		      /* descriptor of its root directory; -1: none */
	uint64_t number;	      /* its own, which no other ever gets; 0: not known */
	char *line;		      /* of a mountinfo file; NULL where it cannot be had; owned */
	struct mountinfo_entry entry; /* that line; its number and mount point mean nothing before kernel_show() */
};

/* Makes a mount; may block for as long as the watch allows.  Returns 0 with *mount, or -errno with *failure. */
int kernel_make(const struct kernel_request *request, struct kernel_mount *mount, struct kernel_failure *failure);

/*
 * Puts it on the directory target, which was resolved.  0; 1 when the same is mounted there already, and nothing was
 * changed; -errno with *failure, and then it is seen nowhere.  -ELOOP: target leads elsewhere now.
 */
int kernel_show(const struct kernel_mount *mount, const char *target, struct kernel_failure *failure);

/* Takes away again what kernel_show() has put there, whatever its path is by now; negative errno. */
int kernel_take_back(const struct kernel_mount *mount);

/* Closes and frees.  A mount that was not shown is gone. */
void kernel_let_go(struct kernel_mount *mount);

/* Would this mount succeed?  The first half of kernel_make(); -ENOSYS where the newer calls are not to be had. */
int kernel_try(const struct kernel_request *request, struct kernel_failure *failure);

/* What is mounted now at target, which was resolved, or what target is part of.  Negative errno. */
int kernel_look(const char *target, struct kernel_mount *mount);

/* Whether it is an NFS mount with target as its root; true where neither kernel nor /proc tells. */
bool kernel_is_nfs_root(const struct kernel_mount *mount);

/*
 * Changes the options of that very mount (MS_REMOUNT must be set); may block as kernel_make().  Returns 0, or -errno
 * with *failure.
 */
int kernel_remount(const struct kernel_request *request, const struct kernel_mount *mount,
		   struct kernel_failure *failure);

/* Has the kernel load its NFS client, which makes the keyring for certificates; a failure shows later. */
void kernel_load(void);

/* Appends /proc/self/mountinfo; negative errno. */
int kernel_mount_table(struct strbuf *text);

#endif
