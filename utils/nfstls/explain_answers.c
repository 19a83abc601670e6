/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/json/json.h"
#include "utils/nfstls/explain.h"

/* ---- facts --------------------------------------------------------------------- */

void explanation_add(struct explanation *to, const char *what, const struct policy_source *source, const char *fmt, ...)
{
	struct explain_fact *more = reallocarray(to->fact, to->count + 1, sizeof(*more));
	struct explain_fact fact = { .what = what };
	va_list args;

	if (source)
		fact.source = *source;
	if (more)
		to->fact = more;
	va_start(args, fmt);
	if (vasprintf(&fact.value, fmt, args) < 0)
		fact.value = NULL;
	va_end(args);
	if (!more || !fact.value) {
		free(fact.value);
		to->failed = true;
		return;
	}
	to->fact[to->count++] = fact;
}

void explanation_free(struct explanation *explanation)
{
	for (size_t i = 0; i < explanation->count; i++)
		free(explanation->fact[i].value);
	free(explanation->fact);
	memset(explanation, 0, sizeof(*explanation));
}

static void conclude(struct explanation *to, enum explain_status status, const char *fmt, ...) PRINTF_LIKE(3, 4);

static void conclude(struct explanation *to, enum explain_status status, const char *fmt, ...)
{
	va_list args;

	to->status = status;
	va_start(args, fmt);
	vsnprintf(to->sentence, sizeof(to->sentence), fmt, args);
	va_end(args);
}

#define MODE_WORDS_MAX 16u /* "none:tls:mtls" */

static const char *mode_words(unsigned int modes, char words[MODE_WORDS_MAX])
{
	AUTO_STRBUF list = { 0 };

	xprtsec_set_format(modes, &list);
	text_copy(words, MODE_WORDS_MAX, list.text ? list.text : "");
	return words;
}

static void add_text(struct explanation *to, const char *what, const struct policy_text *text, const char *otherwise)
{
	explanation_add(to, what, &text->source, "%s", text->value ? text->value : otherwise);
}

static void add_peers(struct explanation *to, const struct policy_peers *peers, const struct policy_source *source,
		      const char *everyone)
{
	explanation_add(to, "peers", source, "%s", peers ? source->value : everyone);
}

static struct policy_identity identity_of(const char *text)
{
	struct policy_identity identity = { .name = NULL };

	if (!policy_address_parse(text, &identity.address))
		identity.name = text;
	return identity;
}

/* ---- a mount ---------------------------------------------------------------------- */

static unsigned int allowed_modes(enum xprtsec minimum)
{
	unsigned int modes = 0;

	for (enum xprtsec mode = XPRTSEC_NONE; mode <= XPRTSEC_MTLS; mode <<= 1)
		if (xprtsec_at_least(mode, minimum))
			modes |= mode;
	return modes;
}

static void add_connection(struct explanation *to, const struct policy_connection *connection)
{
	add_text(to, "certificate", &connection->certificate, "host");
	add_text(to, "truststore", &connection->truststore, "the system's");
	add_text(to, "crl", &connection->crl, "none");
	explanation_add(to, "crl-required", &connection->crl_required_source, connection->crl_required ? "yes" : "no");
	explanation_add(to, "alpn", &connection->alpn_source, connection->alpn_optional ? "optional" : "required");
	add_peers(to, connection->peers, &connection->peers_source, "every server with a valid certificate");
}

static void conclude_mount(const struct policy_mount *answer, struct explanation *to)
{
	struct policy_source source;
	enum xprtsec mode;
	struct error e;

	if (policy_mount_decide(answer, false, XPRTSEC_NONE, &mode, &source, &e)) {
		explanation_add(to, "without-option", &answer->minimum.source, "refused");
		conclude(to, EXPLAIN_REFUSED, "refused: %s", e.text);
		return;
	}
	explanation_add(to, "without-option", &source, "xprtsec=%s", xprtsec_word(mode));
	conclude(to, EXPLAIN_ALLOWED, "allowed: a mount without xprtsec= has xprtsec=%s", xprtsec_word(mode));
}

void explain_mount(const struct policy_mount *answer, struct explanation *to)
{
	char words[MODE_WORDS_MAX];

	explanation_add(to, "minimum", &answer->minimum.source, "%s", xprtsec_word(answer->minimum.mode));
	explanation_add(to, "default", &answer->default_mode.source, "%s", xprtsec_word(answer->default_mode.mode));
	explanation_add(to, "allowed", &answer->minimum.source, "%s",
			mode_words(allowed_modes(answer->minimum.mode), words));
	add_connection(to, &answer->connection);
	conclude_mount(answer, to);
}

