/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The texts of a policy, each kept once, and the line that decided as text. */
#include <stdlib.h>
#include <string.h>

#include "support/policy/policy_private.h"

const char *policy_string(struct policy *policy, const char *text)
{
	size_t size = strlen(text);
	struct string *string;

	HASH_FIND(hh, policy->strings, text, size, string);
	if (string)
		return string->text;
	string = malloc(sizeof(*string) + size + 1);
	if (!string)
		return NULL;
	memcpy(string->text, text, size + 1);
	HASH_ADD_KEYPTR(hh, policy->strings, string->text, size, string);
	HASH_FIND(hh, policy->strings, text, size, string);
	return string ? string->text : NULL;
}

void policy_source_format(const struct policy_source *source, struct strbuf *out)
{
	if (!source->file) {
		strbuf_addf(out, "no setting");
		return;
	}
	strbuf_addf(out, "%s=", source->key);
	strbuf_add_escaped(out, source->value, strlen(source->value));
	strbuf_addf(out, " in %s (", source->section);
	strbuf_add_escaped(out, source->file, strlen(source->file));
	strbuf_addf(out, ":%u)", source->line);
}
