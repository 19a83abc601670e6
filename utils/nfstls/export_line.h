/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * export_line: of one line of exports(5), or of etab, the path, and of each
 * client the transport security that it is offered.  Text only; which client a
 * name means is not looked at.
 */
#ifndef NFSTLS_NFSTLS_EXPORT_LINE_H
#define NFSTLS_NFSTLS_EXPORT_LINE_H

#include "support/base/base.h"

#define EXPORT_PATH_MAX 4096u
#define EXPORT_CLIENT_MAX 1024u

struct export_line {
	const char *at, *end; /* what is left of the line */
	unsigned int usual;   /* set by "-xprtsec=..." for the clients behind it */
	bool any_client;      /* one was returned */
	char path[EXPORT_PATH_MAX];
};

struct export_client {
	char name[EXPORT_CLIENT_MAX]; /* as it was written; "*" for everybody */
	unsigned int modes;	      /* a set of enum xprtsec; 0: no xprtsec= */
};

/*
 * Joins lines that end in a backslash, cuts comments, and moves *text behind what it took.  1 and the logical
 * line in *line, which the caller frees, and its first line's number in *number; 0 at the end; -ENOMEM.
 * lines counts the lines that were taken so far: zero it to begin.
 */
int export_line_next(const char **text, const char *end, unsigned int *lines, struct strbuf *line,
		     unsigned int *number);

/* 1 and the path without quotes and escapes; 0 for an empty line; -EINVAL with why. */
int export_line_begin(const char *text, size_t size, struct export_line *line, struct error *e);

/* 1 and the next client; 0 at the end; -EINVAL with why.  A line without clients has one: everybody. */
int export_line_client(struct export_line *line, struct export_client *client, struct error *e);

#endif
