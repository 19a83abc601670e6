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

/* "1.3 AES-256-GCM", "clear", "unknown". */
void tls_effect(const struct verdict_row *row, char *out, size_t room);
/* Of a client's row: the server as the mount, or the kernel, names it; "" for nothing. */
#define TLS_SERVER_NAME_MAX 300u
void tls_server_name(const struct verdict_report *report, const struct verdict_row *row,
		     char name[TLS_SERVER_NAME_MAX]);
/* The name of a TLS_CIPHER_ number (linux/tls.h); "" for none. */
const char *tls_cipher_name(unsigned int cipher);

void tls_text(const struct verdict_report *report, const struct tls_style *style, struct strbuf *out);
/* Adds its members to the one object of --json; the report must outlive it. */
void tls_json(const struct verdict_report *report, struct json_object *to);
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
