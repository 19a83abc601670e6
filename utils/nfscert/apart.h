/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * apart: private keys are read, made and stored only in a child process that does one such thing and ends.  What
 * libraries leave behind in its memory goes with it, and the process that was started never had it.
 */
#ifndef NFSTLS_NFSCERT_APART_H
#define NFSTLS_NFSCERT_APART_H

/* Does one thing; returns an exit status (enum status), and has said itself what was wrong. */
typedef int apart_work(void *context);

/*
 * Runs work in a child that leaves no core dump, is not swapped out where that can be had, and dies with us.  Returns
 * what work returned; failed, with a sentence on standard error, when the child cannot be made, dies or cannot write.
 */
int apart(const char *command, apart_work *work, void *context, int failed);

#endif
