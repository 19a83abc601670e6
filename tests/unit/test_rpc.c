/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/rpc/rpc.h"

#define XID 0x12345678u
#define MALFORMED (-EPROTO)
#define STARTTLS_WORDS 0x53544152, 0x54544c53

static size_t put_words(unsigned char *to, const uint32_t *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t wire = htonl(words[i]);

		memcpy(to + 4 * i, &wire, 4);
	}
	return 4 * count;
}

/* ---- calls -------------------------------------------------------------- */

static void test_call_is_as_rfc_9289_wants_it(void **state)
{
	static const uint32_t expected[] = { 0x80000028, XID, 0, 2, 100003, 4, 0, 7, 0, 0, 0 };
	unsigned char call[RPC_NULL_CALL_SIZE], wanted[sizeof(expected)];

	(void)state;
	assert_int_equal(put_words(wanted, expected, ARRAY_SIZE(expected)), sizeof(call));
	rpc_put_null_call(call, XID, RPC_NFS_PROGRAM, 4, RPC_AUTH_TLS);
	assert_memory_equal(call, wanted, sizeof(call));
	rpc_put_null_call(call, XID, RPC_NFS_PROGRAM, 4, RPC_AUTH_NONE);
	assert_int_equal(call[31], 0);
}

/* ---- replies ------------------------------------------------------------- */

#define NO_ANSWER (-1)

