/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "utils/mount/diagnosis.h"

#include <errno.h>
#include <string.h>

#include "support/json/json.h"

static const char agent_service[] = "systemctl enable --now rpc-tlshd.service";

static void tell(const struct diagnosis_question *question, const char *step)
{
	if (question->calls->tell)
		question->calls->tell(question->calls->context, step);
}

/* ---- what the agent knows --------------------------------------------------------- */

static bool is_address(const struct diagnosis_question *question, const char *address)
{
	size_t size = strlen(address);

	if (size > 1 && address[0] == '[')
		address++, size -= 2;
	for (size_t i = 0; i < question->address_count; i++) {
		const char *text = question->addresses[i].text;

		if (strcspn(text, "%") == size && !strncmp(text, address, size))
			return true;
	}
	return false;
}

/* To the millisecond: what failed for the mount just before is not this one's failure. */
static bool is_ours(const struct diagnosis_question *question, struct json_object *failure)
{
	return !strcmp(json_text_in(failure, "role"), "client") &&
	       json_moment_in(failure, "time") >= question->began_ms &&
	       is_address(question, json_text_in(failure, "address"));
}

static void add_reason(const char *reason, struct strbuf *cause)
{
	strbuf_addf(cause, ": ");
	strbuf_add_escaped(cause, reason, strlen(reason));
}

/* Of a word that this version does not know. */
static const struct reason_row unknown = { .end = REASON_STAYS, .meaning = "the TLS handshake failed" };

/* sentence, which has a remedy in it, is NULL where it is not to be told. */
static void add_cause(const struct reason_row *row, const char *sentence, struct strbuf *cause)
{
	reason_meaning(row, "client", "server", cause);
	if (sentence) {
		add_reason(sentence, cause);
		return;
	}
	strbuf_addf(cause, "%s", row->remedy ? ": " : "");
	reason_remedy(row, "server", cause);
	strbuf_addf(cause, ": 'rpc.tlshd --ask failures' tells root more");
}

const struct reason_row *diagnosis_from_agent(const struct diagnosis_question *question, const char *json,
					      struct strbuf *cause)
{
	struct json_object *answer = json_tokener_parse(json), *youngest = NULL;
	const struct reason_row *row = NULL;
	size_t count;
	struct json_object *list = json_array_in(answer, "failures", &count);

	for (size_t i = 0; i < count; i++) {
		struct json_object *one = json_object_array_get_idx(list, i);

		if (is_ours(question, one)) /* the agent lists the oldest first */
			youngest = one;
	}
	if (youngest) {
		row = reason_by_word(json_text_in(youngest, "why"));
		row = row ? row : &unknown;
		add_cause(row, question->discreet ? NULL : json_text_in(youngest, "reason"), cause);
	}
	json_object_put(answer);
	return row;
}

enum heard { HEARD_NOTHING, HEARD_CAUSE, HEARD_NO_AGENT, HEARD_STRANGER, HEARD_FOREIGN };

/* No agent of ours: there may be another, or somebody who only holds its place. */
static enum heard explain_no_agent(const struct diagnosis_question *question, const struct error *why,
				   struct strbuf *cause)
{
	struct error rival;
	int r = question->calls->rival(question->calls->context, &rival);

	if (r == -EBUSY)
		strbuf_addf(cause, "%s does the TLS handshakes of this client, and tells no reasons: see its log",
			    rival.text);
	else if (r == 1)
		strbuf_addf(cause,
			    "no TLS handshake agent runs on this client, and %s: start rpc.tlshd"
			    " (%s)",
			    rival.text, agent_service);
	else if (why->code == ENOENT || why->code == ECONNREFUSED)
		strbuf_addf(cause, "no TLS handshake agent runs on this client: start rpc.tlshd (%s)", agent_service);
	else
		strbuf_addf(cause, "%s: see its log (journalctl -u rpc-tlshd)", why->text);
	if (r == 1)
		return HEARD_STRANGER;
	return r == -EBUSY ? HEARD_FOREIGN : HEARD_NO_AGENT;
}

/* *row is one of a failure, or NULL. */
static enum heard ask_agent(const struct diagnosis_question *question, const struct reason_row **row,
			    struct strbuf *cause)
{
	AUTO_STRBUF answer = { 0 };
	struct error why;

	*row = NULL;
	tell(question, "asking the handshake agent of this host for its failures");
	if (question->calls->agent(question->calls->context, &answer, &why) || answer.failed) {
		return explain_no_agent(question, &why, cause);
	}
	*row = diagnosis_from_agent(question, answer.text, cause);
	if (*row)
		return HEARD_CAUSE;
	/* It answers here and does not listen there: another network namespace, or it is stuck. */
	if (question->failure->code != ESRCH)
		return HEARD_NOTHING;
	strbuf_addf(cause, "rpc.tlshd runs on this client, but not in this network namespace, or it died in the"
			   " handshake: start"
			   " one here");
	return HEARD_CAUSE;
}

