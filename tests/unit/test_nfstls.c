/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of nfstls check that need no host: lines of exports, judgements, reports. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/conf/conf.h"
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

static void expect(const char *what, const struct check_judgement *judged, enum check_level level, const char *finding,
		   const char *remedy)
{
	if (judged->level != level || !strstr(judged->finding, finding) || !strstr(judged->remedy, remedy) ||
	    !*judged->remedy != !*remedy)
		fail_msg("%s: %s %s; %s", what, check_level_word(judged->level), judged->finding, judged->remedy);
}

static void test_fstab(void **state)
{
	static const struct {
		const char *source, *point, *options;
		enum check_level level;
		const char *finding, *remedy;
	} rows[] = {
		{ "a:/x", "/mnt", "xprtsec=tls", CHECK_OK, "xprtsec=tls, and the minimum is tls", "" },
		{ "a:/x", "/mnt", "xprtsec=mtls", CHECK_OK, "xprtsec=mtls", "" },
		{ "a:/x", "/mnt", "xprtsec=none", CHECK_FAILURE, "(f:2)", "mount with xprtsec=tls" },
		{ "a:/x", "/mnt", "xprtsec=tls,xprtsec=none", CHECK_FAILURE, "as tls and as none", "keep one" },
		{ "a:/x", "/mnt", "defaults", CHECK_FAILURE, "without xprtsec= is clear text", "xprtsec=tls" },
		{ "a:/x", "/mnt", "xprtsec=tsl", CHECK_FAILURE, "bad value 'tsl'", "use xprtsec=none" },
		{ "a:/x", "/mnt", "xprtsec=tls,proto=udp", CHECK_FAILURE, "needs TCP", "proto=" },
		{ "a:/x", "/mnt", "xprtsec=tls,mountport=9", CHECK_FAILURE, "mountport= belongs to", "vers=3" },
		{ "a:/x", "/mnt", "xprtsec=tls,mountport=9,vers=3", CHECK_OK, "xprtsec=tls", "" },
		{ "a:/x", "/mnt", "xprtsec=tls,v3,mounthost=b", CHECK_OK, "xprtsec=tls", "" },
		{ "clear.example.com:/x", "/mnt", "mountproto=udp", CHECK_OK, "clear text, which", "" },
		{ "a:/x", "/mnt/strong/er", "xprtsec=tls", CHECK_FAILURE, "(f:8)", "xprtsec=mtls" },
		{ "clear.example.com:/x", "/mnt", "rw", CHECK_OK, "clear text, which the policy allows", "" },
		{ "CLEAR.example.com.:/x", "/mnt", "rw", CHECK_OK, "clear text, which the policy allows", "" },
		{ "auto.example.com:/x", "/mnt", "rw", CHECK_OK, "(f:6): the strongest", "" },
		{ "a:/x", "/mnt", "xprtsec=auto", CHECK_OK, "at least tls", "" },
	};
	struct policy *policy = make_policy();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct policy_subject question;
		struct mount_line line = { "nfs", "a", rows[i].point, rows[i].options };
		struct check_judgement judged;
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
		enum check_level level;
		const char *finding, *remedy;
	} rows[] = {
		{ "a:/x", "rw,xprtsec=tls,addr=192.0.2.1", CHECK_OK, "mounted with tls", "" },
		{ "a:/x", "rw,addr=192.0.2.1", CHECK_FAILURE, "clear text, which is weaker than minimum=tls",
		  "mount it with xprtsec=tls" },
		{ "clear.example.com:/x", "rw", CHECK_OK, "mounted with clear text", "" },
		{ "a:/x", "rw,xprtsec=new", CHECK_FAILURE, "not understood", "nfstls(8)" },
	};
	struct policy *policy = make_policy();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct policy_subject question;
		struct check_judgement judged;
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
		enum check_level level;
		const char *finding, *remedy;
	} rows[] = {
		{ "/home", XPRTSEC_TLS | XPRTSEC_MTLS, CHECK_OK, "offers tls:mtls", "" },
		{ "/home", XPRTSEC_MTLS, CHECK_OK, "offers mtls", "" },
		{ "/home", ALL, CHECK_FAILURE, "(f:10) forbids none", "xprtsec=tls:mtls" },
		{ "/home", 0, CHECK_FAILURE, "without xprtsec= it offers none:tls:mtls", "xprtsec=tls:mtls" },
		{ "/srv", ALL, CHECK_FAILURE, "(f:10) forbids none", "xprtsec=mtls" },
		{ "/srv", XPRTSEC_TLS | XPRTSEC_MTLS, CHECK_FAILURE,
		  "xprtsec=tls is weaker than mtls, which is needed by peers=*.hr.example.com in [server \"/srv/payroll\"] "
		  "(f:12), and this export serves /srv/payroll, too",
		  "offer xprtsec=mtls, or put that on" },
		{ "/srv", XPRTSEC_MTLS, CHECK_FAILURE, "this export serves /srv/payroll, too, to others than",
		  "give its path the same peers=" },
		{ "/srv/pub/x", 0, CHECK_OK, "the minimum is none", "" },
		{ "/srv/payroll", XPRTSEC_TLS | XPRTSEC_MTLS, CHECK_FAILURE, "because of peers=", "xprtsec=mtls" },
		{ "/srv/payrolls", XPRTSEC_TLS | XPRTSEC_MTLS, CHECK_OK, "offers", "" },
	};
	struct policy *policy = make_policy();
	struct policy_sections *sections;
	struct error e;

	(void)state;
	assert_int_equal(policy_sections_new(policy, NULL, &sections, &e), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct export_options options = { .xprtsec = rows[i].modes };
		struct check_judgement judged;

		check_judge_export(sections, rows[i].path, &options, &judged);
		expect(rows[i].path, &judged, rows[i].level, rows[i].finding, rows[i].remedy);
	}
	policy_sections_free(sections);
	policy_free(policy);
}

