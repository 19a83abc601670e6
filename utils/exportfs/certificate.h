/* SPDX-License-Identifier: GPL-2.0-or-later */
/* certificate: can this host's agent show a certificate to the clients of an export that offers TLS? */
#ifndef NFSTLS_EXPORTFS_CERTIFICATE_H
#define NFSTLS_EXPORTFS_CERTIFICATE_H

#include "support/policy/policy.h"

/*
 * The certificate that the policy has for the server's usual connections, and its key: are they there, fit together and
 * valid now?  0 when they are.  -EACCES when only root can tell.  Else what is wrong, and what to do, in e.
 */
int certificate_examine(const struct policy *policy, struct error *e);

#endif
