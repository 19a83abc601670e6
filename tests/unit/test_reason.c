/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every reason goes the whole way: the agent's log line, its record as JSON, what mount.nfs makes of that, nfsstat's
 * count, and the paragraph in rpc.tlshd(8).
 */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/reason/reason.h"
#include "support/tls/tls.h"
#include "support/verdict/verdict_private.h"
#include "tests/unit/reasons.h"
#include "utils/mount/diagnosis.h"
#include "utils/tlshd/line.h"

#define NOW_MS 1795428000250

/* ---- the table --------------------------------------------------------------------- */

static size_t count_of(const char *text, const char *what)
{
	size_t count = 0;

	for (const char *at = text; (at = strstr(at, what)); at++)
		count++;
	return count;
}

static void rows_are_whole(void **state)
{
	(void)state;
	for (enum reason reason = 0; reason < REASON_COUNT; reason++) {
		const struct reason_row *row = reason_row(reason);
		AUTO_STRBUF meaning = { 0 };

		assert_ptr_equal(reason_by_word(row->word), row);
		assert_int_equal(strspn(row->word, "abcdefghijklmnopqrstuvwxyz-"), strlen(row->word));
		assert_true(strlen(row->meaning) > 10);
		assert_true(!row->remedy || strlen(row->remedy) > 4);
		assert_true(!row->remedy || !strstr(row->remedy, ": ")); /* finding_remedy_in() finds its begin */
		reason_meaning(row, "client", "server", &meaning);
		assert_null(strpbrk(meaning.text, "<>"));
		assert_int_equal(count_of(meaning.text, "server"), count_of(row->meaning, "<peer>"));
		assert_int_equal(count_of(meaning.text, "client"), count_of(row->meaning, "<host>"));
	}
	assert_ptr_equal(reason_row((enum reason)1000), reason_row(REASON_AGENT_ERROR));
	assert_null(reason_by_word("something-new"));
}

static void the_kernel_hears_what_may_pass(void **state)
{
	(void)state;
	assert_int_equal(reason_errno(REASON_OK), 0);
	for (enum reason reason = REASON_OK + 1; reason < REASON_COUNT; reason++)
		assert_int_equal(reason_errno(reason), reason_row(reason)->end == REASON_STAYS ? EACCES : ETIMEDOUT);
	assert_int_equal(reason_errno(REASON_STALLED), ETIMEDOUT);
	assert_int_equal(reason_errno(REASON_WRONG_NAME), EACCES);
	assert_int_equal(reason_errno((enum reason)1000), EACCES);
}

static void a_remedy_is_never_cut(void **state)
{
	char cause[401], sentence[REASON_SENTENCE_MAX], small[64], none[1];

	(void)state;
	memset(cause, 'x', sizeof(cause) - 1);
	cause[sizeof(cause) - 1] = '\0';
	for (enum reason reason = 0; reason < REASON_COUNT; reason++) {
		AUTO_STRBUF remedy = { 0 };

		reason_remedy(reason_row(reason), "server", &remedy);
		if (!remedy.text)
			strbuf_addf(&remedy, "x");
		reason_sentence(reason, cause, "server", sentence, sizeof(sentence));
		assert_memory_equal(sentence, cause, sizeof(cause) - 1);
		assert_null(strpbrk(sentence, "<>"));
		assert_string_equal(sentence + strlen(sentence) - remedy.size, remedy.text);
	}
	reason_sentence(REASON_EXPIRED, cause, "server", small, sizeof(small));
	assert_int_equal(strlen(small), sizeof(small) - 1);
	assert_non_null(strstr(small, "xx: renew it"));
	reason_sentence(REASON_UNKNOWN_CA, cause, "server", none, sizeof(none));
	assert_string_equal(none, "");
}

/* ---- from the agent to mount.nfs -------------------------------------------------------- */

/* A failure of this reason, as the agent keeps and tells it. */
struct failed {
	struct outcome outcome;
	struct record_handshake handshake;
};

static void set_failed(struct failed *failed, enum reason reason, const char *cause)
{
	struct sockaddr_in *to = (struct sockaddr_in *)&failed->handshake.remote;

	*failed = (struct failed){ .outcome = { .why = reason } };
	failed->handshake = (struct record_handshake){
		.role = ROLE_CLIENT, .peer = "server", .outcome = &failed->outcome, .when_ms = NOW_MS
	};
	*to = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(2049) };
	inet_pton(AF_INET, "192.0.2.2", &to->sin_addr);
	text_copy(failed->outcome.cause, sizeof(failed->outcome.cause), cause);
}

