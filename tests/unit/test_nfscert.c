/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Making, several keys in one payload, own certificates from files, which mounts use one, and verdicts. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "support/owncert/owncert.h"
#include "utils/nfscert/examine.h"
#include "utils/nfscert/names.h"
#include "utils/nfscert/uses.h"

/* ---- certificates, made here ------------------------------------------------- */

struct made {
	gnutls_privkey_t key;
	gnutls_x509_crt_t cert;
};

static struct made authority;

static void make_host(const char *name, enum x509_key_kind kind, unsigned int days, time_t now, struct made *host)
{
	struct x509_reference reference;
	struct x509_subject subject = { .common_name = name, .name = &reference, .count = 1 };
	AUTO_STRBUF request = { 0 };
	struct error e;

	x509_reference_parse(name, &reference);
	assert_int_equal(x509_key_make(kind, &host->key, &e), 0);
	assert_int_equal(x509_request_make(&subject, host->key, &request, &e), 0);
	assert_int_equal(x509_request_sign("r", request.text, request.size, authority.cert, authority.key, days, now,
					   &host->cert, &e),
			 0);
}

static void free_made(struct made *made)
{
	gnutls_x509_crt_deinit(made->cert);
	gnutls_privkey_deinit(made->key);
}

static int set_up(void **state)
{
	struct error e;

	(void)state;
	if (x509_key_make(X509_KEY_ECDSA, &authority.key, &e))
		return -1;
	return x509_authority_make("test", authority.key, 10, time(NULL), &authority.cert, &e);
}

static int tear_down(void **state)
{
	(void)state;
	free_made(&authority);
	return 0;
}

static void signs_hosts(void **state)
{
	static const enum x509_key_kind kinds[] = { X509_KEY_ECDSA, X509_KEY_ED25519 };
	time_t now = time(NULL);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct x509_reference name;
		struct made host;
		struct error e;

		make_host("h.example.com", kinds[i], 100, now, &host);
		x509_reference_parse("h.example.com", &name);
		assert_true(x509_cert_covers(host.cert, &name));
		assert_int_equal(x509_key_matches("k", host.key, "c", host.cert, &e), 0);
		assert_int_equal(x509_key_check_strength("k", host.key, &e), 0);
		/* Not beyond its authority. */
		assert_int_equal(gnutls_x509_crt_get_expiration_time(host.cert),
				 gnutls_x509_crt_get_expiration_time(authority.cert));
		free_made(&host);
	}
}

static void refuses_what_is_no_request(void **state)
{
	static const char *const texts[] = { "", "-----BEGIN CERTIFICATE REQUEST-----\n", "noise" };
	gnutls_x509_crt_t cert = NULL;
	struct error e;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_int_equal(x509_request_sign("r.csr", texts[i], strlen(texts[i]), authority.cert, authority.key,
						   1, 0, &cert, &e),
				 -EINVAL);
		assert_non_null(strstr(e.text, "r.csr: no certificate request can be read"));
	}
	assert_null(cert);
}

/* ---- several keys ---------------------------------------------------------------- */

