/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From settings to a policy: sections become rules, and drop-ins are held to what stands already. */
#include "support/policy/policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "support/policy/policy_private.h"

/* ---- rules ------------------------------------------------------- */

static const char *section_text(struct policy *policy, const struct conf_setting *s)
{
	AUTO_STRBUF text = { 0 };

	strbuf_addf(&text, "[%s", s->section);
	if (s->argument) {
		strbuf_addf(&text, " \"");
		strbuf_add_escaped(&text, s->argument, strlen(s->argument));
		strbuf_addf(&text, "\"");
	}
	strbuf_addf(&text, "]");
	return text.failed ? NULL : policy_string(policy, text.text);
}

static void free_rule(struct rule *rule)
{
	for (enum policy_key key = 0; key < POLICY_KEY_COUNT; key++)
		peers_free(rule->set[key].peers);
	free(rule->key);
	free(rule);
}

static struct rule *add_rule(struct policy *policy, const struct target *target, const char *key, const char *section)
{
	struct rule *rule = calloc(1, sizeof(*rule)), *found;

	if (!rule)
		return NULL;
	rule->target = *target;
	rule->section = section;
	rule->key = strdup(key);
	if (!rule->key || !section) {
		free_rule(rule);
		return NULL;
	}
	HASH_ADD_KEYPTR(hh, policy->rules, rule->key, strlen(rule->key), rule);
	HASH_FIND_STR(policy->rules, key, found);
	if (!found)
		free_rule(rule);
	return found;
}

static struct rule *find_or_add(struct policy *policy, const struct target *target, bool with_path, const char *section)
{
	AUTO_STRBUF key = { 0 };
	struct rule *rule;

	target_key(target, with_path, &key);
	if (key.failed)
		return NULL;
	HASH_FIND_STR(policy->rules, key.text, rule);
	return rule ? rule : add_rule(policy, target, key.text, section);
}

static void note_prefix(struct policy *policy, const struct target *target)
{
	bool has_server = target->kind == TARGET_ADDRESS || target->kind == TARGET_REMOTE;

	if (has_server && !target->is_name)
		(target->prefix.address.size == 4 ? policy->used4 : policy->used6)[target->prefix.bits] = true;
}

/* A rule for a path needs its server's rule as a signpost, which sets nothing itself. */
static bool add_signpost(struct policy *policy, const struct target *target, const char *section)
{
	struct target server = *target;
	struct rule *rule;

	server.kind = target->is_name ? TARGET_NAME : TARGET_ADDRESS;
	server.path[0] = '\0';
	rule = find_or_add(policy, &server, false, section);
	policy->has_remote_paths = true;
	if (rule)
		rule->has_paths = true;
	return rule;
}

static struct rule *rule_of(struct policy *policy, const struct target *target, const struct conf_setting *s)
{
	const char *section = section_text(policy, s);
	struct rule *rule;

	if (!section || (target->kind == TARGET_REMOTE && !add_signpost(policy, target, section)))
		return NULL;
	note_prefix(policy, target);
	rule = find_or_add(policy, target, true, section);
	/* As its own section writes it, not as the signpost's. */
	if (rule)
		rule->section = section;
	return rule;
}

/* ---- sections ------------------------------------------------------------------- */

static const struct {
	const char *word;
	enum policy_role role;
} sections[] = {
	{ "client", POLICY_CLIENT },
	{ "server", POLICY_SERVER },
};

static bool find_section(const char *word, enum policy_role *role)
{
	for (size_t i = 0; i < ARRAY_SIZE(sections); i++)
		if (!strcmp(sections[i].word, word)) {
			*role = sections[i].role;
			return true;
		}
	return false;
}

static int unknown_section(const struct conf_setting *s, struct error *e)
{
	char shown[64];

	text_escape(shown, sizeof(shown), s->section, strlen(s->section));
	return error_set(e, EINVAL, "%s:%u: unknown section [%s]: there are [client], [server] and [agent]", s->file,
			 s->line, shown);
}

static int parse_target(const struct conf_setting *s, struct target *target, struct error *e)
{
	enum policy_role role;

	if (!find_section(s->section, &role))
		return unknown_section(s, e);
	if (target_parse(role, s->argument, target, e))
		return error_prefix(e, "%s:%u: section [%s]", s->file, s->line, s->section);
	return 0;
}

static int apply(struct policy *policy, const struct conf_setting *s, struct error *e)
{
	struct target target;
	struct rule *rule;
	int r;

	if (!strcmp(s->section, "agent"))
		return settings_apply_agent(policy, s, e);
	r = parse_target(s, &target, e);
	if (r)
		return r;
	rule = rule_of(policy, &target, s);
	return rule ? settings_apply(policy, rule, s, e) : error_set(e, ENOMEM, "out of memory");
}

/* ---- drop-ins --------------------------------------------------------------------- */

static bool was_named_elsewhere(const struct rule *rule, const char *file)
{
	for (enum policy_key key = 0; key < POLICY_KEY_COUNT; key++)
		if (rule->set[key].source.file && strcmp(rule->set[key].source.file, file) != 0)
			return true;
	return false;
}

static int refuse_loosening(const struct conf_setting *s, const struct rule *rule, const struct policy_mode *before,
			    struct error *e)
{
	AUTO_STRBUF line = { 0 };

	policy_source_format(&before->source, &line);
	return error_set(e, EINVAL,
			 "%s:%u: minimum=%s would loosen %s, which %s sets to at least %s: a later file may"
			 " only make it stronger",
			 s->file, s->line, s->value, rule->section, line.failed ? "an earlier file" : line.text,
			 xprtsec_word(before->mode));
}

