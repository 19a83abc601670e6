/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "support/conf/conf.h"
#include "support/conf/conf_private.h"

#define SOURCES_MAX 256u /* files of one configuration: ends a web of includes */

struct load {
	struct conf *conf;
	const char *root;
	bool found;
};

/* Where an include stands: the chain is walked to name a cycle. */
struct place {
	struct load *load;
	const char *path;
	const struct place *includer;
	unsigned int depth;
};

static int load_file(struct load *load, const char *path, bool may_be_missing, const struct place *includer,
		     struct error *e);

/* A relative name starts at the including file's folder. */
static void include_path(const char *includer, const char *name, struct strbuf *path)
{
	const char *slash = strrchr(includer, '/');

	if (name[0] != '/' && slash)
		strbuf_add(path, includer, (size_t)(slash - includer) + 1);
	strbuf_add(path, name, strlen(name));
}

static int include(const struct conf_setting *setting, const struct place *place, struct error *e)
{
	bool may_be_missing = setting->value[0] == '-';
	const char *name = setting->value + may_be_missing;
	AUTO_STRBUF path = { 0 };
	int r;

	if (!*name)
		return error_set(e, EINVAL, "%s:%u: include needs a file", setting->file, setting->line);
	if (place->depth >= CONF_INCLUDE_DEPTH_MAX)
		return error_set(e, ELOOP, "%s:%u: includes are nested too deeply", setting->file, setting->line);
	include_path(place->path, name, &path);
	if (path.failed)
		return error_set(e, ENOMEM, "out of memory");
	for (const struct place *up = place; up; up = up->includer)
		if (!strcmp(up->path, path.text))
			return error_set(e, ELOOP, "%s:%u: %s includes itself", setting->file, setting->line,
					 path.text);
	r = load_file(place->load, path.text, may_be_missing, place, e);
	return r ? error_prefix(e, "%s:%u: include", setting->file, setting->line) : 0;
}

static int visit(const struct conf_setting *setting, void *context, struct error *e)
{
	const struct place *place = context;

	if (!strcmp(setting->key, "include"))
		return include(setting, place, e);
	return conf_append(place->load->conf, setting, e);
}

static bool is_blank_text(const struct bytes *text)
{
	for (size_t i = 0; i < text->size; i++)
		if (!strchr(" \t\r\n\v\f", text->data[i]) || !text->data[i])
			return false;
	return true;
}

static int load_file(struct load *load, const char *path, bool may_be_missing, const struct place *includer,
		     struct error *e)
{
	struct place place = { load, path, includer, includer ? includer->depth + 1 : 0 };
	const size_t source = conf_source_count(load->conf);
	AUTO_STRBUF real = { 0 };
	AUTO_BYTES text = { 0 };
	int r;

	strbuf_addf(&real, "%s%s", load->root, path);
	if (real.failed)
		return error_set(e, ENOMEM, "out of memory");
	if (conf_source_count(load->conf) >= SOURCES_MAX)
		return error_set(e, E2BIG, "%s: the configuration has too many files", path);
	r = conf_append_source(load->conf, real.text, e);
	if (!r)
		r = file_read(real.text, CONF_FILE_MAX, FILE_TRUSTED, &text, e);
	if (r == -ENOENT && may_be_missing)
		return 0;
	if (r)
		return r;
	load->found = true;
	conf_set_found(load->conf, source, is_blank_text(&text) ? CONF_BLANK : CONF_TEXT);
	return conf_parse_text(path, (const char *)text.data, text.size, visit, &place, e);
}

static int is_drop_in(const struct dirent *entry)
{
	size_t size = strlen(entry->d_name);

	return entry->d_name[0] != '.' && size > 5 && !strcmp(entry->d_name + size - 5, ".conf");
}

static int in_byte_order(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int load_drop_in(struct load *load, const char *folder, const char *name, struct error *e)
{
	AUTO_STRBUF path = { 0 };

	strbuf_addf(&path, "%s/%s", folder, name);
	if (path.failed)
		return error_set(e, ENOMEM, "out of memory");
	return load_file(load, path.text, false, NULL, e);
}

static int load_drop_ins(struct load *load, const char *path, struct error *e)
{
	const size_t source = conf_source_count(load->conf);
	AUTO_STRBUF folder = { 0 };
	AUTO_STRBUF real = { 0 };
	struct dirent **entries;
	int count, r;

	strbuf_addf(&folder, "%s.d", path);
	strbuf_addf(&real, "%s%s.d", load->root, path);
	if (folder.failed || real.failed)
		return error_set(e, ENOMEM, "out of memory");
	r = conf_append_source(load->conf, real.text, e);
	if (r)
		return r;
	r = folder_check(real.text, e);
	if (r)
		return r == -ENOENT ? 0 : r;
	count = scandir(real.text, &entries, is_drop_in, in_byte_order);
	if (count < 0 && errno == ENOENT)
		return 0;
	if (count < 0)
		return error_set(e, errno, "cannot read the folder %s: %s", folder.text, strerror(errno));
	conf_set_found(load->conf, source, CONF_FOLDER);
	for (int i = 0; i < count; i++) {
		if (!r)
			r = load_drop_in(load, folder.text, entries[i]->d_name, e);
		free(entries[i]);
	}
	free(entries);
	return r;
}

int conf_load(struct conf *conf, const char *root, const char *path, bool *found, struct error *e)
{
	struct load load = { .conf = conf, .root = root };
	int r = load_file(&load, path, true, NULL, e);

	if (!r)
		r = load_drop_ins(&load, path, e);
	if (!r)
		*found = load.found;
	return r;
}
