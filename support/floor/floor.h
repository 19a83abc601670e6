/* SPDX-License-Identifier: GPL-2.0-or-later */
/* floor: what the policy makes of exports: nothing weaker than its minimum gets out. */
#ifndef NFSTLS_FLOOR_H
#define NFSTLS_FLOOR_H

#include "support/export/export.h"
#include "support/policy/policy.h"

enum floor_verdict {
	FLOOR_AS_WRITTEN,
	FLOOR_CHOSEN,  /* it has no xprtsec=, and the policy says which modes it offers */
	FLOOR_REFUSED, /* it offers what the policy does not allow, or the policy contradicts itself */
};

struct floor_answer {
	enum floor_verdict verdict;
	unsigned int modes; /* FLOOR_CHOSEN: what it offers then */
};

/*
 * What becomes of an export of path with these options.  Appends to text what was chosen or why it is refused, and the
 * line of the policy; nothing for FLOOR_AS_WRITTEN.
 */
void floor_judge(const struct policy *policy, const char *path, const struct export_options *options,
		 struct floor_answer *answer, struct strbuf *text);

#endif
