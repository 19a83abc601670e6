/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which section decides a key.  There are three ways to look for sections: by the server's name, by its
 * address, and by the place (mount point or export).  On each way the longest comes first, and the first section that
 * sets a key has it.  Then the ways are compared: exact before pattern before bare.
 */
#include <errno.h>
#include <string.h>

#include "support/policy/policy_private.h"

enum exactness { BARE, PARTLY, EXACTLY };

/* A server's own length counts before the path on it. */
#define LENGTH_OF_SERVER 8192u

const struct rule *policy_find_rule(const struct policy *policy, const char *key)
{
	const struct rule *rule;

	HASH_FIND_STR(policy->rules, key, rule);
	return rule;
}

/* The way so far: from the most specific section to the least. */
struct way {
	const struct policy *policy;
	const struct question *question;
	struct winner key[POLICY_KEY_COUNT];
};

static char role_letter(enum policy_role role)
{
	return role == POLICY_CLIENT ? 'c' : 's';
}

static void take(struct way *way, const struct rule *rule, enum exactness exactness, unsigned int length)
{
	for (enum policy_key key = 0; key < POLICY_KEY_COUNT; key++)
		if (rule->set[key].source.file && !way->key[key].setting)
			way->key[key] = (struct winner){ &rule->set[key], rule, exactness, length, NULL };
}

/* The sections for paths of a server whose key is in buffer, longest first. */
static void take_paths(struct way *way, char *buffer, size_t size, enum exactness exactness, unsigned int length)
{
	char path[POLICY_PATH_MAX + 1];

	if (!way->question->path || !text_copy(path, sizeof(path), way->question->path))
		return;
	do {
		unsigned int depth = path[1] ? form_count(path, '/') : 0;
		const struct rule *rule;

		buffer[size] = '|';
		strcpy(buffer + size + 1, path);
		rule = policy_find_rule(way->policy, buffer);
		if (rule)
			take(way, rule, exactness, length + 1 + depth);
	} while (form_parent(path));
	buffer[size] = '\0';
}

static void take_server(struct way *way, const char *key, enum exactness exactness, unsigned int length)
{
	char buffer[1 + POLICY_NAME_MAX + 2 + FORM_PREFIX_KEY_MAX + 1 + POLICY_PATH_MAX + 1];
	const struct rule *rule;
	size_t size = strlen(key);

	memcpy(buffer, key, size + 1);
	rule = policy_find_rule(way->policy, buffer);
	if (!rule)
		return;
	if (rule->has_paths)
		take_paths(way, buffer, size, exactness, length);
	take(way, rule, exactness, length);
}

/* name is in form_name()'s form; exact_too: also the section of that very name. */
static void walk_name(struct way *way, const char *name, bool exact_too)
{
	char key[2 + POLICY_NAME_MAX + 1] = { role_letter(way->question->role), 'n' };
	unsigned int labels = form_count(name, '.') + 1;

	if (!text_copy(key + 2, sizeof(key) - 2, name))
		return;
	if (exact_too)
		take_server(way, key, EXACTLY, labels * LENGTH_OF_SERVER);
	for (char *dot = strchr(key, '.'); dot; dot = strchr(dot + 1, '.')) {
		char pattern[sizeof(key)] = { key[0], 'w' };

		strcpy(pattern + 2, dot + 1);
		take_server(way, pattern, PARTLY, --labels * LENGTH_OF_SERVER);
	}
}

static void walk_address(struct way *way, const struct ip_address *address, unsigned int most_bits)
{
	const bool *used = address->size == 4 ? way->policy->used4 : way->policy->used6;

	for (int bits = (int)most_bits; address->size && bits >= 0; bits--) {
		char key[1 + FORM_PREFIX_KEY_MAX] = { role_letter(way->question->role) };
		bool whole = (unsigned int)bits == address->size * 8;

		if (!used[bits])
			continue;
		form_prefix_key(address, (unsigned int)bits, key + 1);
		take_server(way, key, whole ? EXACTLY : PARTLY, (unsigned int)bits * LENGTH_OF_SERVER);
	}
}

static void walk_place(struct way *way, const char *place)
{
	char key[2 + POLICY_PATH_MAX + 1] = { role_letter(way->question->role), 'p' };

	if (!text_copy(key + 2, sizeof(key) - 2, place))
		return;
	do {
		const struct rule *rule = policy_find_rule(way->policy, key);

		if (rule)
			take(way, rule, PARTLY, key[3] ? form_count(key, '/') : 0);
	} while (form_parent(key + 2));
}

static void take_bare(struct way *way)
{
	const char key[2] = { role_letter(way->question->role), '\0' };
	const struct rule *rule = policy_find_rule(way->policy, key);

	if (rule)
		take(way, rule, BARE, 0);
}

