/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys: where each may stand, what it takes, what it says. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/policy/policy_private.h"

#define NAME_MAX_BYTES 127u
#define FILE_MAX_BYTES 1023u

/* What a reader of values needs besides the value. */
struct reading {
	struct policy *policy;
	enum policy_role role;
	enum policy_key key;
	struct setting *to; /* source is filled in already */
	char problem[160];  /* set on -EINVAL */
};

typedef int value_reader(struct reading *reading, const char *value);

static int refuse(struct reading *reading, const char *problem)
{
	text_copy(reading->problem, sizeof(reading->problem), problem);
	return -EINVAL;
}

static int read_mode(struct reading *reading, const char *value)
{
	enum xprtsec mode;

	if (xprtsec_parse(value, strlen(value), &mode) || mode == XPRTSEC_AUTO)
		return refuse(reading, "must be none, tls or mtls");
	reading->to->modes = mode;
	return 0;
}

static int read_mount_default(struct reading *reading, const char *value)
{
	enum xprtsec mode;

	if (xprtsec_parse(value, strlen(value), &mode))
		return refuse(reading, "must be none, tls, mtls or auto");
	reading->to->modes = mode;
	return 0;
}

static int read_export_default(struct reading *reading, const char *value)
{
	if (xprtsec_set_parse(value, strlen(value), &reading->to->modes, NULL))
		return refuse(reading, "must be a list of none, tls and mtls, joined by colons");
	return 0;
}

static int read_modes(struct reading *reading, const char *value)
{
	return reading->role == POLICY_CLIENT ? read_mount_default(reading, value) :
						read_export_default(reading, value);
}

