/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nfsstat --tls: judging what was found, and showing it. */
#include "tests/unit/connections.h"
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/verdict/verdict_private.h"
#include "utils/nfsstat/tls.h"

/* ---- judgement ------------------------------------------------------------------------------- */

static void judges(void **state)
{
	static const struct {
		enum transport_proof proof;
		bool connected;
		const char *security;
		enum xprtsec asked, minimum;
		enum agent_mutual mutual;
		enum verdict_state state;
		const char *says;
	} rows[] = {
		{ TRANSPORT_ENCRYPTED, true, "tls-anon", XPRTSEC_TLS, XPRTSEC_NONE, AGENT_MUTUAL_NO, VERDICT_OK, "" },
		{ TRANSPORT_ENCRYPTED, true, "tls-x509", XPRTSEC_MTLS, XPRTSEC_TLS, AGENT_MUTUAL_YES, VERDICT_OK, "" },
		{ TRANSPORT_ENCRYPTED, true, "", XPRTSEC_MTLS, XPRTSEC_NONE, AGENT_MUTUAL_UNKNOWN, VERDICT_UNKNOWN,
		  "who is at" },
		{ TRANSPORT_ENCRYPTED, true, "", XPRTSEC_TLS, XPRTSEC_MTLS, AGENT_MUTUAL_NO, VERDICT_WEAK,
		  "minimum=x" },
		{ TRANSPORT_CLEAR, true, "none", XPRTSEC_NONE, XPRTSEC_NONE, AGENT_MUTUAL_UNKNOWN, VERDICT_PLAIN, "" },
		{ TRANSPORT_CLEAR, true, "", XPRTSEC_NONE, XPRTSEC_TLS, AGENT_MUTUAL_UNKNOWN, VERDICT_CLEAR,
		  "minimum=x demands" },
		{ TRANSPORT_CLEAR, true, "", XPRTSEC_MTLS, XPRTSEC_NONE, AGENT_MUTUAL_UNKNOWN, VERDICT_CLEAR,
		  "xprtsec=mtls" },
		{ TRANSPORT_CLEAR, true, "tls-x509", XPRTSEC_NONE, XPRTSEC_NONE, AGENT_MUTUAL_UNKNOWN, VERDICT_CLEAR,
		  "the kernel says tls-x509" },
		{ TRANSPORT_HALF, true, "", XPRTSEC_NONE, XPRTSEC_NONE, AGENT_MUTUAL_UNKNOWN, VERDICT_CLEAR,
		  "one direction" },
		{ TRANSPORT_UNPROVEN, false, "", XPRTSEC_MTLS, XPRTSEC_MTLS, AGENT_MUTUAL_UNKNOWN, VERDICT_IDLE,
		  "not connected" },
		{ TRANSPORT_UNPROVEN, false, "none", XPRTSEC_NONE, XPRTSEC_TLS, AGENT_MUTUAL_UNKNOWN, VERDICT_CLEAR,
		  "it will be with none, but minimum=x demands tls" },
		{ TRANSPORT_UNPROVEN, true, "", XPRTSEC_MTLS, XPRTSEC_NONE, AGENT_MUTUAL_UNKNOWN, VERDICT_UNKNOWN,
		  "-v tells why" },
		{ TRANSPORT_UNPROVEN, true, "", XPRTSEC_NONE, XPRTSEC_NONE, AGENT_MUTUAL_UNKNOWN, VERDICT_UNKNOWN,
		  "-v tells why" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct transport_entry transport = { .proof = rows[i].proof, .connected = rows[i].connected };
		struct verdict_row row = { .transport = &transport,
					   .asked = rows[i].asked,
					   .options = rows[i].asked,
					   .minimum = rows[i].minimum,
					   .mutual = rows[i].mutual };

		text_copy(transport.security, sizeof(transport.security), rows[i].security);
		transport.socket.tls_version = 0x0304;
		if (rows[i].minimum != XPRTSEC_NONE)
			text_copy(row.minimum_line, sizeof(row.minimum_line), "minimum=x");
		verdict_judge(&row);
		if (row.state != rows[i].state || !strstr(row.why, rows[i].says))
			fail_msg("row %zu: %s, \"%s\"", i, verdict_state_word(row.state), row.why);
	}
}

static void judges_who_the_server_is(void **state)
{
	static const struct {
		bool to_be_named;
		enum agent_verdict named;
		enum xprtsec asked;
		enum agent_mutual mutual;
		enum verdict_agent agent;
		enum verdict_state state;
		const char *says;
	} rows[] = {
		{ false, AGENT_UNKNOWN, XPRTSEC_TLS, AGENT_MUTUAL_NO, VERDICT_AGENT_ANSWERS, VERDICT_OK, "" },
		{ true, AGENT_PROVEN, XPRTSEC_TLS, AGENT_MUTUAL_NO, VERDICT_AGENT_ANSWERS, VERDICT_OK, "" },
		{ true, AGENT_PROVEN, XPRTSEC_MTLS, AGENT_MUTUAL_YES, VERDICT_AGENT_ANSWERS, VERDICT_OK, "" },
		{ true, AGENT_NOT_PROVEN, XPRTSEC_TLS, AGENT_MUTUAL_NO, VERDICT_AGENT_ANSWERS, VERDICT_WEAK,
		  "encrypted, but the server has not proven to be bank, which /m names: REASON" },
		{ true, AGENT_NOT_PROVEN, XPRTSEC_MTLS, AGENT_MUTUAL_YES, VERDICT_AGENT_ANSWERS, VERDICT_WEAK,
		  "not proven" },
		{ true, AGENT_UNKNOWN, XPRTSEC_TLS, AGENT_MUTUAL_UNKNOWN, VERDICT_AGENT_ANSWERS, VERDICT_UNKNOWN,
		  "whether the server is bank, which /m names, is not known, since REASON" },
		{ true, AGENT_UNKNOWN, XPRTSEC_MTLS, AGENT_MUTUAL_YES, VERDICT_AGENT_ANSWERS, VERDICT_UNKNOWN,
		  "REASON" },
		{ true, AGENT_UNKNOWN, XPRTSEC_TLS, AGENT_MUTUAL_UNKNOWN, VERDICT_AGENT_NOT_RUNNING, VERDICT_UNKNOWN,
		  "since rpc.tlshd does not run" },
		{ true, AGENT_UNKNOWN, XPRTSEC_TLS, AGENT_MUTUAL_UNKNOWN, VERDICT_AGENT_FORBIDDEN, VERDICT_UNKNOWN,
		  "only root may ask" },
		{ true, AGENT_UNKNOWN, XPRTSEC_MTLS, AGENT_MUTUAL_NO, VERDICT_AGENT_ANSWERS, VERDICT_WEAK,
		  "no client certificate" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct transport_entry transport = { .proof = TRANSPORT_ENCRYPTED, .connected = true };
		struct verdict_row row = { .transport = &transport,
					   .asked = rows[i].asked,
					   .options = rows[i].asked,
					   .minimum = XPRTSEC_NONE,
					   .mutual = rows[i].mutual,
					   .agent = rows[i].agent,
					   .is_to_be_named = rows[i].to_be_named,
					   .named = rows[i].named,
					   .named_by = "/m",
					   .named_host = "bank",
					   .named_why = "REASON" };

		transport.socket.tls_version = 0x0304;
		verdict_judge(&row);
		if (row.state != rows[i].state || !strstr(row.why, rows[i].says))
			fail_msg("row %zu: %s, \"%s\"", i, verdict_state_word(row.state), row.why);
	}
}

static void judges_what_it_does_not_know(void **state)
{
	struct transport_entry transport = { .proof = TRANSPORT_CLEAR, .connected = true, .security = "none" };
	struct verdict_row row = {
		.transport = &transport, .asked = XPRTSEC_NONE, .minimum = XPRTSEC_NONE, .minimum_unknown = true
	};

	(void)state;
	verdict_judge(&row);
	assert_int_equal(row.state, VERDICT_UNKNOWN);
	transport = (struct transport_entry){ .proof = TRANSPORT_UNPROVEN, .security = "none" };
	verdict_judge(&row);
	assert_int_equal(row.state, VERDICT_UNKNOWN);
	text_copy(transport.security, sizeof(transport.security), "tls-x509");
	verdict_judge(&row);
	assert_int_equal(row.state, VERDICT_IDLE);
	transport.proof = TRANSPORT_ENCRYPTED;
	transport.socket.tls_version = 0x0304;
	verdict_judge(&row);
	assert_int_equal(row.state, VERDICT_UNKNOWN);
	row.mutual = AGENT_MUTUAL_YES;
	verdict_judge(&row);
	assert_int_equal(row.state, VERDICT_OK);
	transport.socket.tls_version = 0x0303;
	verdict_judge(&row);
	assert_int_equal(row.state, VERDICT_WEAK);
}

/* Why the peer is not known is told as it is. */
static void tells_why_a_peer_is_unknown(void **state)
{
	static const struct {
		enum verdict_agent agent;
		bool has_session;
		const char *says;
	} rows[] = {
		{ VERDICT_AGENT_ANSWERS, false,
		  "since rpc.tlshd does not know this connection, as when it was started later" },
		{ VERDICT_AGENT_ANSWERS, true, "since rpc.tlshd could not tell" },
		{ VERDICT_AGENT_NOT_ASKED, false, "since rpc.tlshd is not asked below another root" },
		{ VERDICT_AGENT_NOT_RUNNING, false, "since rpc.tlshd does not run" },
		{ VERDICT_AGENT_FORBIDDEN, false, "since only root may ask rpc.tlshd" },
		{ VERDICT_AGENT_ELSEWHERE, false, "since the rpc.tlshd that answers is of another network namespace" },
		{ VERDICT_AGENT_FAILED, false, "since rpc.tlshd gives no answer" },
	};
	struct transport_entry transport = { .proof = TRANSPORT_ENCRYPTED,
					     .connected = true,
					     .socket.tls_version = 0x0304 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct verdict_row row = { .transport = &transport,
					   .asked = XPRTSEC_MTLS,
					   .minimum = XPRTSEC_NONE,
					   .agent = rows[i].agent,
					   .has_session = rows[i].has_session };

		verdict_judge(&row);
		assert_int_equal(row.state, VERDICT_UNKNOWN);
		assert_non_null(strstr(row.why, rows[i].says));
		assert_non_null(strstr(row.why, "the mount's xprtsec=mtls demands mtls"));
	}
}

/* ---- the server's exports --------------------------------------------------------------------------- */

#define NONE XPRTSEC_NONE
#define TLS XPRTSEC_TLS
#define MTLS XPRTSEC_MTLS

static void judges_by_exports(void **state)
{
	static const struct {
		unsigned int exports[3]; /* sets; 0: no more */
		enum transport_proof proof;
		enum agent_mutual mutual;
		enum verdict_state state;
		bool known;
		size_t met;
		const char *says;
#define UNSURE AGENT_MUTUAL_UNKNOWN
		/* clang-format off */
	} rows[] = {
		/* clear text */
		{ { NONE | TLS, MTLS }, TRANSPORT_CLEAR, UNSURE, VERDICT_PLAIN, true, 1, "" },
		{ { TLS, MTLS, TLS | MTLS }, TRANSPORT_CLEAR, UNSURE, VERDICT_CLEAR, true, 0,
		  "clear text, and none of the 3 exports for it takes that" },
		{ { MTLS }, TRANSPORT_CLEAR, UNSURE, VERDICT_CLEAR, true, 0,
		  "clear text, and the only export for it does not take that" },
		{ { TLS, TLS }, TRANSPORT_HALF, UNSURE, VERDICT_CLEAR, true, 0, "one direction" },
		{ { 0 }, TRANSPORT_CLEAR, UNSURE, VERDICT_PLAIN, true, 0, "" },
		/* without a client's certificate */
		{ { TLS, MTLS }, TRANSPORT_ENCRYPTED, AGENT_MUTUAL_NO, VERDICT_OK, true, 1, "" },
		{ { MTLS, MTLS }, TRANSPORT_ENCRYPTED, AGENT_MUTUAL_NO, VERDICT_WEAK, true, 0,
		  "encrypted, but without a client certificate, and none of the 2 exports for it takes that" },
		{ { NONE, MTLS }, TRANSPORT_ENCRYPTED, AGENT_MUTUAL_NO, VERDICT_WEAK, true, 0, "none of the 2" },
		{ { NONE, NONE }, TRANSPORT_ENCRYPTED, AGENT_MUTUAL_NO, VERDICT_OK, true, 0, "" },
		/* with one: stronger than is demanded */
		{ { TLS, TLS }, TRANSPORT_ENCRYPTED, AGENT_MUTUAL_YES, VERDICT_OK, true, 0, "" },
		{ { NONE }, TRANSPORT_ENCRYPTED, AGENT_MUTUAL_YES, VERDICT_OK, true, 0, "" },
		{ { MTLS }, TRANSPORT_ENCRYPTED, AGENT_MUTUAL_YES, VERDICT_OK, true, 1, "" },
		/* nobody knows whether with one, which does not matter where all take both or neither */
		{ { TLS | MTLS, NONE | TLS | MTLS }, TRANSPORT_ENCRYPTED, UNSURE, VERDICT_OK, true, 2, "" },
		{ { TLS | MTLS, NONE }, TRANSPORT_ENCRYPTED, UNSURE, VERDICT_OK, true, 1, "" },
		{ { TLS, TLS | MTLS }, TRANSPORT_ENCRYPTED, UNSURE, VERDICT_OK, false, 2, "" },
		{ { MTLS, MTLS }, TRANSPORT_ENCRYPTED, UNSURE, VERDICT_UNKNOWN, false, 0,
		  "encrypted, but whether with a client certificate is not known, since rpc.tlshd does not run, and none "
		  "of the 2 exports for it takes it without one" },
		/* nobody knows anything */
		{ { MTLS, MTLS }, TRANSPORT_UNPROVEN, UNSURE, VERDICT_UNKNOWN, false, 0, "cannot be seen" },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct transport_entry transport = {
			.proof = rows[i].proof, .connected = true, .is_server = true, .socket.tls_version = 0x0304
		};
		struct verdict_row row = { .transport = &transport,
					   .asked = XPRTSEC_NONE,
					   .minimum = XPRTSEC_NONE,
					   .mutual = rows[i].mutual,
					   .agent = VERDICT_AGENT_NOT_RUNNING };
		struct verdict_served served = { .known = true };

		for (size_t k = 0; k < 3 && rows[i].exports[k]; k++)
			verdict_serve(&served, rows[i].exports[k], NULL);
		verdict_compare_exports(&served, &row);
		verdict_judge(&row);
		if (row.state != rows[i].state || row.exports_known != rows[i].known ||
		    row.exports_met != rows[i].met || !strstr(row.why, rows[i].says))
			fail_msg("row %zu: %s, %d, %zu, \"%s\"", i, verdict_state_word(row.state), row.exports_known,
				 row.exports_met, row.why);
	}
}

/* A table of exports that is damaged says nothing about what they take. */
static void judges_by_unknown_exports(void **state)
{
	struct transport_entry transport = { .proof = TRANSPORT_CLEAR, .connected = true, .is_server = true };
	struct verdict_row row = { .transport = &transport, .asked = XPRTSEC_NONE, .minimum = XPRTSEC_NONE };
	struct verdict_served served = { .known = false };

	(void)state;
	verdict_serve(&served, MTLS, NULL);
	verdict_compare_exports(&served, &row);
	verdict_judge(&row);
	assert_int_equal(row.state, VERDICT_UNKNOWN);
	assert_false(row.exports_known || row.exports_refuse);
}

static void judges_by_minimums_of_exports(void **state)
{
	const struct policy_mode tls = { .mode = XPRTSEC_TLS, .source = { "f", 7, "[server]", "minimum", "tls" } };
	const struct policy_mode none = { .mode = XPRTSEC_NONE };
	struct transport_entry transport = { .proof = TRANSPORT_CLEAR, .connected = true, .is_server = true };
	struct verdict_row row = { .transport = &transport, .asked = XPRTSEC_NONE, .minimum = XPRTSEC_NONE };
	struct verdict_served served = { .known = true };

	(void)state;
	/* The weakest minimum of all is none, but an export takes what is below its own. */
	verdict_serve(&served, NONE, &none);
	verdict_serve(&served, NONE | TLS, &tls);
	verdict_compare_exports(&served, &row);
	verdict_judge(&row);
	assert_int_equal(row.state, VERDICT_CLEAR);
	assert_string_equal(row.why, "clear text, but minimum=tls in [server] (f:7) demands tls");
}

/* ---- which exports are for whom ------------------------------------------------------------------------------- */

static const char etab[] = "/srv/a\t192.0.2.1(rw,sync,xprtsec=mtls)\n"
			   "/srv/a\t192.0.2.0/24(rw,sync,xprtsec=none)\n"
			   "/srv/b\t198.51.100.0/24(rw,sync,xprtsec=none)\n"
			   "/srv/c\t2001:db8::/64(rw,sync,xprtsec=tls)\n"
			   "/srv/d\t203.0.113.9(rw,sync,xprtsec=mtls)\n"
			   "/srv/d\t*(rw,sync,xprtsec=tls)\n";

static struct verdict_exports *exports_as(const char *text, struct verdict_report *report)
{
	char root[] = "/tmp/test-nfsstat-XXXXXX", path[128], command[64];
	struct verdict_exports *exports;
	FILE *file;

	assert_non_null(mkdtemp(root));
	snprintf(command, sizeof(command), "mkdir -p %s/var/lib/nfs", root);
	assert_int_equal(system(command), 0);
	snprintf(path, sizeof(path), "%s/var/lib/nfs/etab", root);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	exports = verdict_exports_read(root, NULL, report);
	snprintf(command, sizeof(command), "rm -r %s", root);
	assert_int_equal(system(command), 0);
	return exports;
}

static void exports_of_others_do_not_count(void **state)
{
	static const struct {
		const char *address;
		size_t count, takes[VERDICT_KINDS];
	} rows[] = {
		{ "192.0.2.1", 2, { 0, 1, 1 } }, /* of /srv/a only the one for it, not that for its network */
		{ "192.0.2.2", 2, { 1, 1, 0 } },   { "198.51.100.7", 2, { 1, 1, 0 } },
		{ "203.0.113.9", 1, { 0, 0, 1 } }, { "203.0.113.10", 1, { 0, 1, 0 } },
		{ "192.0.2.1", 2, { 0, 1, 1 } }, /* as it was remembered */
	};
	struct verdict_report report = { .wants_server = true };
	struct verdict_exports *exports = exports_as(etab, &report);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct sockaddr_storage peer = end(rows[i].address, 700 + (unsigned int)i);
		const struct verdict_served *served = verdict_exports_for(exports, &peer);

		if (!served->known || served->count != rows[i].count ||
		    memcmp(served->takes, rows[i].takes, sizeof(rows[i].takes)))
			fail_msg("row %zu: %zu, %zu %zu %zu", i, served->count, served->takes[0], served->takes[1],
				 served->takes[2]);
	}
	verdict_exports_free(exports);
	strbuf_free(&report.notes);
}

/* What only a name server could tell may be for anybody. */
static void exports_by_name_may_be_for_anybody(void **state)
{
	static const char names[] = "/srv/a\thost.test(rw,sync,xprtsec=mtls)\n/srv/b\t*.test(rw,sync,xprtsec=mtls)\n"
				    "/srv/c\t@group(rw,sync,xprtsec=mtls)\n/srv/d\t192.0.2.1(rw,sync,xprtsec=none)\n";
	struct verdict_report report = { .wants_server = true };
	struct verdict_exports *exports = exports_as(names, &report);
	const struct sockaddr_storage one = end("192.0.2.1", 700), other = end("192.0.2.9", 700);

	(void)state;
	assert_int_equal(verdict_exports_for(exports, &one)->count, 4);
	assert_int_equal(verdict_exports_for(exports, &one)->takes[VERDICT_KIND_CLEAR], 1);
	assert_int_equal(verdict_exports_for(exports, &other)->count, 3);
	assert_int_equal(verdict_exports_for(exports, &other)->takes[VERDICT_KIND_CLEAR], 0);
	verdict_exports_free(exports);
	exports = exports_as("/srv/a\t*(rw\n", &report); /* damaged */
	assert_false(verdict_exports_for(exports, &one)->known);
	assert_false(verdict_exports_for(NULL, &one)->known);
	verdict_exports_free(exports);
	strbuf_free(&report.notes);
}

/* What one of them takes does not make good what those refuse that are for it. */
static void what_may_be_for_others_excuses_nobody(void **state)
{
	static const struct {
		const char *etab;
		enum verdict_state state;
	} rows[] = {
		{ "/srv/a\t192.0.2.0/24(rw,xprtsec=mtls)\n/srv/b\thost.test(rw,xprtsec=none)\n", VERDICT_UNKNOWN },
		{ "/srv/a\t192.0.2.0/24(rw,xprtsec=mtls)\n/srv/b\t*.test(rw,xprtsec=none:tls)\n", VERDICT_UNKNOWN },
		{ "/srv/a\t*.test(rw,xprtsec=mtls)\n/srv/b\t@group(rw,xprtsec=none)\n", VERDICT_UNKNOWN },
		{ "/srv/a\t192.0.2.0/24(rw,xprtsec=none)\n/srv/b\thost.test(rw,xprtsec=mtls)\n", VERDICT_PLAIN },
		{ "/srv/a\t192.0.2.0/24(rw,xprtsec=none:mtls)\n/srv/b\thost.test(rw,xprtsec=none)\n", VERDICT_PLAIN },
		{ "/srv/a\thost.test(rw,xprtsec=none)\n", VERDICT_PLAIN },
		{ "/srv/a\thost.test(rw,xprtsec=mtls)\n", VERDICT_CLEAR },
	};
	struct verdict_report report = { .wants_server = true };
	const struct sockaddr_storage peer = end("192.0.2.1", 700);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct transport_entry transport = { .proof = TRANSPORT_CLEAR, .connected = true, .is_server = true };
		struct verdict_row row = { .transport = &transport, .asked = NONE, .minimum = NONE };
		struct verdict_exports *exports = exports_as(rows[i].etab, &report);

		verdict_compare_exports(verdict_exports_for(exports, &peer), &row);
		verdict_judge(&row);
		if (row.state != rows[i].state)
			fail_msg("row %zu: %s, \"%s\"", i, verdict_state_word(row.state), row.why);
		verdict_exports_free(exports);
	}
	strbuf_free(&report.notes);
}