static const struct reply_case {
	const char *name;
	uint32_t words[12];
	size_t count;
	int result; /* of the decoder */
	struct rpc_reply reply;
	int tls_result;
	int answer; /* NO_ANSWER or enum rpc_tls_answer */
		    /* clang-format off */
} replies[] = {
	{ "offered", { XID, 1, 0, 0, 8, STARTTLS_WORDS, 0 }, 8, 0, { .status = RPC_ACCEPTED, .starttls = true }, 0,
	  RPC_TLS_OFFERED },
	{ "plain success", { XID, 1, 0, 0, 0, 0 }, 6, 0, { .status = RPC_ACCEPTED }, 0, RPC_TLS_NOT_OFFERED },
	{ "STARTTLS in a verifier of another flavor", { XID, 1, 0, 6, 8, STARTTLS_WORDS, 0 }, 8, 0,
	  { .status = RPC_ACCEPTED }, 0, RPC_TLS_NOT_OFFERED },
	{ "STARTTLS with something behind it", { XID, 1, 0, 0, 9, STARTTLS_WORDS, 0x20000000, 0 }, 9, 0,
	  { .status = RPC_ACCEPTED }, 0, RPC_TLS_NOT_OFFERED },
	{ "starttls in small letters", { XID, 1, 0, 0, 8, 0x73746172, 0x74746c73, 0 }, 8, 0,
	  { .status = RPC_ACCEPTED }, 0, RPC_TLS_NOT_OFFERED },
	{ "only START", { XID, 1, 0, 0, 5, 0x53544152, 0x54000000, 0 }, 8, 0, { .status = RPC_ACCEPTED }, 0,
	  RPC_TLS_NOT_OFFERED },
	{ "bad credential", { XID, 1, 1, 1, 1 }, 5, 0, { .status = RPC_DENIED_AUTH, .auth_reason = 1 }, 0,
	  RPC_TLS_NOT_OFFERED },
	{ "credential too weak", { XID, 1, 1, 1, 5 }, 5, 0, { .status = RPC_DENIED_AUTH, .auth_reason = 5 }, 0,
	  RPC_TLS_NOT_OFFERED },
	{ "no such version, with STARTTLS", { XID, 1, 0, 0, 8, STARTTLS_WORDS, 2, 3, 4 }, 10, 0,
	  { .status = RPC_PROG_MISMATCH, .starttls = true, .low = 3, .high = 4 }, -EPROTONOSUPPORT, NO_ANSWER },
	{ "no such program, with STARTTLS", { XID, 1, 0, 0, 8, STARTTLS_WORDS, 1 }, 8, 0,
	  { .status = RPC_PROG_UNAVAIL, .starttls = true }, -EPROTONOSUPPORT, NO_ANSWER },
	{ "another version of RPC", { XID, 1, 1, 0, 3, 3 }, 6, 0,
	  { .status = RPC_DENIED_VERSION, .low = 3, .high = 3 }, -EPROTONOSUPPORT, NO_ANSWER },
	{ "no such procedure", { XID, 1, 0, 0, 0, 3 }, 6, 0, { .status = RPC_PROC_UNAVAIL }, -EPROTO, NO_ANSWER },
	{ "garbage arguments", { XID, 1, 0, 0, 0, 4 }, 6, 0, { .status = RPC_GARBAGE_ARGS }, -EPROTO, NO_ANSWER },
	{ "trouble of its own", { XID, 1, 0, 0, 0, 5 }, 6, 0, { .status = RPC_SYSTEM_ERR }, -EPROTO, NO_ANSWER },

	{ "nothing", { 0 }, 0, MALFORMED, { 0 }, 0, NO_ANSWER },
	{ "a call", { XID, 0, 2, 100003, 4, 0, 0, 0, 0, 0 }, 10, MALFORMED, { 0 }, 0, NO_ANSWER },
	{ "for another call", { XID + 1, 1, 0, 0, 8, STARTTLS_WORDS, 0 }, 8, MALFORMED, { 0 }, 0, NO_ANSWER },
	{ "neither accepted nor denied", { XID, 1, 2, 0, 0, 0 }, 6, MALFORMED, { 0 }, 0, NO_ANSWER },
	{ "unknown status", { XID, 1, 0, 0, 0, 6 }, 6, MALFORMED, { 0 }, 0, NO_ANSWER },
	{ "denied for an unknown reason", { XID, 1, 1, 2, 1 }, 5, MALFORMED, { 0 }, 0, NO_ANSWER },
	{ "denied, and AUTH_OK", { XID, 1, 1, 1, 0 }, 5, MALFORMED, { 0 }, 0, NO_ANSWER },
	{ "verifier longer than the message", { XID, 1, 0, 0, 400, 0 }, 6, MALFORMED, { 0 }, 0, NO_ANSWER },
	{ "verifier longer than any", { XID, 1, 0, 0, 0xfffffffd, 0 }, 6, MALFORMED, { 0 }, 0, NO_ANSWER },
	{ "versions the wrong way round", { XID, 1, 0, 0, 0, 2, 4, 3 }, 8, MALFORMED, { 0 }, 0, NO_ANSWER },
	{ "something left over", { XID, 1, 0, 0, 8, STARTTLS_WORDS, 0, 0 }, 9, MALFORMED, { 0 }, 0, NO_ANSWER },
};
/* clang-format on */

static void check_tls_answer(const struct reply_case *c, const struct rpc_reply *reply)
{
	enum rpc_tls_answer answer = RPC_TLS_OFFERED;
	struct error e;

	if (rpc_tls_answer_of(reply, &answer, &e) != c->tls_result)
		fail_msg("%s: not the result %d", c->name, c->tls_result);
	if (c->answer != NO_ANSWER && (int)answer != c->answer)
		fail_msg("%s: not the answer %d", c->name, c->answer);
}

static void test_replies(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(replies); i++) {
		const struct reply_case *c = &replies[i];
		unsigned char message[sizeof(c->words)];
		struct rpc_reply reply = { 0 };
		struct error e = { .text = "" };
		int r = rpc_decode_reply(message, put_words(message, c->words, c->count), XID, &reply, &e);

		if (r != c->result || memcmp(&reply, &c->reply, sizeof(reply)))
			fail_msg("%s: result %d, status %s", c->name, r, rpc_status_word(reply.status));
		if (r)
			assert_true(*e.text);
		else
			check_tls_answer(c, &reply);
	}
}

