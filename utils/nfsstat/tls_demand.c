/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is demanded of a client's transport: by its mounts, and by the policy. */
#include <string.h>

#include "support/question/question.h"
#include "utils/nfsstat/tls_private.h"

#define VALUE_ROOM 128u

/* ---- options of mounts -------------------------------------------------------- */

static enum xprtsec asked_by(const struct transport_mount *mount)
{
	enum xprtsec mode = XPRTSEC_NONE;
	char value[VALUE_ROOM];

	/* A word that we do not know may be stronger than those we do. */
	if (mount_question_option(mount->options, "xprtsec", value, sizeof(value)) &&
	    xprtsec_parse(value, strlen(value), &mode))
		return XPRTSEC_MTLS;
	return mode;
}

/* ---- what the policy demands ------------------------------------------------------ */

void tls_demand(struct tls_row *row, const struct policy_mode *minimum)
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
static void refuse(struct tls_mount_demand *demand, const struct error *why)
{
	demand->is_refused = true;
	text_copy(demand->why, sizeof(demand->why), why->text);
}

void tls_mount_demand_of(const struct policy *policy, const struct transport_mount *mount,
			 struct tls_mount_demand *demand)
{
	struct mount_question question;
	struct policy_mount answer;
	char value[VALUE_ROOM];
	struct error e;

	*demand = (struct tls_mount_demand){ .asked = asked_by(mount) };
	if (!policy)
		return;
	if (mount_question_parse(mount->source, mount->point, &question, &e)) {
		refuse(demand, &e);
		return;
	}
	if (mount_question_option(mount->options, "addr", value, sizeof(value)))
		(void)mount_question_add_address(&question, value, &e);
	if (mount_question_ask(policy, &question, &answer, &e)) {
		refuse(demand, &e);
		return;
	}
	demand->has_minimum = true;
	demand->minimum = answer.minimum;
}

void tls_demand_of_mounts(const struct tls_mount_demand *demands, struct tls_row *row)
{
	for (size_t i = 0; i < row->transport->mount_count; i++) {
		const struct tls_mount_demand *demand = &demands[row->transport->mounts[i]];

		if (xprtsec_at_least(demand->asked, row->asked))
			row->asked = demand->asked;
		if (demand->is_refused) {
			row->minimum = XPRTSEC_MTLS;
			text_copy(row->minimum_line, sizeof(row->minimum_line), demand->why);
		} else if (demand->has_minimum) {
			tls_demand(row, &demand->minimum);
		}
	}
}
