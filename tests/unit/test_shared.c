/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which names a connection has to prove, and what is remembered of those that it has proven. */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "utils/tlshd/message.h"
#include "utils/tlshd/record.h"
#include "utils/tlshd/shared.h"

/* ---- names -------------------------------------------------------------------- */

struct place {
	char folder[32];
	char path[64];
};

static void make_place(struct place *place)
{
	snprintf(place->folder, sizeof(place->folder), "/tmp/test_shared.XXXXXX");
	assert_non_null(mkdtemp(place->folder));
	snprintf(place->path, sizeof(place->path), "%s/names", place->folder);
}

static void remove_place(const struct place *place)
{
	(void)unlink(place->path);
	assert_int_equal(rmdir(place->folder), 0);
}

static struct shared_name name(const char *peer, const char *remote, const char *text)
{
	struct shared_name one = { .home = "c0000202:801" };

	text_copy(one.lineage.peer, sizeof(one.lineage.peer), peer);
	text_copy(one.remote, sizeof(one.remote), remote);
	text_copy(one.name, sizeof(one.name), text);
	return one;
}

/* The names that are to be proven, with a comma behind each. */
static void has_names(const struct shared *shared, const struct lineage *lineage, const char *remote,
		      const char *wanted)
{
	AUTO_STRBUF names = { 0 };

	shared_names(shared, lineage, remote, &names);
	for (size_t i = 0; i < names.size; i++)
		if (!names.text[i])
			names.text[i] = ',';
	assert_string_equal(names.text ? names.text : "", wanted);
}

static struct shared *load(const struct place *place)
{
	struct shared *shared;
	struct error e;

	assert_int_equal(shared_load(place->path, &shared, &e), 0);
	return shared;
}

