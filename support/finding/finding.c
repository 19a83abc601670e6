/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/finding/finding.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How bad each is. */
static const struct {
	const char *word;
	unsigned int rank;
} levels[FINDING_LEVELS] = {
	[FINDING_OK] = { "ok", 0 },
	[FINDING_WARNING] = { "warning", 1 },
	[FINDING_UNKNOWN] = { "unknown", 2 },
	[FINDING_FAILURE] = { "failure", 3 },
};

const char *finding_level_word(enum finding_level level)
{
	return levels[level].word;
}

enum finding_level finding_worse(enum finding_level a, enum finding_level b)
{
	return levels[a].rank > levels[b].rank ? a : b;
}

/* ---- the list ------------------------------------------------------------------------- */

static void free_finding(struct finding *finding)
{
	free(finding->subject);
	free(finding->text);
	free(finding->remedy);
	free(finding->source);
}

/* NULL for nothing. */
static char *copy(const char *text, bool *failed)
{
	char *own = text && *text ? strdup(text) : NULL;

	*failed |= text && *text && !own;
	return own;
}

void findings_add_list(struct findings *findings, enum finding_level level, const char *check, const char *subject,
		       const char *remedy, const char *source, const char *fmt, va_list args)
{
	struct finding one = { .level = level, .check = check };
	bool failed = false;

	one.subject = copy(subject, &failed);
	one.remedy = copy(remedy, &failed);
	one.source = copy(source, &failed);
	if (vasprintf(&one.text, fmt, args) < 0) {
		one.text = NULL;
		failed = true;
	}
	if (!failed && ARRAY_APPEND(findings->at, findings->count, one))
		return;
	free_finding(&one);
	findings->failed = true;
}

void findings_add(struct findings *findings, enum finding_level level, const char *check, const char *subject,
		  const char *remedy, const char *source, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	findings_add_list(findings, level, check, subject, remedy, source, fmt, args);
	va_end(args);
}

static int compare_sources(const void *a, const void *b)
{
	const struct finding *left = a, *right = b;
	int order = strverscmp(left->source ? left->source : "", right->source ? right->source : "");

	return order ? order : strcmp(left->text, right->text);
}

void findings_sort(struct findings *findings)
{
	if (findings->count)
		qsort(findings->at, findings->count, sizeof(*findings->at), compare_sources);
}

void findings_free(struct findings *findings)
{
	for (size_t i = 0; findings && i < findings->count; i++)
		free_finding(&findings->at[i]);
	if (findings)
		free(findings->at);
}

enum finding_level findings_level(const struct findings *findings)
{
	enum finding_level worst = FINDING_OK;

	for (size_t i = 0; i < findings->count; i++)
		worst = finding_worse(worst, findings->at[i].level);
	return findings->failed ? FINDING_UNKNOWN : worst;
}

/* ---- showing -------------------------------------------------------------------------- */

/* Paths, options and certificates may hold any byte; quotes are harmless in a line of text. */
static void add_plain(const char *text, struct strbuf *out)
{
	for (const char *at = text; *at; at++)
		if (*at >= 0x20 && *at < 0x7f)
			strbuf_add(out, at, 1);
		else
			strbuf_addf(out, "\\x%02x", (unsigned char)*at);
}

static void add_head(const struct finding *finding, enum finding_style style, struct strbuf *out)
{
	if (style == FINDING_BY_SUBJECT) {
		strbuf_addf(out, "%s ", finding_level_word(finding->level));
		add_plain(finding->subject ? finding->subject : "-", out);
		return;
	}
	if (finding->source) {
		add_plain(finding->source, out);
		strbuf_addf(out, ": ");
	}
	strbuf_addf(out, "%s", finding_level_word(finding->level));
}

void finding_text(const struct finding *finding, enum finding_style style, struct strbuf *out)
{
	add_head(finding, style, out);
	strbuf_addf(out, ": ");
	add_plain(finding->text, out);
	if (finding->remedy) {
		strbuf_addf(out, "; ");
		add_plain(finding->remedy, out);
	}
	strbuf_addf(out, "\n");
}

void findings_text(const struct findings *findings, enum finding_style style, struct strbuf *out)
{
	for (size_t i = 0; i < findings->count; i++)
		finding_text(&findings->at[i], style, out);
}

const char *finding_remedy_in(const char *sentence, size_t *problem)
{
	const char *colon = NULL;

	for (const char *at = sentence; (at = strstr(at, ": ")); at++)
		colon = at;
	*problem = colon ? (size_t)(colon - sentence) : strlen(sentence);
	return colon ? colon + 2 : NULL;
}

static struct json_object *finding_object(const struct finding *finding)
{
	struct json_object *to = json_object_new_object();

	json_put_text(to, "level", finding_level_word(finding->level));
	json_put_text(to, "check", finding->check);
	json_put_bytes(to, "subject", finding->subject);
	json_put_text(to, "finding", finding->text);
	json_put_text(to, "remedy", finding->remedy);
	json_put_bytes(to, "source", finding->source);
	return to;
}

void findings_put_json(const struct findings *findings, struct json_object *to)
{
	struct json_object *all = json_object_new_array();

	for (size_t i = 0; i < findings->count; i++)
		json_object_array_add(all, finding_object(&findings->at[i]));
	json_put_text(to, "level", finding_level_word(findings_level(findings)));
	json_object_object_add(to, "findings", all);
}

void findings_json(const struct findings *findings, struct strbuf *out)
{
	struct json_object *whole = json_object_new_object();

	findings_put_json(findings, whole);
	json_print(whole, out);
}
