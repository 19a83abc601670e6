/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The texts of the files that tell of transports: what kernels write is understood, and nothing else. */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "support/transport/transport_private.h"

/* ---- a transport's folder in /sys, as 6.12 and 7.3 have it ---------------------- */

#define STATE "state= CONNECTED   BOUND       \n"
#define INFO                                                                              \
	"last_used=4294896944\ncur_cong=0\nmain_xprt=1\nsrc_port=730\ntasks_queuelen=0\n" \
	"dst_port=2049\n"
#define LOCAL "192.0.2.1\n"
#define REMOTE "192.0.2.2\n"
#define SECURITY "tls-x509\n"

static struct transport_link link_of;

static int parse(const char *protocol, const char *state, const char *info, const char *local, const char *remote,
		 const char *security, struct error *e)
{
	const struct transport_texts texts = { state, info, local, remote, security };

	memset(&link_of, 0, sizeof(link_of));
	text_copy(link_of.protocol, sizeof(link_of.protocol), protocol);
	return transport_link_parse("/sys/xprt-1-tcp", &texts, &link_of, e);
}

static void good_transports(void **state)
{
	static const struct {
		const char *protocol, *state, *info, *local, *remote, *security;
		bool connected, has_ports, tells;
		const char *word, *leads_to;
	} rows[] = {
		{ "tcp", STATE, INFO, LOCAL, REMOTE, SECURITY, true, true, true, "tls-x509", "192.0.2.2:2049" },
		{ "tcp", STATE, INFO, LOCAL, REMOTE, NULL, true, true, false, "", "192.0.2.2:2049" },
		{ "tcp", STATE, INFO, "2001:db8::1\n", "2001:db8::2\n", "none\n", true, true, true, "none",
		  "[2001:db8::2]:2049" },
		{ "tcp", STATE, INFO, "fe80::1%eth0\n", "fe80::2%eth0\n", "none\n", true, true, true, "none",
		  "[fe80::2]:2049" },
		{ "tcp", "state=    BOUND       \n", "<closed>\n", "<closed>\n", REMOTE, "tls-anon\n", false, false,
		  true, "tls-anon", "192.0.2.2" },
		{ "tcp", "state=CLOSED\n", "<closed>\n", "<closed>\n", "<closed>\n", "<closed>\n", false, false, true,
		  "", "-" },
		{ "tcp", "state=LOCKED CONNECTED CONNECTING   \n", INFO, LOCAL, REMOTE, NULL, true, true, false, "",
		  "192.0.2.2:2049" },
		{ "tcp", "state=  CONNECTING   \n", "src_port=0\ndst_port=2049\n", LOCAL, REMOTE, NULL, false, false,
		  false, "", "192.0.2.2:2049" },
		/* the server's view of a client's connection */
		{ "tcp", STATE, "src_port=0\ndst_port=0\n", "<not a socket>\n", REMOTE, "none\n", true, false, true,
		  "none", "192.0.2.2" },
		{ "rdma", STATE, "src_port=0\ndst_port=20049\n", "<not a socket>\n", REMOTE, NULL, true, false, false,
		  "", "192.0.2.2:20049" },
		{ "local", STATE, "main_xprt=1\ndst_port=(null)\n", "<not a socket>\n", "/run/rpcbind.sock\n", NULL,
		  true, false, false, "", "-" },
		{ "new", STATE, "dst_port=x\n", "anything\n", "17:2049\n", NULL, true, false, false, "", "-" },
	};
	char end[ADDRESS_END_MAX];
	struct error e;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (parse(rows[i].protocol, rows[i].state, rows[i].info, rows[i].local, rows[i].remote,
			  rows[i].security, &e))
			fail_msg("row %zu: %s", i, e.text);
		address_end_text(&link_of.remote, end);
		if (link_of.connected != rows[i].connected || link_of.has_ports != rows[i].has_ports ||
		    link_of.tells_security != rows[i].tells || strcmp(link_of.security, rows[i].word) != 0 ||
		    strcmp(end, rows[i].leads_to) != 0)
			fail_msg("row %zu: %d %d %d \"%s\" %s", i, link_of.connected, link_of.has_ports,
				 link_of.tells_security, link_of.security, end);
	}
}

