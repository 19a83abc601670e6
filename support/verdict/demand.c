/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is demanded of a client's transport: by its mounts, and by the policy. */
#include <stdio.h>
#include <string.h>

#include "support/policy/policy.h"
#include "support/verdict/verdict_private.h"

static enum xprtsec stronger(enum xprtsec a, enum xprtsec b)
{
	return xprtsec_at_least(a, b) ? a : b;
}

/* ---- what the policy demands ------------------------------------------------------ */

void verdict_demand(struct verdict_row *row, const struct policy_mode *minimum)
{
	AUTO_STRBUF line = { 0 };

	if (row->minimum_line[0] && xprtsec_at_least(row->minimum, minimum->mode))
		return;
	row->minimum = minimum->mode;
	if (!minimum->source.file)
		return;
	policy_source_format(&minimum->source, &line);
	text_copy(row->minimum_line, sizeof(row->minimum_line), line.failed ? "the policy" : line.text);
}

/* Whatever keeps the policy from answering keeps the mount from being called good. */
static void refuse(struct verdict_mount_demand *demand, const struct error *why)
{
	demand->is_refused = true;
	text_copy(demand->why, sizeof(demand->why), why->text);
}

static void ask_about_mount(const struct policy *policy, const struct transport_mount *mount,
			    struct verdict_mount_demand *demand)
{
	struct policy_subject question;
	struct policy_mount answer;
	struct error e;

	/* As for a path that is longer than we take: of another's root, or mounted by another program. */
	if (policy_subject_of_mount(mount->source, mount->point, mount->options, &question, &e)) {
		demand->minimum_unknown = true;
		text_copy(demand->why, sizeof(demand->why), e.text);
		return;
	}
	if (policy_subject_ask(policy, &question, &answer, &e)) {
		refuse(demand, &e);
		return;
	}
	demand->has_minimum = true;
	demand->minimum = answer.minimum;
}

void verdict_mount_demand_of(const struct policy *policy, const struct transport_mount *mount, bool records_unknown,
			     struct verdict_mount_demand *demand)
{
	*demand = (struct verdict_mount_demand){ .point = mount->point,
						 .options = mount_security_promised(mount->options),
						 .asked_unknown = records_unknown || mount->record_unknown };
	demand->asked = mount->recorded ? stronger(mount_security_promised(mount->recorded), demand->options) :
					  demand->options;
	if (policy)
		ask_about_mount(policy, mount, demand);
}

/* Which path is mounted, and where, is not known; so it may be one of which more is demanded. */
static void ask_about_places(const struct policy *policy, const struct transport_server *server,
			     const struct ip_address *address, struct verdict_mount_demand *demand)
{
	for (size_t i = 0; i < server->name_count; i++) {
		const struct policy_server named = { server->names[i], address, 1 };
		const struct policy_mode most = policy_mount_at_most(policy, &named);
		AUTO_STRBUF line = { 0 };

		if (demand->minimum_unknown || xprtsec_at_least(demand->minimum.mode, most.mode))
			continue;
		demand->minimum_unknown = true;
		policy_source_format(&most.source, &line);
		snprintf(demand->why, sizeof(demand->why),
			 "which path is mounted, and where, cannot be seen, and %s "
			 "may be for it",
			 line.failed ? "a line of the policy" : line.text);
	}
}

void verdict_server_demand_of(const struct policy *policy, const struct transport_server *server,
			      struct verdict_mount_demand *demand)
{
	const struct ip_address address = address_of(&server->end);
	struct policy_mount_question question = { .server = { NULL, &address, 1 } };
	struct policy_mount answer;
	struct error e;

	*demand = (struct verdict_mount_demand){ .asked = XPRTSEC_NONE, .options = XPRTSEC_NONE };
	for (size_t i = 0; policy && i < server->name_count; i++) {
		question.server.name = server->names[i];
		if (policy_mount(policy, &question, &answer, &e)) {
			refuse(demand, &e);
			return;
		}
		if (demand->has_minimum && xprtsec_at_least(demand->minimum.mode, answer.minimum.mode))
			continue;
		demand->has_minimum = true;
		demand->minimum = answer.minimum;
	}
	if (policy)
		ask_about_places(policy, server, &address, demand);
}

/* ---- of a transport ------------------------------------------------------------------- */

static void demand_minimum(const struct verdict_mount_demand *demand, struct verdict_row *row)
{
	if (demand->is_refused) {
		row->minimum = XPRTSEC_MTLS;
		text_copy(row->minimum_line, sizeof(row->minimum_line), demand->why);
	} else if (demand->has_minimum) {
		verdict_demand(row, &demand->minimum);
	}
}

void verdict_demand_of_mounts(const struct verdict_mount_demand *demands, struct verdict_row *row)
{
	for (size_t i = 0; i < row->transport->mount_count; i++) {
		const struct verdict_mount_demand *demand = &demands[row->transport->mounts[i]];

		if (!row->asked_by || !xprtsec_at_least(row->asked, demand->asked))
			row->asked_by = demand->point;
		row->asked = stronger(demand->asked, row->asked);
		row->options = stronger(demand->options, row->options);
		row->asked_unknown |= demand->asked_unknown;
		row->minimum_unknown |= demand->minimum_unknown;
		demand_minimum(demand, row);
	}
}

void verdict_demand_of_stray(const struct verdict_mount_demand *server, struct verdict_row *row)
{
	const char *configured = verdict_configured(row);
	enum xprtsec mode;

	if (xprtsec_parse(configured, strlen(configured), &mode))
		row->asked_unknown = true;
	else
		row->asked = mode;
	row->minimum_unknown |= server->minimum_unknown;
	demand_minimum(server, row);
}
