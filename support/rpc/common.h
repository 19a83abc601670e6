/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * common: what rpc.h and call.c both need.  Apart from rpc.h, whose names collide with those of libtirpc.
 */
#ifndef NFSTLS_RPC_COMMON_H
#define NFSTLS_RPC_COMMON_H

#include <stdint.h>
#include <sys/socket.h>

#define RPC_ADDRESS_TEXT_MAX 96u

/* How messages name a server: "192.0.2.1:2049", "[2001:db8::1]:2049"; "?" for what is neither. */
void rpc_address_text(const struct sockaddr *address, socklen_t size, char text[RPC_ADDRESS_TEXT_MAX]);

/* A number for the next call; not secret, only different from the last. */
uint32_t rpc_new_xid(void);

/* Waits for events of poll(2).  0: the next read or write tells more; -ETIMEDOUT, at once when deadline has passed. */
int rpc_wait(int fd, short events, int64_t deadline);

#endif
