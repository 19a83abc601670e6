/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * volumes: is a file system of that server mounted?  What the kernel is told of a handshake that may pass by itself
 * depends on it: see reason_errno(); and so does what has to be proven of a server: see shared.h.
 *
 * Format of /proc/net/nfsfs/volumes (fs/nfs/client.c of the kernel): a line of headings, then
 *
 *   NV SERVER   PORT DEV          FSID                              FSC
 *   v4 c0000202  801 0:67         0:0                               no
 *
 * with SERVER and PORT in hexadecimal digits, 8 for IPv4 and 32 for IPv6.
 */
#ifndef NFSTLS_TLSHD_VOLUMES_H
#define NFSTLS_TLSHD_VOLUMES_H

#include <sys/socket.h>

#include "support/base/base.h"

#define VOLUMES_FILE "/proc/net/nfsfs/volumes"

/* SERVER and PORT of a volume with a colon between them, as "c0000202:801". */
#define VOLUMES_HOME_MAX 48u

/* Pure: where the volume with that device number is from; false when the text has none. */
bool volumes_home(const char *text, unsigned int major, unsigned int minor, char home[VOLUMES_HOME_MAX]);

/* Pure: has the text a volume from there? */
bool volumes_at_home(const char *text, const char *home);

/* Appends the text of VOLUMES_FILE of this network namespace; errors as file_read_unsized(). */
int volumes_read(struct strbuf *text);

/* Pure: has the text a volume of the server at that address and port? */
bool volumes_have(const char *text, const struct sockaddr_storage *server);

/*
 * The same for this network namespace now; true when it cannot be known, since a mount that lives must not be
 * failed.
 */
bool volumes_mounted(const struct sockaddr_storage *server);

#endif
