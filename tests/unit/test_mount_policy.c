/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a mount gets from the user's words, the policy and the server's word. */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "utils/mount/protection.h"
#include "utils/mount/tls_offer.h"

/* ---- makers ---------------------------------------------------------------- */

static struct policy *policy_of(const char *text)
{
	AUTO_CONF *conf = conf_new();
	struct policy *policy = NULL;
	struct error e = { 0 };

	assert_non_null(conf);
	assert_int_equal(conf_parse(conf, "F", text, strlen(text), &e), 0);
	if (policy_from_conf(conf, &policy, &e))
		fail_msg("%s", e.text);
	return policy;
}

static struct address server_at(const char *text)
{
	struct address address = { 0 };
	struct sockaddr_in *four = (struct sockaddr_in *)&address.socket;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)&address.socket;

	text_copy(address.text, sizeof(address.text), text);
	if (inet_pton(AF_INET, text, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		address.size = sizeof(*four);
	} else {
		assert_int_equal(inet_pton(AF_INET6, text, &six->sin6_addr), 1);
		six->sin6_family = AF_INET6;
		address.size = sizeof(*six);
	}
	return address;
}

/* The options are read as utils/mount does. */
static int decide_on(const struct policy *policy, const char *host, const char *path, const char *options_text,
		     struct protection *decision, struct error *e)
{
	struct address addresses[] = { server_at("2001:db8::2"), server_at("192.0.2.2") };
	AUTO_MOUNT_OPTIONS options = { 0 };
	struct mount_security asked;
	struct mount_protocol protocol;
	struct protection_request request = {
		.host = host,
		.path = path,
		.point = "/mnt/data",
		.addresses = addresses,
		.address_count = ARRAY_SIZE(addresses),
		.protocol = &protocol,
	};

	assert_int_equal(mount_options_parse(&options, options_text, strlen(options_text), e), 0);
	assert_int_equal(mount_security_check(&options, &asked, e), 0);
	assert_int_equal(mount_protocol_find(&options, NULL, &protocol, e), 0);
	request.asked = asked;
	return protection_decide(policy, &request, decision, e);
}

/* ---- before the server is asked ---------------------------------------------- */