/* ---- an export ---------------------------------------------------------------------- */

static void conclude_export(const struct policy_export *answer, const char *path, const char *client,
			    struct explanation *to)
{
	struct policy_identity identity;
	char words[MODE_WORDS_MAX];

	mode_words(answer->may_offer, words);
	if (!client) {
		conclude(to, EXPLAIN_ALLOWED, "allowed: %s may be exported with xprtsec=%s", path, words);
		return;
	}
	identity = identity_of(client);
	if (policy_peers_have(answer->peers, &identity, 1)) {
		explanation_add(to, "client", &answer->peers_source, "permitted");
		conclude(to, EXPLAIN_ALLOWED, "allowed: %s may reach %s with xprtsec=%s", client, path, words);
	} else if (answer->may_offer & (XPRTSEC_NONE | XPRTSEC_TLS)) {
		explanation_add(to, "client", &answer->peers_source, "not permitted with a certificate");
		conclude(to, EXPLAIN_REFUSED, "refused: %s is not among the peers of %s; without a certificate it can"
			 " still reach what is exported with %s: set minimum=mtls to prevent that", client, path,
			 mode_words(answer->may_offer & ~(unsigned int)XPRTSEC_MTLS, words));
	} else {
		explanation_add(to, "client", &answer->peers_source, "not permitted");
		conclude(to, EXPLAIN_REFUSED, "refused: %s is not among the peers of %s", client, path);
	}
}

int explain_export(const struct policy *policy, const char *path, const char *client, struct explanation *to,
		   struct error *e)
{
	struct policy_export answer;
	char words[MODE_WORDS_MAX];
	int r = policy_export(policy, path, &answer, e);

	if (r)
		return r;
	explanation_add(to, "minimum", &answer.minimum.source, "%s", xprtsec_word(answer.minimum.mode));
	explanation_add(to, "may-offer", &answer.minimum.source, "%s", mode_words(answer.may_offer, words));
	explanation_add(to, "without-option", &answer.default_source, "xprtsec=%s",
			mode_words(answer.by_default, words));
	add_peers(to, answer.peers, &answer.peers_source, "every client with a valid certificate");
	conclude_export(&answer, path, client, to);
	return 0;
}

/* ---- a peer -------------------------------------------------------------------------- */

static void add_reach(const char *path, bool may, const struct policy_source *source, void *context)
{
	explanation_add(context, may ? "may-reach" : "may-not-reach", source, "%s", path ? path : "all other exports");
}

int explain_peer(const struct policy *policy, const char *name, struct explanation *to, struct error *e)
{
	struct policy_identity identity = identity_of(name);
	struct policy_source source;
	bool may;

	if (!*name)
		return error_set(e, EINVAL, "which peer?");
	may = policy_client_may_connect(policy, &identity, 1, &source);
	explanation_add(to, "connect", &source, may ? "permitted" : "refused");
	policy_client_reach(policy, &identity, 1, add_reach, to);
	if (may)
		conclude(to, EXPLAIN_ALLOWED, "allowed: a client with a valid certificate for %s may connect", name);
	else
		conclude(to, EXPLAIN_REFUSED, "refused: a client with a certificate for %s may not connect", name);
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

void explanation_text(const struct explanation *explanation, struct strbuf *out)
{
	for (size_t i = 0; i < explanation->count; i++) {
		const struct explain_fact *fact = &explanation->fact[i];

		strbuf_addf(out, "%-15s ", fact->what);
		explanation_add_printable(out, fact->value);
		if (fact->source.file) {
			strbuf_addf(out, "    by ");
			policy_source_format(&fact->source, out);
		}
		strbuf_addf(out, "\n");
	}
	explanation_add_printable(out, explanation->sentence);
	strbuf_addf(out, "\n");
}

static struct json_object *json_of_fact(const struct explain_fact *fact)
{
	struct json_object *object = json_object_new_object();

	json_put_text(object, "what", fact->what);
	json_put_text(object, "value", fact->value);
	if (!fact->source.file)
		return object;
	json_put_text(object, "file", fact->source.file);
	json_put_number(object, "line", fact->source.line);
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
