/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of rpc.tlshd that need no kernel: credentials, command line, words, rivals, messages, records. */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <libmnl/libmnl.h>
#include <linux/capability.h>
#include <linux/netlink_diag.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/rival/rival.h"
#include "support/tls/tls.h"
#include "utils/tlshd/clear_alert.h"
#include "utils/tlshd/cli.h"
#include "utils/tlshd/credentials.h"
#include "utils/tlshd/message.h"
#include "utils/tlshd/record.h"
#include "utils/tlshd/volumes.h"

/* ---- credentials ------------------------------------------------------------ */

/* A self-signed authority, valid for any clock. */
static const char authority_pem[] = "-----BEGIN CERTIFICATE-----\n"
				    "MIIBgTCCASigAwIBAgIUPkGV33OBOxI7KoqkTu8A6cgXGgowCgYIKoZIzj0EAwIw\n"
				    "DzENMAsGA1UEAwwEVGVzdDAgFw0yNjExMjMxMTEyMzJaGA8yMTI2MTAzMDExMTIz\n"
				    "MlowDzENMAsGA1UEAwwEVGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABIDc\n"
				    "kdfDMoQ6OKbYySh/aEVP1PXAu22rNLjP+m0qjpElYKxV7KhSGrnzeMMAcnCUTCRh\n"
				    "cPNAZn1hgyUOYexc9EmjYDBeMB0GA1UdDgQWBBSELoXs5annBcZRzpv46rCnQ5wF\n"
				    "ejAfBgNVHSMEGDAWgBSELoXs5annBcZRzpv46rCnQ5wFejAPBgNVHRMBAf8EBTAD\n"
				    "AQH/MAsGA1UdDwQEAwICBDAKBggqhkjOPQQDAgNHADBEAiBPDHGtMuwsSXsloeRp\n"
				    "ijzsCfUbpoB5pKd9Hvl7qo18HAIgOI8YT1pxRr1dcDnllVmseYGKiTzOOb53Srf3\n"
				    "X/Dj8ak=\n"
				    "-----END CERTIFICATE-----\n";

struct folder {
	char path[64];
	char conf[80];
};

static void write_file(const struct folder *in, const char *name, const char *text)
{
	AUTO_STRBUF path = { 0 };
	FILE *file;

	strbuf_addf(&path, "%s/%s", in->path, name);
	file = fopen(path.text, "w");
	assert_non_null(file);
	assert_int_equal(fputs(text, file) < 0, 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path.text, 0644), 0);
}

static void remove_file(const struct folder *in, const char *name)
{
	AUTO_STRBUF path = { 0 };

	strbuf_addf(&path, "%s/%s", in->path, name);
	assert_int_equal(unlink(path.text), 0);
}

static void make_folder(struct folder *folder)
{
	snprintf(folder->path, sizeof(folder->path), "/tmp/test_tlshd.XXXXXX");
	assert_non_null(mkdtemp(folder->path));
	snprintf(folder->conf, sizeof(folder->conf), "%s/conf", folder->path);
}

/* Each "@" in text stands for the folder. */
static void write_conf(const struct folder *in, const char *text)
{
	AUTO_STRBUF conf = { 0 };

	for (; *text; text++) {
		if (*text == '@')
			strbuf_addf(&conf, "%s", in->path);
		else
			strbuf_add(&conf, text, 1);
	}
	write_file(in, "conf", conf.text);
}

static const struct x509_trust *server_trust(const struct credentials *credentials, const char *local)
{
	struct policy_connection answer;
	struct ip_address address;
	struct error e;

	assert_true(address_parse(local, &address));
	assert_int_equal(policy_server_connection(credentials->policy, NULL, &address, &answer, &e), 0);
	assert_non_null(credentials_certificate(credentials, ROLE_SERVER, &answer.certificate));
	return credentials_trust(credentials, ROLE_SERVER, &answer);
}