static void bad_transports(void **state)
{
	static const struct {
		const char *state, *info, *local, *remote, *security, *file;
	} rows[] = {
		{ "", INFO, LOCAL, REMOTE, SECURITY, "xprt_state" },
		{ "state= CONNECTED", INFO, LOCAL, REMOTE, SECURITY, "xprt_state" },
		{ "stat", INFO, LOCAL, REMOTE, SECURITY, "xprt_state" },
		{ "CONNECTED\n", INFO, LOCAL, REMOTE, SECURITY, "xprt_state" },
		{ "state=connected\n", INFO, LOCAL, REMOTE, SECURITY, "xprt_state" },
		{ "state= CONNECTED\nmore\n", INFO, LOCAL, REMOTE, SECURITY, "xprt_state" },
		{ STATE, "", LOCAL, REMOTE, SECURITY, "xprt_info" },
		{ STATE, "src_port=730\n", LOCAL, REMOTE, SECURITY, "xprt_info" },
		{ STATE, "src_port=730\ndst_port=2049", LOCAL, REMOTE, SECURITY, "xprt_info" },
		{ STATE, "src_port=730\ndst_port=204x\n", LOCAL, REMOTE, SECURITY, "xprt_info" },
		{ STATE, "src_port=\ndst_port=2049\n", LOCAL, REMOTE, SECURITY, "xprt_info" },
		{ STATE, "src_port=70000\ndst_port=2049\n", LOCAL, REMOTE, SECURITY, "xprt_info" },
		{ STATE, "src_port=730\n\ndst_port=2049\n", LOCAL, REMOTE, SECURITY, "xprt_info" },
		{ STATE, "<closed>", LOCAL, REMOTE, SECURITY, "xprt_info" },
		{ STATE, INFO, "", REMOTE, SECURITY, "srcaddr" },
		{ STATE, INFO, "192.0.2.1", REMOTE, SECURITY, "srcaddr" },
		{ STATE, INFO, "192.0.2.\n", REMOTE, SECURITY, "srcaddr" },
		{ STATE, INFO, "<clos\n", REMOTE, SECURITY, "srcaddr" },
		{ STATE, INFO, "/run/rpcbind.sock\n", REMOTE, SECURITY, "srcaddr" },
		{ STATE, INFO, LOCAL, "\n", SECURITY, "dstaddr" },
		{ STATE, INFO, LOCAL, "2001:db8::2", SECURITY, "dstaddr" },
		{ STATE, INFO, LOCAL, "server.example.com\n", SECURITY, "dstaddr" },
		{ STATE, INFO, LOCAL, REMOTE, "", "xprtsec" },
		{ STATE, INFO, LOCAL, REMOTE, "tls-x509", "xprtsec" },
		{ STATE, INFO, LOCAL, REMOTE, "TLS\n", "xprtsec" },
		{ STATE, INFO, LOCAL, REMOTE, "tls-x509 more\n", "xprtsec" },
		{ STATE, INFO, LOCAL, REMOTE, "a-word-that-is-much-too-long\n", "xprtsec" },
	};
	char path[64];
	struct error e;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(path, sizeof(path), "/sys/xprt-1-tcp/%s: not understood", rows[i].file);
		if (parse("tcp", rows[i].state, rows[i].info, rows[i].local, rows[i].remote, rows[i].security, &e) !=
			    -EBADMSG ||
		    strcmp(e.text, path) != 0)
			fail_msg("row %zu: taken, or called \"%s\"", i, e.text);
	}
}

/* ---- files of lines -------------------------------------------------------------- */

struct said {
	char text[512];
};

static void on_record(const struct utab_record *record, void *context)
{
	struct said *said = context;
	size_t size = strlen(said->text);

	snprintf(said->text + size, sizeof(said->text) - size, "[%s|%s|%s]", record->source, record->target,
		 record->options);
}

static void on_server(const struct sockaddr_storage *end, const char *server, void *context)
{
	struct said *said = context;
	size_t size = strlen(said->text);
	char at[ADDRESS_END_MAX];

	address_end_text(end, at);
	snprintf(said->text + size, sizeof(said->text) - size, "[%s|%s]", at, server);
}

static void on_listener(const char *protocol, in_port_t port, void *context)
{
	struct said *said = context;
	size_t size = strlen(said->text);

	snprintf(said->text + size, sizeof(said->text) - size, "[%s|%u]", protocol, ntohs(port));
}

static void on_stats(const struct transport_stats *stats, void *context)
{
	struct said *said = context;
	size_t size = strlen(said->text);

	snprintf(said->text + size, sizeof(said->text) - size, "[%s|%lld %u %u]", stats->point,
		 stats->has_age ? (long long)stats->age : -1ll, stats->port, (unsigned int)stats->connects);
}

enum file { RECORDS, SERVERS, LISTENERS, STATS };

static int parse_lines(enum file file, const char *text, struct said *said, struct error *e)
{
	char copy[512];

	assert_true(text_copy(copy, sizeof(copy), text));
	said->text[0] = '\0';
	switch (file) {
	case RECORDS:
		return transport_records_parse("file", copy, on_record, said, e);
	case SERVERS:
		return transport_servers_parse("file", copy, on_server, said, e);
	case LISTENERS:
		return transport_listeners_parse("file", copy, on_listener, said, e);
	case STATS:
		return transport_stats_parse("file", copy, on_stats, said, e);
	}
	return -EINVAL;
}

