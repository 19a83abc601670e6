/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pure parts of rpc.tlshd: configuration, command line, words, rivals, messages, records. */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "utils/tlshd/cli.h"
#include "utils/tlshd/settings.h"
#include "utils/tlshd/message.h"
#include "utils/tlshd/record.h"
#include "utils/tlshd/rival.h"
#include "utils/tlshd/why.h"

static int read_config(const char *text, struct config *config, struct error *e)
{
	AUTO_CONF *conf = conf_new();
	int r = conf_parse(conf, "test.conf", text, strlen(text), e);

	return r ? r : config_from(conf, config, e);
}

static void test_config_values(void **state)
{
	struct config config;
	struct error e;

	(void)state;
	assert_int_equal(read_config("", &config, &e), 0);
	assert_string_equal(config.role[ROLE_SERVER].certificate, "host");
	assert_false(config.role[ROLE_SERVER].certificate_named);
	assert_int_equal(read_config("[client]\ncertificate=alice\ntruststore=/ca.pem\n[server]\ncrl=/crl.pem\n"
				     "alpn=optional\n[agent]\nworkers=3\nuser=daemon\n", &config, &e), 0);
	assert_string_equal(config.role[ROLE_CLIENT].certificate, "alice");
	assert_true(config.role[ROLE_CLIENT].certificate_named);
	assert_string_equal(config.role[ROLE_CLIENT].truststore, "/ca.pem");
	assert_string_equal(config.role[ROLE_SERVER].crl, "/crl.pem");
	assert_true(config.role[ROLE_SERVER].alpn_optional);
	assert_false(config.role[ROLE_CLIENT].alpn_optional);
	assert_int_equal(config.workers, 3);
	assert_string_equal(config.user, "daemon");
}