static void test_trust_by_answer(void **state)
{
	struct credentials *credentials;
	struct watch watch = { 0 };
	struct folder folder;
	struct error e;

	(void)state;
	make_folder(&folder);
	write_file(&folder, "a.pem", authority_pem);
	write_file(&folder, "b.pem", authority_pem);
	write_conf(&folder, "[server]\ntruststore=@/a.pem\n[server \"192.0.2.0/24\"]\ntruststore=@/b.pem\n"
			    "[agent]\nworkers=3\nuser=daemon\n");
	assert_int_equal(credentials_load(folder.conf, NULL, &credentials, &watch, &e), 0);
	assert_int_equal(policy_workers(credentials->policy), 3);
	assert_string_equal(policy_user(credentials->policy), "daemon");
	assert_int_equal(credentials->role[ROLE_SERVER].store_count, 2);
	assert_non_null(server_trust(credentials, "198.51.100.1"));
	assert_int_equal(x509_trust_count(server_trust(credentials, "198.51.100.1")), 1);
	assert_non_null(server_trust(credentials, "192.0.2.7"));
	assert_ptr_not_equal(server_trust(credentials, "192.0.2.7"), server_trust(credentials, "198.51.100.1"));
	assert_ptr_equal(server_trust(credentials, "192.0.2.7"), server_trust(credentials, "192.0.2.8"));
	credentials_free(credentials);
	/* Every file that was read is watched, and so is a folder that was missing. */
	assert_false(watch_changed(&watch));
	write_file(&folder, "b.pem", "another");
	assert_true(watch_changed(&watch));
	assert_true(credentials_load(folder.conf, NULL, &credentials, &watch, &e) < 0);
	assert_non_null(strstr(e.text, "conf:4: [server \"192.0.2.0/24\"] truststore="));
	assert_false(watch_changed(&watch));
	remove_file(&folder, "b.pem");
	assert_true(watch_changed(&watch));
	watch_free(&watch);
	remove_file(&folder, "a.pem");
	remove_file(&folder, "conf");
	assert_int_equal(rmdir(folder.path), 0);
}

/* What the policy itself refuses is tested there; here, what it names and is not there. */
static void test_credentials_refusals(void **state)
{
	static const struct {
		const char *text, *words;
	} rows[] = {
		{ "[server]\ncertificate=test-none-such\n", "conf:2: [server] certificate=test-none-such:"
							    " " CERTIFICATE_FOLDER "/test-none-such.pem does not "
							    "exist" },
		{ "[client \"a.example.org\"]\n\ncertificate=test-none-such\n",
		  "conf:3: [client \"a.example.org\"] certificate=test-none-such: " },
		{ "[client]\ntruststore=@/none.pem\n", "conf:2: [client] truststore=" },
		{ "[server]\ntruststore=@/a.pem\ncrl=@/none.pem\n", "conf:3: [server] crl=" },
		{ "[server]\ntruststore=@/a.pem\ncrl=@/a.pem\n", "a.pem is a certificate" },
		{ "[klient]\ncertificate=a\n", "conf:2: unknown section [klient]" },
		{ "[server]\nminimum=most\n", "conf:2" },
	};
	struct folder folder;

	(void)state;
	make_folder(&folder);
	write_file(&folder, "a.pem", authority_pem);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct credentials *credentials = NULL;
		struct watch watch = { 0 };
		struct error e;

		write_conf(&folder, rows[i].text);
		assert_true(credentials_load(folder.conf, NULL, &credentials, &watch, &e) < 0);
		if (!strstr(e.text, rows[i].words))
			fail_msg("\"%s\" does not contain \"%s\"", e.text, rows[i].words);
		assert_null(credentials); /* outputs are written only on success */
		assert_false(watch_changed(&watch));
		write_conf(&folder, "[server]\n[client]\n");
		assert_true(watch_changed(&watch));
		watch_free(&watch);
	}
	remove_file(&folder, "a.pem");
	remove_file(&folder, "conf");
	assert_int_equal(rmdir(folder.path), 0);
}

