/* SPDX-License-Identifier: GPL-2.0-or-later */
/* privileges: what the daemon keeps of root's, for good. */
#ifndef NFSTLS_EXPORTD_PRIVILEGES_H
#define NFSTLS_EXPORTD_PRIVILEGES_H

#include "support/base/base.h"

/*
 * Keeps CAP_NET_ADMIN (netlink of nfsd and sunrpc), CAP_DAC_READ_SEARCH (paths anywhere) and CAP_SYS_ADMIN (extended
 * attributes trusted.*: junctions), gives up all others and the ability to gain any.  To be called before
 * threads are started.
 */
int privileges_drop(struct error *e);

#endif
