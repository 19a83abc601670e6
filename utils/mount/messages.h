/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * messages: what these programs say and how they exit.  The beginnings of the
 * sentences are an interface, since scripts look for them; what explains them follows on the same line.
 */
#ifndef NFSTLS_MOUNT_MESSAGES_H
#define NFSTLS_MOUNT_MESSAGES_H

#include "support/xprtsec/xprtsec.h"
#include "utils/mount/kernel.h"

enum exit_status {
	EXIT_DONE = 0,
	EXIT_USAGE = 1,
	EXIT_UNMOUNT_FAILED = 16,
	EXIT_MOUNT_FAILED = 32,
};

/* "PROGRAM: sentence" on standard error, and on standard output. */
void message_error(const char *program, const char *fmt, ...) PRINTF_LIKE(2, 3);
void message_note(const char *program, const char *fmt, ...) PRINTF_LIKE(2, 3);

struct mount_subject {
	const char *source;
	const char *target;
	enum xprtsec security; /* XPRTSEC_NONE without the option */
};

/* Appends the sentence for a mount that failed.  Pure. */
void message_mount_failed(const struct mount_subject *subject, const struct kernel_failure *failure,
			  struct strbuf *sentence);

/* The same when the cause is known: then it is told, and the kernel's errno only where nothing is better. */
void message_mount_failed_because(const struct mount_subject *subject, const struct kernel_failure *failure,
				  const char *cause, struct strbuf *sentence);

/* The words for a failed umount2(2); static or strerror(3)'s. */
const char *message_umount_failed(int code);

#endif