#define HEADING "NV SERVER   PORT USE HOSTNAME\n"

static void good_lines(void **state)
{
	static const struct {
		enum file file;
		const char *text, *said;
	} rows[] = {
		{ RECORDS, "", "" },
		{ RECORDS,
		  "# made by libmount\n\n"
		  "SRC=s:/ TARGET=/mnt/a ROOT=/ ATTRS=vers=4.2,xprtsec=mtls,addr=192.0.2.2 \n"
		  "ID=41 SRC=s:/a\\040b TARGET=/mnt/two\\040words ROOT=/ OPTS=_netdev NEW=1\n",
		  "[s:/|/mnt/a|vers=4.2,xprtsec=mtls,addr=192.0.2.2][s:/a b|/mnt/two words|]" },
		{ SERVERS, HEADING, "" },
		{ SERVERS,
		  HEADING "v4 c0000202  801   1 server4.nfs.test\n"
			  "v3 20010db8000000000000000000000002 4e21  12 a name\n",
		  "[192.0.2.2:2049|server4.nfs.test][[2001:db8::2]:20001|a name]" },
		{ LISTENERS, "rdma 20049\ntcp 2049\ntcp 2049\n", "[rdma|20049][tcp|2049][tcp|2049]" },
		{ LISTENERS, "", "" },
		{ STATS,
		  "device s:/ mounted on /mnt/a with fstype nfs4 statvers=1.1\n\tage:\t77\n"
		  "\txprt:\ttcp 0 0 2 0 1\n"
		  "device s:/ mounted on /mnt/b with fstype nfs statvers=1.1\n\txprt:\ttcp 803 1 4 0 12\n",
		  "[/mnt/a|77 0 2][/mnt/b|-1 803 4]" },
	};
	struct said said;
	struct error e;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (parse_lines(rows[i].file, rows[i].text, &said, &e))
			fail_msg("row %zu: %s", i, e.text);
		assert_string_equal(said.text, rows[i].said);
	}
}

static void bad_lines(void **state)
{
	static const struct {
		enum file file;
		const char *text;
		unsigned int line;
	} rows[] = {
		{ RECORDS, "SRC=s:/ ROOT=/\n", 1 },
		{ RECORDS, "SRC=s:/ TARGET=/mnt/a\nSRC=s:/ TARGET=/mnt/b ATTRS=xprtsec=m", 2 },
		{ RECORDS, "TARGET=/mnt/a word\n", 1 },
		{ RECORDS, "TARGET=/mnt/a =x\n", 1 },
		{ SERVERS, "NV\n", 1 },
		{ SERVERS, "v4 c0000202  801   1 server\n", 1 },
		{ SERVERS, HEADING "v4 c0000202  801   1 serv", 2 },
		{ SERVERS, HEADING "v4 c0000202  801   1\n", 2 },
		{ SERVERS, HEADING "v4 c000020  801   1 server\n", 2 },
		{ SERVERS, HEADING "v4 c000020x  801   1 server\n", 2 },
		{ SERVERS, HEADING "v4 c0000202 80100   1 server\n", 2 },
		{ SERVERS, HEADING "v4 c0000202 8x   1 server\n", 2 },
		{ SERVERS, HEADING "4 c0000202  801   1 server\n", 2 },
		{ SERVERS, HEADING "v4 c0000202  801   x server\n", 2 },
		{ LISTENERS, "tcp 2049\ntcp 20", 2 },
		{ LISTENERS, "tcp\n", 1 },
		{ LISTENERS, "tcp 70000\n", 1 },
		{ LISTENERS, "tcp 2049 x\n", 1 },
		{ LISTENERS, "\n", 1 },
		{ STATS, "device s:/ mounted on /mnt/a with fstype nfs4\n\tage:\tx\n", 2 },
		{ STATS, "device s:/ mounted on /mnt/a with fstype nfs4\n\tage:\t7", 2 },
		{ STATS, "\txprt:\ttcp 0 0 x\n", 1 },
	};
	char wanted[64];
	struct said said;
	struct error e;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(wanted, sizeof(wanted), "file:%u: not understood", rows[i].line);
		if (parse_lines(rows[i].file, rows[i].text, &said, &e) != -EBADMSG || strcmp(e.text, wanted) != 0)
			fail_msg("row %zu: taken, or called \"%s\"", i, e.text);
	}
}

/* ---- whose record it is ------------------------------------------------------------------ */

