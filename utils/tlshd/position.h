/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * position: how far a connection has been read and written, as the kernel knows
 * it.  A handshake whose worker is gone can begin anew in another when no byte
 * was taken or sent meanwhile, whatever the worker would say.
 *
 * A server reads before it writes, so there what was read decides.  What was
 * written would not do: one thread of nfsd may ask for the handshake while
 * another still sends what it has answered to STARTTLS.
 */
#ifndef NFSTLS_TLSHD_POSITION_H
#define NFSTLS_TLSHD_POSITION_H

#include "support/base/base.h"

struct position {
	bool known; /* else it is equal to none */
	uint64_t read, written;
};

/* Of a TCP socket. */
struct position position_of(int fd);

bool position_equal(const struct position *a, const struct position *b);

/* Nothing was read in between; something may have been written. */
bool position_read_equal(const struct position *a, const struct position *b);

#endif
