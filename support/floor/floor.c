/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/floor/floor.h"

static void say_refused(const struct policy_export *allowed, unsigned int weak, struct strbuf *text)
{
	strbuf_addf(text, "refused: xprtsec=");
	xprtsec_set_format(weak, text);
	strbuf_addf(text, " is weaker than ");
	policy_source_format(&allowed->minimum.source, text);
	strbuf_addf(text, ": offer xprtsec=");
	xprtsec_set_format(allowed->may_offer, text);
}

static void say_chosen(const struct policy_export *allowed, struct strbuf *text)
{
	const struct policy_source *line =
		allowed->default_source.file ? &allowed->default_source : &allowed->minimum.source;

	strbuf_addf(text, "offers xprtsec=");
	xprtsec_set_format(allowed->by_default, text);
	strbuf_addf(text, ", because of ");
	policy_source_format(line, text);
}

void floor_judge(const struct policy *policy, const char *path, const struct export_options *options,
		 struct floor_answer *answer, struct strbuf *text)
{
	struct policy_export allowed;
	struct error e;

	*answer = (struct floor_answer){ .verdict = FLOOR_AS_WRITTEN };
	if (*path != '/')
		return; /* the kernel takes no such path */
	if (policy_export(policy, path, &allowed, &e)) {
		answer->verdict = FLOOR_REFUSED;
		strbuf_addf(text, "refused: %s", e.text);
	} else if (options->xprtsec & ~allowed.may_offer) {
		answer->verdict = FLOOR_REFUSED;
		say_refused(&allowed, options->xprtsec & ~allowed.may_offer, text);
	} else if (!options->xprtsec && allowed.by_default != XPRTSEC_ALL) {
		answer->verdict = FLOOR_CHOSEN;
		answer->modes = allowed.by_default;
		say_chosen(&allowed, text);
	}
}