static void takes_the_key_that_belongs(void **state)
{
	AUTO_BYTES first = { 0 };
	AUTO_BYTES second = { 0 };
	unsigned char both[8192];
	gnutls_privkey_t key = NULL;
	struct made a, b, stranger;
	struct error e;

	(void)state;
	make_host("a.example", X509_KEY_ECDSA, 1, time(NULL), &a);
	make_host("b.example", X509_KEY_ED25519, 1, time(NULL), &b);
	make_host("c.example", X509_KEY_ECDSA, 1, time(NULL), &stranger);
	assert_int_equal(x509_key_to_der(a.key, &first, &e), 0);
	assert_int_equal(x509_key_to_der(b.key, &second, &e), 0);
	memcpy(both, first.data, first.size);
	memcpy(both + first.size, second.data, second.size);
	for (int i = 0; i < 2; i++) {
		const struct made *wanted = i ? &b : &a;

		assert_int_equal(x509_key_parse_for("k", both, first.size + second.size, "c", wanted->cert, &key, &e),
				 0);
		assert_int_equal(x509_key_matches("k", key, "c", wanted->cert, &e), 0);
		gnutls_privkey_deinit(key);
	}
	assert_int_equal(x509_key_parse_for("k", both, first.size + second.size, "c", stranger.cert, &key, &e),
			 -EINVAL);
	assert_non_null(strstr(e.text, "not a pair"));
	/* Cut off behind the first: enough for the first, too little for the second. */
	assert_int_equal(x509_key_parse_for("k", both, first.size + 10, "c", a.cert, &key, &e), 0);
	gnutls_privkey_deinit(key);
	assert_int_equal(x509_key_parse_for("k", both, first.size + 10, "c", b.cert, &key, &e), -EINVAL);
	assert_non_null(strstr(e.text, "cut off"));
	assert_int_equal(x509_key_parse_for("k", both, 0, "c", a.cert, &key, &e), -EINVAL);
	free_made(&a);
	free_made(&b);
	free_made(&stranger);
}

/* ---- own certificates in files ------------------------------------------------------ */

static void write_pair(const char *folder, const char *name, const struct made *host, mode_t key_mode)
{
	char path[256];
	AUTO_STRBUF pem = { 0 };
	AUTO_BYTES key = { 0 };
	struct error e;

	assert_int_equal(x509_cert_to_pem(host->cert, &pem, &e), 0);
	assert_int_equal(x509_key_to_pem(host->key, &key, &e), 0);
	snprintf(path, sizeof(path), "%s/%s.pem", folder, name);
	assert_int_equal(file_replace(path, pem.text, pem.size, 0644, &e), 0);
	snprintf(path, sizeof(path), "%s/%s.key", folder, name);
	assert_int_equal(file_replace(path, key.data, key.size, key_mode, &e), 0);
}

static void remove_folder(const char *folder)
{
	char command[256];

	snprintf(command, sizeof(command), "rm -r '%s'", folder);
	assert_int_equal(system(command), 0);
}

static void reads_own_certificates(void **state)
{
	char folder[] = "/tmp/test-nfscert-XXXXXX";
	gnutls_privkey_t key = NULL;
	struct made host;
	struct owncert own;
	struct error e;

	(void)state;
	assert_non_null(mkdtemp(folder));
	make_host("own.example", X509_KEY_ECDSA, 1, time(NULL), &host);
	write_pair(folder, "host", &host, 0600);
	write_pair(folder, "open", &host, 0644);
	assert_int_equal(owncert_read(folder, "host", &own, &e), 0);
	assert_int_equal(own.place, OWNCERT_IN_FILES);
	assert_string_equal(owncert_shown(&own), own.path);
	assert_int_equal(owncert_read_key(&own, &key, &e), 0);
	assert_false(owncert_file_differs(&own));
	gnutls_privkey_deinit(key);
	owncert_free(&own);
	assert_int_equal(owncert_read(folder, "none", &own, &e), -ENOENT);
	owncert_free(&own);
	assert_int_equal(owncert_read(folder, "open", &own, &e), 0);
	assert_int_equal(owncert_read_key(&own, &key, &e), -EPERM);
	owncert_free(&own);
	free_made(&host);
	remove_folder(folder);
}

