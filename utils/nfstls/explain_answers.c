/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/json/json.h"
#include "utils/nfstls/explain.h"

/* ---- facts --------------------------------------------------------------------- */

static void add(struct explanation *to, struct explain_fact *fact, const char *fmt, va_list args)
{
	struct explain_fact *more = reallocarray(to->fact, to->count + 1, sizeof(*more));

	if (more)
		to->fact = more;
	if (vasprintf(&fact->value, fmt, args) < 0)
		fact->value = NULL;
	if (!more || !fact->value) {
		free(fact->value);
		to->failed = true;
		return;
	}
	to->fact[to->count++] = *fact;
}

void explanation_add(struct explanation *to, const char *what, const struct policy_source *source, const char *fmt, ...)
{
	struct explain_fact fact = { .what = what };
	va_list args;

	if (source)
		fact.source = *source;
	va_start(args, fmt);
	add(to, &fact, fmt, args);
	va_end(args);
}

void explanation_add_from(struct explanation *to, const char *what, enum explain_origin origin, const char *file,
			  unsigned int line, const char *fmt, ...)
{
	struct explain_fact fact = { .what = what, .origin = origin, .source = { .file = file, .line = line } };
	va_list args;

	va_start(args, fmt);
	add(to, &fact, fmt, args);
	va_end(args);
}

void explanation_free(struct explanation *explanation)
{
	for (size_t i = 0; i < explanation->count; i++)
		free(explanation->fact[i].value);
	free(explanation->fact);
	memset(explanation, 0, sizeof(*explanation));
}

void explanation_conclude(struct explanation *to, enum explain_status status, const char *fmt, ...)
{
	va_list args;

	to->status = status;
	va_start(args, fmt);
	vsnprintf(to->sentence, sizeof(to->sentence), fmt, args);
	va_end(args);
}

void explanation_go_on(struct explanation *to, const char *fmt, ...)
{
	size_t used = strlen(to->sentence);
	va_list args;

	va_start(args, fmt);
	vsnprintf(to->sentence + used, sizeof(to->sentence) - used, fmt, args);
	va_end(args);
}

const char *explain_modes(unsigned int modes, char words[EXPLAIN_MODES_MAX])
{
	AUTO_STRBUF list = { 0 };

	xprtsec_set_format(modes, &list);
	text_copy(words, EXPLAIN_MODES_MAX, list.text ? list.text : "");
	return words;
}

struct policy_identity explain_identity(const char *text)
{
	struct policy_identity identity = { .name = NULL };

	if (!address_parse(text, &identity.address))
		identity.name = text;
	return identity;
}

/* ---- a mount ---------------------------------------------------------------------- */

static void add_connection(struct explanation *to, const struct policy_connection *connection)
{
	for (enum policy_key key = 0; key < POLICY_KEY_COUNT; key++) {
		const struct policy_text *text = policy_connection_text(connection, key);

		if (text)
			explanation_add(to, policy_key(key)->word, &text->source, "%s", policy_text_shown(key, text));
	}
}

static void refuse_mount(struct explanation *to, const char *what, const struct policy_source *source, const char *why)
{
	explanation_add(to, what, source, "refused");
	explanation_conclude(to, EXPLAIN_REFUSED, "refused: %s", why);
}

static void conclude_mount(const struct policy_mount *answer, const struct explain_asked *by, struct explanation *to)
{
	const char *what = by->has_options ? "with-options" : "without-option";
	const struct mount_asked *asked = &by->asked;
	struct policy_source source;
	enum xprtsec mode;
	struct error e;

	if (by->bad) {
		refuse_mount(to, what, NULL, by->why.text);
		return;
	}
	if (policy_mount_settle(answer, &asked->security, &asked->protocol, &mode, &source, &e) ||
	    mount_asked_fits(asked, mode, &e)) {
		refuse_mount(to, what, &answer->minimum.source, e.text);
		return;
	}
	if (by->security)
		explanation_add_from(to, what, EXPLAIN_NFSMOUNT, by->security->file, by->security->line, "xprtsec=%s",
				     xprtsec_word(mode));
	else
		explanation_add(to, what, &source, "xprtsec=%s", xprtsec_word(mode));
	explanation_conclude(to, EXPLAIN_ALLOWED, "allowed: a mount %s has xprtsec=%s",
			     by->has_options ? "with these options" : "without xprtsec=", xprtsec_word(mode));
}

/* What the mount names comes before what the policy names. */
static void add_own_certificate(const struct mount_asked *asked, struct explanation *to)
{
	if (*asked->certificate.name)
		explanation_add(to, "tlscertname", NULL, "%s", asked->certificate.name);
}