/* Nor does the weaker minimum of one of them. */
static void minimums_of_others_excuse_nobody(void **state)
{
	const struct policy_mode tls = { .mode = XPRTSEC_TLS, .source = { "f", 7, "[server]", "minimum", "tls" } };
	const struct policy_mode none = { .mode = XPRTSEC_NONE };
	struct transport_entry transport = { .proof = TRANSPORT_CLEAR, .connected = true, .is_server = true };

	(void)state;
	for (unsigned int sure = 0; sure < 4; sure++) {
		struct verdict_row row = { .transport = &transport, .asked = XPRTSEC_NONE, .minimum = XPRTSEC_NONE };
		struct verdict_served served = { .known = true };

		(sure & 1 ? verdict_serve : verdict_may_serve)(&served, NONE, &none);
		(sure & 2 ? verdict_serve : verdict_may_serve)(&served, TLS, &tls);
		verdict_compare_exports(&served, &row);
		verdict_judge(&row);
		assert_int_equal(row.state, sure & 1 ? VERDICT_PLAIN : VERDICT_UNKNOWN);
	}
}

/* ---- what the agent says ---------------------------------------------------------------------------------- */

static const char sessions_text[] =
	"{\"sessions\":[{\"local\":\"192.0.2.1:2049\",\"address\":\"192.0.2.9:900\",\"role\":\"server\","
	"\"identity\":[\"client.test\",\"two,three\",7,\"\"],\"identity_left_out\":4,\"mutual\":true,\"established\":\"2026-11-23T10:00:00Z\"}]}";

