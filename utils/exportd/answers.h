/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * answers: from a question of the kernel and one generation to what the kernel is told.  It writes to nobody
 * and remembers
 * nothing.
 */
#ifndef NFSTLS_EXPORTD_ANSWERS_H
#define NFSTLS_EXPORTD_ANSWERS_H

#include "support/junction/junction.h"
#include "support/upcall/upcall.h"
#include "utils/exportd/generation.h"

#define ANSWERS_UNMOUNTED_TTL 60 /* seconds: an export that waits for its file system */
#define ANSWERS_JUNCTION_TTL 300

enum answers_verdict {
	ANSWERS_YES,
	ANSWERS_NO,
	ANSWERS_HOLD, /* not yet: what is to be mounted there is not */
};

/* Appends the domain by which the kernel is to know a client; nothing for one that may reach nothing.  -ENOMEM. */
int answers_domain(const struct generation *generation, const struct access_client *client, bool per_address,
		   struct strbuf *domain);

/*
 * The path that a file handle means to a scope; *path belongs to the generation.  remark (may be NULL) gets a
 * sentence where
 * the handle means more than one.
 */
enum answers_verdict answers_handle(const struct generation *generation, const struct access_scope *scope,
				    const struct upcall_request *request, const char **path, struct strbuf *remark);

/* An answer about an export, and what its strings lie in. */
struct answers_export {
	struct upcall_answer answer; /* without its expiry */
	unsigned int ttl;	     /* seconds; 0: the usual */
	struct strbuf why;	     /* of a "no" that an administrator should hear of; a remark on a "yes" */
	struct upcall_location locations[UPCALL_LOCATIONS_MAX];
	struct junction junction;
	struct strbuf text;
};
void answers_export_free(struct answers_export *export);

/* What a scope may do at a path.  Free *out in any case. */
enum answers_verdict answers_export(const struct generation *generation, const struct access_scope *scope,
				    const char *path, struct answers_export *out);

#endif
