/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Joining mounts, transports and sockets, from files of a made-up root folder; and judging what came of it. */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/transport/transport.h"
#include "utils/nfsstat/tls.h"

static char root[PATH_MAX];

/* ---- a root folder ------------------------------------------------------------- */

static void make_folders(const char *path)
{
	char whole[PATH_MAX * 2];

	snprintf(whole, sizeof(whole), "%s%s", root, path);
	for (char *slash = whole + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		(void)mkdir(whole, 0755);
		*slash = '/';
	}
}

static void write_text(const char *path, const char *text)
{
	char whole[PATH_MAX * 2];
	FILE *file;

	make_folders(path);
	snprintf(whole, sizeof(whole), "%s%s", root, path);
	file = fopen(whole, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void link_to(const char *path, const char *target)
{
	char whole[PATH_MAX * 2];

	make_folders(path);
	snprintf(whole, sizeof(whole), "%s%s", root, path);
	assert_int_equal(symlink(target, whole), 0);
}

static void put_transport(unsigned int group, unsigned int number, const char *remote, unsigned int local_port,
			  const char *security)
{
	char folder[256], path[320], text[128];

	snprintf(folder, sizeof(folder), "/sys/kernel/sunrpc/xprt-switches/switch-%u/xprt-%u-tcp", group, number);
	snprintf(path, sizeof(path), "%s/xprt_state", folder);
	write_text(path, "state= CONNECTED BOUND\n");
	snprintf(path, sizeof(path), "%s/xprt_info", folder);
	snprintf(text, sizeof(text), "last_used=1\nsrc_port=%u\ndst_port=2049\nmain_xprt=1\n", local_port);
	write_text(path, text);
	snprintf(path, sizeof(path), "%s/srcaddr", folder);
	write_text(path, "192.0.2.1\n");
	snprintf(path, sizeof(path), "%s/dstaddr", folder);
	write_text(path, remote);
	snprintf(path, sizeof(path), "%s/xprtsec", folder);
	if (security)
		write_text(path, security);
}

static void put_mount(unsigned int device, unsigned int client, unsigned int group)
{
	char path[128], target[128];

	snprintf(path, sizeof(path), "/sys/fs/nfs/0:%u/nfs_client", device);
	snprintf(target, sizeof(target), "../../../kernel/sunrpc/rpc-clients/clnt-%u", client);
	link_to(path, target);
	snprintf(path, sizeof(path), "/sys/kernel/sunrpc/rpc-clients/clnt-%u/switch", client);
	snprintf(target, sizeof(target), "../../xprt-switches/switch-%u", group);
	if (access(path, F_OK))
		link_to(path, target);
}

static int make_root(void **state)
{
	(void)state;
	snprintf(root, sizeof(root), "/tmp/test-transport-XXXXXX");
	return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
	char command[PATH_MAX + 16];

	(void)state;
	snprintf(command, sizeof(command), "rm -r '%s'", root);
	return system(command);
}

static struct sockaddr_storage end(const char *address, unsigned int port)
{
	struct sockaddr_storage socket = { .ss_family = AF_INET };
	struct sockaddr_in *v4 = (struct sockaddr_in *)&socket;

	assert_int_equal(inet_pton(AF_INET, address, &v4->sin_addr), 1);
	v4->sin_port = htons((uint16_t)port);
	return socket;
}

static struct transport_socket connection(const char *local, unsigned int local_port, const char *remote,
					  unsigned int remote_port, bool tls)
{
	struct transport_socket socket = { .local = end(local, local_port), .remote = end(remote, remote_port),
					   .all_told = true };

	if (!tls)
		return socket;
	socket.tls_version = 0x0304;
	socket.tls_cipher = 52;
	socket.tls_sends = socket.tls_receives = true;
	return socket;
}

/* ---- joining ------------------------------------------------------------------------ */

static const char mountinfo[] =
	"21 1 0:20 / /proc rw,nosuid - proc proc rw\n"
	"30 1 0:40 / /mnt/one rw,relatime shared:7 - nfs4 server:/one rw,vers=4.2,xprtsec=mtls,addr=192.0.2.2\n"
	"31 1 0:41 / /mnt/two\\040words rw,relatime - nfs4 server:/two rw,vers=4.2,xprtsec=mtls,addr=192.0.2.2\n"
	"32 1 0:42 / /mnt/plain rw - nfs plain:/x rw,vers=3,addr=192.0.2.3\n"
	"33 1 0:43 / /mnt/gone rw - nfs4 gone:/x rw,vers=4.2,addr=192.0.2.4\n";

static const char mountstats[] =
	"device proc mounted on /proc with fstype proc\n"
	"device server:/one mounted on /mnt/one with fstype nfs4 statvers=1.1\n"
	"\topts:\trw\n"
	"\txprt:\ttcp 802 0 6 0 12 100 100 0 100 0 2 0 0\n"
	"\txprt:\ttcp 0 0 2 0 12 100 100 0 100 0 2 0 0\n"
	"\tper-op statistics\n\n"
	"device plain:/x mounted on /mnt/plain with fstype nfs statvers=1.1\n"
	"\txprt:\ttcp 803 1 11 0 12 100 100 0 100 0 2 0 0\n";

static void fill_root(void)
{
	write_text("/proc/self/mountinfo", mountinfo);
	write_text("/proc/self/mountstats", mountstats);
	put_mount(40, 1, 1);
	put_mount(41, 2, 1);
	put_mount(42, 3, 2);
	put_transport(1, 10, "192.0.2.2\n", 801, "tls-x509\n");
	put_transport(1, 9, "192.0.2.2\n", 802, "tls-x509\n");
	put_transport(2, 11, "192.0.2.3\n", 803, "none\n");
	write_text("/proc/fs/nfsd/portlist", "rdma 20049\ntcp 2049\nudp 2049\ntcp 20490\n");
}

struct notes {
	unsigned int count;
	char last[512];
};

static void on_note(const char *text, void *context)
{
	struct notes *notes = context;

	notes->count++;
	text_copy(notes->last, sizeof(notes->last), text);
}

static void joins(void **state)
{
	struct transport_socket sockets[] = {
		connection("192.0.2.1", 801, "192.0.2.2", 2049, true),
		connection("192.0.2.1", 802, "192.0.2.2", 2049, false),
		connection("192.0.2.1", 803, "192.0.2.3", 2049, false),
		connection("192.0.2.1", 2049, "192.0.2.9", 900, true),
		connection("192.0.2.1", 20490, "192.0.2.9", 901, false),
		connection("192.0.2.1", 22, "192.0.2.9", 902, false),
	};
	struct notes notes = { 0 };
	struct transport_sources sources = { .root = root, .sockets = sockets, .socket_count = ARRAY_SIZE(sockets),
					     .note = on_note, .context = &notes };
	struct transport_list list;
	struct error e;

	(void)state;
	fill_root();
	assert_int_equal(transport_list_read(&sources, true, true, &list, &e), 0);
	assert_int_equal(list.mount_count, 4);
	assert_string_equal(list.mounts[1].point, "/mnt/two words");
	assert_non_null(strstr(list.mounts[3].why, "0:43"));
	/* A mount without transports, and two listeners whose clients no TCP socket tells of. */
	assert_int_equal(notes.count, 3);
	assert_true(list.server_incomplete);
	assert_int_equal(list.count, 5);
	for (size_t i = 0; i < list.count; i++) {
		const struct transport_entry *t = &list.at[i];
		unsigned int port = ntohs(((const struct sockaddr_in *)&t->local)->sin_port);

		assert_true(t->has_ends);
		switch (port) {
		case 801:
			assert_int_equal(t->proof, TRANSPORT_ENCRYPTED);
			assert_int_equal(t->mount_count, 2);
			assert_int_equal(t->reconnects, 0);
			assert_string_equal(t->security, "tls-x509");
			break;
		case 802:
			assert_int_equal(t->proof, TRANSPORT_CLEAR);
			assert_int_equal(t->reconnects, 2);
			break;
		case 803:
			assert_int_equal(t->mount_count, 1);
			assert_string_equal(list.mounts[t->mounts[0]].point, "/mnt/plain");
			assert_int_equal(t->reconnects, 4);
			assert_string_equal(t->security, "none");
			break;
		case 2049:
		case 20490:
			assert_true(t->is_server);
			assert_int_equal(t->proof, port == 2049 ? TRANSPORT_ENCRYPTED : TRANSPORT_CLEAR);
			break;
		default:
			fail_msg("port %u", port);
		}
	}
	transport_list_free(&list);
	/* Who cannot see the record layer proves nothing by not seeing it. */
	for (size_t i = 0; i < ARRAY_SIZE(sockets); i++)
		sockets[i].all_told = false;
	assert_int_equal(transport_list_read(&sources, true, false, &list, &e), 0);
	for (size_t i = 0; i < list.count; i++)
		assert_int_not_equal(list.at[i].proof, TRANSPORT_CLEAR);
	transport_list_free(&list);
}

static void names_what_is_malformed(void **state)
{
	static const struct {
		const char *path, *text, *says;
	} rows[] = {
		{ "/proc/self/mountinfo", "30 1 0:40 / /mnt/one rw - nfs4 server:/one\n",
		  "mountinfo:1: not understood" },
		{ "/proc/self/mountinfo", "21 1 0:20 / /proc rw - proc proc rw\n30 1 0:4",
		  "mountinfo:2: not understood" },
		{ "/proc/self/mountinfo", "30 1 zero / /mnt/one rw - nfs4 s:/one rw\n", "mountinfo:1: not understood" },
		{ "/proc/self/mountstats",
		  "device server:/one mounted on /mnt/one with fstype nfs4\n\txprt:\ttcp 0 0\n",
		  "mountstats:2: not understood" },
	};
	struct transport_sources sources = { .root = root };
	struct transport_list list;
	struct error e;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		write_text("/proc/self/mountinfo", mountinfo);
		write_text("/proc/self/mountstats", mountstats);
		write_text(rows[i].path, rows[i].text);
		assert_int_equal(transport_list_read(&sources, true, false, &list, &e), -EBADMSG);
		assert_non_null(strstr(e.text, rows[i].says));
	}
}

/* Each of a client of its own: found by hashing, so that it takes no longer than they are many. */
static void serves_ten_thousand(void **state)
{
	enum { MANY = 10000 };
	struct transport_socket *sockets = calloc(MANY, sizeof(*sockets));
	struct transport_sources sources = { .root = root, .sockets = sockets, .socket_count = MANY };
	struct transport_list list;
	size_t encrypted = 0;
	struct error e;

	(void)state;
	assert_non_null(sockets);
	write_text("/proc/fs/nfsd/portlist", "tcp 2049\n");
	for (unsigned int i = 0; i < MANY; i++) {
		char address[32];

		snprintf(address, sizeof(address), "10.0.%u.%u", i / 250, i % 250 + 1);
		sockets[i] = connection("192.0.2.1", 2049, address, 700 + i % 300, i % 2);
	}
	assert_int_equal(transport_list_read(&sources, false, true, &list, &e), 0);
	assert_int_equal(list.count, MANY);
	assert_false(list.server_incomplete);
	for (size_t i = 0; i < list.count; i++)
		encrypted += list.at[i].is_server && list.at[i].proof == TRANSPORT_ENCRYPTED;
	assert_int_equal(encrypted, MANY / 2);
	transport_list_free(&list);
	free(sockets);
}

/* ---- other files -------------------------------------------------------------------------- */

static void reads_counters(void **state)
{
	static const char newer[] =
		"TlsCurrTxSw                     \t4\nTlsCurrRxSw                     \t3\n"
		"TlsDecryptError                 \t2\nTlsRxRekeyOk                    \t5\n"
		"TlsTxRekeyOk                    \t6\nTlsTxRekeyError                 \t1\nTlsOther \t9\n";
	static const char *const bad[] = { "TlsCurrTxSw\n", "TlsCurrTxSw x\n", "TlsCurrTxSw 1 2\n", "\n",
					   "TlsCurrTxSw 99999999999999999999999\n", " 1\n" };
	struct transport_tls_counters counters;
	struct error e;

	(void)state;
	assert_int_equal(transport_tls_counters_parse(newer, &counters, &e), 0);
	assert_int_equal(counters.decrypt_errors, 2);
	assert_true(counters.has_rekeys);
	assert_int_equal(counters.rekeys, 11);
	assert_int_equal(counters.rekey_errors, 1);
	assert_int_equal(counters.sockets_software, 4);
	assert_int_equal(transport_tls_counters_parse("TlsCurrTxSw \t4\n", &counters, &e), 0);
	assert_false(counters.has_rekeys);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(transport_tls_counters_parse(bad[i], &counters, &e), -EBADMSG);
}

static void reads_clients(void **state)
{
	struct transport_client client;

	(void)state;
	assert_int_equal(transport_client_parse("clientid: 0x12345678\naddress: \"192.0.2.9:900\"\nstatus: confirmed\n"
						"name: \"Linux NFSv4.2 \\\"x\"\nminor version: 2\n", &client), 0);
	assert_string_equal(client.id, "0x12345678");
	assert_string_equal(client.address, "192.0.2.9:900");
	assert_string_equal(client.status, "confirmed");
	assert_int_equal(transport_client_parse("clientid: 0x1\n", &client), -EBADMSG);
	assert_int_equal(transport_client_parse("", &client), -EBADMSG);
}

/* ---- judgement ------------------------------------------------------------------------------- */

static void judges(void **state)
{
	static const struct {
		enum transport_proof proof;
		bool connected;
		const char *security;
		enum xprtsec asked, minimum;
		enum agent_mutual mutual;
		enum tls_state state;
		const char *says;
	} rows[] = {
		{ TRANSPORT_ENCRYPTED, true, "tls-anon", XPRTSEC_TLS, XPRTSEC_NONE, AGENT_MUTUAL_NO, TLS_OK, "" },
		{ TRANSPORT_ENCRYPTED, true, "tls-x509", XPRTSEC_MTLS, XPRTSEC_TLS, AGENT_MUTUAL_YES, TLS_OK, "" },
		{ TRANSPORT_ENCRYPTED, true, "", XPRTSEC_MTLS, XPRTSEC_NONE, AGENT_MUTUAL_UNKNOWN, TLS_UNKNOWN,
		  "who is at" },
		{ TRANSPORT_ENCRYPTED, true, "", XPRTSEC_TLS, XPRTSEC_MTLS, AGENT_MUTUAL_NO, TLS_WEAK, "minimum=x" },
		{ TRANSPORT_CLEAR, true, "none", XPRTSEC_NONE, XPRTSEC_NONE, AGENT_MUTUAL_UNKNOWN, TLS_PLAIN, "" },
		{ TRANSPORT_CLEAR, true, "", XPRTSEC_NONE, XPRTSEC_TLS, AGENT_MUTUAL_UNKNOWN, TLS_CLEAR,
		  "minimum=x demands" },
		{ TRANSPORT_CLEAR, true, "", XPRTSEC_MTLS, XPRTSEC_NONE, AGENT_MUTUAL_UNKNOWN, TLS_CLEAR,
		  "xprtsec=mtls" },
		{ TRANSPORT_CLEAR, true, "tls-x509", XPRTSEC_NONE, XPRTSEC_NONE, AGENT_MUTUAL_UNKNOWN, TLS_CLEAR,
		  "the kernel says tls-x509" },
		{ TRANSPORT_HALF, true, "", XPRTSEC_NONE, XPRTSEC_NONE, AGENT_MUTUAL_UNKNOWN, TLS_CLEAR,
		  "one direction" },
		{ TRANSPORT_UNPROVEN, false, "", XPRTSEC_MTLS, XPRTSEC_MTLS, AGENT_MUTUAL_UNKNOWN, TLS_IDLE,
		  "not connected" },
		{ TRANSPORT_UNPROVEN, false, "none", XPRTSEC_NONE, XPRTSEC_TLS, AGENT_MUTUAL_UNKNOWN, TLS_CLEAR,
		  "it will be with none, but minimum=x demands tls" },
		{ TRANSPORT_UNPROVEN, true, "", XPRTSEC_MTLS, XPRTSEC_NONE, AGENT_MUTUAL_UNKNOWN, TLS_UNKNOWN,
		  "-v tells why" },
		{ TRANSPORT_UNPROVEN, true, "", XPRTSEC_NONE, XPRTSEC_NONE, AGENT_MUTUAL_UNKNOWN, TLS_UNKNOWN,
		  "-v tells why" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct transport_entry transport = { .proof = rows[i].proof, .connected = rows[i].connected };
		struct tls_row row = { .transport = &transport, .asked = rows[i].asked, .minimum = rows[i].minimum,
				       .mutual = rows[i].mutual };

		text_copy(transport.security, sizeof(transport.security), rows[i].security);
		transport.socket.tls_version = 0x0304;
		if (rows[i].minimum != XPRTSEC_NONE)
			text_copy(row.minimum_line, sizeof(row.minimum_line), "minimum=x");
		tls_judge(&row);
		if (row.state != rows[i].state || !strstr(row.why, rows[i].says))
			fail_msg("row %zu: %s, \"%s\"", i, tls_state_word(row.state), row.why);
	}
}

static void judges_what_it_does_not_know(void **state)
{
	struct transport_entry transport = { .proof = TRANSPORT_CLEAR, .connected = true, .security = "none" };
	struct tls_row row = { .transport = &transport, .asked = XPRTSEC_NONE, .minimum = XPRTSEC_NONE,
			       .minimum_unknown = true };

	(void)state;
	tls_judge(&row);
	assert_int_equal(row.state, TLS_UNKNOWN);
	transport = (struct transport_entry){ .proof = TRANSPORT_UNPROVEN, .security = "none" };
	tls_judge(&row);
	assert_int_equal(row.state, TLS_UNKNOWN);
	text_copy(transport.security, sizeof(transport.security), "tls-x509");
	tls_judge(&row);
	assert_int_equal(row.state, TLS_IDLE);
	transport.proof = TRANSPORT_ENCRYPTED;
	transport.socket.tls_version = 0x0304;
	tls_judge(&row);
	assert_int_equal(row.state, TLS_UNKNOWN);
	row.mutual = AGENT_MUTUAL_YES;
	tls_judge(&row);
	assert_int_equal(row.state, TLS_OK);
	transport.socket.tls_version = 0x0303;
	tls_judge(&row);
	assert_int_equal(row.state, TLS_WEAK);
}

static void counts_by_proof(void **state)
{
	struct transport_entry transports[] = {
		{ .proof = TRANSPORT_ENCRYPTED }, { .proof = TRANSPORT_CLEAR }, { .proof = TRANSPORT_HALF },
		{ .proof = TRANSPORT_UNPROVEN, .connected = true }, { .proof = TRANSPORT_ENCRYPTED, .is_server = true },
	};
	struct tls_row rows[ARRAY_SIZE(transports)];
	struct tls_report report = { .rows = rows, .list = { .at = transports, .count = ARRAY_SIZE(transports) } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		rows[i] = (struct tls_row){ .transport = &transports[i], .state = TLS_OK };
	tls_count(&report);
	assert_int_equal(report.client.transports, 4);
	assert_int_equal(report.client.encrypted, 1);
	assert_int_equal(report.client.clear, 2);
	assert_int_equal(report.client.unknown, 1);
	assert_int_equal(report.server.encrypted, 1);
	assert_int_equal(tls_check_status(&report), 0);
	rows[3].state = TLS_UNKNOWN;
	tls_count(&report);
	assert_int_equal(tls_check_status(&report), 3);
	rows[1].state = TLS_CLEAR;
	tls_count(&report);
	assert_int_equal(tls_check_status(&report), 2);
}

/* ---- showing ------------------------------------------------------------------------------------ */

static void shows_in_80_columns(void **state)
{
	struct transport_entry transport = { .connected = true, .has_ends = true, .proof = TRANSPORT_ENCRYPTED,
				       .protocol = "tcp", .security = "tls-x509" };
	size_t mounts[] = { 0, 1 };
	struct transport_mount mount[] = {
		{ .source = (char *)(uintptr_t) "s:/a",
		  .point = (char *)(uintptr_t) "/a/very/long/path/of/a/mount/point" },
		{ .source = (char *)(uintptr_t) "s:/b", .point = (char *)(uintptr_t) "/b \033[2J" },
	};
	struct tls_row row = { .transport = &transport, .asked = XPRTSEC_MTLS, .minimum = XPRTSEC_NONE,
			       .state = TLS_OK, .mutual = AGENT_MUTUAL_YES };
	struct tls_report report = { .namespace = "net:[1]", .rows = &row, .wants_client = true,
				     .list = { .at = &transport, .count = 1, .mounts = mount, .mount_count = 2 } };
	struct tls_style style = { 0 };
	AUTO_STRBUF text = { 0 };
	AUTO_STRBUF wide = { 0 };
	AUTO_STRBUF metrics = { 0 };

	(void)state;
	transport.local = end("192.0.2.1", 801);
	transport.remote = end("255.255.255.255", 65535);
	transport.socket = connection("192.0.2.1", 801, "255.255.255.255", 65535, true);
	transport.mounts = mounts;
	transport.mount_count = 2;
	text_copy(row.identity, sizeof(row.identity), "server.example.com");
	row.expires = 1800000000;
	row.has_session = true;
	tls_count(&report);
	tls_text(&report, &style, &text);
	for (const char *line = text.text; *line; line += strcspn(line, "\n"), line += *line == '\n')
		if (strcspn(line, "\n") > 80)
			fail_msg("%s", line);
	assert_non_null(strstr(text.text, "1.3 AES-256-GCM"));
	assert_non_null(strstr(text.text, "client: 1 transport, 1 encrypted, 0 clear, 0 unknown, 0 idle"));
	assert_null(strchr(text.text, '\033'));
	style = (struct tls_style){ .wide = true, .colour = true };
	tls_text(&report, &style, &wide);
	assert_non_null(strstr(wide.text, "\033[32mok\033[0m"));
	assert_non_null(strstr(wide.text, "/a/very/long/path/of/a/mount/point,/b\\x20\\x1b[2J\n"));
	assert_non_null(strstr(wide.text, " yes    server.example.com "));
	assert_non_null(strstr(wide.text, " 2027-01-15T08:00:00Z "));
	tls_openmetrics(&report, &metrics);
	assert_non_null(strstr(metrics.text, "nfs_tls_transports{side=\"client\",protection=\"encrypted\"} 1\n"));
	assert_non_null(strstr(metrics.text, "identity=\"server.example.com\"} 1800000000\n"));
	assert_string_equal(metrics.text + metrics.size - 6, "# EOF\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(joins, make_root, remove_root),
		cmocka_unit_test_setup_teardown(names_what_is_malformed, make_root, remove_root),
		cmocka_unit_test_setup_teardown(serves_ten_thousand, make_root, remove_root),
		cmocka_unit_test(reads_counters),
		cmocka_unit_test(reads_clients),
		cmocka_unit_test(judges),
		cmocka_unit_test(judges_what_it_does_not_know),
		cmocka_unit_test(counts_by_proof),
		cmocka_unit_test(shows_in_80_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
