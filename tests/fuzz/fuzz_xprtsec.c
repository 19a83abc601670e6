/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "support/mounts/mounts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is accepted comes back as the same word; a mount table yields a mode or an error. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *word;
	struct mountinfo_entry entry;
	enum xprtsec mode, again;

	if (!xprtsec_parse(text, size, &mode)) {
		word = xprtsec_word(mode);
		if (strlen(word) != size || xprtsec_parse(word, size, &again) || again != mode)
			abort();
	}
	if (!mountinfo_find(text, size, 40, &entry) && !mount_security_effective(&entry.options, &mode) &&
	    !xprtsec_at_least(mode, XPRTSEC_NONE))
		abort();
	return 0;
}