static void json_of(const struct failed *failed, struct strbuf *json)
{
	struct json_object *all = json_object_new_object();
	struct record *record = record_new();

	record_add(record, &failed->handshake);
	json_object_object_add(all, "failures", record_failures(record));
	strbuf_addf(json, "%s", json_object_to_json_string(all));
	json_object_put(all);
	record_free(record);
}

/* What mount.nfs makes of it. */
static void mount_says(const struct failed *failed, bool discreet, struct strbuf *sentence)
{
	static const struct address address = { .text = "192.0.2.2" };
	const struct diagnosis_question question = {
		.addresses = &address, .address_count = 1, .began_ms = NOW_MS, .discreet = discreet
	};
	AUTO_STRBUF json = { 0 };

	json_of(failed, &json);
	assert_ptr_equal(diagnosis_from_agent(&question, json.text, sentence), reason_row(failed->outcome.why));
}

static void every_reason_is_told(void **state)
{
	(void)state;
	for (enum reason reason = REASON_OK + 1; reason < REASON_COUNT; reason++) {
		const struct reason_row *row = reason_row(reason);
		char whole[REASON_SENTENCE_MAX], wanted[2048];
		AUTO_STRBUF line = { 0 }, meaning = { 0 }, mount = { 0 }, short_one = { 0 }, remedy = { 0 };
		struct failed failed;

		set_failed(&failed, reason, "CAUSE");
		reason_sentence(reason, "CAUSE", "server", whole, sizeof(whole));
		reason_remedy(row, "server", &remedy);
		line_of_handshake(&failed.handshake, 5, &line);
		snprintf(wanted, sizeof(wanted),
			 "handshake role=client result=failed why=%s peer=server addr=192.0.2.2:2049 tls=- cipher=- "
			 "alpn=- mutual=no identity=- serial=- ms=5 reason=\"%s\"",
			 row->word, whole);
		assert_string_equal(line.text, wanted);

		reason_meaning(row, "client", "server", &meaning);
		mount_says(&failed, false, &mount);
		snprintf(wanted, sizeof(wanted), "%s: %s", meaning.text, whole);
		assert_string_equal(mount.text, wanted);

		mount_says(&failed, true, &short_one);
		assert_null(strstr(short_one.text, "CAUSE"));
		snprintf(wanted, sizeof(wanted), "%s%s%s: 'rpc.tlshd --ask failures' tells root more", meaning.text,
			 remedy.text ? ": " : "", remedy.text ? remedy.text : "");
		assert_string_equal(short_one.text, wanted);
	}
}

/* The agent counts each by its word, and nfsstat has the same word and number. */
static void every_reason_is_counted(void **state)
{
	struct json_object *status = json_object_new_object();
	struct verdict_report report = { .handshakes = { { .side = "client" }, { .side = "server" } } };
	struct record *record = record_new();

	(void)state;
	for (enum reason reason = REASON_OK + 1; reason < REASON_COUNT; reason++) {
		struct failed failed;

		set_failed(&failed, reason, "CAUSE");
		record_add(record, &failed.handshake);
	}
	json_object_object_add(status, "handshakes", record_counters(record));
	verdict_take_status(status, &report);
	assert_int_equal(report.handshakes[0].failed_count, REASON_COUNT - 1);
	for (enum reason reason = REASON_OK + 1; reason < REASON_COUNT; reason++) {
		assert_string_equal(report.handshakes[0].failed[reason - 1].why, reason_row(reason)->word);
		assert_int_equal(report.handshakes[0].failed[reason - 1].count, 1);
	}
	verdict_free(&report);
	json_object_put(status);
	record_free(record);
}

