/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * address: how messages name a server.  Apart from rpc.h, whose names collide with those of libtirpc.
 */
#ifndef NFSTLS_RPC_ADDRESS_H
#define NFSTLS_RPC_ADDRESS_H

#include <sys/socket.h>

#define RPC_ADDRESS_TEXT_MAX 96u

/* "192.0.2.1:2049", "[2001:db8::1]:2049"; "?" for what is neither. */
void rpc_address_text(const struct sockaddr *address, socklen_t size, char text[RPC_ADDRESS_TEXT_MAX]);

#endif
