/* SPDX-License-Identifier: GPL-2.0-or-later */
/* describe: a certificate of this host, wherever it is, for list and show. */
#ifndef NFSTLS_NFSCERT_DESCRIBE_H
#define NFSTLS_NFSCERT_DESCRIBE_H

#include <time.h>

#include "support/json/json.h"
#include "support/owncert/owncert.h"
#include "utils/nfscert/names.h"
#include "utils/nfscert/uses.h"

/* All that is known of one name. */
struct described {
	const struct name *name;
	struct owncert own; /* what programs use: the keyring's, or else the files' */
	bool readable;	    /* own has a chain; else why says what is wrong */
	struct error why;
	bool file_differs;
	struct uses uses; /* only for show */
};

/* Appends the distinguished name of its subject (RFC 4514), escaped; "-" without one. */
void describe_subject(gnutls_x509_crt_t cert, struct strbuf *out);

/* Reads it; the caller frees with described_free(). */
void describe(const char *folder, const struct name *name, struct described *d);
void described_free(struct described *d);

/* One line of a table; described_heading() is the first. */
void described_heading(struct strbuf *out);
void described_line(const struct described *d, time_t now, struct strbuf *out);

/* Everything, for people. */
void described_text(const struct described *d, time_t now, struct strbuf *out);

/* The members are in nfscert(8).  with_uses: as show has it. */
struct json_object *described_json(const struct described *d, bool with_uses, time_t now);

#endif
