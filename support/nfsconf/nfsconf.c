/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/nfsconf/nfsconf.h"

#include <errno.h>
#include <string.h>

int nfsconf_load(struct conf **conf, struct error *e)
{
	static const char *const files[] = { "/usr/etc/nfs.conf", SYSCONF_DIR "/nfs.conf" };
	AUTO_CONF *loaded = conf_new();

	if (!loaded)
		return error_set(e, ENOMEM, "out of memory");
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		bool found;
		int r = conf_load(loaded, "", files[i], &found, e);

		if (r)
			return r;
	}
	*conf = loaded;
	loaded = NULL;
	return 0;
}

const char *nfsconf_value(const struct conf *conf, const char *section, const char *key)
{
	const char *value = NULL;

	for (size_t i = 0; i < conf_count(conf); i++) {
		const struct conf_setting *s = conf_at(conf, i);

		if (!strcmp(s->section, section) && !s->argument && !strcmp(s->key, key))
			value = s->value;
	}
	return value;
}

const char *nfsconf_first(const struct conf *conf, const char *key, const char *const *sections, size_t count)
{
	const char *value = NULL;

	for (size_t i = 0; i < count && !value; i++)
		value = nfsconf_value(conf, sections[i], key);
	return value;
}

bool nfsconf_is_yes(const char *value)
{
	static const char *const words[] = { "1", "t", "true", "y", "yes", "on" };

	for (size_t i = 0; value && i < ARRAY_SIZE(words); i++)
		if (text_equal_nocase(value, words[i]))
			return true;
	return false;
}