static void names_are_kept_for_a_lineage(void **state)
{
	struct shared_name one = name("a.test", "192.0.2.2:2049", "b.test");
	struct shared_name any = name("a.test", SHARED_ANY, "c.test");
	struct lineage lineage = one.lineage, other = one.lineage;
	struct place place;
	struct shared *shared;
	struct stat st;
	struct error e;

	(void)state;
	make_place(&place);
	shared = load(&place);
	has_names(shared, &lineage, "192.0.2.2:2049", "");
	assert_int_equal(shared_keep(shared, &one, &e), 0);
	has_names(shared, &lineage, "192.0.2.2:2049", "b.test,");
	has_names(shared, &lineage, "192.0.2.3:2049", "");
	assert_int_equal(shared_keep(shared, &any, &e), 0);
	has_names(shared, &lineage, "192.0.2.3:2049", "c.test,");
	one = name("a.test", "192.0.2.2:2049", "B.test.");
	assert_int_equal(shared_keep(shared, &one, &e), 0); /* is there */
	has_names(shared, &lineage, "192.0.2.2:2049", "b.test,c.test,");
	/* the kernel keeps these apart */
	other.shows_certificate = true;
	has_names(shared, &other, "192.0.2.2:2049", "");
	other = (struct lineage){ .certificate = 5, .private_key = 7, .shows_certificate = true };
	one.lineage = other;
	assert_int_equal(shared_keep(shared, &one, &e), 0);
	has_names(shared, &other, "192.0.2.2:2049", "B.test.,");
	other.private_key = 8;
	has_names(shared, &other, "192.0.2.2:2049", "");
	shared_free(shared);

	/* the next agent has them all */
	assert_int_equal(stat(place.path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	shared = load(&place);
	has_names(shared, &lineage, "192.0.2.2:2049", "b.test,c.test,");
	other.private_key = 7;
	has_names(shared, &other, "192.0.2.2:2049", "B.test.,");
	shared_free(shared);
	remove_place(&place);
}

static void names_are_forgotten_with_the_last_mount(void **state)
{
	static const char volumes[] = "NV SERVER   PORT DEV          FSID                              FSC\n"
				      "v4 c0000203  801 0:67         0:0                               no\n";
	struct shared_name gone = name("a.test", "192.0.2.2:2049", "b.test");
	struct shared_name there = name("a.test", "192.0.2.3:2049", "c.test");
	struct place place;
	struct shared *shared;
	struct error e;

	(void)state;
	text_copy(there.home, sizeof(there.home), "c0000203:801");
	make_place(&place);
	shared = load(&place);
	assert_int_equal(shared_keep(shared, &gone, &e), 0);
	assert_int_equal(shared_keep(shared, &there, &e), 0);
	shared_forget(shared, volumes);
	has_names(shared, &gone.lineage, "192.0.2.2:2049", "");
	has_names(shared, &gone.lineage, "192.0.2.3:2049", "c.test,");
	shared_free(shared);
	shared = load(&place);
	has_names(shared, &gone.lineage, "192.0.2.2:2049", "");
	has_names(shared, &gone.lineage, "192.0.2.3:2049", "c.test,");
	shared_free(shared);
	remove_place(&place);
}

/* A handshake has to be able to prove all of them. */
static void names_are_limited(void **state)
{
	struct shared_name one = name("a.test", "192.0.2.2:2049", "");
	struct place place;
	struct shared *shared;
	AUTO_STRBUF names = { 0 };
	struct error e;

	(void)state;
	make_place(&place);
	shared = load(&place);
	memset(one.name, 'n', SHARED_NAME_MAX - 1);
	for (unsigned int i = 0; i < SHARED_NAMES_MAX; i++) {
		one.name[0] = (char)('a' + i);
		assert_int_equal(shared_keep(shared, &one, &e), 0);
	}
	one.name[0] = 'z';
	assert_int_equal(shared_keep(shared, &one, &e), -ENOSPC);
	shared_names(shared, &one.lineage, one.remote, &names);
	assert_true(names.size == MORE_NAMES_MAX);
	one = name("b.test", "192.0.2.2:2049", "c.test");
	assert_int_equal(shared_keep(shared, &one, &e), 0);
	shared_free(shared);
	remove_place(&place);
}

static void what_cannot_be_kept_changes_nothing(void **state)
{
	static const char *const texts[] = { "", "a b", "a\nb", "a\x7f" };
	struct place place;
	struct shared *shared;
	struct error e;

	(void)state;
	make_place(&place);
	shared = load(&place);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct shared_name one = name("a.test", "192.0.2.2:2049", texts[i]);

		assert_int_equal(shared_keep(shared, &one, &e), -EINVAL);
		one = name(texts[i], "192.0.2.2:2049", "b.test");
		if (*texts[i])
			assert_int_equal(shared_keep(shared, &one, &e), -EINVAL);
		has_names(shared, &one.lineage, "192.0.2.2:2049", "");
	}
	assert_int_equal(rmdir(place.folder), 0); /* there is nowhere to write */
	{
		struct shared_name one = name("a.test", "192.0.2.2:2049", "b.test");

		assert_true(shared_keep(shared, &one, &e) < 0);
		has_names(shared, &one.lineage, "192.0.2.2:2049", "");
	}
	shared_free(shared);
}

static void lines_are_understood_or_refused(void **state)
{
	static const struct {
		const char *line;
		bool good;
	} cases[] = {
		{ "a.test tls 192.0.2.2:2049 c0000202:801 b.test", true },
		{ "- mtls * c0000202:801 b.test", true },
		{ "a mtls:-1:2147483647 * h n", true },
		{ "", false },
		{ "a.test tls 192.0.2.2:2049 c0000202:801", false },
		{ "a.test tls 192.0.2.2:2049 c0000202:801 b.test x", false },
		{ "a.test  tls 192.0.2.2:2049 c0000202:801 b.test", false },
		{ "a.test tls 192.0.2.2:2049 c0000202:801 b.test ", false },
		{ "a.test none 192.0.2.2:2049 c0000202:801 b.test", false },
		{ "a.test tls: 192.0.2.2:2049 c0000202:801 b.test", false },
		{ "a mtls:1 * h n", false },
		{ "a mtls:1: * h n", false },
		{ "a mtls:1:2:3 * h n", false },
		{ "a mtls:1:2147483648 * h n", false },
		{ "a tls *\t h n", false },
		{ "a tls * h\tn", false },
	};
	struct shared_name one;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(shared_parse(cases[i].line, strlen(cases[i].line), &one), cases[i].good ? 0 : -EINVAL);
	assert_int_equal(shared_parse("- mtls:5:-7 * h n", 17, &one), 0);
	assert_string_equal(one.lineage.peer, "");
	assert_true(one.lineage.shows_certificate);
	assert_int_equal(one.lineage.certificate, 5);
	assert_int_equal(one.lineage.private_key, -7);
	assert_string_equal(one.remote, SHARED_ANY);
	assert_string_equal(one.home, "h");
	assert_string_equal(one.name, "n");
}

/* Nobody knows then what has to be proven. */
static void a_damaged_file_is_told_with_its_line(void **state)
{
	static const char *const texts[] = { "a tls * h n\nb tls * h", "a tls * h n\nb tls * h n", "a tls * h n\n\n" };
	struct place place;
	struct shared *shared;
	struct error e;

	(void)state;
	make_place(&place);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_int_equal(file_replace(place.path, texts[i], strlen(texts[i]), 0600, &e), 0);
		assert_int_equal(shared_load(place.path, &shared, &e), -EINVAL);
		assert_non_null(strstr(e.text, "/names:2: not understood"));
	}
	assert_int_equal(file_replace(place.path, "a tls * h n\n", 12, 0666, &e), 0);
	assert_int_equal(shared_load(place.path, &shared, &e), -EPERM);
	remove_place(&place);
}

/* ---- volumes ------------------------------------------------------------------- */

