/* SPDX-License-Identifier: GPL-2.0-or-later */
/* question: from what stands in fstab or on a command line to what the policy is asked about a mount. */
#ifndef NFSTLS_QUESTION_H
#define NFSTLS_QUESTION_H

#include "support/base/base.h"
#include "support/device/device.h"
#include "support/policy/policy.h"

#define QUESTION_ADDRESSES_MAX 16u

struct mount_question {
	struct device device;
	char path[DEVICE_PATH_MAX + 2]; /* with a slash in front: for NFS version 4 that is the same */
	const char *point;		/* borrowed; may be NULL */
	struct policy_address address[QUESTION_ADDRESSES_MAX];
	size_t address_count;
	char unresolved[160]; /* why the name has no addresses; empty when it was not asked for, or has some */
};

/* Takes "SERVER:/PATH" apart.  point must outlive the question.  Errors as device_parse(). */
int mount_question_parse(const char *source, const char *point, struct mount_question *question, struct error *e);

/*
 * The value of KEY=VALUE in a list of mount options with commas (may be NULL), the last of several, as the kernel takes
 * it; false, with value empty, without it and where it does not fit room.
 */
bool mount_question_option(const char *options, const char *key, char *value, size_t room);

/* Adds an address given as text; -EINVAL for what is none, -E2BIG for one too many. */
int mount_question_add_address(struct mount_question *question, const char *text, struct error *e);

/* Asks the resolver, unless the server is named by address; fills address or unresolved. */
void mount_question_resolve(struct mount_question *question);

/* Pure.  Errors as policy_mount(). */
int mount_question_ask(const struct policy *policy, const struct mount_question *question, struct policy_mount *answer,
		       struct error *e);

#endif
