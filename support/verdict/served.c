/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which kinds of connections the exports for a client take, and what that makes of one. */
#include "support/verdict/verdict_private.h"

static const enum xprtsec modes[VERDICT_KINDS] = { XPRTSEC_NONE, XPRTSEC_TLS, XPRTSEC_MTLS };

static void keep_weaker(bool *has, struct policy_mode *weakest, const struct policy_mode *other)
{
	if (!*has || !xprtsec_at_least(other->mode, weakest->mode))
		*weakest = *other;
	*has = true;
}

static void take_minimum(const struct policy_mode *minimum, unsigned int set, struct verdict_served *to)
{
	keep_weaker(&to->has_minimum, &to->minimum, minimum);
	for (size_t i = 0; i < VERDICT_KINDS; i++) {
		if (!(set & modes[i]) || xprtsec_at_least(modes[i], minimum->mode) || to->has_breach[i])
			continue;
		to->breach[i] = *minimum;
		to->has_breach[i] = true;
	}
}

static bool takes_stronger(unsigned int set, size_t kind)
{
	for (size_t i = kind + 1; i < VERDICT_KINDS; i++)
		if (set & modes[i])
			return !(set & modes[kind]);
	return false;
}

static void count(struct verdict_served *served, unsigned int set)
{
	served->count++;
	for (size_t i = 0; i < VERDICT_KINDS; i++) {
		served->takes[i] += (set & modes[i]) != 0;
		served->takes_stronger[i] += takes_stronger(set, i);
	}
	served->differ += !(set & XPRTSEC_TLS) != !(set & XPRTSEC_MTLS);
}

void verdict_serve(struct verdict_served *served, unsigned int set, const struct policy_mode *minimum)
{
	count(served, set);
	for (size_t i = 0; i < VERDICT_KINDS; i++)
		served->surely_takes[i] += (set & modes[i]) != 0;
	if (!minimum)
		return;
	take_minimum(minimum, set, served);
	keep_weaker(&served->has_sure_minimum, &served->sure_minimum, minimum);
}

void verdict_may_serve(struct verdict_served *served, unsigned int set, const struct policy_mode *minimum)
{
	count(served, set);
	if (!minimum)
		return;
	take_minimum(minimum, set, served);
	if (!served->strictest.source.file || !xprtsec_at_least(served->strictest.mode, minimum->mode))
		served->strictest = *minimum;
}

/* Whether none takes this kind of connection, and some take a stronger one. */
static bool refuses(const struct verdict_served *served, enum verdict_kind kind)
{
	bool stronger = false;

	for (unsigned int i = kind + 1; i < VERDICT_KINDS; i++)
		stronger = stronger || served->takes[i];
	return served->known && !served->takes[kind] && stronger;
}

/* As strong as it is proven to be. */
static enum verdict_kind kind_of(const struct verdict_row *row)
{
	if (row->transport->proof != TRANSPORT_ENCRYPTED)
		return VERDICT_KIND_CLEAR;
	return row->mutual == AGENT_MUTUAL_YES ? VERDICT_KIND_MTLS : VERDICT_KIND_TLS;
}

/* What is good enough for all exports that may be for it need not be for those that are. */
static bool is_doubtful(const struct verdict_served *served, enum verdict_kind kind)
{
	const struct policy_mode *most = served->has_sure_minimum ? &served->sure_minimum : &served->strictest;

	if (served->takes[kind] && !served->surely_takes[kind] && served->takes_stronger[kind])
		return true;
	return most->source.file && !xprtsec_at_least(modes[kind], most->mode);
}

void verdict_compare_exports(const struct verdict_served *served, struct verdict_row *row)
{
	enum verdict_kind kind = kind_of(row);
	bool is_certain = kind != VERDICT_KIND_TLS || row->mutual == AGENT_MUTUAL_NO;

	if (served->has_minimum)
		verdict_demand(row, &served->minimum);
	if (served->has_breach[kind])
		verdict_demand(row, &served->breach[kind]);
	row->minimum_unknown = row->minimum_unknown || !served->known;
	row->exports = served->count;
	row->exports_met = served->takes[kind];
	/* Where all take both or neither it does not matter which one it is. */
	row->exports_known = served->known && row->transport->proof != TRANSPORT_UNPROVEN &&
			     (is_certain || !served->differ);
	row->exports_refuse = row->transport->proof != TRANSPORT_UNPROVEN && is_certain && refuses(served, kind);
	row->exports_need_mutual = !is_certain && refuses(served, kind);
	row->exports_doubtful = is_doubtful(served, kind);
}
