/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rivals: another daemon that answers the same kernel.  Whoever is first with an answer wins, so two of them, with
 * different ideas, would make access a matter of chance.
 */
#ifndef NFSTLS_EXPORTD_RIVALS_H
#define NFSTLS_EXPORTD_RIVALS_H

#include "support/base/base.h"

/*
 * -EBUSY with name and process id when root runs rpc.mountd or an nfsv4.exportd in this network namespace.  proc is the
 * folder /proc, or one like it.  Errors of reading it.
 */
int rivals_check(const char *proc, struct error *e);

/*
 * The same of whoever listens for the kernel's questions by netlink, whatever he is called, and could answer them.  1
 * with a warning in *e for somebody who could not, since anybody may listen, and for what cannot be seen.
 */
int rivals_check_listeners(struct error *e);

#endif