/* A set in use, with one certificate that is loaded into the kernel. */
static struct credentials *loaded_before(const char *name)
{
	struct credentials *before = calloc(1, sizeof(*before));
	struct certificate *one = calloc(1, sizeof(*one));

	assert_non_null(before);
	assert_non_null(one);
	one->name = name;
	one->exists = true;
	one->own.place = OWNCERT_IN_KEYRING;
	before->certificate = one;
	before->certificate_count = 1;
	HASH_ADD_KEYPTR(hh, before->by_name, one->name, strlen(one->name), one);
	return before;
}

/* What was unloaded must not be gone on with, at this reload and at those after it. */
static void test_unloaded_certificates_are_given_up(void **state)
{
	struct credentials *before = loaded_before("test-none-such"), *after = NULL, *later;
	struct watch watch = { 0 };
	struct folder folder;
	struct error e;

	(void)state;
	make_folder(&folder);
	write_file(&folder, "a.pem", authority_pem);
	write_conf(&folder, "[client]\ntruststore=@/a.pem\n[server]\ncertificate=test-none-such\ntruststore=@/a.pem\n");
	/* What is only gone may be back in a moment. */
	assert_true(credentials_load(folder.conf, before, &after, &watch, &e) < 0);
	assert_null(after);
	assert_false(credentials_forget(before, "test-other"));
	assert_true(credentials_forget(before, "test-none-such"));
	assert_int_equal(credentials_load(folder.conf, before, &after, &watch, &e), 0);
	assert_false(after->role[ROLE_SERVER].certificate[1]->exists);
	assert_true(after->role[ROLE_SERVER].certificate[1]->was_unloaded);
	assert_int_equal(credentials_load(folder.conf, after, &later, &watch, &e), 0);
	assert_true(later->role[ROLE_SERVER].certificate[1]->was_unloaded);
	credentials_free(later);
	credentials_free(after);
	credentials_free(before);
	watch_free(&watch);
	remove_file(&folder, "a.pem");
	remove_file(&folder, "conf");
	assert_int_equal(rmdir(folder.path), 0);
}

/* ---- the command line --------------------------------------------------------- */

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

/* In whatever pieces it comes. */
static void test_alerts_in_clear_text(void **state)
{
	static const unsigned char changed[] = { 20, 3, 3, 0, 1, 1 }, alert[] = { 21, 3, 3, 0, 2, 2, 48 };
	static const unsigned char encrypted[] = { 21, 3, 3, 0, 19 }, data[] = { 23, 3, 3, 1, 0 };
	static const unsigned char empty[] = { 22, 3, 3, 0, 0 };
	unsigned char stream[1024];
	char reason[256];

	(void)state;
	for (size_t piece = 1; piece < sizeof(stream); piece = piece * 2 + 1) {
		struct clear_alert seen = { .size = 0 };
		size_t size = 0;

		memset(stream, 21, sizeof(stream));
		memcpy(stream + size, changed, sizeof(changed));
		size += sizeof(changed);
		memcpy(stream + size, data, sizeof(data));
		size += sizeof(data) + 256;
		memcpy(stream + size, empty, sizeof(empty));
		size += sizeof(empty);
		memcpy(stream + size, alert, sizeof(alert));
		for (size_t at = 0; at < size; at += piece)
			clear_alert_take(&seen, stream + at, at + piece < size ? piece : size - at);
		assert_false(seen.is_last);
		clear_alert_take(&seen, alert, sizeof(alert) - 1);
		assert_false(seen.is_last);
		clear_alert_take(&seen, alert + sizeof(alert) - 1, 1);
		assert_true(seen.is_last);
		assert_int_equal(seen.description, 48);
		/* What is encrypted is longer; and what comes behind it counts. */
		clear_alert_take(&seen, encrypted, sizeof(encrypted));
		assert_true(seen.is_last);
		clear_alert_take(&seen, stream, 19);
		assert_false(seen.is_last);
	}
	assert_int_equal(tls_reason_of_clear_alert(48, "the peer", reason, sizeof(reason)), REASON_REFUSED_BY_PEER);
	assert_non_null(strstr(reason, "refused this host's certificate: "));
	assert_non_null(strstr(reason, "(TLS alert 48, in clear text, for which nobody vouches)"));
	assert_int_equal(tls_reason_of_clear_alert(255, "the peer", reason, sizeof(reason)), REASON_REFUSED_BY_PEER);
	assert_non_null(strstr(reason, "refused the handshake: unknown alert (TLS alert 255,"));
	/* Whoever sends one has the kernel told what it would be told without. */
	assert_int_equal(reason_errno(REASON_REFUSED_BY_PEER), reason_errno(REASON_PROTOCOL));
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
	static const unsigned int others[] = { 1, 0, 33 };
	AUTO_RIVAL_SOCKETS sockets = { 0 };

	(void)state;
	assert_int_equal(rival_inodes(text, 15, &sockets), 0);
	assert_int_equal(sockets.count, 2);
	assert_int_equal(sockets.inodes[0], 1001);
	assert_int_equal(sockets.inodes[1], 1004);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		assert_int_equal(rival_inodes(text, others[i], &sockets), 0);
	assert_int_equal(rival_inodes("", 15, &sockets), 0);
	assert_int_equal(sockets.count, 2);
}

