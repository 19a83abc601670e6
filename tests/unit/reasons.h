/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a cause may not have in it. */
#ifndef NFSTLS_TESTS_REASONS_H
#define NFSTLS_TESTS_REASONS_H

#include <string.h>

#include "support/reason/reason.h"

/* The begin of every remedy is looked for: they would be said twice. */
static inline void assert_says_no_remedy(const char *cause)
{
	for (enum reason reason = 0; reason < REASON_COUNT; reason++) {
		const char *remedy = reason_row(reason)->remedy;
		char begin[9];

		if (!remedy)
			continue;
		text_copy(begin, sizeof(begin), remedy);
		if (strstr(cause, begin))
			fail_msg("\"%s\" has a remedy in it (%s...)", cause, begin);
	}
}

#endif
