/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was seen, and what the policy says of it, in; the finding out.  Pure. */
#include <stdio.h>
#include <string.h>

#include "utils/nfstls/check.h"

static void judge(struct check_judgement *to, enum finding_level level, const char *remedy, const char *fmt, ...)
	PRINTF_LIKE(4, 5);

static void judge(struct check_judgement *to, enum finding_level level, const char *remedy, const char *fmt, ...)
{
	va_list args;

	to->level = level;
	text_copy(to->remedy, sizeof(to->remedy), remedy ? remedy : "");
	va_start(args, fmt);
	vsnprintf(to->finding, sizeof(to->finding), fmt, args);
	va_end(args);
}

void check_judge_refused(const char *why, struct check_judgement *to)
{
	size_t problem;
	const char *remedy = finding_remedy_in(why, &problem);

	judge(to, FINDING_FAILURE, remedy ? remedy : "correct the policy", "%.*s", (int)problem, why);
}

/* For a sentence; it is the source of the judgement, too. */
static const char *source_text(const struct policy_source *source, struct strbuf *text, struct check_judgement *to)
{
	AUTO_STRBUF line = { 0 };

	policy_source_format(source, &line);
	text_copy(to->source, sizeof(to->source), line.text && source->file ? line.text : "");
	policy_source_format(source, text);
	return text->failed ? "a line of the policy" : text->text;
}

/* "minimum=tls in ..."; where something implies it: "tls, because of peers=... in ..." */
static const char *minimum_text(const struct policy_mode *minimum, struct strbuf *text, struct check_judgement *to)
{
	if (minimum->source.file && strcmp(minimum->source.key, "minimum") != 0)
		strbuf_addf(text, "%s, because of ", xprtsec_word(minimum->mode));
	return source_text(&minimum->source, text, to);
}

/* ---- mounts ------------------------------------------------------------------------- */

static const char *mode_meaning(enum xprtsec mode)
{
	return mode == XPRTSEC_NONE ? "clear text" : xprtsec_word(mode);
}

/* It is allowed; so what is it, and why. */
static void judge_allowed(struct check_judgement *to, const struct policy_mount *answer, bool given, enum xprtsec mode,
			  const struct policy_source *decided_by)
{
	AUTO_STRBUF line = { 0 };

	if (mode == XPRTSEC_AUTO)
		judge(to, FINDING_OK, NULL, "xprtsec=auto%s%s: the strongest that the server offers, at least %s",
		      given ? "" : " by ", given ? "" : source_text(decided_by, &line, to),
		      xprtsec_word(answer->minimum.mode));
	else if (given)
		judge(to, FINDING_OK, NULL, "xprtsec=%s, and the minimum is %s", xprtsec_word(mode),
		      xprtsec_word(answer->minimum.mode));
	else if (decided_by->file)
		judge(to, FINDING_OK, NULL, "%s by %s", mode_meaning(mode), source_text(decided_by, &line, to));
	else
		judge(to, FINDING_OK, NULL, "clear text, which the policy allows");
}

void check_judge_fstab(const struct policy *policy, const struct policy_subject *question,
		       const struct mount_asked *asked, struct check_judgement *to, enum xprtsec *mode)
{
	struct policy_mount answer;
	struct policy_source source;
	struct error e;

	*mode = XPRTSEC_NONE;
	if (policy_subject_ask(policy, question, &answer, &e) ||
	    policy_mount_settle(&answer, &asked->security, &asked->protocol, mode, &source, &e) ||
	    mount_asked_fits(asked, *mode, &e))
		check_judge_refused(e.text, to);
	else
		judge_allowed(to, &answer, asked->security.given, *mode, &source);
}

void check_judge_mount(const struct policy *policy, const struct policy_subject *question, const char *options,
		       struct check_judgement *to)
{
	struct policy_mount answer;
	AUTO_STRBUF line = { 0 };
	char remedy[64], word[32];
	enum xprtsec mode;
	struct error e;