/* As sock_diag tells of a netlink socket (linux/netlink_diag.h): with as many groups as there are. */
static void test_rivals_of_many_groups(void **state)
{
	unsigned long groups[3] = { 0 };
	char room[512] = { 0 };
	struct nlmsghdr *header = mnl_nlmsg_put_header(room);
	struct netlink_diag_msg *diag = mnl_nlmsg_put_extra_header(header, sizeof(*diag));
	unsigned long inode = 0;

	(void)state;
	diag->ndiag_ino = 1001;
	assert_int_equal(rival_decode(header, header->nlmsg_len, 15, &inode), 0); /* it has joined nothing */
	groups[0] = 1ul << 14 | 1ul << 40;
	groups[2] = 1ul << 2;
	mnl_attr_put(header, NETLINK_DIAG_GROUPS, sizeof(groups), groups);
	assert_int_equal(rival_decode(header, header->nlmsg_len, 15, &inode), 1);
	assert_int_equal(inode, 1001);
	assert_int_equal(rival_decode(header, header->nlmsg_len, 41, &inode), 1);
	assert_int_equal(rival_decode(header, header->nlmsg_len, 131, &inode), 1);
	for (unsigned int group = 0; group < 300; group++)
		assert_int_equal(rival_decode(header, header->nlmsg_len, group, &inode),
				 group == 15 || group == 41 || group == 131);
	assert_int_equal(rival_decode(header, header->nlmsg_len - 1, 15, &inode), -EBADMSG);
	assert_int_equal(rival_decode(header, 3, 15, &inode), -EBADMSG);
	header->nlmsg_len = MNL_NLMSG_HDRLEN + 4;
	assert_int_equal(rival_decode(header, header->nlmsg_len, 15, &inode), -EBADMSG);
}

#define ROUTE_GROUP 36 /* RTNLGRP_STATS: anybody may join it, and it is beyond the first 32 */

static bool has_member(unsigned int group, unsigned long inode)
{
	AUTO_RIVAL_SOCKETS members = { 0 };
	struct error e;

	assert_int_equal(rival_members(NETLINK_ROUTE, group, &members, &e), 0);
	for (size_t i = 0; i < members.count; i++)
		if (members.inodes[i] == inode)
			return true;
	return false;
}

