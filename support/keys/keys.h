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

/* ---- certificates by name --------------------------------------------- */

/*
 * A certificate and its key lie in the ".nfs" keyring as two keys of type "user", described as
 * nfs-tls:NAME:cert and nfs-tls:NAME:key.
 */
#define KEYS_NAME_MAX 63u

/*
 * Letters, digits, '.', '_' and '-', not beginning with '.' or '-', at most KEYS_NAME_MAX: also fit for a file
 * name.
 */
bool keys_is_certificate_name(const char *name);

/*
 * Finds the two keys of that name.  Errors: -EOPNOTSUPP for a kernel that has no such keyring, or has not loaded
 * its nfs module; -ENOKEY when nothing is loaded under the name, or only half of it; -EKEYEXPIRED, -EKEYREVOKED;
 * each with its sentence.
 */
int keys_find_certificate(const char *name, int32_t *certificate, int32_t *key, struct error *e);

#endif
