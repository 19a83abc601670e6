/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * explain: what the policy says to one question, as a list of facts, each with
 * the line that made it; for people and as JSON.  Private to this folder.
 */
#ifndef NFSTLS_NFSTLS_EXPLAIN_H
#define NFSTLS_NFSTLS_EXPLAIN_H

#include "support/policy/policy.h"

/* The exit statuses. */
enum explain_status { EXPLAIN_ALLOWED = 0, EXPLAIN_ERROR = 1, EXPLAIN_REFUSED = 3 };

struct explain_fact {
	const char *what; /* a fixed word of nfstls(8) */
	char *value;
	struct policy_source source; /* belongs to the policy; file NULL: no setting */
};

struct explanation {
	struct explain_fact *fact;
	size_t count;
	enum explain_status status;
	char sentence[2048]; /* the conclusion */
	bool failed;	    /* without memory: nothing may be shown */
};

/* Appends a fact; without memory the explanation has failed. */
void explanation_add(struct explanation *to, const char *what, const struct policy_source *source, const char *fmt, ...)
	PRINTF_LIKE(4, 5);
void explanation_free(struct explanation *explanation);

/* The three answers.  Pure; -EINVAL with *e for a question that cannot be asked. */
void explain_mount(const struct policy_mount *answer, struct explanation *to);
/* client may be NULL. */
int explain_export(const struct policy *policy, const char *path, const char *client, struct explanation *to,
		   struct error *e);
int explain_peer(const struct policy *policy, const char *name, struct explanation *to, struct error *e);

/* Appends text, whose bytes that are not printable ASCII become \xHH. */
void explanation_add_printable(struct strbuf *out, const char *text);

void explanation_text(const struct explanation *explanation, struct strbuf *out);
void explanation_json(const struct explanation *explanation, struct strbuf *out);

#endif
