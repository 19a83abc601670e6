/* SPDX-License-Identifier: GPL-2.0-or-later */
/* etab: the table as a file, its lock, and its replacement in one step. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <uthash.h>

#include "support/export/export.h"

/* ---- text ------------------------------------------------------------------------------ */

/* The text of one set of options: many entries share it. */
struct options_text {
	const struct export_options *options;
	struct strbuf text;
	UT_hash_handle hh;
};

static const struct options_text *text_of(struct options_text **known, const struct export_options *options,
					  uint32_t sec_flags)
{
	struct options_text *text;

	HASH_FIND_PTR(*known, &options, text);
	if (text)
		return text;
	text = calloc(1, sizeof(*text));
	if (!text)
		return NULL;
	text->options = options;
	export_options_format_etab(options, sec_flags, &text->text);
	HASH_ADD_PTR(*known, options, text);
	if (text->hh.tbl && !text->text.failed)
		return text;
	if (!text->hh.tbl) {
		strbuf_free(&text->text);
		free(text);
	}
	return NULL;
}

static void free_texts(struct options_text *known)
{
	struct options_text *text, *next;

	HASH_ITER(hh, known, text, next) {
		HASH_DEL(known, text);
		strbuf_free(&text->text);
		free(text);
	}
}

/* A client is written as it is, unless it could not be read back so. */
static void add_client(struct strbuf *out, const char *name)
{
	if (strpbrk(name, " \t\r\n\"\\"))
		export_add_escaped(out, name);
	else
		strbuf_add(out, name, strlen(name));
}

int export_etab_format(const struct export_table *table, uint32_t sec_flags, struct strbuf *out)
{
	struct options_text *known = NULL;
	int r = 0;

	for (const struct export *export = export_table_first(table); export && !r;
	     export = export_table_next(table, export)) {
		const struct options_text *options;

		if (export->dropped)
			continue;
		options = text_of(&known, export->options, sec_flags);
		if (!options) {
			r = -ENOMEM;
			break;
		}
		export_add_escaped(out, export->path);
		strbuf_add(out, "\t", 1);
		add_client(out, export->client->name);
		strbuf_add(out, "(", 1);
		strbuf_add(out, options->text.text, options->text.size);
		strbuf_add(out, ")\n", 2);
	}
	free_texts(known);
	return r || out->failed ? -ENOMEM : 0;
}

/* ---- file ------------------------------------------------------------------------------- */

#define LOCK_NAME ".etab.lock"

static int path_in(const char *folder, const char *name, char **path, struct error *e)
{
	if (asprintf(path, "%s/%s", folder, name) >= 0)
		return 0;
	*path = NULL;
	return error_set(e, ENOMEM, "out of memory");
}

/* POSIX locks on the whole file, as nfs-utils takes them: they end with the process, however it ends. */
static int lock_file(int fd, bool to_write)
{
	struct flock lock = { .l_type = to_write ? F_WRLCK : F_RDLCK, .l_whence = SEEK_SET };

	while (fcntl(fd, F_SETLKW, &lock) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

int export_state_open(struct export_state *state, const char *folder, bool to_write, struct error *e)
{
	AUTO_FREE char *path = NULL;
	int r;

	*state = (struct export_state){ .lock = -1 };
	r = path_in(folder, LOCK_NAME, &path, e);
	if (r)
		return r;
	state->folder = strdup(folder);
	if (!state->folder)
		return error_set(e, ENOMEM, "out of memory");
	state->lock = open(path, (to_write ? O_RDWR : O_RDONLY) | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (state->lock < 0 && !to_write && (errno == EACCES || errno == EROFS || errno == EPERM))
		return 0;
	if (state->lock < 0)
		return error_set(e, errno, "could not open %s for locking: errno %d (%s)", path, errno,
				 strerror(errno));
	r = lock_file(state->lock, to_write);
	return r ? error_set(e, -r, "cannot lock %s: %s", path, strerror(-r)) : 0;
}

void export_state_close(struct export_state *state)
{
	close_fd(&state->lock);
	free(state->folder);
	*state = (struct export_state){ .lock = -1 };
}

int export_state_read(const struct export_state *state, struct export_list *list, struct error *e)
{
	AUTO_BYTES text = { 0 };
	AUTO_FREE char *path = NULL;
	int r = path_in(state->folder, EXPORT_ETAB_NAME, &path, e);

	if (!r)
		r = file_read(path, EXPORT_ETAB_MAX, FILE_ANY, &text, e);
	return r ? r : export_parse(list, path, (const char *)text.data, text.size, e);
}

static bool is_the_same(const char *path, const char *text, size_t size)
{
	AUTO_BYTES old = { 0 };
	struct stat st;

	/* A link in its place, or one that not everybody may read, is put right by replacing it. */
	if (lstat(path, &st) < 0 || !S_ISREG(st.st_mode) || (st.st_mode & 0777) != 0644)
		return false;
	return !file_read(path, EXPORT_ETAB_MAX, FILE_ANY, &old, NULL) && old.size == size &&
	       (!size || !memcmp(old.data, text, size));
}

int export_state_replace(const struct export_state *state, const char *text, size_t size, bool *changed,
			 struct error *e)
{
	AUTO_FREE char *path = NULL;
	int r = path_in(state->folder, EXPORT_ETAB_NAME, &path, e);

	if (r)
		return r;
	if (is_the_same(path, text, size)) {
		*changed = false;
		return 0;
	}
	r = file_replace(path, text, size, 0644, e);
	if (!r)
		*changed = true;
	return r;
}
