/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * uapi/handshake: the generic netlink family by which the kernel asks an agent for TLS handshakes.
 * Numbers and names of include/uapi/linux/handshake.h, since the headers of a build machine may be older.
 *
 *   6.4    the family: READY, ACCEPT, DONE
 *   6.12   HANDSHAKE_A_ACCEPT_PEERNAME, at the latest
 *   6.17   HANDSHAKE_A_ACCEPT_KEYRING
 */
#ifndef NFSTLS_UAPI_HANDSHAKE_H
#define NFSTLS_UAPI_HANDSHAKE_H

#define HANDSHAKE_FAMILY_NAME "handshake"
#define HANDSHAKE_MCGRP_TLSHD "tlshd"

enum handshake_handler_class { HANDSHAKE_HANDLER_CLASS_TLSHD = 1 };

enum handshake_msg_type {
	HANDSHAKE_MSG_TYPE_UNSPEC = 0,
	HANDSHAKE_MSG_TYPE_CLIENTHELLO = 1,
	HANDSHAKE_MSG_TYPE_SERVERHELLO = 2,
};

enum handshake_auth {
	HANDSHAKE_AUTH_UNSPEC = 0,
	HANDSHAKE_AUTH_UNAUTH = 1,
	HANDSHAKE_AUTH_PSK = 2,
	HANDSHAKE_AUTH_X509 = 3,
};

enum { HANDSHAKE_CMD_READY = 1, HANDSHAKE_CMD_ACCEPT = 2, HANDSHAKE_CMD_DONE = 3 };

enum {
	HANDSHAKE_A_ACCEPT_SOCKFD = 1,	      /* s32 */
	HANDSHAKE_A_ACCEPT_HANDLER_CLASS = 2, /* u32 */
	HANDSHAKE_A_ACCEPT_MESSAGE_TYPE = 3,  /* u32 */
	HANDSHAKE_A_ACCEPT_TIMEOUT = 4,	      /* u32, milliseconds */
	HANDSHAKE_A_ACCEPT_AUTH_MODE = 5,     /* u32 */
	HANDSHAKE_A_ACCEPT_PEER_IDENTITY = 6, /* u32, a key's serial, once for each */
	HANDSHAKE_A_ACCEPT_CERTIFICATE = 7,   /* nest of HANDSHAKE_A_X509_* */
	HANDSHAKE_A_ACCEPT_PEERNAME = 8,      /* string */
	HANDSHAKE_A_ACCEPT_KEYRING = 9,	      /* u32, a keyring's serial */
	HANDSHAKE_A_ACCEPT_MAX = HANDSHAKE_A_ACCEPT_KEYRING,
};

enum { HANDSHAKE_A_X509_CERT = 1, HANDSHAKE_A_X509_PRIVKEY = 2 }; /* s32, a key's serial; 0: none */

enum {
	HANDSHAKE_A_DONE_STATUS = 1,	  /* u32, a positive errno */
	HANDSHAKE_A_DONE_SOCKFD = 2,	  /* s32 */
	HANDSHAKE_A_DONE_REMOTE_AUTH = 3, /* u32, a key's serial, once for each */
};

#endif
