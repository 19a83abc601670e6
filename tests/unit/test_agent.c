/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "support/agent/agent.h"
#include "support/transport/transport.h"

static struct sockaddr_storage end(const char *text, unsigned int port)
{
	struct sockaddr_storage all = { 0 };
	struct sockaddr_in *v4 = (struct sockaddr_in *)&all;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&all;

	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)port);
	} else if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)port);
	}
	return all;
}

static void ends_are_shown_as_the_agent_writes_them(void **state)
{
	static const struct {
		const char *text;
		unsigned int port;
		const char *shown;
	} rows[] = {
		{ "192.0.2.1", 2049, "192.0.2.1:2049" },	{ "2001:db8::1", 2049, "[2001:db8::1]:2049" },
		{ "::ffff:192.0.2.1", 2049, "192.0.2.1:2049" }, { "192.0.2.1", 0, "192.0.2.1" },
		{ "2001:db8::1", 0, "[2001:db8::1]" },		{ "", 2049, "-" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct sockaddr_storage one = end(rows[i].text, rows[i].port);
		char shown[ADDRESS_END_MAX];

		address_end_text(&one, shown);
		assert_string_equal(shown, rows[i].shown);
	}
}

static const char answer[] =
	"{\"sessions\":["
	"{\"local\":\"192.0.2.1:700\",\"address\":\"192.0.2.2:2049\",\"role\":\"client\",\"identity\":[\"old\"]},"
	"{\"local\":\"192.0.2.1:700\",\"address\":\"192.0.2.2:2049\",\"role\":\"client\",\"identity\":[\"server.test\",\"b.test\"],\"identity_left_out\":1,"
	"\"serial\":\"01\",\"certificate\":\"host\",\"mutual\":true,\"established\":\"2026-11-23T10:00:00Z\","
	"\"expires\":\"2027-11-23T10:00:00Z\"},"
	"{\"local\":\"[2001:db8::2]:2049\",\"address\":\"[2001:db8::1]:800\",\"role\":\"server\",\"identity\":null,"
	"\"mutual\":false},"
	"{\"local\":\"192.0.2.1:701\",\"address\":\"192.0.2.2:2049\",\"mutual\":null,\"established\":7},"
	"3,{\"local\":[],\"address\":{}}]}";

static void connections_are_found_by_their_ends(void **state)
{
	struct agent_sessions *sessions = agent_sessions_new(json_tokener_parse(answer));
	struct sockaddr_storage client = end("::ffff:192.0.2.1", 700), server = end("192.0.2.2", 2049);
	struct sockaddr_storage client6 = end("2001:db8::1", 800), server6 = end("2001:db8::2", 2049);
	struct agent_session session;
	char names[AGENT_NAMES_MAX];

	(void)state;
	assert_non_null(sessions);
	assert_true(agent_sessions_find(sessions, &client, &server, &session));
	assert_int_equal(agent_session_names(&session, names, sizeof(names)), 1);
	assert_string_equal(names, "server.test"); /* the younger one */
	assert_string_equal(names + sizeof("server.test"), "b.test");
	assert_int_equal(agent_session_names(&session, names, sizeof("server.test") + 1), 2);
	assert_string_equal(session.serial, "01");
	assert_string_equal(session.certificate, "host");
	assert_int_equal(session.mutual, AGENT_MUTUAL_YES);
	assert_int_equal(session.established, 1795428000);
	assert_int_equal(session.expires, 1795428000 + 365 * 86400);

	assert_true(agent_sessions_find(sessions, &server6, &client6, &session));
	assert_int_equal(session.mutual, AGENT_MUTUAL_NO);
	assert_int_equal(agent_session_names(&session, names, sizeof(names)), 0);
	assert_string_equal(names, "");
	assert_int_equal(session.expires, 0);
	assert_false(agent_sessions_find(sessions, &client6, &server6, &session)); /* the other way round */

	client = end("192.0.2.1", 701);
	assert_true(agent_sessions_find(sessions, &client, &server, &session));
	assert_int_equal(session.mutual, AGENT_MUTUAL_UNKNOWN);
	assert_int_equal(session.established, 0);
	client = end("192.0.2.1", 702);
	assert_false(agent_sessions_find(sessions, &client, &server, &session));
	agent_sessions_free(sessions);
}

static void count(const struct agent_session *session, void *context)
{
	size_t *servers = context;

	*servers += session->role[0] == 's';
}

static void all_are_visited(void **state)
{
	struct agent_sessions *sessions = agent_sessions_new(json_tokener_parse(answer));
	size_t servers = 0;

	(void)state;
	agent_sessions_visit(sessions, count, &servers);
	assert_int_equal(servers, 1);
	agent_sessions_free(sessions);
}

/* Those are no sessions, for nobody who asks for some. */
static void handshakes_under_way_are_no_sessions(void **state)
{
	static const char both[] =
		"{\"sessions\":[{\"local\":\"192.0.2.1:700\",\"address\":\"192.0.2.2:2049\",\"role\":\"server\"}],"
		"\"under_way\":[{\"local\":\"192.0.2.1:701\",\"address\":\"192.0.2.2:2049\",\"role\":\"server\"},7]}";
	struct agent_sessions *sessions = agent_sessions_new(json_tokener_parse(both));
	struct sockaddr_storage one = end("192.0.2.1", 700), other = end("192.0.2.1", 701);
	struct sockaddr_storage peer = end("192.0.2.2", 2049);
	struct agent_session session;
	size_t servers = 0;

	(void)state;
	assert_true(agent_sessions_find(sessions, &one, &peer, &session));
	assert_false(agent_sessions_starting(sessions, &one, &peer));
	assert_false(agent_sessions_find(sessions, &other, &peer, &session));
	assert_true(agent_sessions_starting(sessions, &other, &peer));
	assert_false(agent_sessions_starting(NULL, &other, &peer));
	agent_sessions_visit(sessions, count, &servers);
	assert_int_equal(servers, 1);
	agent_sessions_free(sessions);
}

static void proofs_are_found_by_name(void **state)
{
	static const char proofs[] =
		"{\"sessions\":[{\"local\":\"192.0.2.1:700\",\"address\":\"192.0.2.2:2049\",\"role\":\"client\","
		"\"peer\":\"a.test\",\"proofs\":[{\"name\":\"a.test\",\"proven\":true,\"reason\":null},7,"
		"{\"name\":\"b.test\",\"proven\":false,\"reason\":\"wrong\"},{\"name\":\"c.test\"},"
		"{\"name\":\"d.test\",\"proven\":\"true\"}]}]}";
	struct agent_sessions *sessions = agent_sessions_new(json_tokener_parse(proofs));
	struct sockaddr_storage local = end("192.0.2.1", 700), remote = end("192.0.2.2", 2049);
	struct agent_proof proof;

	(void)state;
	assert_true(agent_sessions_proof(sessions, &local, &remote, "A.test.", &proof));
	assert_int_equal(proof.verdict, AGENT_PROVEN);
	assert_string_equal(proof.peer, "a.test");
	assert_true(agent_sessions_proof(sessions, &local, &remote, "b.test", &proof));
	assert_int_equal(proof.verdict, AGENT_NOT_PROVEN);
	assert_string_equal(proof.reason, "wrong");
	assert_true(agent_sessions_proof(sessions, &local, &remote, "c.test", &proof));
	assert_int_equal(proof.verdict, AGENT_NOT_PROVEN);
	assert_true(agent_sessions_proof(sessions, &local, &remote, "d.test", &proof));
	assert_int_equal(proof.verdict, AGENT_NOT_PROVEN);
	assert_false(agent_sessions_proof(sessions, &local, &remote, "e.test", &proof));
	remote = end("192.0.2.2", 2050);
	assert_true(agent_sessions_proof(sessions, &local, &remote, "a.test", &proof));
	assert_int_equal(proof.verdict, AGENT_UNKNOWN);
	assert_non_null(strstr(proof.reason, "started later"));
	assert_true(agent_sessions_proof(NULL, &local, &remote, "a.test", &proof));
	assert_int_equal(proof.verdict, AGENT_UNKNOWN);
	agent_sessions_free(sessions);
}

static void names_are_words_of_a_request(void **state)
{
	static const char *const names[] = { "", "a b", "a\nstatus", "a\t", "\xc3\xa4" };
	struct sockaddr_storage local = end("192.0.2.1", 700), remote = end("192.0.2.2", 2049);
	struct agent_proof proof;
	struct error e;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct agent_proof_question question = { names[i], &local, &remote, false, 0, 0, false };

		assert_int_equal(agent_prove(&question, 1, &proof, &e), -EINVAL);
	}
}

