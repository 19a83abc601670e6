/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nfsstat --tls: judging what was found, and showing it. */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "utils/nfsstat/tls.h"

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
		cmocka_unit_test(judges),
		cmocka_unit_test(judges_what_it_does_not_know),
		cmocka_unit_test(counts_by_proof),
		cmocka_unit_test(shows_in_80_columns),
	};

	return cmocka_run_group_tests_name("nfsstat_tls", tests, NULL, NULL);
}