/* A socket in clear text stays that, whatever somebody says of a handshake. */
static void a_handshake_is_no_proof(void **state)
{
	struct transport_entry transport = {
		.proof = TRANSPORT_CLEAR, .connected = true, .is_server = true, .has_ends = true
	};
	struct verdict_row row = {
		.transport = &transport, .asked = XPRTSEC_NONE, .minimum = XPRTSEC_TLS, .minimum_line = "x"
	};
	struct agent_sessions *sessions = agent_sessions_new(json_tokener_parse(sessions_text));

	(void)state;
	transport.local = end("192.0.2.1", 2049);
	transport.remote = end("192.0.2.9", 900);
	verdict_take_session(sessions, &row);
	assert_true(row.has_session);
	assert_memory_equal(row.names, "client.test\0two,three\0", sizeof("client.test\0two,three\0"));
	assert_int_equal(row.names_left_out, 4);
	free(row.names);
	verdict_judge(&row);
	assert_int_equal(row.state, VERDICT_CLEAR);
	agent_sessions_free(sessions);
}

/* ---- the moment before a handshake --------------------------------------------------------------------------- */

struct moment {
	struct transport_entry at[6];
	struct verdict_row rows[6];
	struct verdict_report report;
};

/* Connections of the server on port 2049, in clear text, where TLS is demanded, and a stray of the client. */
static void begin_moment(struct moment *moment)
{
	*moment = (struct moment){ .report = { .list.at = moment->at, .list.count = 6, .rows = moment->rows } };
	for (unsigned int i = 0; i < 6; i++) {
		moment->at[i] = (struct transport_entry){ .is_server = i < 5,
							  .is_stray = i == 5,
							  .connected = true,
							  .has_ends = true,
							  .proof = TRANSPORT_CLEAR };
		moment->at[i].local = end("192.0.2.1", 2049);
		moment->at[i].remote = end("192.0.2.9", 900 + i);
		moment->rows[i] = (struct verdict_row){
			.transport = &moment->at[i], .asked = XPRTSEC_NONE, .minimum = XPRTSEC_TLS, .minimum_line = "x"
		};
	}
}

static void judge_moment(struct moment *moment)
{
	for (unsigned int i = 0; i < 6; i++)
		verdict_judge(&moment->rows[i]);
}

static void looks_twice_where_it_may_be_a_moment(void **state)
{
	struct moment moment;

	(void)state;
	begin_moment(&moment);
	moment.report.list.count = 1;
	judge_moment(&moment);
	assert_true(verdict_may_change(&moment.report, true));
	assert_false(verdict_may_change(&moment.report, false)); /* below another root */
	text_copy(moment.rows[0].client_id, sizeof(moment.rows[0].client_id), "0x1");
	assert_false(verdict_may_change(&moment.report, true)); /* a client of NFS has used it */
	moment.report.list.client_missed = true;		/* what was not found may be there by then */
	assert_true(verdict_may_change(&moment.report, true));
	moment.report.list.client_missed = false;
	moment.at[0].proof = TRANSPORT_UNPROVEN;
	judge_moment(&moment);
	assert_true(verdict_may_change(&moment.report, true)); /* its socket was not there yet */
	moment.at[0].socket.local = moment.at[0].local;
	assert_false(verdict_may_change(&moment.report, true)); /* it was, but cannot be seen */
	moment.at[0].proof = TRANSPORT_ENCRYPTED;
	moment.at[0].socket.tls_version = 0x0304;
	judge_moment(&moment);
	assert_false(verdict_may_change(&moment.report, true));
	/* A client's: what has a file system is no helper. */
	moment.at[0] = moment.at[5];
	judge_moment(&moment);
	assert_true(verdict_may_change(&moment.report, true));
	moment.at[0].has_file_system = true;
	assert_false(verdict_may_change(&moment.report, true));
	/* Encrypted, and not known by whom: a helper whose handshake has just ended. */
	moment.at[0].proof = TRANSPORT_ENCRYPTED;
	moment.at[0].socket.tls_version = 0x0304;
	moment.rows[0].minimum = XPRTSEC_MTLS;
	judge_moment(&moment);
	assert_false(verdict_may_change(&moment.report, true));
	moment.at[0].has_file_system = false;
	assert_true(verdict_may_change(&moment.report, true));
}

