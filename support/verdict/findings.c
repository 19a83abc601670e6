/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is not as it should be, for people and for programs. */
#include <stdio.h>
#include <string.h>

#include "support/verdict/verdict.h"

static const char mounts[] = "/proc/self/mountinfo"; /* where it stands what they ask for */
static const char look_closer[] = "see nfsstat --tls -v, as root";

enum finding_level verdict_level(enum verdict_state state)
{
	static const enum finding_level levels[VERDICT_STATE_COUNT] = {
		[VERDICT_OK] = FINDING_OK,	     [VERDICT_PLAIN] = FINDING_OK,
		[VERDICT_IDLE] = FINDING_OK,	     [VERDICT_STARTING] = FINDING_OK,
		[VERDICT_CLEAR] = FINDING_FAILURE,   [VERDICT_WEAK] = FINDING_FAILURE,
		[VERDICT_UNKNOWN] = FINDING_UNKNOWN,
	};

	return levels[state];
}

/* ---- one transport ---------------------------------------------------------------------- */

void verdict_sentence(const struct verdict_row *row, struct strbuf *out)
{
	if (row->state == VERDICT_PLAIN)
		strbuf_addf(out, "clear text, which the policy allows");
	else if (row->state == VERDICT_OK)
		strbuf_addf(out, "encrypted%s, and the minimum is %s",
			    row->mutual == AGENT_MUTUAL_YES ? " with mutual authentication" : "",
			    xprtsec_word(row->minimum));
	else
		strbuf_addf(out, "%s", row->why);
}

const char *verdict_remedy(const struct verdict_row *row)
{
	if (row->state == VERDICT_UNKNOWN)
		return look_closer;
	if (verdict_level(row->state) == FINDING_OK)
		return NULL;
	if (row->is_to_be_named && row->named == AGENT_NOT_PROVEN)
		return "unmount it, and mount it again with mount.nfs";
	if (row->transport->is_callback)
		return "have the client mount with vers=4.1 or later, which needs no callbacks of its own";
	if (row->transport->is_server)
		return "export with xprtsec= as the policy demands, and have the client mount again";
	return "unmount what is mounted from there, and mount it with xprtsec= as the policy demands";
}

const char *verdict_source(const struct verdict_row *row)
{
	bool decides = row->minimum != XPRTSEC_NONE && row->minimum == verdict_wanted(row);

	if (decides && *row->minimum_line)
		return row->minimum_line;
	return row->asked_by ? mounts : NULL;
}

/* ---- what is said once of several ---------------------------------------------------------- */

static bool is_same_reason(const struct verdict_row *a, const struct verdict_row *b)
{
	return a->transport->is_server == b->transport->is_server && a->state == b->state && !strcmp(a->why, b->why) &&
	       verdict_same_peer(a, b);
}

static bool has_same_mounts(const struct verdict_row *a, const struct verdict_row *b)
{
	return a->transport->mount_count == b->transport->mount_count &&
	       (!a->transport->mount_count || a->transport->mounts[0] == b->transport->mounts[0]);
}

void verdict_reasons(const struct verdict_report *report, verdict_reason_told *tell, void *context)
{
	struct verdict_reason reason = { .transports = 0 };

	for (size_t i = 0; i < report->list.count; i++) {
		const struct verdict_row *row = &report->rows[i];

		if (verdict_level(row->state) == FINDING_OK)
			continue;
		if (reason.transports && is_same_reason(reason.row, row)) {
			reason.transports++;
			reason.mounts += has_same_mounts(&report->rows[i - 1], row) ? 0 : row->transport->mount_count;
			continue;
		}
		if (reason.transports)
			tell(report, &reason, context);
		reason = (struct verdict_reason){ row, 1, row->transport->mount_count };
	}
	if (reason.transports)
		tell(report, &reason, context);
}

void verdict_reason_about(const struct verdict_report *report, const struct verdict_reason *reason, struct strbuf *out)
{
	const struct verdict_row *row = reason->row;
	const char *between = "";

	if (!reason->mounts && reason->transports == 1)
		return;
	strbuf_addf(out, " (");
	if (reason->mounts) {
		const char *point = report->list.mounts[row->transport->mounts[0]].point;

		strbuf_add_escaped(out, point, strlen(point));
		between = ", ";
	}
	if (reason->mounts > 1)
		strbuf_addf(out, " +%zu", reason->mounts - 1);
	if (reason->transports > 1)
		strbuf_addf(out, "%s%zu transports", between, reason->transports);
	strbuf_addf(out, ")");
}

/* ---- findings --------------------------------------------------------------------------------- */

static const char check[] = "transports";

static void find_reason(const struct verdict_report *report, const struct verdict_reason *reason, void *to)
{
	const struct verdict_row *row = reason->row;
	char peer[ADDRESS_END_MAX], subject[ADDRESS_END_MAX + 16];
	AUTO_STRBUF about = { 0 };

	address_end_text(&row->transport->remote, peer);
	snprintf(subject, sizeof(subject), "%s %s", verdict_side(row), peer);
	verdict_reason_about(report, reason, &about);
	findings_add(to, verdict_level(row->state), check, subject, verdict_remedy(row), verdict_source(row), "%s%s",
		     row->why, about.text ? about.text : "");
}

static void find_lost_mounts(const struct verdict_report *report, struct findings *to)
{
	for (size_t i = 0; i < report->list.mount_count; i++) {
		const struct transport_mount *mount = &report->list.mounts[i];

		if (*mount->why)
			findings_add(to, FINDING_UNKNOWN, check, mount->point, look_closer, mounts, "%s: %s",
				     verdict_lost(mount), mount->why);
	}
}

const char *verdict_lost(const struct transport_mount *mount)
{
	return mount->some_known ? "not all of its transports are known" : "its transports cannot be found";
}

static void find_what_is_missing(const struct verdict_report *report, bool is_server, struct findings *to)
{
	const char *side = is_server ? "server" : "client";
	const char *source = is_server ? "/proc/fs/nfsd" : "/sys/kernel/sunrpc";

	if (!verdict_sees(report, is_server))
		findings_add(to, FINDING_UNKNOWN, check, side, "ask on the host itself", source,
			     "its transports are sockets, which are not looked at below another root");
	else if (verdict_is_incomplete(report, is_server))
		findings_add(to, FINDING_UNKNOWN, check, side, look_closer, source,
			     "there may be more transports than those that can be seen");
}

void verdict_findings(const struct verdict_report *report, struct findings *to)
{
	verdict_reasons(report, find_reason, to);
	verdict_find_missing(report, to);
}

void verdict_find_missing(const struct verdict_report *report, struct findings *to)
{
	find_lost_mounts(report, to);
	if (report->wants_client)
		find_what_is_missing(report, false, to);
	if (report->wants_server)
		find_what_is_missing(report, true, to);
}

enum finding_level verdict_worst(const struct verdict_report *report)
{
	AUTO_FINDINGS findings = { 0 };

	verdict_findings(report, &findings);
	return findings_level(&findings);
}
