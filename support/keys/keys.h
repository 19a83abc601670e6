/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keys: the kernel's keyrings, as far as certificates live in them.  Knows
 * serial numbers and bytes; what the bytes mean is support/x509's business.
 */
#ifndef NFSTLS_KEYS_H
#define NFSTLS_KEYS_H

#include "support/base/base.h"

#define KEYS_PAYLOAD_MAX 32767u /* the kernel's limit for "user" keys */

/*
 * Gives this process a session keyring of its own, so that what it links there
 * is possessed by it alone.  Negative errno on failure.
 */
int keys_own_session(struct error *e);

/*
 * Reads the payload of the key.  Links the kernel's ".nfs" keyring into the session keyring first
 * where that is needed to possess the key (kernel: security/keys/process_keys.c), since the kernel
 * makes that keyring only when its nfs module loads.  Errors: -ENOKEY, -EKEYEXPIRED, -EKEYREVOKED,
 * -EACCES, -EFBIG, each with its sentence.  The caller frees *payload.
 */
int keys_read(int32_t serial, struct bytes *payload, struct error *e);

#endif