static void test_connections(void **state)
{
	static const struct {
		enum xprtsec minimum;
		bool sends, receives, visible, certain;
		int mutual;
		enum check_level level;
		const char *finding;
	} rows[] = {
		{ XPRTSEC_NONE, false, false, true, true, AGENT_MUTUAL_UNKNOWN, CHECK_OK, "clear text" },
		{ XPRTSEC_NONE, false, false, false, true, AGENT_MUTUAL_UNKNOWN, CHECK_OK, "demands no encryption" },
		{ XPRTSEC_TLS, true, true, true, true, AGENT_MUTUAL_UNKNOWN, CHECK_OK, "encrypted" },
		{ XPRTSEC_TLS, false, false, true, true, AGENT_MUTUAL_UNKNOWN, CHECK_FAILURE, "clear text" },
		{ XPRTSEC_TLS, false, false, true, false, AGENT_MUTUAL_UNKNOWN, CHECK_WARNING, "not known" },
		{ XPRTSEC_TLS, false, false, false, true, AGENT_MUTUAL_UNKNOWN, CHECK_WARNING, "only root" },
		{ XPRTSEC_NONE, true, false, true, true, AGENT_MUTUAL_UNKNOWN, CHECK_FAILURE, "one direction" },
		{ XPRTSEC_MTLS, true, true, true, true, AGENT_MUTUAL_YES, CHECK_OK, "mutual" },
		{ XPRTSEC_MTLS, true, true, true, true, AGENT_MUTUAL_NO, CHECK_FAILURE, "no certificate" },
		{ XPRTSEC_MTLS, true, true, true, true, AGENT_MUTUAL_UNKNOWN, CHECK_WARNING, "not known" },
		{ XPRTSEC_MTLS, false, false, true, true, AGENT_MUTUAL_YES, CHECK_FAILURE, "clear text" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct check_connection connection = {
			.sends = rows[i].sends,
			.receives = rows[i].receives,
			.visible = rows[i].visible,
			.certain = rows[i].certain,
			.minimum = { .mode = rows[i].minimum },
		};
		struct check_judgement judged;

		connection.mutual = rows[i].mutual;
		check_judge_connection(&connection, &judged);
		if (judged.level != rows[i].level || !strstr(judged.finding, rows[i].finding))
			fail_msg("row %zu: %s %s", i, check_level_word(judged.level), judged.finding);
		assert_int_equal(judged.level == CHECK_OK, !*judged.remedy);
	}
}

/* What the kernel was told, what may be demanded beyond what is known, and what has just begun. */
static void test_connections_of_transports(void **state)
{
	static const struct {
		enum xprtsec minimum, most, told;
		bool encrypted, visible, starting;
		enum agent_mutual mutual;
		enum check_level level;
		const char *finding;
	} rows[] = {
		{ XPRTSEC_NONE, XPRTSEC_NONE, XPRTSEC_TLS, false, true, false, AGENT_MUTUAL_UNKNOWN, CHECK_FAILURE,
		  "clear text, but tls was asked for" },
		{ XPRTSEC_NONE, XPRTSEC_NONE, XPRTSEC_TLS, false, false, false, AGENT_MUTUAL_UNKNOWN, CHECK_WARNING,
		  "only root" },
		{ XPRTSEC_NONE, XPRTSEC_NONE, XPRTSEC_TLS, true, true, false, AGENT_MUTUAL_NO, CHECK_OK, "encrypted" },
		{ XPRTSEC_NONE, XPRTSEC_TLS, XPRTSEC_NONE, false, true, false, AGENT_MUTUAL_UNKNOWN, CHECK_WARNING,
		  "clear text, and which mount it belongs to is not known" },
		{ XPRTSEC_TLS, XPRTSEC_MTLS, XPRTSEC_NONE, true, true, false, AGENT_MUTUAL_NO, CHECK_WARNING,
		  "encrypted, and which mount" },
		{ XPRTSEC_TLS, XPRTSEC_MTLS, XPRTSEC_NONE, true, true, false, AGENT_MUTUAL_YES, CHECK_OK, "encrypted" },
		{ XPRTSEC_TLS, XPRTSEC_MTLS, XPRTSEC_NONE, false, true, false, AGENT_MUTUAL_UNKNOWN, CHECK_FAILURE,
		  "weaker than" },
		{ XPRTSEC_MTLS, XPRTSEC_NONE, XPRTSEC_TLS, false, true, true, AGENT_MUTUAL_UNKNOWN, CHECK_OK,
		  "its TLS handshake is under way" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct check_connection connection = {
			.sends = rows[i].encrypted,
			.receives = rows[i].encrypted,
			.visible = rows[i].visible,
			.starting = rows[i].starting,
			.mutual = rows[i].mutual,
			.certain = true,
			.minimum = { .mode = rows[i].minimum },
			.told = rows[i].told,
			.most = { .mode = rows[i].most,
				  .source = { .file = rows[i].most == XPRTSEC_NONE ? NULL : "file",
					      .key = "minimum",
					      .value = "x",
					      .section = "[client]" } },
		};
		struct check_judgement judged;

		check_judge_connection(&connection, &judged);
		if (judged.level != rows[i].level || !strstr(judged.finding, rows[i].finding))
			fail_msg("row %zu: %s %s", i, check_level_word(judged.level), judged.finding);
	}
}

static void test_days(void **state)
{
	struct check_judgement judged;

	(void)state;
	check_judge_days(30, &judged);
	expect("30", &judged, CHECK_OK, "30 days left", "");
	check_judge_days(29, &judged);
	expect("29", &judged, CHECK_WARNING, "expires in 29 days", "renew");
	check_judge_days(0, &judged);
	expect("0", &judged, CHECK_WARNING, "expires in 0 days", "renew");
	check_judge_days(-1, &judged);
	expect("-1", &judged, CHECK_FAILURE, "expired 1 day ago", "replace");
}

/* ---- reports -------------------------------------------------------------------------- */

static void test_reports(void **state)
{
	char path[] = "/mnt/\n\xc3", good[] = "is \"fine\"", bad[] = "is bad", remedy[] = "mend it";
	struct check_finding list[] = {
		{ CHECK_OK, "fstab", path, good, NULL },
		{ CHECK_FAILURE, "agent", path, bad, remedy },
	};
	const struct check_findings findings = { .at = list, .count = 2 };
	AUTO_STRBUF text = { 0 };
	AUTO_STRBUF more = { 0 };
	AUTO_STRBUF json = { 0 };

	(void)state;
	check_report_text(&findings, false, &text);
	assert_string_equal(text.text, "ok /mnt/\\x0a\\xc3: is \"fine\"\nfailure /mnt/\\x0a\\xc3: is bad; mend it\n");
	check_report_text(&findings, true, &more);
	assert_non_null(strstr(more.text, "# agent: "));
	check_report_json(&findings, &json);
	assert_non_null(strstr(json.text, "\"level\":\"failure\""));
	assert_non_null(strstr(json.text, "\"remedy\":null"));
	assert_non_null(strstr(json.text, "\\\"fine\\\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_option),	    cmocka_unit_test(test_fstab),
		cmocka_unit_test(test_mounts),	    cmocka_unit_test(test_exports),
		cmocka_unit_test(test_connections), cmocka_unit_test(test_connections_of_transports),
		cmocka_unit_test(test_days),	    cmocka_unit_test(test_reports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