/* The kernel of this machine tells of a socket of ours, and of many. */
static void test_rivals_that_the_kernel_shows(void **state)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	int group = ROUTE_GROUP, fd[40];
	struct stat st;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(fd); i++) {
		fd[i] = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
		assert_true(fd[i] >= 0);
		assert_int_equal(bind(fd[i], (struct sockaddr *)&address, sizeof(address)), 0);
		assert_int_equal(fstat(fd[i], &st), 0);
		assert_false(has_member(ROUTE_GROUP, st.st_ino));
		assert_int_equal(setsockopt(fd[i], SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)), 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(fd); i++) {
		assert_int_equal(fstat(fd[i], &st), 0);
		assert_true(has_member(ROUTE_GROUP, st.st_ino));
		assert_false(has_member(ROUTE_GROUP - 32, st.st_ino));
		close(fd[i]);
	}
}

enum rights { ROOT, USER, USER_WITH_CAPABILITY, USER_IN_A_NAMESPACE };

static bool take_rights(enum rights rights)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { { 0 } };

	if (rights == ROOT)
		return true;
	if (prctl(PR_SET_KEEPCAPS, 1) || setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
		return false;
	if (rights == USER_WITH_CAPABILITY)
		data[0].effective = data[0].permitted = 1u << CAP_NET_ADMIN;
	if (syscall(SYS_capset, &header, data))
		return false;
	return rights != USER_IN_A_NAMESPACE || unshare(CLONE_NEWUSER) == 0;
}

