/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tls: how "nfsstat --tls" shows what support/verdict has found: tables, JSON, metrics.  All of it is a function of the
 * report.
 */
#ifndef NFSTLS_NFSSTAT_TLS_H
#define NFSTLS_NFSSTAT_TLS_H

#include "support/verdict/verdict.h"

struct tls_style {
	bool wide;
	bool colour;
	bool notes;	       /* -v */
	size_t lines, columns; /* of the terminal that it has to fit, but for its last line; 0: any number */
};

/* ---- what is known of a transport (tls_value.c, tls_fields.c) ------------------------------ */

struct tls_value {
	enum tls_kind {
		TLS_UNKNOWN, /* "unknown"; null in JSON */
		TLS_NOTHING, /* "-"; null */
		TLS_TEXT,    /* "" is nothing */
		TLS_LIST,    /* of texts (text_list_add()) */
		TLS_NUMBER,
		TLS_SECONDS, /* in the table in the largest unit, as a person would say it */
		TLS_TIME,    /* since 1970; 0 is nothing */
		TLS_FLAG,    /* "yes", "no" */
	} kind;
	const char *text; /* borrowed, or in the room */
	uint64_t number;  /* of a list: how many of it are left out */
};

#define TLS_ROOM 300u /* for a text that has to be made */

struct tls_view {
	const struct verdict_report *report;
	const struct verdict_row *row;
	bool wide; /* no blanks in cells, so that columns can be told apart */
};

typedef struct tls_value tls_get(const struct tls_view *view, char room[TLS_ROOM]);

/* One fact, in all forms. */
struct tls_field {
	enum { TLS_BOTH, TLS_CLIENT, TLS_SERVER } of;
	const char *heading; /* of --wide; NULL: it is in no table */
	const char *member;  /* of --json; NULL: it is not there */
	const char *inside;  /* the member is in an object of this name, and left out where nothing is known */
	tls_get *get;
	/* Where a form does not show the value as all others of its kind. */
	void (*cell)(const struct tls_view *view, struct strbuf *out);
	struct json_object *(*json)(const struct tls_view *view);
	/* of --openmetrics: one sample for each transport of which it is a number or time; NULL: it has none */
	const char *metric, *type, *unit, *help;
	bool names_peer; /* with who the peer is as a label */
};

/* In the order of --wide and --json. */
extern const struct tls_field tls_fields[];
extern const size_t tls_field_count;

/* The columns of the short table. */
struct tls_short_field {
	const char *heading;
	void (*cell)(const struct tls_view *view, struct strbuf *out);
	size_t most; /* shortened to so many columns */
	bool is_state;
};
#define TLS_REST SIZE_MAX /* what is left of the line */
extern const struct tls_short_field tls_short_fields[];
extern const size_t tls_short_field_count;

/* Whether it is of this transport's side. */
bool tls_field_is_of(const struct tls_field *field, bool is_server);
/* As a cell of a table. */
void tls_field_cell(const struct tls_field *field, const struct tls_view *view, struct strbuf *out);
/* Its member, which the caller owns; NULL is null. */
struct json_object *tls_field_json(const struct tls_field *field, const struct tls_view *view);

/* Escaped; "-" for "". */
void tls_add_text(const struct tls_view *view, const char *text, struct strbuf *out);
/* With source, path, and what it asks for. */
struct json_object *tls_mount_json(const struct verdict_report *report, size_t number);

/* ---- words (tls_words.c) -------------------------------------------------------------------- */

/* "1.3 AES-256-GCM", "clear", "unknown". */
void tls_effect(const struct verdict_row *row, char *out, size_t room);
/* Of a client's row: the server as the mount, or the kernel, names it; "" for nothing. */
void tls_server_name(const struct verdict_report *report, const struct verdict_row *row, char name[TLS_ROOM]);
/* The name of a TLS_CIPHER_ number (linux/tls.h); "" for none. */
const char *tls_cipher_name(unsigned int cipher);

/* ---- the forms ------------------------------------------------------------------------------- */

void tls_text(const struct verdict_report *report, const struct tls_style *style, struct strbuf *out);
/* The one object of --json. */
void tls_json(const struct verdict_report *report, struct strbuf *out);
/* The text format of OpenMetrics 1.0, with its end. */
void tls_openmetrics(const struct verdict_report *report, struct strbuf *out);

/* ---- tables (tls_table.c) ---------------------------------------------------------------- */

/* Appends the short table to the first; of the wide ones that of the client, and that of the server to the second. */
#define TLS_TABLES 2u
void tls_tables(const struct verdict_report *report, const struct tls_style *style,
		struct strbuf *const tables[static TLS_TABLES]);

/* ---- fitting a terminal (tls_fit.c) ------------------------------------------------------- */

/* Lines that belong together; the text is the caller's. */
struct tls_part {
	struct strbuf text;
	size_t least;	  /* so many lines of the terminal, where it has them, come before more of another part */
	size_t headings;  /* so many of its lines are no entries of a list */
	const char *more; /* behind "+N more", which stands for the rest of a list that is cut; NULL: nothing does */
};

#define TLS_PARTS_MAX 8u

/* Appends what fits, in the order of the parts. */
void tls_fit(const struct tls_part *parts, size_t count, const struct tls_style *style, struct strbuf *out);

#endif
