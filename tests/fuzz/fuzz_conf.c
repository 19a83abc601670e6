/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "support/conf/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was accepted must be whole: no setting without its words. */
static void check(const struct conf *conf)
{
	for (size_t i = 0; i < conf_count(conf); i++) {
		const struct conf_setting *setting = conf_at(conf, i);

		if (!setting->section || !*setting->key || !setting->value || !setting->line ||
		    strcmp(setting->file, "fuzz"))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_CONF *conf = conf_new();
	struct error e = { .code = 0 };
	int r;

	if (!conf)
		return 0;
	r = conf_parse(conf, "fuzz", (const char *)data, size, &e);
	if (!r)
		check(conf);
	else if (r != -EINVAL && r != -ENOMEM)
		abort();
	return 0;
}