static void the_server_of_a_volume_is_found(void **state)
{
	static const char text[] = "NV SERVER   PORT DEV          FSID                              FSC\n"
				   "v4 c0000202  801 0:67         0:0                               no\n"
				   "v3 20010db8000000000000000000000002  802 0:68 0:0 no";
	char home[VOLUMES_HOME_MAX];

	(void)state;
	assert_true(volumes_home(text, 0, 67, home));
	assert_string_equal(home, "c0000202:801");
	assert_true(volumes_home(text, 0, 68, home));
	assert_string_equal(home, "20010db8000000000000000000000002:802");
	assert_false(volumes_home(text, 0, 6, home));
	assert_false(volumes_home(text, 1, 67, home));
	assert_false(volumes_home("", 0, 67, home));
	assert_true(volumes_at_home(text, "c0000202:801"));
	assert_false(volumes_at_home(text, "c0000202:80"));
	assert_false(volumes_at_home(text, ""));
}

/* ---- what was proven --------------------------------------------------------------- */

static void proofs_belong_to_a_session(void **state)
{
	struct bytes chain = { (unsigned char *)(uintptr_t) "chain", 5 };
	struct outcome good = { .why = REASON_OK };
	struct record_handshake handshake = {
		.id = 7, .role = ROLE_CLIENT, .peer = "a.test", .outcome = &good, .chain = &chain
	};
	struct record_proof proof = { .name = "a.test", .why = REASON_OK, .generation = 3 };
	struct record *record = record_new();
	struct tls_session *session;

	(void)state;
	record_add(record, &handshake);
	session = record_session(record, "-", "-");
	assert_non_null(session);
	assert_null(record_session(record, "-", "192.0.2.2:2049"));
	assert_int_equal(record_session_id(session), 7);
	assert_int_equal(record_session_chain(session)->size, 5);
	assert_null(record_session_proof(session, "a.test"));
	assert_true(record_session_prove(session, &proof));
	proof.why = REASON_WRONG_NAME;
	for (unsigned int i = 0; i < RECORD_PROOFS_MAX; i++) {
		snprintf(proof.name, sizeof(proof.name), "b%u.test", i);
		assert_true(record_session_prove(session, &proof));
	}
	assert_null(record_session_proof(session, "a.test")); /* the oldest */
	assert_int_equal(record_session_proof(session, "B0.test.")->why, REASON_WRONG_NAME);
	text_copy(proof.name, sizeof(proof.name), "B0.test");
	proof.why = REASON_OK;
	assert_true(record_session_prove(session, &proof));
	assert_int_equal(record_session_proof(session, "b0.test")->why, REASON_OK);
	assert_int_equal(record_session_proof(session, "b1.test")->why, REASON_WRONG_NAME);
	/* another connection between the same ends has proven nothing yet */
	handshake.id = 8;
	record_add(record, &handshake);
	session = record_session(record, "-", "-");
	assert_int_equal(record_session_id(session), 8);
	assert_null(record_session_proof(session, "b0.test"));
	record_free(record);
}

static void chains_are_limited(void **state)
{
	struct bytes chain;
	struct outcome good = { .why = REASON_OK };
	struct record_handshake handshake = {
		.role = ROLE_CLIENT, .peer = "a.test", .outcome = &good, .chain = &chain
	};
	struct sockaddr_storage *local = &handshake.local;
	struct record *record = record_new();
	size_t kept = 0, wanted = RECORD_CHAINS_MAX / PEER_CHAIN_MAX;

	(void)state;
	assert_int_equal(bytes_alloc(&chain, PEER_CHAIN_MAX), 0);
	local->ss_family = AF_INET;
	for (unsigned int i = 1; i <= wanted + 2; i++) {
		char ends[ADDRESS_END_MAX];

		((struct sockaddr_in *)local)->sin_port = htons((uint16_t)i);
		record_add(record, &handshake);
		address_end_text(local, ends);
		kept += record_session_chain(record_session(record, ends, "-"))->size != 0;
	}
	assert_int_equal(kept, wanted);
	bytes_free(&chain);
	record_free(record);
}

static void messages_come_in_parts(void **state)
{
	char text[16] = "";
	int pair[2];

	(void)state;
	assert_int_equal(message_pair(pair), 0);
	assert_int_equal(message_send_parts(pair[0], "one ", 4, "two", 3, -1), 0);
	assert_int_equal(message_receive(pair[1], text, sizeof(text), NULL), 7);
	assert_string_equal(text, "one two");
	close(pair[0]);
	close(pair[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_kept_for_a_lineage),
		cmocka_unit_test(names_are_forgotten_with_the_last_mount),
		cmocka_unit_test(names_are_limited),
		cmocka_unit_test(what_cannot_be_kept_changes_nothing),
		cmocka_unit_test(lines_are_understood_or_refused),
		cmocka_unit_test(a_damaged_file_is_told_with_its_line),
		cmocka_unit_test(the_server_of_a_volume_is_found),
		cmocka_unit_test(proofs_belong_to_a_session),
		cmocka_unit_test(chains_are_limited),
		cmocka_unit_test(messages_come_in_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
