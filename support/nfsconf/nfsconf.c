/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/nfsconf/nfsconf.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int nfsconf_load(struct conf **conf, struct error *e)
{
	return nfsconf_load_below("", conf, e);
}

int nfsconf_load_below(const char *root, struct conf **conf, struct error *e)
{
	static const char *const files[] = { "/usr/etc/nfs.conf", SYSCONF_DIR "/nfs.conf" };
	AUTO_CONF *loaded = conf_new();

	if (!loaded)
		return error_set(e, ENOMEM, "out of memory");
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		bool found;
		int r = conf_load(loaded, root, files[i], &found, e);

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

const char *nfsconf_state_folder(const struct conf *conf)
{
	static const char *const sections[] = { "mountd", "exportd" };

	return nfsconf_first(conf, "state-directory-path", sections, ARRAY_SIZE(sections));
}

int nfsconf_state_file(const char *root, const char *fallback, const char *name, char *path, size_t room,
		       struct error *e)
{
	AUTO_CONF *conf = NULL;
	int r = nfsconf_load_below(root, &conf, e);
	const char *folder = r ? NULL : nfsconf_state_folder(conf);

	if (r)
		return r;
	if (snprintf(path, room, "%s/%s", folder ? folder : fallback, name) >= (int)room)
		return error_set(e, ENAMETOOLONG, "nfs.conf: the state-directory-path is too long");
	return 0;
}

bool nfsconf_is_yes(const char *value)
{
	static const char *const words[] = { "1", "t", "true", "y", "yes", "on" };

	for (size_t i = 0; value && i < ARRAY_SIZE(words); i++)
		if (text_equal_nocase(value, words[i]))
			return true;
	return false;
}