/* ---- what the server shows -------------------------------------------------------- */

static bool ask_server(const struct diagnosis_question *question, bool *has_tls, struct strbuf *cause)
{
	struct json_object *answer;
	AUTO_STRBUF text = { 0 };
	bool known;

	*has_tls = false;
	tell(question, "asking the server (nfstls probe)");
	if (question->calls->probe(question->calls->context, &text) || text.failed || !text.text)
		return false;
	answer = json_tokener_parse(text.text);
	*has_tls = !strcmp(json_text_in(answer, "verdict"), "ok");
	known = answer && !*has_tls && strcmp(json_text_in(answer, "verdict"), "error") &&
		*json_text_in(answer, "sentence");
	if (known && question->discreet)
		strbuf_addf(cause, "no TLS with the server: %s ('nfstls probe' tells root more)",
			    json_text_in(answer, "verdict"));
	else if (known)
		strbuf_addf(cause, "%s", json_text_in(answer, "sentence"));
	json_object_put(answer);
	return known;
}

/* ---- what the export takes ---------------------------------------------------------- */

static bool is_refusal(int code)
{
	return code == EPERM || code == EACCES;
}

static bool may_try(const struct diagnosis_question *question, enum xprtsec mode)
{
	/* never in the clear what was to be encrypted, not even for a try */
	return mode != question->mode && mode != XPRTSEC_NONE && xprtsec_at_least(mode, question->minimum);
}

/* Refused as the mount was, or for want of TLS: the mode is then not what is missing. */
static bool is_no_help(int r)
{
	return r == -EPERM || r == -EPROTONOSUPPORT;
}

/* *vain: no other mode would help, as far as the policy lets one be tried. */
static bool ask_for_mode(const struct diagnosis_question *question, bool *vain, struct strbuf *cause)
{
	static const enum xprtsec modes[] = { XPRTSEC_TLS, XPRTSEC_MTLS };

	*vain = true;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		int r;

		if (!may_try(question, modes[i])) {
			*vain &= modes[i] == question->mode;
			continue;
		}
		tell(question, modes[i] == XPRTSEC_TLS ? "trying whether the export takes xprtsec=tls" :
							 "trying whether the export takes xprtsec=mtls");
		r = question->calls->try_as(question->calls->context, modes[i], NULL);
		*vain &= is_no_help(r);
		if (r)
			continue;
		strbuf_addf(cause, "the export does not take xprtsec=%s, but xprtsec=%s: mount with that",
			    xprtsec_word(question->mode), xprtsec_word(modes[i]));
		return true;
	}
	return false;
}

static bool is_kerberos(const char *sec)
{
	return strstr(sec, "krb5");
}

/* What Kerberos was to encrypt is not tried without, either. */
static bool ask_for_sys(const struct diagnosis_question *question, struct strbuf *cause)
{
	if (!strcmp(question->sec, "sys") || (question->mode == XPRTSEC_NONE && strstr(question->sec, "krb5p")))
		return false;
	tell(question, "trying whether the export takes sec=sys");
	if (question->calls->try_as(question->calls->context, question->mode, "sys"))
		return false;
	strbuf_addf(cause, "the export does not take the mount's sec=, but sec=sys: mount with that");
	return true;
}

/* sec= is what is left; but xprtsec=none is not tried where more was asked for. */
static bool blame_sec(const struct diagnosis_question *question, struct strbuf *cause)
{
	strbuf_addf(cause,
		    "the export refuses sec=%s with each xprtsec=%s, so sec= is in the way: mount with %s, or"
		    " see sec= of its line in /etc/exports on the server",
		    question->sec, question->mode == XPRTSEC_NONE ? "" : " but none",
		    is_kerberos(question->sec) ? "another" : "sec=krb5");
	return true;
}

static bool ask_export(const struct diagnosis_question *question, struct strbuf *cause)
{
	bool vain = false;

	/* EACCES, in clear text, is no word about TLS */
	if ((question->mode != XPRTSEC_NONE || question->failure->code == EPERM) &&
	    ask_for_mode(question, &vain, cause))
		return true;
	if (ask_for_sys(question, cause))
		return true;
	return vain && question->failure->code == EPERM && !question->discreet && blame_sec(question, cause);
}

/* ---- what this client lacks ---------------------------------------------------------- */

