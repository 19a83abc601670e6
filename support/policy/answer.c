/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions in, answers with their reason out. */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "support/policy/policy_private.h"

/* ---- connections -------------------------------------------------------------------- */

static struct policy_source source_of(const struct winner *winner)
{
	return winner->setting ? winner->setting->source : (struct policy_source){ .file = NULL };
}

static struct policy_text text_of(const struct winner *winner)
{
	if (!winner->setting)
		return (struct policy_text){ .value = NULL };
	return (struct policy_text){ winner->setting->source.value, winner->setting->number, winner->setting->source };
}

static const size_t members[POLICY_KEY_COUNT] = {
#define X(name, member, ...) [POLICY_KEY_##name] = offsetof(struct policy_connection, member),
	POLICY_CONNECTION_KEYS(X)
#undef X
};

const struct policy_text *policy_connection_text(const struct policy_connection *connection, enum policy_key key)
{
	return policy_key(key)->of_connection ? (const void *)((const char *)connection + members[key]) : NULL;
}

static void fill_connection(const struct winners *winners, struct policy_connection *to)
{
	const struct setting *peers = winners->key[POLICY_KEY_PEERS].setting;

#define X(name, member, ...) to->member = text_of(&winners->key[POLICY_KEY_##name]);
	POLICY_CONNECTION_KEYS(X)
#undef X
	if (!to->certificate.value)
		to->certificate.value = POLICY_USUAL_CERTIFICATE;
	to->peer_list = peers ? peers->peers : NULL;
}

/* ---- a client's mounts ----------------------------------------------------------------- */

/* The texts of a question in their one form. */
struct forms {
	char name[POLICY_NAME_MAX + 1];
	char path[POLICY_PATH_MAX + 1];
	char point[POLICY_PATH_MAX + 1];
	struct ip_address named; /* the name is an address */
	struct question question;
};

static int form_texts(const struct policy *policy, const struct policy_mount_question *asked, struct forms *forms,
		      struct error *e)
{
	const char *problem;
	bool path_matters = policy->has_remote_paths && asked->path;

	memset(&forms->question, 0, sizeof(forms->question));
	forms->question.role = POLICY_CLIENT;
	forms->named.size = 0;
	if (!address_parse(asked->server.name, &forms->named) && form_name(asked->server.name, forms->name))
		forms->question.name = forms->name;
	/* What the server makes of dots in a path is not known, so such a one cannot be compared. */
	if (path_matters && form_path(asked->path, forms->path, &problem))
		return error_set(e, EINVAL, "%s: %s", asked->path, problem);
	if (asked->point && form_path(asked->point, forms->point, &problem))
		return error_set(e, EINVAL, "%s: %s", asked->point, problem);
	forms->question.path = path_matters ? forms->path : NULL;
	forms->question.place = asked->point ? forms->point : NULL;
	return 0;
}

/* Of several addresses the kernel takes one that nobody can know beforehand. */
static int check_same(const struct winners *a, const struct winners *b, struct error *e)
{
	for (enum policy_key key = 0; key < POLICY_KEY_COUNT; key++) {
		AUTO_STRBUF lines = { 0 };
		struct policy_source one, other;

		if (settings_agree(a->key[key].setting, b->key[key].setting))
			continue;
		one = source_of(&a->key[key]);
		other = source_of(&b->key[key]);
		policy_source_format(&one, &lines);
		strbuf_addf(&lines, ", for another ");
		policy_source_format(&other, &lines);
		return error_set(e, EINVAL,
				 "for one address of the server there is %s: make them agree, or add a"
				 " section for the name",
				 lines.failed ? "another setting than for the next" : lines.text);
	}
	return 0;
}

static int find_for_mount(const struct policy *policy, const struct policy_mount_question *asked,
			  struct winners *winners, struct error *e)
{
	struct forms *forms = calloc(1, sizeof(*forms));
	struct winners next;
	int r;

	if (!forms)
		return error_set(e, ENOMEM, "out of memory");
	r = form_texts(policy, asked, forms, e);
	if (!r) {
		if (forms->named.size)
			forms->question.address = &forms->named;
		else if (asked->server.address_count)
			forms->question.address = &asked->server.addresses[0];
		find_winners(policy, &forms->question, winners);
		r = find_check_ties(winners, POLICY_CLIENT, true, e);
	}
	for (size_t i = 1; !r && !forms->named.size && i < asked->server.address_count; i++) {
		forms->question.address = &asked->server.addresses[i];
		find_winners(policy, &forms->question, &next);
		r = find_check_ties(&next, POLICY_CLIENT, true, e);
		if (!r)
			r = check_same(winners, &next, e);
	}
	free(forms);
	return r;
}

