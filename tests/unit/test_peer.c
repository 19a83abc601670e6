/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "support/peer/peer.h"

static struct sockaddr_storage end(const char *text, unsigned int port)
{
	struct sockaddr_storage all = { .ss_family = AF_INET };
	struct sockaddr_in *v4 = (struct sockaddr_in *)&all;

	assert_int_equal(inet_pton(AF_INET, text, &v4->sin_addr), 1);
	v4->sin_port = htons((uint16_t)port);
	return all;
}

static const char known[] =
	"{\"sessions\":[{\"local\":\"192.0.2.1:700\",\"address\":\"192.0.2.2:2049\",\"role\":\"client\",\"peer\":\"a\","
	"\"proofs\":[{\"name\":\"a\",\"proven\":true},{\"name\":\"b\",\"proven\":false,\"reason\":\"wrong\"}]}]}";

static struct transport_mount mount_of(const char *source, const char *recorded)
{
	return (struct transport_mount){ .source = (char *)(uintptr_t)source,
					 .recorded_source = (char *)(uintptr_t)recorded };
}

/* Nobody answers here, so what the sessions do not have is not known. */
static void a_mount_has_the_server_of_all_its_names(void **state)
{
	static const struct {
		unsigned int port;
		const char *source, *recorded;
		enum agent_verdict verdict;
		const char *host, *why;
	} cases[] = {
		{ 700, "a:/x", NULL, AGENT_PROVEN, "a", "" },
		{ 700, "A.:/x", "a:/x", AGENT_PROVEN, "", "" },
		{ 700, "b:/x", NULL, AGENT_NOT_PROVEN, "b", "wrong" },
		{ 700, "a:/x", "b:/x", AGENT_NOT_PROVEN, "b", "wrong" },
		{ 700, "b:/x", "a:/x", AGENT_NOT_PROVEN, "b", "wrong" },
		{ 700, "a:/x", "", AGENT_PROVEN, "a", "" },
		{ 700, "c:/x", NULL, AGENT_UNKNOWN, "c", "" },
		{ 701, "a:/x", NULL, AGENT_UNKNOWN, "a", "started later" },
		{ 700, "nonsense", NULL, AGENT_UNKNOWN, "?", "" },
	};
	struct agent_sessions *sessions = agent_sessions_new(json_tokener_parse(known));
	struct sockaddr_storage remote = end("192.0.2.2", 2049);
	struct peer_book *book = peer_book_new(sessions, 0);

	(void)state;
	/* twice: what was found is found again */
	for (size_t i = 0; i < 2 * ARRAY_SIZE(cases); i++) {
		size_t c = i % ARRAY_SIZE(cases);
		struct transport_mount mount = mount_of(cases[c].source, cases[c].recorded);
		struct sockaddr_storage local = end("192.0.2.1", cases[c].port);
		struct peer_answer answer;

		peer_judge(book, &local, &remote, &mount, &answer);
		assert_int_equal(answer.verdict, cases[c].verdict);
		assert_non_null(strstr(answer.host, cases[c].host));
		assert_non_null(strstr(answer.why, cases[c].why));
	}
	peer_book_free(book);
	agent_sessions_free(sessions);
}

static void without_an_agent_nothing_is_known(void **state)
{
	struct transport_mount mount = mount_of("a:/x", NULL);
	struct sockaddr_storage local = end("192.0.2.1", 700), remote = end("192.0.2.2", 2049);
	struct peer_book *book = peer_book_new(NULL, 0);
	struct peer_answer answer;

	(void)state;
	peer_judge(book, &local, &remote, &mount, &answer);
	assert_int_equal(answer.verdict, AGENT_UNKNOWN);
	peer_book_free(book);
	peer_book_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mount_has_the_server_of_all_its_names),
		cmocka_unit_test(without_an_agent_nothing_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