static bool lacks_gssd(const struct diagnosis_question *question, struct strbuf *cause)
{
	if (!is_kerberos(question->sec) || (question->failure->code != EINVAL && !is_refusal(question->failure->code)))
		return false;
	tell(question, "looking for rpc.gssd");
	if (question->calls->has_gssd(question->calls->context))
		return false;
	strbuf_addf(cause, "Kerberos (sec=krb5, krb5i, krb5p) needs rpc.gssd, which does not run on this client: start"
			   " it (systemctl start rpc-gssd.service; it needs /etc/krb5.keytab)");
	return true;
}

static bool lacks_rdma(const struct diagnosis_question *question, struct strbuf *cause)
{
	bool here = question->rdma && question->calls->has_rdma(question->calls->context);

	if (!question->rdma || (here && question->failure->code != ENODEV))
		return false;
	strbuf_addf(cause, "%s, or mount with proto=tcp",
		    here ? "no RDMA device of this client leads to the server: see 'rdma link'" :
			   "this client has no RDMA device: load its driver");
	return true;
}

/* ---- all together --------------------------------------------------------------------- */

/* The kernel says so when a connection ends under a request, as at the end of a handshake that failed. */
static bool is_broken(int code)
{
	return code == ECONNRESET || code == EPIPE || code == ENOTCONN;
}

/* Failures that an agent or a TLS server can have to do with. */
static bool is_about_tls(int code)
{
	return is_refusal(code) || is_broken(code) || code == ESRCH || code == EPROTONOSUPPORT || code == ETIMEDOUT ||
	       code == EINVAL || code == EPROTO || code == EIO;
}

/* Without an agent's reason.  EPERM is the export's word, which it can say after a handshake only. */
static bool find_without_reason(const struct diagnosis_question *question, bool *has_tls, struct strbuf *cause)
{
	*has_tls = false;
	if (lacks_gssd(question, cause))
		return true;
	if (question->failure->code != EPERM && ask_server(question, has_tls, cause))
		return true;
	return is_refusal(question->failure->code) && ask_export(question, cause);
}

static bool blame_export(struct strbuf *cause)
{
	strbuf_addf(cause, "TLS with the server works, so it is the export that does not admit this client: see"
			   " its line in /etc/exports there");
	return true;
}

static bool find_secured(const struct diagnosis_question *question, struct strbuf *cause)
{
	int code = question->failure->code;
	const struct reason_row *row;
	AUTO_STRBUF heard_text = { 0 };
	enum heard heard = ask_agent(question, &row, &heard_text);
	bool has_tls;

	if (heard == HEARD_NOTHING || (heard == HEARD_FOREIGN && is_refusal(code))) {
		if (find_without_reason(question, &has_tls, cause))
			return true;
		if (has_tls && is_refusal(code))
			return blame_export(cause);
		if (heard == HEARD_NOTHING || code == EPERM)
			return false;
	}
	strbuf_addf(cause, "%s", heard_text.text ? heard_text.text : "");
	return true;
}

bool diagnosis_find(const struct diagnosis_question *question, struct strbuf *cause)
{
	const struct kernel_failure *failure = question->failure;

	if (failure->word_refused)
		return false;
	if (lacks_rdma(question, cause))
		return true;
	if (!is_about_tls(failure->code))
		return false;
	if (question->mode == XPRTSEC_NONE)
		return lacks_gssd(question, cause) || (is_refusal(failure->code) && ask_export(question, cause));
	return find_secured(question, cause);
}

bool diagnosis_waiting(const struct diagnosis_question *question, bool connected, struct strbuf *cause, bool *hopeless)
{
	const struct reason_row *row;
	enum heard heard;

	*hopeless = false;
	if (question->mode == XPRTSEC_NONE)
		return false;
	heard = ask_agent(question, &row, cause);
	if ((heard == HEARD_NO_AGENT || heard == HEARD_FOREIGN) && !connected) {
		strbuf_free(cause); /* it has not come to a handshake yet */
		return false;
	}
	*hopeless = heard == HEARD_NO_AGENT || heard == HEARD_STRANGER;
	*hopeless |= row && row->end == REASON_AWAITS;
	return heard != HEARD_NOTHING;
}

bool diagnosis_is_transient(const struct diagnosis_question *question, struct strbuf *cause, bool *hopeless)
{
	const struct reason_row *row;

	if (question->mode == XPRTSEC_NONE ||
	    (question->failure->code != EACCES && !is_broken(question->failure->code)))
		return false;
	ask_agent(question, &row, cause);
	*hopeless = row && row->end == REASON_AWAITS;
	return row && row->end != REASON_STAYS;
}
