/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The decision tables: a policy, a question, and the answer with the line that made it. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/policy/policy_private.h"

/* The file "main", and a drop-in that is read after it. */
static int load_two(const char *main_text, const char *drop_in, struct policy **policy, struct error *e)
{
	AUTO_CONF *conf = conf_new();
	int r;

	assert_non_null(conf);
	assert_int_equal(conf_parse(conf, "main", main_text, strlen(main_text), e), 0);
	if (drop_in)
		assert_int_equal(conf_parse(conf, "drop", drop_in, strlen(drop_in), e), 0);
	r = policy_from_conf(conf, policy, e);
	return r;
}

static struct policy *load(const char *main_text, const char *drop_in)
{
	struct policy *policy = NULL;
	struct error e;

	if (load_two(main_text, drop_in, &policy, &e))
		fail_msg("%s\n%s", e.text, main_text);
	return policy;
}

static void show_line(const struct policy_source *source, struct strbuf *out)
{
	if (source->file)
		strbuf_addf(out, "@%s:%u", source->file, source->line);
}

static void show_text(const char *what, const struct policy_text *text, struct strbuf *out)
{
	if (!text->source.file)
		return;
	strbuf_addf(out, " %s=%s", what, text->value);
	show_line(&text->source, out);
}

static void show_connection(const struct policy_connection *connection, struct strbuf *out)
{
	show_text("cert", &connection->certificate, out);
	show_text("trust", &connection->truststore, out);
	show_text("crl", &connection->crl, out);
	show_text("required", &connection->crl_required, out);
	if (connection->alpn.number) {
		strbuf_addf(out, " alpn");
		show_line(&connection->alpn.source, out);
	}
	if (connection->peer_list) {
		strbuf_addf(out, " peers");
		show_line(&connection->peers.source, out);
	}
}

static void compare(const char *question, const struct strbuf *got, const char *wanted)
{
	assert_false(got->failed);
	if (strcmp(got->text, wanted) != 0)
		fail_msg("%s\n  got:    %s\n  wanted: %s", question, got->text, wanted);
}

/* ---- mounts --------------------------------------------------------------- */

struct mount_row {
	const char *name;
	const char *addresses; /* separated by blanks */
	const char *path;
	const char *point;
	const char *answer; /* "MINIMUM@LINE DEFAULT@LINE cert=..."; or the beginning of the error after "!" */
};

static size_t parse_addresses(const char *text, struct ip_address *addresses)
{
	char copy[256];
	char *rest = NULL;
	size_t count = 0;

	assert_true(text_copy(copy, sizeof(copy), text));
	for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		assert_true(address_parse(word, &addresses[count++]));
	return count;
}

static void show_mount(const struct policy *policy, const struct mount_row *row, struct strbuf *out)
{
	struct ip_address addresses[4];
	struct policy_mount_question question = { { row->name, addresses, 0 }, row->path, row->point };
	struct policy_mount answer;
	struct error e;

	question.server.address_count = parse_addresses(row->addresses ? row->addresses : "", addresses);
	if (policy_mount(policy, &question, &answer, &e)) {
		strbuf_addf(out, "!%s", e.text);
		return;
	}
	strbuf_addf(out, "%s", xprtsec_word(answer.minimum.mode));
	show_line(&answer.minimum.source, out);
	strbuf_addf(out, " %s", xprtsec_word(answer.default_mode.mode));
	show_line(&answer.default_mode.source, out);
	show_connection(&answer.connection, out);
}

static void check_mounts(const char *text, const char *drop_in, const struct mount_row *rows, size_t count)
{
	AUTO_POLICY *policy = load(text, drop_in);

	for (size_t i = 0; i < count; i++) {
		AUTO_STRBUF got = { 0 };

		show_mount(policy, &rows[i], &got);
		if (rows[i].answer[0] == '!' && !strncmp(got.text, rows[i].answer, strlen(rows[i].answer)))
			continue;
		compare(rows[i].name, &got, rows[i].answer);
	}
}

static void test_no_policy(void **state)
{
	static const struct mount_row rows[] = {
		{ "fs.example.com", NULL, "/a", "/mnt", "none none" },
		{ "192.0.2.1", NULL, NULL, NULL, "none none" },
		{ "fs", NULL, "/a/../b", "/mnt", "none none" },
		{ "fs", NULL, "relative", "/mnt", "none none" },
	};

	(void)state;
	check_mounts("", NULL, rows, ARRAY_SIZE(rows));
	check_mounts("[server]\nminimum=mtls\npeers=x\n", NULL, rows, ARRAY_SIZE(rows));
}

static void test_names(void **state)
{
	static const char text[] = "[client]\n"
				   "minimum=tls\n"  /* 2 */
				   "default=auto\n" /* 3 */
				   "[client \"*.example.com\"]\n"
				   "minimum=mtls\n" /* 5 */
				   "[client \"*.lab.example.com\"]\n"
				   "minimum=none\n"    /* 7 */
				   "certificate=lab\n" /* 8 */
				   "[client \"FS.Lab.Example.com.\"]\n"
				   "default=mtls\n"	  /* 10 */
				   "truststore=/ca.pem\n" /* 11 */
				   "[client \"*.com\"]\n"
				   "crl=/com.crl\n"; /* 13 */
	static const struct mount_row rows[] = {
		{ "elsewhere.org", NULL, NULL, NULL, "tls@main:2 auto@main:3" },
		{ "example.com", NULL, NULL, NULL, "tls@main:2 auto@main:3 crl=/com.crl@main:13" },
		{ "badexample.com", NULL, NULL, NULL, "tls@main:2 auto@main:3 crl=/com.crl@main:13" },
		{ "a.example.com", NULL, NULL, NULL, "mtls@main:5 auto@main:3 crl=/com.crl@main:13" },
		{ "A.EXAMPLE.COM.", NULL, NULL, NULL, "mtls@main:5 auto@main:3 crl=/com.crl@main:13" },
		{ "a.b.example.com", NULL, NULL, NULL, "mtls@main:5 auto@main:3 crl=/com.crl@main:13" },
		{ "lab.example.com", NULL, NULL, NULL, "mtls@main:5 auto@main:3 crl=/com.crl@main:13" },
		{ "a.lab.example.com", NULL, NULL, NULL,
		  "none@main:7 auto@main:3 cert=lab@main:8 crl=/com.crl@main:13" },
		{ "fs.lab.example.com", NULL, NULL, NULL,
		  "none@main:7 mtls@main:10 cert=lab@main:8 trust=/ca.pem@main:11 crl=/com.crl@main:13" },
		{ "fs.lab.example.com.", "192.0.2.1", "/x", "/mnt",
		  "none@main:7 mtls@main:10 cert=lab@main:8 trust=/ca.pem@main:11 crl=/com.crl@main:13" },
		{ "x.fs.lab.example.com", NULL, NULL, NULL,
		  "none@main:7 auto@main:3 cert=lab@main:8 crl=/com.crl@main:13" },
		{ "com", NULL, NULL, NULL, "tls@main:2 auto@main:3" },
		{ "*.example.com", NULL, NULL, NULL, "tls@main:2 auto@main:3" },
		{ "", NULL, NULL, NULL, "tls@main:2 auto@main:3" },
		{ "a..example.com", NULL, NULL, NULL, "tls@main:2 auto@main:3" },
	};

	(void)state;
	check_mounts(text, NULL, rows, ARRAY_SIZE(rows));
}

static void test_addresses(void **state)
{
	static const char text[] = "[client]\n"
				   "certificate=all\n" /* 2 */
				   "[client \"192.0.2.0/24\"]\n"
				   "certificate=net\n" /* 4 */
				   "[client \"192.0.2.128/25\"]\n"
				   "certificate=half\n" /* 6 */
				   "[client \"192.0.2.7\"]\n"
				   "certificate=one\n" /* 8 */
				   "[client \"2001:DB8::/32\"]\n"
				   "certificate=six\n" /* 10 */
				   "[client \"2001:db8:0:0::7\"]\n"
				   "certificate=six-one\n" /* 12 */
				   "[client \"::ffff:198.51.100.0/120\"]\n"
				   "certificate=mapped\n" /* 14 */
				   "[client \"0.0.0.0/0\"]\n"
				   "crl=/four\n"; /* 16 */
	static const struct mount_row rows[] = {
		{ "a", "203.0.113.1", NULL, NULL, "none none cert=all@main:2 crl=/four@main:16" },
		{ "a", "192.0.2.1", NULL, NULL, "none none cert=net@main:4 crl=/four@main:16" },
		{ "a", "192.0.2.127", NULL, NULL, "none none cert=net@main:4 crl=/four@main:16" },
		{ "a", "192.0.2.128", NULL, NULL, "none none cert=half@main:6 crl=/four@main:16" },
		{ "a", "192.0.2.7", NULL, NULL, "none none cert=one@main:8 crl=/four@main:16" },
		{ "a", "::ffff:192.0.2.7", NULL, NULL, "none none cert=one@main:8 crl=/four@main:16" },
		{ "192.0.2.7", NULL, NULL, NULL, "none none cert=one@main:8 crl=/four@main:16" },
		{ "192.0.2.7", "192.0.2.7", NULL, NULL, "none none cert=one@main:8 crl=/four@main:16" },
		{ "198.51.100.9", NULL, NULL, NULL, "none none cert=mapped@main:14 crl=/four@main:16" },
		{ "[2001:db8::7]", NULL, NULL, NULL, "none none cert=six-one@main:12" },
		{ "2001:db8::8", NULL, NULL, NULL, "none none cert=six@main:10" },
		{ "fe80::1%eth0", NULL, NULL, NULL, "none none cert=all@main:2" },
		{ "a", "192.0.2.1 192.0.2.2", NULL, NULL, "none none cert=net@main:4 crl=/four@main:16" },
		{ "a", "192.0.2.1 192.0.2.200", NULL, NULL, "!for one address of the server there is certificate=net" },
		{ "a", "192.0.2.1 2001:db8::1", NULL, NULL, "!for one address of the server there is " },
	};

	(void)state;
	check_mounts(text, NULL, rows, ARRAY_SIZE(rows));
}