static void test_every_cut_is_malformed(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(replies); i++) {
		unsigned char message[sizeof(replies[i].words)];
		struct rpc_reply reply;
		size_t size = put_words(message, replies[i].words, replies[i].count);

		for (size_t cut = 0; !replies[i].result && cut < size; cut++)
			assert_int_equal(rpc_decode_reply(message, cut, XID, &reply, NULL), MALFORMED);
	}
}

/* ---- records --------------------------------------------------------------- */

/* Feeds all bytes, at most piece at a time; the number of bytes that were taken, or the error. */
static int feed(struct rpc_record *record, const unsigned char *bytes, size_t size, size_t piece)
{
	size_t at = 0, room;
	unsigned char *to;

	while (at < size && (room = rpc_record_room(record, &to))) {
		size_t step = room < piece ? room : piece;
		int r;

		step = step < size - at ? step : size - at;
		memcpy(to, bytes + at, step);
		at += step;
		r = rpc_record_advance(record, step, NULL);
		if (r)
			return r;
	}
	return (int)at;
}

static void test_record_in_fragments_and_pieces(void **state)
{
	/* two fragments, and the beginning of what is not ours to read */
	static const unsigned char bytes[] = "\0\0\0\3abc\200\0\0\4defg\26\3\1";

	(void)state;
	for (size_t piece = 1; piece < sizeof(bytes); piece++) {
		struct rpc_record record = { 0 };
		unsigned char *to;

		assert_int_equal(feed(&record, bytes, sizeof(bytes) - 1, piece), 15);
		assert_int_equal(rpc_record_room(&record, &to), 0);
		assert_int_equal(record.size, 7);
		assert_memory_equal(record.data, "abcdefg", 7);
	}
}

static void test_what_is_no_record(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
	} rows[] = {
		{ "HTTP/1.1 400 Bad Request\r\n", 26 },
		{ "SSH-2.0-OpenSSH_9.2\r\n", 21 },
		{ "\0\0\0\0", 4 },
		{ "\200\0\0\0", 4 },
		{ "\200\0\2\1", 4 }, /* one byte more than RPC_REPLY_MAX */
		{ "\0\0\0\1a\200\0\2\0", 9 },
		{ "\377\377\377\377", 4 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct rpc_record record = { 0 };

		assert_int_equal(feed(&record, (const unsigned char *)rows[i].bytes, rows[i].size, 64), MALFORMED);
	}
}

/* ---- connections ------------------------------------------------------------ */

/* Listens on the loopback's address; the address is filled in. */
static int listen_locally(struct sockaddr_in *address)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t size = sizeof(*address);

	*address = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)address, size), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)address, &size), 0);
	assert_int_equal(listen(fd, 4), 0);
	return fd;
}

/* A child that takes one call and says words (the first of which becomes the call's xid), or, without words, closes. */
static pid_t answer_once(int listener, const uint32_t *words, size_t count)
{
	unsigned char call[RPC_NULL_CALL_SIZE], reply[64];
	pid_t child = fork();
	int fd;

	assert_true(child >= 0);
	if (child)
		return child;
	fd = accept(listener, NULL, NULL);
	if (fd < 0 || recv(fd, call, sizeof(call), MSG_WAITALL) != sizeof(call))
		_exit(1);
	if (count) {
		put_words(reply + 4, words, count);
		memcpy(reply + 4, call + 4, 4);
		put_words(reply, (uint32_t[]){ 0x80000000 | (uint32_t)(4 * count) }, 1);
		if (send(fd, reply, 4 * count + 4, MSG_NOSIGNAL) != (ssize_t)(4 * count + 4))
			_exit(1);
	}
	_exit(0);
}

static int probe_answered_with(const uint32_t *words, size_t count, enum rpc_tls_answer *answer, struct error *e)
{
	struct sockaddr_in address;
	AUTO_FD listener = listen_locally(&address);
	pid_t child = answer_once(listener, words, count);
	int status,
		r = rpc_probe_tls((struct sockaddr *)&address, sizeof(address), RPC_NFS_PROGRAM, 4, 20000, answer, e);

	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	return r;
}

