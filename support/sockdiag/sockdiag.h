/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sockdiag: asks the kernel for a list of sockets.  What is asked, and what an answer means, is for those who know the
 * protocol family.
 *
 * Format: linux/sock_diag.h, linux/netlink.h.
 */
#ifndef NFSTLS_SOCKDIAG_H
#define NFSTLS_SOCKDIAG_H

#include <libmnl/libmnl.h>

/*
 * Sends the request of size bytes, which follows the netlink header, over a bound socket of NETLINK_SOCK_DIAG, and
 * visits each message of the answer.  The sequence number has to be new on that socket.  0, or a negative errno; -EINTR
 * when the list changed meanwhile (NLM_F_DUMP_INTR).  A visitor that returns MNL_CB_ERROR sets errno.
 */
int sockdiag_dump(struct mnl_socket *netlink, unsigned int sequence, const void *request, size_t size, mnl_cb_t visit,
		  void *context);

#endif
