/* SPDX-License-Identifier: GPL-2.0-or-later */
/* line: what the log says of a handshake that has ended; its form is in rpc.tlshd(8). */
#ifndef NFSTLS_TLSHD_LINE_H
#define NFSTLS_TLSHD_LINE_H

#include "utils/tlshd/record.h"

/* Appends it; ms is how long it took. */
void line_of_handshake(const struct record_handshake *handshake, int64_t ms, struct strbuf *out);

#endif