static bool is_of_server(const struct target *target, const char *name, const struct policy_server *server)
{
	size_t size = strlen(name), end = strlen(target->name);
	struct ip_address named;

	if (target->is_name && target->exact)
		return !strcmp(name, target->name);
	if (target->is_name)
		return size > end + 1 && name[size - end - 1] == '.' && !strcmp(name + size - end, target->name);
	if (address_parse(server->name, &named) && form_in_prefix(&named, &target->prefix))
		return true;
	for (size_t i = 0; i < server->address_count; i++)
		if (form_in_prefix(&server->addresses[i], &target->prefix))
			return true;
	return false;
}

/* Of this section alone. */
static struct policy_mode minimum_of_rule(const struct rule *rule)
{
	struct winners winners;

	memset(&winners, 0, sizeof(winners));
	for (enum policy_key key = 0; key < POLICY_KEY_COUNT; key++)
		if (rule->set[key].source.file)
			winners.key[key] = (struct winner){ .setting = &rule->set[key], .rule = rule };
	return find_minimum(rule->target.role, &winners);
}

struct policy_mode policy_mount_at_most(const struct policy *policy, const struct policy_server *server)
{
	struct policy_mode most = { .mode = XPRTSEC_NONE };
	char name[POLICY_NAME_MAX + 1] = "";

	if (!form_name(server->name, name))
		name[0] = '\0';
	for (const struct rule *rule = policy->rules; rule; rule = rule->hh.next) {
		struct policy_mode one;

		if (rule->target.role != POLICY_CLIENT)
			continue;
		if (rule->target.kind != TARGET_PATH &&
		    (rule->target.kind != TARGET_REMOTE || !is_of_server(&rule->target, name, server)))
			continue;
		one = minimum_of_rule(rule);
		if (!xprtsec_at_least(most.mode, one.mode))
			most = one;
	}
	return most;
}

int policy_mount(const struct policy *policy, const struct policy_mount_question *question, struct policy_mount *answer,
		 struct error *e)
{
	const struct winner *chosen;
	struct winners winners;
	int r = find_for_mount(policy, question, &winners, e);

	if (r)
		return r;
	memset(answer, 0, sizeof(*answer));
	chosen = &winners.key[POLICY_KEY_DEFAULT];
	answer->minimum = find_minimum(POLICY_CLIENT, &winners);
	answer->default_mode.mode = chosen->setting ? (enum xprtsec)chosen->setting->modes : XPRTSEC_NONE;
	answer->default_mode.source = source_of(chosen);
	fill_connection(&winners, &answer->connection);
	return 0;
}

int policy_client_connection(const struct policy *policy, const char *name, const struct ip_address *address,
			     struct policy_connection *answer, struct error *e)
{
	struct question question = { .role = POLICY_CLIENT };
	char form[POLICY_NAME_MAX + 1];
	struct ip_address named;
	struct winners winners;
	int r;

	if (address_parse(name, &named))
		question.address = &named;
	else if (form_name(name, form))
		question.name = form;
	if (!question.address && address && address->size)
		question.address = address;
	find_winners(policy, &question, &winners);
	r = find_check_ties(&winners, POLICY_CLIENT, false, e);
	if (!r)
		fill_connection(&winners, answer);
	return r;
}

/* ---- decisions ----------------------------------------------------------------------------- */

static bool is_implied(const struct policy_mode *minimum)
{
	return minimum->source.file && strcmp(minimum->source.key, "minimum") != 0;
}

void policy_minimum_format(const struct policy_mode *minimum, struct strbuf *out)
{
	if (is_implied(minimum))
		strbuf_addf(out, "%s, which is needed by ", xprtsec_word(minimum->mode));
	policy_source_format(&minimum->source, out);
}

