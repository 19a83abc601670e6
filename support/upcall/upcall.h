/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * upcall: the questions that the kernel's NFS server asks about clients and exports, and the answers it
 * takes.  Generic netlink where the kernel has it (families nfsd and sunrpc, 7.2 and later), the channel
 * files in /proc/net/rpc elsewhere; one of them, chosen in upcall_open(), never both, but for referrals, which netlink
 * cannot express.  It knows the formats
 * and nothing of what is exported.
 */
#ifndef NFSTLS_UPCALL_H
#define NFSTLS_UPCALL_H

#include <stdint.h>

#include "support/base/base.h"

#define UPCALL_PATH_MAX 4096u
#define UPCALL_DOMAIN_MAX 16384u /* a domain can be long: it joins all clients that match an address */
#define UPCALL_FSID_MAX 24u
#define UPCALL_NEVER 0x7fffffff /* an expiry that does not come */
#define UPCALL_GROUPS_MAX 8192u
#define UPCALL_SEC_MAX 8u
#define UPCALL_LOCATIONS_MAX 128u

enum upcall_cache {
	UPCALL_CLIENT, /* auth.unix.ip: which domain is this address? */
	UPCALL_GROUPS, /* auth.unix.gid: which groups has this user? */
	UPCALL_HANDLE, /* nfsd.fh: which path has this file handle? */
	UPCALL_EXPORT, /* nfsd.export: what may this domain do below this path? */
	UPCALL_CACHES,
};

/* A question. Strings are those of the kernel, unescaped, and may hold any byte but NUL. */
struct upcall_request {
	enum upcall_cache cache;
	char class[16];		/* CLIENT: "nfsd"; others are not for us */
	char address[64];	/* CLIENT: numeric */
	uint32_t uid;		/* GROUPS */
	unsigned int fsid_type; /* HANDLE: 0 to 7 */
	unsigned char fsid[UPCALL_FSID_MAX];
	size_t fsid_size;
	char *domain; /* HANDLE, EXPORT */
	char *path;   /* EXPORT */
};
void upcall_request_free(struct upcall_request *request); /* its strings; leaves it empty */

struct upcall_location {
	const char *hosts; /* joined by ':' */
	const char *path;
};

/* An answer; strings are borrowed from the caller. What does not belong to the request's cache is ignored. */
struct upcall_answer {
	bool negative;
	int64_t expiry;		/* seconds since the epoch */
	const char *domain;	/* CLIENT */
	const uint32_t *groups; /* GROUPS */
	size_t group_count;
	const char *path; /* HANDLE */
	/* EXPORT */
	uint32_t flags; /* enum export_flag's bits, the kernel's NFSEXP_* */
	int32_t anonuid, anongid;
	int32_t fsid;
	bool has_uuid;
	unsigned char uuid[16];
	struct {
		uint32_t flavor, flags;
	} sec[UPCALL_SEC_MAX];
	unsigned int sec_count;
	unsigned int xprtsec; /* set of the kernel's modes 1, 2, 4; 0: all, nothing is sent */
	const struct upcall_location *locations;
	size_t location_count;
	bool replicas; /* else a referral */
};

/* ---- formats, pure ----------------------------------------------------------- */

/*
 * One line read from a channel, with or without its newline (kernel: net/sunrpc/cache.c qword_add(), and the
 * request functions of each cache).  -EINVAL for anything that is not a whole question.  Free with
 * upcall_request_free() when it is 0.
 */
int upcall_text_parse(enum upcall_cache cache, const char *line, size_t size, struct upcall_request *request,
		      struct error *e);

/* The line to write, with its newline; -E2BIG above the 32767 bytes that the kernel takes; -ENOMEM. */
int upcall_text_format(const struct upcall_request *request, const struct upcall_answer *answer, struct strbuf *line,
		       struct error *e);

/* ---- the kernel ----------------------------------------------------------------- */

struct upcall;

enum upcall_way { UPCALL_WAY_TEXT, UPCALL_WAY_NETLINK };

struct upcall_options {
	const char *root; /* "" for the live system */
	bool text_only;
	/*
	 * The caller knows the groups of users.  Without it the kernel seldom asks: by netlink when another daemon has
	 * answered until just now.  Such a question must get a negative answer, or its request waits for ever.
	 */
	bool groups;
};

/*
 * Opens the way, and asks for what was queued before.  -ENOENT with what to do when the kernel has no NFS server
 * (modules nfsd and sunrpc not loaded); errors of open(2) and netlink.  Close with upcall_close(), which takes NULL.
 */
int upcall_open(const struct upcall_options *options, struct upcall **upcall, struct error *e);
void upcall_close(struct upcall *upcall);
enum upcall_way upcall_way(const struct upcall *upcall);

/*
 * The numbers of the netlink groups through which the kernel tells that there are questions; returns how many there
 * are, none where it does that by channels only.
 */
#define UPCALL_NETLINK_GROUPS 2u
size_t upcall_netlink_groups(uint32_t group[UPCALL_NETLINK_GROUPS]);

/* Descriptors to poll for reading; at most UPCALL_CACHES of them. */
size_t upcall_descriptors(const struct upcall *upcall, int descriptors[UPCALL_CACHES]);

/*
 * Takes all questions that wait at a descriptor which poll(2) showed as readable; the handler gets each once and
 * answers now or later with upcall_answer(); it may move the strings out of the request.  Never blocks.  0, or an error
 * of the descriptor.  A question that cannot be understood is counted and passed over; see upcall_bad_count().
 */
typedef void upcall_handler(struct upcall_request *request, void *context);
int upcall_take(struct upcall *upcall, int descriptor, upcall_handler *handler, void *context, struct error *e);
uint64_t upcall_bad_count(const struct upcall *upcall);

/*
 * Answers.  -EINVAL, -ENOENT and others as the kernel says them: an export that it refuses must then get a negative
 * answer, which is the caller's business.
 */
int upcall_answer(struct upcall *upcall, const struct upcall_request *request, const struct upcall_answer *answer,
		  struct error *e);

#endif
