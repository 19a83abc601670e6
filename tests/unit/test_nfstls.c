/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of nfstls check that need no host: lines of exports, judgements. */
#include "tests/unit/connections.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/conf/conf.h"
#include "support/verdict/verdict.h"
#include "utils/nfsstat/tls.h"
#include "utils/nfstls/check.h"

#define ALL (XPRTSEC_NONE | XPRTSEC_TLS | XPRTSEC_MTLS)

/* ---- mount options -------------------------------------------------------------- */

static void test_option(void **state)
{
	static const struct {
		const char *options, *value; /* NULL: there is none */
	} rows[] = {
		{ "rw,xprtsec=tls,addr=::1", "tls" },
		{ "xprtsec=none,xprtsec=mtls", "mtls" },
		{ "xprtsec=", "" },
		{ "xprtsec=1234567", "1234567" },
		{ "xprtsec=12345678", NULL },
		{ "xprtsec=tls,xprtsec=12345678", NULL },
		{ "xprtsec", NULL },
		{ "noxprtsec=tls,xprtsecs=tls,", NULL },
		{ ",,xprtsec=tls,", "tls" },
		{ "", NULL },
		{ NULL, NULL },
	};
	char value[8];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		bool found = mount_option_in(rows[i].options, "xprtsec", value, sizeof(value));

		assert_int_equal(found, rows[i].value != NULL);
		assert_string_equal(value, rows[i].value ? rows[i].value : "");
	}
}

/* ---- judgements ------------------------------------------------------------------- */

static const char policy_text[] = "[client]\n"
				  "minimum = tls\n"
				  "[client \"clear.example.com\"]\n"
				  "minimum = none\n"
				  "[client \"auto.example.com\"]\n"
				  "default = auto\n"
				  "[client \"/mnt/strong\"]\n"
				  "minimum = mtls\n"
				  "[server]\n"
				  "minimum = tls\n"
				  "[server \"/srv/payroll\"]\n"
				  "peers = *.hr.example.com\n"
				  "[server \"/srv/pub\"]\n"
				  "minimum = none\n";

static struct policy *make_policy(void)
{
	AUTO_CONF *conf = conf_new();
	struct policy *policy = NULL;
	struct error e;

	assert_non_null(conf);
	assert_int_equal(conf_parse(conf, "f", policy_text, strlen(policy_text), &e), 0);
	assert_int_equal(policy_from_conf(conf, &policy, &e), 0);
	return policy;
}

static void expect(const char *what, const struct check_judgement *judged, enum finding_level level,
		   const char *finding, const char *remedy)
{
	if (judged->level != level || !strstr(judged->finding, finding) || !strstr(judged->remedy, remedy) ||
	    !*judged->remedy != !*remedy)
		fail_msg("%s: %s %s; %s", what, finding_level_word(judged->level), judged->finding, judged->remedy);
}

