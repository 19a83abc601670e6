/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/json/json.h"
#include "utils/nfstls/probe.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *word;
	const char *meaning;
} verdicts[PROBE_VERDICT_COUNT] = {
	[PROBE_OK] = { "ok", "TLS works, and the certificate is good for this name" },
	[PROBE_ERROR] = { "error", "the policy, or a file that was named, cannot be read" },
	[PROBE_UNREACHABLE] = { "unreachable", "the port is closed, no route leads there, or the name is unknown" },
	[PROBE_SILENT] = { "silent", "no answer in time" },
	[PROBE_NOT_NFS] = { "not-nfs", "what answers does not speak RPC, or has no NFS" },
	[PROBE_NO_TLS] = { "no-tls", "an NFS server without TLS" },
	[PROBE_HANDSHAKE_FAILED] = { "handshake-failed", "TLS or ALPN failed, or the server ended it in the middle" },
	[PROBE_BAD_CERTIFICATE] = { "bad-certificate",
				    "expired, of an unknown authority, for another name, or not in peers=" },
	[PROBE_CERTIFICATE_REQUIRED] = { "certificate-required",
					 "the server refuses a client without certificate, or the one shown" },
};

const char *probe_verdict_word(enum probe_verdict verdict)
{
	return verdicts[verdict].word;
}

const char *probe_verdict_meaning(enum probe_verdict verdict)
{
	return verdicts[verdict].meaning;
}

/* ---- all addresses together ----------------------------------------------------- */

static bool is_reached(const struct probe_findings *f)
{
	return f->verdict != PROBE_UNREACHABLE && f->verdict != PROBE_SILENT;
}

/*
 * A mount goes on to the next address when one does not answer, but not when one answers badly: so what
 * counts is the first trouble of those that answer.
 */
static const struct probe_findings *decisive(const struct probe_result *result)
{
	const struct probe_findings *good = NULL;

	for (size_t i = 0; i < result->count; i++) {
		const struct probe_findings *f = &result->at[i];

		if (is_reached(f) && f->verdict != PROBE_OK)
			return f;
		if (f->verdict == PROBE_OK && !good)
			good = f;
	}
	return good ? good : &result->at[0];
}

void probe_conclude(struct probe_result *result)
{
	const struct probe_findings *f = decisive(result);
	size_t lost = 0;

	for (size_t i = 0; i < result->count; i++)
		lost += !is_reached(&result->at[i]);
	result->verdict = f->verdict;
	text_copy(result->sentence, sizeof(result->sentence), f->sentence);
	if (!lost || lost == result->count)
		return;
	snprintf(result->sentence + strlen(result->sentence), sizeof(result->sentence) - strlen(result->sentence),
		 "; %zu of %zu addresses did not answer", lost, result->count);
}

/* ---- what both forms show ---------------------------------------------------------- */

long probe_days_left(time_t now, time_t when)
{
	const long day = 24 * 60 * 60;
	long long seconds = (long long)when - now;

	return (long)(seconds >= 0 ? seconds / day : -((-seconds + day - 1) / day));
}

static void time_text(time_t when, char *text, size_t room)
{
	struct tm broken;

	if (!gmtime_r(&when, &broken) || !strftime(text, room, "%Y-%m-%dT%H:%M:%SZ", &broken))
		text_copy(text, room, "?");
}

/* The issuer's name as it stands in the certificate, escaped. */
static void issuer_text(gnutls_x509_crt_t cert, char *text, size_t room)
{
	gnutls_datum_t name;

	text_copy(text, room, "-");
	if (gnutls_x509_crt_get_issuer_dn3(cert, &name, 0) < 0)
		return;
	text_escape(text, room, (const char *)name.data, name.size);
	gnutls_free(name.data);
}

/* What the report shows of one certificate. */
struct shown_certificate {
	char names[512], issuer[512], serial[64], from[32], until[32], key[32];
	long days_left;
};

static void show_certificate(gnutls_x509_crt_t cert, time_t now, struct shown_certificate *out)
{
	unsigned int bits = 0;
	int algorithm = gnutls_x509_crt_get_pk_algorithm(cert, &bits);
	const char *name = gnutls_pk_get_name((gnutls_pk_algorithm_t)algorithm);

	x509_cert_names(cert, out->names, sizeof(out->names));
	issuer_text(cert, out->issuer, sizeof(out->issuer));
	x509_cert_serial(cert, out->serial, sizeof(out->serial));
	time_text(gnutls_x509_crt_get_activation_time(cert), out->from, sizeof(out->from));
	time_text(gnutls_x509_crt_get_expiration_time(cert), out->until, sizeof(out->until));
	out->days_left = probe_days_left(now, gnutls_x509_crt_get_expiration_time(cert));
	snprintf(out->key, sizeof(out->key), "%s %u", name ? name : "?", bits);
}

static const char *const auth_tls_words[] = {
	[PROBE_NO_ANSWER] = "no-answer",
	[PROBE_OFFERED] = "offered",
	[PROBE_NOT_OFFERED] = "not-offered",
};

