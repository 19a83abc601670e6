/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers of the handshake family, private to this folder; they are newer than the
 * headers of some build machines.  Source: include/uapi/linux/handshake.h of Linux 7.3.
 */
#ifndef NFSTLS_HANDSHAKE_PROTOCOL_H
#define NFSTLS_HANDSHAKE_PROTOCOL_H

#define FAMILY_NAME "handshake"
#define GROUP_NAME "tlshd"
#define HANDLER_CLASS_TLSHD 1u

enum { COMMAND_READY = 1, COMMAND_ACCEPT = 2, COMMAND_DONE = 3 };

enum {
	ACCEPT_SOCKFD = 1,
	ACCEPT_HANDLER_CLASS = 2,
	ACCEPT_MESSAGE_TYPE = 3,
	ACCEPT_TIMEOUT = 4,
	ACCEPT_AUTH_MODE = 5,
	ACCEPT_PEER_IDENTITY = 6,
	ACCEPT_CERTIFICATE = 7,
	ACCEPT_PEERNAME = 8,
	ACCEPT_KEYRING = 9,
	ACCEPT_COUNT,
};

enum { X509_CERT = 1, X509_PRIVKEY = 2 };
enum { DONE_STATUS = 1, DONE_SOCKFD = 2, DONE_REMOTE_AUTH = 3 };

#endif