static void test_fstab(void **state)
{
	static const struct {
		const char *source, *point, *options;
		enum finding_level level;
		const char *finding, *remedy;
	} rows[] = {
		{ "a:/x", "/mnt", "xprtsec=tls", FINDING_OK, "xprtsec=tls, and the minimum is tls", "" },
		{ "a:/x", "/mnt", "xprtsec=mtls", FINDING_OK, "xprtsec=mtls", "" },
		{ "a:/x", "/mnt", "xprtsec=none", FINDING_FAILURE, "(f:2)", "mount with xprtsec=tls" },
		{ "a:/x", "/mnt", "xprtsec=tls,xprtsec=none", FINDING_FAILURE, "as tls and as none", "keep one" },
		{ "a:/x", "/mnt", "defaults", FINDING_FAILURE, "without xprtsec= is clear text", "xprtsec=tls" },
		{ "a:/x", "/mnt", "xprtsec=tsl", FINDING_FAILURE, "bad value 'tsl'", "use xprtsec=none" },
		{ "a:/x", "/mnt", "xprtsec=tls,proto=udp", FINDING_FAILURE, "needs TCP", "proto=" },
		{ "a:/x", "/mnt", "xprtsec=tls,mountport=9", FINDING_FAILURE, "mountport= belongs to", "vers=3" },
		{ "a:/x", "/mnt", "xprtsec=tls,mountport=9,vers=3", FINDING_OK, "xprtsec=tls", "" },
		{ "a:/x", "/mnt", "xprtsec=tls,v3,mounthost=b", FINDING_OK, "xprtsec=tls", "" },
		{ "clear.example.com:/x", "/mnt", "mountproto=udp", FINDING_OK, "clear text, which", "" },
		{ "a:/x", "/mnt/strong/er", "xprtsec=tls", FINDING_FAILURE, "(f:8)", "xprtsec=mtls" },
		{ "clear.example.com:/x", "/mnt", "rw", FINDING_OK, "clear text, which the policy allows", "" },
		{ "CLEAR.example.com.:/x", "/mnt", "rw", FINDING_OK, "clear text, which the policy allows", "" },
		{ "auto.example.com:/x", "/mnt", "rw", FINDING_OK, "(f:6): the strongest", "" },
		{ "a:/x", "/mnt", "xprtsec=auto", FINDING_OK, "at least tls", "" },
	};
	struct policy *policy = make_policy();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct policy_subject question;
		struct mount_line line = { "nfs", "a", rows[i].point, rows[i].options };
		struct check_judgement judged = { .source = "" };
		struct mount_asked asked;
		AUTO_STRBUF warnings = { 0 };
		enum xprtsec mode;
		struct error e;

		assert_int_equal(policy_subject_parse(rows[i].source, rows[i].point, &question, &e), 0);
		if (mount_asked_of_line(&line, NULL, &asked, &warnings, &e))
			check_judge_refused(e.text, &judged);
		else
			check_judge_fstab(policy, &question, &asked, &judged, &mode);
		expect(rows[i].options, &judged, rows[i].level, rows[i].finding, rows[i].remedy);
	}
	policy_free(policy);
}

static void test_mounts(void **state)
{
	static const struct {
		const char *source, *options;
		enum finding_level level;
		const char *finding, *remedy;
	} rows[] = {
		{ "a:/x", "rw,xprtsec=tls,addr=192.0.2.1", FINDING_OK, "mounted with tls", "" },
		{ "a:/x", "rw,addr=192.0.2.1", FINDING_FAILURE, "clear text, which is weaker than minimum=tls",
		  "mount it with xprtsec=tls" },
		{ "clear.example.com:/x", "rw", FINDING_OK, "mounted with clear text", "" },
		{ "a:/x", "rw,xprtsec=new", FINDING_FAILURE, "not understood", "nfstls(8)" },
	};
	struct policy *policy = make_policy();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct policy_subject question;
		struct check_judgement judged = { .source = "" };
		struct error e;

		assert_int_equal(policy_subject_parse(rows[i].source, "/mnt", &question, &e), 0);
		check_judge_mount(policy, &question, rows[i].options, &judged);
		expect(rows[i].options, &judged, rows[i].level, rows[i].finding, rows[i].remedy);
	}
	policy_free(policy);
}

static void test_exports(void **state)
{
	static const struct {
		const char *path;
		unsigned int modes;
		enum finding_level level;
		const char *finding, *remedy;
	} rows[] = {
		{ "/home", XPRTSEC_TLS | XPRTSEC_MTLS, FINDING_OK, "offers tls:mtls", "" },
		{ "/home", XPRTSEC_MTLS, FINDING_OK, "offers mtls", "" },
		{ "/home", ALL, FINDING_FAILURE, "(f:10) forbids none", "xprtsec=tls:mtls" },
		{ "/home", 0, FINDING_FAILURE, "without xprtsec= it offers none:tls:mtls", "xprtsec=tls:mtls" },
		{ "/srv", ALL, FINDING_FAILURE, "(f:10) forbids none", "xprtsec=mtls" },
		{ "/srv", XPRTSEC_TLS | XPRTSEC_MTLS, FINDING_FAILURE,
		  "xprtsec=tls is weaker than mtls, which is needed by peers=*.hr.example.com in [server \"/srv/payroll\"] "
		  "(f:12), and this export serves /srv/payroll, too",
		  "offer xprtsec=mtls, or put that on" },
		{ "/srv", XPRTSEC_MTLS, FINDING_FAILURE, "this export serves /srv/payroll, too, to others than",
		  "give its path the same peers=" },
		{ "/srv/pub/x", 0, FINDING_OK, "the minimum is none", "" },
		{ "/srv/payroll", XPRTSEC_TLS | XPRTSEC_MTLS, FINDING_FAILURE, "because of peers=", "xprtsec=mtls" },
		{ "/srv/payrolls", XPRTSEC_TLS | XPRTSEC_MTLS, FINDING_OK, "offers", "" },
	};
	struct policy *policy = make_policy();
	struct policy_sections *sections;
	struct error e;

	(void)state;
	assert_int_equal(policy_sections_new(policy, NULL, &sections, &e), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct export_options options = { .xprtsec = rows[i].modes };
		struct check_judgement judged = { .source = "" };

		check_judge_export(sections, rows[i].path, &options, &judged);
		expect(rows[i].path, &judged, rows[i].level, rows[i].finding, rows[i].remedy);
	}
	policy_sections_free(sections);
	policy_free(policy);
}