/* ---- for people ---------------------------------------------------------------------- */

#define LABEL "  %-20s "

static void add_versions(const struct probe_findings *f, struct strbuf *out)
{
	const char *between = "";

	strbuf_addf(out, LABEL, "NFS versions");
	for (unsigned int v = 0; v < ARRAY_SIZE(f->version); v++)
		if (f->version[v]) {
			strbuf_addf(out, "%s%u", between, v);
			between = ", ";
		}
	strbuf_addf(out, "%s\n", *between ? "" : f->versions_refused ? "not told without TLS" : "none");
}

static const char *client_certificate_text(const struct tls_client_findings *tls)
{
	if (!tls->asked)
		return "not asked for";
	return tls->shown ? "asked for, and shown" : "asked for, none shown";
}

static void add_chain(const struct probe_result *result, const struct probe_findings *f, time_t now, struct strbuf *out)
{
	for (unsigned int i = 0; i < f->tls.chain.count; i++) {
		struct shown_certificate c;

		show_certificate(f->tls.chain.cert[i], now, &c);
		strbuf_addf(out, LABEL "%s\n", i ? "issued by" : "certificate", c.names);
		strbuf_addf(out, LABEL "issuer %s\n", "", c.issuer);
		strbuf_addf(out, LABEL "until %s (%ld days %s)\n", "", c.until,
			    c.days_left < 0 ? -c.days_left : c.days_left, c.days_left < 0 ? "ago" : "left");
		if (result->options->verbose)
			strbuf_addf(out, LABEL "from %s, serial %s, %s\n", "", c.from, c.serial, c.key);
	}
}

static void add_verification(const struct probe_result *result, const struct probe_findings *f, struct strbuf *out)
{
	char name[256];

	if (!f->verified)
		return;
	text_escape(name, sizeof(name), result->name, strlen(result->name));
	if (f->certificate == REASON_OK)
		strbuf_addf(out, LABEL "yes, for %s\n", "verifies", name);
	else
		strbuf_addf(out, LABEL "no, %s: %s\n", "verifies", reason_row(f->certificate)->word, f->why);
	if (f->policy.peer_list)
		strbuf_addf(out, LABEL "%s\n", "peers", f->peers_say_no ? "not among them" : "among them");
}

static void add_tls(const struct probe_result *result, const struct probe_findings *f, time_t now, struct strbuf *out)
{
	const struct tls_client_findings *tls = &f->tls;

	if (tls->finished)
		strbuf_addf(out, LABEL "TLS %s, %s, ALPN %s, %d ms\n", "handshake", tls->version, tls->cipher,
			    *tls->alpn ? tls->alpn : "none", tls->handshake_ms);
	else
		strbuf_addf(out, LABEL "failed\n", "handshake");
	add_chain(result, f, now, out);
	add_verification(result, f, out);
	if (!tls->finished)
		return;
	strbuf_addf(out, LABEL "%s\n", "client certificate", client_certificate_text(tls));
	strbuf_addf(out, LABEL "%s\n", "NFS within TLS", tls->answered ? "answers" : "does not answer");
}

static void add_setting(const char *what, const char *value, const struct policy_source *source, struct strbuf *out)
{
	strbuf_addf(out, LABEL "%s (", what, value);
	policy_source_format(source, out);
	strbuf_addf(out, ")\n");
}

static void add_policy(const struct probe_result *result, const struct probe_findings *f, struct strbuf *out)
{
	for (enum policy_key key = 0; key < POLICY_KEY_COUNT; key++) {
		const struct policy_text *text = policy_connection_text(&f->policy, key);

		if (!text || key == POLICY_KEY_CERTIFICATE) /* what was shown is told apart */
			continue;
		if (key == POLICY_KEY_TRUSTSTORE && result->options->truststore)
			strbuf_addf(out, LABEL "%s (--truststore)\n", policy_key(key)->title,
				    result->options->truststore);
		else
			add_setting(policy_key(key)->title, policy_text_shown(key, text), &text->source, out);
	}
}

static void add_address(const struct probe_result *result, const struct probe_findings *f, time_t now,
			struct strbuf *out)
{
	strbuf_addf(out, "%s\n", f->text);
	if (result->options->verbose)
		add_policy(result, f, out);
	if (f->connected) {
		strbuf_addf(out, LABEL "connected in %d ms\n", "TCP", f->connect_ms);
		add_versions(f, out);
	}
	if (f->auth_tls != PROBE_NOT_ASKED)
		strbuf_addf(out, LABEL "%s\n", "TLS", auth_tls_words[f->auth_tls]);
	if (f->tls.began)
		add_tls(result, f, now, out);
	if (result->count > 1)
		strbuf_addf(out, LABEL "%s: %s\n", "verdict", probe_verdict_word(f->verdict), f->sentence);
}