/* What GnuTLS's errors come to; certificates' causes are in test_x509. */
static void real_causes_have_one_remedy(void **state)
{
	static const struct {
		int code;
		enum reason reason;
	} cases[] = {
		{ GNUTLS_E_PREMATURE_TERMINATION, REASON_CLOSED_BY_PEER },
		{ GNUTLS_E_PULL_ERROR, REASON_CLOSED_BY_PEER },
		{ GNUTLS_E_UNSUPPORTED_VERSION_PACKET, REASON_PROTOCOL },
		{ GNUTLS_E_NO_APPLICATION_PROTOCOL, REASON_ALPN },
		{ GNUTLS_E_CERTIFICATE_REQUIRED, REASON_NO_CERTIFICATE },
		{ GNUTLS_E_DECRYPTION_FAILED, REASON_PROTOCOL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases) + 2; i++) {
		AUTO_STRBUF mount = { 0 }, remedy = { 0 };
		struct failed failed;
		char cause[CAUSE_MAX];
		enum reason reason;

		if (i < ARRAY_SIZE(cases)) {
			reason = tls_reason(cases[i].code, NULL, "the peer", cause, sizeof(cause));
			assert_int_equal(reason, cases[i].reason);
		} else {
			reason = tls_reason_of_clear_alert(i & 1 ? 48 : 120, "the peer", cause, sizeof(cause));
			assert_int_equal(reason, REASON_REFUSED_BY_PEER);
		}
		assert_says_no_remedy(cause);
		set_failed(&failed, reason, cause);
		mount_says(&failed, false, &mount);
		reason_remedy(reason_row(reason), "server", &remedy);
		if (remedy.text)
			assert_int_equal(count_of(mount.text, remedy.text), 1);
	}
}

/* ---- the page -------------------------------------------------------------------------------- */

/* The text of a paragraph's begin, its lines put together, without mdoc's marks. */
static void join(const char *from, struct strbuf *out)
{
	for (const char *end; *from && strncmp(from, ".It ", 4) && strncmp(from, ".El", 3); from = end + 1) {
		const char *at = *from == '.' ? strchr(from, ' ') + 1 : from;

		end = strchr(from, '\n');
		strbuf_add(out, at, (size_t)(end - at));
		strbuf_addf(out, " ");
	}
}

static void assert_described(const char *item, enum reason reason)
{
	const struct reason_row *row = reason_row(reason);
	AUTO_STRBUF meaning = { 0 }, text = { 0 }, first = { 0 };
	int code = reason_errno(reason);

	if (code)
		strbuf_addf(&first, ".It Cm %s Pq Er %s\n", row->word, code == EACCES ? "EACCES" : "ETIMEDOUT");
	else
		strbuf_addf(&first, ".It Cm %s\n", row->word);
	if (strncmp(item, first.text, first.size))
		fail_msg("rpc.tlshd(8) should have \"%s\" in this place, and has %.40s", first.text, item);
	join(item + first.size, &text);
	reason_meaning(row, "host", "peer", &meaning);
	strbuf_addf(&meaning, ".");
	if (!text.size || strncasecmp(text.text, meaning.text, meaning.size))
		fail_msg("rpc.tlshd(8), %s: begins with %s, and not with %s", row->word, text.text, meaning.text);
}

/* Each, in the order of the table, and no other. */
static void the_page_has_them_all(void **state)
{
	const char *top = getenv("TOP_SRCDIR"), *item;
	AUTO_BYTES page = { 0 };
	char path[4096];
	struct error e;

	(void)state;
	snprintf(path, sizeof(path), "%s/man/rpc.tlshd.8", top ? top : ".");
	if (file_read(path, 1 << 20, FILE_ANY, &page, &e))
		fail_msg("%s", e.text);
	item = strstr((char *)page.data, "\n.Sh DIAGNOSTICS\n");
	assert_non_null(item);
	for (enum reason reason = 0; reason < REASON_COUNT; reason++) {
		item = strstr(item + 1, "\n.It ");
		assert_non_null(item);
		assert_described(item + 1, reason);
	}
	assert_ptr_equal(strstr(item, "\n.El"), strstr(item, "\n.El\n.Pp\nMessages at the start:\n"));
	assert_true(!strstr(item + 1, "\n.It ") || strstr(item, "\n.El") < strstr(item + 1, "\n.It "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_whole),	   cmocka_unit_test(the_kernel_hears_what_may_pass),
		cmocka_unit_test(a_remedy_is_never_cut),   cmocka_unit_test(every_reason_is_told),
		cmocka_unit_test(every_reason_is_counted), cmocka_unit_test(real_causes_have_one_remedy),
		cmocka_unit_test(the_page_has_them_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
