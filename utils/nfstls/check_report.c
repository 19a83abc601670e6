/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "support/json/json.h"
#include "utils/nfstls/check.h"

static const char *const level_words[] = {
	[CHECK_OK] = "ok",
	[CHECK_WARNING] = "warning",
	[CHECK_FAILURE] = "failure",
};

const char *check_level_word(enum check_level level)
{
	return level_words[level];
}

void check_findings_free(struct check_findings *findings)
{
	for (size_t i = 0; findings && i < findings->count; i++) {
		free(findings->at[i].subject);
		free(findings->at[i].finding);
		free(findings->at[i].remedy);
	}
	if (findings)
		free(findings->at);
}

/* Paths, options and certificates may hold any byte; quotes are harmless in a line of text. */
static void add_plain(struct strbuf *out, const char *text)
{
	for (const char *at = text; *at; at++)
		if (*at >= 0x20 && *at < 0x7f)
			strbuf_add(out, at, 1);
		else
			strbuf_addf(out, "\\x%02x", (unsigned char)*at);
}

void check_report_text(const struct check_findings *findings, bool verbose, struct strbuf *out)
{
	const char *last = "";

	for (size_t i = 0; i < findings->count; i++) {
		const struct check_finding *f = &findings->at[i];

		if (verbose && strcmp(last, f->check) != 0)
			strbuf_addf(out, "# %s: %s\n", f->check, check_purpose(f->check));
		last = f->check;
		strbuf_addf(out, "%s ", check_level_word(f->level));
		add_plain(out, f->subject);
		strbuf_addf(out, ": ");
		add_plain(out, f->finding);
		if (f->remedy) {
			strbuf_addf(out, "; ");
			add_plain(out, f->remedy);
		}
		strbuf_addf(out, "\n");
	}
}

void check_report_json(const struct check_findings *findings, struct strbuf *out)
{
	struct json_object *all = json_object_new_array();

	for (size_t i = 0; i < findings->count; i++) {
		const struct check_finding *f = &findings->at[i];
		struct json_object *one = json_object_new_object();

		json_put_text(one, "level", check_level_word(f->level));
		json_put_text(one, "check", f->check);
		json_put_text(one, "subject", f->subject);
		json_put_text(one, "finding", f->finding);
		json_put_text(one, "remedy", f->remedy);
		json_object_array_add(all, one);
	}
	json_print(all, out);
}