static void the_policy_decides(void **state)
{
	static const struct {
		const char *policy, *host, *path, *options;
		int result;
		enum xprtsec mode;
		const char *text; /* what is explained, or what the error has in it */
	} cases[] = {
		{ "", "s", "/x", "", 0, XPRTSEC_NONE, "" },
		{ "", "s", "/x", "xprtsec=tls", 0, XPRTSEC_TLS, "" },
		{ "", "s", "", "xprtsec=auto", 0, XPRTSEC_AUTO, "" },
		{ "", "s", "/x", "xprtsec=auto,udp", 0, XPRTSEC_NONE, "" },
		{ "[client]\ndefault=mtls\n", "s", "/x", "", 0, XPRTSEC_MTLS,
		  "xprtsec=mtls: default=mtls in [client] (F:2)" },
		{ "[client]\ndefault=auto\n", "s", "/x", "", 0, XPRTSEC_AUTO,
		  "xprtsec=auto: default=auto in [client] (F:2)" },
		{ "[client]\ndefault=auto\n", "s", "/x", "proto=rdma", 0, XPRTSEC_NONE,
		  "xprtsec=none: default=auto in [client] (F:2)" },
		{ "[client]\ndefault=mtls\n", "s", "/x", "xprtsec=none", 0, XPRTSEC_NONE, "" },
		{ "[client]\ndefault=mtls\n", "s", "/x", "proto=udp", -EINVAL, 0,
		  "default=mtls in [client] (F:2) needs TCP, and proto=udp" },
		{ "[client]\ndefault=tls\n", "s", "/x", "rdma", -EINVAL, 0,
		  "default=tls in [client] (F:2) needs TCP, and proto=rdma" },
		{ "[client]\nminimum=tls\n", "s", "/x", "", -EPERM, 0, "minimum=tls in [client] (F:2)" },
		{ "[client]\nminimum=tls\n", "s", "/x", "xprtsec=none", -EPERM, 0, "minimum=tls in [client] (F:2)" },
		{ "[client]\nminimum=mtls\n", "s", "/x", "xprtsec=tls", -EPERM, 0, "minimum=mtls in [client] (F:2)" },
		{ "[client]\nminimum=tls\n", "s", "/x", "xprtsec=mtls", 0, XPRTSEC_MTLS, "" },
		{ "[client]\nminimum=tls\n", "s", "/x", "xprtsec=auto", 0, XPRTSEC_AUTO, "" },
		{ "[client]\nminimum=tls\n", "s", "/x", "xprtsec=auto,proto=udp", -EPERM, 0,
		  "over proto=udp xprtsec=auto can only be clear text, and minimum=tls in [client] (F:2) forbids" },
		{ "[client]\ndefault=tls\n[client \"s\"]\ndefault=none\n", "s", "/x", "", 0, XPRTSEC_NONE,
		  "xprtsec=none: default=none in [client \"s\"] (F:4)" },
		{ "[client \"192.0.2.0/24\"]\nminimum=tls\n[client \"2001:db8::/32\"]\nminimum=tls\n", "s", "/x", "",
		  -EPERM, 0, "minimum=tls in [client \"" },
		{ "[client \"192.0.2.0/24\"]\nminimum=tls\n", "s", "/x", "", -EINVAL, 0, "(F:2)" },
		{ "[client \"2001:db8::2\"]\ndefault=tls\n", "2001:db8::2", "/x", "", 0, XPRTSEC_TLS,
		  "xprtsec=tls: default=tls in [client \"2001:db8::2\"] (F:2)" },
		{ "[client \"s:/x\"]\nminimum=tls\n", "s", "/x/y", "", -EPERM, 0, "(F:2)" },
		{ "[client \"s:/x\"]\nminimum=tls\n", "s", "x/y", "", -EPERM, 0, "(F:2)" },
		{ "[client \"s:/\"]\nminimum=tls\n", "s", "", "", -EPERM, 0, "(F:2)" },
		{ "[client \"s:/x\"]\nminimum=tls\n", "s", "/xy", "", 0, XPRTSEC_NONE, "" },
		{ "[client \"s:/x\"]\nminimum=tls\n", "s", "/y/../x", "", -EINVAL, 0, "must not have" },
		{ "[client \"/mnt\"]\nminimum=tls\n", "s", "/x", "", -EPERM, 0, "(F:2)" },
		{ "[client \"/mn\"]\nminimum=tls\n", "s", "/x", "", 0, XPRTSEC_NONE, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_POLICY *policy = policy_of(cases[i].policy);
		struct protection decision = { 0 };
		AUTO_STRBUF text = { 0 };
		struct error e = { 0 };

		int r = decide_on(policy, cases[i].host, cases[i].path, cases[i].options, &decision, &e);

		if (r != cases[i].result)
			fail_msg("case %zu: %d, %s", i, r, e.text);
		if (cases[i].result) {
			if (!strstr(e.text, cases[i].text))
				fail_msg("%s", e.text);
			assert_int_equal(decision.mode, 0);
			continue;
		}
		assert_int_equal(decision.mode, cases[i].mode);
		protection_explain(&decision, true, &text);
		assert_string_equal(text.text ? text.text : "", cases[i].text);
	}
}

/* ---- the server's word --------------------------------------------------------- */

static void auto_takes_less_where_the_server_says_so(void **state)
{
	static const struct {
		const char *policy, *options;
		enum protection_auto why;
		bool certificate;
		int result;
		enum xprtsec mode;
		const char *text;
	} cases[] = {
		{ "", "xprtsec=auto", PROTECTION_STRONGEST, true, 0, XPRTSEC_MTLS,
		  "xprtsec=mtls: xprtsec=auto was asked for; this client has a certificate" },
		{ "", "xprtsec=auto", PROTECTION_STRONGEST, false, 0, XPRTSEC_TLS,
		  "xprtsec=tls: xprtsec=auto was asked for; this client has no certificate \"host\"" },
		{ "", "xprtsec=auto", PROTECTION_NOT_ASKED, true, 0, XPRTSEC_TLS,
		  "xprtsec=tls: xprtsec=auto was asked for; the server offers TLS, and asks for no certificate" },
		{ "[client]\nminimum=tls\n", "xprtsec=auto", PROTECTION_NOT_ASKED, true, 0, XPRTSEC_TLS,
		  "xprtsec=tls: xprtsec=auto was asked for; the server offers TLS, and asks for no certificate" },
		{ "[client]\nminimum=mtls\n", "xprtsec=auto", PROTECTION_NOT_ASKED, true, -EPERM, 0,
		  "minimum=mtls in [client] (F:2)" },
		{ "", "xprtsec=auto", PROTECTION_NO_TLS, true, 0, XPRTSEC_NONE,
		  "xprtsec=none: xprtsec=auto was asked for; the server says that it has no TLS" },
		{ "[client]\ndefault=auto\n", "", PROTECTION_NO_TLS, false, 0, XPRTSEC_NONE,
		  "xprtsec=none: default=auto in [client] (F:2); the server says that it has no TLS" },
		{ "[client]\nminimum=tls\n", "xprtsec=auto", PROTECTION_NO_TLS, true, -EPERM, 0,
		  "minimum=tls in [client] (F:2)" },
		{ "[client]\nminimum=mtls\n", "xprtsec=auto", PROTECTION_STRONGEST, false, -EPERM, 0,
		  "minimum=mtls in [client] (F:2)" },
		{ "[client]\nminimum=mtls\ndefault=auto\n", "", PROTECTION_STRONGEST, true, 0, XPRTSEC_MTLS,
		  "xprtsec=mtls: default=auto in [client] (F:3); this client has a certificate" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_POLICY *policy = policy_of(cases[i].policy);
		struct protection decision = { 0 };
		AUTO_STRBUF text = { 0 };
		struct error e = { 0 };

		assert_int_equal(decide_on(policy, "s", "/x", cases[i].options, &decision, &e), 0);
		assert_int_equal(protection_of_auto(&decision, cases[i].why, cases[i].certificate, &e),
				 cases[i].result);
		if (cases[i].result) {
			assert_non_null(strstr(e.text, cases[i].text));
			assert_int_equal(decision.mode, XPRTSEC_AUTO);
			continue;
		}
		assert_int_equal(decision.mode, cases[i].mode);
		protection_explain(&decision, true, &text);
		assert_string_equal(text.text, cases[i].text);
	}
}

static void a_user_is_told_that_a_policy_has_decided(void **state)
{
	static const struct {
		const char *policy, *options;
		bool automatic;
		const char *text;
	} cases[] = {
		{ "[client \"s\"]\ndefault=mtls\ncertificate=secret\n", "", false,
		  "xprtsec=mtls: this host's policy has decided" },
		{ "[client]\ndefault=auto\ncertificate=secret\n", "", true,
		  "xprtsec=tls: this host's policy has decided; this client has no certificate for it" },
		{ "[client]\ncertificate=secret\n", "xprtsec=auto", true,
		  "xprtsec=tls: xprtsec=auto was asked for; this client has no certificate for it" },
		{ "[client]\nminimum=tls\n", "xprtsec=tls", false, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_POLICY *policy = policy_of(cases[i].policy);
		struct protection decision = { 0 };
		AUTO_STRBUF text = { 0 };
		struct error e = { 0 };

		assert_int_equal(decide_on(policy, "s", "/x", cases[i].options, &decision, &e), 0);
		if (cases[i].automatic)
			assert_int_equal(protection_of_auto(&decision, PROTECTION_STRONGEST, false, &e), 0);
		protection_explain(&decision, false, &text);
		assert_string_equal(text.text ? text.text : "", cases[i].text);
	}
}

static void what_no_server_could_change_is_refused_unasked(void **state)
{
	static const struct {
		const char *policy;
		bool certificate;
		int result;
	} cases[] = {
		{ "", false, 0 },
		{ "[client]\nminimum=tls\n", false, 0 },
		{ "[client]\nminimum=mtls\n", true, 0 },
		{ "[client]\nminimum=mtls\n", false, -EPERM },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_POLICY *policy = policy_of(cases[i].policy);
		struct protection decision = { 0 };
		struct error e = { 0 };

		assert_int_equal(decide_on(policy, "s", "/x", "xprtsec=auto", &decision, &e), 0);
		assert_int_equal(protection_if_asked(&decision, cases[i].certificate, &e), cases[i].result);
		assert_int_equal(decision.mode, XPRTSEC_AUTO);
	}
}

/* ---- the certificate -------------------------------------------------------------- */

static char folder[] = "/tmp/test-mount-policy-XXXXXX";

static void put(const char *name)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
}

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	put("whole.pem");
	put("whole.key");
	put("half.pem");
	put("host.pem");
	return 0;
}

static int remove_folder(void **state)
{
	static const char *const names[] = { "whole.pem", "whole.key", "half.pem", "host.pem" };
	char path[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	return rmdir(folder);
}

static void a_named_certificate_must_be_there(void **state)
{
	static const struct {
		const char *policy, *options;
		bool own;
		int result;
		bool has;
	} cases[] = {
		{ "", "xprtsec=mtls", false, 0, false },
		{ "[client]\ncertificate=whole\n", "xprtsec=mtls", false, 0, true },
		{ "[client]\ncertificate=half\n", "xprtsec=mtls", false, 0, false },
		{ "[client]\ncertificate=none\n", "xprtsec=mtls", false, -ENOENT, false },
		{ "[client]\ncertificate=none\ndefault=mtls\n", "", false, -ENOENT, false },
		{ "[client]\ncertificate=none\n", "xprtsec=mtls", true, 0, false },
		{ "[client]\ncertificate=none\n", "xprtsec=tls", false, 0, false },
		{ "[client]\ncertificate=none\n", "xprtsec=auto", false, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_POLICY *policy = policy_of(cases[i].policy);
		struct protection decision = { 0 };
		struct error e = { 0 };

		assert_int_equal(decide_on(policy, "s", "/x", cases[i].options, &decision, &e), 0);
		assert_int_equal(protection_has_certificate(&decision, folder), cases[i].has);
		assert_int_equal(protection_check_certificate(&decision, cases[i].own, folder, &e), cases[i].result);
		if (!cases[i].result)
			continue;
		assert_non_null(strstr(e.text, "certificate=none in [client] (F:2)"));
		assert_non_null(strstr(e.text, folder));
		assert_non_null(strstr(e.text, "/none.pem"));
	}
}

/* ---- who is asked ------------------------------------------------------------------- */

/* What the scripted server says in turn, and what it was asked. */
static struct {
	const int *results; /* 0: it offers TLS; 1: it does not; negative errno */
	size_t used;
	struct strbuf log;
} script;

static int scripted_ask(const struct sockaddr *server, socklen_t size, uint32_t program, uint32_t version, int limit_ms,
			enum rpc_tls_answer *answer, struct error *e)
{
	char text[RPC_ADDRESS_TEXT_MAX];
	int result = script.results[script.used++];

	assert_int_equal(program, 100003);
	assert_true(limit_ms > 0);
	rpc_address_text(server, size, text);
	strbuf_addf(&script.log, "%s v%u;", text, version);
	if (result < 0)
		return error_set(e, -result, "reply %zu", script.used);
	*answer = result ? RPC_TLS_NOT_OFFERED : RPC_TLS_OFFERED;
	return 0;
}

#define SIX "[2001:db8::2]:2049 "
#define FOUR "192.0.2.2:2049 "

static void the_first_address_that_answers_decides(void **state)
{
	static const struct mount_versions any = { .version = { 4, 2 } }, three = { .version = { 3, 0 } },
					   four = { .four_only = true, .version = { 4, 2 } },
					   pinned = { .pinned = true, .version = { 4, 1 } };
	static const struct {
		const struct mount_versions *version;
		int results[4];
		int result;
		enum rpc_tls_answer answer;
		size_t which;
		const char *log; /* an error's text behind # */
	} cases[] = {
		{ &any, { 0 }, 0, RPC_TLS_OFFERED, 0, SIX "v4;" },
		{ &any, { 1 }, 0, RPC_TLS_NOT_OFFERED, 0, SIX "v4;" },
		{ &any, { -ETIMEDOUT, 1 }, 0, RPC_TLS_NOT_OFFERED, 1, SIX "v4;" FOUR "v4;" },
		{ &any, { -ECONNREFUSED, 0 }, 0, RPC_TLS_OFFERED, 1, SIX "v4;" FOUR "v4;" },
		{ &any, { -ECONNRESET, -ETIMEDOUT }, -ETIMEDOUT, 0, 0, SIX "v4;" FOUR "v4;#reply 2" },
		{ &any, { -EPROTONOSUPPORT, 0 }, 0, RPC_TLS_OFFERED, 0, SIX "v4;" SIX "v3;" },
		{ &any, { -EPROTONOSUPPORT, -EPROTONOSUPPORT }, -EPROTONOSUPPORT, 0, 0, SIX "v4;" SIX "v3;#reply 2" },
		{ &any,
		  { -EHOSTUNREACH, -EPROTONOSUPPORT, 1 },
		  0,
		  RPC_TLS_NOT_OFFERED,
		  1,
		  SIX "v4;" FOUR "v4;" FOUR "v3;" },
		{ &any, { -EPROTO }, -EPROTO, 0, 0, SIX "v4;#reply 1" },
		{ &four, { -EPROTONOSUPPORT }, -EPROTONOSUPPORT, 0, 0, SIX "v4;#reply 1" },
		{ &pinned, { -EPROTONOSUPPORT }, -EPROTONOSUPPORT, 0, 0, SIX "v4;#reply 1" },
		{ &three, { 0 }, 0, RPC_TLS_OFFERED, 0, SIX "v3;" },
		{ &three, { -EPROTONOSUPPORT }, -EPROTONOSUPPORT, 0, 0, SIX "v3;#reply 1" },
	};
	struct address addresses[] = { server_at("2001:db8::2"), server_at("192.0.2.2") };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct tls_offer_request question = {
			.addresses = addresses,
			.address_count = ARRAY_SIZE(addresses),
			.port = 2049,
			.version = *cases[i].version,
			.ask = scripted_ask,
		};
		enum rpc_tls_answer answer = 77;
		struct error e = { 0 };
		size_t which = 77;

		script.results = cases[i].results;
		script.used = 0;
		script.log = (struct strbuf){ 0 };
		assert_int_equal(tls_offer_find(&question, &answer, &which, &e), cases[i].result);
		if (cases[i].result)
			strbuf_addf(&script.log, "#%s", e.text);
		assert_string_equal(script.log.text, cases[i].log);
		assert_int_equal(answer, cases[i].result ? 77 : (int)cases[i].answer);
		assert_int_equal(which, cases[i].result ? 77 : cases[i].which);
		strbuf_free(&script.log);
	}
}

static void nobody_to_ask_is_no_answer(void **state)
{
	struct tls_offer_request question = { .version = { .version = { 4, 2 } }, .ask = scripted_ask };
	enum rpc_tls_answer answer;
	struct error e = { 0 };
	size_t which;

	(void)state;
	assert_int_equal(tls_offer_find(&question, &answer, &which, &e), -EINVAL);
	assert_true(e.text[0]);
}

static void the_port_is_the_mounts(void **state)
{
	static const struct {
		const char *options;
		int result;
		unsigned int port;
	} cases[] = {
		{ "", 0, 2049 },	   { "port=20490", 0, 20490 }, { "port=1,port=2", 0, 2 },
		{ "port=0", 0, 2049 },	   { "port=65535", 0, 65535 }, { "port", -EINVAL, 0 },
		{ "port=", -EINVAL, 0 },   { "port=x", -EINVAL, 0 },   { "port=65536", -EINVAL, 0 },
		{ "port=-1", -EINVAL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_MOUNT_OPTIONS options = { 0 };
		struct error e = { 0 };
		uint16_t port = 0;

		assert_int_equal(mount_options_parse(&options, cases[i].options, strlen(cases[i].options), &e), 0);
		assert_int_equal(mount_port(&options, &port, &e), cases[i].result);
		assert_int_equal(port, cases[i].port);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_policy_decides),
		cmocka_unit_test(auto_takes_less_where_the_server_says_so),
		cmocka_unit_test(a_user_is_told_that_a_policy_has_decided),
		cmocka_unit_test(what_no_server_could_change_is_refused_unasked),
		cmocka_unit_test_setup_teardown(a_named_certificate_must_be_there, make_folder, remove_folder),
		cmocka_unit_test(the_first_address_that_answers_decides),
		cmocka_unit_test(nobody_to_ask_is_no_answer),
		cmocka_unit_test(the_port_is_the_mounts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