static void test_dates(void **state)
{
	static const struct {
		long life, left; /* hours */
		enum finding_level level;
		const char *finding, *remedy;
	} rows[] = {
		{ 365 * 24, 30 * 24, FINDING_OK, "30 days left", "" },
		{ 365 * 24, 30 * 24 - 1, FINDING_WARNING, "expires in 29 days", "renew" },
		{ 365 * 24, 0, FINDING_WARNING, "expires in 0 hours", "renew" },
		{ 365 * 24, -1, FINDING_FAILURE, "expired 1 hour ago", "replace" },
		{ 365 * 24, -72, FINDING_FAILURE, "expired 3 days ago", "replace" },
		{ 30 * 24, 15 * 24, FINDING_OK, "15 days left", "" },
		{ 30 * 24, 9 * 24, FINDING_WARNING, "expires in 9 days", "renew" },
		{ 24, 9, FINDING_OK, "9 hours left", "" },
		{ 24, 7, FINDING_WARNING, "expires in 7 hours", "renew" },
	};
	const time_t now = 1700000000;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct check_judgement judged = { .source = "" };
		gnutls_x509_crt_t cert;

		assert_int_equal(gnutls_x509_crt_init(&cert), 0);
		gnutls_x509_crt_set_activation_time(cert, now + (rows[i].left - rows[i].life) * 3600);
		gnutls_x509_crt_set_expiration_time(cert, now + rows[i].left * 3600);
		check_judge_dates(cert, now, &judged);
		expect(rows[i].finding, &judged, rows[i].level, rows[i].finding, rows[i].remedy);
		gnutls_x509_crt_deinit(cert);
	}
}

/* ---- connections ---------------------------------------------------------------------- */

/* What nfstls check says of a report, nfsstat --tls says in JSON, and nfsstat --check ends with. */
static void expect_one_verdict(size_t row, const struct verdict_report *report, enum finding_level level)
{
	struct check check = { .current = "transports" };
	struct json_object *object;
	AUTO_STRBUF json = { 0 };

	check_say_transports(&check, report);
	tls_json(report, &json);
	object = json_tokener_parse(json.text);
	if (findings_level(&check.findings) != level || verdict_worst(report) != level ||
	    strcmp(json_text_in(object, "level"), finding_level_word(level)) != 0)
		fail_msg("row %zu: nfstls check %s, nfsstat %s and %s", row,
			 finding_level_word(findings_level(&check.findings)), finding_level_word(verdict_worst(report)),
			 json_text_in(object, "level"));
	findings_free(&check.findings);
	json_object_put(object);
}

