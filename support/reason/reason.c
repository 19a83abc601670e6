/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/reason/reason.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <string.h>

static const struct reason_row rows[REASON_COUNT] = {
#define X(name, word, end, blame, alert, exit, rank, meaning, remedy)                                       \
	[REASON_##name] = {                                                                                 \
		word, REASON_##end, REASON_##blame, GNUTLS_A_##alert, REASON_##exit, rank, meaning, remedy, \
	},
	REASONS(X)
#undef X
};

const struct reason_row *reason_row(enum reason reason)
{
	return &rows[(size_t)reason < REASON_COUNT ? reason : REASON_AGENT_ERROR];
}

const struct reason_row *reason_by_word(const char *word)
{
	for (size_t i = 0; i < REASON_COUNT; i++)
		if (!strcmp(rows[i].word, word))
			return &rows[i];
	return NULL;
}

int reason_errno(enum reason reason)
{
	if (reason == REASON_OK)
		return 0;
	return reason_row(reason)->end == REASON_STAYS ? EACCES : ETIMEDOUT;
}

static void expand(const char *text, const char *host, const char *peer, struct strbuf *out)
{
	const char *mark;

	for (; (mark = strchr(text, '<')); text = strchr(mark, '>') + 1) {
		strbuf_add(out, text, (size_t)(mark - text));
		strbuf_addf(out, "%s", mark[1] == 'p' ? peer : host);
	}
	strbuf_addf(out, "%s", text);
}

void reason_meaning(const struct reason_row *row, const char *host, const char *peer, struct strbuf *out)
{
	expand(row->meaning, host, peer, out);
}

void reason_remedy(const struct reason_row *row, const char *peer, struct strbuf *out)
{
	if (row->remedy)
		expand(row->remedy, "host", peer, out);
}

void reason_sentence(enum reason reason, const char *cause, const char *peer, char *out, size_t room)
{
	AUTO_STRBUF remedy = { 0 };
	const char *text;
	size_t after;

	reason_remedy(reason_row(reason), peer, &remedy);
	text = remedy.text && !remedy.failed ? remedy.text : "";
	after = *text ? strlen(text) + 2 : 0;
	snprintf(out, room, "%.*s%s%s", after + 1 < room ? (int)(room - after - 1) : 0, cause, *text ? ": " : "", text);
}