bool settings_agree(const struct setting *a, const struct setting *b)
{
	if (!a || !b)
		return a == b;
	if (a->modes || a->number || b->modes || b->number)
		return a->modes == b->modes && a->number == b->number;
	return !strcmp(a->source.value, b->source.value);
}

/* Sections found on different ways: only exactness compares them. */
static void merge(struct winners *winners, const struct way *way)
{
	for (enum policy_key key = 0; key < POLICY_KEY_COUNT; key++) {
		const struct winner *one = &way->key[key];
		struct winner *best = &winners->key[key];

		if (!one->setting)
			continue;
		if (!best->setting || one->exactness > best->exactness) {
			*best = *one;
		} else if (one->exactness == best->exactness && !settings_agree(one->setting, best->setting)) {
			winners->rival[key] = *one;
			best->rival = &winners->rival[key];
		}
	}
}

void find_winners(const struct policy *policy, const struct question *question, struct winners *winners)
{
	const struct way start = { .policy = policy, .question = question };
	struct way way = start;

	memset(winners, 0, sizeof(*winners));
	take_bare(&way);
	merge(winners, &way);
	if (question->name) {
		way = start;
		walk_name(&way, question->name, true);
		merge(winners, &way);
	}
	if (question->address) {
		way = start;
		walk_address(&way, question->address, question->address->size * 8);
		merge(winners, &way);
	}
	if (question->place) {
		way = start;
		walk_place(&way, question->place);
		merge(winners, &way);
	}
}

void find_for_target(const struct policy *policy, const struct target *target, struct winners *winners)
{
	struct question question = { .role = target->role };
	struct way way = { .policy = policy, .question = &question };
	char pattern[2 + POLICY_NAME_MAX + 1];

	memset(winners, 0, sizeof(*winners));
	if (target->kind == TARGET_REMOTE)
		question.path = target->path;
	if (target->kind == TARGET_PATH) {
		walk_place(&way, target->path);
	} else if (target->is_name && target->exact) {
		walk_name(&way, target->name, true);
	} else if (target->is_name) {
		/* As a name right below it would be found. */
		pattern[0] = '*';
		pattern[1] = '.';
		strcpy(pattern + 2, target->name);
		walk_name(&way, pattern, false);
	} else if (target->kind != TARGET_BARE) {
		walk_address(&way, &target->prefix.address, target->prefix.bits);
	}
	take_bare(&way);
	merge(winners, &way);
}

int find_check_ties(const struct winners *winners, enum policy_role role, bool of_mount, struct error *e)
{
	for (enum policy_key key = 0; key < POLICY_KEY_COUNT; key++) {
		const struct winner *one = &winners->key[key];
		AUTO_STRBUF lines = { 0 };

		if (!one->setting || !one->rival ||
		    (!of_mount && policy_key(key)->decides[role] == POLICY_DECIDES_MOUNT))
			continue;
		policy_source_format(&one->setting->source, &lines);
		strbuf_addf(&lines, " and ");
		policy_source_format(&one->rival->setting->source, &lines);
		return error_set(e, EINVAL,
				 "%s are equally specific: make them agree, or add a section for the name"
				 " or address itself",
				 lines.failed ? "two sections" : lines.text);
	}
	return 0;
}

/* ---- the minimum --------------------------------------------------------------------- */

/* Only a proven identity can be in a list: a client's takes its certificate, a server's any handshake. */
static enum xprtsec implied_by_peers(enum policy_role role)
{
	return role == POLICY_CLIENT ? XPRTSEC_TLS : XPRTSEC_MTLS;
}

/* A minimum that stands at least as close to the target was set with the list in mind. */
static bool knows_of(const struct winner *minimum, const struct winner *peers)
{
	if (minimum->rule == peers->rule || minimum->exactness > peers->exactness)
		return true;
	return minimum->exactness == peers->exactness && minimum->rule->target.kind == peers->rule->target.kind &&
	       minimum->length >= peers->length;
}

struct policy_mode find_minimum(enum policy_role role, const struct winners *winners)
{
	const struct winner *minimum = &winners->key[POLICY_KEY_MINIMUM];
	const struct winner *peers = &winners->key[POLICY_KEY_PEERS];
	struct policy_mode mode = { .mode = XPRTSEC_NONE };

	if (minimum->setting)
		mode = (struct policy_mode){ (enum xprtsec)minimum->setting->modes, minimum->setting->source };
	if (peers->setting && !(minimum->setting && knows_of(minimum, peers)) &&
	    !xprtsec_at_least(mode.mode, implied_by_peers(role)))
		mode = (struct policy_mode){ implied_by_peers(role), peers->setting->source };
	return mode;
}
