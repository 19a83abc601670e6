/* SPDX-License-Identifier: GPL-2.0-or-later */
/* why: what GnuTLS and the peer tell of a failed handshake, as a reason with its cause (support/reason). */
#ifndef NFSTLS_TLSHD_WHY_H
#define NFSTLS_TLSHD_WHY_H

#include <gnutls/gnutls.h>

#include "support/reason/reason.h"

/* Classifies a fatal GnuTLS error of a handshake and tells its cause. */
enum reason why_from_gnutls(int code, gnutls_session_t session, char *cause, size_t room);

/* The same of an alert that nobody vouches for (clear_alert.h); the kernel is told nothing else because of it. */
enum reason why_from_clear_alert(unsigned int description, char *cause, size_t room);

#endif