static void judges_what_it_sees_twice(void **state)
{
	struct verdict_seen seen;
	struct moment moment;
	struct error e;

	(void)state;
	begin_moment(&moment);
	moment.report.list.count = 3;
	assert_int_equal(verdict_remember_clear(&moment.report, &seen, &e), 0);
	begin_moment(&moment);
	moment.at[1].proof = TRANSPORT_STARTING; /* as rpc.tlshd says */
	moment.at[2].remote = end("192.0.2.9", 999);
	moment.at[2].socket = (struct transport_socket){ .counted = true, .bytes_sent = 20, .bytes_received = 44 };
	moment.at[3].socket = (struct transport_socket){ .counted = true, .bytes_sent = 20, .bytes_received = 45 };
	text_copy(moment.rows[4].client_id, sizeof(moment.rows[4].client_id), "0x1");
	judge_moment(&moment);
	verdict_give_time(&moment.report, &seen);
	assert_int_equal(moment.rows[0].state, VERDICT_CLEAR); /* both times */
	assert_int_equal(moment.rows[1].state, VERDICT_STARTING);
	assert_string_equal(moment.rows[1].why, "its TLS handshake is under way");
	assert_int_equal(moment.rows[2].state, VERDICT_STARTING); /* another connection */
	assert_string_equal(moment.rows[2].why, "it was made just now, and nothing has gone over it yet");
	assert_int_equal(moment.rows[3].state, VERDICT_UNKNOWN); /* something has */
	assert_string_equal(moment.rows[3].why, "clear text, but it was made just now, and may yet be encrypted");
	assert_int_equal(moment.rows[4].state, VERDICT_CLEAR);	 /* new, but NFS flows */
	assert_int_equal(moment.rows[5].state, VERDICT_UNKNOWN); /* nobody has counted */
	verdict_count(&moment.report);
	assert_int_equal(moment.report.server.transports, 5);
	assert_int_equal(moment.report.server.clear, 3);
	assert_int_equal(moment.report.server.starting, 2);
	assert_int_equal(moment.report.server.violations, 2);
	assert_int_equal(moment.report.server.undecided, 1);
	assert_int_equal(moment.report.client.violations, 0);
	assert_int_equal(moment.report.client.undecided, 1);
	/* What has a file system was not made just now, whatever its ends. */
	moment.at[5].has_file_system = true;
	moment.rows[5].is_new = false;
	verdict_judge(&moment.rows[5]);
	verdict_give_time(&moment.report, &seen);
	assert_int_equal(moment.rows[5].state, VERDICT_CLEAR);
	free(seen.at);
}

static void reads_handshakes(void **state)
{
	static const char good[] = "{\"started\":\"2026-11-23T10:00:00Z\",\"handshakes\":{\"client\":{\"ok\":3,"
				   "\"failed\":{\"wrong-name\":2,\"bad\\u001b[2J\":-1}},\"server\":7}}";
	static const char *const useless[] = { "{}", "{\"handshakes\":7}", "{\"handshakes\":null}" };
	struct verdict_report report = { .handshakes = { { .side = "client" }, { .side = "server" } } };
	struct json_object *status = json_tokener_parse(good);

	(void)state;
	verdict_take_status(status, &report);
	assert_true(report.agent_known);
	assert_int_equal(report.agent_started, 1795428000);
	assert_int_equal(report.handshakes[0].ok, 3);
	assert_int_equal(report.handshakes[0].failed_count, 2);
	assert_string_equal(report.handshakes[0].failed[0].why, "wrong-name");
	assert_int_equal(report.handshakes[0].failed[0].count, 2);
	assert_string_equal(report.handshakes[0].failed[1].why, "bad?[2J");
	assert_int_equal(report.handshakes[0].failed[1].count, 0);
	assert_int_equal(report.handshakes[1].ok, 0);
	json_object_put(status);
	verdict_free(&report);
	for (size_t i = 0; i < ARRAY_SIZE(useless); i++) {
		report = (struct verdict_report){ .handshakes = { { .side = "client" }, { .side = "server" } } };
		status = json_tokener_parse(useless[i]);
		verdict_take_status(status, &report);
		assert_false(report.agent_known);
		json_object_put(status);
	}
}

/* ---- what is demanded of a client's transports ------------------------------------------------------------- */

static struct policy *policy_of(const char *text)
{
	struct policy *policy = NULL;
	struct conf *conf = conf_new();
	struct error e;

	assert_non_null(conf);
	assert_int_equal(conf_parse(conf, "policy", text, strlen(text), &e), 0);
	assert_int_equal(policy_from_conf(conf, &policy, &e), 0);
	conf_free(conf);
	return policy;
}

static char *text(const char *constant)
{
	return (char *)(uintptr_t)constant;
}

/* The kernel shows what the first mount of a connection asked for, the mount command what each did. */
static void asks_for_the_stronger(void **state)
{
	static const struct {
		const char *options, *recorded;
		bool records_unknown;
		enum xprtsec asked, kernels;
	} rows[] = {
		{ "rw,vers=4.2", NULL, false, NONE, NONE },
		{ "rw,vers=4.2", "vers=4.2,xprtsec=mtls,addr=x", false, MTLS, NONE },
		{ "rw,xprtsec=mtls", "xprtsec=tls", false, MTLS, MTLS },
		{ "rw,xprtsec=tls", "xprtsec=none", false, TLS, TLS },
		{ "rw", "xprtsec=auto", false, NONE, NONE },
		{ "rw", "xprtsec=new-word", false, MTLS, NONE },
		{ "rw", "", true, NONE, NONE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct transport_mount mount = { .source = text("server:/x"),
						       .point = text("/mnt"),
						       .options = text(rows[i].options),
						       .recorded = text(rows[i].recorded) };
		struct transport_entry transport = {
			.proof = TRANSPORT_CLEAR, .connected = true, .mount_count = 1, .mounts = &(size_t){ 0 }
		};
		struct verdict_row row = { .transport = &transport, .asked = NONE, .options = NONE, .minimum = NONE };
		struct verdict_mount_demand demand;

		verdict_mount_demand_of(NULL, &mount, rows[i].records_unknown, &demand);
		verdict_demand_of_mounts(&demand, &row);
		assert_int_equal(row.asked, rows[i].asked);
		assert_string_equal(verdict_configured(&row), xprtsec_word(rows[i].kernels));
		verdict_judge(&row);
		assert_int_equal(row.state, rows[i].asked != NONE   ? VERDICT_CLEAR :
					    rows[i].records_unknown ? VERDICT_UNKNOWN :
								      VERDICT_PLAIN);
	}
}

/* What is recorded for its folder is another mount's: neither is it well, nor is that one's demand its own. */
static void asks_for_what_nobody_knows(void **state)
{
	static const struct {
		const char *options;
		enum transport_proof proof;
		enum agent_mutual mutual;
		enum verdict_state state;
	} rows[] = {
		{ "rw,vers=4.1", TRANSPORT_CLEAR, AGENT_MUTUAL_UNKNOWN, VERDICT_UNKNOWN },
		{ "rw,xprtsec=tls", TRANSPORT_CLEAR, AGENT_MUTUAL_UNKNOWN, VERDICT_CLEAR },
		{ "rw,xprtsec=tls", TRANSPORT_ENCRYPTED, AGENT_MUTUAL_NO, VERDICT_UNKNOWN },
		{ "rw,xprtsec=mtls", TRANSPORT_ENCRYPTED, AGENT_MUTUAL_YES, VERDICT_OK },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct transport_mount mount = { .source = text("server:/x"),
						       .point = text("/mnt"),
						       .options = text(rows[i].options),
						       .record_unknown = true };
		struct transport_entry transport = { .proof = rows[i].proof,
						     .connected = true,
						     .mount_count = 1,
						     .mounts = &(size_t){ 0 },
						     .socket.tls_version = 0x0304 };
		struct verdict_row row = { .transport = &transport,
					   .asked = NONE,
					   .options = NONE,
					   .minimum = NONE,
					   .mutual = rows[i].mutual };
		struct verdict_mount_demand demand;

		verdict_mount_demand_of(NULL, &mount, false, &demand);
		verdict_demand_of_mounts(&demand, &row);
		verdict_judge(&row);
		assert_int_equal(row.state, rows[i].state);
	}
}

/* It is not refused by the policy, which cannot even be asked. */
static void nobody_knows_what_is_demanded_of_an_odd_source(void **state)
{
	char source[1200] = "server:/";
	const struct transport_mount mount = { .source = source, .point = text("/mnt"), .options = text("rw") };
	struct transport_entry transport = {
		.proof = TRANSPORT_CLEAR, .connected = true, .mount_count = 1, .mounts = &(size_t){ 0 }
	};
	struct verdict_row row = { .transport = &transport, .asked = NONE, .options = NONE, .minimum = NONE };
	AUTO_POLICY *policy = policy_of("");
	struct verdict_mount_demand demand;

	(void)state;
	memset(source + strlen(source), 'x', sizeof(source) - strlen(source) - 1);
	verdict_mount_demand_of(policy, &mount, false, &demand);
	assert_true(demand.minimum_unknown);
	assert_false(demand.is_refused || demand.has_minimum);
	verdict_demand_of_mounts(&demand, &row);
	verdict_judge(&row);
	assert_int_equal(row.state, VERDICT_UNKNOWN);
	assert_string_equal(row.why, "clear text, but what is demanded of it cannot be seen; -v tells why");
}

/* Of several mounts on one connection the one that asks is named, and why it is not served. */
static void names_the_mount_that_asks(void **state)
{
	static const char *const points[] = { "/mnt/first", "/mnt/second", "/mnt/third" };
	struct transport_entry transport = {
		.proof = TRANSPORT_CLEAR, .connected = true, .mount_count = 3, .mounts = (size_t[]){ 0, 1, 2 }
	};
	struct verdict_row row = { .transport = &transport, .asked = NONE, .options = NONE, .minimum = NONE };
	struct verdict_mount_demand demands[3];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(points); i++) {
		const struct transport_mount mount = { .source = text("server:/x"),
						       .point = text(points[i]),
						       .options = text("rw"),
						       .recorded = text("xprtsec=mtls") };
		const struct transport_mount plain = { .source = text("server:/x"),
						       .point = text(points[i]),
						       .options = text("rw") };

		verdict_mount_demand_of(NULL, i == 1 ? &mount : &plain, false, &demands[i]);
	}
	verdict_demand_of_mounts(demands, &row);
	verdict_judge(&row);
	assert_int_equal(row.state, VERDICT_CLEAR);
	assert_string_equal(row.why, "clear text, but the xprtsec=mtls of /mnt/second demands mtls: the kernel has "
				     "put it on another mount's connection");
}

