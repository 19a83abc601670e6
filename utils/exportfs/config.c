/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is read before anything is done: nfs.conf, /etc/exports and /etc/exports.d. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "support/nfsconf/nfsconf.h"
#include "utils/exportfs/run.h"

#define EXPORTS_MAX (256u << 20) /* bytes of one file */
#define EXPORTS_SUFFIX ".exports"

/* ---- nfs.conf --------------------------------------------------------------------------- */

int settings_read(struct settings *settings, struct error *e)
{
	static const char *const netlink[] = { "exportfs", "mountd", "exportd" };
	AUTO_CONF *conf = NULL;
	const char *folder, *root;
	int r = nfsconf_load(&conf, e);

	if (r)
		return r;
	folder = nfsconf_state_folder(conf);
	root = nfsconf_value(conf, "exports", "rootdir");
	settings->state_folder = strdup(folder ? folder : EXPORT_STATE_FOLDER);
	settings->root = strdup(root ? root : "");
	if (!settings->state_folder || !settings->root)
		return error_set(e, ENOMEM, "out of memory");
	while (*settings->root && settings->root[strlen(settings->root) - 1] == '/')
		settings->root[strlen(settings->root) - 1] = '\0';
	settings->no_netlink = nfsconf_is_yes(nfsconf_first(conf, "no-netlink", netlink, ARRAY_SIZE(netlink)));
	return 0;
}

void settings_free(struct settings *settings)
{
	free(settings->state_folder);
	free(settings->root);
	*settings = (struct settings){ 0 };
}

/* ---- exports --------------------------------------------------------------------------------- */

static int read_file(struct export_list *list, const char *path, struct error *e)
{
	AUTO_BYTES text = { 0 };
	struct error why;

	if (file_read(path, EXPORTS_MAX, FILE_ANY, &text, &why))
		return export_list_unreadable(list, path, &why);
	return export_parse(list, path, (const char *)text.data, text.size, e);
}

static int is_exports_file(const struct dirent *entry)
{
	size_t size = strlen(entry->d_name), suffix = strlen(EXPORTS_SUFFIX);

	if (entry->d_type != DT_REG && entry->d_type != DT_LNK && entry->d_type != DT_UNKNOWN)
		return 0;
	return entry->d_name[0] != '.' && size > suffix && !strcmp(entry->d_name + size - suffix, EXPORTS_SUFFIX);
}

static int read_folder(struct export_list *list, struct error *e)
{
	struct dirent **entries;
	int count = scandir(EXPORTS_FOLDER, &entries, is_exports_file, versionsort);
	int r = 0;

	if (count < 0 && errno == ENOENT)
		return 0;
	if (count < 0) {
		struct error why;

		error_set(&why, errno, "cannot read %s: %s", EXPORTS_FOLDER, strerror(errno));
		return export_list_unreadable(list, EXPORTS_FOLDER, &why);
	}
	for (int i = 0; i < count; i++) {
		char path[sizeof(EXPORTS_FOLDER) + NAME_MAX + 1];

		snprintf(path, sizeof(path), "%s/%s", EXPORTS_FOLDER, entries[i]->d_name);
		if (!r)
			r = read_file(list, path, e);
		free(entries[i]);
	}
	free(entries);
	return r;
}

int read_files(struct export_list *list, struct error *e)
{
	int r = read_file(list, EXPORTS_FILE, e);

	return r ? r : read_folder(list, e);
}
