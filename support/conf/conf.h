/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: files in the syntax of nfs.conf(5): [section], [section "argument"],
 * key=value, comments, drop-in folders and includes.  It yields a flat list of
 * settings, each with the file and line it stands on, in the order in which
 * they were read; what a setting means, and whether it may stand there, is the
 * reader's business.  Nothing is truncated and nothing malformed is skipped: a
 * security policy that cannot be read whole is an error.
 *
 * Not inih: the packaged library cuts section names at 49 and lines at 199
 * bytes without a word and does not tell line numbers.
 */
#ifndef NFSTLS_CONF_H
#define NFSTLS_CONF_H

#include "support/base/base.h"

#define CONF_FILE_MAX (16u << 20) /* bytes of one file */
#define CONF_LINE_MAX 65536u	  /* bytes of one line */
#define CONF_INCLUDE_DEPTH_MAX 8u

/* One "key = value".  All strings belong to the struct conf. */
struct conf_setting {
	const char *section;  /* lower case */
	const char *argument; /* the quoted word of [section "argument"], else NULL; case kept */
	const char *key;      /* lower case */
	const char *value;    /* without surrounding blanks, quotes and trailing comment; may be empty */
	const char *file;
	unsigned int line;
};

struct conf;

/* A new, empty list; NULL without memory.  Free with conf_free(). */
struct conf *conf_new(void);
void conf_free(struct conf *conf);
void conf_free_pointer(struct conf **conf);
#define AUTO_CONF __attribute__((cleanup(conf_free_pointer))) struct conf

/*
 * Appends the settings of one text.  Pure: touches no file; "include" is an
 * ordinary key here.  name is used in settings and errors and copied.
 * -EINVAL with "NAME:LINE: what" for: text before the first section, a line
 * that is neither section nor setting, an unterminated quote or bracket, an
 * empty key, a NUL byte, a line longer than CONF_LINE_MAX.  After an error the
 * list must only be freed.
 */
int conf_parse(struct conf *conf, const char *name, const char *text, size_t size, struct error *e);

/*
 * Reads path, then path.d/NAME.conf files in the order of strcmp(3) (hidden files
 * skipped), following "include = FILE" in place ("-FILE": may be missing;
 * relative names start at the including file's folder).  Files must pass
 * FILE_TRUSTED, and so must the folder.  A missing path is no error, and neither is a missing folder:
 * *found tells whether anything was read.  root is put before every path that is
 * opened ("" for the live system) and not shown in settings.
 */
int conf_load(struct conf *conf, const char *root, const char *path, bool *found, struct error *e);

size_t conf_count(const struct conf *conf);
/* Borrowed; valid until the next change of the list. */
const struct conf_setting *conf_at(const struct conf *conf, size_t i);

/*
 * The files and folders that conf_load() looked at, also those that were missing, for watching: path first, and one
 * folder.  Borrowed strings.
 */
enum conf_found {
	CONF_MISSING, /* or not readable */
	CONF_FOLDER,
	CONF_BLANK, /* a file with nothing in it, or nothing but blanks and ends of lines */
	CONF_TEXT,
};

size_t conf_source_count(const struct conf *conf);
const char *conf_source(const struct conf *conf, size_t i);
enum conf_found conf_source_found(const struct conf *conf, size_t i);

#endif
