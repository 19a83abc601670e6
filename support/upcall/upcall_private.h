/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of this folder share, and the seam of its tests. */
#ifndef NFSTLS_UPCALL_PRIVATE_H
#define NFSTLS_UPCALL_PRIVATE_H

#include "support/upcall/upcall.h"

/* A question by text is at most a page, which may be 64 KiB; a netlink attribute cannot be longer than that. */
#define UPCALL_BUFFER_SIZE 65536u

/* ---- netlink messages, pure ------------------------------------------------------ */

enum upcall_family { UPCALL_FAMILY_SUNRPC, UPCALL_FAMILY_NFSD, UPCALL_FAMILIES };

/* How a cache is spoken of. */
struct upcall_cache_numbers {
	enum upcall_family family;
	uint8_t get, set;  /* commands */
	uint32_t notice;   /* CACHE_TYPE */
	const char *about; /* for error texts */
};
extern const struct upcall_cache_numbers upcall_numbers[UPCALL_CACHES];

/*
 * Reads one message of a GET_REQS dump, which lies aligned to 4 bytes, and gives each question in it to the handler,
 * which may move the strings out.  A question that is malformed is added to *bad and passed over; attributes that are
 * not known are ignored.  -EBADMSG when the message itself is malformed, possibly after some questions; -ENOMEM.
 */
int upcall_netlink_decode(enum upcall_cache cache, const void *message, size_t size, upcall_handler *handler,
			  void *context, uint64_t *bad);

/*
 * Writes a whole SET_REQS message with one answer, that asks for an acknowledgement, to a buffer that is aligned to
 * 4 bytes; its size is then in its header.  Only the first 65535 bytes of the buffer are used, as an attribute cannot
 * be longer.  -E2BIG when it does not fit or the kernel has a lower limit; -EINVAL when a string is missing.
 *
 * Netlink has no attribute that tells replicas from a referral, so answer->replicas is not sent.
 */
int upcall_netlink_encode(const struct upcall_request *request, const struct upcall_answer *answer, uint16_t family,
			  uint32_t sequence, void *buffer, size_t room, struct error *e);

/*
 * Reads one message of a family's notification group, aligned to 4 bytes, and marks the caches that have questions:
 * all of the family when it is a notification that says no cache.  Others, also malformed ones, change nothing.
 */
void upcall_netlink_notice(enum upcall_family family, const void *message, size_t size, bool wanted[UPCALL_CACHES]);

/* ---- ways -------------------------------------------------------------------------- */

/* What a way does for the functions of the same names in upcall.h. */
struct upcall_calls {
	size_t (*descriptors)(const struct upcall *upcall, int descriptors[UPCALL_CACHES]);
	int (*take)(struct upcall *upcall, int descriptor, upcall_handler *handler, void *context, struct error *e);
	int (*answer)(struct upcall *upcall, const struct upcall_request *request, const struct upcall_answer *answer,
		      struct error *e);
};
extern const struct upcall_calls upcall_text_calls, upcall_netlink_calls;

/* A new socket for requests to the kernel, or a negative errno. */
typedef int upcall_connect(struct error *e);

struct upcall_netlink {
	uint16_t family[UPCALL_FAMILIES]; /* numbers of the families */
	int notices[UPCALL_FAMILIES];	  /* not blocking; subscribed before the first dump */
	int timer;			  /* readable when something is wanted without a notification */
	upcall_connect *connect;
	int questions, answers; /* -1: connect() when one is needed */
	uint32_t sequence;
	bool wanted[UPCALL_CACHES]; /* to be dumped */
};

struct upcall {
	const struct upcall_calls *calls;
	enum upcall_way way;
	bool groups;
	uint64_t bad;
	int channel[UPCALL_CACHES]; /* text; -1: not used */
	struct upcall_netlink netlink;
	_Alignas(8) char buffer[UPCALL_BUFFER_SIZE];
};

/* All descriptors are -1; NULL when there is no memory.  Close with upcall_close(). */
struct upcall *upcall_new(bool groups);

int upcall_text_open(struct upcall *upcall, const char *root, struct error *e);

/* The channel of the live system, open for writing alone: a descriptor of the caller's, or a negative errno. */
int upcall_text_hold(enum upcall_cache cache, struct error *e);

/* Opens the channel of the live system for one answer. */
int upcall_text_answer_once(const struct upcall_request *request, const struct upcall_answer *answer, struct error *e);

/* 1, or 0 when this kernel does not ask by netlink, or a negative errno. */
int upcall_netlink_open(struct upcall *upcall, struct error *e);

/* The part of it that is the same for sockets of a test: family, notices and connect are set before. */
int upcall_netlink_begin(struct upcall *upcall, struct error *e);

#endif