/* Against the state before the file that s stands in. */
static int check_loosening(const struct policy *policy, const struct conf_setting *s, struct error *e)
{
	struct policy_mode before;
	struct winners winners;
	struct target target;
	enum xprtsec mode;
	AUTO_STRBUF key = { 0 };
	const struct rule *rule;
	int r;

	if (strcmp(s->key, "minimum") != 0 || !strcmp(s->section, "agent"))
		return 0;
	r = parse_target(s, &target, e);
	if (r)
		return r;
	target_key(&target, true, &key);
	if (key.failed)
		return error_set(e, ENOMEM, "out of memory");
	rule = policy_find_rule(policy, key.text);
	if (!rule || !was_named_elsewhere(rule, s->file))
		return 0;
	find_for_target(policy, &target, &winners);
	before = find_minimum(target.role, &winners);
	/* What is no mode is told when the setting is applied. */
	if (xprtsec_parse(s->value, strlen(s->value), &mode) || mode == XPRTSEC_AUTO ||
	    xprtsec_at_least(mode, before.mode))
		return 0;
	return refuse_loosening(s, rule, &before, e);
}

/* The settings that follow each other in one file: [from, returned). */
static size_t end_of_file(const struct conf *conf, size_t from)
{
	const char *file = conf_at(conf, from)->file;
	size_t to = from;

	while (to < conf_count(conf) && !strcmp(conf_at(conf, to)->file, file))
		to++;
	return to;
}

static int apply_all(struct policy *policy, const struct conf *conf, struct error *e)
{
	size_t from = 0, to;
	int r = 0;

	for (; !r && from < conf_count(conf); from = to) {
		to = end_of_file(conf, from);
		for (size_t i = from; !r && i < to; i++)
			r = check_loosening(policy, conf_at(conf, i), e);
		for (size_t i = from; !r && i < to; i++)
			r = apply(policy, conf_at(conf, i), e);
	}
	return r;
}

/* ---- the whole ------------------------------------------------------------------------ */

static int check_defaults(const struct policy *policy, struct error *e)
{
	for (const struct rule *rule = policy->rules; rule; rule = rule->hh.next) {
		const struct setting *minimum = &rule->set[POLICY_KEY_MINIMUM],
				     *chosen = &rule->set[POLICY_KEY_DEFAULT];
		unsigned int allowed = XPRTSEC_AUTO;

		if (!minimum->source.file || !chosen->source.file)
			continue;
		allowed |= xprtsec_set_from((enum xprtsec)minimum->modes);
		if (chosen->modes & ~allowed)
			return error_set(e, EINVAL,
					 "%s:%u: default=%s is weaker than minimum=%s of the same section "
					 "(%s:%u)",
					 chosen->source.file, chosen->source.line, chosen->source.value,
					 minimum->source.value, minimum->source.file, minimum->source.line);
	}
	return 0;
}

/* Whom it holds for could connect to nobody. */
static int check_lists(const struct policy *policy, struct error *e)
{
	for (const struct rule *rule = policy->rules; rule; rule = rule->hh.next) {
		const struct setting *required = &rule->set[POLICY_KEY_CRL_REQUIRED];
		struct winners winners;

		if (!required->number)
			continue;
		find_for_target(policy, &rule->target, &winners);
		if (!winners.key[POLICY_KEY_CRL].setting)
			return error_set(e, EINVAL,
					 "%s:%u: crl-required=yes, but no crl= holds for %s: name the "
					 "revocation lists in the same section",
					 required->source.file, required->source.line, rule->section);
	}
	return 0;
}

int policy_from_conf(const struct conf *conf, struct policy **policy, struct error *e)
{
	struct policy *new = calloc(1, sizeof(*new));
	int r;

	if (!new)
		return error_set(e, ENOMEM, "out of memory");
	r = apply_all(new, conf, e);
	if (!r)
		r = check_defaults(new, e);
	if (!r)
		r = check_lists(new, e);
	if (!r)
		r = inventory_make(new, e);
	if (r) {
		policy_free(new);
		return r;
	}
	*policy = new;
	return 0;
}

static void free_terms(struct term_list *list)
{
	HASH_CLEAR(hh, list->by_text);
	for (size_t i = 0; i < list->count; i++)
		free(list->term[i]);
	free(list->term);
}

void policy_free(struct policy *policy)
{
	struct string *string, *next_string;
	struct rule *rule, *next;

	if (!policy)
		return;
	HASH_ITER(hh, policy->rules, rule, next) {
		HASH_DEL(policy->rules, rule);
		free_rule(rule);
	}
	for (int role = 0; role < POLICY_ROLE_COUNT; role++) {
		for (enum policy_key key = 0; key < POLICY_KEY_COUNT; key++)
			free_terms(&policy->terms[key][role]);
		free(policy->trust[role]);
	}
	HASH_ITER(hh, policy->strings, string, next_string) {
		HASH_DEL(policy->strings, string);
		free(string);
	}
	peers_free(policy->admitted);
	free(policy->own_name);
	free(policy);
}

void policy_free_pointer(struct policy **policy)
{
	policy_free(*policy);
}

size_t policy_section_count(const struct policy *policy)
{
	size_t count = 0;

	for (const struct rule *rule = policy->rules; rule; rule = rule->hh.next)
		for (enum policy_key key = 0; key < POLICY_KEY_COUNT; key++)
			if (rule->set[key].source.file) {
				count++;
				break;
			}
	return count;
}

unsigned int policy_workers(const struct policy *policy)
{
	return policy->workers;
}

const char *policy_user(const struct policy *policy)
{
	return policy->user;
}