static void test_paths(void **state)
{
	static const char text[] = "[client \"fs.example.com:/srv/pay\"]\n"
				   "minimum=mtls\n" /* 2 */
				   "[client \"fs.example.com\"]\n"
				   "minimum=tls\n" /* 4 */
				   "default=tls\n" /* 5 */
				   "[client \"fs.example.com:/srv/pay/public//\"]\n"
				   "minimum=none\n" /* 7 */
				   "[client \"*.example.com:/\"]\n"
				   "default=mtls\n" /* 9 */
				   "[client \"[2001:db8::1]:/a\"]\n"
				   "minimum=mtls\n" /* 11 */
				   "[client \"[2001:db8::]/32:/b\"]\n"
				   "minimum=tls\n" /* 13 */
				   "[client \"/mnt/secure\"]\n"
				   "minimum=mtls\n"; /* 15 */
	static const struct mount_row rows[] = {
		{ "fs.example.com", NULL, NULL, NULL, "tls@main:4 tls@main:5" },
		{ "fs.example.com", NULL, "/", NULL, "tls@main:4 tls@main:5" },
		{ "fs.example.com", NULL, "/srv/payroll", NULL, "tls@main:4 tls@main:5" },
		{ "fs.example.com", NULL, "/srv/pay", NULL, "mtls@main:2 tls@main:5" },
		{ "fs.example.com", NULL, "//srv//pay//a/", NULL, "mtls@main:2 tls@main:5" },
		{ "fs.example.com", NULL, "/srv/pay/public/a", NULL, "none@main:7 tls@main:5" },
		{ "fs.example.com", NULL, "/srv/pay/../x", NULL, "!/srv/pay/../x: " },
		{ "other.example.com", NULL, "/srv/pay", NULL, "none mtls@main:9" },
		{ "2001:db8::1", NULL, "/a/b", NULL, "mtls@main:11 none" },
		{ "2001:db8::1", NULL, "/b", NULL, "tls@main:13 none" },
		{ "2001:db8::2", NULL, "/a", NULL, "none none" },
		{ "elsewhere.org", NULL, "/a", "/mnt/secure", "mtls@main:15 none" },
		{ "elsewhere.org", NULL, "/a", "/mnt/secure/deep", "mtls@main:15 none" },
		{ "elsewhere.org", NULL, "/a", "/mnt/secured", "none none" },
		/* An exact name comes before a place. */
		{ "fs.example.com", NULL, "/a", "/mnt/secure", "tls@main:4 tls@main:5" },
	};

	(void)state;
	check_mounts(text, NULL, rows, ARRAY_SIZE(rows));
}

static void test_ties(void **state)
{
	static const char text[] = "[client \"*.example.com\"]\n"
				   "minimum=tls\n"	/* 2 */
				   "certificate=name\n" /* 3 */
				   "[client \"192.0.2.0/24\"]\n"
				   "minimum=mtls\n" /* 5 */
				   "[client \"198.51.100.0/24\"]\n"
				   "minimum=tls\n" /* 7 */
				   "[client \"settled.example.com\"]\n"
				   "minimum=none\n" /* 9 */
				   "[client \"203.0.113.1\"]\n"
				   "minimum=mtls\n"; /* 11 */
	static const struct mount_row rows[] = {
		{ "a.example.com", "192.0.2.1", NULL, NULL,
		  "!minimum=tls in [client \"*.example.com\"] (main:2) and minimum=mtls in [client \"192.0.2.0/24\"] (main:5)"
		  " are equally specific" },
		{ "a.example.com", "198.51.100.1", NULL, NULL, "tls@main:2 none cert=name@main:3" },
		{ "a.example.com", "203.0.113.1", NULL, NULL, "mtls@main:11 none cert=name@main:3" },
		{ "settled.example.com", "192.0.2.1", NULL, NULL, "none@main:9 none cert=name@main:3" },
		{ "settled.example.com", "203.0.113.1", NULL, NULL,
		  "!minimum=none in [client \"settled.example.com\"]" },
		{ "b.org", "192.0.2.1", NULL, NULL, "mtls@main:5 none" },
	};

	(void)state;
	check_mounts(text, NULL, rows, ARRAY_SIZE(rows));
}

/* Of each key two values that differ. */
static const char *example(enum policy_key key, size_t which)
{
	static const char *const of_values[POLICY_VALUES_COUNT][2] = {
		[POLICY_VALUES_MODE] = { "tls", "mtls" },   [POLICY_VALUES_MODES] = { "tls", "mtls" },
		[POLICY_VALUES_NAME] = { "one", "other" },  [POLICY_VALUES_FILE] = { "/one", "/other" },
		[POLICY_VALUES_PEERS] = { "one", "other" },
	};
	const struct policy_key_row *row = policy_key(key);
	const char *value = of_values[row->values][which];

	return value ? value : which ? row->usual : row->other;
}

/* A policy of two sections, which set the key to different values in lines 2 and 5; NULL where it cannot stand. */
static struct policy *load_rivals(enum policy_key key, const char *one, const char *other)
{
	const char *beside = key == POLICY_KEY_CRL ? "" : "crl=/x"; /* without one there is no crl-required=yes */
	AUTO_STRBUF text = { 0 };
	struct policy *policy = NULL;
	struct error e;

	strbuf_addf(&text, "[%s]\n%s=%s\n%s\n[%s]\n%s=%s\n%s\n", one, policy_key(key)->word, example(key, 0), beside,
		    other, policy_key(key)->word, example(key, 1), beside);
	return load_two(text.text, NULL, &policy, &e) ? NULL : policy;
}

/* The error of a tie names both lines. */
static void is_tie(enum policy_key key, int result, const struct error *e)
{
	char line[64];

	print_message("# %s: %s\n", policy_key(key)->word, result ? e->text : "no tie");
	assert_int_equal(result, -EINVAL);
	for (size_t i = 0; i < 2; i++) {
		snprintf(line, sizeof(line), "%s=%s in [client ", policy_key(key)->word, example(key, i));
		assert_non_null(strstr(e->text, line));
	}
	assert_non_null(strstr(e->text, "(main:2)"));
	assert_non_null(strstr(e->text, "(main:5)"));
}

/* Whatever the key, two sections of one rank that disagree about a mount are an error; so they are of a connection. */
static void test_every_key_ties(void **state)
{
	static const char *const rivals[][2] = {
		{ "client \"*.example.com\"", "client \"192.0.2.0/24\"" },
		{ "client \"a.example.com\"", "client \"192.0.2.1\"" },
		{ "client \"192.0.2.1\"", "client \"192.0.2.2\"" }, /* addresses of one server */
	};
	struct ip_address addresses[2];

	(void)state;
	assert_true(address_parse("192.0.2.1", &addresses[0]) && address_parse("192.0.2.2", &addresses[1]));
	for (enum policy_key key = 0; key < POLICY_KEY_COUNT; key++) {
		for (size_t i = 0; i < ARRAY_SIZE(rivals); i++) {
			AUTO_POLICY *policy = load_rivals(key, rivals[i][0], rivals[i][1]);
			const struct policy_mount_question question = { .server = { "a.example.com", addresses, 2 } };
			struct policy_connection connection;
			struct policy_mount mount;
			struct error e;
			int r;

			assert_non_null(policy);
			is_tie(key, policy_mount(policy, &question, &mount, &e), &e);
			r = policy_client_connection(policy, "a.example.com", addresses, &connection, &e);
			if (i == 2 || policy_key(key)->decides[POLICY_CLIENT] == POLICY_DECIDES_MOUNT)
				assert_int_equal(r, 0);
			else
				is_tie(key, r, &e);
		}
	}
}

