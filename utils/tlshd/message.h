/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * message: what the processes of rpc.tlshd say to each other, over
 * SOCK_SEQPACKET pairs.  All of them are forked from one binary, so a message
 * is a struct; its exact length is checked by whoever receives it, and the
 * strong side (kernel role, signer) trusts nothing in what a worker sends:
 * texts are terminated again, numbers are range-checked.
 *
 *   kernel role --- struct task + the socket -------> worker, with names behind it
 *   kernel role --- struct task --------------------> worker, with a chain behind it, which is to be judged
 *   kernel role <-- struct outcome ------------------ worker, of a client's handshake with the server's chain behind it
 *   kernel role --- struct grant -------------------> signer
 *   worker -------- struct key_request -------------> signer
 *   worker <------- struct key_reply ---------------- signer
 *   kernel role --- struct key_order + a channel ---> key reader
 *                   key reader --- struct key_delivery, into that channel ---> signer
 *   kernel role --- (the ends of two pairs) --------> key holder, which forks a signer for them
 *   kernel role <-- struct start_report ------------- key holder, key reader, while they start and when they have
 */
#ifndef NFSTLS_TLSHD_MESSAGE_H
#define NFSTLS_TLSHD_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "support/policy/policy.h"
#include "support/reason/reason.h"

/* Which side of a handshake this host plays; indexes tables. */
enum role { ROLE_CLIENT, ROLE_SERVER, ROLE_COUNT };

/* "client", "server". */
const char *role_word(enum role role);
/* The one of the other side. */
enum role role_of_peer(enum role role);

/* A chain of certificates in DER; a longer one is not kept. */
#define PEER_CHAIN_MAX 65536u
/* More names for one connection, each with its NUL, one after the other. */
#define MORE_NAMES_MAX 4096u

/* Handshakes that one worker has under way at most, each in a slot of its own; the kernel role counts. */
#define WORKER_SLOTS 256u

#define REFERENCE_MAX 256u

struct task {
	uint64_t id;
	uint32_t slot;
	enum role role;
	bool judge; /* no handshake: what follows is a chain that the server at `end` has shown, to be judged anew */
	bool show_certificate; /* client: mtls */
	bool has_serials;      /* the certificate is one that the mount names */
	int32_t certificate_serial;
	uint32_t patience_ms;	       /* longest wait for the next message of the peer */
	uint32_t limit_ms;	       /* longest handshake */
	struct ip_address end;	       /* what the policy is asked about: the server's, be that this host or the peer */
	char reference[REFERENCE_MAX]; /* client: the name or address that the certificate must cover */
	uint32_t more_size;	       /* bytes that follow: the chain, or more names that the certificate must cover */
};

#define CAUSE_MAX 400u
#define IDENTITY_MAX 256u /* of names as a text for people */
#define NAMES_MAX 2048u	  /* of names as a list of texts */
#define SERIAL_MAX 48u
#define CERTIFICATE_NAME_MAX 128u

struct outcome {
	uint64_t id;
	uint32_t why;	 /* enum reason */
	uint8_t mutual;	 /* not bool: any byte may come from a worker */
	int64_t expires; /* of the peer's certificate; 0 without one */
	char cause[CAUSE_MAX];
	char tls[8];
	char cipher[32];
	char alpn[8];		 /* what both agreed to speak, or "none" */
	char names[NAMES_MAX];	 /* in the peer's certificate, as a list of texts */
	uint32_t names_left_out; /* that had no room */
	char serial[SERIAL_MAX];
	char certificate[CERTIFICATE_NAME_MAX]; /* what this host showed; empty for none, or one without a name */
	uint32_t chain_size;			/* bytes that follow */
};

/* What came from a worker, which has read hostile bytes: its texts are cut and escaped again, its reason is one. */
void outcome_clean(struct outcome *outcome);

/* ---- signatures ------------------------------------------------------------ */

/* The first member of what a signer gets from those who are stronger. */
enum signer_news { SIGNER_GRANT = 1, SIGNER_KEY };

/*
 * The worker may have one signature for this handshake, with the certificate that the policy answers with.  It takes
 * the place of what was granted in the slot before.
 */
struct grant {
	uint32_t news; /* SIGNER_GRANT */
	uint32_t slot;
	uint64_t id;	 /* the task's, never 0 */
	int64_t ends_ms; /* as clock_ms() */
	uint32_t role;
	uint32_t from_keyring; /* 1: the certificate is the one of a struct key_delivery, and the policy is not asked */
	struct ip_address end;
	char reference[REFERENCE_MAX];
};

enum key_operation { KEY_SIGN = 1, KEY_CHAIN };

#define KEY_FROM_KEYRING UINT32_MAX /* in place of the number of a certificate */
#define TRANSCRIPT_HASH_MAX 48u
#define ASKED_NAME_MAX 256u

struct key_request {
	uint32_t operation; /* enum key_operation */
	uint32_t slot;
	uint64_t id;
	/* The rest is KEY_SIGN's; what is to be signed the signer makes of it (certificate_verify.h). */
	uint32_t certificate; /* its number in struct credentials, or KEY_FROM_KEYRING */
	uint32_t algorithm;   /* gnutls_sign_algorithm_t */
	uint32_t hash_size;   /* of the transcript */
	unsigned char hash[TRANSCRIPT_HASH_MAX];
	char asked_name[ASKED_NAME_MAX]; /* server: what the client asked for; "" for nothing, and on a client */
};

#define KEY_REPLY_MAX 65536u
#define KEY_NAME_SIZE 64u

struct key_reply {
	int32_t status;		  /* 0 or a negative errno, then data is a sentence */
	char name[KEY_NAME_SIZE]; /* KEY_CHAIN: under which nfscert(8) loaded the certificate; "" where it did not */
	uint32_t size;
	unsigned char data[KEY_REPLY_MAX]; /* a signature, or a chain in DER; only size bytes of it are sent */
};

/* ---- keys that a mount names by their serial numbers -------------------------- */

struct key_order {
	uint64_t id;
	uint32_t slot;
	int32_t certificate_serial, key_serial;
};

#define KEY_DER_MAX 32768u

/* Only as much of data is sent as the sizes say. */
struct key_delivery {
	uint32_t news; /* SIGNER_KEY */
	uint32_t slot;
	uint64_t id;
	int32_t status; /* 0 or a negative errno, then data is a sentence of chain_size bytes */
	char name[KEY_NAME_SIZE];
	uint32_t chain_size, key_size;
	unsigned char data[KEY_REPLY_MAX + KEY_DER_MAX]; /* the chain, then the private key, both in DER */
};

/* ---- the start of a process ----------------------------------------------------- */

/* Status of a report that only says that the next one will come. */
#define START_GOES_ON 1

struct start_report {
	int32_t status; /* 0, START_GOES_ON, or a negative errno, then text is a sentence */
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