void explain_mount(const struct policy_mount *answer, const struct explain_asked *by, struct explanation *to)
{
	char words[EXPLAIN_MODES_MAX];

	explanation_add(to, "minimum", &answer->minimum.source, "%s", xprtsec_word(answer->minimum.mode));
	explanation_add(to, "default", &answer->default_mode.source, "%s", xprtsec_word(answer->default_mode.mode));
	explanation_add(to, "allowed", &answer->minimum.source, "%s",
			explain_modes(xprtsec_set_from(answer->minimum.mode), words));
	if (!by->bad)
		add_own_certificate(&by->asked, to);
	add_connection(to, &answer->connection);
	conclude_mount(answer, by, to);
}

/* ---- a peer -------------------------------------------------------------------------- */

static void add_reach(const char *path, bool may, const struct policy_source *source, void *context)
{
	explanation_add(context, may ? "may-reach" : "may-not-reach", source, "%s", path ? path : "all other exports");
}

int explain_peer(const struct policy *policy, const char *name, struct explanation *to, struct error *e)
{
	struct policy_identity identity = explain_identity(name);
	struct policy_source source;
	bool may;

	if (!*name)
		return error_set(e, EINVAL, "which peer?");
	may = policy_client_may_connect(policy, &identity, 1, &source);
	explanation_add(to, "connect", &source, may ? "permitted" : "refused");
	policy_client_reach(policy, &identity, 1, add_reach, to);
	if (may)
		explanation_conclude(to, EXPLAIN_ALLOWED,
				     "allowed: a client with a valid certificate for %s may connect", name);
	else
		explanation_conclude(to, EXPLAIN_REFUSED, "refused: a client with a certificate for %s may not connect",
				     name);
	return 0;
}

/* ---- reports ---------------------------------------------------------------------------- */

void explanation_add_printable(struct strbuf *out, const char *text)
{
	for (const char *at = text; *at; at++)
		if (*at >= 0x20 && *at < 0x7f)
			strbuf_add(out, at, 1);
		else
			strbuf_addf(out, "\\x%02x", (unsigned char)*at);
}

static void add_source(const struct explain_fact *fact, struct strbuf *out)
{
	if (!fact->source.file)
		return;
	strbuf_addf(out, "    by ");
	if (fact->source.section) {
		policy_source_format(&fact->source, out);
		return;
	}
	explanation_add_printable(out, fact->source.file);
	if (fact->source.line)
		strbuf_addf(out, ":%u", fact->source.line);
}

void explanation_text(const struct explanation *explanation, struct strbuf *out)
{
	for (size_t i = 0; i < explanation->count; i++) {
		const struct explain_fact *fact = &explanation->fact[i];

		strbuf_addf(out, "%-15s ", fact->what);
		explanation_add_printable(out, fact->value);
		add_source(fact, out);
		strbuf_addf(out, "\n");
	}
	explanation_add_printable(out, explanation->sentence);
	strbuf_addf(out, "\n");
}

static const char *const origin_words[] = {
	[EXPLAIN_POLICY] = "policy",	      [EXPLAIN_TABLE] = "table",
	[EXPLAIN_EXPORTS] = "exports",	      [EXPLAIN_KERNEL] = "kernel",
	[EXPLAIN_NFSMOUNT] = "nfsmount.conf",
};

static struct json_object *json_of_fact(const struct explain_fact *fact)
{
	struct json_object *object = json_object_new_object();

	json_put_text(object, "what", fact->what);
	json_put_text(object, "value", fact->value);
	json_put_text(object, "source", origin_words[fact->origin]);
	if (!fact->source.file)
		return object;
	json_put_bytes(object, "file", fact->source.file);
	if (fact->source.line)
		json_put_number(object, "line", fact->source.line);
	if (!fact->source.section)
		return object;
	json_put_text(object, "section", fact->source.section);
	json_put_text(object, "setting", fact->source.key);
	return object;
}

void explanation_json(const struct explanation *explanation, struct strbuf *out)
{
	struct json_object *object = json_object_new_object(), *facts = json_object_new_array();

	json_put_text(object, "verdict", explanation->status == EXPLAIN_ALLOWED ? "allowed" : "refused");
	json_put_text(object, "sentence", explanation->sentence);
	for (size_t i = 0; i < explanation->count; i++)
		json_object_array_add(facts, json_of_fact(&explanation->fact[i]));
	json_object_object_add(object, "facts", facts);
	json_print(object, out);
}