/* What a server's connection goes by: the section of an address; of a name where the key's row says so. */
static void test_every_key_of_a_server(void **state)
{
	struct ip_address address;

	(void)state;
	assert_true(address_parse("192.0.2.1", &address));
	for (enum policy_key key = 0; key < POLICY_KEY_COUNT; key++) {
		enum policy_decides decides = policy_key(key)->decides[POLICY_SERVER];
		AUTO_POLICY *policy = load_rivals(key, "server \"192.0.2.1\"", "server");
		struct policy_connection connection;
		AUTO_STRBUF text = { 0 };
		AUTO_POLICY *named = NULL;
		struct error e;
		int r;

		assert_int_equal(policy != NULL, decides != POLICY_DECIDES_EXPORT);
		strbuf_addf(&text, "[server \"a.example.com\"]\n%s=%s\n[server \"192.0.2.1\"]\n%s=%s\n",
			    policy_key(key)->word, example(key, 0), policy_key(key)->word, example(key, 1));
		r = load_two(text.text, NULL, &named, &e);
		assert_int_equal(r, decides == POLICY_DECIDES_CONNECTION_BY_NAME ? 0 : -EINVAL);
		if (policy) {
			assert_int_equal(policy_server_connection(policy, NULL, &address, &connection, &e), 0);
			assert_int_equal(policy_connection_text(&connection, key)->source.line, 2);
		}
		if (named) {
			assert_int_equal(policy_server_connection(named, "a.example.com", &address, &connection, &e),
					 0);
			assert_int_equal(policy_connection_text(&connection, key)->source.line, 2);
			assert_int_equal(policy_server_connection(named, "b.example.com", &address, &connection, &e),
					 0);
			assert_int_equal(policy_connection_text(&connection, key)->source.line, 4);
		}
	}
}

static void test_peers_imply_tls(void **state)
{
	static const char text[] = "[client]\n"
				   "minimum=none\n" /* 2 */
				   "[client \"*.example.com\"]\n"
				   "peers=*.example.com\n" /* 4 */
				   "[client \"a.example.com\"]\n"
				   "minimum=none\n" /* 6 */
				   "[client \"b.example.com\"]\n"
				   "minimum=mtls\n"; /* 8 */
	static const struct mount_row rows[] = {
		{ "x.org", NULL, NULL, NULL, "none@main:2 none" },
		{ "x.example.com", NULL, NULL, NULL, "tls@main:4 none peers@main:4" },
		{ "a.example.com", NULL, NULL, NULL, "none@main:6 none peers@main:4" },
		{ "b.example.com", NULL, NULL, NULL, "mtls@main:8 none peers@main:4" },
	};

	(void)state;
	check_mounts(text, NULL, rows, ARRAY_SIZE(rows));
}

static void test_drop_ins(void **state)
{
	static const char text[] = "[client]\n"
				   "minimum=tls\n" /* 2 */
				   "default=tls\n"
				   "[client \"a.example.com\"]\n"
				   "certificate=a\n"; /* 5 */
	static const char drop_in[] = "[client]\n"
				      "minimum=mtls\n" /* 2 */
				      "default=mtls\n" /* 3 */
				      "[client \"A.example.com\"]\n"
				      "certificate=b\n" /* 5 */
				      "minimum=tls\n"	/* 6 */
				      "[client \"new.example.com\"]\n"
				      "minimum=none\n"; /* 8 */
	static const struct mount_row rows[] = {
		{ "x.org", NULL, NULL, NULL, "mtls@drop:2 mtls@drop:3" },
		{ "a.example.com", NULL, NULL, NULL, "tls@drop:6 mtls@drop:3 cert=b@drop:5" },
		{ "new.example.com", NULL, NULL, NULL, "none@drop:8 mtls@drop:3" },
	};

	(void)state;
	check_mounts(text, drop_in, rows, ARRAY_SIZE(rows));
}

/* ---- decisions --------------------------------------------------------------- */