void probe_report_text(const struct probe_result *result, time_t now, struct strbuf *out)
{
	for (size_t i = 0; i < result->count; i++)
		add_address(result, &result->at[i], now, out);
	if (result->left_out)
		strbuf_addf(out, "%zu more addresses were left out\n", result->left_out);
	strbuf_addf(out, "nfstls: %s: %s\n", probe_verdict_word(result->verdict), result->sentence);
}

/* ---- JSON ------------------------------------------------------------------------------ */

static void put_verdict(struct json_object *to, enum probe_verdict verdict, const char *sentence)
{
	json_put_text(to, "verdict", probe_verdict_word(verdict));
	json_put_number(to, "status", verdict);
	json_put_text(to, "sentence", sentence);
}

static struct json_object *certificate_json(gnutls_x509_crt_t cert, time_t now)
{
	struct json_object *to = json_object_new_object();
	struct shown_certificate c;
	char names[4096];
	size_t left_out;

	show_certificate(cert, now, &c);
	left_out = x509_cert_list_names(cert, names, sizeof(names));
	json_put_list(to, "names", names);
	json_put_number(to, "names_left_out", (int64_t)left_out);
	json_put_text(to, "issuer", c.issuer);
	json_put_text(to, "serial", c.serial);
	json_put_text(to, "key", c.key);
	json_put_text(to, "not_before", c.from);
	json_put_text(to, "not_after", c.until);
	json_put_number(to, "days_left", c.days_left);
	return to;
}

static struct json_object *tls_json(const struct probe_findings *f, time_t now)
{
	struct json_object *to = json_object_new_object(), *chain = json_object_new_array();
	const struct tls_client_findings *tls = &f->tls;

	json_put_bool(to, "handshake", tls->finished);
	json_put_text(to, "version", tls->version);
	json_put_text(to, "cipher", tls->cipher);
	json_put_text(to, "alpn", tls->alpn);
	json_put_number(to, "ms", tls->handshake_ms);
	json_put_bool(to, "client_certificate_asked", tls->asked);
	json_put_bool(to, "client_certificate_shown", tls->shown);
	json_put_bool(to, "null_answered", tls->answered);
	for (unsigned int i = 0; i < tls->chain.count; i++)
		json_object_array_add(chain, certificate_json(tls->chain.cert[i], now));
	json_object_object_add(to, "chain", chain);
	json_put_text(to, "certificate", f->verified ? reason_row(f->certificate)->word : NULL);
	json_put_text(to, "certificate_reason", f->verified && f->certificate != REASON_OK ? f->why : NULL);
	json_object_object_add(to, "in_peers",
			       f->verified && f->policy.peer_list ? json_object_new_boolean(!f->peers_say_no) : NULL);
	return to;
}

static struct json_object *policy_json(const struct probe_result *result, const struct policy_connection *policy)
{
	struct json_object *to = json_object_new_object();
	const char *own = result->options->truststore;

	for (enum policy_key key = 0; key < POLICY_KEY_COUNT; key++) {
		const struct policy_text *text = policy_connection_text(policy, key);
		const struct policy_key_row *row = policy_key(key);

		if (!text || key == POLICY_KEY_CERTIFICATE)
			continue;
		if (row->values == POLICY_VALUES_SWITCH)
			json_put_bool(to, row->member, text->number);
		else if (row->values == POLICY_VALUES_CHOICE)
			json_put_text(to, row->member, policy_text_shown(key, text));
		else
			json_put_text(to, row->member, key == POLICY_KEY_TRUSTSTORE && own ? own : text->value);
	}
	return to;
}

static struct json_object *address_json(const struct probe_result *result, const struct probe_findings *f, time_t now)
{
	struct json_object *to = json_object_new_object(), *versions = json_object_new_array();

	json_put_text(to, "address", f->text);
	put_verdict(to, f->verdict, f->sentence);
	json_put_bool(to, "connected", f->connected);
	for (int v = 0; v < (int)ARRAY_SIZE(f->version); v++)
		if (f->version[v])
			json_object_array_add(versions, json_object_new_int(v));
	json_object_object_add(to, "nfs_versions", versions);
	json_put_text(to, "auth_tls", auth_tls_words[f->auth_tls]);
	json_object_object_add(to, "tls", f->tls.began ? tls_json(f, now) : NULL);
	json_object_object_add(to, "policy", policy_json(result, &f->policy));
	return to;
}

void probe_report_json(const struct probe_result *result, time_t now, struct strbuf *out)
{
	struct json_object *to = json_object_new_object(), *addresses = json_object_new_array();

	json_put_text(to, "server", result->options->host);
	json_put_text(to, "port", result->options->port);
	json_put_text(to, "name", result->name);
	put_verdict(to, result->verdict, result->sentence);
	for (size_t i = 0; i < result->count; i++)
		json_object_array_add(addresses, address_json(result, &result->at[i], now));
	json_object_object_add(to, "addresses", addresses);
	json_put_number(to, "addresses_left_out", (int64_t)result->left_out);
	json_print(to, out);
}
