/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * encryption: is a mount encrypted?  The mount table and sysfs repeat what was asked for, and the kernel never looks
 * whether the handshake agent did its work.  The record layer of the kernel's own sockets is the only
 * proof there is.
 */
#ifndef NFSTLS_MOUNT_ENCRYPTION_H
#define NFSTLS_MOUNT_ENCRYPTION_H

#include "support/base/base.h"

#define ENCRYPTION_LIMIT_MS 5000 /* for a connection that is being made anew just now */

/*
 * Proves that every connection of the file system with this device number carries TLS 1.3 in both directions.
 * -EPERM with the connection that does not; -ETIMEDOUT when nothing was connected
 * within the limit; errors of support/transport: no proof is never taken for encryption.
 */
int encryption_prove(unsigned int major, unsigned int minor, struct error *e);

#endif