/* Whether rival_may_answer() says so of a process with these rights, which is called rpc.mountd. */
static bool may_answer(int folder, enum rights rights)
{
	char pid[16], name[RIVAL_NAME_MAX], byte;
	int ready[2], status;
	pid_t child;
	bool may;

	assert_int_equal(pipe(ready), 0);
	child = fork();
	if (child == 0) {
		if (take_rights(rights) && !prctl(PR_SET_PDEATHSIG, SIGKILL) && !prctl(PR_SET_NAME, "rpc.mountd") &&
		    write(ready[1], "x", 1) == 1)
			pause();
		_exit(1);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	snprintf(pid, sizeof(pid), "%d", (int)child);
	may = rival_may_answer(folder, pid, name);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	close(ready[0]);
	assert_non_null(strstr(name, "rpc.mountd (pid "));
	return may;
}

static void test_who_may_answer(void **state)
{
	int folder = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char name[RIVAL_NAME_MAX];

	(void)state;
	assert_true(folder >= 0);
	assert_int_equal(may_answer(folder, ROOT), geteuid() == 0);
	assert_false(rival_may_answer(folder, "0", name));
	if (geteuid() == 0) {
		assert_false(may_answer(folder, USER));
		assert_true(may_answer(folder, USER_WITH_CAPABILITY));
		assert_false(may_answer(folder, USER_IN_A_NAMESPACE));
	}
	close(folder);
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
		.msg_iov = &io,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
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

/* A worker that somebody has taken over sends what it likes. */
static void outcomes_are_cleaned(void **state)
{
	struct outcome outcome;

	(void)state;
	memset(&outcome, 'A', sizeof(outcome));
	memcpy(outcome.names, "a b\0\n\"\x80\0", 9);
	outcome_clean(&outcome);
	assert_int_equal(outcome.why, REASON_AGENT_ERROR);
	assert_int_equal(strlen(outcome.cause), sizeof(outcome.cause) - 1);
	assert_int_equal(strlen(outcome.serial), sizeof(outcome.serial) - 1);
	assert_memory_equal(outcome.names, "a_b\0?'?\0\0AA", 11);
	assert_int_equal(outcome.names[sizeof(outcome.names) - 1], 0);
	assert_int_equal(outcome.names[sizeof(outcome.names) - 2], 0);
	memset(outcome.names, '\n', sizeof(outcome.names));
	outcome_clean(&outcome);
	assert_int_equal(strlen(outcome.names), sizeof(outcome.names) - 2);
	assert_null(text_list_next(outcome.names, outcome.names));
}

static void test_record_is_bounded(void **state)
{
	struct record *record = record_new();
	struct outcome good = { .why = REASON_OK, .certificate = "files", .names = "a,b\0c\0", .names_left_out = 3 };
	struct outcome bad = { .why = REASON_EXPIRED, .cause = "too old" };
	struct record_handshake handshake = {
		.role = ROLE_SERVER, .peer = "", .local = address("192.0.2.2", 2049), .when_ms = 1795428000050
	};
	struct json_object *failures, *sessions, *one;
	bool live = true;

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
	assert_string_equal(json_object_get_string(json_object_object_get(one, "reason")), "too old: renew it");
	assert_string_equal(json_object_get_string(json_object_object_get(one, "address")), "192.0.7.208");
	assert_string_equal(json_object_get_string(json_object_object_get(one, "time")), "2026-11-23T10:00:00.050Z");
	json_object_put(failures);
	assert_int_equal(count_sessions(record, true), 2000);
	sessions = record_sessions(record, everything_lives, &live);
	one = json_object_array_get_idx(sessions, 0);
	assert_string_equal(json_object_get_string(json_object_object_get(one, "certificate")), "files");
	assert_string_equal(json_object_to_json_string_ext(json_object_object_get(one, "identity"), 0),
			    "[\"a,b\",\"c\"]");
	assert_int_equal(json_object_get_int(json_object_object_get(one, "identity_left_out")), 3);
	assert_string_equal(json_object_get_string(json_object_object_get(one, "established")), "2026-11-23T10:00:00Z");
	json_object_put(sessions);
	assert_int_equal(count_sessions(record, false), 0);
	assert_int_equal(count_sessions(record, true), 0);
	record_free(record);
}

/* ---- volumes ------------------------------------------------------------------ */

static void a_mounted_server_is_found(void **state)
{
	static const char text[] = "NV SERVER   PORT DEV          FSID                              FSC\n"
				   "v4 c0000202  801 0:67         0:0                               no\n"
				   "v4 20010db8000000000000000000000002  802 0:68 0:0 no\n";
	static const struct {
		const char *address;
		uint16_t port;
		bool found;
	} cases[] = {
		{ "192.0.2.2", 2049, true },   { "192.0.2.2", 2050, false },   { "192.0.2.3", 2049, false },
		{ "2001:db8::2", 2050, true }, { "2001:db8::2", 2049, false }, { "::ffff:192.0.2.2", 2049, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sockaddr_storage server = { 0 };
		struct sockaddr_in *v4 = (struct sockaddr_in *)&server;
		struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&server;

		if (inet_pton(AF_INET, cases[i].address, &v4->sin_addr) == 1)
			server.ss_family = AF_INET;
		else if (inet_pton(AF_INET6, cases[i].address, &v6->sin6_addr) == 1)
			server.ss_family = AF_INET6;
		v4->sin_port = htons(cases[i].port); /* in the same place for both */
		assert_int_equal(volumes_have(text, &server), cases[i].found);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trust_by_answer),
		cmocka_unit_test(test_credentials_refusals),
		cmocka_unit_test(test_unloaded_certificates_are_given_up),
		cmocka_unit_test(test_cli),
		cmocka_unit_test(test_rivals),
		cmocka_unit_test(test_messages_carry_descriptors),
		cmocka_unit_test(test_rivals_of_many_groups),
		cmocka_unit_test(test_rivals_that_the_kernel_shows),
		cmocka_unit_test(test_who_may_answer),
		cmocka_unit_test(test_alerts_in_clear_text),
		cmocka_unit_test(test_unwanted_descriptors_are_not_kept),
		cmocka_unit_test(outcomes_are_cleaned),
		cmocka_unit_test(test_record_is_bounded),
		cmocka_unit_test(a_mounted_server_is_found),
	};

	return cmocka_run_group_tests_name("tlshd", tests, NULL, NULL);
}