static void judges_transports_without_mounts(void **state)
{
	static const struct {
		const char *security;
		enum transport_proof proof;
		enum agent_mutual mutual;
		const char *policy;
		enum verdict_state state;
		const char *says;
	} rows[] = {
		/* 7.3 tells what was configured */
		{ "none", TRANSPORT_CLEAR, AGENT_MUTUAL_UNKNOWN, "", VERDICT_PLAIN, "" },
		{ "tls-anon", TRANSPORT_CLEAR, AGENT_MUTUAL_UNKNOWN, "", VERDICT_CLEAR,
		  "clear text, but what the kernel was told (tls-anon) demands tls" },
		{ "tls-anon", TRANSPORT_ENCRYPTED, AGENT_MUTUAL_NO, "", VERDICT_OK, "" },
		{ "tls-x509", TRANSPORT_ENCRYPTED, AGENT_MUTUAL_NO, "", VERDICT_WEAK, "(tls-x509) demands mtls" },
		{ "none", TRANSPORT_CLEAR, AGENT_MUTUAL_UNKNOWN, "[client]\nminimum=tls\n", VERDICT_CLEAR,
		  "minimum=tls in [client] (policy:2) demands tls" },
		{ "none", TRANSPORT_CLEAR, AGENT_MUTUAL_UNKNOWN, "[client \"192.0.2.5\"]\nminimum=mtls\n",
		  VERDICT_CLEAR, "(policy:2) demands mtls" },
		/* by one of its names */
		{ "none", TRANSPORT_CLEAR, AGENT_MUTUAL_UNKNOWN, "[client \"other.name\"]\nminimum=mtls\n",
		  VERDICT_CLEAR, "(policy:2) demands mtls" },
		{ "none", TRANSPORT_CLEAR, AGENT_MUTUAL_UNKNOWN, "[client \"192.0.2.6\"]\nminimum=mtls\n",
		  VERDICT_PLAIN, "" },
		/* 6.12 does not */
		{ "", TRANSPORT_CLEAR, AGENT_MUTUAL_UNKNOWN, "", VERDICT_UNKNOWN,
		  "clear text, and no mount that can be seen uses it, so that what was asked of it is not known" },
		{ "", TRANSPORT_CLEAR, AGENT_MUTUAL_UNKNOWN, "[client]\nminimum=tls\n", VERDICT_CLEAR, "demands tls" },
		{ "", TRANSPORT_ENCRYPTED, AGENT_MUTUAL_NO, "", VERDICT_UNKNOWN,
		  "encrypted, and no mount that can be seen" },
		{ "", TRANSPORT_ENCRYPTED, AGENT_MUTUAL_YES, "", VERDICT_OK, "" },
		{ "new-word", TRANSPORT_CLEAR, AGENT_MUTUAL_UNKNOWN, "", VERDICT_UNKNOWN, "clear text, and no mount" },
		/* which path it is of, and where that is mounted, nobody knows */
		{ "none", TRANSPORT_CLEAR, AGENT_MUTUAL_UNKNOWN, "[client \"five:/pay\"]\nminimum=tls\n",
		  VERDICT_UNKNOWN, "clear text, but what is demanded of it cannot be seen" },
		{ "none", TRANSPORT_CLEAR, AGENT_MUTUAL_UNKNOWN, "[client \"/mnt/pay\"]\nminimum=tls\n",
		  VERDICT_UNKNOWN, "clear text, but what is demanded of it cannot be seen" },
		{ "none", TRANSPORT_CLEAR, AGENT_MUTUAL_UNKNOWN, "[client \"six:/pay\"]\nminimum=tls\n", VERDICT_PLAIN,
		  "" },
		{ "none", TRANSPORT_CLEAR, AGENT_MUTUAL_UNKNOWN,
		  "[client]\nminimum=tls\n[client \"five:/pay\"]\nminimum=mtls\n", VERDICT_CLEAR, "demands tls" },
		{ "tls-anon", TRANSPORT_ENCRYPTED, AGENT_MUTUAL_NO,
		  "[client]\nminimum=tls\n[client \"five:/pay\"]\nminimum=mtls\n", VERDICT_UNKNOWN,
		  "encrypted, but what" },
		{ "tls-anon", TRANSPORT_ENCRYPTED, AGENT_MUTUAL_NO,
		  "[client]\nminimum=tls\n[client \"/mnt\"]\nminimum=tls\n", VERDICT_OK, "" },
		/* sections that disagree */
		{ "none", TRANSPORT_CLEAR, AGENT_MUTUAL_UNKNOWN,
		  "[client \"*.name\"]\nminimum=none\n[client \"192.0.2.0/24\"]\nminimum=tls\n", VERDICT_CLEAR,
		  "equally specific" },
	};
	struct transport_server server = { .end = end("192.0.2.5", 2049),
					   .names = (char *[]){ text("five"), text("other.name") },
					   .name_count = 2 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct transport_entry transport = {
			.proof = rows[i].proof, .connected = true, .is_stray = true, .socket.tls_version = 0x0304
		};
		struct verdict_row row = { .transport = &transport,
					   .asked = NONE,
					   .options = NONE,
					   .minimum = NONE,
					   .mutual = rows[i].mutual };
		AUTO_POLICY *policy = policy_of(rows[i].policy);
		struct verdict_mount_demand demand;

		text_copy(transport.security, sizeof(transport.security), rows[i].security);
		verdict_server_demand_of(policy, &server, &demand);
		verdict_demand_of_stray(&demand, &row);
		verdict_judge(&row);
		if (row.state != rows[i].state || !strstr(row.why, rows[i].says))
			fail_msg("row %zu: %s, \"%s\"", i, verdict_state_word(row.state), row.why);
	}
}

/* ---- all of them ------------------------------------------------------------------------------------------------ */

static void counts_by_proof(void **state)
{
	struct transport_entry transports[] = {
		{ .proof = TRANSPORT_ENCRYPTED },
		{ .proof = TRANSPORT_CLEAR },
		{ .proof = TRANSPORT_HALF },
		{ .proof = TRANSPORT_UNPROVEN, .connected = true },
		{ .proof = TRANSPORT_ENCRYPTED, .is_server = true },
	};
	struct verdict_row rows[ARRAY_SIZE(transports)];
	struct verdict_report report = { .rows = rows, .list = { .at = transports, .count = ARRAY_SIZE(transports) } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		rows[i] = (struct verdict_row){ .transport = &transports[i], .state = VERDICT_OK };
	verdict_count(&report);
	assert_int_equal(report.client.transports, 4);
	assert_int_equal(report.client.encrypted, 1);
	assert_int_equal(report.client.clear, 2);
	assert_int_equal(report.client.unknown, 1);
	assert_int_equal(report.server.encrypted, 1);
	assert_int_equal(verdict_worst(&report), 0);
	rows[3].state = VERDICT_UNKNOWN;
	verdict_count(&report);
	assert_int_equal(verdict_worst(&report), 3);
	rows[1].state = VERDICT_CLEAR;
	verdict_count(&report);
	assert_int_equal(verdict_worst(&report), 2);
}

/* ---- showing ------------------------------------------------------------------------------------ */

static void shows_in_80_columns(void **state)
{
	struct transport_entry transport = { .connected = true,
					     .has_ends = true,
					     .proof = TRANSPORT_ENCRYPTED,
					     .protocol = "tcp",
					     .security = "tls-x509" };
	size_t mounts[] = { 0, 1 };
	struct transport_mount mount[] = {
		{ .source = (char *)(uintptr_t) "s:/a",
		  .point = (char *)(uintptr_t) "/a/very/long/path/of/a/mount/point" },
		{ .source = (char *)(uintptr_t) "s:/b", .point = (char *)(uintptr_t) "/b \033[2J" },
	};
	struct verdict_row row = { .transport = &transport,
				   .asked = XPRTSEC_MTLS,
				   .minimum = XPRTSEC_NONE,
				   .state = VERDICT_OK,
				   .mutual = AGENT_MUTUAL_YES };
	struct verdict_mount_demand demands[2] = { { .asked = XPRTSEC_MTLS } };
	struct verdict_report report = { .demands = demands,
					 .snapshot.namespace = "net:[1]",
					 .rows = &row,
					 .wants_client = true,
					 .list = { .at = &transport, .count = 1, .mounts = mount, .mount_count = 2 } };
	struct tls_style style = { 0 };
	AUTO_STRBUF text = { 0 };
	AUTO_STRBUF wide = { 0 };
	AUTO_STRBUF metrics = { 0 };
	char names[] = "server.example.com\0b\0";

	(void)state;
	transport.local = end("192.0.2.1", 801);
	transport.remote = end("255.255.255.255", 65535);
	transport.socket = connection("192.0.2.1", 801, "255.255.255.255", 65535, true);
	transport.socket.tls_sends_in_device = true;
	transport.mounts = mounts;
	transport.mount_count = 2;
	row.names = names;
	row.names_left_out = 2;
	row.expires = 1800000000;
	row.has_session = true;
	verdict_count(&report);
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
	assert_non_null(strstr(wide.text, " AES-256-GCM mixed "));
	assert_non_null(strstr(wide.text, " yes    server.example.com,b,+2 "));
	assert_non_null(strstr(wide.text, " 2027-01-15T08:00:00Z "));
	tls_openmetrics(&report, &metrics);
	assert_non_null(strstr(metrics.text, "nfs_tls_transports{side=\"client\",protection=\"encrypted\"} 1\n"));
	assert_non_null(strstr(metrics.text, "identity=\"server.example.com,b,+2\"} 1800000000\n"));
	assert_string_equal(metrics.text + metrics.size - 6, "# EOF\n");
}

/* Version and cipher are whole, whatever else there is, and leave some room for the rest. */
static void shows_every_cipher_in_80_columns(void **state)
{
	static const unsigned int versions[] = { 0x0304, 0x0303, 0x0305 };
	static const struct tls_style style = { .wide = false };
	struct transport_entry transport = { .is_server = true, .connected = true, .proof = TRANSPORT_ENCRYPTED };
	struct verdict_row row = { .transport = &transport,
				   .asked_unknown = true,
				   .asked = XPRTSEC_NONE,
				   .minimum = XPRTSEC_NONE,
				   .state = VERDICT_UNKNOWN,
				   .client_name = "the client's own name" };
	struct verdict_report report = { .rows = &row, .list = { .at = &transport, .count = 1 } };

	(void)state;
	inet_pton(AF_INET6, "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
		  &((struct sockaddr_in6 *)&transport.remote)->sin6_addr);
	transport.remote.ss_family = AF_INET6;
	for (uint16_t cipher = 51; cipher <= 59; cipher++)
		for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
			AUTO_STRBUF said = { 0 };
			char effect[48];

			transport.socket.tls_version = (uint16_t)versions[i];
			transport.socket.tls_cipher = cipher;
			tls_effect(&row, effect, sizeof(effect));
			tls_text(&report, &style, &said);
			assert_non_null(strstr(said.text, effect));
			assert_non_null(strstr(said.text, "name\n"));
			for (const char *line = said.text; *line; line += strcspn(line, "\n") + 1)
				assert_true(strcspn(line, "\n") <= 80);
		}
}

