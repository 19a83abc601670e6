/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of what answers can name, so that an agent reads every file once, before it is asked. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "support/policy/policy_private.h"

#define TRUST_MAX 4096u /* pairs of trust store and revocation list */

/* ---- certificates ------------------------------------------------------------------- */

static const struct policy_text usual_certificate = { .value = POLICY_USUAL_CERTIFICATE };

/* Number 0 is what the bare section answers; when it names one, nobody falls back to "host". */
size_t policy_certificate_count(const struct policy *policy, enum policy_role role)
{
	return policy->terms[POLICY_KEY_CERTIFICATE][role].count + 1;
}

const struct policy_text *policy_certificate(const struct policy *policy, enum policy_role role, size_t number)
{
	return number ? &policy->terms[POLICY_KEY_CERTIFICATE][role].term[number - 1]->text : &usual_certificate;
}

static int add_own_name(struct policy *policy, const struct rule *rule)
{
	const struct setting *certificate = &rule->set[POLICY_KEY_CERTIFICATE];
	struct policy_own_name *more, *own;
	AUTO_STRBUF name = { 0 };

	more = reallocarray(policy->own_name, policy->own_name_count + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	policy->own_name = more;
	strbuf_addf(&name, "%s%s", rule->target.exact ? "" : "*.", rule->target.name);
	own = &more[policy->own_name_count];
	own->name = name.failed ? NULL : policy_string(policy, name.text);
	own->certificate = (struct policy_text){ certificate->source.value, certificate->number, certificate->source };
	policy->own_name_count++;
	return own->name ? 0 : -ENOMEM;
}

size_t policy_own_name_count(const struct policy *policy)
{
	return policy->own_name_count;
}

const struct policy_own_name *policy_own_name(const struct policy *policy, size_t i)
{
	return &policy->own_name[i];
}

/* ---- trust ---------------------------------------------------------------------------- */

/* A set of pairs while it grows. */
struct pairs {
	struct pair {
		UT_hash_handle hh;
		struct {
			unsigned int truststore, crl;
		} key;
		struct policy_trust trust;
	} * by_key;
	size_t count;
};

static struct policy_text text_of(const struct setting *setting)
{
	if (!setting)
		return (struct policy_text){ .value = NULL };
	return (struct policy_text){ setting->source.value, setting->number, setting->source };
}

static int add_pair(struct pairs *pairs, const struct setting *truststore, const struct setting *crl)
{
	struct pair *pair = calloc(1, sizeof(*pair)), *found;

	if (!pair)
		return -ENOMEM;
	pair->trust.truststore = text_of(truststore);
	pair->trust.crl = text_of(crl);
	pair->key.truststore = pair->trust.truststore.number;
	pair->key.crl = pair->trust.crl.number;
	HASH_FIND(hh, pairs->by_key, &pair->key, sizeof(pair->key), found);
	if (found) {
		free(pair);
		return 0;
	}
	if (++pairs->count > TRUST_MAX) {
		free(pair);
		return -E2BIG;
	}
	HASH_ADD(hh, pairs->by_key, key, sizeof(pair->key), pair);
	HASH_FIND(hh, pairs->by_key, &pair->key, sizeof(pair->key), found);
	return found ? 0 : -ENOMEM;
}

static bool says_of_trust(const struct rule *rule)
{
	return rule->set[POLICY_KEY_TRUSTSTORE].source.file || rule->set[POLICY_KEY_CRL].source.file;
}

/* What a section answers together with those that it inherits from. */
static int add_own_pair(const struct policy *policy, const struct rule *rule, struct pairs *pairs)
{
	struct winners winners;

	find_for_target(policy, &rule->target, &winners);
	return add_pair(pairs, winners.key[POLICY_KEY_TRUSTSTORE].setting, winners.key[POLICY_KEY_CRL].setting);
}

/* What sections for names, and what sections for addresses say, each value once. */
struct spoken {
	const struct setting **truststore[2], **crl[2]; /* [by name], [number] */
};

static void free_spoken(struct spoken *spoken)
{
	for (int by_name = 0; by_name < 2; by_name++) {
		free(spoken->truststore[by_name]);
		free(spoken->crl[by_name]);
	}
}

static int find_spoken(const struct policy *policy, enum policy_role role, struct spoken *spoken)
{
	for (int by_name = 0; by_name < 2; by_name++) {
		spoken->truststore[by_name] =
			calloc(policy->terms[POLICY_KEY_TRUSTSTORE][role].count + 1, sizeof(void *));
		spoken->crl[by_name] = calloc(policy->terms[POLICY_KEY_CRL][role].count + 1, sizeof(void *));
		if (!spoken->truststore[by_name] || !spoken->crl[by_name])
			return -ENOMEM;
	}
	for (const struct rule *rule = policy->rules; rule; rule = rule->hh.next) {
		const struct setting *truststore = &rule->set[POLICY_KEY_TRUSTSTORE], *crl = &rule->set[POLICY_KEY_CRL];

		if (rule->target.role != role || rule->target.kind == TARGET_BARE)
			continue;
		/* Number 0 is not set: it lands in a place that nobody reads. */
		spoken->truststore[rule->target.is_name][truststore->number] = truststore;
		spoken->crl[rule->target.is_name][crl->number] = crl;
	}
	return 0;
}

/* A server can be found by name for one key and by address for the other. */
static int add_crossed_pairs(const struct policy *policy, enum policy_role role, const struct spoken *spoken,
			     struct pairs *pairs)
{
	int r = 0;

	for (int by_name = 0; by_name < 2; by_name++)
		for (size_t t = 1; t <= policy->terms[POLICY_KEY_TRUSTSTORE][role].count; t++)
			for (size_t c = 1; c <= policy->terms[POLICY_KEY_CRL][role].count && !r; c++)
				if (spoken->truststore[by_name][t] && spoken->crl[!by_name][c])
					r = add_pair(pairs, spoken->truststore[by_name][t], spoken->crl[!by_name][c]);
	return r;
}

static int collect_pairs(const struct policy *policy, enum policy_role role, struct pairs *pairs)
{
	const struct target bare = { .role = role, .kind = TARGET_BARE };
	struct winners winners;
	struct spoken spoken = { .crl = { NULL } };
	int r;

	find_for_target(policy, &bare, &winners);
	r = add_pair(pairs, winners.key[POLICY_KEY_TRUSTSTORE].setting, winners.key[POLICY_KEY_CRL].setting);
	for (const struct rule *rule = policy->rules; rule && !r; rule = rule->hh.next)
		if (rule->target.role == role && says_of_trust(rule))
			r = add_own_pair(policy, rule, pairs);
	if (!r)
		r = find_spoken(policy, role, &spoken);
	if (!r)
		r = add_crossed_pairs(policy, role, &spoken, pairs);
	free_spoken(&spoken);
	return r;
}

static int make_trust(struct policy *policy, enum policy_role role)
{
	struct pairs pairs = { .count = 0 };
	struct pair *pair, *next;
	int r = collect_pairs(policy, role, &pairs);

	policy->trust[role] = r ? NULL : calloc(pairs.count, sizeof(*policy->trust[role]));
	if (!r && !policy->trust[role])
		r = -ENOMEM;
	HASH_ITER(hh, pairs.by_key, pair, next) {
		if (!r)
			policy->trust[role][policy->trust_count[role]++] = pair->trust;
		HASH_DEL(pairs.by_key, pair);
		free(pair);
	}
	return r;
}

size_t policy_trust_count(const struct policy *policy, enum policy_role role)
{
	return policy->trust_count[role];
}

const struct policy_trust *policy_trust(const struct policy *policy, enum policy_role role, size_t i)
{
	return &policy->trust[role][i];
}

/* ---- clients ------------------------------------------------------------------------------- */

static bool is_export(const struct rule *rule)
{
	return rule->target.role == POLICY_SERVER &&
	       (rule->target.kind == TARGET_BARE || rule->target.kind == TARGET_PATH);
}

/* Of all exports: the weakest minimum, and everybody who may reach any. */
static int note_export(struct policy *policy, const struct target *target, bool *everyone)
{
	struct policy_mode minimum;
	struct winners winners;

	find_for_target(policy, target, &winners);
	minimum = find_minimum(POLICY_SERVER, &winners);
	if (!xprtsec_at_least(minimum.mode, policy->weakest_minimum.mode))
		policy->weakest_minimum = minimum;
	if (!winners.key[POLICY_KEY_PEERS].setting) {
		*everyone = true;
		return 0;
	}
	return peers_add_all(policy->admitted, winners.key[POLICY_KEY_PEERS].setting->peers);
}

static int note_exports(struct policy *policy)
{
	const struct target bare = { .role = POLICY_SERVER, .kind = TARGET_BARE };
	struct winners winners;
	bool everyone = false;
	int r;

	policy->admitted = peers_new();
	if (!policy->admitted)
		return -ENOMEM;
	find_for_target(policy, &bare, &winners);
	policy->weakest_minimum = find_minimum(POLICY_SERVER, &winners);
	r = note_export(policy, &bare, &everyone);
	for (const struct rule *rule = policy->rules; rule && !r; rule = rule->hh.next)
		if (is_export(rule))
			r = note_export(policy, &rule->target, &everyone);
	if (everyone) {
		peers_free(policy->admitted);
		policy->admitted = NULL;
	}
	return r;
}

int inventory_make(struct policy *policy, struct error *e)
{
	int r = 0;

	for (const struct rule *rule = policy->rules; rule && !r; rule = rule->hh.next)
		if (rule->target.role == POLICY_SERVER && rule->target.kind == TARGET_NAME &&
		    rule->set[POLICY_KEY_CERTIFICATE].source.file)
			r = add_own_name(policy, rule);
	for (int role = 0; role < POLICY_ROLE_COUNT && !r; role++)
		r = make_trust(policy, (enum policy_role)role);
	if (!r)
		r = note_exports(policy);
	if (r == -E2BIG)
		return error_set(e, E2BIG, "more than %u combinations of truststore= and crl=: put the files together",
				 TRUST_MAX);
	return r ? error_set(e, ENOMEM, "out of memory") : 0;
}