static void test_probe_offered(void **state)
{
	static const uint32_t words[] = { XID, 1, 0, 0, 8, STARTTLS_WORDS, 0 };
	enum rpc_tls_answer answer = RPC_TLS_NOT_OFFERED;
	struct error e;

	(void)state;
	assert_int_equal(probe_answered_with(words, ARRAY_SIZE(words), &answer, &e), 0);
	assert_int_equal(answer, RPC_TLS_OFFERED);
}

static void test_probe_refused(void **state)
{
	static const uint32_t words[] = { XID, 1, 1, 1, 2 };
	enum rpc_tls_answer answer = RPC_TLS_OFFERED;
	struct error e;

	(void)state;
	assert_int_equal(probe_answered_with(words, ARRAY_SIZE(words), &answer, &e), 0);
	assert_int_equal(answer, RPC_TLS_NOT_OFFERED);
}

static void test_probe_without_answer_is_an_error(void **state)
{
	enum rpc_tls_answer answer;
	struct error e;

	(void)state;
	assert_int_equal(probe_answered_with(NULL, 0, &answer, &e), -ECONNRESET);
	assert_non_null(strstr(e.text, "closed the connection instead of answering"));
}

static void test_probe_is_bounded(void **state)
{
	struct sockaddr_in address;
	AUTO_FD listener = listen_locally(&address);
	enum rpc_tls_answer answer;
	int64_t began = clock_ms();
	struct error e;

	(void)state;
	assert_int_equal(rpc_probe_tls((struct sockaddr *)&address, sizeof(address), RPC_NFS_PROGRAM, 4, 50, &answer,
				       &e),
			 -ETIMEDOUT);
	assert_true(clock_ms() - began >= 50);
	assert_non_null(strstr(e.text, "did not answer within"));
}

static void test_probe_of_a_closed_port(void **state)
{
	struct sockaddr_in address;
	int listener = listen_locally(&address);
	enum rpc_tls_answer answer;
	struct error e;

	(void)state;
	close(listener);
	assert_int_equal(rpc_probe_tls((struct sockaddr *)&address, sizeof(address), RPC_NFS_PROGRAM, 4, 20000, &answer,
				       &e),
			 -ECONNREFUSED);
	assert_non_null(strstr(e.text, "nothing listens there"));
}

static void test_address_text(void **state)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(2049) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(20049) };
	char text[RPC_ADDRESS_TEXT_MAX];

	(void)state;
	inet_pton(AF_INET, "192.0.2.1", &v4.sin_addr);
	inet_pton(AF_INET6, "2001:db8::1", &v6.sin6_addr);
	rpc_address_text((struct sockaddr *)&v4, sizeof(v4), text);
	assert_string_equal(text, "192.0.2.1:2049");
	rpc_address_text((struct sockaddr *)&v6, sizeof(v6), text);
	assert_string_equal(text, "[2001:db8::1]:20049");
	rpc_address_text((struct sockaddr *)&v4, 1, text);
	assert_string_equal(text, "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_call_is_as_rfc_9289_wants_it),
		cmocka_unit_test(test_replies),
		cmocka_unit_test(test_every_cut_is_malformed),
		cmocka_unit_test(test_record_in_fragments_and_pieces),
		cmocka_unit_test(test_what_is_no_record),
		cmocka_unit_test(test_probe_offered),
		cmocka_unit_test(test_probe_refused),
		cmocka_unit_test(test_probe_without_answer_is_an_error),
		cmocka_unit_test(test_probe_is_bounded),
		cmocka_unit_test(test_probe_of_a_closed_port),
		cmocka_unit_test(test_address_text),
	};

	return cmocka_run_group_tests_name("rpc", tests, NULL, NULL);
}