/* A report of several transports; everything else is added by the tests. */
struct many {
	struct transport_entry at[8];
	struct verdict_row rows[8];
	struct transport_mount mounts[3];
	struct verdict_mount_demand demands[3];
	size_t numbers[3];
	struct verdict_report report;
};

static struct verdict_row *add(struct many *many, bool is_server, const char *peer, unsigned int port,
			       enum verdict_state state, const char *why)
{
	size_t i = many->report.list.count++;
	struct transport_entry *t = &many->at[i];

	*t = (struct transport_entry){
		.is_server = is_server, .connected = true, .has_ends = true, .proof = TRANSPORT_CLEAR, .protocol = "tcp"
	};
	t->local = end("192.0.2.1", is_server ? 2049 : 700 + (unsigned int)i);
	t->remote = end(peer, port);
	many->rows[i] =
		(struct verdict_row){ .transport = t, .state = state, .asked = NONE, .options = NONE, .minimum = NONE };
	text_copy(many->rows[i].why, sizeof(many->rows[i].why), why);
	return &many->rows[i];
}

static void mount_on(struct many *many, struct verdict_row *row, size_t number)
{
	struct transport_entry *t = &many->at[row->transport - many->at];

	t->mounts = &many->numbers[number];
	t->mount_count = 1;
}

static struct many *make_many(void)
{
	static struct many many;

	many = (struct many){ .report = { .wants_client = true, .wants_server = true } };
	many.report.rows = many.rows;
	many.report.demands = many.demands;
	many.report.list.at = many.at;
	many.report.list.mounts = many.mounts;
	many.report.list.mount_count = ARRAY_SIZE(many.mounts);
	for (size_t i = 0; i < ARRAY_SIZE(many.mounts); i++) {
		static const char *const points[] = { "/mnt/b", "/mnt/a", "/mnt/c" };

		many.numbers[i] = i;
		many.mounts[i] = (struct transport_mount){ .source = text("server:/x"),
							   .point = text(points[i]),
							   .options = text("rw,vers=4.2") };
		many.demands[i] = (struct verdict_mount_demand){ .asked = NONE, .options = NONE };
	}
	return &many;
}

/* The client's first, then the worst, then by peer and mount, whatever the order in which they were found. */
static void sorts(void **state)
{
	struct many *many = make_many();
	AUTO_STRBUF order = { 0 };

	(void)state;
	add(many, true, "192.0.2.9", 900, VERDICT_OK, "");
	mount_on(many, add(many, false, "192.0.2.3", 2049, VERDICT_OK, ""), 0);
	mount_on(many, add(many, false, "192.0.2.2", 2049, VERDICT_OK, ""), 0);
	mount_on(many, add(many, false, "192.0.2.2", 2049, VERDICT_OK, ""), 1);
	add(many, false, "192.0.2.7", 2049, VERDICT_WEAK, "w");
	add(many, true, "192.0.2.8", 901, VERDICT_CLEAR, "c");
	add(many, false, "192.0.2.8", 2049, VERDICT_PLAIN, "");
	add(many, false, "192.0.2.8", 2049, VERDICT_UNKNOWN, "u");
	verdict_sort(&many->report);
	for (size_t i = 0; i < many->report.list.count; i++) {
		const struct transport_entry *t = many->rows[i].transport;
		char peer[ADDRESS_END_MAX];

		address_end_text(&t->remote, peer);
		strbuf_addf(&order, "%s %s%s%s\n", verdict_state_word(many->rows[i].state), peer,
			    t->mount_count ? " " : "", t->mount_count ? many->mounts[t->mounts[0]].point : "");
	}
	assert_string_equal(order.text, "WEAK 192.0.2.7:2049\nunknown 192.0.2.8:2049\nplain 192.0.2.8:2049\n"
					"ok 192.0.2.2:2049 /mnt/a\nok 192.0.2.2:2049 /mnt/b\nok 192.0.2.3:2049 /mnt/b\n"
					"CLEAR 192.0.2.8:901\nok 192.0.2.9:900\n");
}

/* What is said of several is said once, and of which mount. */
static void merges_reasons(void **state)
{
	static const struct tls_style style = { .wide = false };
	struct many *many = make_many();
	AUTO_STRBUF said = { 0 };

	(void)state;
	for (size_t i = 0; i < 3; i++)
		mount_on(many, add(many, false, "192.0.2.2", 2049, VERDICT_CLEAR, "why"), 1);
	mount_on(many, add(many, false, "192.0.2.2", 2049, VERDICT_CLEAR, "why"), 2);
	mount_on(many, add(many, false, "192.0.2.3", 2049, VERDICT_CLEAR, "why"), 0);
	add(many, false, "192.0.2.4", 2049, VERDICT_UNKNOWN, "stray");
	add(many, true, "192.0.2.9", 901, VERDICT_CLEAR, "exports");
	add(many, true, "192.0.2.9", 902, VERDICT_CLEAR, "exports");
	verdict_sort(&many->report);
	verdict_count(&many->report);
	tls_text(&many->report, &style, &said);
	assert_non_null(strstr(said.text,
			       "\nclient 192.0.2.2:2049: CLEAR: why (/mnt/a +1, 4 transports)\n"
			       "client 192.0.2.3:2049: CLEAR: why (/mnt/b)\n"
			       "client 192.0.2.4:2049: unknown: stray\n"
			       "server 192.0.2.9:901: CLEAR: exports (2 transports)\n"
			       "client: 6 transports, 0 encrypted, 6 clear, 0 unknown, 0 idle; 5 not as demanded; "
			       "1 undecided\n"));
}

/* The worst stay, and what does not fit is counted. */
static void fits_a_terminal(void **state)
{
	static const struct {
		size_t lines, columns;
		const char *shown;
	} rows[] = {
		{ 5, 80,
		  "NFS in this network namespace (net:[1])\nSIDE   PEER           ASKED IN EFFECT STATE FOR\n"
		  "client 192.0.2.1:2049 none  clear     CLEAR /mnt/b\n+5 more\n"
		  "client: 6 transports, 0 encrypted, 6 clear, 0 unknown, 0 idle; 6 not as demanded\n" },
		/* where lines are broken, the totals take two, and so does a sentence */
		{ 14, 50,
		  "NFS in this network namespace (net:[1])\nSIDE   PEER           ASKED IN EFFECT STATE FOR\n"
		  "client 192.0.2.1:2049 none  clear     CLEAR /mnt/b\n"
		  "client 192.0.2.2:2049 none  clear     CLEAR /mnt/b\n"
		  "client 192.0.2.3:2049 none  clear     CLEAR /mnt/b\n"
		  "client 192.0.2.4:2049 none  clear     CLEAR /mnt/b\n+2 more\n"
		  "client 192.0.2.1:2049: CLEAR: a reason that is longer than that (/mnt/b)\n+5 more sentences\n"
		  "client: 6 transports, 0 encrypted, 6 clear, 0 unknown, 0 idle; 6 not as demanded\n"
		  "record layer: not loaded\nhandshakes as client: unknown\n" },
		{ 1, 80, "NFS in this network namespace (net:[1])\n" },
	};
	struct many *many = make_many();
	AUTO_STRBUF all = { 0 };

	(void)state;
	many->report.wants_server = false;
	many->report.handshakes[0].side = "client";
	text_copy(many->report.snapshot.namespace, sizeof(many->report.snapshot.namespace), "net:[1]");
	for (unsigned int i = 0; i < 6; i++) {
		char peer[16];

		snprintf(peer, sizeof(peer), "192.0.2.%u", i + 1);
		mount_on(many, add(many, false, peer, 2049, VERDICT_CLEAR, "a reason that is longer than that"), 0);
	}
	verdict_count(&many->report);
	tls_text(&many->report, &(struct tls_style){ 0 }, &all);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct tls_style style = { .lines = rows[i].lines, .columns = rows[i].columns };
		AUTO_STRBUF said = { 0 };

		tls_text(&many->report, &style, &said);
		assert_string_equal(said.text, rows[i].shown);
	}
	for (size_t lines = 1; lines < 30; lines++) {
		const struct tls_style style = { .lines = lines, .columns = 100, .colour = true };
		AUTO_STRBUF said = { 0 };
		size_t count = 0;

		tls_text(&many->report, &style, &said);
		for (size_t i = 0; i < said.size; i++)
			count += said.text[i] == '\n';
		assert_true(count <= lines);
		assert_int_equal(strstr(said.text, " more") == NULL, lines == 1 || lines >= 17);
	}
}