static void lists_names_of_files(void **state)
{
	char folder[] = "/tmp/test-nfscert-XXXXXX";
	struct made host;
	AUTO_NAMES names = { 0 };
	struct error e;

	(void)state;
	assert_non_null(mkdtemp(folder));
	make_host("own.example", X509_KEY_ECDSA, 1, time(NULL), &host);
	for (int i = 9; i >= 0; i--) {
		char name[8];

		snprintf(name, sizeof(name), "n%d", i);
		write_pair(folder, name, &host, 0600);
	}
	write_pair(folder, ".hidden", &host, 0600);
	assert_int_equal(names_read(folder, NAMES_FROM_FILES, &names, &e), 0);
	assert_int_equal(names.count, 10);
	assert_string_equal(names.at[0].name, "n0");
	assert_string_equal(names_find(&names, "n7")->name, "n7");
	assert_null(names_find(&names, "n"));
	assert_int_equal(names_of_file("a.pem"), 1);
	assert_int_equal(names_of_file(".pem"), 0);
	assert_int_equal(names_of_file("a.key"), 0);
	free_made(&host);
	remove_folder(folder);
	names_free(&names);
	assert_int_equal(names_read("/tmp/there-is-no-such-folder", NAMES_FROM_FILES, &names, &e), 0);
	assert_int_equal(names.count, 0);
}

/* ---- which mounts use one -------------------------------------------------------------- */

#define MTLS "rw,xprtsec=mtls,addr=192.0.2.1"
#define TOLD "xprtsec=mtls,cert_serial=<redacted>,addr=192.0.2.1"

static void knows_its_mounts(void **state)
{
	static const char text[] = "[client]\ncertificate=usual\n[client \"b.example\"]\ncertificate=other\n"
				   "[client \"192.0.2.9\"]\ncertificate=numbered\n";
	static const struct {
		const char *source, *options, *attributes, *name;
		bool shows;
		const char *shown; /* by the agent */
	} rows[] = {
		{ "a.example:/x", MTLS, "tlscertname=alice", "alice", true, NULL },
		{ "a.example:/x", MTLS, "tlscertname=alice", "usual", false, NULL },
		{ "a.example:/x", MTLS, "vers=4.2,tlscertname=alicia", "alice", false, NULL },
		{ "a.example:/x", "rw,xprtsec=tls,addr=192.0.2.1", "tlscertname=alice", "alice", false, NULL },
		{ "a.example:/x", "rw,addr=192.0.2.1", NULL, "usual", false, NULL },
		{ "a.example:/x", MTLS, "cert_serial=77,privkey_serial=78", "alice", true, NULL },
		{ "a.example:/x", MTLS, "cert_serial=0x4d", "alice", true, NULL },
		{ "a.example:/x", MTLS, "cert_serial=79", "alice", false, NULL },
		{ "a.example:/x", MTLS, NULL, "usual", true, NULL },
		{ "a.example:/x", MTLS, "", "alice", false, NULL },
		{ "b.example:/x", MTLS, NULL, "other", true, NULL },
		{ "c.example:/x", "rw,xprtsec=mtls,addr=192.0.2.9", NULL, "numbered", true, NULL },
		/* A bind mount has no record, and the kernel hides the number. */
		{ "a.example:/x", TOLD, NULL, "usual", true, NULL },
		{ "a.example:/x", TOLD, NULL, "alice", true, "alice" },
		{ "a.example:/x", TOLD, NULL, "usual", false, "alice" },
		/* What the policy said when it was connected, and what it says now. */
		{ "a.example:/x", MTLS, NULL, "was", true, "was" },
		{ "a.example:/x", MTLS, NULL, "usual", true, "was" },
		{ "a.example:/x", MTLS, NULL, "other", false, "was" },
		/* What cannot be decided might be a use. */
		{ "nonsense", "rw,xprtsec=mtls", NULL, "alice", true, NULL },
		{ "a.example:/x", "rw,xprtsec=mtls,addr=nonsense", NULL, "alice", true, NULL },
	};
	const struct keys_pair pair = { .certificate = 77, .key = 78 };
	char path[] = "/tmp/test-nfscert-XXXXXX";
	AUTO_STILL files = { 0 };
	struct policy *policy;
	struct error e;
	int fd = mkstemp(path);

	(void)state;
	assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
	close(fd);
	assert_int_equal(policy_read("", path, &files, &policy, &e), 0);
	unlink(path);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct mount_row row = { rows[i].source, "/mnt", rows[i].options, rows[i].attributes, rows[i].shown };

		if (uses_shows(policy, &row, rows[i].name, &pair) != rows[i].shows)
			fail_msg("row %zu", i);
	}
	policy_free(policy);
}