static void test_config_refusals(void **state)
{
	static const struct {
		const char *text, *words;
	} rows[] = {
		{ "[client]\nminimum=tls\n", "test.conf:2: unknown key \"minimum\"" },
		{ "[klient]\ncertificate=a\n", "unknown section [klient]" },
		{ "[server \"/srv\"]\ncertificate=a\n", "[server \"/srv\"]" },
		{ "[server]\ncertificate=../key\n", "test.conf:2: certificate=../key" },
		{ "[server]\ncertificate=.hidden\n", "without folder" },
		{ "[server]\ncertificate=\n", "without folder" },
		{ "[server]\ntruststore=ca.pem\n", "must begin with /" },
		{ "[server]\nalpn=yes\n", "required or optional" },
		{ "[agent]\nworkers=0\n", "from 1 to 64" },
		{ "[agent]\nworkers=1x\n", "from 1 to 64" },
		{ "[agent]\nuser=\n", "name of a user" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct config config = { .workers = 77 };
		struct error e;

		assert_int_equal(read_config(rows[i].text, &config, &e), -EINVAL);
		if (!strstr(e.text, rows[i].words))
			fail_msg("\"%s\" does not contain \"%s\"", e.text, rows[i].words);
		assert_int_equal(config.workers, 77); /* outputs are written only on success */
	}
}

static int parse_line(struct cli *cli, struct error *e, char **argv)
{
	int argc = 0;

	while (argv[argc])
		argc++;
	return cli_parse(argc, argv, cli, e);
}

static void test_cli(void **state)
{
	struct error e;
	struct cli cli;

	(void)state;
	assert_int_equal(parse_line(&cli, &e, (char *[]){ (char *)"t", NULL }), 0);
	assert_int_equal(cli.action, CLI_RUN);
	assert_int_equal(parse_line(&cli, &e,
				    (char *[]){ (char *)"t", (char *)"-s", (char *)"-c", (char *)"/x", NULL }),
			 0);
	assert_string_equal(cli.conf_path, "/x");
	assert_int_equal(parse_line(&cli, &e, (char *[]){ (char *)"t", (char *)"--ask", (char *)"status", NULL }), 0);
	assert_int_equal(cli.action, CLI_ASK);
	assert_string_equal(cli.request, "status");
	assert_int_equal(parse_line(&cli, &e, (char *[]){ (char *)"t", (char *)"--nope", NULL }), -EINVAL);
	assert_int_equal(parse_line(&cli, &e, (char *[]){ (char *)"t", (char *)"-c", NULL }), -EINVAL);
	assert_int_equal(parse_line(&cli, &e, (char *[]){ (char *)"t", (char *)"word", NULL }), -EINVAL);
}

static void test_why_words(void **state)
{
	(void)state;
	for (enum why why = 0; why < WHY_COUNT; why++) {
		assert_non_null(why_word(why));
		assert_true(strlen(why_word(why)) < WHY_WORD_MAX);
		if (why == WHY_OK)
			assert_int_equal(why_errno(why), 0);
		else
			assert_true(why_errno(why) == EACCES || why_errno(why) == ETIMEDOUT);
	}
	/* Certificates' words are the same in x509 and here. */
	for (enum x509_verdict v = X509_OK; v <= X509_BAD; v++)
		assert_string_equal(why_word(why_from_verdict(v)), x509_verdict_word(v));
	assert_string_equal(why_word((enum why)1000), "agent-error");
}

static void test_rivals(void **state)
{
	static const char text[] =
		"sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode\n"
		"000000005a38b6d0 0   0          00000000 0        0        0     2        0        4\n"
		"000000005a38b6d1 16  812        00004000 0        0        0     2        0        1001\n"
		"000000005a38b6d2 16  813        00002000 0        0        0     2        0        1002\n"
		"000000005a38b6d3 15  814        00004000 0        0        0     2        0        1003\n"
		"000000005a38b6d4 16  815        0000c000 0        0        0     2        0        1004\n"
		"garbage\n";
	unsigned long inodes[RIVAL_MAX];

	(void)state;
	assert_int_equal(rival_inodes(text, 15, inodes), 2);
	assert_int_equal(inodes[0], 1001);
	assert_int_equal(inodes[1], 1004);
	assert_int_equal(rival_inodes(text, 1, inodes), 0);
	assert_int_equal(rival_inodes(text, 0, inodes), 0);
	assert_int_equal(rival_inodes(text, 33, inodes), 0);
	assert_int_equal(rival_inodes("", 15, inodes), 0);
}

static void test_messages_carry_descriptors(void **state)
{
	struct task task = { .id = 5 }, got;
	int pair[2], fd, pipe_fds[2];

	(void)state;
	assert_int_equal(message_pair(pair), 0);
	assert_int_equal(pipe(pipe_fds), 0);
	assert_int_equal(message_send(pair[0], &task, sizeof(task), pipe_fds[0]), 0);
	assert_int_equal(message_receive(pair[1], &got, sizeof(got), &fd), sizeof(got));
	assert_int_equal(got.id, 5);
	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	/* A message that does not fit is refused, not cut. */
	assert_int_equal(message_send(pair[0], &task, sizeof(task), -1), 0);
	assert_int_equal(message_receive(pair[1], &got, 4, &fd), -EMSGSIZE);
	assert_int_equal(fd, -1);
	close(pair[0]);
	assert_int_equal(message_receive(pair[1], &got, sizeof(got), &fd), 0);
	close(pair[1]);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
}

static void send_two_descriptors(int channel, int fd)
{
	char control[CMSG_SPACE(2 * sizeof(int))] __attribute__((aligned(8))) = { 0 };
	struct iovec io = { .iov_base = (char[]){ 'x' }, .iov_len = 1 };
	struct msghdr header = {
		.msg_iov = &io, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *rights = CMSG_FIRSTHDR(&header);

	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(2 * sizeof(int));
	memcpy(CMSG_DATA(rights), (int[]){ fd, fd }, 2 * sizeof(int));
	assert_int_equal(sendmsg(channel, &header, 0), 1);
}

/* A worker must not be able to fill the kernel role's table of descriptors. */
static void test_unwanted_descriptors_are_not_kept(void **state)
{
	int pair[2], fd, lowest, now;
	char got;

	(void)state;
	assert_int_equal(message_pair(pair), 0);
	lowest = dup(pair[0]);
	close(lowest);
	send_two_descriptors(pair[0], pair[0]);
	assert_int_equal(message_receive(pair[1], &got, sizeof(got), &fd), -EMSGSIZE);
	assert_int_equal(fd, -1);
	send_two_descriptors(pair[0], pair[0]);
	assert_int_equal(message_receive(pair[1], &got, sizeof(got), NULL), -EMSGSIZE);
	assert_int_equal(message_send(pair[0], &got, sizeof(got), pair[0]), 0);
	assert_int_equal(message_receive(pair[1], &got, sizeof(got), NULL), -EMSGSIZE);
	now = dup(pair[0]);
	assert_int_equal(now, lowest);
	close(now);
	close(pair[0]);
	close(pair[1]);
}

static struct sockaddr_storage address(const char *text, unsigned int port)
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

static void test_addresses(void **state)
{
	static const struct {
		const char *text, *shown;
	} rows[] = {
		{ "192.0.2.1", "192.0.2.1:2049" },
		{ "2001:db8::1", "[2001:db8::1]:2049" },
		{ "::ffff:192.0.2.1", "192.0.2.1:2049" },
		{ "", "-" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct sockaddr_storage a = address(rows[i].text, 2049);
		char shown[80];

		record_address(&a, shown, sizeof(shown));
		assert_string_equal(shown, rows[i].shown);
	}
}

static bool everything_lives(const struct sockaddr_storage *local, const struct sockaddr_storage *remote, void *context)
{
	(void)local;
	(void)remote;
	return *(bool *)context;
}

static size_t count_sessions(struct record *record, bool live)
{
	struct json_object *all = record_sessions(record, everything_lives, &live);
	size_t count = json_object_array_length(all);

	json_object_put(all);
	return count;
}

static void test_record_is_bounded(void **state)
{
	struct record *record = record_new();
	struct outcome good = { .why = WHY_OK }, bad = { .why = WHY_EXPIRED, .reason = "too old" };
	struct record_handshake handshake = { .role = ROLE_SERVER, .peer = "", .local = address("192.0.2.2", 2049) };
	struct json_object *failures, *one;

	(void)state;
	for (unsigned int i = 1; i <= 2000; i++) {
		struct in_addr number = { htonl(0xc0000000u + i) };
		char text[INET_ADDRSTRLEN];

		handshake.remote = address(inet_ntop(AF_INET, &number, text, sizeof(text)), 700);
		handshake.outcome = &bad;
		record_add(record, &handshake);
		record_add(record, &handshake);
		handshake.outcome = &good;
		record_add(record, &handshake);
	}
	failures = record_failures(record);
	assert_int_equal(json_object_array_length(failures), RECORD_FAILURES_MAX);
	one = json_object_array_get_idx(failures, RECORD_FAILURES_MAX - 1);
	assert_int_equal(json_object_get_int(json_object_object_get(one, "count")), 2);
	assert_string_equal(json_object_get_string(json_object_object_get(one, "why")), "expired");
	json_object_put(failures);
	assert_int_equal(count_sessions(record, true), 2000);
	assert_int_equal(count_sessions(record, false), 0);
	assert_int_equal(count_sessions(record, true), 0);
	record_free(record);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_config_values),	cmocka_unit_test(test_config_refusals),
		cmocka_unit_test(test_cli),		cmocka_unit_test(test_why_words),
		cmocka_unit_test(test_rivals),		cmocka_unit_test(test_messages_carry_descriptors),
		cmocka_unit_test(test_unwanted_descriptors_are_not_kept),
		cmocka_unit_test(test_addresses),	cmocka_unit_test(test_record_is_bounded),
	};

	return cmocka_run_group_tests_name("tlshd", tests, NULL, NULL);
}
