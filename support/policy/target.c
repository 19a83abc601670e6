/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "support/policy/policy_private.h"

static int bad_target(const char *argument, const char *problem, struct error *e)
{
	char shown[128];

	text_escape(shown, sizeof(shown), argument, strlen(argument));
	return error_set(e, EINVAL, "\"%s\": %s", shown, problem);
}

/* A server as sections and questions name it: no path. */
static int parse_server(const char *text, struct target *target, const char **problem)
{
	bool pattern = text[0] == '*' && text[1] == '.';
	int r = form_prefix(text, &target->prefix, problem);

	if (!r) {
		target->kind = TARGET_ADDRESS;
		target->exact = target->prefix.bits == target->prefix.address.size * 8;
		return 0;
	}
	if (r != -ENOENT)
		return r;
	*problem = strchr(text, '*') ? "in a pattern, * is the whole first label, as in *.example.com" :
				       "this is neither a host name, a pattern, an address nor a subnet";
	if (!form_name(text + (pattern ? 2 : 0), target->name))
		return -EINVAL;
	target->kind = TARGET_NAME;
	target->is_name = true;
	target->exact = !pattern;
	return 0;
}

static int parse_path(const char *text, struct target *target, const char **problem)
{
	target->kind = TARGET_PATH;
	return form_path(text, target->path, problem);
}

/* SERVER:/PATH; an IPv6 subnet has ":/", too, so whoever calls has tried that first. */
static int parse_remote(const char *text, const char *colon, struct target *target, const char **problem)
{
	char server[POLICY_NAME_MAX + 4];
	size_t size = (size_t)(colon - text);
	int r;

	*problem = "the server's name is too long";
	if (size >= sizeof(server))
		return -EINVAL;
	memcpy(server, text, size);
	server[size] = '\0';
	r = parse_server(server, target, problem);
	if (!r)
		r = form_path(colon + 1, target->path, problem);
	target->kind = TARGET_REMOTE;
	return r;
}

static int parse_argument(const char *text, struct target *target, const char **problem)
{
	const char *colon = target->role == POLICY_CLIENT ? strstr(text, ":/") : NULL;
	int r;

	*problem = "there is nothing between the quotes";
	if (!*text)
		return -EINVAL;
	if (text[0] == '/')
		return parse_path(text, target, problem);
	r = parse_server(text, target, problem);
	return r && colon ? parse_remote(text, colon, target, problem) : r;
}

int target_parse(enum policy_role role, const char *argument, struct target *target, struct error *e)
{
	const char *problem = NULL;

	memset(target, 0, sizeof(*target));
	target->role = role;
	target->kind = TARGET_BARE;
	if (!argument)
		return 0;
	return parse_argument(argument, target, &problem) ? bad_target(argument, problem, e) : 0;
}

static void add_server_key(const struct target *target, struct strbuf *key)
{
	char prefix[FORM_PREFIX_KEY_MAX];

	if (target->is_name) {
		strbuf_addf(key, "%c%s", target->exact ? 'n' : 'w', target->name);
		return;
	}
	form_prefix_key(&target->prefix.address, target->prefix.bits, prefix);
	strbuf_addf(key, "%s", prefix);
}

void target_key(const struct target *target, bool with_path, struct strbuf *key)
{
	strbuf_addf(key, "%c", target->role == POLICY_CLIENT ? 'c' : 's');
	if (target->kind == TARGET_BARE)
		return;
	if (target->kind == TARGET_PATH) {
		strbuf_addf(key, "p%s", target->path);
		return;
	}
	add_server_key(target, key);
	if (target->kind == TARGET_REMOTE && with_path)
		strbuf_addf(key, "|%s", target->path);
}