/* ---- verdicts ------------------------------------------------------------------------------- */

static void judges_chains(void **state)
{
	time_t now = time(NULL);
	struct x509_chain chain = { .count = 1 };
	char path[] = "/tmp/test-nfscert-XXXXXX";
	struct authorities *all, *none;
	AUTO_STRBUF pem = { 0 };
	unsigned int roles;
	struct made host;
	struct error e;
	int fd = mkstemp(path);

	(void)state;
	assert_int_equal(x509_cert_to_pem(authority.cert, &pem, &e), 0);
	assert_int_equal(write(fd, pem.text, pem.size), pem.size);
	close(fd);
	assert_int_equal(authorities_read(NULL, path, &all, &e), 0);
	assert_int_equal(authorities_read(NULL, NULL, &none, &e), 0);
	unlink(path);
	make_host("h.example", X509_KEY_ECDSA, 5, now, &host);
	chain.cert[0] = host.cert;
	assert_int_equal(chain_days_left(&chain, now), 5);
	assert_int_equal(chain_days_left(&chain, now + 5 * 86400 + 1), -1);
	assert_int_equal(examine_chain(&chain, all, 0, now, &roles, &e), STATUS_DONE);
	assert_int_equal(roles, ROLE_BOTH);
	assert_int_equal(examine_chain(&chain, all, ROLE_SERVER, now, &roles, &e), STATUS_DONE);
	assert_int_equal(roles, ROLE_SERVER);
	assert_int_equal(examine_chain(&chain, all, 0, now + 6 * 86400, &roles, &e), STATUS_DATES);
	assert_int_equal(examine_chain(&chain, all, 0, now - 86400, &roles, &e), STATUS_DATES);
	assert_int_equal(examine_chain(&chain, none, 0, now, &roles, &e), STATUS_UNVERIFIED);
	assert_non_null(strstr(e.text, "--truststore"));
	assert_int_equal(e.code, ENOKEY);
	/* The authority vouches for itself, but is no host. */
	chain.cert[0] = authority.cert;
	assert_int_equal(examine_chain(&chain, all, 0, now, &roles, &e), STATUS_PURPOSE);
	assert_non_null(strstr(e.text, "digitalSignature"));
	authorities_free(all);
	authorities_free(none);
	free_made(&host);
}

static void has_a_word_for_each_status(void **state)
{
	AUTO_STRBUF text = { 0 };

	(void)state;
	for (enum status status = STATUS_DONE; status <= STATUS_REFUSED; status++)
		assert_int_equal(strlen(status_meaning(status)) > 3, status != 2); /* 2 was the command line */
	assert_true(strlen(status_meaning(STATUS_USAGE)) > 3);
	assert_int_equal(STATUS_USAGE, EX_USAGE);
	assert_string_equal(status_meaning(STATUS_REFUSED + 1), "");
	status_table(&text);
	assert_non_null(strstr(text.text, "  15  the server"));
	assert_int_equal(status_of_file(-ENOENT), STATUS_UNREADABLE);
	assert_int_equal(status_of_file(-EPERM), STATUS_NOT_PRIVATE);
	assert_int_equal(status_of_keyring(-EDQUOT), STATUS_QUOTA);
	assert_int_equal(status_of_keyring(-EACCES), STATUS_FAILED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signs_hosts),
		cmocka_unit_test(refuses_what_is_no_request),
		cmocka_unit_test(takes_the_key_that_belongs),
		cmocka_unit_test(reads_own_certificates),
		cmocka_unit_test(lists_names_of_files),
		cmocka_unit_test(knows_its_mounts),
		cmocka_unit_test(judges_chains),
		cmocka_unit_test(has_a_word_for_each_status),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
