/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/exportd/settings.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "support/export/export.h"
#include "support/nfsconf/nfsconf.h"

static const char *const sections[] = { "exportd", "mountd" };

static const char *value_of(const struct conf *conf, const char *key)
{
	return nfsconf_first(conf, key, sections, ARRAY_SIZE(sections));
}

static bool is_on(const struct conf *conf, const char *key, bool given)
{
	return given || nfsconf_is_yes(value_of(conf, key));
}

static int number_of(const struct conf *conf, const char *key, unsigned int given, unsigned int fallback,
		     unsigned int *number, struct error *e)
{
	const char *text = given ? NULL : value_of(conf, key);
	long long value = given ? given : fallback;

	if (text && text_number(text, 1, INT_MAX, &value))
		return error_set(e, EINVAL, "nfs.conf: %s=%s in [exportd] or [mountd]: expected a number above 0", key,
				 text);
	*number = (unsigned int)value;
	return 0;
}

/* A list of words; those of nfs-utils. */
static void read_debug(const struct conf *conf, const struct cli *cli, struct settings *settings)
{
	const char *words = value_of(conf, "debug");

	settings->debug = cli->debug;
	settings->log_auth = cli->log_auth;
	if (!words || !strcmp(words, "0") || text_equal_nocase(words, "none"))
		return;
	settings->log_auth |= strstr(words, "auth") || strstr(words, "all");
	settings->debug |= strcmp(words, "auth") != 0;
}

int settings_read(const struct cli *cli, struct settings *settings, struct error *e)
{
	AUTO_CONF *conf = NULL;
	const char *folder, *root;
	int r = nfsconf_load(&conf, e);

	*settings = (struct settings){ 0 };
	if (r)
		return r;
	read_debug(conf, cli, settings);
	settings->manage_gids = is_on(conf, "manage-gids", cli->manage_gids);
	settings->per_address = is_on(conf, "cache-use-ipaddr", cli->per_address);
	settings->no_netlink = is_on(conf, "no-netlink", cli->no_netlink);
	r = number_of(conf, "ttl", cli->ttl, SETTINGS_TTL, &settings->ttl, e);
	if (!r)
		r = number_of(conf, "threads", cli->threads, SETTINGS_THREADS, &settings->threads, e);
	if (r)
		return r;
	if (settings->threads > SETTINGS_THREADS_MAX)
		settings->threads = SETTINGS_THREADS_MAX;
	folder = cli->state_folder ? cli->state_folder : value_of(conf, "state-directory-path");
	root = nfsconf_value(conf, "exports", "rootdir");
	settings->state_folder = strdup(folder ? folder : EXPORT_STATE_FOLDER);
	settings->root = strdup(root ? root : "");
	return settings->state_folder && settings->root ? 0 : error_set(e, ENOMEM, "out of memory");
}

void settings_free(struct settings *settings)
{
	free(settings->state_folder);
	free(settings->root);
	*settings = (struct settings){ 0 };
}
