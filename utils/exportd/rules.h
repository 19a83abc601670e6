/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rules: the policy that answers are given by, shared by all generations between which it did not change. */
#ifndef NFSTLS_EXPORTD_RULES_H
#define NFSTLS_EXPORTD_RULES_H

#include "support/policy/policy.h"

struct rules {
	struct policy *policy;
	unsigned int users; /* exports, and the daemon; counted by the thread that owns them */
};

/* Takes over the policy; one user, the caller.  NULL without memory: then it is freed. */
struct rules *rules_new(struct policy *policy);
/* One user less; the last one frees.  Takes NULL. */
void rules_release(struct rules *rules);

/*
 * Reads the policy at path at once.  before is the one in use, NULL for none.  files are those of the last attempt, all
 * zeros for none, and become those of this one, also on failure.  -EBUSY while somebody is at work on them, or has just
 * been (support/still); -ENOENT where a policy would be lost (policy_may_follow()); and the errors of policy_read().
 */
int rules_read(const char *path, const struct rules *before, struct still *files, struct rules **rules,
	       struct error *e);

/*
 * The first: waits for files that are not still, and does not take a file that is gone for none while rpc.tlshd goes by
 * it (policy_check_loss()).  The caller frees files in any case.
 */
int rules_read_first(const char *path, struct still *files, struct rules **rules, struct error *e);

#endif