static void test_both_programs_judge_alike(void **state)
{
	static const struct {
		bool is_server, is_callback, connected;
		unsigned int port;
		enum transport_proof proof;
		const char *security;
		enum xprtsec asked, minimum;
		enum agent_mutual mutual;
		bool exports_refuse, incomplete;
		enum finding_level level;
	} rows[] = {
#define NONE XPRTSEC_NONE
#define TLS XPRTSEC_TLS
#define MTLS XPRTSEC_MTLS
#define CLEAR TRANSPORT_CLEAR
#define ENCRYPTED TRANSPORT_ENCRYPTED
#define UNPROVEN TRANSPORT_UNPROVEN
#define SHOWN AGENT_MUTUAL_YES
#define NOBODY AGENT_MUTUAL_NO
#define UNSURE AGENT_MUTUAL_UNKNOWN
#define HALF TRANSPORT_HALF
#define STARTING TRANSPORT_STARTING
#define OK FINDING_OK
#define FAILURE FINDING_FAILURE
#define UNKNOWN FINDING_UNKNOWN
		/* clang-format off */
		/* of the client, at NFS' port and at another */
		{ false, false, true, 2049, CLEAR, "none", NONE, NONE, NOBODY, false, false, OK },
		{ false, false, true, 2049, CLEAR, "none", NONE, TLS, NOBODY, false, false, FAILURE },
		{ false, false, true, 20049, CLEAR, "none", NONE, TLS, NOBODY, false, false, FAILURE },
		{ false, false, true, 20049, CLEAR, "tls-anon", NONE, NONE, NOBODY, false, false, FAILURE },
		{ false, false, true, 20049, ENCRYPTED, "tls-anon", TLS, TLS, NOBODY, false, false, OK },
		{ false, false, true, 20049, ENCRYPTED, "tls-anon", TLS, MTLS, NOBODY, false, false, FAILURE },
		{ false, false, true, 2049, ENCRYPTED, "tls-x509", MTLS, MTLS, SHOWN, false, false, OK },
		{ false, false, true, 2049, ENCRYPTED, "tls-x509", MTLS, NONE, UNSURE, false, false, UNKNOWN },
		{ false, false, true, 2049, HALF, "tls-anon", NONE, NONE, NOBODY, false, false, FAILURE },
		{ false, false, true, 2049, UNPROVEN, "tls-anon", TLS, TLS, NOBODY, false, false, UNKNOWN },
		{ false, false, false, 2049, UNPROVEN, "none", NONE, TLS, NOBODY, false, false, FAILURE },
		{ false, false, false, 2049, UNPROVEN, "tls-anon", TLS, TLS, NOBODY, false, false, OK },
		{ false, false, true, 2049, STARTING, "tls-anon", TLS, TLS, NOBODY, false, false, OK },
		{ false, false, true, 2049, CLEAR, "none", NONE, NONE, NOBODY, false, true, UNKNOWN },
		/* of the server, whose own port may be any, and what it calls back */
		{ true, false, true, 933, CLEAR, "", NONE, NONE, NOBODY, false, false, OK },
		{ true, false, true, 933, CLEAR, "", NONE, NONE, NOBODY, true, false, FAILURE },
		{ true, false, true, 933, CLEAR, "", NONE, TLS, NOBODY, false, false, FAILURE },
		{ true, true, true, 40123, CLEAR, "", NONE, NONE, NOBODY, false, false, OK },
		{ true, true, true, 40123, CLEAR, "", NONE, TLS, NOBODY, false, false, FAILURE },
		{ true, true, true, 40123, CLEAR, "", NONE, NONE, NOBODY, true, false, FAILURE },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct transport_entry t = { .is_server = rows[i].is_server,
					     .is_callback = rows[i].is_callback,
					     .connected = rows[i].connected,
					     .proof = rows[i].proof };
		struct verdict_row row = { .transport = &t,
					   .asked = rows[i].asked,
					   .options = rows[i].asked,
					   .minimum = rows[i].minimum,
					   .mutual = rows[i].mutual,
					   .has_session = true,
					   .exports = 1,
					   .exports_refuse = rows[i].exports_refuse };
		const struct verdict_report report = {
			.list = { .at = &t, .count = 1, .client_incomplete = rows[i].incomplete },
			.rows = &row,
			.wants_client = true,
			.wants_server = true,
		};

		text_copy(t.security, sizeof(t.security), rows[i].security);
		t.socket.tls_version = 0x0304;
		t.local = end("192.0.2.1", 700);
		t.remote = end("192.0.2.2", rows[i].port);
		if (rows[i].minimum != XPRTSEC_NONE)
			text_copy(row.minimum_line, sizeof(row.minimum_line), "minimum=x");
		verdict_judge(&row);
		expect_one_verdict(i, &report, rows[i].level);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_option), cmocka_unit_test(test_fstab),
		cmocka_unit_test(test_mounts), cmocka_unit_test(test_exports),
		cmocka_unit_test(test_dates),  cmocka_unit_test(test_both_programs_judge_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
