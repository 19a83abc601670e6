/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keyreader: the process that reads, for a mount that names them by serial number, a certificate and its key out of the
 * kernel's keyrings, and hands them to one signer.  Keys there are root's, and so is this process; it has nothing else
 * of root: no capabilities, no files, and few system calls.  It takes orders from the kernel role alone.
 */
#ifndef NFSTLS_TLSHD_KEYREADER_H
#define NFSTLS_TLSHD_KEYREADER_H

#include "utils/tlshd/process.h"

int keyreader_start(const char *empty_root, struct process *reader, struct error *e);

/*
 * Has the pair delivered into channel, the one on which the signer gets its grants, be it only the reason why not.
 * -EPIPE when the process is gone, other negative errnos of sending.
 */
int keyreader_order(const struct process *reader, const struct key_order *order, int channel);

#endif