static int intern(struct reading *reading, const char *value)
{
	struct term_list *list = &reading->policy->terms[reading->key][reading->role];
	struct term *term, **more;

	HASH_FIND(hh, list->by_text, value, strlen(value), term);
	if (term) {
		reading->to->number = term->text.number;
		return 0;
	}
	more = reallocarray(list->term, list->count + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	list->term = more;
	term = calloc(1, sizeof(*term));
	if (!term)
		return -ENOMEM;
	list->term[list->count++] = term;
	term->text.value = reading->to->source.value;
	term->text.number = (unsigned int)list->count; /* 0 is for what nobody set */
	term->text.source = reading->to->source;
	HASH_ADD_KEYPTR(hh, list->by_text, term->text.value, strlen(value), term);
	reading->to->number = term->text.number;
	return 0;
}

/* The name becomes part of a path, so it must not leave the folder. */
static int read_name(struct reading *reading, const char *value)
{
	if (!*value || strchr(value, '/') || value[0] == '.')
		return refuse(reading, "a certificate is named without folder and suffix, for example host");
	if (strlen(value) > NAME_MAX_BYTES)
		return refuse(reading, "the name is too long");
	return intern(reading, value);
}

static int read_file(struct reading *reading, const char *value)
{
	if (value[0] != '/')
		return refuse(reading, "a path must begin with /");
	if (strlen(value) > FILE_MAX_BYTES)
		return refuse(reading, "the path is too long");
	return intern(reading, value);
}

static int read_choice(struct reading *reading, const char *value)
{
	const struct policy_key_row *row = policy_key(reading->key);

	reading->to->number = !strcmp(value, row->other);
	if (reading->to->number || !strcmp(value, row->usual))
		return 0;
	snprintf(reading->problem, sizeof(reading->problem), "must be %s or %s",
		 row->values == POLICY_VALUES_SWITCH ? row->other : row->usual,
		 row->values == POLICY_VALUES_SWITCH ? row->usual : row->other);
	return -EINVAL;
}

static int read_peers(struct reading *reading, const char *value)
{
	return peers_parse(value, &reading->to->source, &reading->to->peers, reading->problem,
			   sizeof(reading->problem));
}

#define EVERY_SERVER (TARGET_BARE | TARGET_NAME | TARGET_ADDRESS)

/* What a key decides says where it may stand: sets of enum target_kind. */
static const unsigned int places[POLICY_DECIDES_COUNT][POLICY_ROLE_COUNT] = {
	[POLICY_DECIDES_MOUNT] = { [POLICY_CLIENT] = EVERY_SERVER | TARGET_REMOTE | TARGET_PATH },
	[POLICY_DECIDES_EXPORT] = { [POLICY_SERVER] = TARGET_BARE | TARGET_PATH },
	[POLICY_DECIDES_CONNECTION] = { [POLICY_CLIENT] = EVERY_SERVER,
					[POLICY_SERVER] = TARGET_BARE | TARGET_ADDRESS },
	[POLICY_DECIDES_CONNECTION_BY_NAME] = { [POLICY_SERVER] = EVERY_SERVER },
};

static value_reader *const readers[POLICY_VALUES_COUNT] = {
	[POLICY_VALUES_MODE] = read_mode,   [POLICY_VALUES_MODES] = read_modes,	  [POLICY_VALUES_NAME] = read_name,
	[POLICY_VALUES_FILE] = read_file,   [POLICY_VALUES_CHOICE] = read_choice, [POLICY_VALUES_SWITCH] = read_choice,
	[POLICY_VALUES_PEERS] = read_peers,
};

#define ROW(member, word, client, server, values, ...) \
	{ word, #member, { POLICY_DECIDES_##client, POLICY_DECIDES_##server }, POLICY_VALUES_##values, __VA_ARGS__ },
#define MODE(name, ...) ROW(__VA_ARGS__, false)
#define CONNECTION(name, ...) ROW(__VA_ARGS__, true)
static const struct policy_key_row keys[POLICY_KEY_COUNT] = { POLICY_MODE_KEYS(MODE)
								      POLICY_CONNECTION_KEYS(CONNECTION) };

const struct policy_key_row *policy_key(enum policy_key key)
{
	return &keys[key];
}

const char *policy_text_shown(enum policy_key key, const struct policy_text *text)
{
	return text->value ? text->value : keys[key].usual;
}

static bool may_stand(enum policy_key key, const struct target *target)
{
	return places[policy_key(key)->decides[target->role]][target->role] & (unsigned int)target->kind;
}

/* Why a section takes only some of the keys. */
static const struct {
	enum policy_role role;
	enum target_kind kind;
	const char *why;
} limits[] = {
	{ POLICY_CLIENT, TARGET_REMOTE, "one connection serves all paths of a server" },
	{ POLICY_CLIENT, TARGET_PATH, "one connection serves all mounts of a server" },
	{ POLICY_SERVER, TARGET_NAME,
	  "a client chooses the name that it asks for, so nothing that protects may depend on it" },
	{ POLICY_SERVER, TARGET_ADDRESS, "the exports are the same at every address" },
	{ POLICY_SERVER, TARGET_PATH, "a client connects before it names an export" },
};

static enum policy_key find_key(const char *word)
{
	enum policy_key key = 0;

	while (key < POLICY_KEY_COUNT && strcmp(keys[key].word, word) != 0)
		key++;
	return key;
}

static void list_keys(const struct target *target, struct strbuf *list)
{
	for (enum policy_key key = 0; key < POLICY_KEY_COUNT; key++)
		if (may_stand(key, target))
			strbuf_addf(list, "%s%s", list->size ? ", " : "", keys[key].word);
}

static int refuse_key(const struct rule *rule, const struct conf_setting *s, bool known, struct error *e)
{
	AUTO_STRBUF list = { 0 };
	char shown[64];

	list_keys(&rule->target, &list);
	text_escape(shown, sizeof(shown), s->key, strlen(s->key));
	if (!known)
		return error_set(e, EINVAL, "%s:%u: unknown key \"%s\" in %s: it takes %s", s->file, s->line, shown,
				 rule->section, list.text ? list.text : "nothing");
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
		if (limits[i].role == rule->target.role && limits[i].kind == rule->target.kind)
			return error_set(e, EINVAL, "%s:%u: %s= cannot stand in %s: %s; it takes %s", s->file, s->line,
					 shown, rule->section, limits[i].why, list.text ? list.text : "nothing");
	return error_set(e, EINVAL, "%s:%u: %s= cannot stand in %s", s->file, s->line, shown, rule->section);
}

static int bad_value(const struct conf_setting *s, const char *problem, struct error *e)
{
	char shown[128];

	text_escape(shown, sizeof(shown), s->value, strlen(s->value));
	return error_set(e, EINVAL, "%s:%u: %s=%s: %s", s->file, s->line, s->key, shown, problem);
}

static int fill_source(struct policy *policy, const struct rule *rule, const struct conf_setting *s,
		       struct policy_source *source)
{
	source->file = policy_string(policy, s->file);
	source->line = s->line;
	source->section = rule->section;
	source->key = keys[find_key(s->key)].word;
	source->value = policy_string(policy, s->value);
	return source->file && source->value ? 0 : -ENOMEM;
}

int settings_apply(struct policy *policy, struct rule *rule, const struct conf_setting *s, struct error *e)
{
	enum policy_key key = find_key(s->key);
	struct setting new = { .modes = 0 };
	struct reading reading = { .policy = policy, .role = rule->target.role, .key = key, .to = &new };
	const struct policy_source *old;
	int r;

	if (key == POLICY_KEY_COUNT || !may_stand(key, &rule->target))
		return refuse_key(rule, s, key != POLICY_KEY_COUNT, e);
	old = &rule->set[key].source;
	if (old->file && !strcmp(old->file, s->file))
		return error_set(e, EINVAL, "%s:%u: %s= for %s stands already in line %u: keep one of them", s->file,
				 s->line, s->key, rule->section, old->line);
	r = fill_source(policy, rule, s, &new.source);
	if (!r)
		r = readers[keys[key].values](&reading, s->value);
	if (r)
		return r == -EINVAL ? bad_value(s, reading.problem, e) : error_set(e, ENOMEM, "out of memory");
	peers_free(rule->set[key].peers);
	rule->set[key] = new;
	return 0;
}

/* ---- [agent] ---------------------------------------------------------------------- */

static int read_workers(struct policy *policy, const char *value)
{
	long long number;

	if (text_number(value, 1, POLICY_WORKERS_MAX, &number))
		return -EINVAL;
	policy->workers = (unsigned int)number;
	return 0;
}

static int read_user(struct policy *policy, const char *value)
{
	return *value && text_copy(policy->user, sizeof(policy->user), value) ? 0 : -EINVAL;
}

int settings_apply_agent(struct policy *policy, const struct conf_setting *s, struct error *e)
{
	static const struct {
		const char *word;
		int (*read)(struct policy *policy, const char *value);
		const char *problem;
	} agent_keys[] = {
		{ "workers", read_workers, "must be a number from 1 to 64" },
		{ "user", read_user, "must be the name of a user" },
	};
	char shown[64];

	if (s->argument)
		return error_set(e, EINVAL, "%s:%u: [agent] takes no argument", s->file, s->line);
	for (size_t i = 0; i < ARRAY_SIZE(agent_keys); i++)
		if (!strcmp(agent_keys[i].word, s->key))
			return agent_keys[i].read(policy, s->value) ? bad_value(s, agent_keys[i].problem, e) : 0;
	text_escape(shown, sizeof(shown), s->key, strlen(s->key));
	return error_set(e, EINVAL, "%s:%u: unknown key \"%s\" in [agent]: it takes workers, user", s->file, s->line,
			 shown);
}