static void test_mount_decisions(void **state)
{
	static const struct {
		const char *text;
		const char *word;    /* of xprtsec=; NULL: not given */
		const char *decided; /* a mode, or "!" and a part of the sentence */
	} rows[] = {
		{ "", NULL, "none" },
		{ "", "mtls", "mtls" },
		{ "", "auto", "auto" },
		{ "[client]\nminimum=tls\n", NULL, "!clear text, weaker than minimum=tls in [client] (main:2)" },
		{ "[client]\nminimum=tls\n", "none", "!xprtsec=none is weaker than minimum=tls in [client] (main:2)" },
		{ "[client]\nminimum=tls\n", "tls", "tls" },
		{ "[client]\nminimum=tls\n", "mtls", "mtls" },
		{ "[client]\nminimum=tls\n", "auto", "auto" },
		{ "[client]\nminimum=mtls\n", "tls", "!xprtsec=tls is weaker than minimum=mtls in [client] (main:2)" },
		{ "[client]\nminimum=none\n", NULL, "none" },
		{ "[client]\ndefault=tls\n", NULL, "tls" },
		{ "[client]\ndefault=tls\n", "none", "none" },
		{ "[client]\ndefault=auto\nminimum=mtls\n", NULL, "auto" },
		{ "[client]\ndefault=tls\n[client \"*.example.com\"]\nminimum=mtls\n", NULL,
		  "!default=tls in [client] (main:2) is weaker than minimum=mtls in [client \"*.example.com\"] (main:4)" },
		{ "[client]\npeers=*\n", "none", "!weaker than tls, which is needed by peers=* in [client] (main:2)" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		AUTO_POLICY *policy = load(rows[i].text, NULL);
		struct policy_mount_question question = { { "fs.example.com", NULL, 0 }, NULL, NULL };
		enum xprtsec wanted = XPRTSEC_NONE, mode = XPRTSEC_NONE;
		struct policy_source by;
		struct policy_mount answer;
		struct error e = { .text = "" };

		assert_int_equal(policy_mount(policy, &question, &answer, &e), 0);
		if (rows[i].word)
			assert_int_equal(xprtsec_parse(rows[i].word, strlen(rows[i].word), &wanted), 0);
		if (policy_mount_decide(&answer, rows[i].word, wanted, &mode, &by, &e)) {
			assert_int_equal(e.code, EPERM);
			if (rows[i].decided[0] != '!' || !strstr(e.text, rows[i].decided + 1))
				fail_msg("%s: %s", rows[i].text, e.text);
		} else {
			assert_string_equal(xprtsec_word(mode), rows[i].decided);
			assert_int_equal(by.file != NULL, !rows[i].word && answer.default_mode.source.file);
		}
	}
}

/* Of a mount of which neither path nor mount point are known. */
static void test_mounts_at_most(void **state)
{
	static const struct {
		const char *text, *name, *address, *most;
	} rows[] = {
		{ "[client]\nminimum=mtls\n", "fs.example.com", "", "none" }, /* that is for all */
		{ "[client \"fs.example.com:/pay\"]\nminimum=tls\n", "FS.example.com.", "", "tls main:2" },
		{ "[client \"fs.example.com:/pay\"]\nminimum=tls\n", "xfs.example.com", "", "none" },
		{ "[client \"*.example.com:/pay\"]\nminimum=tls\n", "fs.example.com", "", "tls main:2" },
		{ "[client \"*.example.com:/pay\"]\nminimum=tls\n", "fsexample.com", "", "none" },
		{ "[client \"*.example.com:/pay\"]\nminimum=tls\n", "example.com", "", "none" },
		{ "[client \"192.0.2.0/24:/pay\"]\nminimum=tls\n", "fs", "192.0.2.9", "tls main:2" },
		{ "[client \"192.0.2.0/24:/pay\"]\nminimum=tls\n", "192.0.2.9", "", "tls main:2" },
		{ "[client \"192.0.2.0/24:/pay\"]\nminimum=tls\n", "fs", "192.0.3.9", "none" },
		{ "[client \"/mnt/a\"]\nminimum=tls\n[client \"/mnt/b\"]\nminimum=mtls\n", "fs", "", "mtls main:4" },
		{ "[server \"/srv\"]\nminimum=mtls\n", "fs", "", "none" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		AUTO_POLICY *policy = load(rows[i].text, NULL);
		struct ip_address addresses[4];
		const struct policy_server server = { rows[i].name, addresses,
						      parse_addresses(rows[i].address, addresses) };
		const struct policy_mode most = policy_mount_at_most(policy, &server);
		AUTO_STRBUF got = { 0 };

		strbuf_addf(&got, "%s", xprtsec_word(most.mode));
		if (most.source.file)
			strbuf_addf(&got, " main:%u", most.source.line);
		compare(rows[i].text, &got, rows[i].most);
	}
}

static void test_auto_decisions(void **state)
{
	static const struct {
		const char *minimum;
		bool offers, certificate;
		const char *decided;
	} rows[] = {
		{ "none", true, true, "mtls" },	    { "none", true, false, "tls" },
		{ "none", false, true, "none" },    { "none", false, false, "none" },
		{ "tls", true, true, "mtls" },	    { "tls", true, false, "tls" },
		{ "tls", false, true, "!main:2" },  { "tls", false, false, "!main:2" },
		{ "mtls", true, true, "mtls" },	    { "mtls", true, false, "!no certificate \"host\"" },
		{ "mtls", false, true, "!main:2" }, { "mtls", false, false, "!main:2" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		AUTO_STRBUF text = { 0 };
		AUTO_POLICY *policy = NULL;
		struct policy_mount_question question = { { "fs", NULL, 0 }, NULL, NULL };
		struct policy_mount answer;
		enum xprtsec mode = XPRTSEC_AUTO;
		struct error e = { .text = "" };

		strbuf_addf(&text, "[client]\nminimum=%s\n", rows[i].minimum);
		policy = load(text.text, NULL);
		assert_int_equal(policy_mount(policy, &question, &answer, &e), 0);
		if (policy_auto_decide(&answer, rows[i].offers, rows[i].certificate, &mode, &e)) {
			assert_int_equal(mode, XPRTSEC_AUTO);
			assert_true(rows[i].decided[0] == '!');
			assert_non_null(strstr(e.text, rows[i].decided + 1));
		} else {
			assert_string_equal(xprtsec_word(mode), rows[i].decided);
		}
	}
}

/* ---- exports ------------------------------------------------------------------- */

static void show_modes(unsigned int modes, struct strbuf *out)
{
	strbuf_addf(out, "%s%s%s", modes & XPRTSEC_NONE ? "n" : "", modes & XPRTSEC_TLS ? "t" : "",
		    modes & XPRTSEC_MTLS ? "m" : "");
}

static void test_exports(void **state)
{
	static const char text[] = "[server]\n"
				   "minimum=tls\n"	   /* 2 */
				   "peers=*.example.com\n" /* 3 */
				   "[server \"/srv/pay/\"]\n"
				   "minimum=mtls\n"	      /* 5 */
				   "peers=*.hr.example.com\n" /* 6 */
				   "[server \"/srv/pub\"]\n"
				   "minimum=none\n"	/* 8 */
				   "default=none:tls\n" /* 9 */
				   "[server \"/srv/pub/known\"]\n"
				   "peers=known.example.com\n" /* 11 */
				   "[server \"/srv/odd\"]\n"
				   "default=tls\n" /* 13 */
				   "[server \"/srv/odd/strict\"]\n"
				   "minimum=mtls\n"; /* 15 */
	static const struct {
		const char *path, *answer; /* "MAY DEFAULT@LINE MINIMUM@LINE peers@LINE" */
	} rows[] = {
		{ "/", "tm tm tls@main:2 @main:3" },
		{ "/srv/payroll", "tm tm tls@main:2 @main:3" },
		{ "/srv/pay", "m m mtls@main:5 @main:6" },
		{ "/srv//pay/x/", "m m mtls@main:5 @main:6" },
		{ "/srv/pub", "ntm nt@main:9 none@main:8 @main:3" },
		{ "/srv/pub/x", "ntm nt@main:9 none@main:8 @main:3" },
		/* A closer list than the minimum: only a certificate proves who it is; the default offers less. */
		{ "/srv/pub/known",
		  "!/srv/pub/known: default=none:tls in [server \"/srv/pub\"] (main:9) offers less than mtls" },
		{ "/srv/odd", "tm t@main:13 tls@main:2 @main:3" },
		{ "/srv/odd/strict", "!/srv/odd/strict: default=tls in [server \"/srv/odd\"] (main:13) offers less than"
				     " minimum=mtls" },
		{ "relative", "!relative: a path must begin with /" },
		{ "/a/../b", "!/a/../b: a path must not have . or .. in it" },
	};
	AUTO_POLICY *policy = load(text, NULL);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		AUTO_STRBUF got = { 0 };
		struct policy_export answer;
		struct error e;

		if (policy_export(policy, rows[i].path, &answer, &e)) {
			strbuf_addf(&got, "!%s", e.text);
			if (rows[i].answer[0] == '!' && !strncmp(got.text, rows[i].answer, strlen(rows[i].answer)))
				continue;
		} else {
			show_modes(answer.may_offer, &got);
			strbuf_addf(&got, " ");
			show_modes(answer.by_default, &got);
			show_line(&answer.default_source, &got);
			strbuf_addf(&got, " %s", xprtsec_word(answer.minimum.mode));
			show_line(&answer.minimum.source, &got);
			strbuf_addf(&got, " ");
			show_line(&answer.peers_source, &got);
		}
		compare(rows[i].path, &got, rows[i].answer);
	}
}

static void test_export_without_policy(void **state)
{
	AUTO_POLICY *policy = load("[client]\nminimum=mtls\n", NULL);
	struct policy_export answer;
	struct error e;

	(void)state;
	assert_int_equal(policy_export(policy, "/srv", &answer, &e), 0);
	assert_int_equal(answer.may_offer, XPRTSEC_NONE | XPRTSEC_TLS | XPRTSEC_MTLS);
	assert_int_equal(answer.by_default, answer.may_offer);
	assert_null(answer.peers);
	assert_null(answer.minimum.source.file);
}

/* ---- peers ------------------------------------------------------------------------ */

static struct policy_identity identity_of(const char *text)
{
	struct policy_identity identity = { .name = NULL };

	if (!address_parse(text, &identity.address))
		identity.name = text;
	return identity;
}

static void test_lists_of_peers(void **state)
{
	static const struct {
		const char *list, *identity;
		bool has;
	} rows[] = {
		{ "a.example.com", "a.example.com", true },
		{ "a.example.com", "A.Example.COM", true },
		{ "A.example.com.", "a.example.com.", true },
		{ "a.example.com", "b.example.com", false },
		{ "a.example.com", "x.a.example.com", false },
		{ "*.example.com", "a.example.com", true },
		{ "*.example.com", "a.b.example.com", true },
		{ "*.example.com", "example.com", false },
		{ "*.example.com", "badexample.com", false },
		{ "*.example.com", "a.example.com.evil.org", false },
		{ "*.example.com", "*.example.com", false },
		{ "*.example.com", ".example.com", false },
		{ "*.example.com", "a..example.com", false },
		{ "*.example.com", "192.0.2.1", false },
		{ "x.org, *.example.com\ty.org", "y.org", true },
		{ "x.org, *.example.com\ty.org", "x.org", true },
		{ "x.org,, *.example.com", "z.org", false },
		{ "192.0.2.1", "192.0.2.1", true },
		{ "192.0.2.1", "::ffff:192.0.2.1", true },
		{ "192.0.2.0/24", "192.0.2.255", true },
		{ "192.0.2.0/24", "192.0.3.0", false },
		{ "2001:db8::/32", "2001:db8::1", true },
		{ "2001:db8::/32", "2001:db9::1", false },
		{ "::/0", "192.0.2.1", false },
		{ "*", "192.0.2.1", true },
		{ "*", "a", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		AUTO_STRBUF text = { 0 };
		AUTO_POLICY *policy = NULL;
		struct policy_identity identity = identity_of(rows[i].identity);
		struct policy_connection connection;
		struct error e;

		strbuf_addf(&text, "[client]\npeers=%s\n", rows[i].list);
		policy = load(text.text, NULL);
		assert_int_equal(policy_client_connection(policy, "s", NULL, &connection, &e), 0);
		if (policy_peers_have(connection.peer_list, &identity, 1) != rows[i].has)
			fail_msg("peers=%s and %s", rows[i].list, rows[i].identity);
		assert_false(policy_peers_have(connection.peer_list, &identity, 0));
	}
	assert_true(policy_peers_have(NULL, NULL, 0));
}

static const char peers_text[] = "[server]\n"
				 "peers=*.example.com\n" /* 2 */
				 "[server \"/srv/pay\"]\n"
				 "peers=*.hr.example.com\n" /* 4 */
				 "[server \"/srv/guests\"]\n"
				 "peers=guest.org 192.0.2.9\n"; /* 6 */

static void test_who_may_connect(void **state)
{
	static const struct {
		const char *text, *identity; /* NULL: no certificate */
		bool may;
		unsigned int line;
	} rows[] = {
		{ "", "x.org", true, 0 },
		{ "", NULL, true, 0 },
		{ peers_text, "a.example.com", true, 2 },
		{ peers_text, "a.hr.example.com", true, 0 },
		{ peers_text, "guest.org", true, 6 },
		{ peers_text, "192.0.2.9", true, 6 },
		{ peers_text, "x.org", false, 2 },
		{ peers_text, "192.0.2.8", false, 2 },
		{ peers_text, NULL, false, 2 },
		{ "[server]\nminimum=tls\npeers=a\n", NULL, true, 2 },
		{ "[server]\nminimum=mtls\n", NULL, false, 2 },
		{ "[server]\nminimum=mtls\n[server \"/pub\"]\nminimum=tls\n", NULL, true, 4 },
		{ "[server]\nminimum=mtls\n", "x.org", true, 0 },
		/* Where the bare section knows no list, everyone may come: for the other exports. */
		{ "[server \"/a\"]\npeers=b.org\n", "x.org", true, 0 },
		{ "[server \"/a\"]\npeers=b.org\n", NULL, true, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		AUTO_POLICY *policy = load(rows[i].text, NULL);
		struct policy_identity identity = { .name = NULL };
		struct policy_source source;

		if (rows[i].identity)
			identity = identity_of(rows[i].identity);
		if (policy_client_may_connect(policy, &identity, rows[i].identity ? 1 : 0, &source) != rows[i].may)
			fail_msg("row %zu: %s", i, rows[i].identity ? rows[i].identity : "no certificate");
		if (rows[i].line)
			assert_int_equal(source.line, rows[i].line);
		assert_true(rows[i].may || source.file);
	}
}

static void note_reach(const char *path, bool may, const struct policy_source *source, void *context)
{
	strbuf_addf(context, "%s %s@%u;", path ? path : "others", may ? "yes" : "no", source->line);
}

static void test_reach(void **state)
{
	static const struct {
		const char *identity, *reach;
	} rows[] = {
		{ "a.example.com", "/srv/guests no@6;/srv/pay no@4;others yes@2;" },
		{ "a.hr.example.com", "/srv/guests no@6;/srv/pay yes@4;others yes@2;" },
		{ "guest.org", "/srv/guests yes@6;/srv/pay no@4;others no@2;" },
		{ "x.org", "/srv/guests no@6;/srv/pay no@4;others no@2;" },
	};
	AUTO_POLICY *policy = load(peers_text, NULL);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct policy_identity identity = identity_of(rows[i].identity);
		AUTO_STRBUF got = { 0 };

		policy_client_reach(policy, &identity, 1, note_reach, &got);
		compare(rows[i].identity, &got, rows[i].reach);
	}
}

/* The lists of two exports: is everybody in the one also in the other? */
static void test_lists_within_lists(void **state)
{
	static const struct {
		const char *inner, *outer;
		bool within;
	} rows[] = {
		{ "a.example.com", "a.example.com", true },
		{ "A.example.com.", "b.org, a.example.com", true },
		{ "a.example.com", "*.example.com", true },
		{ "a.b.example.com", "*.example.com", true },
		{ "example.com", "*.example.com", false },
		{ "*.b.example.com", "*.example.com", true },
		{ "*.example.com", "*.example.com", true },
		{ "*.example.com", "*.b.example.com", false },
		{ "*.example.com", "a.example.com", false },
		{ "*.example.com", "example.com", false },
		{ "*.badexample.com", "*.example.com", false },
		{ "a.example.com b.org", "*.example.com", false },
		{ "192.0.2.1", "192.0.2.0/24", true },
		{ "192.0.2.1", "192.0.2.1", true },
		{ "192.0.2.0/25", "192.0.2.0/24", true },
		{ "192.0.2.0/24", "192.0.2.0/25", false },
		{ "192.0.3.0/25", "192.0.2.0/24", false },
		{ "2001:db8::1", "2001:db8::/32", true },
		{ "2001:db8::/32", "2001:db8::1", false },
		{ "::ffff:192.0.2.1", "192.0.2.0/24", true },
		{ "192.0.2.1", "::/0", false },
		{ "192.0.2.1", "*.example.com", false },
		{ "a.example.com 192.0.2.0/24", "*", true },
		{ "*", "*", true },
		{ "*", "*.example.com 0.0.0.0/0 ::/0", false },
		{ NULL, "*", true },
		{ NULL, "*.example.com", false },
		{ "*", NULL, true },
		{ NULL, NULL, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		AUTO_POLICY *policy = NULL;
		struct policy_export inner, outer;
		AUTO_STRBUF text = { 0 };
		struct error e;

		if (rows[i].inner)
			strbuf_addf(&text, "[server \"/inner\"]\npeers=%s\n", rows[i].inner);
		if (rows[i].outer)
			strbuf_addf(&text, "[server \"/outer\"]\npeers=%s\n", rows[i].outer);
		policy = load(text.text ? text.text : "", NULL);
		assert_int_equal(policy_export(policy, "/inner", &inner, &e), 0);
		assert_int_equal(policy_export(policy, "/outer", &outer, &e), 0);
		if (policy_peers_within(inner.peers, outer.peers) != rows[i].within)
			fail_msg("%s in %s", rows[i].inner ? rows[i].inner : "nothing",
				 rows[i].outer ? rows[i].outer : "nothing");
	}
}

/* A list is kept to where nobody else may connect, for the sake of another export. */
static void test_whose_peers_are_kept(void **state)
{
	static const struct {
		const char *policy, *path;
		bool kept;
	} rows[] = {
		{ "", "/a", true },
		{ "[server]\npeers=*.example.com\n", "/a", true },
		{ "[server \"/a\"]\npeers=a.example.com\n", "/a", false },
		{ "[server \"/a\"]\npeers=a.example.com\n", "/b", true },
		{ "[server]\npeers=*.example.com\n[server \"/a\"]\npeers=a.example.com\n", "/a", false },
		{ "[server]\npeers=*.example.com\n[server \"/a\"]\npeers=a.example.com\n", "/b", true },
		{ "[server]\npeers=a.example.com\n[server \"/a\"]\npeers=a.example.com\n", "/a", true },
		{ "[server]\npeers=a.example.com\n[server \"/open\"]\npeers=*\n", "/a", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		AUTO_POLICY *policy = load(rows[i].policy, NULL);
		struct policy_export answer;
		struct error e;

		assert_int_equal(policy_export(policy, rows[i].path, &answer, &e), 0);
		if (policy_peers_are_kept(policy, &answer) != rows[i].kept)
			fail_msg("%s of %s", rows[i].path, rows[i].policy);
	}
}

static void note_path(const char *path, void *context)
{
	strbuf_addf(context, " %s", path);
}

static void test_paths_of_exports(void **state)
{
	AUTO_POLICY *policy = load(
		"[client \"/mnt\"]\nminimum=tls\n[server]\nminimum=tls\n"
		"[server \"/a//b/\"]\npeers=*\n[server \"name.example.com\"]\ncertificate=x\n[server \"/\"]\ndefault=mtls\n",
		NULL);
	AUTO_STRBUF paths = { 0 };

	(void)state;
	policy_export_paths(policy, note_path, &paths);
	assert_string_equal(paths.text, " /a/b /");
}

/* ---- a server's connections ----------------------------------------------------------- */

static void test_own_names_and_addresses(void **state)
{
	static const char text[] = "[server]\n"
				   "certificate=usual\n" /* 2 */
				   "truststore=/ca\n"	 /* 3 */
				   "[server \"files.example.com\"]\n"
				   "certificate=files\n" /* 5 */
				   "[server \"*.example.com\"]\n"
				   "certificate=any\n" /* 7 */
				   "[server \"192.0.2.2\"]\n"
				   "certificate=two\n" /* 9 */
				   "truststore=/two\n" /* 10 */
				   "alpn=required\n"   /* 11 */
				   "[server \"192.0.2.0/24\"]\n"
				   "certificate=net\n" /* 13 */
				   "crl=/net\n";       /* 14 */
	static const struct {
		const char *asked, *local, *answer;
	} rows[] = {
		{ NULL, "198.51.100.1", " cert=usual@main:2 trust=/ca@main:3" },
		{ "x.org", "198.51.100.1", " cert=usual@main:2 trust=/ca@main:3" },
		{ "files.example.com", "198.51.100.1", " cert=files@main:5 trust=/ca@main:3" },
		{ "FILES.example.com.", "198.51.100.1", " cert=files@main:5 trust=/ca@main:3" },
		{ "a.b.example.com", "198.51.100.1", " cert=any@main:7 trust=/ca@main:3" },
		{ NULL, "192.0.2.2", " cert=two@main:9 trust=/two@main:10 crl=/net@main:14 alpn@main:11" },
		{ NULL, "::ffff:192.0.2.2", " cert=two@main:9 trust=/two@main:10 crl=/net@main:14 alpn@main:11" },
		{ NULL, "192.0.2.3", " cert=net@main:13 trust=/ca@main:3 crl=/net@main:14" },
		{ "files.example.com", "192.0.2.2",
		  " cert=files@main:5 trust=/two@main:10 crl=/net@main:14 alpn@main:11" },
		{ "x.org", "192.0.2.2", " cert=two@main:9 trust=/two@main:10 crl=/net@main:14 alpn@main:11" },
		{ "*.example.com", "192.0.2.3", " cert=net@main:13 trust=/ca@main:3 crl=/net@main:14" },
		{ "\x01\xff", "192.0.2.3", " cert=net@main:13 trust=/ca@main:3 crl=/net@main:14" },
		{ "192.0.2.2", "198.51.100.1", " cert=usual@main:2 trust=/ca@main:3" },
	};
	AUTO_POLICY *policy = load(text, NULL);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct policy_connection connection;
		struct ip_address local;
		AUTO_STRBUF got = { 0 };
		struct error e;

		assert_true(address_parse(rows[i].local, &local));
		assert_int_equal(policy_server_connection(policy, rows[i].asked, &local, &connection, &e), 0);
		show_connection(&connection, &got);
		compare(rows[i].asked ? rows[i].asked : rows[i].local, &got, rows[i].answer);
	}
}

/* As crl=, it may be of one address or of all; a section that is more specific takes it back. */
static void test_lists_required(void **state)
{
	static const char of_server[] = "[server]\n"
					"crl=/crl\n"	     /* 2 */
					"crl-required=yes\n" /* 3 */
					"[server \"192.0.2.0/24\"]\n"
					"crl-required=no\n"; /* 5 */
	static const char of_client[] = "[client]\n"
					"crl=/crl\n" /* 2 */
					"[client \"*.example.com\"]\n"
					"crl-required=yes\n" /* 4 */
					"[client \"a.example.com\"]\n"
					"crl-required=no\n" /* 6 */
					"[client \"198.51.100.0/24\"]\n"
					"crl-required=yes\n"; /* 8 */
	static const struct {
		bool server;
		const char *name, *address, *answer;
	} rows[] = {
		{ true, NULL, "198.51.100.1", " crl=/crl@main:2 required=yes@main:3" },
		{ true, NULL, "192.0.2.1", " crl=/crl@main:2 required=no@main:5" },
		{ true, "b.example.com", "198.51.100.1", " crl=/crl@main:2 required=yes@main:3" },
		{ false, "example.com", "192.0.2.1", " crl=/crl@main:2" },
		{ false, "b.example.com", "192.0.2.1", " crl=/crl@main:2 required=yes@main:4" },
		{ false, "a.example.com", "192.0.2.1", " crl=/crl@main:2 required=no@main:6" },
		{ false, "example.com", "198.51.100.7", " crl=/crl@main:2 required=yes@main:8" },
	};
	AUTO_POLICY *server = load(of_server, NULL);
	AUTO_POLICY *client = load(of_client, NULL);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct policy_connection connection;
		struct ip_address address;
		AUTO_STRBUF got = { 0 };
		struct error e;

		assert_true(address_parse(rows[i].address, &address));
		assert_int_equal(rows[i].server ?
					 policy_server_connection(server, rows[i].name, &address, &connection, &e) :
					 policy_client_connection(client, rows[i].name, &address, &connection, &e),
				 0);
		show_connection(&connection, &got);
		compare(rows[i].name ? rows[i].name : rows[i].address, &got, rows[i].answer);
	}
}

/* ---- what answers can name ----------------------------------------------------------------- */

static void test_inventory(void **state)
{
	static const char text[] = "[client]\ntruststore=/a\ncrl=/a.crl\n"
				   "[client \"*.example.com\"]\ntruststore=/b\ncertificate=b\n"
				   "[client \"192.0.2.0/24\"]\ncrl=/c.crl\ncertificate=b\n"
				   "[server \"files.example.com\"]\ncertificate=files\n"
				   "[server \"*.lab\"]\ncertificate=lab\n";
	AUTO_POLICY *policy = load(text, NULL);
	bool crossed = false;

	(void)state;
	assert_int_equal(policy_certificate_count(policy, POLICY_CLIENT), 2);
	assert_string_equal(policy_certificate(policy, POLICY_CLIENT, 0)->value, "host");
	assert_string_equal(policy_certificate(policy, POLICY_CLIENT, 1)->value, "b");
	assert_int_equal(policy_certificate_count(policy, POLICY_SERVER), 3);
	assert_int_equal(policy_own_name_count(policy), 2);
	assert_string_equal(policy_own_name(policy, 0)->name, "files.example.com");
	assert_string_equal(policy_own_name(policy, 1)->name, "*.lab");
	assert_int_equal(policy_trust_count(policy, POLICY_SERVER), 1);
	for (size_t i = 0; i < policy_trust_count(policy, POLICY_CLIENT); i++) {
		const struct policy_trust *pair = policy_trust(policy, POLICY_CLIENT, i);

		assert_non_null(pair->truststore.value);
		crossed |= !strcmp(pair->truststore.value, "/b") && !strcmp(pair->crl.value, "/c.crl");
	}
	assert_int_equal(policy_trust_count(policy, POLICY_CLIENT), 4);
	assert_true(crossed);
	assert_int_equal(policy_section_count(policy), 5);
}

/* ---- errors ------------------------------------------------------------------------------------ */

static void test_errors(void **state)
{
	static const struct {
		const char *text, *drop_in, *sentence; /* its beginning */
	} rows[] = {
		{ "[clients]\na=b\n", NULL,
		  "main:2: unknown section [clients]: there are [client], [server] and [agent]" },
		{ "[client]\nminimun=tls\n", NULL,
		  "main:2: unknown key \"minimun\" in [client]: it takes minimum, default," },
		{ "[client]\nminimum=\n", NULL, "main:2: minimum=: must be none, tls or mtls" },
		{ "[client]\nminimum=auto\n", NULL, "main:2: minimum=auto: must be" },
		{ "[client]\nminimum=tls:mtls\n", NULL, "main:2: minimum=tls:mtls: must be" },
		{ "[client]\ndefault=maybe\n", NULL, "main:2: default=maybe: must be none, tls, mtls or auto" },
		{ "[server]\ndefault=auto\n", NULL, "main:2: default=auto: must be a list" },
		{ "[server]\ndefault=tls:\n", NULL, "main:2: default=tls:: must be a list" },
		{ "[server]\ndefault=\n", NULL, "main:2: default=: must be a list" },
		{ "[client]\nalpn=no\n", NULL, "main:2: alpn=no: must be optional or required" },
		{ "[client]\ncrl=/x\ncrl-required=true\n", NULL, "main:3: crl-required=true: must be yes or no" },
		{ "[client]\ncrl-required=yes\n", NULL,
		  "main:2: crl-required=yes, but no crl= holds for [client]: name the revocation lists in the same" },
		{ "[client]\ncrl=/x\n[server \"192.0.2.1\"]\ncrl-required=yes\n", NULL,
		  "main:4: crl-required=yes, but no crl= holds for [server \"192.0.2.1\"]" },
		{ "[server \"/srv\"]\ncrl-required=yes\n", NULL, "main:2: crl-required= cannot stand in" },
		{ "[server \"a.example.com\"]\ncrl-required=yes\n", NULL, "main:2: crl-required= cannot stand in" },
		{ "[client]\ncertificate=/etc/x\n", NULL,
		  "main:2: certificate=/etc/x: a certificate is named without" },
		{ "[client]\ncertificate=..\n", NULL, "main:2: certificate=..: a certificate is named" },
		{ "[client]\ncertificate=\n", NULL, "main:2: certificate=: a certificate is named" },
		{ "[client]\ntruststore=ca.pem\n", NULL, "main:2: truststore=ca.pem: a path must begin with /" },
		{ "[client]\ncrl=\n", NULL, "main:2: crl=: a path must begin with /" },
		{ "[server]\npeers=\n", NULL, "main:2: peers=: no identity is named" },
		{ "[server]\npeers=, ,\n", NULL, "main:2: peers=, ,: no identity is named" },
		{ "[server]\npeers=a.org b*.org\n", NULL, "main:2: peers=a.org b*.org: b*.org: this is neither" },
		{ "[server]\npeers=a.*.org\n", NULL, "main:2: peers=a.*.org: a.*.org: this is neither" },
		{ "[server]\npeers=10.0.0.1/8\n", NULL, "main:2: peers=10.0.0.1/8: 10.0.0.1/8: the address has bits" },
		{ "[server]\npeers=300.1.2.3\n", NULL, "main:2: peers=300.1.2.3: " },
		{ "[agent]\nworkers=0\n", NULL, "main:2: workers=0: must be a number from 1 to 64" },
		{ "[agent]\nworkers=65\n", NULL, "main:2: workers=65: must be" },
		{ "[agent]\nuser=\n", NULL, "main:2: user=: must be the name of a user" },
		{ "[agent]\nminimum=tls\n", NULL, "main:2: unknown key \"minimum\" in [agent]" },
		{ "[agent \"x\"]\nuser=y\n", NULL, "main:2: [agent] takes no argument" },
		/* targets */
		{ "[client \"\"]\nminimum=tls\n", NULL, "main:2: section [client]: \"\": there is nothing" },
		{ "[client \"*\"]\nminimum=tls\n", NULL, "main:2: section [client]: \"*\": in a pattern" },
		{ "[client \"a*.org\"]\nminimum=tls\n", NULL, "main:2: section [client]: \"a*.org\": in a pattern" },
		{ "[client \"*.*.org\"]\nminimum=tls\n", NULL, "main:2: section [client]: \"*.*.org\": in a pattern" },
		{ "[client \"*a.org\"]\nminimum=tls\n", NULL, "main:2: section [client]: \"*a.org\": in a pattern" },
		{ "[client \"*.\"]\nminimum=tls\n", NULL, "main:2: section [client]: \"*.\": in a pattern" },
		{ "[client \"..\"]\nminimum=tls\n", NULL, "main:2: section [client]: \"..\": this is neither" },
		{ "[client \"a..b\"]\nminimum=tls\n", NULL, "main:2: section [client]: \"a..b\": this is neither" },
		{ "[client \".a\"]\nminimum=tls\n", NULL, "main:2: section [client]: \".a\": this is neither" },
		{ "[client \"a b\"]\nminimum=tls\n", NULL, "main:2: section [client]: \"a b\": this is neither" },
		{ "[client \"300.1.2.3\"]\nminimum=tls\n", NULL,
		  "main:2: section [client]: \"300.1.2.3\": this is neither" },
		{ "[client \"1.2.3.0/33\"]\nminimum=tls\n", NULL,
		  "main:2: section [client]: \"1.2.3.0/33\": the number" },
		{ "[client \"1.2.3.0/\"]\nminimum=tls\n", NULL, "main:2: section [client]: \"1.2.3.0/\": the number" },
		{ "[client \"1.2.3.0/+8\"]\nminimum=tls\n", NULL,
		  "main:2: section [client]: \"1.2.3.0/+8\": the number" },
		{ "[client \"1.2.3.0/08\"]\nminimum=tls\n", NULL,
		  "main:2: section [client]: \"1.2.3.0/08\": the number" },
		{ "[client \"10.0.0.1/8\"]\nminimum=tls\n", NULL,
		  "main:2: section [client]: \"10.0.0.1/8\": the address has" },
		{ "[client \"2001:db8::1/32\"]\nminimum=tls\n", NULL,
		  "main:2: section [client]: \"2001:db8::1/32\": the addr" },
		{ "[client \"2001:db8::/129\"]\nminimum=tls\n", NULL,
		  "main:2: section [client]: \"2001:db8::/129\": " },
		{ "[client \"1:2:3\"]\nminimum=tls\n", NULL,
		  "main:2: section [client]: \"1:2:3\": this is no address" },
		{ "[client \"fs:/a/../b\"]\nminimum=tls\n", NULL,
		  "main:2: section [client]: \"fs:/a/../b\": a path must not" },
		{ "[client \"/a/./b\"]\nminimum=tls\n", NULL, "main:2: section [client]: \"/a/./b\": a path must not" },
		{ "[server \"fs:/a\"]\nminimum=tls\n", NULL, "main:2: section [server]: \"fs:/a\": " },
		/* keys out of place */
		{ "[server \"fs.org\"]\ntruststore=/a\n", NULL,
		  "main:2: truststore= cannot stand in [server \"fs.org\"]: a client chooses the name that it asks for" },
		{ "[server \"fs.org\"]\nminimum=tls\n", NULL, "main:2: minimum= cannot stand in [server \"fs.org\"]" },
		{ "[server \"10.0.0.1\"]\npeers=a\n", NULL, "main:2: peers= cannot stand in [server \"10.0.0.1\"]" },
		{ "[server \"/a\"]\ncertificate=a\n", NULL, "main:2: certificate= cannot stand in [server \"/a\"]" },
		{ "[client \"/a\"]\ncertificate=a\n", NULL, "main:2: certificate= cannot stand in [client \"/a\"]" },
		{ "[client \"fs:/a\"]\ntruststore=/a\n", NULL,
		  "main:2: truststore= cannot stand in [client \"fs:/a\"]" },
		{ "[client]\nworkers=3\n", NULL, "main:2: unknown key \"workers\" in [client]" },
		/* twice, weaker, looser */
		{ "[client]\nminimum=tls\nminimum=tls\n", NULL,
		  "main:3: minimum= for [client] stands already in line 2" },
		{ "[client \"A.org\"]\nminimum=tls\n[client \"a.org.\"]\nminimum=tls\n", NULL, "main:4: minimum= for" },
		{ "[client \"10.0.0.1\"]\ncrl=/a\n[client \"10.0.0.1/32\"]\ncrl=/b\n", NULL, "main:4: crl= for" },
		{ "[server \"/a/\"]\npeers=a\n[server \"//a\"]\npeers=b\n", NULL, "main:4: peers= for" },
		{ "[client]\nminimum=mtls\ndefault=tls\n", NULL,
		  "main:3: default=tls is weaker than minimum=mtls of the same" },
		{ "[server]\ndefault=none:mtls\nminimum=tls\n", NULL,
		  "main:2: default=none:mtls is weaker than minimum=tls" },
		{ "[client]\nminimum=tls\n", "[client]\nminimum=none\n",
		  "drop:2: minimum=none would loosen [client], which minimum=tls in [client] (main:2) sets to at least tls" },
		{ "[client]\nminimum=mtls\n[client \"a.org\"]\ncertificate=a\n", "[client \"a.org\"]\nminimum=tls\n",
		  "drop:2: minimum=tls would loosen [client \"a.org\"], which minimum=mtls in [client] (main:2)" },
		{ "[client \"*.org\"]\nminimum=tls\n[client \"*.a.org\"]\ncrl=/a\n",
		  "[client \"*.a.org\"]\nminimum=none\n",
		  "drop:2: minimum=none would loosen [client \"*.a.org\"], which minimum=tls in [client \"*.org\"] (main:2)" },
		{ "[client \"10.0.0.0/8\"]\nminimum=tls\n[client \"10.1.0.0/16\"]\ncrl=/a\n",
		  "[client \"10.1.0.0/16\"]\nminimum=none\n", "drop:2: minimum=none would loosen" },
		{ "[server \"/a\"]\nminimum=tls\n[server \"/a/b\"]\npeers=*\n", "[server \"/a/b\"]\nminimum=none\n",
		  "drop:2: minimum=none would loosen [server \"/a/b\"], which peers=* in [server \"/a/b\"] (main:4)" },
		{ "[client \"fs.org\"]\nminimum=tls\n[client \"fs.org:/a\"]\ndefault=tls\n",
		  "[client \"fs.org:/a\"]\nminimum=none\n",
		  "drop:2: minimum=none would loosen [client \"fs.org:/a\"]" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct policy *policy = NULL;
		struct error e = { .text = "" };

		if (!load_two(rows[i].text, rows[i].drop_in, &policy, &e))
			fail_msg("accepted:\n%s%s", rows[i].text, rows[i].drop_in ? rows[i].drop_in : "");
		assert_null(policy);
		if (strncmp(e.text, rows[i].sentence, strlen(rows[i].sentence)) != 0)
			fail_msg("got:    %s\nwanted: %s", e.text, rows[i].sentence);
	}
}

static void test_long_names(void **state)
{
	char label[65], name[300];
	AUTO_STRBUF text = { 0 };
	struct policy *policy = NULL;
	struct error e;

	(void)state;
	memset(label, 'a', 64);
	label[64] = '\0';
	strbuf_addf(&text, "[client \"%s.org\"]\nminimum=tls\n", label);
	assert_int_equal(load_two(text.text, NULL, &policy, &e), -EINVAL);
	for (size_t i = 0; i < sizeof(name); i++)
		name[i] = i % 2 ? '.' : 'a';
	name[255] = '\0';
	text.size = 0;
	strbuf_addf(&text, "[client \"%s\"]\nminimum=tls\n", name);
	assert_int_equal(load_two(text.text, NULL, &policy, &e), -EINVAL);
	name[253] = '\0';
	text.size = 0;
	strbuf_addf(&text, "[client \"%s\"]\nminimum=tls\n", name);
	assert_int_equal(load_two(text.text, NULL, &policy, &e), 0);
	policy_free(policy);
}

/* ---- files -------------------------------------------------------------------------------------- */

struct place {
	char root[40], folder[64];
};

static void make_place(struct place *place)
{
	snprintf(place->root, sizeof(place->root), "/tmp/nfs-tls-policy.XXXXXX");
	assert_non_null(mkdtemp(place->root));
	snprintf(place->folder, sizeof(place->folder), "%s/p.conf.d", place->root);
}

/* name is that of the file in the root folder; text NULL removes it. */
static void put(const struct place *place, const char *name, const char *text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", place->root, name);
	if (!text) {
		assert_int_equal(unlink(path), 0);
		return;
	}
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static int read_now(const struct place *place, struct policy **policy, struct error *e)
{
	AUTO_STILL files = { 0 };

	return policy_read(place->root, "/p.conf", &files, policy, e);
}

static void test_files(void **state)
{
	AUTO_POLICY *none = NULL, *one = NULL;
	struct policy *refused = NULL;
	struct error e = { .text = "" };
	struct place place;
	char path[128];

	(void)state;
	make_place(&place);
	assert_int_equal(read_now(&place, &none, &e), 0);
	assert_int_equal(policy_section_count(none), 0);
	put(&place, "p.conf", "[client]\nminimum=tls\n");
	snprintf(path, sizeof(path), "%s/p.conf", place.root);
	assert_int_equal(chmod(path, 0666), 0);
	assert_int_equal(read_now(&place, &refused, &e), -EPERM);
	assert_non_null(strstr(e.text, "p.conf can be written by others than root"));
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(read_now(&place, &one, &e), 0);
	assert_int_equal(policy_section_count(one), 1);
	put(&place, "p.conf", NULL);
	assert_int_equal(rmdir(place.root), 0);
}

/* A file with nothing in it is one that is being written, wherever it stands. */
static void test_blank_files(void **state)
{
	static const struct {
		const char *name, *text;
		int r;
	} rows[] = {
		{ "p.conf", "", -EINVAL },
		{ "p.conf", " \n\t\r\n", -EINVAL },
		{ "p.conf", "# nothing is set\n", 0 },
		{ "p.conf", "[client]\n", 0 },
		{ "p.conf.d/a.conf", "", -EINVAL },
		{ "p.conf.d/a.conf", "\n", -EINVAL },
		{ "p.conf.d/a.conf", ";\n", 0 },
		{ "p.conf.d/a.txt", "", 0 },
		{ "more", "", -EINVAL },
		{ "more", "#\n", 0 },
	};
	struct place place;

	(void)state;
	make_place(&place);
	assert_int_equal(mkdir(place.folder, 0755), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		AUTO_POLICY *policy = NULL;
		struct error e = { .text = "" };

		put(&place, "p.conf", "include=-/more\n[client]\nminimum=tls\n");
		put(&place, rows[i].name, rows[i].text);
		if (read_now(&place, &policy, &e) != rows[i].r)
			fail_msg("row %zu: %s", i, e.text);
		if (rows[i].r && (!strstr(e.text, rows[i].name) || !strstr(e.text, ": it is empty")))
			fail_msg("row %zu: %s", i, e.text);
		put(&place, rows[i].name, NULL);
	}
	put(&place, "p.conf", NULL);
	assert_int_equal(rmdir(place.folder), 0);
	assert_int_equal(rmdir(place.root), 0);
}

/* A running program never goes from a policy to none. */
static void test_what_may_follow(void **state)
{
	static const struct {
		const char *file, *drop_in, *then_file, *then_drop_in; /* NULL: there is none */
		bool folder_gone;
		const char *refused;
	} rows[] = {
		{ "[client]\nminimum=tls\n", NULL, "[client]\nminimum=none\n", NULL, false, NULL },
		{ "[client]\nminimum=tls\n", NULL, NULL, NULL, false, "/p.conf is gone: put it back" },
		{ "[client]\nminimum=tls\n", NULL, NULL, "[client]\nminimum=tls\n", false, "/p.conf is gone" },
		{ "[client]\nminimum=tls\n", NULL, "# none\n", NULL, false, "/p.conf sets nothing any more" },
		{ "[client]\nminimum=tls\n", NULL, "[client]\n", NULL, false, "sets nothing" },
		{ "[client]\nminimum=tls\n", NULL, "[agent]\nworkers=2\n", NULL, false, "sets nothing" },
		/* Taking drop-ins away is a change like others. */
		{ "[client]\nminimum=tls\n", "[server]\nminimum=tls\n", "[client]\nminimum=tls\n", NULL, true, NULL },
		{ "[client]\nminimum=tls\n", "[server]\nminimum=tls\n", "[client]\nminimum=tls\n", NULL, false, NULL },
		{ NULL, "[server]\nminimum=tls\n", NULL, NULL, false, "sets nothing" },
		{ NULL, "[server]\nminimum=tls\n", NULL, NULL, true, "sets nothing" },
		{ NULL, "[server]\nminimum=tls\n", "[server]\nminimum=tls\n", NULL, false, NULL },
		{ NULL, NULL, NULL, NULL, true, NULL },
		{ NULL, NULL, "[client]\nminimum=tls\n", NULL, false, NULL },
		{ "# none\n", NULL, NULL, NULL, false, NULL },
	};
	struct place place;

	(void)state;
	make_place(&place);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		AUTO_POLICY *before = NULL, *after = NULL;
		struct error e = { .text = "" };

		(void)mkdir(place.folder, 0755);
		if (rows[i].file)
			put(&place, "p.conf", rows[i].file);
		if (rows[i].drop_in)
			put(&place, "p.conf.d/a.conf", rows[i].drop_in);
		assert_int_equal(read_now(&place, &before, &e), 0);
		if (rows[i].file)
			put(&place, "p.conf", NULL);
		if (rows[i].drop_in)
			put(&place, "p.conf.d/a.conf", NULL);
		if (rows[i].then_file)
			put(&place, "p.conf", rows[i].then_file);
		if (rows[i].then_drop_in)
			put(&place, "p.conf.d/a.conf", rows[i].then_drop_in);
		if (rows[i].folder_gone)
			assert_int_equal(rmdir(place.folder), 0);
		assert_int_equal(read_now(&place, &after, &e), 0);
		if (policy_may_follow(before, after, &e) != (rows[i].refused ? -ENOENT : 0) ||
		    (rows[i].refused && !strstr(e.text, rows[i].refused)))
			fail_msg("row %zu: %s", i, e.text);
		if (rows[i].then_file)
			put(&place, "p.conf", NULL);
		if (rows[i].then_drop_in)
			put(&place, "p.conf.d/a.conf", NULL);
	}
	(void)rmdir(place.folder);
	assert_int_equal(rmdir(place.root), 0);
}

/* A file that is gone while an agent goes by it is not taken for none. */
static void test_kept(void **state)
{
	static const char *const made[] = { "run", "run/nfs-tls" };
	struct policy *policy = NULL;
	struct place place;
	char text[128];
	struct error e;
	struct stat st;

	(void)state;
	make_place(&place);
	for (size_t i = 0; i < ARRAY_SIZE(made); i++) {
		snprintf(text, sizeof(text), "%s/%s", place.root, made[i]);
		assert_int_equal(mkdir(text, 0755), 0);
	}
	assert_int_equal(stat(place.root, &st), 0);
	snprintf(text, sizeof(text), "%llu %llu /p.conf\n", (unsigned long long)st.st_dev,
		 (unsigned long long)st.st_ino);
	put(&place, "run/nfs-tls/policy", text);
	assert_int_equal(policy_load(place.root, "/p.conf", &policy, &e), -ENOENT);
	assert_non_null(strstr(e.text, "/p.conf is gone, and rpc.tlshd still goes by it: put it back"));
	assert_null(policy);
	/* Another file, or one in another folder, is none. */
	assert_int_equal(policy_load(place.root, "/q.conf", &policy, &e), 0);
	policy_free(policy);
	put(&place, "run/nfs-tls/policy", "1 1 /p.conf\n");
	assert_int_equal(policy_load(place.root, "/p.conf", &policy, &e), 0);
	policy_free(policy);
	put(&place, "run/nfs-tls/policy", NULL);
	for (size_t i = ARRAY_SIZE(made); i--;) {
		snprintf(text, sizeof(text), "%s/%s", place.root, made[i]);
		assert_int_equal(rmdir(text), 0);
	}
	assert_int_equal(rmdir(place.root), 0);
}

/* Who reads once reads what a slow writer has written to its end. */
static void test_slow_writer(void **state)
{
	AUTO_POLICY *policy = NULL;
	struct policy_export answer;
	struct place place;
	struct error e;
	pid_t writer;
	int status;

	(void)state;
	make_place(&place);
	put(&place, "p.conf", "");
	writer = fork();
	assert_true(writer >= 0);
	if (!writer) {
		(void)poll(NULL, 0, 700);
		put(&place, "p.conf", "[server]\n");
		(void)poll(NULL, 0, 700);
		put(&place, "p.conf", "[server]\nminimum=mtls\n");
		_exit(0);
	}
	assert_int_equal(policy_load(place.root, "/p.conf", &policy, &e), 0);
	assert_int_equal(policy_export(policy, "/srv", &answer, &e), 0);
	assert_int_equal(answer.minimum.mode, XPRTSEC_MTLS);
	assert_int_equal(waitpid(writer, &status, 0), writer);
	put(&place, "p.conf", NULL);
	assert_int_equal(rmdir(place.root), 0);
}

/* Every one of very many sections is found, and none that is not asked for. */
static void test_many_sections(void **state)
{
	AUTO_STRBUF text = { 0 };
	AUTO_POLICY *policy = NULL;

	(void)state;
	for (unsigned int i = 0; i < 2500; i++)
		strbuf_addf(
			&text,
			"[client \"h%u.example.com\"]\ncertificate=c%u\n[client \"*.d%u.example.com\"]\ncertificate=d%u\n"
			"[client \"10.%u.%u.0/24\"]\ncrl=/%u\n[server \"/srv/%u\"]\npeers=h%u.example.com\n",
			i, i, i, i, i / 250, i % 250, i, i, i);
	assert_false(text.failed);
	policy = load(text.text, NULL);
	assert_int_equal(policy_section_count(policy), 10000);
	for (unsigned int i = 0; i < 2500; i++) {
		char name[64], expected[32];
		struct policy_connection connection;
		struct error e;

		snprintf(name, sizeof(name), i % 2 ? "h%u.example.com" : "x.d%u.example.com", i);
		snprintf(expected, sizeof(expected), i % 2 ? "c%u" : "d%u", i);
		assert_int_equal(policy_client_connection(policy, name, NULL, &connection, &e), 0);
		assert_string_equal(connection.certificate.value, expected);
		assert_null(connection.crl.value);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_policy),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_ties),
		cmocka_unit_test(test_every_key_ties),
		cmocka_unit_test(test_every_key_of_a_server),
		cmocka_unit_test(test_peers_imply_tls),
		cmocka_unit_test(test_drop_ins),
		cmocka_unit_test(test_mount_decisions),
		cmocka_unit_test(test_auto_decisions),
		cmocka_unit_test(test_mounts_at_most),
		cmocka_unit_test(test_exports),
		cmocka_unit_test(test_export_without_policy),
		cmocka_unit_test(test_lists_of_peers),
		cmocka_unit_test(test_who_may_connect),
		cmocka_unit_test(test_reach),
		cmocka_unit_test(test_lists_within_lists),
		cmocka_unit_test(test_whose_peers_are_kept),
		cmocka_unit_test(test_paths_of_exports),
		cmocka_unit_test(test_own_names_and_addresses),
		cmocka_unit_test(test_lists_required),
		cmocka_unit_test(test_inventory),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_blank_files),
		cmocka_unit_test(test_what_may_follow),
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_slow_writer),
		cmocka_unit_test(test_many_sections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
