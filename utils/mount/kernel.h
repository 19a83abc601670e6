/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel: the one place where these programs change the mount table.  The newer
 * calls (fsopen and so on) are used where they are allowed, since they tell in
 * words what was wrong; mount(2) otherwise.
 */
#ifndef NFSTLS_MOUNT_KERNEL_H
#define NFSTLS_MOUNT_KERNEL_H

#include <signal.h>

#include "utils/mount/options.h"

struct kernel_request {
	const char *type;   /* "nfs" or "nfs4" */
	const char *source; /* as the user wrote it: the kernel checks certificates against its host part */
	const char *target; /* resolved */
	unsigned long flags; /* MS_* */
	const struct options *options;
	const struct kernel_watch *watch;
	const char *node_name; /* for a client of its own: see alone.h; NULL: the host's */
};

/*
 * How long a mount may wait for the server.  The kernel tries again without end
 * where a handshake is cut off, so somebody has to look at the clock: the
 * blocking call is made in a child, which can be killed.
 */
struct kernel_watch {
	int64_t notice_at;  /* clock_ms(); when notice() is called, once */
	int64_t give_up_at; /* clock_ms(); 0: never */
	void (*notice)(void *context, int64_t *give_up_at); /* may shorten or extend; NULL: nobody cares */
	void *context;
};

struct kernel_failure {
	int code;	   /* positive errno */
	bool gave_up;	   /* we did, after watch->give_up_at; code is ETIMEDOUT */
	bool word_refused; /* one option was refused; nothing was sent to the server */
	char word[128];	   /* that option, escaped; else empty */
	char text[384];	   /* the kernel's own explanation, escaped; may be empty */
};

struct kernel_mounted {
	int root;     /* descriptor of the mount's root folder */
	bool already; /* it was there before us: nothing was changed */
	sigset_t signals;
};

/*
 * Mounts; may block for as long as the watch allows.  Returns 0 with *mounted, or
 * -errno with *failure.  After success signals are held back until
 * kernel_settle(), so that a mount that is still to be checked does not outlive
 * a program that was interrupted.
 */
int kernel_mount(const struct kernel_request *request, struct kernel_mounted *mounted,
		 struct kernel_failure *failure);

/*
 * Would this mount succeed?  Everything but making it visible, and then it is let go.
 * As kernel_mount(); -ENOSYS where the newer calls are not to be had.
 */
int kernel_try(const struct kernel_request *request, struct kernel_failure *failure);

/* Changes the options of what is mounted on target (MS_REMOUNT must be set); as kernel_mount(). */
int kernel_remount(const struct kernel_request *request, struct kernel_mounted *mounted,
		   struct kernel_failure *failure);

/* Opens what is mounted on target now; for kernel_mount_id(), and kernel_settle() at the end.  Negative errno. */
int kernel_look(const char *target, struct kernel_mounted *mounted);

/* Has the kernel load its NFS client, which makes the keyring for certificates; a failure shows later. */
void kernel_load(void);

/* The mount's number in mountinfo; negative errno. */
int kernel_mount_id(const struct kernel_mounted *mounted);

/* Takes that very mount away again, whatever covers its path by now. */
int kernel_undo(const struct kernel_mounted *mounted, const char *target);

/* Closes and lets signals through. */
void kernel_settle(struct kernel_mounted *mounted);

/* Appends /proc/self/mountinfo; negative errno. */
int kernel_mount_table(struct strbuf *text);

/* umount2(2) with flags, never following a symbolic link in the last place; negative errno. */
int kernel_umount(const char *target, int flags);

/* Makes what is mounted on target read-only; negative errno. */
int kernel_make_read_only(const char *source, const char *target, const char *type);

#endif