/* "-" is nothing, "unknown" is what cannot be told. */
static void tells_nothing_from_unknown(void **state)
{
	static const struct tls_style style = { .wide = true };
	struct transport_server server = { .names = (char *[]){ text("five") }, .name_count = 1 };
	struct many *many = make_many();
	struct verdict_row *clear, *unproven, *idle, *stray;
	AUTO_STRBUF said = { 0 };

	(void)state;
	many->report.list.servers = &server;
	many->report.list.server_count = 1;
	clear = add(many, false, "192.0.2.2", 2049, VERDICT_PLAIN, "");
	mount_on(many, clear, 0);
	clear->has_age = true;
	clear->age = 7300;
	unproven = add(many, false, "192.0.2.3", 2049, VERDICT_UNKNOWN, "");
	mount_on(many, unproven, 0);
	many->at[1].proof = TRANSPORT_UNPROVEN;
	idle = add(many, false, "192.0.2.4", 2049, VERDICT_IDLE, "");
	mount_on(many, idle, 0);
	many->at[2].proof = TRANSPORT_UNPROVEN;
	many->at[2].connected = false;
	stray = add(many, false, "192.0.2.5", 2049, VERDICT_UNKNOWN, "");
	stray->asked_unknown = true;
	many->at[3].is_stray = true;
	tls_text(&many->report, &style, &said);
	for (char *at = said.text; *at; at++) /* one blank between two cells */
		while (at[0] == ' ' && at[1] == ' ')
			memmove(at, at + 1, strlen(at));
	assert_non_null(strstr(said.text,
			       "\nplain 192.0.2.1:700 192.0.2.2:2049 server none - none clear - - - - - - - 2h "
			       "unknown unknown unknown /mnt/b\n"));
	assert_non_null(strstr(said.text,
			       "\nunknown 192.0.2.1:701 192.0.2.3:2049 server none - none unknown unknown "
			       "unknown unknown unknown unknown unknown unknown unknown unknown unknown unknown "
			       "/mnt/b\n"));
	assert_non_null(strstr(said.text,
			       "\nidle 192.0.2.1:702 192.0.2.4:2049 server none - none unknown unknown unknown "
			       "unknown unknown unknown unknown unknown - unknown - - /mnt/b\n"));
	assert_non_null(strstr(said.text, "\nunknown 192.0.2.1:703 192.0.2.5:2049 five - - unknown clear - - - - - - - "
					  "unknown unknown unknown unknown -\n"));
}

/* --json, as its readers see it; the caller's. */
static struct json_object *json_of(const struct verdict_report *report)
{
	struct json_object *object;
	AUTO_STRBUF text = { 0 };

	tls_json(report, &text);
	object = json_tokener_parse(text.text);
	assert_non_null(object);
	return object;
}

/* What was not asked for, or not looked at, is not zero. */
static void leaves_out_what_it_did_not_see(void **state)
{
	static const struct {
		bool client, server, unseen;
		const char *totals, *metrics, *not_in_metrics, *text;
	} rows[] = {
		{ true, false, false, "\"server\":null", "nfs_tls_violations{side=\"client\"} 0\n", "server",
		  "client: 0" },
		{ false, true, false, "\"client\":null", "nfs_tls_violations{side=\"server\"} 0\n", "client",
		  "server: 0" },
		{ false, true, true, "\"server\":null", "nfs_tls_incomplete{side=\"server\"} 1\n",
		  "nfs_tls_violations{side=\"server\"}", "server: unknown: its transports are sockets, which are not" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct verdict_report report = { .wants_client = rows[i].client,
						 .wants_server = rows[i].server,
						 .agent_known = true,
						 .handshakes = { { .side = "client" }, { .side = "server" } },
						 .list = { .server_unseen = rows[i].unseen,
							   .server_incomplete = rows[i].unseen } };
		static const struct tls_style style = { .wide = false };
		struct json_object *object, *totals;
		AUTO_STRBUF metrics = { 0 };
		AUTO_STRBUF said = { 0 };

		object = json_of(&report);
		assert_true(json_object_object_get_ex(object, "totals", &totals));
		assert_non_null(strstr(json_object_to_json_string_ext(totals, JSON_C_TO_STRING_PLAIN), rows[i].totals));
		json_object_put(object);
		tls_openmetrics(&report, &metrics);
		assert_non_null(strstr(metrics.text, rows[i].metrics));
		assert_null(strstr(metrics.text, rows[i].not_in_metrics));
		tls_text(&report, &style, &said);
		assert_non_null(strstr(said.text, rows[i].text));
		assert_int_equal(verdict_worst(&report), rows[i].unseen ? 3 : 0);
	}
}

static void counts_alike_in_all_forms(void **state)
{
	static const struct tls_style style = { .wide = false };
	struct json_object *object;
	struct many *many = make_many();
	AUTO_STRBUF metrics = { 0 };
	AUTO_STRBUF said = { 0 };
	const char *json;

	(void)state;
	text_copy(many->mounts[2].why, sizeof(many->mounts[2].why), "gone");
	add(many, false, "192.0.2.2", 2049, VERDICT_UNKNOWN, "u");
	many->report.counters =
		(struct transport_tls_counters){ .known = true, .has_rekeys = true, .rekeys = 5, .rekey_errors = 6 };
	verdict_count(&many->report);
	assert_int_equal(verdict_worst(&many->report), 3);
	object = json_of(&many->report);
	json = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN);
	assert_non_null(strstr(json, "\"undecided\":1,"));
	assert_non_null(strstr(json, "\"lost_mounts\":[{\"source\":\"server:\\/x\",\"path\":\"\\/mnt\\/c\",\"asked\":"
				     "\"none\",\"why\":\"gone\"}]"));
	json_object_put(object);
	tls_openmetrics(&many->report, &metrics);
	assert_non_null(strstr(metrics.text, "\nnfs_tls_undecided{side=\"client\"} 1\n"));
	assert_non_null(strstr(metrics.text, "\nnfs_tls_lost_mounts 1\n"));
	assert_non_null(strstr(metrics.text, "\nnfs_tls_rekey_errors_total 6\n"));
	tls_text(&many->report, &style, &said);
	assert_non_null(strstr(said.text, "; 1 undecided; 1 mount without known transports\n"));
	assert_non_null(strstr(said.text, ", 5 rekeys, 6 failed\n"));
	many->report.counters.has_rekeys = false;
	tls_text(&many->report, &style, &said);
	assert_non_null(strstr(said.text, ", rekeys unknown\n"));
}

/* Judged as what the server's clients have made, with what can be done about it. */
static void judges_callbacks(void **state)
{
	struct transport_entry transport = {
		.proof = TRANSPORT_CLEAR, .connected = true, .is_server = true, .is_callback = true
	};
	struct verdict_row row = { .transport = &transport,
				   .asked = XPRTSEC_NONE,
				   .minimum = XPRTSEC_TLS,
				   .minimum_line = "minimum=tls in [server] (f:7)" };
	struct verdict_report report = { .list = { .at = &transport, .count = 1 }, .rows = &row };

	(void)state;
	verdict_judge(&row);
	assert_int_equal(row.state, VERDICT_CLEAR);
	assert_string_equal(row.why, "clear text, but minimum=tls in [server] (f:7) demands tls: the kernel cannot "
				     "encrypt callbacks of NFSv4.0; vers=4.1 or later has none");
	assert_false(verdict_may_change(&report, true)); /* it stays so */
	verdict_count(&report);
	assert_int_equal(report.server.clear, 1);
	row.minimum = XPRTSEC_NONE;
	verdict_judge(&row);
	assert_int_equal(row.state, VERDICT_PLAIN);
}

/* What /sys shows may be of another network namespace than the one that the first line names. */
static void tells_where_transports_are(void **state)
{
	struct json_object *object;
	static const struct tls_style style = { .wide = false };
	struct many *many = make_many();
	AUTO_STRBUF said = { 0 };
	AUTO_STRBUF metrics = { 0 };

	(void)state;
	text_copy(many->report.snapshot.namespace, sizeof(many->report.snapshot.namespace), "net:[1]");
	many->report.list.sys_elsewhere = true;
	many->report.list.client_incomplete = true;
	add(many, false, "192.0.2.2", 2049, VERDICT_PLAIN, "");
	verdict_count(&many->report);
	tls_text(&many->report, &style, &said);
	assert_ptr_equal(strstr(said.text, "NFS in this network namespace (net:[1])\n"
					   "client: /sys is of another network namespace: these transports are of "
					   "there\nSIDE "),
			 said.text);
	assert_non_null(strstr(said.text, " 0 idle; there may be more"));
	tls_openmetrics(&many->report, &metrics);
	assert_non_null(strstr(metrics.text, "\nnfs_tls_incomplete{side=\"client\"} 1\n"));
	object = json_of(&many->report);
	assert_non_null(strstr(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN), "\"elsewhere\":true,"));
	json_object_put(object);
	assert_int_equal(verdict_worst(&many->report), 3);
}

static void tells_of_callbacks(void **state)
{
	struct many *many = make_many();

	(void)state;
	many->mounts[0].options = text("rw,vers=4.0");
	verdict_note_callbacks(&many->report);
	assert_null(many->report.notes.text); /* in clear text it is as all else is */
	many->demands[0].asked = TLS;
	many->demands[1].asked = TLS;
	verdict_note_callbacks(&many->report);
	assert_string_equal(many->report.notes.text, "NFSv4.0 calls clients back over connections of its own, in clear "
						     "text, also beside TLS: mount /mnt/b\n");
	strbuf_free(&many->report.notes);
}

/* ---- the page ------------------------------------------------------------------------------------ */

static bool is_heading(const char *word)
{
	for (size_t i = 0; i < tls_field_count; i++)
		if (tls_fields[i].heading && !strcmp(tls_fields[i].heading, word))
			return true;
	return false;
}

static bool is_member(const char *word)
{
	for (size_t i = 0; i < tls_field_count; i++)
		if ((tls_fields[i].member && !strcmp(tls_fields[i].member, word)) ||
		    (tls_fields[i].inside && !strcmp(tls_fields[i].inside, word)))
			return true;
	return false;
}

