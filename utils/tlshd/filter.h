/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter: which system calls each kind of process may make once it is prepared (seccomp(2)).  What is not listed is
 * refused: an unlisted call ends the process, which says in the log which call it was; only the kernel role, whose
 * libraries (NSS) may try anything, gets an error from the kernel and goes on, unless the call is one of those that
 * nothing of ours has any use for, such as execve(2).  Who misses an ended process sees the end of its channel.
 *
 * A process cannot lose its filter, and what it forks has it, too.
 */
#ifndef NFSTLS_TLSHD_FILTER_H
#define NFSTLS_TLSHD_FILTER_H

#include "support/base/base.h"

enum filter_kind {
	FILTER_KERNEL_ROLE,
	FILTER_KEY_HOLDER,
	FILTER_KEY_READER,
	FILTER_SIGNER,
	FILTER_WORKER,
	FILTER_COUNT
};

/* Puts the calling process under the filter, without new privileges for good.  The caller must exit on failure. */
int filter_install(enum filter_kind kind, struct error *e);

/* A name in the lists that the seccomp library does not know; NULL, as it should be, when there is none. */
const char *filter_unknown_call(void);

#endif