static int refuse_mode(const struct policy_mount *answer, bool given, enum xprtsec mode, struct error *e)
{
	const char *needed = xprtsec_word(answer->minimum.mode);
	AUTO_STRBUF minimum = { 0 };
	AUTO_STRBUF chosen = { 0 };

	policy_minimum_format(&answer->minimum, &minimum);
	policy_source_format(&answer->default_mode.source, &chosen);
	if (minimum.failed || chosen.failed)
		return error_set(e, ENOMEM, "out of memory");
	if (given)
		return error_set(e, EPERM, "xprtsec=%s is weaker than %s: mount with xprtsec=%s", xprtsec_word(mode),
				 minimum.text, needed);
	if (answer->default_mode.source.file)
		return error_set(e, EPERM, "%s is weaker than %s: mount with xprtsec=%s, or correct the default",
				 chosen.text, minimum.text, needed);
	return error_set(e, EPERM,
			 "a mount without xprtsec= is clear text, weaker than %s: mount with xprtsec=%s, or"
			 " set default=%s there",
			 minimum.text, needed, needed);
}

int policy_mount_decide(const struct policy_mount *answer, bool given, enum xprtsec wanted, enum xprtsec *mode,
			struct policy_source *decided_by, struct error *e)
{
	enum xprtsec chosen = given ? wanted : answer->default_mode.mode;

	if (chosen != XPRTSEC_AUTO && !xprtsec_at_least(chosen, answer->minimum.mode))
		return refuse_mode(answer, given, chosen, e);
	*mode = chosen;
	*decided_by = given ? (struct policy_source){ .file = NULL } : answer->default_mode.source;
	return 0;
}

int policy_auto_decide(const struct policy_mount *answer, bool server_offers_tls, bool has_certificate,
		       enum xprtsec *mode, struct error *e)
{
	enum xprtsec strongest = !server_offers_tls ? XPRTSEC_NONE : has_certificate ? XPRTSEC_MTLS : XPRTSEC_TLS;
	AUTO_STRBUF minimum = { 0 };

	if (xprtsec_at_least(strongest, answer->minimum.mode)) {
		*mode = strongest;
		return 0;
	}
	policy_minimum_format(&answer->minimum, &minimum);
	if (minimum.failed)
		return error_set(e, ENOMEM, "out of memory");
	if (!server_offers_tls)
		return error_set(e, EPERM,
				 "the server says that it has no TLS, and clear text is weaker than %s:"
				 " have the server offer TLS",
				 minimum.text);
	return error_set(e, EPERM, "this client has no certificate \"%s\", and tls is weaker than %s: give it one",
			 answer->connection.certificate.value, minimum.text);
}

/* ---- a server's exports ----------------------------------------------------------------------- */

int policy_path_check(const char *path, struct error *e)
{
	char form[POLICY_PATH_MAX + 1];
	const char *problem;

	return form_path(path, form, &problem) ? error_set(e, EINVAL, "%s: %s", path, problem) : 0;
}

int policy_export(const struct policy *policy, const char *path, struct policy_export *answer, struct error *e)
{
	struct question question = { .role = POLICY_SERVER };
	char form[POLICY_PATH_MAX + 1];
	const struct winner *chosen;
	struct winners winners;
	const char *problem;

	if (form_path(path, form, &problem))
		return error_set(e, EINVAL, "%s: %s", path, problem);
	question.place = form;
	find_winners(policy, &question, &winners);
	chosen = &winners.key[POLICY_KEY_DEFAULT];
	memset(answer, 0, sizeof(*answer));
	answer->minimum = find_minimum(POLICY_SERVER, &winners);
	answer->may_offer = xprtsec_set_from(answer->minimum.mode);
	answer->by_default = chosen->setting ? chosen->setting->modes : answer->may_offer;
	answer->default_source = source_of(chosen);
	answer->peers = winners.key[POLICY_KEY_PEERS].setting ? winners.key[POLICY_KEY_PEERS].setting->peers : NULL;
	answer->peers_source = source_of(&winners.key[POLICY_KEY_PEERS]);
	if (answer->by_default & ~answer->may_offer) {
		AUTO_STRBUF minimum = { 0 };
		AUTO_STRBUF by_default = { 0 };

		policy_minimum_format(&answer->minimum, &minimum);
		policy_source_format(&answer->default_source, &by_default);
		return error_set(e, EINVAL, "%s: %s offers less than %s: correct the default", path,
				 by_default.failed ? "its default" : by_default.text,
				 minimum.failed ? "its minimum" : minimum.text);
	}
	return 0;
}

static bool says_of_exports(const struct rule *rule)
{
	if (rule->target.role != POLICY_SERVER || rule->target.kind != TARGET_PATH)
		return false;
	for (enum policy_key key = 0; key < POLICY_KEY_COUNT; key++)
		if (rule->set[key].source.file)
			return true;
	return false;
}

