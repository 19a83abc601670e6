/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * finding: what a program that examines something has found, in the one form that all of them print, and the exit
 * status that follows from it.  What is examined, and how it is judged, is the business of others.
 */
#ifndef NFSTLS_FINDING_H
#define NFSTLS_FINDING_H

#include <sysexits.h> /* EX_USAGE: the command line is wrong */

#include "support/json/json.h"

/* What monitoring systems know: the numbers are exit statuses.  Of several findings the worst one decides. */
enum finding_level { FINDING_OK = 0, FINDING_WARNING = 1, FINDING_FAILURE = 2, FINDING_UNKNOWN = 3 };
#define FINDING_LEVELS 4u

/* For --help. */
#define FINDING_STATUSES \
	"Exit status: 0 all is well, 1 warning, 2 failure, 3 something could not be examined,\n64 the command line is wrong.\n"

/* "ok", "warning", "failure", "unknown"; stable. */
const char *finding_level_word(enum finding_level level);

/* A failure is worse than what could not be examined, and that is worse than a warning. */
enum finding_level finding_worse(enum finding_level a, enum finding_level b);

struct finding {
	enum finding_level level;
	const char *check; /* which examination has found it: a word that stays, borrowed */
	char *subject;	   /* what it is about */
	char *text;	   /* what is so */
	char *remedy;	   /* NULL: none is needed, or known */
	char *source; /* the file, with line and column, or the line of the policy that made it so; NULL: none did */
};

struct findings {
	struct finding *at;
	size_t count;
	bool failed; /* without memory: nothing may be shown */
};

/* Adds one; the texts are copied, and remedy and source may be NULL or "". */
void findings_add(struct findings *findings, enum finding_level level, const char *check, const char *subject,
		  const char *remedy, const char *source, const char *fmt, ...) PRINTF_LIKE(7, 8);
void findings_add_list(struct findings *findings, enum finding_level level, const char *check, const char *subject,
		       const char *remedy, const char *source, const char *fmt, va_list args);

/* By the numbers in their sources: files, lines, columns. */
void findings_sort(struct findings *findings);

void findings_free(struct findings *findings);
#define AUTO_FINDINGS __attribute__((cleanup(findings_free))) struct findings

/* The worst level; unknown without memory.  It is the exit status. */
enum finding_level findings_level(const struct findings *findings);

/* Where the remedy begins in a sentence "PROBLEM: REMEDY", and how long the problem is; NULL where it has none. */
const char *finding_remedy_in(const char *sentence, size_t *problem);

/* ---- showing (pure) ------------------------------------------------------------------- */

/* What a line begins with. */
enum finding_style {
	FINDING_BY_SUBJECT, /* "failure /mnt: ..." */
	FINDING_BY_SOURCE,  /* "exports:3:8: failure: ...", as compilers do */
};

/* Appends a line of text, escaped. */
void finding_text(const struct finding *finding, enum finding_style style, struct strbuf *out);

/* All of them. */
void findings_text(const struct findings *findings, enum finding_style style, struct strbuf *out);

/* Puts "level", the worst, and "findings", an array of objects, into an object. */
void findings_put_json(const struct findings *findings, struct json_object *to);

/* Appends an object with just these. */
void findings_json(const struct findings *findings, struct strbuf *out);

#endif
