/* SPDX-License-Identifier: GPL-2.0-or-later */
// fuzz-sources: utils/mount/other_mounts.c
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "utils/mount/other_mounts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void no_name(void *context, const struct mountinfo_entry *entry, const char *source, const char *point,
		    struct strbuf *name)
{
	(void)context;
	(void)entry;
	(void)name;
	if (!source || !point)
		abort();
}

/* A refusal always says something. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct other_mounts_request question = { .source = "s:/",
						 .address = "192.0.2.2",
						 .port = 2049,
						 .minor = 2,
						 .mode = XPRTSEC_MTLS,
						 .certificate = "x",
						 .certificate_of = no_name };
	struct error e = { 0 };

	if (other_mounts_check((const char *)data, size, &question, &e) == -EBUSY && !strstr(e.text, "xprtsec="))
		abort();
	return 0;
}