/* Nobody knows anything then, and nothing breaks. */
static void other_answers_have_no_sessions(void **state)
{
	static const char *const others[] = { "{}", "{\"sessions\":7}", "{\"sessions\":[]}", "[]", "7" };
	struct sockaddr_storage client = end("192.0.2.1", 700), server = end("192.0.2.2", 2049);
	struct agent_session session;
	size_t servers = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		struct agent_sessions *sessions = agent_sessions_new(json_tokener_parse(others[i]));

		assert_non_null(sessions);
		assert_false(agent_sessions_find(sessions, &client, &server, &session));
		agent_sessions_free(sessions);
	}
	assert_false(agent_sessions_find(NULL, &client, &server, &session));
	agent_sessions_visit(NULL, count, &servers);
	agent_sessions_free(NULL);
	assert_int_equal(servers, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends_are_shown_as_the_agent_writes_them),
		cmocka_unit_test(connections_are_found_by_their_ends),
		cmocka_unit_test(all_are_visited),
		cmocka_unit_test(handshakes_under_way_are_no_sessions),
		cmocka_unit_test(proofs_are_found_by_name),
		cmocka_unit_test(names_are_words_of_a_request),
		cmocka_unit_test(other_answers_have_no_sessions),
	};

	return cmocka_run_group_tests_name("agent", tests, NULL, NULL);
}