static void records_of_mounts(void **state)
{
	static const struct {
		const char *source, *options, *kernels_source, *kernels_options;
		bool own;
	} rows[] = {
		{ "s:/a", "xprtsec=tls,addr=192.0.2.2", "s:/a", "rw,addr=192.0.2.2", true },
		/* the kernel has folded it into one that was mounted by another name */
		{ "other:/a", "addr=192.0.2.2,vers=4", "s:/a", "rw,addr=192.0.2.2", true },
		{ "s:/a", "addr=::ffff:192.0.2.2", "s:/a", "rw,addr=192.0.2.2", true },
		{ "[fe80::1%2]:/a", "addr=fe80::1%eth0", "[fe80::1]:/a", "addr=fe80::1%2", true },
		{ "s:a//b/", "addr=192.0.2.2", "s:/a/b", "addr=192.0.2.2", true },
		{ "s:/", "addr=192.0.2.2", "s:/", "addr=192.0.2.1,addr=192.0.2.2", true },
		/* another namespace's mount on the same folder */
		{ "s:/a", "xprtsec=mtls,addr=2001:db8::2", "s:/a", "rw,addr=192.0.2.2", false },
		{ "s:/a", "addr=192.0.2.3", "s:/a", "rw,addr=192.0.2.2", false },
		{ "s:/b", "addr=192.0.2.2", "s:/a", "rw,addr=192.0.2.2", false },
		{ "s:/a/b", "addr=192.0.2.2", "s:/a", "rw,addr=192.0.2.2", false },
		{ "s:/a", "addr=nonsense", "s:/a", "rw,addr=192.0.2.2", false },
		{ "s:/a", "addr=nonsense", "s:/a", "rw,addr=nonsense", false },
		{ "s:/a", "addr=0000:0000:0000:0000:0000:ffff:255.255.255.2555", "s:/a", "addr=192.0.2.2", false },
		/* by the source alone */
		{ "S:/a", "xprtsec=tls,clientaddr=192.0.2.9", "s:/a", "rw,addr=192.0.2.2", true },
		{ "other:/a", "xprtsec=tls", "s:/a", "rw,addr=192.0.2.2", false },
		{ "s:/b", "", "s:/a", "rw,addr=192.0.2.2", false },
		{ "[2001:db8::2]:/a", "", "[2001:db8::2]:/a", "rw", true },
		{ "[2001:db8::2]:/a", "", "[2001:db8::3]:/a", "rw", false },
		{ "", "", "s:/", "rw", false },
		{ "", "", "", "", true },
		{ "[", "", "s:/", "rw", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct utab_record record = { rows[i].source, "/mnt", rows[i].options };

		if (utab_record_is_of(&record, rows[i].kernels_source, rows[i].kernels_options) != rows[i].own)
			fail_msg("row %zu", i);
	}
}

/* ---- others --------------------------------------------------------------------------- */

static void counters_of_the_record_layer(void **state)
{
	static const char newer[] =
		"TlsCurrTxSw                     \t4\nTlsCurrRxSw                     \t3\n"
		"TlsDecryptError                 \t2\nTlsRxRekeyOk                    \t5\n"
		"TlsTxRekeyOk                    \t6\nTlsTxRekeyError                 \t1\nTlsOther \t9\n";
	static const char *const bad[] = {
		"TlsCurrTxSw\n", "TlsCurrTxSw x\n", "TlsCurrTxSw 1 2\n", "\n", "TlsCurrTxSw 99999999999999999999999\n",
		" 1\n",		 "TlsCurrTxSw \t4"
	};
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

static void clients_of_the_server(void **state)
{
	static const char *const bad[] = { "", "clientid: 0x1\n", "address: \"192.0.2.9:900\"\n",
					   "clientid: 0x1\naddress: \"192.0.2.9:9" };
	struct transport_client client;

	(void)state;
	assert_int_equal(transport_client_parse("clientid: 0x12345678\naddress: \"192.0.2.9:900\"\nstatus: confirmed\n"
						"name: \"Linux NFSv4.2 \\\"x\"\nminor version: 2\n",
						&client),
			 0);
	assert_string_equal(client.id, "0x12345678");
	assert_string_equal(client.address, "192.0.2.9:900");
	assert_string_equal(client.name, "Linux NFSv4.2 \\\"x");
	assert_string_equal(client.status, "confirmed");
	assert_int_equal(client.minor, 2);
	assert_int_equal(transport_client_parse("clientid: 0x1\naddress: \"x\"\n", &client), 0);
	assert_int_equal(client.minor, -1);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(transport_client_parse(bad[i], &client), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_transports),
		cmocka_unit_test(bad_transports),
		cmocka_unit_test(good_lines),
		cmocka_unit_test(bad_lines),
		cmocka_unit_test(records_of_mounts),
		cmocka_unit_test(counters_of_the_record_layer),
		cmocka_unit_test(clients_of_the_server),
	};

	return cmocka_run_group_tests_name("transport_files", tests, NULL, NULL);
}