/* The words of the items of a list, each with blanks around it; no item has one that is not known. */
static void read_items(const char *page, const char *from, const char *to, bool (*is_known)(const char *word),
		       struct strbuf *items)
{
	const char *at = strstr(page, from), *end = at ? strstr(at, to) : NULL;

	if (!end)
		fail_msg("nfsstat(8): no list from %s to %s", from, to);
	strbuf_addf(items, " ");
	while ((at = strstr(at, "\n.It ")) && at < end) {
		const char *stop = strchr(at += 5, '\n');

		for (size_t size; at += strspn(at, " ,"), at < stop; at += size) {
			char word[128];

			size = strcspn(at, " ,\n");
			snprintf(word, sizeof(word), "%.*s", (int)size, at);
			if (!strcmp(word, "Cm"))
				continue;
			if (!is_known(word))
				fail_msg("nfsstat(8): %s is in the page alone", word);
			strbuf_addf(items, "%s ", word);
		}
	}
}

static void assert_in_page(const struct strbuf *items, const char *word)
{
	char wanted[132];

	snprintf(wanted, sizeof(wanted), " %s ", word);
	if (!strstr(items->text, wanted))
		fail_msg("nfsstat(8) does not have %s", word);
}

static const char *read_page(struct bytes *page)
{
	const char *top = getenv("TOP_SRCDIR");
	char path[4096];
	struct error e;

	snprintf(path, sizeof(path), "%s/man/nfsstat.8", top ? top : ".");
	if (file_read(path, 1 << 20, FILE_ANY, page, &e))
		fail_msg("%s", e.text);
	return (const char *)page->data;
}

/* In the paragraph of its object. */
static bool inside_is_in_page(const char *page, const struct tls_field *field)
{
	const char *item, *found, *end;
	char text[64];

	snprintf(text, sizeof(text), "\n.It Cm %s\n", field->inside);
	item = strstr(page, text);
	end = item ? strstr(item + 1, "\n.It ") : NULL;
	snprintf(text, sizeof(text), " %s", field->member);
	for (found = item; end && found && (found = strstr(found + 1, text)) && found < end;)
		if (strchr(" ,\n", found[strlen(text)]))
			return true;
	return false;
}

/* Every column, member and metric of a transport, and no other. */
static void the_page_has_every_fact(void **state)
{
	AUTO_BYTES page = { 0 };
	AUTO_STRBUF columns = { 0 };
	AUTO_STRBUF members = { 0 };
	const char *text;

	(void)state;
	text = read_page(&page);
	read_items(text, "\nhas these columns instead", "\n.El", is_heading, &columns);
	read_items(text, "\n.Bl -tag -width established", "\n.El", is_member, &members);
	for (size_t i = 0; i < tls_field_count; i++) {
		const struct tls_field *field = &tls_fields[i];

		if (field->heading)
			assert_in_page(&columns, field->heading);
		if (field->member && !field->inside)
			assert_in_page(&members, field->member);
		if (field->inside)
			assert_in_page(&members, field->inside);
		if (field->inside && !inside_is_in_page(text, field))
			fail_msg("nfsstat(8) does not have %s in %s", field->member, field->inside);
	}
}

/* One of each side, of which all is known, and one of everything else that can be told. */
static struct many *make_full(void)
{
	static char names[] = "server.example.com\0";
	static struct verdict_failed failed = { "expired", 2 };
	struct many *many = make_many();
	struct verdict_report *report = &many->report;

	mount_on(many, add(many, false, "192.0.2.2", 2049, VERDICT_OK, ""), 0);
	add(many, true, "192.0.2.9", 900, VERDICT_CLEAR, "c");
	for (size_t i = 0; i < report->list.count; i++) {
		many->at[i].proof = TRANSPORT_ENCRYPTED;
		many->at[i].socket =
			(struct transport_socket){ .tls_version = 0x0304, .tls_cipher = 52, .counted = true };
		many->rows[i].has_session = true;
		many->rows[i].names = names;
		many->rows[i].expires = 1800000000;
	}
	text_copy(many->mounts[2].why, sizeof(many->mounts[2].why), "gone");
	report->counters = (struct transport_tls_counters){ .known = true, .has_rekeys = true };
	report->agent_known = true;
	report->handshakes[0] = (struct verdict_handshakes){ "client", 1, &failed, 1 };
	report->handshakes[1] = (struct verdict_handshakes){ .side = "server" };
	verdict_count(report);
	return many;
}

static struct strbuf families; /* of the metrics, each with blanks around it */

static bool is_family(const char *word)
{
	char wanted[132];

	snprintf(wanted, sizeof(wanted), " %s ", word);
	return strstr(families.text, wanted);
}

static void the_page_has_every_metric(void **state)
{
	AUTO_STRBUF metrics = { 0 };
	AUTO_STRBUF items = { 0 };
	AUTO_BYTES page = { 0 };

	(void)state;
	tls_openmetrics(&make_full()->report, &metrics);
	strbuf_addf(&families, " ");
	for (const char *at = metrics.text; (at = strstr(at, "# TYPE ")); at++)
		strbuf_addf(&families, "%.*s ", (int)strcspn(at + 7, " "), at + 7);
	read_items(read_page(&page), "\n.Ss OpenMetrics", "\n.El", is_family, &items);
	for (const char *at = families.text; at[1]; at += 1 + strcspn(at + 1, " ")) {
		char name[128];

		snprintf(name, sizeof(name), "%.*s", (int)strcspn(at + 1, " "), at + 1);
		assert_in_page(&items, name);
	}
	strbuf_free(&families);
}

/* What Prometheus itself finds of names, types and help texts. */
static void promtool_finds_nothing(void **state)
{
	AUTO_STRBUF metrics = { 0 };
	FILE *promtool;

	(void)state;
	if (system("command -v promtool >/dev/null")) {
		if (getenv("CI"))
			fail_msg("there is no promtool");
		skip();
	}
	tls_openmetrics(&make_full()->report, &metrics);
	promtool = popen("exec promtool check metrics >&2", "w");
	assert_non_null(promtool);
	assert_true(fputs(metrics.text, promtool) >= 0);
	assert_int_equal(pclose(promtool), 0);
}

/* Without those of which the name is a reason. */
static void add_members(struct json_object *object, struct strbuf *to)
{
	if (json_object_is_type(object, json_type_array))
		for (size_t i = 0; i < json_object_array_length(object); i++)
			add_members(json_object_array_get_idx(object, i), to);
	if (!json_object_is_type(object, json_type_object))
		return;
	json_object_object_foreach(object, key, value)
	{
		strbuf_addf(to, "%s ", key);
		if (strcmp(key, "failed") != 0)
			add_members(value, to);
	}
}

/* Also of the totals, the handshakes and the findings, which are rows of no table. */
static void the_page_has_every_member(void **state)
{
	static const char from[] = "\n.Fl -tls\nthe members are:";
	AUTO_STRBUF members = { 0 };
	AUTO_STRBUF words = { 0 };
	AUTO_BYTES page = { 0 };
	struct json_object *whole = json_of(&make_full()->report);
	const char *at, *end;

	(void)state;
	add_members(whole, &members);
	json_object_put(whole);
	at = strstr(read_page(&page), from);
	end = at ? strstr(at, "\nOther members may come") : NULL;
	assert_non_null(end);
	strbuf_addf(&words, " ");
	for (at += strlen(from); at < end; at += strcspn(at, "\n ,"), at += strspn(at, "\n ,"))
		strbuf_addf(&words, "%.*s ", (int)strcspn(at, "\n ,"), at);
	for (at = members.text; *at; at += strcspn(at, " ") + 1) {
		char name[128];

		snprintf(name, sizeof(name), "%.*s", (int)strcspn(at, " "), at);
		assert_in_page(&words, name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges),
		cmocka_unit_test(judges_who_the_server_is),
		cmocka_unit_test(judges_what_it_does_not_know),
		cmocka_unit_test(tells_why_a_peer_is_unknown),
		cmocka_unit_test(judges_by_exports),
		cmocka_unit_test(judges_by_unknown_exports),
		cmocka_unit_test(judges_by_minimums_of_exports),
		cmocka_unit_test(exports_of_others_do_not_count),
		cmocka_unit_test(exports_by_name_may_be_for_anybody),
		cmocka_unit_test(what_may_be_for_others_excuses_nobody),
		cmocka_unit_test(minimums_of_others_excuse_nobody),
		cmocka_unit_test(a_handshake_is_no_proof),
		cmocka_unit_test(looks_twice_where_it_may_be_a_moment),
		cmocka_unit_test(judges_what_it_sees_twice),
		cmocka_unit_test(reads_handshakes),
		cmocka_unit_test(asks_for_the_stronger),
		cmocka_unit_test(asks_for_what_nobody_knows),
		cmocka_unit_test(nobody_knows_what_is_demanded_of_an_odd_source),
		cmocka_unit_test(names_the_mount_that_asks),
		cmocka_unit_test(judges_transports_without_mounts),
		cmocka_unit_test(counts_by_proof),
		cmocka_unit_test(shows_in_80_columns),
		cmocka_unit_test(shows_every_cipher_in_80_columns),
		cmocka_unit_test(sorts),
		cmocka_unit_test(merges_reasons),
		cmocka_unit_test(fits_a_terminal),
		cmocka_unit_test(tells_nothing_from_unknown),
		cmocka_unit_test(leaves_out_what_it_did_not_see),
		cmocka_unit_test(counts_alike_in_all_forms),
		cmocka_unit_test(judges_callbacks),
		cmocka_unit_test(tells_where_transports_are),
		cmocka_unit_test(tells_of_callbacks),
		cmocka_unit_test(the_page_has_every_fact),
		cmocka_unit_test(the_page_has_every_metric),
		cmocka_unit_test(promtool_finds_nothing),
		cmocka_unit_test(the_page_has_every_member),
	};

	return cmocka_run_group_tests_name("nfsstat_tls", tests, NULL, NULL);
}