void policy_export_paths(const struct policy *policy, policy_path_visitor *visit, void *context)
{
	for (const struct rule *rule = policy->rules; rule; rule = rule->hh.next)
		if (says_of_exports(rule))
			visit(rule->target.path, context);
}

bool policy_peers_are_kept(const struct policy *policy, const struct policy_export *answer)
{
	return policy_peers_within(policy->admitted, answer->peers);
}

/* ---- a server's peers ----------------------------------------------------------------------------- */

/* A section for the name that the client asks for beats one for the address at which it arrives. */
static void prefer_named(struct winners *winners, const struct winners *named)
{
	for (enum policy_key key = 0; key < POLICY_KEY_COUNT; key++)
		if (policy_key(key)->decides[POLICY_SERVER] == POLICY_DECIDES_CONNECTION_BY_NAME &&
		    named->key[key].setting && named->key[key].rule->target.kind == TARGET_NAME)
			winners->key[key] = named->key[key];
}

/* The name comes from the client: one that is no name is none. */
int policy_server_connection(const struct policy *policy, const char *asked_name, const struct ip_address *local,
			     struct policy_connection *answer, struct error *e)
{
	struct question question = { .role = POLICY_SERVER };
	char form[POLICY_NAME_MAX + 1];
	struct winners winners, named;
	int r;

	if (local && local->size)
		question.address = local;
	find_winners(policy, &question, &winners);
	r = find_check_ties(&winners, POLICY_SERVER, false, e);
	if (r)
		return r;
	if (asked_name && form_name(asked_name, form)) {
		question.address = NULL;
		question.name = form;
		find_winners(policy, &question, &named);
		prefer_named(&winners, &named);
	}
	fill_connection(&winners, answer);
	return 0;
}

/* Of one export, or of all that have no section. */
static bool may_reach(const struct policy *policy, const struct target *target,
		      const struct policy_identity *identities, size_t count, struct policy_source *source)
{
	const struct winner *peers;
	struct policy_mode minimum;
	struct winners winners;

	find_for_target(policy, target, &winners);
	minimum = find_minimum(POLICY_SERVER, &winners);
	peers = &winners.key[POLICY_KEY_PEERS];
	*source = count ? source_of(peers) : minimum.source;
	if (!count)
		return minimum.mode != XPRTSEC_MTLS;
	return !peers->setting || peers_find(peers->setting->peers, identities, count);
}

bool policy_client_may_connect(const struct policy *policy, const struct policy_identity *identities, size_t count,
			       struct policy_source *source)
{
	const struct target bare = { .role = POLICY_SERVER, .kind = TARGET_BARE };
	const struct policy_source *line;

	*source = (struct policy_source){ .file = NULL };
	if (!count) {
		*source = policy->weakest_minimum.source;
		return policy->weakest_minimum.mode != XPRTSEC_MTLS;
	}
	if (!policy->admitted)
		return true;
	line = peers_find(policy->admitted, identities, count);
	if (line)
		*source = *line;
	else
		(void)may_reach(policy, &bare, identities, count, source);
	return line != NULL;
}

static int in_order_of_paths(const void *a, const void *b)
{
	const struct rule *const *one = a, *const *other = b;

	return strcmp((*one)->target.path, (*other)->target.path);
}

static bool says_of_peers(const struct rule *rule)
{
	return rule->target.role == POLICY_SERVER && rule->target.kind == TARGET_PATH &&
	       (rule->set[POLICY_KEY_PEERS].source.file || rule->set[POLICY_KEY_MINIMUM].source.file);
}

void policy_client_reach(const struct policy *policy, const struct policy_identity *identities, size_t count,
			 policy_reach_visitor *visit, void *context)
{
	const struct target bare = { .role = POLICY_SERVER, .kind = TARGET_BARE };
	AUTO_FREE const struct rule **rules = calloc(HASH_COUNT(policy->rules) + 1, sizeof(*rules));
	struct policy_source source;
	size_t found = 0;

	for (const struct rule *rule = policy->rules; rules && rule; rule = rule->hh.next)
		if (says_of_peers(rule))
			rules[found++] = rule;
	if (found)
		qsort(rules, found, sizeof(*rules), in_order_of_paths);
	for (size_t i = 0; i < found; i++) {
		bool may = may_reach(policy, &rules[i]->target, identities, count, &source);

		visit(rules[i]->target.path, may, &source, context);
	}
	visit(NULL, may_reach(policy, &bare, identities, count, &source), &source, context);
}
