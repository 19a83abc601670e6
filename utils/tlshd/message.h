/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * message: what the processes of rpc.tlshd say to each other, over
 * SOCK_SEQPACKET pairs.  All of them are forked from one binary, so a message
 * is a struct; its exact length is checked by whoever receives it, and the
 * strong side (kernel role, signer) trusts nothing in what a worker sends:
 * texts are terminated again, numbers are range-checked.
 *
 *   kernel role --- struct task + the socket ---> worker, with names behind it
 *   kernel role --- struct task ----------------> worker, with a chain behind it, which is to be judged
 *   kernel role <-- struct outcome -------------- worker, of a client's handshake with the server's chain behind it
 *   worker ------ struct key_request -----------> signer
 *   worker <----- struct key_reply -------------- signer
 *   kernel role --- (one end of a pair) --------> key holder, which forks a signer for it
 *   kernel role <-- struct holder_report -------- key holder, while it reads its keys and when it has
 */
#ifndef NFSTLS_TLSHD_MESSAGE_H
#define NFSTLS_TLSHD_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "support/base/base.h"

/* Which side of a handshake this host plays; indexes tables. */
enum role { ROLE_CLIENT, ROLE_SERVER, ROLE_COUNT };

/* "client", "server". */
const char *role_word(enum role role);

/* A chain of certificates in DER; a longer one is not kept. */
#define PEER_CHAIN_MAX 65536u
/* More names for one connection, each with its NUL, one after the other. */
#define MORE_NAMES_MAX 4096u

struct task {
	uint64_t id;
	enum role role;
	bool judge; /* no handshake: what follows is a chain that the server at `remote` has shown, to be judged anew */
	bool show_certificate; /* client: mtls */
	bool has_serials;
	int32_t certificate_serial;
	int32_t key_serial;
	uint32_t patience_ms; /* longest wait for the next message of the peer */
	uint32_t limit_ms;    /* longest handshake */
	char reference[256];  /* client: the name or address that the certificate must cover */
	struct sockaddr_storage remote; /* with judge */
	uint32_t more_size; /* bytes that follow: the chain, or more names that the certificate must cover */
};

#define WHY_WORD_MAX 24u
#define REASON_MAX 400u
#define IDENTITY_MAX 256u
#define SERIAL_MAX 48u
#define CERTIFICATE_NAME_MAX 128u

struct outcome {
	uint64_t id;
	uint32_t why; /* enum why */
	uint8_t mutual; /* not bool: any byte may come from a worker */
	int64_t expires; /* of the peer's certificate; 0 without one */
	char reason[REASON_MAX];
	char tls[8];
	char cipher[32];
	char identity[IDENTITY_MAX];
	char serial[SERIAL_MAX];
	char certificate[CERTIFICATE_NAME_MAX]; /* what this host showed; empty for none, or one without a name */
	uint32_t chain_size; /* bytes that follow */
};

/* Ed25519 signs the data itself, ECDSA and RSA a hash that GnuTLS has made in the worker. */
enum key_operation { KEY_SIGN_DATA, KEY_SIGN_HASH, KEY_FETCH, KEY_RELEASE };

/* Below are the configured keys, by the number of their certificate; a fetched pair gets a number of its own. */
#define KEY_FETCHED_FIRST 0x80000000u
#define KEY_FETCHED_MAX 256u
#define KEY_DATA_MAX 4096u

struct key_request {
	enum key_operation operation;
	uint32_t key;
	int32_t certificate_serial;
	int32_t key_serial;
	uint32_t algorithm; /* gnutls_sign_algorithm_t */
	uint32_t size;
	unsigned char data[KEY_DATA_MAX];
};

#define KEY_REPLY_MAX 65536u

struct key_reply {
	int32_t status; /* 0 or a negative errno, then data is a sentence */
	uint32_t key;
	char name[64]; /* of the certificate that was fetched, as nfscert(8) knows it; "" for one it did not load */
	uint32_t size;
	unsigned char data[KEY_REPLY_MAX]; /* a signature, or a chain in DER */
};

/* Status of a report that only says that the next one will come. */
#define HOLDER_STILL_READS 1

struct holder_report {
	int32_t status; /* 0, HOLDER_STILL_READS, or a negative errno, then text is a sentence */
	char text[512];
};

/*
 * Sends one message, with descriptor fd unless it is -1.  Negative errno on failure; -EAGAIN on
 * a full non-blocking socket.
 */
int message_send(int channel, const void *message, size_t size, int fd);

/* The same of two parts, which are received as one. */
int message_send_parts(int channel, const void *message, size_t size, const void *more, size_t more_size, int fd);

/*
 * Receives one message of at most room bytes; *fd, where fd is not NULL, becomes the descriptor
 * that came with it or -1, owned by the caller.  Returns its size, 0 at the end of the channel, or a
 * negative errno; a message that was cut, or came with more descriptors than asked for, is -EMSGSIZE
 * and leaves none open.
 */
ssize_t message_receive(int channel, void *message, size_t room, int *fd);

/* A pair of connected SOCK_SEQPACKET sockets, close-on-exec.  Negative errno on failure. */
int message_pair(int pair[2]);

#endif
