/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * client_name: a name for the NFSv4 client of the mounts that show one certificate, or have one name of a server
 * proven.  The kernel tells a server its node name (fs/nfs/nfs4proc.c, nfs4_init_uniform_client_string), and takes all
 * mounts of a server that are told the same for one client, on one connection.  So mounts stand apart when they are
 * made under different node names, which only the process has that makes one (uts_namespaces(7)):
 *
 *   alice on the host client1              "client1+alice"
 *   key 123, which has no name             "client1+key:123"
 *   the server files.example.com           "client1@files.example.com"
 *   both                                   "client1+alice@files.example.com"
 *
 * Those with names are the same after a boot, so that the server knows whose locks to give back.
 */
#ifndef NFSTLS_MOUNT_CLIENT_NAME_H
#define NFSTLS_MOUNT_CLIENT_NAME_H

#include "support/base/base.h"

#define CLIENT_NAME_MAX 64u /* __NEW_UTS_LEN of linux/utsname.h */

/*
 * The name for a certificate, which is called as rpc.tlshd(8) does, on the host node.  False where it would be too
 * long: a shortened one could be another host's.
 */
bool client_name_of_certificate(const char *node, const char *certificate, char name[CLIENT_NAME_MAX + 1]);

/*
 * The name for a server, on the host node, or as the client with that name.  The server's is made a number where both
 * are too long together; false where that is too long, too.
 */
bool client_name_of_server(const char *node, const char *server, char name[CLIENT_NAME_MAX + 1]);

/* For a child that is about to mount: takes that node name.  Where it may not, it keeps the host's. */
void client_name_take(const char *name);

#endif