	if (policy_subject_ask(policy, question, &answer, &e)) {
		check_judge_refused(e.text, to);
	} else if (mount_security_in(options, &mode)) {
		judge(to, FINDING_FAILURE, "see nfstls(8)", "the kernel says xprtsec=%s, which is not understood",
		      mount_option_in(options, "xprtsec", word, sizeof(word)) ? word : "...");
	} else if (!xprtsec_at_least(mode, answer.minimum.mode)) {
		snprintf(remedy, sizeof(remedy), "unmount it, and mount it with xprtsec=%s",
			 xprtsec_word(answer.minimum.mode));
		judge(to, FINDING_FAILURE, remedy, "mounted with %s, which is weaker than %s", mode_meaning(mode),
		      minimum_text(&answer.minimum, &line, to));
	} else {
		judge(to, FINDING_OK, NULL, "mounted with %s, and the minimum is %s", mode_meaning(mode),
		      xprtsec_word(answer.minimum.mode));
	}
}

/* ---- exports -------------------------------------------------------------------------- */

static const char *modes_text(unsigned int modes, char text[16])
{
	AUTO_STRBUF list = { 0 };

	xprtsec_set_format(modes, &list);
	text_copy(text, 16, list.text ? list.text : "");
	return text;
}

static const char *without_verdict(const char *text)
{
	static const char verdict[] = "refused: ";

	return strncmp(text, verdict, sizeof(verdict) - 1) ? text : text + sizeof(verdict) - 1;
}

/* What else it serves. */
static void judge_served(struct policy_sections *sections, const char *path, const struct export_options *options,
			 struct check_judgement *to)
{
	struct policy_judgement answer;
	AUTO_STRBUF text = { 0 };

	policy_judge_export(sections, path, options, &answer, &text);
	if (answer.verdict == POLICY_REFUSED)
		check_judge_refused(text.failed ? "the policy refuses it" : without_verdict(text.text), to);
}

void check_judge_export(struct policy_sections *sections, const char *path, const struct export_options *options,
			struct check_judgement *to)
{
	unsigned int offers = options->xprtsec ? options->xprtsec : XPRTSEC_ALL;
	const char *without = options->xprtsec ? "" : "without xprtsec= it ";
	struct policy_demand demand;
	AUTO_STRBUF line = { 0 };
	char words[16], remedy[64];
	struct error e;

	if (policy_demand(sections, path, &demand, &e)) {
		check_judge_refused(e.text, to);
	} else if (offers & ~demand.own.may_offer) {
		snprintf(remedy, sizeof(remedy), "export it with xprtsec=%s",
			 modes_text(xprtsec_set_from(demand.minimum.mode), words));
		judge(to, FINDING_FAILURE, remedy, "%soffers %s, and %s forbids %s", without,
		      modes_text(offers, (char[16]){ 0 }), minimum_text(&demand.own.minimum, &line, to),
		      modes_text(offers & ~demand.own.may_offer, words));
	} else {
		judge(to, FINDING_OK, NULL, "%soffers %s, and the minimum is %s", without, modes_text(offers, words),
		      xprtsec_word(demand.minimum.mode));
		judge_served(sections, path, options, to);
	}
}

/* ---- certificates -------------------------------------------------------------------------- */

void check_judge_dates(gnutls_x509_crt_t cert, time_t now, struct check_judgement *to)
{
	time_t end = gnutls_x509_crt_get_expiration_time(cert);
	char left[48];

	x509_show_left(end, now, left, sizeof(left));
	if (end < now)
		judge(to, FINDING_FAILURE, "replace it", "expired %s ago", left);
	else if (x509_renewal_is_due(cert, NULL, now))
		judge(to, FINDING_WARNING, "renew it", "expires in %s", left);
	else
		judge(to, FINDING_OK, NULL, "%s left", left);
}
